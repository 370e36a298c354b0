//! The studio as the interface sees it: one value, sent again whenever it has changed, and the meters, which change all the
//! time.

mod tape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::address::host;
use crate::advice::Advice;
use crate::collection::{Collection, Scene};
use crate::command::Announcement;
use crate::device::Devices;
use crate::event::{Encode, OutputState, Playing, Shape, SourceState};
use crate::hotkey::Outside;
use crate::profile::{Destination, DestinationKind, Profile};
use crate::settings::VideoCodec;
use crate::sound::Level;
use crate::source::Source;
use crate::upload::Upload;

pub use self::tape::{RecordingState, ReplayState};

/// Everything but the meters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Studio {
    pub collection: Collection,
    /// The studio ended unexpectedly while this collection was open. Then `collection` is empty and nothing runs until the creator
    /// opens this one, another one or a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crashed: Option<String>,
    /// Whether a show was on then; `announcement` is what it was called.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub was_live: bool,
    /// The names of all collections.
    pub collections: Vec<String>,
    /// The scene that is on air.
    pub on_air: String,
    /// Studio mode: the scene in the preview.
    pub preview: Option<String>,
    /// Studio mode: the scene on air as it went on air. What was arranged in it since is seen when it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aired: Option<Scene>,
    pub can_undo: bool,
    pub can_redo: bool,
    pub sources: BTreeMap<String, SourceState>,
    /// Why filters of a source's picture do nothing: of the sources that have such.
    #[serde(default)]
    pub looks: BTreeMap<String, Vec<String>>,
    /// How large the pictures of sources are that keep their shape, of those that have sent one.
    #[serde(default)]
    pub shapes: BTreeMap<String, Shape>,
    /// Where the media files are that play.
    #[serde(default)]
    pub playing: BTreeMap<String, Playing>,
    /// Sources that have been silent for a while though they run and are not muted.
    pub silent: Vec<String>,
    /// Media files that turned out to have no sound.
    #[serde(default)]
    pub soundless: BTreeSet<String>,
    /// Cameras that send the same picture all the time.
    #[serde(default)]
    pub frozen: BTreeSet<String>,
    pub show: ShowState,
    /// The folder that the next recording goes to. It need not be there yet.
    #[serde(default)]
    pub recordings: PathBuf,
    pub recording: Option<RecordingState>,
    /// A recording was asked for and is not there yet: its encoder is being tried, or its disk is waited for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recording_begins: bool,
    /// While the last seconds are kept.
    pub replay: Option<ReplayState>,
    /// One for each destination that takes part, and the recording.
    pub outputs: Vec<OutputStatus>,
    /// The encodes of the picture that run.
    pub encoders: Vec<Encode>,
    pub program: ProgramHealth,
    pub profile: Profile,
    /// The names of all profiles.
    #[serde(default)]
    pub profiles: Vec<String>,
    /// Which destinations have a key in the keyring.
    pub keys: Vec<String>,
    /// Why the keyring cannot be used, if it cannot, and what to do about it: whole sentences.
    pub keyring: Option<String>,
    pub account: Option<Account>,
    /// The server ended the account's session. The channel's key is as good as before; all else asks to sign in again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub session_ended: bool,
    /// A link to sign in was opened and waits for an answer.
    pub offer: Option<Offer>,
    /// What viewers are told of the show, as far as that is known: what the account's server said last.
    pub announcement: Announcement,
    pub devices: Devices,
    /// What came of trying encoders at this canvas, best first.
    pub probed: Vec<ProbedEncoder>,
    /// Whether some of them were tried more than a week ago, or with other drivers: they are not in the list.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probed_is_old: bool,
    /// What is being tried, in words, while encoders are.
    pub probing: Option<String>,
    /// What the connection carries, if that was measured or said.
    pub upload: Option<Upload>,
    pub advice: Vec<Advice>,
    pub notices: Vec<Notice>,
    /// Where the pictures come from: `ws://127.0.0.1:PORT/TOKEN`, followed by `/programme` or `/preview`.
    pub pictures: String,
    /// Where other programs of this computer control the studio, if they may.
    pub remote: Option<String>,
    pub outside: Outside,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ShowState {
    #[default]
    Off,
    /// Connecting for the first time.
    Starting,
    /// At least one destination takes the show. `since` is Unix time in milliseconds.
    Live {
        since: u64,
    },
    Ending,
}

/// Where a marker set now would go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub recording: bool,
    /// The broadcast of the signed-in account's channel, whose server keeps it.
    pub broadcast: bool,
}

impl Studio {
    /// Whether a source has sound, as far as that is known: a file tells when it plays.
    pub fn has_sound(&self, source: &Source) -> bool {
        let is_soundless = matches!(source, Source::File(_)) && self.soundless.contains(source.name());
        source.has_sound() && !is_soundless
    }

    /// The scene on air as viewers see it.
    pub fn programme(&self) -> Option<&Scene> {
        self.aired.as_ref().or_else(|| self.collection.scene(&self.on_air))
    }

    /// Whether a destination is the signed-in account's channel, for which a stream key can be made.
    pub fn is_channel(&self, id: &str) -> bool {
        let is_klieg = |destination: &Destination| destination.kind == DestinationKind::Klieg;
        let has_session = self.account.is_some() && !self.session_ended;
        has_session && id == Destination::CHANNEL && self.profile.destination(id).is_some_and(is_klieg)
    }

    /// Whether a destination is on the signed-in account's server, whose settings say who may watch. The channel is, also where
    /// media goes to another host of that server.
    pub fn leads_to_account(&self, destination: &Destination) -> bool {
        let is_there = |account: &Account| destination.id == Destination::CHANNEL || account.is_at(&destination.url);
        self.account.as_ref().is_some_and(is_there)
    }

    pub fn marks(&self) -> Marks {
        let is_ours = |output: &OutputStatus| {
            let destination = self.profile.destination(&output.id);
            output.state == OutputState::Live && destination.is_some_and(|to| self.leads_to_account(to))
        };
        let broadcast = matches!(self.show, ShowState::Live { .. }) && self.outputs.iter().any(is_ours);
        Marks { recording: self.recording.is_some(), broadcast }
    }
}

impl Account {
    /// Whether an address is on its server: by the host alone, for each protocol has a port of its own.
    pub fn is_at(&self, url: &str) -> bool {
        host(&self.server).eq_ignore_ascii_case(host(url))
    }
}

impl ShowState {
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputStatus {
    /// The destination's `id`, or `recording`.
    pub id: String,
    pub name: String,
    pub state: OutputState,
    /// In kbit/s, over the last second.
    pub bitrate: f64,
    /// Frames that left in the last second.
    pub fps: f64,
    /// Frames not sent because the destination was too slow, since the show is live; of the recording, since it began.
    pub dropped: u64,
    pub bytes: u64,
    /// While it is live: since when, Unix time in milliseconds.
    #[serde(default)]
    pub since: Option<u64>,
    /// Whether it was live at any time since it was started.
    #[serde(default)]
    pub was_live: bool,
    /// The share of packets that the other side missed lately, 0 to 1. WHIP only.
    #[serde(default)]
    pub lost: f64,
    /// In milliseconds. WHIP only.
    #[serde(default)]
    pub round_trip: Option<f64>,
}

impl OutputStatus {
    /// One that has sent nothing yet.
    pub fn new(id: &str, name: &str, state: OutputState) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            state,
            bitrate: 0.0,
            fps: 0.0,
            dropped: 0,
            bytes: 0,
            since: None,
            was_live: false,
            lost: 0.0,
            round_trip: None,
        }
    }

    /// What has become of it while it is tried again, behind its name.
    pub(crate) fn away(&self) -> &'static str {
        match (self.id.as_str(), self.was_live) {
            (Destination::RECORDING, _) => "is not written",
            (_, true) => "dropped",
            (_, false) => "is not reached",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProgramHealth {
    /// Frames composed in the last second.
    pub fps: f64,
    /// Frames not composed in time, since the show is live, or since the recording began if there is no show.
    pub missed: u64,
    /// Frames that the encoders could not take in time, since then.
    pub skipped: u64,
    /// Blocks of 10 ms of the sound that the encoders could not take in time, since then.
    pub skipped_sound: u64,
    /// The share of the last ten seconds' frames that were not composed in time, 0 to 1; 0 unless it was so in three of the seconds.
    #[serde(default)]
    pub missing: f64,
    /// The same of frames that the encoders could not take in time.
    #[serde(default)]
    pub skipping: f64,
    /// Whether nothing can be seen.
    pub black: bool,
    /// Whole seconds for which not a bit of the picture has changed.
    pub still: u32,
    /// Of all the processor's cores, 0 to 1.
    pub load: f64,
    /// Bytes left on the disk that recordings go to.
    pub disk_left: Option<u64>,
    /// Seconds that can be recorded until the disk is nearly full, at the bitrate of the recording that runs, or else of the
    /// profile.
    pub disk_time: Option<u64>,
    /// How full the battery is that this computer runs on, 0 to 1. None while it is plugged in, and where there is no battery.
    pub battery: Option<f64>,
}

/// An account of a Klieg server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    pub server: String,
    pub handle: String,
}

/// A link that signs in to a server. Its code is not shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// As [`Account::server`].
    pub server: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProbedEncoder {
    /// The GStreamer element.
    pub encoder: String,
    /// In words.
    pub what: String,
    pub codec: VideoCodec,
    pub hardware: bool,
    /// Frames a second at the canvas' size, as fast as it could, or why it does not work.
    pub result: Result<f64, String>,
}

/// Something that happened and should be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub id: u32,
    pub severity: Severity,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Good,
    Warn,
    Bad,
}

/// Sent about twenty times a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meters {
    /// By source. What is sounded is measured behind its strip's filters, before its volume.
    pub strips: BTreeMap<String, Level>,
    pub mix: Option<Level>,
    /// The highest sample of what comes from each source, before its strip's filters, in decibels. For the studio itself: a
    /// microphone behind a gate works although it is silent.
    #[serde(skip)]
    pub inputs: BTreeMap<String, f32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_on_the_accounts_server_is_known_by_its_host() {
        let account = Account { server: "https://klieg.example:8443".into(), handle: "ada".into() };
        let mut studio = Studio { account: Some(account), ..Studio::default() };
        let to = |url: &str| {
            let (id, name, kind) = ("a".into(), "A".into(), DestinationKind::Whip);
            Destination { id, name, kind, url: url.into(), enabled: true, layers: 1, video: None }
        };
        let leads = |url: &str| studio.leads_to_account(&to(url));
        for url in ["https://klieg.example", "https://Klieg.example:8443/whip", "rtmp://me@klieg.example:1935/live"] {
            assert!(leads(url), "{url}");
        }
        for url in [
            "https://other.example/klieg.example",
            "https://other.example#@klieg.example",
            "rtmp://klieg.example.net/live",
            "https://[::1]:80/whip",
        ] {
            assert!(!leads(url), "{url}");
        }
        // The channel leads there whatever its host is called, and no other destination does.
        let elsewhere = to("https://ingest.example/whip");
        assert!(studio.leads_to_account(&Destination { id: Destination::CHANNEL.into(), ..elsewhere.clone() }));
        for kind in [DestinationKind::Klieg, DestinationKind::Whip] {
            assert!(!studio.leads_to_account(&Destination { kind, ..elsewhere.clone() }));
        }

        // Markers go by the same.
        studio.show = ShowState::Live { since: 7 };
        for (id, is_marked) in [(Destination::CHANNEL, true), ("a", false)] {
            studio.profile.destinations = vec![Destination { id: id.into(), ..elsewhere.clone() }];
            studio.outputs = vec![OutputStatus::new(id, "Mine", OutputState::Live)];
            assert_eq!(studio.marks().broadcast, is_marked, "{id}");
        }
    }
}
