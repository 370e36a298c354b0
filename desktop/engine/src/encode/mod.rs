//! Encoders: which there are, whether they work, and one running encode for each distinct set of settings.

mod adapt;
mod audio;
mod busy;
mod cache;
mod child;
mod choose;
mod entry;
mod probe;
mod table;
mod video;

pub(crate) use audio::{AudioEncoder, Codec as AudioCodec};
pub use cache::ProbeCache;
pub use child::probe_child;
pub(crate) use choose::Choice;
pub use probe::{Measured, Prober, measure};
pub use table::{ENCODERS, EncoderKind};
pub(crate) use video::{Keyframes, VideoEncoder, layer_canvas};
