//! What is said of a show on air, and what is offered with it.

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
        let destination = Destination { id: id.into(), name: name.clone(), kind, url, enabled: true, layers: 1, video };
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
    let encodes =
        vec![encode(0, 2_500, 1_750, &["a", "recording", "replay"], &["a"]), encode(0, 6_000, 4_200, &["b"], &["b"])];
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
