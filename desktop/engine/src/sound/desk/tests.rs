//! What a creator hears, block by block.

use klieg_studio_model::{Level, Meters, Monitor, SoundFilter};

use super::*;
use crate::sound::signal::{largest_step, numbered, peak, steady, tone};

fn scene(gains: &[(&str, f64)]) -> HashMap<String, f64> {
    gains.iter().map(|(source, gain)| ((*source).to_owned(), *gain)).collect()
}

/// A desk with one source on air, that has a second of `sound` or more to play.
fn playing(settings: Settings, sound: &[f32]) -> Desk {
    let mut desk = Desk::new();
    desk.set_strip("voice".to_owned(), settings);
    desk.set_scene(scene(&[("voice", 1.0)]));
    desk.open("voice".to_owned());
    desk.push("voice", 0, sound);
    desk
}

fn set(desk: &mut Desk, settings: Settings) {
    desk.set_strip("voice".to_owned(), settings);
}

/// Another scene, from the next block on.
fn change(desk: &mut Desk, gains: &[(&str, f64)], milliseconds: u64) {
    desk.change_scene(scene(gains), desk.position, Duration::from_millis(milliseconds));
}

/// The mix and what the creator hears, of the next blocks.
fn both(desk: &mut Desk, blocks: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut mix, mut monitor) = (Vec::new(), Vec::new());
    for _ in 0..blocks {
        let block = desk.mix();
        mix.extend_from_slice(block.0);
        monitor.extend_from_slice(block.1);
    }
    (mix, monitor)
}

fn mix(desk: &mut Desk, blocks: usize) -> Vec<f32> {
    both(desk, blocks).0
}

fn meters(desk: &mut Desk) -> Meters {
    let mut readings = Readings::default();
    desk.report(&mut readings);
    readings.take()
}

#[test]
fn a_source_is_heard_as_it_is_once_it_has_faded_in() {
    let sound = tone(440.0, 0.9, RATE);
    let mut desk = playing(Settings::default(), &sound);
    let heard = mix(&mut desk, 100);
    assert_eq!(heard[SAMPLES..], sound[SAMPLES..]);
    assert!(largest_step(&heard) < 0.06);
}

#[test]
fn sources_are_mixed_with_their_volume_and_their_gain_in_the_scene() {
    let mut desk = playing(Settings { volume: 0.5, ..Settings::default() }, &steady(0.8, RATE));
    desk.set_scene(scene(&[("voice", 0.5), ("music", 1.0)]));
    desk.open("music".to_owned());
    desk.push("music", 0, &steady(-0.1, RATE));
    desk.open("elsewhere".to_owned());
    desk.push("elsewhere", 0, &steady(0.7, RATE));
    let heard = mix(&mut desk, 3);
    assert!(heard[SAMPLES..].iter().all(|sample| (sample - 0.1).abs() < 1e-6));
}

#[test]
fn a_strip_is_as_it_was_set_before_it_was_open_and_when_it_is_open_again() {
    let mut desk = playing(Settings { volume: 0.25, ..Settings::default() }, &steady(0.8, RATE));
    for _ in 0..2 {
        let heard = mix(&mut desk, 3);
        assert!((heard[heard.len() - 1] - 0.2).abs() < 1e-6);
        desk.close("voice");
        desk.open("voice".to_owned());
        desk.push("voice", 0, &steady(0.8, RATE));
    }
}

#[test]
fn a_delay_is_exact_to_the_sample() {
    let mut desk = playing(Settings { delay: 123, ..Settings::default() }, &numbered(1..RATE));
    let heard = mix(&mut desk, 100);
    let delay = 123 * 48;
    assert!(peak(&heard[..delay * 2]) == 0.0);
    assert_eq!(heard[delay * 2..], numbered(1..RATE - delay + 1));
}

#[test]
fn the_longest_delay_loses_nothing() {
    let mut desk = playing(Settings { delay: Settings::MAX_DELAY, ..Settings::default() }, &[]);
    let mut heard = Vec::new();
    for block in 0..600 {
        desk.push("voice", block * BLOCK as i64, &numbered(block as usize * BLOCK..(block as usize + 1) * BLOCK));
        heard.extend(mix(&mut desk, 1));
    }
    assert_eq!(heard[RATE * 5 * 2..], numbered(0..RATE));
}

#[test]
fn another_delay_makes_no_click() {
    let mut desk = playing(Settings::default(), &tone(100.0, 0.5, RATE));
    let mut heard = mix(&mut desk, 20);
    set(&mut desk, Settings { delay: 5, ..Settings::default() });
    heard.extend(mix(&mut desk, 20));
    set(&mut desk, Settings::default());
    heard.extend(mix(&mut desk, 20));
    assert!(largest_step(&heard) < 0.01, "{}", largest_step(&heard));
}

#[test]
fn a_voice_on_one_side_is_heard_on_both_as_the_mean_before_the_filters() {
    let left: Vec<f32> = tone(440.0, 0.8, RATE).chunks(2).flat_map(|frame| [frame[0], 0.0]).collect();
    let mut desk = playing(Settings { mono: true, ..Settings::default() }, &left);
    let heard = mix(&mut desk, 100);
    let both: Vec<f32> = left.chunks(2).flat_map(|frame| [frame[0] / 2.0; 2]).collect();
    assert_eq!(heard[SAMPLES..], both[SAMPLES..]);
    let level = meters(&mut desk).strips["voice"];
    assert!((level.peak[0] + 7.96).abs() < 0.1 && (level.peak[1] + 7.96).abs() < 0.1, "{level:?}");
    // What is on both sides stays as loud as it is.
    let middle = tone(440.0, 0.9, RATE);
    let mut desk = playing(Settings { mono: true, ..Settings::default() }, &middle);
    assert_eq!(mix(&mut desk, 100)[SAMPLES..], middle[SAMPLES..]);
}

#[test]
fn mono_is_switched_without_a_click() {
    let left: Vec<f32> = steady(0.8, RATE).chunks(2).flat_map(|frame| [frame[0], 0.0]).collect();
    let mut desk = playing(Settings::default(), &left);
    mix(&mut desk, 10);
    let mut heard = Vec::new();
    for mono in [true, false] {
        set(&mut desk, Settings { mono, ..Settings::default() });
        heard.extend(mix(&mut desk, 3));
        let expected = if mono { [0.4, 0.4] } else { [0.8, 0.0] };
        assert_eq!(heard[heard.len() - 2..], expected);
    }
    assert!(largest_step(&heard) < 0.4 / 480.0 * 1.01, "{}", largest_step(&heard));
}

#[test]
fn a_scene_is_led_over_to_evenly_and_in_time() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    mix(&mut desk, 10);
    change(&mut desk, &[("voice", 0.25)], 500);
    let heard = mix(&mut desk, 60);
    assert!(largest_step(&heard) < 0.6 / 24_000.0 * 1.02, "{}", largest_step(&heard));
    assert!((heard[24_000] - 0.5).abs() < 1e-4, "half way at {}", heard[24_000]);
    assert!(heard[48_000..].iter().all(|sample| (sample - 0.2).abs() < 1e-6));
}

#[test]
fn an_edit_of_one_source_does_not_hurry_the_others() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    desk.open("music".to_owned());
    mix(&mut desk, 10);
    change(&mut desk, &[], 100);
    mix(&mut desk, 5);
    desk.set_scene(scene(&[("music", 1.0)]));
    let heard = mix(&mut desk, 5);
    assert!(largest_step(&heard) < 0.8 / 4_800.0 * 1.02, "{}", largest_step(&heard));
    assert!(peak(&heard[heard.len() - 2..]) == 0.0);
}

#[test]
fn a_scene_is_led_over_to_from_its_frame_on_and_in_time_though_it_is_told_late() {
    let (from, to) = (20 * BLOCK, 20 * BLOCK + RATE / 2);
    for told in [10, 30] {
        let mut desk = playing(Settings::default(), &steady(0.8, RATE));
        mix(&mut desk, told);
        desk.change_scene(scene(&[("voice", 0.25)]), from as i64, Duration::from_millis(500));
        let start = told * BLOCK;
        let heard = mix(&mut desk, 90 - told);
        let at = |frame: usize| heard[(frame - start) * 2];
        assert!((at(start.max(from - 1)) - 0.8).abs() < 1e-4, "told in block {told}: {}", at(start.max(from - 1)));
        let middle = usize::midpoint(start.max(from), to);
        assert!((at(middle) - 0.5).abs() < 1e-3, "told in block {told}: {} half way", at(middle));
        assert!(at(to - BLOCK) > 0.21 && (at(to) - 0.2).abs() < 1e-6, "told in block {told}");
    }
}

#[test]
fn an_edit_during_a_transition_neither_jumps_nor_ends_it_early() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    mix(&mut desk, 10);
    change(&mut desk, &[("voice", 0.25)], 500);
    let mut heard = mix(&mut desk, 10);
    desk.set_scene(scene(&[("voice", 0.5)]));
    heard.extend(mix(&mut desk, 50));
    assert!(largest_step(&heard) < 0.6 / 24_000.0 * 1.02, "{}", largest_step(&heard));
    assert!(heard[49 * SAMPLES] > 0.404, "{}", heard[49 * SAMPLES]);
    assert!(heard[50 * SAMPLES..].iter().all(|sample| (sample - 0.4).abs() < 1e-6));
    // What is muted is silent at once.
    change(&mut desk, &[("voice", 1.0)], 500);
    mix(&mut desk, 5);
    desk.set_scene(HashMap::new());
    assert!(peak(&mix(&mut desk, 2)[SAMPLES - 2..]) == 0.0);
}

#[test]
fn an_edit_before_a_transition_is_heard_with_it() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    mix(&mut desk, 10);
    desk.change_scene(scene(&[("voice", 0.25)]), 15 * BLOCK as i64, Duration::from_millis(100));
    desk.set_scene(scene(&[("voice", 0.5)]));
    let heard = mix(&mut desk, 20);
    assert!(heard[..5 * SAMPLES].iter().all(|sample| (sample - 0.8).abs() < 1e-6));
    assert!(largest_step(&heard) < 0.4 / 4_800.0 * 1.02, "{}", largest_step(&heard));
    assert!(heard[15 * SAMPLES..].iter().all(|sample| (sample - 0.4).abs() < 1e-6));
}

#[test]
fn a_cut_makes_no_click_either() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    mix(&mut desk, 10);
    change(&mut desk, &[], 0);
    let heard = mix(&mut desk, 2);
    assert!(largest_step(&heard) < 0.8 / 480.0 * 1.01, "{}", largest_step(&heard));
    assert!(peak(&heard[SAMPLES - 2..]) == 0.0);
}

#[test]
fn muting_and_unmuting_makes_no_click() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    mix(&mut desk, 10);
    set(&mut desk, Settings { muted: true, ..Settings::default() });
    let mut heard = mix(&mut desk, 3);
    assert!(peak(&heard[SAMPLES..]) == 0.0);
    set(&mut desk, Settings::default());
    heard.extend(mix(&mut desk, 3));
    assert!((heard[heard.len() - 1] - 0.8).abs() < 1e-6);
    assert!(largest_step(&heard) < 0.8 / 480.0 * 1.01, "{}", largest_step(&heard));
}

#[test]
fn a_closed_strip_fades_out_over_one_block_and_is_gone() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    let mut heard = mix(&mut desk, 10);
    desk.close("voice");
    desk.push("voice", 0, &steady(0.8, RATE));
    heard.extend(mix(&mut desk, 2));
    assert!(largest_step(&heard) < 0.8 / 480.0 * 1.01, "{}", largest_step(&heard));
    assert!(heard[11 * SAMPLES - 4] > 0.0);
    assert!(peak(&heard[11 * SAMPLES - 2..]) == 0.0);
    assert!(meters(&mut desk).strips.is_empty());
}

#[test]
fn other_filters_make_no_click() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    let mut heard = mix(&mut desk, 10);
    let quiet = SoundFilter::Gain { gain: -20.0 };
    for filters in [vec![quiet.clone()], vec![SoundFilter::limiter(), quiet], vec![]] {
        set(&mut desk, Settings { filters, ..Settings::default() });
        heard.extend(mix(&mut desk, 3));
    }
    assert!(largest_step(&heard) < 0.8 / 480.0 * 1.01, "{}", largest_step(&heard));
    assert!(heard[13 * SAMPLES - 1] < 0.1);
}

#[test]
fn two_changes_within_one_block_are_led_over_from_what_was_heard() {
    let mut desk = playing(Settings::default(), &steady(0.8, RATE));
    let mut heard = mix(&mut desk, 10);
    for gain in [SoundFilter::Gain { gain: -20.0 }, SoundFilter::limiter()] {
        set(&mut desk, Settings { filters: vec![gain], delay: 3, ..Settings::default() });
    }
    heard.extend(mix(&mut desk, 3));
    assert!(largest_step(&heard) < 0.8 / 480.0 * 1.01, "{}", largest_step(&heard));
}

#[test]
fn what_is_monitored_goes_where_it_should() {
    let monitored = |monitor, muted| {
        let mut desk = playing(Settings { monitor, muted, ..Settings::default() }, &steady(0.5, RATE));
        let (mix, monitor) = both(&mut desk, 3);
        (peak(&mix[SAMPLES..]), peak(&monitor[SAMPLES..]))
    };
    assert_eq!(monitored(Monitor::Off, false), (0.5, 0.0));
    assert_eq!(monitored(Monitor::Only, false), (0.0, 0.5));
    assert_eq!(monitored(Monitor::Both, false), (0.5, 0.5));
    assert_eq!(monitored(Monitor::Both, true), (0.0, 0.0));
    assert_eq!(monitored(Monitor::Only, true), (0.0, 0.0));
}

#[test]
fn monitoring_is_switched_without_a_click() {
    let mut desk = playing(Settings::default(), &steady(0.5, RATE));
    both(&mut desk, 3);
    let (mut out, mut creator) = (Vec::new(), Vec::new());
    for monitor in [Monitor::Only, Monitor::Both, Monitor::Off] {
        set(&mut desk, Settings { monitor, ..Settings::default() });
        let (mix, monitor) = both(&mut desk, 3);
        out.extend(mix);
        creator.extend(monitor);
    }
    assert!(largest_step(&out) < 0.5 / 480.0 * 1.01);
    assert!(largest_step(&creator) < 0.5 / 480.0 * 1.01);
}

#[test]
fn loud_sources_together_never_exceed_full_scale_and_the_meter_says_by_how_much_they_would() {
    let mut desk = playing(Settings { monitor: Monitor::Both, ..Settings::default() }, &tone(300.0, 1.0, RATE));
    desk.set_scene(scene(&[("voice", 1.0), ("music", 1.0)]));
    desk.open("music".to_owned());
    desk.push("music", 0, &tone(300.0, 1.0, RATE));
    let (out, creator) = both(&mut desk, 100);
    assert!(peak(&out) <= 1.0 && peak(&out) > 0.99);
    assert!(peak(&creator) <= 1.0);
    let level = meters(&mut desk).mix.unwrap();
    assert!((level.peak[0] - 6.02).abs() < 0.01, "{level:?}");
}

#[test]
fn a_strip_is_measured_behind_its_filters_and_before_its_volume() {
    let filters = vec![SoundFilter::Gain { gain: -6.02 }];
    let settings = Settings { muted: true, volume: 0.1, filters, ..Settings::default() };
    let mut desk = playing(settings, &tone(1_000.0, 1.0, RATE));
    mix(&mut desk, 100);
    let measured = meters(&mut desk);
    let level = measured.strips["voice"];
    assert!((level.peak[0] + 6.02).abs() < 0.01, "{level:?}");
    assert!((level.rms[1] + 9.03).abs() < 0.01, "{level:?}");
    assert_eq!(measured.mix, Some(Level::SILENCE));
}

#[test]
fn a_source_under_another_name_is_heard_on_without_a_step() {
    let sound = tone(440.0, 0.9, RATE);
    let mut desk = playing(Settings { volume: 0.5, ..Settings::default() }, &sound);
    let mut heard = mix(&mut desk, 50);
    desk.rename("voice", "Anna");
    heard.extend(mix(&mut desk, 10));
    desk.set_strip("Anna".to_owned(), Settings { volume: 0.5, ..Settings::default() });
    desk.set_scene(scene(&[("Anna", 1.0)]));
    heard.extend(mix(&mut desk, 30));
    let wanted: Vec<f32> = sound.iter().map(|sample| sample * 0.5).collect();
    assert_eq!(heard[SAMPLES..], wanted[SAMPLES..heard.len()]);
    let names: Vec<String> = meters(&mut desk).strips.into_keys().collect();
    assert_eq!(names, ["Anna"]);
}

#[test]
fn what_a_gate_keeps_back_is_measured_before_it() {
    let gate = SoundFilter::Gate { open: -10.0, close: -16.0, attack: 5.0, hold: 10.0, release: 10.0 };
    let settings = Settings { filters: vec![gate], ..Settings::default() };
    let mut desk = playing(settings, &tone(440.0, 0.1, RATE));
    mix(&mut desk, 50);
    let now = meters(&mut desk);
    assert!((now.inputs["voice"] + 20.0).abs() < 0.1, "{now:?}");
    assert!(now.strips["voice"].peak[0] < -80.0, "{now:?}");
}
