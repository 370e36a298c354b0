//! What is wrong with a show, in sentences: before it starts, and while it runs.

use serde::{Deserialize, Serialize};

use crate::event::OutputState;
use crate::settings::VideoSettings;
use crate::studio::{Severity, ShowState, Studio};

/// One thing to know, and if possible what to do about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// Stands for the same thing for as long as it holds.
    pub key: String,
    pub severity: Severity,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

/// What one click does about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Remedy {
    /// Encode with so many kbit/s from now on.
    Bitrate { bitrate: u32 },
    /// Open the settings of a destination.
    Destination { id: String },
    /// Unmute a source.
    Unmute { source: String },
}

/// Bytes below which a disk is nearly full: a quarter of an hour of recording at 6 Mbit/s.
const NEARLY_FULL: u64 = 700 << 20;
/// The share of an output's frames that may be lost in a second before its bitrate is called too high.
const LOST: f64 = 0.05;

impl Studio {
    /// What keeps a show from starting well: a list to go through before going live.
    pub fn preflight(&self) -> Vec<Advice> {
        let mut found = Vec::new();
        let mut say = |key: &str, severity, text: String, remedy| {
            found.push(Advice { key: key.to_owned(), severity, text, remedy });
        };
        let taking_part: Vec<_> = self.profile.destinations.iter().filter(|d| d.enabled).collect();
        if taking_part.is_empty() {
            say("nowhere", Severity::Bad, "The show goes nowhere: add a destination, or switch one on.".into(), None);
        }
        for destination in taking_part {
            if !self.keys.contains(&destination.id) {
                say(
                    &format!("key {}", destination.id),
                    Severity::Bad,
                    format!("{} has no stream key.", destination.name),
                    Some(Remedy::Destination { id: destination.id.clone() }),
                );
            }
        }
        let scene = self.collection.scene(&self.on_air);
        let items: Vec<_> = scene.map(|scene| scene.items.iter().filter(|i| !i.hidden).collect()).unwrap_or_default();
        let source = |name: &str| self.collection.source(name);
        if !items.iter().any(|item| source(&item.source).is_some_and(crate::Source::has_picture)) {
            say(
                "black",
                Severity::Warn,
                format!("The scene “{}” shows nothing: the picture is black.", self.on_air),
                None,
            );
        }
        let sounding: Vec<_> =
            items.iter().filter(|i| source(&i.source).is_some_and(crate::Source::has_sound)).collect();
        if sounding.is_empty() {
            say("silent", Severity::Warn, format!("The scene “{}” has no sound.", self.on_air), None);
        }
        for item in sounding {
            if item.muted || self.collection.strip(&item.source).muted {
                let remedy = Some(Remedy::Unmute { source: item.source.clone() });
                let text = format!("{} is muted.", item.source);
                say(&format!("muted {}", item.source), Severity::Warn, text, remedy);
            }
        }
        for item in items {
            if let Some(crate::SourceState::Restarting { reason }) = self.sources.get(&item.source) {
                let text = format!("{} does not work: {reason}.", item.source);
                say(&format!("source {}", item.source), Severity::Warn, text, None);
            }
        }
        if self.profile.recording.with_show && self.program.disk_left.is_some_and(|left| left < NEARLY_FULL) {
            say("disk", Severity::Warn, "The disk for recordings is nearly full.".into(), None);
        }
        found
    }

    /// What is wrong now with a show on air. `before` is the studio one second ago.
    pub fn advise(&self, before: &Self) -> Vec<Advice> {
        let mut found = Vec::new();
        let mut say = |key: String, severity, text: String, remedy| found.push(Advice { key, severity, text, remedy });
        if matches!(self.show, ShowState::Off) && self.recording.is_none() {
            return found;
        }
        for output in &self.outputs {
            let lost = before
                .outputs
                .iter()
                .find(|b| b.id == output.id)
                .map_or(0, |b| output.dropped.saturating_sub(b.dropped));
            match &output.state {
                OutputState::Reconnecting { attempt, reason } => say(
                    format!("connection {}", output.id),
                    Severity::Bad,
                    format!("{} is not reached ({reason}). Trying again, attempt {attempt}.", output.name),
                    None,
                ),
                OutputState::Failed { reason } => say(
                    format!("refused {}", output.id),
                    Severity::Bad,
                    format!("{} refused the show: {reason}.", output.name),
                    self.profile.destination(&output.id).map(|d| Remedy::Destination { id: d.id.clone() }),
                ),
                OutputState::Live if lost as f64 > LOST * f64::from(self.collection.canvas.fps) => {
                    let now = self.profile.video.bitrate;
                    let less = lower(now);
                    say(
                        format!("slow {}", output.id),
                        Severity::Warn,
                        format!("Your upload cannot carry {now} kbit/s to {}: lower to {less}?", output.name),
                        Some(Remedy::Bitrate { bitrate: less }),
                    );
                }
                _ => {}
            }
        }
        if self.program.skipped > before.program.skipped {
            say(
                "encoder".into(),
                Severity::Warn,
                "The encoder is too slow for this picture: take a faster preset or a smaller canvas.".into(),
                None,
            );
        }
        if self.program.missed > before.program.missed {
            say(
                "compose".into(),
                Severity::Warn,
                "This computer is too slow to draw every frame: take sources away or a smaller canvas.".into(),
                None,
            );
        }
        if self.recording.is_some() && self.program.disk_left.is_some_and(|left| left < NEARLY_FULL) {
            say("disk".into(), Severity::Bad, "The disk is nearly full: the recording will end soon.".into(), None);
        }
        found
    }
}

/// Two thirds, in steps of 100 kbit/s.
fn lower(bitrate: u32) -> u32 {
    (bitrate / 3 * 2 / 100 * 100).max(300)
}

impl VideoSettings {
    /// What is proposed for an upload of so many kbit/s: the most that leaves a third of it free.
    #[must_use]
    pub fn for_upload(self, upload: u32) -> Self {
        let fits = upload / 3 * 2 / 100 * 100;
        Self { bitrate: self.bitrate.min(fits.max(300)), ..self }
    }
}
