//! What keeps a show from starting well: the list to go through before going live.

mod monitoring;
mod upload;

use std::collections::BTreeSet;

use crate::advice::{Advice, NEARLY_FULL, Remedy};
use crate::collection::Scene;
use crate::event::SourceState;
use crate::hotkey::{Action, Hotkey};
use crate::profile::Destination;
use crate::show::{Canvas, Item};
use crate::sound::Monitor;
use crate::source::Source;
use crate::studio::{Severity, Studio};

/// Seconds after which a picture that does not move is called frozen, if a film plays in it.
const FROZEN: u32 = 5;

/// The list as it grows.
#[derive(Default)]
struct List(Vec<Advice>);

impl List {
    fn say(&mut self, key: impl Into<String>, severity: Severity, text: String, remedy: Option<Remedy>) {
        self.0.push(Advice { key: key.into(), severity, text, remedy });
    }

    fn warn(&mut self, key: impl Into<String>, text: String) {
        self.say(key, Severity::Warn, text, None);
    }
}

impl Studio {
    /// What keeps a show from starting well, with a remedy where there is one; and, as [`Severity::Good`], what is known to be enough.
    pub fn preflight(&self) -> Vec<Advice> {
        let mut list = List::default();
        self.check_destinations(&mut list);
        list.0.extend(self.session_advice());
        let items = self.shown_items();
        self.check_picture(&items, &mut list);
        self.check_sound(&mut list);
        self.check_monitoring(&mut list);
        let shown = items.iter().map(|item| item.source.as_str());
        let heard = self.heard().into_iter().map(|(source, _)| source);
        let mut told = BTreeSet::new();
        for source in shown.chain(heard).filter(|source| told.insert(*source)) {
            let trouble = match self.sources.get(source) {
                Some(SourceState::Restarting { reason }) => format!("does not work: {reason}."),
                Some(SourceState::Asking) => "waits for you to choose what it shows.".to_owned(),
                Some(SourceState::Declined) => "shows nothing: nothing was chosen for it.".to_owned(),
                Some(SourceState::Off) => "is off: start it first.".to_owned(),
                _ => continue,
            };
            list.warn(format!("source {source}"), format!("{source} {trouble}"));
        }
        self.check_upload(&mut list);
        self.check_workload(&mut list);
        if self.profile.recording.with_show && self.program.disk_time.is_some_and(|left| left < NEARLY_FULL) {
            list.warn("disk", "The disk for recordings is nearly full.".to_owned());
        }
        list.0.extend(self.battery_before_a_show());
        list.0
    }

    /// What of the list is wrong with what viewers see and hear now, and may be meant so for a moment. Of what is heard only
    /// microphones: that music stops or a film is muted is mostly meant. One that is heard while a key is down is mostly muted.
    pub fn doubts(&self) -> Vec<Advice> {
        let mut list = List::default();
        let items = self.shown_items();
        self.check_picture(&items, &mut list);
        for (name, gain) in self.heard() {
            let is_by_key = |hotkey: &Hotkey| hotkey.action == Action::PushToTalk { source: name.to_owned() };
            if self.microphones().any(|source| source == name) && !self.profile.hotkeys.iter().any(is_by_key) {
                self.check_heard(name, gain, &mut list);
            }
        }
        list.0
    }

    /// The items that viewers see and hear, hidden ones apart.
    fn shown_items(&self) -> Vec<&Item> {
        let scene = self.programme();
        scene.map_or_else(Vec::new, |scene| scene.items.iter().filter(|item| !scene.is_hidden(item)).collect())
    }

    /// The sources that have sound and belong to what viewers hear, and how loud the scene plays each.
    fn heard(&self) -> Vec<(&str, f64)> {
        let gains = self.programme().map(|scene| self.collection.gains(scene)).unwrap_or_default();
        let sounds = |name: &str| self.collection.source(name).is_some_and(|source| self.has_sound(source));
        gains.into_iter().filter(|(name, _)| sounds(name)).collect()
    }

    pub(crate) fn taking_part(&self) -> impl Iterator<Item = &Destination> {
        self.profile.destinations.iter().filter(|destination| destination.enabled)
    }

    fn check_destinations(&self, list: &mut List) {
        if self.taking_part().next().is_none() {
            let text = "The show goes nowhere: add a destination, or switch one on.";
            list.say("nowhere", Severity::Bad, text.to_owned(), None);
        }
        for destination in self.taking_part().filter(|destination| !self.keys.contains(&destination.id)) {
            let Destination { id, name, .. } = destination;
            let (severity, text) = if destination.needs_key() {
                (Severity::Bad, format!("{name} has no stream key."))
            } else if destination.lacks_name() {
                (Severity::Warn, format!("{name} has no stream key, and its address names no stream."))
            } else if self.keyring.is_some() {
                // It may have one that is not known now.
                (
                    Severity::Warn,
                    format!("{name} has no stream key while your keyring is not open: it may refuse the show."),
                )
            } else {
                continue;
            };
            let remedy = if self.is_channel(id) { Remedy::NewKey } else { Remedy::Destination { id: id.clone() } };
            list.say(format!("key {id}"), severity, text, Some(remedy));
        }
    }

    fn check_picture(&self, items: &[&Item], list: &mut List) {
        let source = |item: &Item| self.collection.source(&item.source);
        let is_live = |item: &Item| self.sources.get(&item.source) == Some(&SourceState::Live);
        if !items.iter().any(|item| source(item).is_some_and(Source::has_picture)) {
            list.warn("black", format!("The scene “{}” shows nothing: the picture is black.", self.on_air));
        } else if self.program.black {
            let text = "The picture is black: is a cover on the lens, or something dark in front of everything?";
            list.warn("dark", text.to_owned());
        } else if self.program.still >= FROZEN {
            let moves = |item: &&&Item| matches!(source(item), Some(Source::File(_))) && is_live(item);
            if let Some(Item { source, .. }) = items.iter().find(moves) {
                let text = format!("The picture has not moved for {} s: is {source} frozen?", self.program.still);
                list.warn("frozen", text);
            }
        }
        // Whatever else moves. One behind a cover has its line, if it is all that is seen.
        let is_frozen = |item: &&&Item| self.frozen.contains(&item.source) && is_live(item) && !self.program.black;
        let mut told = BTreeSet::new();
        for Item { source, .. } in items.iter().filter(is_frozen) {
            if told.insert(source) {
                let text = format!("{source} sends the same picture all the time: is it covered, or frozen?");
                list.warn(format!("frozen {source}"), text);
            }
        }
    }

    fn check_sound(&self, list: &mut List) {
        let (heard, said) = (self.heard(), list.0.len());
        for (source, gain) in &heard {
            self.check_heard(source, *gain, list);
        }
        let is_audible = |(source, gain): &(&str, f64)| {
            let strip = self.collection.strip(source);
            *gain > 0.0 && strip.volume > 0.0 && strip.monitor != Monitor::Only
        };
        // What is muted or silent has a line of its own.
        if list.0.len() == said && !heard.iter().any(is_audible) {
            list.warn("silent", format!("The scene “{}” has no sound.", self.on_air));
        }
    }

    fn check_heard(&self, source: &str, gain: f64, list: &mut List) {
        let mutes = |scene: &Scene| scene.items.iter().any(|item| item.source == source && item.muted);
        if self.collection.strip(source).muted || (gain <= 0.0 && self.programme().is_some_and(mutes)) {
            let remedy = Some(Remedy::Unmute { source: source.to_owned() });
            list.say(format!("muted {source}"), Severity::Warn, format!("{source} is muted."), remedy);
        } else if self.silent.iter().any(|silent| silent == source) {
            let text = format!("{source} is silent: is it switched on, and the right device chosen?");
            list.warn(format!("silent {source}"), text);
        }
    }

    fn check_workload(&self, list: &mut List) {
        if self.probing.is_some() {
            let text = "The encoders of this computer are being tried.";
            list.say("encoders", Severity::Good, text.to_owned(), None);
        } else if self.probed_is_old {
            let text =
                "Encoders of this computer were tried more than a week ago, or with other drivers: try them again.";
            list.say("encoders", Severity::Warn, text.to_owned(), Some(Remedy::TryEncoders));
        }
        if let Some((encoder, reached)) = self.slow_encoder() {
            let (Canvas { width, height, fps }, what) = (self.collection.canvas, &encoder.what);
            let text = format!(
                "{what} reaches {reached:.0} of {fps} frames a second at {width} × {height}: take a faster preset or a smaller canvas."
            );
            list.warn("encoder", text);
        }
        let (encodes, load) = self.workload();
        if encodes < 2 || load <= 1.0 {
            return;
        }
        let apart = self.is_recorded() && self.profile.records_apart();
        let help =
            if apart { "let the recording be encoded as the show" } else { "let destinations share an encoding" };
        let text = format!(
            "What the show encodes at once takes {load:.1} times what the encoders of this computer reached when they were tried: \
             {help}, or take a faster preset or a smaller canvas."
        );
        list.warn("workload", text);
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::edit::Edit;
    use crate::profile::DestinationKind;
    use crate::sound::Strip;
    use crate::source::{Camera, MediaFile, Microphone, SoundSystem};

    /// A studio that is ready: a camera, a microphone, a destination with a key.
    pub(super) fn ready() -> Studio {
        let mut studio = Studio { on_air: "Scene".into(), keys: vec!["klieg".into()], ..Studio::default() };
        let camera = Source::Camera(Camera { name: "cam".into(), device: PathBuf::new(), width: None, height: None });
        let microphone =
            Source::Microphone(Microphone { name: "mic".into(), system: SoundSystem::Pulse, device: None });
        for source in [camera, microphone] {
            studio.sources.insert(source.name().to_owned(), SourceState::Live);
            studio.collection.apply(Edit::AddSource { source, scene: "Scene".into() }).unwrap();
        }
        let (id, name, url) = ("klieg".into(), "Klieg".into(), "https://klieg.example".into());
        let kind = DestinationKind::Klieg;
        studio.profile.destinations = vec![Destination { id, name, kind, url, enabled: true, layers: 1, video: None }];
        studio
    }

    /// What is not well.
    pub(super) fn keys(studio: &Studio) -> Vec<String> {
        let wrong = studio.preflight().into_iter().filter(|advice| advice.severity != Severity::Good);
        wrong.map(|advice| advice.key).collect()
    }

    #[test]
    fn a_studio_that_is_ready_is_told_nothing() {
        assert!(keys(&ready()).is_empty(), "{:?}", ready().preflight());
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(keys(&Studio::default()), ["nowhere", "black", "silent"]);
        let mut studio = ready();
        studio.keys.clear();
        assert_eq!(keys(&studio), ["key klieg"]);
        assert_eq!(studio.preflight()[0].severity, Severity::Bad);
    }

    #[test]
    fn a_key_is_missed_where_one_is_needed_and_by_rtmp_where_nothing_names_the_stream() {
        let mut studio = ready();
        studio.keys.clear();
        let mut goes_to = |kind, url: &str| {
            let known = &mut studio.profile.destinations[0];
            (known.kind, known.url) = (kind, url.to_owned());
            studio.preflight().into_iter().map(|advice| advice.severity).collect::<Vec<_>>()
        };
        assert!(goes_to(DestinationKind::Whip, "https://a.example/whip?token=sk").is_empty());
        assert!(goes_to(DestinationKind::Rtmp, "rtmp://a.example/live/show").is_empty());
        // It may be meant so, and keeps nobody from going live.
        assert_eq!(goes_to(DestinationKind::Rtmp, "rtmp://a.example/live"), [Severity::Warn]);
        assert_eq!(goes_to(DestinationKind::Klieg, "https://a.example"), [Severity::Bad]);
        studio.profile.destinations[0].kind = DestinationKind::Whip;
        studio.keyring = Some("Your keyring is locked.".to_owned());
        assert_eq!(studio.preflight()[0].severity, Severity::Warn);
        assert_eq!(keys(&studio), ["key klieg"]);
    }

    #[test]
    fn a_picture_that_is_black_or_frozen_is_seen() {
        let mut studio = ready();
        studio.program.black = true;
        assert_eq!(keys(&studio), ["dark"]);
        studio.program.black = false;
        // The picture may move for other reasons.
        studio.frozen.insert("cam".into());
        assert_eq!(keys(&studio), ["frozen cam"]);
        // A plate stands still by nature, and has its own line.
        studio.sources.insert("cam".into(), SourceState::Restarting { reason: "it is unplugged".into() });
        assert_eq!(keys(&studio), ["source cam"]);
        let film =
            Source::File(MediaFile { name: "film".into(), path: "film.mp4".into(), repeat: true, from_start: false });
        studio.collection.apply(Edit::AddSource { source: film, scene: "Scene".into() }).unwrap();
        studio.sources.insert("film".into(), SourceState::Live);
        studio.program.still = FROZEN;
        assert_eq!(keys(&studio), ["frozen", "source cam"]);
    }

    #[test]
    fn a_microphone_that_is_muted_or_silent_is_heard_of_once() {
        let mut studio = ready();
        studio.silent = vec!["mic".into()];
        assert_eq!(keys(&studio), ["silent mic"]);
        studio.collection.scenes[0].items[1].muted = true;
        assert_eq!(keys(&studio), ["muted mic"]);
    }

    #[test]
    fn a_scene_in_which_nothing_can_be_heard_is_said_once() {
        let mut studio = ready();
        let mut strip = |strip: Strip| {
            studio.collection.apply(Edit::SetStrip { source: "mic".into(), strip }).unwrap();
            keys(&studio)
        };
        assert!(strip(Strip::default()).is_empty());
        assert_eq!(strip(Strip { volume: 0.0, ..Strip::default() }), ["silent"]);
        assert_eq!(strip(Strip { monitor: Monitor::Only, ..Strip::default() }), ["silent"]);
        assert_eq!(strip(Strip { muted: true, ..Strip::default() }), ["muted mic"]);
        strip(Strip::default());
        studio.collection.scenes[0].items[1].volume = 0.0;
        assert_eq!(keys(&studio), ["silent"]);
        studio.collection.scenes[0].items[1].hidden = true;
        assert_eq!(keys(&studio), ["silent"]);
    }

    #[test]
    fn what_is_heard_in_every_scene_is_looked_after_in_each() {
        let mut studio = ready();
        studio.collection.apply(Edit::AddScene { name: "Break".into() }).unwrap();
        studio.on_air = "Break".into();
        assert_eq!(keys(&studio), ["black", "silent"]);
        let everywhere = Strip { everywhere: true, ..Strip::default() };
        studio.collection.apply(Edit::SetStrip { source: "mic".into(), strip: everywhere.clone() }).unwrap();
        assert_eq!(keys(&studio), ["black"]);
        studio.sources.insert("mic".into(), SourceState::Restarting { reason: "it is unplugged".into() });
        assert_eq!(keys(&studio), ["black", "source mic"]);
        studio.sources.insert("mic".into(), SourceState::Live);
        let muted = Strip { muted: true, ..everywhere };
        studio.collection.apply(Edit::SetStrip { source: "mic".into(), strip: muted }).unwrap();
        assert_eq!(keys(&studio), ["black", "muted mic"]);
        assert!(studio.doubts().iter().any(|advice| advice.key == "muted mic"));
    }

    #[test]
    fn what_may_be_a_mistake_on_air_is_said_of_the_picture_and_of_microphones() {
        let mut studio = ready();
        let doubts = |studio: &Studio| studio.doubts().into_iter().map(|advice| advice.key).collect::<Vec<_>>();
        assert!(doubts(&studio).is_empty());
        studio.keys.clear();
        studio.program.black = true;
        studio.silent = vec!["mic".into()];
        assert_eq!(doubts(&studio), ["dark", "silent mic"]);
        studio.program.black = false;
        let film =
            Source::File(MediaFile { name: "film".into(), path: "film.mp4".into(), repeat: true, from_start: false });
        studio.collection.apply(Edit::AddSource { source: film, scene: "Scene".into() }).unwrap();
        for item in &mut studio.collection.scenes[0].items {
            item.muted = true;
        }
        assert_eq!(doubts(&studio), ["muted mic"]);
        let keys = Some("F8".parse().unwrap());
        studio.profile.set_hotkey(Action::PushToTalk { source: "mic".into() }, keys, true).unwrap();
        assert!(doubts(&studio).is_empty(), "it is talked by a key");
    }

    #[test]
    fn a_file_without_sound_is_no_sound_of_the_scene_and_not_silent() {
        let mut studio = ready();
        let film =
            Source::File(MediaFile { name: "film".into(), path: "film.mp4".into(), repeat: true, from_start: false });
        studio.collection.apply(Edit::AddSource { source: film, scene: "Scene".into() }).unwrap();
        studio.silent = vec!["film".into()];
        assert_eq!(keys(&studio), ["silent film"]);
        studio.soundless.insert("film".into());
        assert!(keys(&studio).is_empty(), "{:?}", keys(&studio));
        studio.collection.apply(Edit::RemoveSource { name: "mic".into() }).unwrap();
        assert_eq!(keys(&studio), ["silent"]);
    }
}
