//! The studio's plain data and its rules: the scene collection with its edits and its history, the profile, what the interface
//! asks for and what it is shown; and the show file of `klieg-engine run`.
//!
//! The interface, the engine and the show file share these types. No I/O happens here and nothing here knows GStreamer, so
//! it builds to wasm. Reading a key from a file or the environment is the engine's business.

mod advice;
mod check;
mod collection;
mod colour;
mod command;
mod device;
mod edit;
mod event;
pub mod fader;
pub mod figures;
mod file;
pub mod geometry;
mod history;
mod look;
mod news;
mod output;
mod profile;
mod proposal;
mod settings;
mod show;
mod sound;
mod source;
mod studio;
mod transition;

pub use advice::{Advice, Remedy};
pub use check::{MAX_FPS, MAX_SIDE, MIN_SIDE, Problem};
pub use collection::{Collection, Scene};
pub use colour::{Colour, NotAColour};
pub use command::{Announcement, Command, Secret};
pub use device::{Device, Devices};
pub use edit::{Edit, MAX_NAME, Refused};
pub use event::{EncoderReport, Event, OutputState, SourceState};
pub use file::NotACollection;
pub use history::History;
pub use look::PictureFilter;
pub use output::{FileOutput, Key, Output, ServerOutput};
pub use profile::{Container, Destination, DestinationKind, Profile, RecordingSettings};
pub use settings::{AudioSettings, H264Profile, Preset, VideoCodec, VideoSettings};
pub use show::{Canvas, Crop, Item, ItemId, Overlays, Show, ShowError, Turn};
pub use sound::{Level, Monitor, SoundFilter, Strip};
pub use source::{
    Align, Camera, ImageFile, MediaFile, Microphone, Music, Pattern, Plain, Screen, SoundSystem, Source, TestPicture,
    Text, Tone, Wave,
};
pub use studio::{
    Account, Meters, Notice, OutputStatus, ProbedEncoder, ProgramHealth, RecordingState, Severity, ShowState, Studio,
};
pub use transition::{Direction, Transition};
