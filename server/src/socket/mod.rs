//! The live connection `/api/v1/live`: a WebSocket for each client, through which it takes part in any number of rooms.
//!
//! Owns the sockets. What a frame is, [`frame`] knows; how a client is written to, [`outbox`]; what it asks is carried to the
//! rooms by its own task ([`connection`]), if an API token allows it ([`scopes`]); [`registry`] knows whose connections there
//! are, so that those of a session or token that ends are closed.

pub mod asyncapi;
mod connection;
pub mod frame;
mod handshake;
mod outbox;
mod registry;
mod requests;
mod scopes;

use serde::{Deserialize, Serialize};

use crate::cluster::ServerId;

pub use handshake::routes;
pub use outbox::Outbox;
pub use registry::Registry;

/// The number of a connection: its server's in the upper half, so that no other server has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u64);

impl ClientId {
    pub fn server(self) -> ServerId {
        ServerId((self.0 >> 32) as u32)
    }
}
