//! Encoders: which there are, whether they work, and one running encode for each distinct set of settings.

mod adapt;
mod audio;
mod busy;
mod cache;
mod chain;
mod child;
mod choose;
mod collect;
mod entry;
mod keyframes;
mod probe;
mod table;
mod video;

pub(crate) use adapt::{GUESS, Way};
pub(crate) use audio::{AudioEncoder, Codec as AudioCodec};
pub use cache::{Asked, ProbeCache};
pub use child::probe_child;
pub(crate) use choose::Choice;
pub(crate) use keyframes::Keyframes;
pub use probe::{Measured, Prober};
pub use table::{ENCODERS, EncoderKind};
pub(crate) use video::{Broken, Chosen, VideoEncoder, layer_canvas};
