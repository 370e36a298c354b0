//! Why a command was not carried out. Each is a sentence for the creator.

use klieg_engine::EngineError;
use klieg_studio_model::{NotACollection, NotAProfile, Problem, Refused};
use thiserror::Error;

use crate::account::AccountError;
use crate::keys::KeyError;
use crate::library::LibraryError;

#[derive(Debug, Error)]
pub enum Refusal {
    #[error("{0}")]
    Edit(#[from] Refused),
    #[error("{0}")]
    Engine(#[from] EngineError),
    #[error("{0}")]
    Library(#[from] LibraryError),
    #[error("{0}")]
    Keys(#[from] KeyError),
    #[error("{0}")]
    Account(#[from] AccountError),
    #[error("{0}")]
    Settings(Problem),
    #[error("{0}")]
    Destination(String),
    #[error("this is not a collection: {0}")]
    NotACollection(#[from] NotACollection),
    #[error("this is not a profile: {0}")]
    NotAProfile(#[from] NotAProfile),
    #[error("{0}")]
    Profile(String),
    #[error("there is nothing to undo")]
    NothingToUndo,
    #[error("there is nothing to redo")]
    NothingToRedo,
    #[error("there is no scene named `{0}`")]
    NoScene(String),
    #[error("there is no source named `{0}`")]
    NoSource(String),
    #[error("“{0}” is no media file")]
    NotPlayed(String),
    #[error("“{0}” is chosen in its settings, not by the desktop")]
    NothingToChoose(String),
    #[error("“{0}” is on air; show another scene before removing it")]
    OnAir(String),
    #[error("studio mode is off: there is no preview to take")]
    NoPreview,
    #[error("the studio ended unexpectedly the last time; say first which collection to open")]
    Crashed,
    #[error("end the show and the recording first: {0}")]
    Busy(&'static str),
    #[error("the studio cannot send or record: {0}")]
    NoStage(String),
    #[error("the show is on already")]
    OnAlready,
    #[error("there is no show to end")]
    NoShow,
    #[error("the show was ended before it began")]
    EndedMeanwhile,
    #[error("the show goes nowhere: add a destination, or switch one on")]
    NoDestination,
    #[error("{0} has no stream key; enter it in the destination's settings")]
    NoKey(String),
    #[error("the show did not begin, since it would not be as you set it: {0}")]
    Untold(String),
    #[error("the recording runs already")]
    RecordingAlready,
    #[error("the recording is beginning already")]
    RecordingBegins,
    #[error("the recording was stopped before it began")]
    RecordingCalledOff,
    #[error("nothing is being recorded")]
    NoRecording,
    #[error("the recording is paused already")]
    PausedAlready,
    #[error("the recording is not paused")]
    NotPaused,
    #[error("the disk for recordings is nearly full, with {0} left; make room or choose another folder")]
    DiskFull(String),
    #[error("the last seconds are kept already")]
    ReplayAlready,
    #[error("nothing is kept for a replay; start the replay buffer first")]
    NoReplay,
    #[error("another replay is still being written")]
    ReplayBusy,
    #[error("{0}")]
    Replay(String),
    #[error(
        "a marker goes into a recording or a broadcast: record, or go live on the Klieg server where you are signed in"
    )]
    NothingToMark,
    #[error("a marker's text is one line of at most 100 characters")]
    MarkerText,
    #[error("only a moment of the last minute can be marked")]
    MarkerAge,
    #[error("{0}")]
    Split(String),
    #[error("the folder {folder} cannot be used for recordings: {error}")]
    Folder { folder: String, error: std::io::Error },
    #[error("the disk of {0} does not answer; choose another folder for recordings, or see to the disk")]
    SilentDisk(String),
    #[error("the encoders are being tried already")]
    Probing,
    #[error("the upload is being measured already")]
    Measuring,
    #[error("an upload has from 100 to 10,000,000 kbit/s")]
    NoSuchUpload,
    #[error("the encoding was set once more meanwhile, or another profile was taken; this one is not used")]
    EncodingMeanwhile,
    #[error("another profile was taken meanwhile, so the destination was not changed")]
    ProfileMeanwhile,
    #[error("nobody is signed in")]
    NotSignedIn,
    #[error("an account is being signed in or out, or gets another stream key; try again in a moment")]
    AccountChanges,
    #[error("there is no destination `{0}`")]
    NoDestinationNamed(String),
    #[error("no destination `{0}` has given up")]
    NotGivenUp(String),
    #[error("{0}")]
    Hotkey(String),
    #[error("no link to sign in was opened, or it was answered already")]
    NoOffer,
    #[error("a password is missing")]
    NoPassword,
    #[error("the studio is closing")]
    Closing,
}
