//! RTMP ingest by the public door: a real listener, real encoders (ffmpeg, GStreamer), and a client of our own for what
//! those cannot send yet.

#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod client;
mod enhanced;
mod harness;
mod hostile;
mod publishing;
