//! The Klieg server: accounts, channels and broadcasting around the live plane, and the web app inside.
//!
//! A request goes `http` (limits, session, body) -> a domain's routes -> the domain's rules and storage. Domains are
//! `accounts`, `alerts`, `channels`, `emotes`, `broadcasts`, `room`; each owns its tables, and nothing else writes to them.
//! The live plane (`klieg_media`) asks `broadcasts` who may publish and play. Several servers that share a database know of
//! each other by `cluster` and talk through `bus`. Addresses that people write are called on by `outbound`, and by nothing
//! else.

pub mod accounts;
pub mod admin;
pub mod alerts;
pub mod app;
pub mod broadcasts;
pub mod bus;
pub mod channels;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod database;
pub mod doctor;
pub mod emotes;
pub mod http;
pub mod observe;
pub mod outbound;
pub mod room;
pub mod secret;
pub mod serve;
pub mod socket;
pub mod unseen;
pub mod web;

pub use serve::{Server, StartError};
