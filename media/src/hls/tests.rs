//! The packager under publishers of every kind: whatever comes in, what comes out keeps the rules.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::cadence::Cadence;
use super::packager::{Output, Packager};
use super::track::Event;
use crate::codec::{AudioConfig, AudioSetup, TrackConfig, h264};
use crate::frame::Frame;
use crate::time::{MediaTime, WallTime};

const SPS: &[u8] = &[
    0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40, 0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00,
    0x03, 0x03, 0xc0, 0xf1, 0x83, 0x19, 0x60,
];

fn picture() -> Arc<TrackConfig> {
    let config = h264::config(vec![Bytes::from_static(SPS)], vec![Bytes::from_static(&[0x68, 0xeb, 0xe3, 0xcb])]);
    Arc::new(TrackConfig::Video(config.unwrap()))
}

fn aac() -> Arc<TrackConfig> {
    let setup = AudioSetup::Aac { specific_config: Bytes::from_static(&[0x11, 0x90]) };
    Arc::new(TrackConfig::Audio(AudioConfig { setup, sample_rate: 48_000, channels: 2 }))
}

fn opus() -> Arc<TrackConfig> {
    Arc::new(TrackConfig::Audio(AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 }))
}

fn frame(config: &Arc<TrackConfig>, at: Duration, keyframe: bool, epoch: u32) -> Arc<Frame> {
    let at = MediaTime::ZERO + at;
    let payload = Bytes::from_static(&[0xfc, 1, 2, 3, 4, 5, 6, 7]);
    Arc::new(Frame::new(config.clone(), at, at, WallTime::from_micros(0).plus(at), keyframe, epoch, payload))
}

/// One rendition as it came out.
#[derive(Debug, Default)]
struct Tape {
    /// Number, discontinuity, era, and the durations of its parts; `None` for a gap.
    segments: Vec<(u64, bool, u64, Option<Vec<Duration>>)>,
    complete: usize,
    /// Where each part begins and ends, in seconds on the decode timeline, and whether it follows on the one before.
    spans: Vec<(f64, f64, bool)>,
    forced: usize,
}

/// Packages frames in the order given and collects what comes out, having checked what must always hold.
fn package(frames: &[(usize, Arc<Frame>)], renditions: usize) -> (Cadence, Vec<Tape>) {
    let mut packager = Packager::new(Duration::from_millis(250), Duration::from_secs(2), WallTime::from_micros(0));
    for _ in 0..renditions {
        packager.add(true);
    }
    let mut out = Vec::new();
    for (id, frame) in frames {
        packager.push(*id, frame.clone(), &mut out);
    }
    packager.finish(&mut out);
    let mut cadence = None;
    let mut tapes: Vec<Tape> = (0..renditions).map(|_| Tape::default()).collect();
    let mut open = vec![false; renditions];
    let mut continuous = vec![false; renditions];
    for output in out {
        match output {
            Output::Settled(settled) => {
                assert!(cadence.replace(settled).is_none(), "the rhythm is decided once");
            }
            Output::WantKeyframe(_) => {}
            Output::Event(id, event) => {
                let tape = &mut tapes[id];
                match event {
                    Event::Init { .. } => assert!(!open[id]),
                    Event::Begin(head) => {
                        assert!(!std::mem::replace(&mut open[id], true), "one segment at a time");
                        continuous[id] &= !head.discontinuity;
                        tape.segments.push((head.msn, head.discontinuity, head.era, Some(Vec::new())));
                    }
                    Event::Part { duration, data, .. } => {
                        assert!(open[id], "a part belongs to a segment");
                        tape.segments.last_mut().unwrap().3.as_mut().unwrap().push(duration);
                        let start = decode_time(&data) as f64 / if id == 0 { 90_000.0 } else { 48_000.0 };
                        tape.spans.push((start, start + duration.as_secs_f64(), continuous[id]));
                        continuous[id] = true;
                    }
                    Event::End { independent } => {
                        assert!(std::mem::replace(&mut open[id], false));
                        tape.complete += 1;
                        tape.forced += usize::from(!independent);
                    }
                    Event::Gap { head, .. } => {
                        assert!(!open[id]);
                        continuous[id] = false;
                        tape.segments.push((head.msn, head.discontinuity, head.era, None));
                    }
                }
            }
        }
    }
    let cadence = cadence.unwrap();
    for tape in &tapes {
        check(tape, &cadence);
    }
    (cadence, tapes)
}

fn decode_time(fragment: &[u8]) -> u64 {
    let at = fragment.windows(4).position(|window| window == b"tfdt").unwrap();
    u64::from_be_bytes(fragment[at + 8..at + 16].try_into().unwrap())
}

fn check(tape: &Tape, cadence: &Cadence) {
    for pair in tape.segments.windows(2) {
        assert_eq!(pair[0].0 + 1, pair[1].0, "segments are numbered without a hole");
        assert_eq!(pair[0].2 + u64::from(pair[1].1), pair[1].2, "discontinuities are counted");
    }
    for (msn, _, _, parts) in &tape.segments {
        let Some(parts) = parts else { continue };
        let total: Duration = parts.iter().sum();
        assert!(total.as_secs_f64().round() as u64 <= cadence.target, "segment {msn} lasts {total:?}");
        for (index, part) in parts.iter().enumerate() {
            assert!(*part <= cadence.part_target, "part {msn}.{index} lasts {part:?} of {:?}", cadence.part_target);
            let full = *part * 100 >= cadence.part_target * 85;
            assert!(full || index + 1 == parts.len(), "part {msn}.{index} lasts {part:?} of {:?}", cadence.part_target);
        }
    }
    for pair in tape.spans.windows(2) {
        let (end, (start, _, continuous)) = (pair[0].1, pair[1]);
        assert!(start > end - 0.000_1, "time never runs backwards: {start} after {end}");
        assert!(!continuous || (start - end).abs() < 0.000_1, "no gap without a mark: {start} after {end}");
    }
}

/// Pictures at `rate` with a keyframe every `gop` frames, and sound in packets of `packet`, interleaved by time.
fn show(rate: f64, gop: usize, sound: (&Arc<TrackConfig>, Duration), seconds: f64) -> Vec<(usize, Arc<Frame>)> {
    let config = picture();
    let mut frames: Vec<_> = (0..(seconds * rate) as usize)
        .map(|index| (0, frame(&config, Duration::from_secs_f64(index as f64 / rate), index % gop == 0, 0)))
        .collect();
    let packets = (seconds / sound.1.as_secs_f64()) as u32;
    frames.extend((0..packets).map(|index| (1, frame(sound.0, sound.1 * index, true, 0))));
    frames.sort_by_key(|(_, frame)| frame.dts);
    frames
}

#[test]
fn every_frame_rate_and_packet_length_keeps_the_rules() {
    let aac_packet = Duration::from_nanos(21_333_333);
    for rate in [10.0, 12.5, 15.0, 23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0, 120.0] {
        for (config, packet) in [(aac(), aac_packet), (opus(), Duration::from_millis(20))] {
            let (cadence, tapes) = package(&show(rate, (rate * 2.0).round() as usize, (&config, packet), 21.0), 2);
            assert_eq!(cadence.target, 2, "{rate}");
            assert!(cadence.part_target <= Duration::from_millis(500));
            assert_eq!(tapes[0].segments.len(), tapes[1].segments.len(), "{rate}");
            assert_eq!(tapes[0].forced, 0);
        }
    }
}

#[test]
fn a_show_without_picture_or_without_sound_is_packaged() {
    let sound: Vec<_> = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 12.0);
    let only = |id: usize| sound.iter().filter(|(of, _)| *of == id).cloned().collect::<Vec<_>>();
    let (_, tapes) = package(&only(1), 2);
    assert!(tapes[1].segments.len() >= 5 && tapes[0].segments.is_empty());
    let (_, tapes) = package(&only(0), 2);
    assert!(tapes[0].segments.len() >= 5 && tapes[1].segments.is_empty());
}

#[test]
fn long_groups_of_pictures_make_a_longer_target_duration() {
    let (cadence, tapes) = package(&show(30.0, 250, (&aac(), Duration::from_nanos(21_333_333)), 60.0), 2);
    assert_eq!((cadence.target, tapes[0].forced), (8, 0));
}

#[test]
fn a_show_with_a_single_keyframe_is_cut_without_one() {
    let (cadence, tapes) = package(&show(30.0, 1_000_000, (&aac(), Duration::from_nanos(21_333_333)), 60.0), 2);
    assert_eq!(cadence.target, 10);
    assert!(tapes[0].forced >= 4);
}

#[test]
fn sound_that_returns_after_a_silence_has_gaps_in_between() {
    let frames: Vec<_> = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 40.0)
        .into_iter()
        .filter(|(id, frame)| *id == 0 || !(8_000..25_000).contains(&frame.pts.millis()))
        .collect();
    let (_, tapes) = package(&frames, 2);
    let gaps = tapes[1].segments.iter().filter(|(.., parts)| parts.is_none()).count();
    assert!((6..=8).contains(&gaps), "{gaps} gaps");
    assert_eq!(tapes[0].segments.last().unwrap().0, tapes[1].segments.last().unwrap().0);
}

#[test]
fn a_picture_that_stands_still_for_a_while_does_not_hold_the_sound_up() {
    let frames: Vec<_> = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 40.0)
        .into_iter()
        .filter(|(id, frame)| *id == 1 || !(8_500..21_000).contains(&frame.pts.millis()))
        .collect();
    let (_, tapes) = package(&frames, 2);
    let heard: f64 = tapes[1].spans.iter().map(|(start, end, _)| end - start).sum();
    assert!(heard > 39.0, "{heard} s of sound");
    assert_eq!(tapes[0].segments.last().unwrap().0, tapes[1].segments.last().unwrap().0);
}

#[test]
fn a_line_that_was_gone_for_a_while_does_not_make_a_segment_of_every_picture() {
    let frames: Vec<_> = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 20.0)
        .into_iter()
        .filter(|(_, frame)| !(8_500..14_500).contains(&frame.pts.millis()))
        .collect();
    let (cadence, tapes) = package(&frames, 2);
    assert_eq!(cadence.target, 2);
    assert!(tapes[0].segments.len() < 16, "{} segments", tapes[0].segments.len());
}

#[test]
fn sound_that_comes_late_joins_the_segment_that_is_on() {
    let mut frames: Vec<_> = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 20.0);
    frames.retain(|(id, frame)| *id == 0 || frame.pts.millis() > 7_000);
    let (_, tapes) = package(&frames, 2);
    assert_eq!((tapes[0].segments[0].0, tapes[1].segments[0].0), (0, 3));
}

#[test]
fn a_returning_publisher_is_one_discontinuity_for_all() {
    let first = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 9.3);
    let again = first.iter().map(|(id, before)| {
        let at = Duration::from_nanos(before.pts.nanos() as u64) + Duration::from_secs(15);
        (*id, frame(&before.config, at, before.keyframe, 1))
    });
    let frames: Vec<_> = first.iter().cloned().chain(again).collect();
    let (_, tapes) = package(&frames, 2);
    let marked =
        |tape: &Tape| tape.segments.iter().filter(|segment| segment.1).map(|segment| segment.0).collect::<Vec<_>>();
    assert_eq!(marked(&tapes[0]), marked(&tapes[1]));
    assert_eq!(marked(&tapes[0]).len(), 1);
}

#[test]
fn picture_and_sound_of_a_new_session_begin_together() {
    let first = show(30.0, 60, (&aac(), Duration::from_nanos(21_333_333)), 9.0);
    // The returning publisher's first keyframe comes 1.5 s after its sound.
    let again = first.iter().filter(|(id, frame)| *id == 1 || frame.pts.millis() >= 1_990).map(|(id, before)| {
        let at = Duration::from_nanos(before.pts.nanos() as u64) + Duration::from_secs(12);
        (*id, frame(&before.config, at, before.keyframe, 1))
    });
    let again: Vec<_> = again.filter(|(_, frame)| frame.pts.millis() >= 12_500).collect();
    let (_, tapes) = package(&[first, again].concat(), 2);
    let returned = |tape: &Tape| tape.spans.iter().map(|(start, ..)| *start).find(|start| *start > 12.0).unwrap();
    assert!((returned(&tapes[0]) - returned(&tapes[1])).abs() < 0.05);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Jitter, lost frames, irregular keyframes, new sessions: the rules hold.
    #[test]
    fn whatever_a_publisher_sends_keeps_the_rules(
        rate in 5.0f64..90.0,
        steps in proptest::collection::vec((0u32..100, 0u64..9_000, 0u32..1_000), 200..900),
        packet in 5u64..60,
    ) {
        let (video, audio) = (picture(), opus());
        let (mut frames, mut at, mut epoch) = (Vec::new(), Duration::ZERO, 0);
        let mut heard = Duration::ZERO;
        for (index, (kind, jitter, rare)) in steps.into_iter().enumerate() {
            at += Duration::from_secs_f64(1.0 / rate) + Duration::from_micros(jitter);
            if rare < 4 {
                at += Duration::from_millis(u64::from(rare) * 700);
                epoch += u32::from(rare == 3);
            }
            if kind > 2 {
                frames.push((0, frame(&video, at, index == 0 || kind > 95, epoch)));
            }
            while heard + Duration::from_millis(packet) < at {
                heard += Duration::from_millis(packet);
                frames.push((1, frame(&audio, heard, true, epoch)));
            }
        }
        package(&frames, 2);
    }
}

/// An encoder that makes keyframes only when it is asked, and takes its time.
#[test]
fn a_publisher_that_is_slow_with_keyframes_is_asked_in_time() {
    let delays = [350, 420, 400, 430, 410].map(Duration::from_millis);
    let mut packager = Packager::new(Duration::from_millis(250), Duration::from_secs(2), WallTime::from_micros(0));
    packager.add(true);
    let (config, mut due, mut answered, mut out) = (picture(), None, 0, Vec::new());
    for number in 0..1_200 {
        let at = Duration::from_secs(number) / 30;
        let keyframe = number == 0 || due.is_some_and(|due| at >= due);
        if keyframe {
            due = None;
        }
        let before = out.len();
        packager.push(0, frame(&config, at, keyframe, 0), &mut out);
        let asked = out[before..].iter().any(|output| matches!(output, Output::WantKeyframe(_)));
        if asked && due.is_none() {
            due = Some(at + delays[answered % delays.len()]);
            answered += 1;
        }
    }
    let ends: Vec<bool> = out
        .iter()
        .filter_map(|output| match output {
            Output::Event(_, Event::End { independent }) => Some(*independent),
            _ => None,
        })
        .collect();
    assert!(ends.len() > 12 && ends.iter().all(|&independent| independent), "{ends:?}");
}
