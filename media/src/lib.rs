//! Klieg's live plane: ingest -> stream -> delivery.
//!
//! An ingest ([`rtmp`], [`webrtc`] for WHIP) turns what an encoder sends into [`Frame`](frame::Frame)s and pushes them
//! into a [`Stream`](stream::Stream). Delivery ([`webrtc`] for WHEP, [`hls`]) subscribes to the stream's
//! [`Rendition`](rendition::Rendition)s. The [`transcode`] module runs a helper process that reads some renditions and
//! adds others. The live plane knows no accounts: an [`Authority`](authority::Authority) decides who publishes and plays.

pub mod authority;
pub mod codec;
pub mod frame;
pub mod health;
pub mod hls;
pub mod hub;
mod live;
mod problem;
pub mod publisher;
pub mod rendition;
pub mod rtmp;
pub mod stream;
pub mod time;
pub mod timeline;
pub mod transcode;
pub mod webrtc;

pub use live::{Live, LiveConfig, StartError};
