//! The studio without a window: the director over a stage that only takes notes and over the real one, its files, its keys, and
//! the loopback server.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

mod account;
mod announcing;
mod arrange;
mod bitrate;
mod destinations;
mod devices;
mod disk;
mod encoders;
mod hanging;
mod hotkeys;
mod keys;
mod library;
mod loopback;
mod losses;
mod profiles;
mod real;
mod recording;
mod session;
mod show;
mod shown;
mod support;
