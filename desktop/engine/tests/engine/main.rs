//! The engine from its public door: whole shows, real pipelines, real sockets, no window.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

mod bitrate;
mod browser;
mod canvas;
mod cast;
mod codecs;
mod compared;
mod devices;
mod drawn;
mod encoders;
mod filters;
mod heard;
mod monitors;
mod nginx;
mod outputs;
mod picture;
mod player;
mod program;
mod recording;
mod rtmps;
mod screens;
mod shape;
mod sound;
mod stage;
mod support;
mod transitions;
mod whip;
mod windows;
