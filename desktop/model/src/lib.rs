//! The studio's plain data and its rules: the scene collection with its edits and its history, the profile, what the interface
//! asks for and what it is shown; and the show file of `klieg-engine run`.
//!
//! The interface, the engine and the show file share these types. No I/O happens here and nothing here knows GStreamer, so
//! it builds to wasm. Reading a key from a file or the environment is the engine's business.

mod address;
mod advice;
mod battery;
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
pub mod font;
pub mod geometry;
mod group;
mod history;
mod hotkey;
pub mod layers;
mod layout;
mod look;
mod news;
mod output;
mod preflight;
mod profile;
mod proposal;
mod reach;
mod removal;
mod settings;
mod show;
mod sound;
mod source;
mod studio;
mod transition;
mod upload;
mod version;
mod workload;

pub use address::host;
pub use advice::{Advice, Remedy};
pub use check::{MAX_FPS, MAX_SIDE, MIN_SIDE, Problem};
pub use collection::{Collection, Scene};
pub use colour::{Colour, NotAColour};
pub use command::{Announcement, Audience, Command, MAX_MARKER, MAX_MARKER_AGO, Secret};
pub use device::{Device, Devices, OpenWindow};
pub use edit::{Edit, MAX_NAME, Refused};
pub use event::{
    Encode, EncoderReport, Event, OutputState, Playing, RecordingProgress, SavedReplay, Shape, SourceState,
};
pub use file::NotACollection;
pub use group::Group;
pub use history::History;
pub use hotkey::{Action, Hotkey, Keys, NotKeys, Outside};
pub use look::PictureFilter;
pub use output::{FileOutput, Key, Output, ReplayOutput, ServerOutput, Split};
pub use profile::{Container, Destination, DestinationKind, NotAProfile, Profile, RecordingSettings, ReplaySettings};
pub use proposal::Proposal;
pub use reach::Reach;
pub use settings::{AudioSettings, H264Profile, Preset, VideoCodec, VideoSettings};
pub use show::{Canvas, Crop, Item, ItemId, Overlays, Show, ShowError, Turn};
pub use sound::{Level, Monitor, SoundFilter, Strip};
pub use source::{
    Align, Browser, Camera, ImageFile, MediaFile, Microphone, Music, Pattern, Plain, Screen, ScreenCast, SoundSystem,
    Source, TestPicture, Text, Tone, Wave, Window,
};
pub use studio::{
    Account, Marks, Meters, Notice, Offer, OutputStatus, ProbedEncoder, ProgramHealth, RecordingState, ReplayState,
    Severity, ShowState, Studio,
};
pub use transition::{Direction, Transition};
pub use upload::Upload;
pub use version::Newer;
