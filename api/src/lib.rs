//! Every type that crosses the network between Klieg's server and its clients.
//!
//! Data and its own rules only: no I/O, and everything builds to wasm. With the `openapi` feature each type carries its
//! schema, from which the server's OpenAPI document is made.

pub mod accounts;
pub mod channels;
pub mod chapters;
pub mod desk;
pub mod emotes;
pub mod goals;
pub mod handle;
pub mod ingest;
pub mod live;
pub mod notifications;
pub mod page;
pub mod points;
pub mod problem;
pub mod questions;
pub mod raids;
pub mod replays;
pub mod room;
pub mod text;
pub mod tokens;
pub mod upload;

pub use handle::Handle;
pub use page::Page;
pub use problem::Problem;
