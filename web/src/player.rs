//! The player of a live channel.
//!
//! `klieg-core` decides; [`driver`] does it with [`whep`] and [`hls`] on one `<video>`; [`view`] and [`controls`] draw it.

mod controls;
mod driver;
mod hls;
mod keys;
mod picture;
mod view;
mod whep;

pub use view::{Mode, Player};
