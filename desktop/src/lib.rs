//! The studio's shell: what stands between the interface, the engine, the creator's files and the network.
//!
//! [`director`] decides and owns; [`library`] keeps files, [`keys`] secrets, [`account`] the session with a Klieg server;
//! [`loopback`] serves pictures and remote control; [`app`] is the window. All but the window run headless, and their tests do.

pub mod account;
pub mod app;
pub mod director;
mod fonts;
pub mod keys;
pub mod library;
pub mod loopback;
mod studio;

pub use studio::{Open, OpenError, Prepared, told_to_stop};
