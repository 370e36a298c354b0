//! Capture, compose, mix, encode, publish, record: GStreamer without a window.
//!
//! A show runs as many small pipelines on one clock:
//!
//! ```text
//! source ─┐  ┌─> deck: a scene ──┐                ┌─ encode (distinct settings) ─┬─ output: WHIP on str0m
//! source ─┼──┼─> deck: the next ─┼─> switcher ──> ┤                              ├─ output: RTMP
//! source ─┘  └─> mixer ──────────┴──────────────> └─ encode ─────────────────────┴─ output: file
//! ```
//!
//! Every arrow is a bounded queue that drops rather than waits, so a source that hangs, an encoder that is slow and a
//! destination that stalls each harm only themselves. Pipelines are joined by `appsink` and `appsrc` and not by
//! gstreamer-utils' `StreamProducer`, because what is dropped has to be counted per output and to end at a keyframe. The
//! switcher and the mixer are ours: frames and blocks of sound, and arithmetic.
//!
//! The engine draws no interface, keeps no keys and knows nothing of the platform: the studio drives a [`Stage`], the program
//! `klieg-engine` runs a show file as an [`Engine`], and both hear [`Event`](klieg_studio_model::Event)s.

mod blend;
mod cast;
pub mod clock;
mod cube;
mod deck;
mod devices;
mod disk;
mod disks;
mod element;
mod encode;
mod ending;
mod engine;
mod error;
mod fanout;
mod feed;
mod format;
mod frame;
mod glance;
mod kept;
mod output;
mod page;
mod place;
mod report;
mod sound;
mod source;
mod stage;
mod switcher;
mod timebase;
mod turning;
mod view;
mod x11;

pub use cast::Grants;
pub use devices::DeviceWatch;
pub use disk::{DiskPace, disk_left};
pub use disks::Disks;
pub use encode::{Asked, ENCODERS, EncoderKind, Measured, ProbeCache, Prober, probe_child};
pub use engine::Engine;
pub use error::EngineError;
pub use kept::write_whole;
pub use page::{page_child, program as page_program, try_page};
pub use report::EventSink;
pub use stage::{Options, Stage, Trial, View};
pub use view::Jpeg;
