//! RTMP ingest by the public door: a real listener, real encoders (ffmpeg, GStreamer), and a client of our own for what
//! those cannot send yet.

mod client;
mod enhanced;
mod harness;
mod hostile;
mod publishing;
