//! LL-HLS through its public door: frames go in by the stream's renditions, playlists and media come out by HTTP.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod conformance;
mod delivery;
mod flv;
mod players;
mod playlist;
mod reloading;
mod renditions;
mod show;
mod takeover;
mod timeline;
mod tokens;
