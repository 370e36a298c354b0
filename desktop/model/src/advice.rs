//! What is wrong with a show that runs, in sentences.

use serde::{Deserialize, Serialize};

use crate::event::{Encode, OutputState};
use crate::figures;
use crate::profile::Destination;
use crate::studio::{OutputStatus, Severity, ShowState, Studio};

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
    /// Encode with so many kbit/s from now on: this output, a destination or the recording, which has an encoding of its own, or all that
    /// have none.
    Bitrate {
        bitrate: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<String>,
    },
    /// Open the settings of a destination.
    Destination { id: String },
    /// Make another stream key for the signed-in account's channel.
    NewKey,
    /// Sign in again to the account's server.
    SignIn,
    /// Measure what the connection to the account's server carries.
    MeasureUpload,
    /// Try the encoders of this computer.
    TryEncoders,
    /// Open the settings of the output on which is heard what is monitored.
    MonitorOutput,
    /// Unmute a source.
    Unmute { source: String },
}

/// Seconds of recording below which a disk is nearly full.
pub(crate) const NEARLY_FULL: u64 = 15 * 60;
/// How the reason begins that a server gives who does not know the key.
const NOT_AUTHORISED: &str = "not authorised";
/// Frames in a second below which none is composed.
const MOVES: f64 = 0.1;
/// Seconds for which nothing may have moved then.
const STANDS: u32 = 2;
/// The share of an output's frames that may be lost in a second before its bitrate is called too high.
const LOST: f64 = 0.05;
/// The share of the frames lost lately from which on this computer, or its encoder, is called too slow: one in fifty is seen as a picture
/// that stutters.
const TOO_SLOW: f64 = 0.02;

impl Studio {
    /// What is wrong now with a show on air. `before` is the studio one second ago.
    pub fn advise(&self, before: &Self) -> Vec<Advice> {
        if matches!(self.show, ShowState::Off) && self.recording.is_none() {
            return Vec::new();
        }
        let mut found: Vec<_> = self.session_advice().into_iter().chain(self.battery_advice(before)).collect();
        let mut say = |key: String, severity, text: String, remedy| found.push(Advice { key, severity, text, remedy });
        for output in &self.outputs {
            let lost = before
                .outputs
                .iter()
                .find(|b| b.id == output.id)
                .map_or(0, |b| output.dropped.saturating_sub(b.dropped));
            match &output.state {
                OutputState::Reconnecting { attempt, reason } => {
                    let (name, what) = (&output.name, output.away());
                    let text = format!("{name} {what} ({reason}). Trying again, attempt {attempt}.");
                    say(format!("connection {}", output.id), Severity::Bad, text, None);
                }
                OutputState::Failed { reason } => say(
                    format!("refused {}", output.id),
                    Severity::Bad,
                    format!("{} refused the show: {reason}.", output.name),
                    self.remedy_of(&output.id, reason),
                ),
                OutputState::Live => {
                    if let Some((text, remedy)) = self.too_slow(output, lost) {
                        say(format!("slow {}", output.id), Severity::Warn, text, remedy);
                    }
                }
                OutputState::Connecting | OutputState::Stopped => {}
            }
        }
        for encode in self.encoders.iter().filter(|encode| encode.layer == 0 && encode.is_lowered()) {
            if let Some((first, text)) = self.lowered(encode) {
                say(format!("adapted {first}"), Severity::Warn, text, Some(self.remedy(first, encode.bitrate)));
            }
        }
        // One that the recording has for itself costs as much as that of the show.
        let apart = if self.recording.is_some() && self.profile.records_apart() {
            ", or let the recording be encoded as the show"
        } else {
            ""
        };
        if self.program.skipping >= TOO_SLOW {
            let text =
                format!("The encoder is too slow for this picture: take a faster preset or a smaller canvas{apart}.");
            say("encoder".into(), Severity::Warn, text, None);
        } else if let Some(Encode { report, load, .. }) = self.busiest(before) {
            let help = if report.hardware { "a smaller canvas" } else { "a faster preset or a smaller canvas" };
            let text = format!(
                "{} is busy {:.0} % of the time and will soon skip frames: take {help}{apart}.",
                report.encoder,
                load * 100.0
            );
            say("encoder".into(), Severity::Warn, text, None);
        }
        if self.program.skipped_sound > before.program.skipped_sound {
            say(
                "sound".into(),
                Severity::Warn,
                "The sound has gaps: this computer is too slow to encode it. Take a faster preset or a smaller canvas."
                    .into(),
                None,
            );
        }
        if self.program.fps < MOVES && self.program.still >= STANDS {
            say(
                "standstill".into(),
                Severity::Bad,
                "The picture stands still: nothing is composed any more. The scene is begun anew by itself.".into(),
                None,
            );
        } else if self.program.missing >= TOO_SLOW {
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

    pub(crate) fn session_advice(&self) -> Option<Advice> {
        let account = self.account.as_ref().filter(|_| self.session_ended)?;
        // Nobody signs in on air: that changes where the show goes.
        let (help, remedy) =
            if self.show.is_off() { ("", Some(Remedy::SignIn)) } else { (" Sign in again after the show.", None) };
        let text = format!(
            "Your session on {} has ended. Your stream key is still good, but what viewers are told cannot be changed, and your \
             chat is not here.{help}",
            account.server
        );
        Some(Advice { key: "session".to_owned(), severity: Severity::Warn, text, remedy })
    }

    /// What to say of an output that takes less than it is sent, and what helps. Nothing where its encoder sends less by
    /// itself: that has a sentence of its own.
    fn too_slow(&self, output: &OutputStatus, lost: u64) -> Option<(String, Option<Remedy>)> {
        let encode = self.encoders.iter().find(|encode| encode.layer == 0 && encode.outputs.contains(&output.id));
        if encode.is_some_and(Encode::is_lowered) {
            return None;
        }
        let stiff = encode.filter(|encode| !encode.adapts);
        let is_slow = stiff.is_some_and(|encode| encode.slow.contains(&output.id));
        if !is_slow && lost as f64 <= LOST * f64::from(self.collection.canvas.fps) {
            return None;
        }
        let now = self.profile.own_encoding(&output.id).unwrap_or(&self.profile.video).bitrate;
        let less = lower(now);
        let (what, instead) = if output.id == Destination::RECORDING {
            (format!("The disk does not keep up with {now} kbit/s"), "record to another one")
        } else {
            (format!("Your upload cannot carry {now} kbit/s to {}", output.name), "use a cable, or another network")
        };
        if less >= now {
            return Some((format!("{what}: {instead}."), None));
        }
        let anew = stiff.map_or_else(String::new, |encode| {
            format!(" {} cannot change its bitrate while it runs, so what it sends begins anew.", encode.report.encoder)
        });
        Some((format!("{what}: lower to {less}?{anew}"), Some(self.remedy(&output.id, less))))
    }

    /// What to say of an encode that sends less than it is set to, and the output because of which it does.
    fn lowered<'a>(&self, encode: &'a Encode) -> Option<(&'a str, String)> {
        let slow = if encode.slow.is_empty() { &encode.outputs } else { &encode.slow };
        let named = |ids: &[&String]| {
            let names: Vec<_> = ids.iter().map(|id| self.output_name(id)).collect();
            figures::listed(&names)
        };
        let others: Vec<_> = encode.outputs.iter().filter(|id| !slow.contains(id)).collect();
        let shared = if others.is_empty() {
            String::new()
        } else {
            format!(" The same goes for {}: one encode is shared.", named(&others))
        };
        let slow: Vec<_> = slow.iter().collect();
        let (wanted, bitrate) = (encode.wanted, encode.bitrate);
        let text = format!(
            "Your connection to {} does not carry {wanted} kbit/s: {bitrate} kbit/s are sent now.{shared}",
            named(&slow)
        );
        Some((slow.first()?.as_str(), text))
    }

    /// The encode that is nearest its limit, if it is there for longer than a moment.
    fn busiest(&self, before: &Self) -> Option<&Encode> {
        let was_busy = |now: &Encode| {
            let known = before.encoders.iter().find(|then| (then.layer, &then.outputs) == (now.layer, &now.outputs));
            known.is_some_and(|then| then.load >= Encode::BUSY)
        };
        let busy = self.encoders.iter().filter(|encode| encode.load >= Encode::BUSY && was_busy(encode));
        busy.max_by(|a, b| a.load.total_cmp(&b.load))
    }

    /// Another bitrate for what an output is sent.
    fn remedy(&self, output: &str, bitrate: u32) -> Remedy {
        let is_own = self.profile.own_encoding(output).is_some();
        Remedy::Bitrate { bitrate, destination: is_own.then(|| output.to_owned()) }
    }

    fn output_name(&self, id: &str) -> String {
        match id {
            Destination::RECORDING => "the recording".to_owned(),
            Destination::REPLAY => "the replay buffer".to_owned(),
            _ => {
                self.outputs.iter().find(|output| output.id == id).map_or(id, |output| output.name.as_str()).to_owned()
            }
        }
    }

    /// What can be done about a destination that refused the show for this reason.
    fn remedy_of(&self, id: &str, reason: &str) -> Option<Remedy> {
        if self.is_channel(id) && reason.starts_with(NOT_AUTHORISED) {
            return Some(Remedy::NewKey);
        }
        self.profile.destination(id).map(|destination| Remedy::Destination { id: destination.id.clone() })
    }
}

/// Two thirds, in steps of 100 kbit/s.
fn lower(bitrate: u32) -> u32 {
    (bitrate / 3 * 2 / 100 * 100).max(300)
}

#[cfg(test)]
mod tests;
