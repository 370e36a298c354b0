//! Capture, compose, mix, encode, publish, record: GStreamer without a window.
//!
//! A show runs as many small pipelines on one clock:
//!
//! ```text
//! source ─┐                         ┌─ encode (distinct settings) ─┬─ output: WHIP on str0m
//! source ─┼─> programme (compose, ──┤                              ├─ output: RTMP
//! source ─┘    mix)                 └─ encode ─────────────────────┴─ output: file
//! ```
//!
//! Every arrow is a bounded queue that drops rather than waits, so a source that hangs, an encoder that is slow and a
//! destination that stalls each harm only themselves. Pipelines are joined by `appsink` and `appsrc` and not by
//! gstreamer-utils' `StreamProducer`, because what is dropped has to be counted per output and to end at a keyframe.
//!
//! The engine draws no interface, keeps no keys and knows nothing of the platform: it takes a
//! [`Show`](klieg_studio_model::Show) and reports [`Event`](klieg_studio_model::Event)s.

pub mod clock;
mod devices;
mod element;
mod encode;
mod engine;
mod error;
mod fanout;
mod output;
mod program;
mod report;
mod source;
mod stage;
mod timebase;

pub use devices::find as find_devices;
pub use encode::{ENCODERS, EncoderKind, Measured, Prober, measure, probe_child};
pub use engine::{Engine, Options};
pub use error::EngineError;
pub use report::EventSink;
pub use stage::{Jpeg, Stage, View};
