//! What is wrong with a show that runs, in sentences.

use serde::{Deserialize, Serialize};

use crate::event::OutputState;
use crate::figures;
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
    /// Encode with so many kbit/s from now on: this destination, which has an encoding of its own, or all that have none.
    Bitrate {
        bitrate: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<String>,
    },
    /// Open the settings of a destination.
    Destination { id: String },
    /// Unmute a source.
    Unmute { source: String },
}

/// Seconds of recording below which a disk is nearly full.
pub(crate) const NEARLY_FULL: u64 = 15 * 60;
/// The share of an output's frames that may be lost in a second before its bitrate is called too high.
const LOST: f64 = 0.05;

impl Studio {
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
                        Some(Remedy::Bitrate { bitrate: less, destination: None }),
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
        if self.recording.is_some()
            && let Some(left) = self.program.disk_time.filter(|left| *left < NEARLY_FULL)
        {
            let text = format!("The disk is nearly full: the recording ends in {}.", figures::duration(left));
            say("disk".into(), Severity::Bad, text, None);
        }
        found
    }
}

/// Two thirds, in steps of 100 kbit/s.
fn lower(bitrate: u32) -> u32 {
    (bitrate / 3 * 2 / 100 * 100).max(300)
}
