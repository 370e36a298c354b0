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
mod tests {
    use super::*;
    use crate::event::EncoderReport;
    use crate::profile::DestinationKind;
    use crate::settings::VideoSettings;
    use crate::studio::{Account, RecordingState};

    fn encode(layer: usize, wanted: u32, bitrate: u32, outputs: &[&str], slow: &[&str]) -> Encode {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let report = EncoderReport { encoder: "x264enc".into(), hardware: false, reason: String::new() };
        let (outputs, slow) = (owned(outputs), owned(slow));
        Encode { report, layer, wanted, bitrate, adapts: true, load: 0.2, outputs, slow }
    }

    /// On air at `a`, which uses the profile's encoding, and at `b`, which has one of its own.
    fn on_air(encoders: Vec<Encode>) -> Studio {
        let mut studio = Studio { show: ShowState::Live { since: 0 }, encoders, ..Studio::default() };
        for id in ["a", "b"] {
            let (name, url) = (id.to_uppercase(), "https://k.example".to_owned());
            let own = VideoSettings { bitrate: 6_000, ..VideoSettings::default() };
            let video = (id == "b").then_some(own);
            let kind = DestinationKind::Whip;
            let destination =
                Destination { id: id.into(), name: name.clone(), kind, url, enabled: true, layers: 1, video };
            studio.profile.destinations.push(destination);
            studio.outputs.push(OutputStatus::new(id, &name, OutputState::Live));
        }
        studio
    }

    fn said(studio: &Studio) -> Vec<(String, String, Option<Remedy>)> {
        studio.advise(studio).into_iter().map(|advice| (advice.key, advice.text, advice.remedy)).collect()
    }

    #[test]
    fn of_several_sizes_the_largest_is_advised_on() {
        let sizes = [(0, 2_500, 1_750), (1, 833, 581), (2, 277, 250)];
        let encodes = sizes.map(|(layer, wanted, now)| encode(layer, wanted, now, &["a"], &["a"])).to_vec();
        let text = "Your connection to A does not carry 2500 kbit/s: 1750 kbit/s are sent now.";
        let remedy = Remedy::Bitrate { bitrate: 1_750, destination: None };
        assert_eq!(said(&on_air(encodes)), [("adapted a".to_owned(), text.to_owned(), Some(remedy))]);
    }

    #[test]
    fn each_encode_has_a_sentence_and_a_remedy_of_its_own() {
        let encodes = vec![
            encode(0, 2_500, 1_750, &["a", "recording", "replay"], &["a"]),
            encode(0, 6_000, 4_200, &["b"], &["b"]),
        ];
        let said = said(&on_air(encodes));
        assert!(said[0].1.ends_with(" The same goes for the recording and the replay buffer: one encode is shared."));
        assert!(said[1].1.contains("to B does not carry 6000 kbit/s"), "{said:?}");
        let remedies: Vec<_> = said.into_iter().map(|(key, _, remedy)| (key, remedy.unwrap())).collect();
        let own = Some("b".to_owned());
        let expected = [
            ("adapted a".to_owned(), Remedy::Bitrate { bitrate: 1_750, destination: None }),
            ("adapted b".to_owned(), Remedy::Bitrate { bitrate: 4_200, destination: own }),
        ];
        assert_eq!(remedies, expected);
    }

    #[test]
    fn a_destination_with_its_own_encoding_is_lowered_from_that() {
        let before = on_air(vec![]);
        let mut studio = before.clone();
        studio.outputs[1].dropped = 20;
        let advice = &studio.advise(&before)[0];
        assert_eq!(advice.text, "Your upload cannot carry 6000 kbit/s to B: lower to 4000?");
        assert_eq!(advice.remedy, Some(Remedy::Bitrate { bitrate: 4_000, destination: Some("b".into()) }));
        // Nothing that would do nothing is offered.
        studio.profile.destinations[1].video.as_mut().unwrap().bitrate = 300;
        assert_eq!(studio.advise(&before)[0].remedy, None);
        // One that sends less by itself has one sentence.
        studio.encoders = vec![encode(0, 6_000, 4_200, &["b"], &["b"])];
        assert_eq!(studio.advise(&before).len(), 1);
    }

    #[test]
    fn a_recording_with_its_own_encoding_is_lowered_from_that_and_counts_as_load() {
        let busy = Encode { load: 0.95, ..encode(0, 8_000, 8_000, &["recording"], &[]) };
        let mut before = Studio { recording: Some(RecordingState::default()), ..on_air(vec![busy]) };
        before.profile.recording.video = Some(VideoSettings { bitrate: 8_000, ..VideoSettings::default() });
        before.outputs.push(OutputStatus::new(Destination::RECORDING, "Recording", OutputState::Live));
        let mut studio = before.clone();
        studio.outputs[2].dropped = 20;
        let advice = studio.advise(&before);
        assert_eq!(advice[0].text, "The disk does not keep up with 8000 kbit/s: lower to 5300?");
        let own = Some(Destination::RECORDING.to_owned());
        assert_eq!(advice[0].remedy, Some(Remedy::Bitrate { bitrate: 5_300, destination: own }));
        assert!(advice[1].text.ends_with(", or let the recording be encoded as the show."), "{advice:?}");
        // What is encoded alike is encoded once.
        studio.profile.video.bitrate = 8_000;
        assert!(!studio.advise(&before)[1].text.contains("as the show"));
    }

    #[test]
    fn an_encoder_that_cannot_send_less_is_said_before_frames_are_lost() {
        let stiff = Encode { adapts: false, ..encode(0, 2_500, 2_500, &["a"], &["a"]) };
        let said = said(&on_air(vec![stiff]));
        assert!(said[0].1.contains("x264enc cannot change its bitrate while it runs"), "{said:?}");
        assert_eq!(said[0].2, Some(Remedy::Bitrate { bitrate: 1_600, destination: None }));
    }

    #[test]
    fn a_session_that_ended_can_be_mended_when_the_show_is_over() {
        let account = Account { server: "https://k.example".into(), handle: "ada".into() };
        let on_air = Studio { account: Some(account), session_ended: true, ..on_air(vec![]) };
        let (key, text, remedy) = said(&on_air).remove(0);
        assert!(key == "session" && text.ends_with("Sign in again after the show.") && remedy.is_none(), "{text}");
        let off = Studio { show: ShowState::Off, ..on_air };
        assert!(off.preflight().iter().any(|advice| advice.remedy == Some(Remedy::SignIn)));
    }

    #[test]
    fn a_programme_without_frames_is_said_and_one_that_shows_a_still_picture_is_not() {
        let mut studio = on_air(vec![]);
        (studio.program.fps, studio.program.still) = (30.0, 60);
        assert!(said(&studio).is_empty());
        (studio.program.fps, studio.program.still) = (0.0, 2);
        assert_eq!(said(&studio)[0].0, "standstill");
    }

    #[test]
    fn a_frame_that_was_lost_is_no_slow_computer_and_a_share_of_them_is() {
        let before = on_air(vec![]);
        let mut studio = before.clone();
        (studio.program.missed, studio.program.skipped) = (1, 1);
        (studio.program.missing, studio.program.skipping) = (0.01, 0.01);
        assert!(studio.advise(&before).is_empty(), "{:?}", studio.advise(&before));
        let keys = |studio: &Studio| said(studio).into_iter().map(|(key, ..)| key).collect::<Vec<_>>();
        studio.program.missing = 0.02;
        assert_eq!(keys(&studio), ["compose"]);
        studio.program.skipping = 0.05;
        assert_eq!(keys(&studio), ["encoder", "compose"]);
    }

    #[test]
    fn sound_that_was_not_encoded_is_said_for_as_long_as_it_goes_on() {
        let before = on_air(vec![]);
        let mut studio = before.clone();
        studio.program.skipped_sound = 3;
        assert_eq!(studio.advise(&before)[0].key, "sound");
        assert!(studio.advise(&studio).is_empty());
    }

    #[test]
    fn an_encoder_near_its_limit_is_said_when_it_stays_there() {
        let busy = on_air(vec![Encode { load: 0.95, ..encode(0, 2_500, 2_500, &["a"], &[]) }]);
        let calm = on_air(vec![encode(0, 2_500, 2_500, &["a"], &[])]);
        assert!(busy.advise(&calm).is_empty() && calm.advise(&busy).is_empty());
        let advice = busy.advise(&busy);
        assert!(advice[0].text.starts_with("x264enc is busy 95 % of the time"), "{advice:?}");
    }
}
