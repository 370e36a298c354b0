//! The engine from its public door: whole shows, real pipelines, real sockets, no window.

mod outputs;
mod picture;
mod program;
mod sound;
mod support;
mod whip;
