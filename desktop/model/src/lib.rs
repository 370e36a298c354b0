//! The studio's plain data: the show (canvas, sources, scene, encoders, outputs), its rules, and the events that the engine
//! reports about a running show.
//!
//! The interface, the engine and the show file share these types. No I/O happens here and nothing here knows GStreamer, so
//! it builds to wasm. Reading a key from a file or the environment is the engine's business.

mod check;
mod colour;
mod event;
mod output;
mod settings;
mod show;
mod source;

pub use check::{MAX_FPS, MAX_SIDE, MIN_SIDE, Problem};
pub use colour::{Colour, NotAColour};
pub use event::{EncoderReport, Event, OutputState, SourceState};
pub use output::{FileOutput, Key, Output, ServerOutput};
pub use settings::{AudioSettings, H264Profile, Preset, VideoCodec, VideoSettings};
pub use show::{Canvas, Crop, Item, Overlays, Show, ShowError, Turn};
pub use source::{
    Align, Camera, ImageFile, MediaFile, Microphone, Music, Pattern, Plain, Screen, SoundSystem, Source, TestPicture,
    Text, Tone, Wave,
};
