//! Sound devices, of a PulseAudio of the test's own, and the program that finds and records them.

use std::path::Path;

use klieg_studio_model::{Event, SourceState};

use crate::sound::{near, spectrum};
use crate::support::decode::sound;
use crate::support::pulse::{Pulse, serve};
use crate::support::running::{ENGINE, Running};
use crate::support::wait_for;
use crate::support::x11::Display;

#[test]
fn the_probe_lists_a_microphone_and_the_sound_of_the_desktop() {
    let pulse = Pulse::start();
    let output = pulse.program(ENGINE).args(["probe", "--json"]).output().unwrap();
    let probed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<&str> =
        probed["microphones"].as_array().into_iter().flatten().filter_map(|device| device["device"].as_str()).collect();
    assert!(names.contains(&"microphone") && names.contains(&"desktop.monitor"), "{probed:#}");
}

#[test]
fn a_display_that_hangs_keeps_a_microphone_from_nobody() {
    let (pulse, display) = (Pulse::start(), Display::start());
    display.hang();
    let output = pulse.program(ENGINE).args(["probe", "--json"]).env("DISPLAY", &display.name).output().unwrap();
    assert!(output.status.success(), "{}", output.status);
    let probed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut microphones = probed["microphones"].as_array().into_iter().flatten();
    assert!(microphones.any(|device| device["device"] == "microphone"), "{probed:#}");
}

#[test]
fn a_microphone_and_the_sound_of_the_desktop_are_heard() {
    let pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'voice'
        kind = 'microphone'
        device = 'microphone'
        [[sources]]
        name = 'game'
        kind = 'microphone'
        device = 'desktop.monitor'
        [[scene]]
        source = 'voice'
        volume = 0.5
        [[scene]]
        source = 'game'
        volume = 0.2
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        recording.display()
    );
    std::fs::write(&show, text).unwrap();
    Running::start(&mut pulse.program(ENGINE), &show).record(90.0);
    let spectrum = spectrum(&sound(&recording));
    let levels = [near(&spectrum, 440), near(&spectrum, 1_500)];
    assert!(levels[0] > 0.05 && levels[1] > 0.02, "{levels:?}");
}

/// A show that records what the computer plays, `{muted}` or not: there, and only there, the monitored tone is heard.
fn monitored(recording: &Path) -> String {
    format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'cue'
        kind = 'tone'
        frequency = 700
        [[sources]]
        name = 'computer'
        kind = 'microphone'
        device = 'desktop.monitor'
        [strips.cue]
        monitor = 'only'
        volume = 0.5
        [[scene]]
        source = 'cue'
        [[scene]]
        source = 'computer'
        muted = {{muted}}
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        recording.display()
    )
}

#[test]
fn what_is_monitored_is_heard_by_the_creator_and_not_in_the_show() {
    let pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = monitored(&recording);
    let mut levels = Vec::new();
    for muted in ["true", "false"] {
        std::fs::write(&show, text.replace("{muted}", muted)).unwrap();
        Running::start(pulse.program(ENGINE).env("PULSE_SINK", "desktop"), &show).record(90.0);
        levels.push(near(&spectrum(&sound(&recording)), 700));
        std::fs::remove_file(&recording).unwrap();
    }
    assert!(levels[0] < 0.002, "not in the show itself: {levels:?}");
    assert!(levels[1] > 0.03, "by the creator: {levels:?}");
}

#[test]
fn what_is_monitored_is_heard_on_the_output_that_was_chosen_and_on_no_other() {
    let pulse = Pulse::start();
    pulse.plug_in("phones", 3_000);
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = format!("monitor_output = 'phones'\n{}", monitored(&recording).replace("{muted}", "false"));
    let mut levels = Vec::new();
    for output in ["phones", "desktop"] {
        std::fs::write(&show, text.replace("desktop.monitor", &format!("{output}.monitor"))).unwrap();
        Running::start(pulse.program(ENGINE).env("PULSE_SINK", "desktop"), &show).record(90.0);
        levels.push(near(&spectrum(&sound(&recording)), 700));
        std::fs::remove_file(&recording).unwrap();
    }
    assert!(levels[0] > 0.03 && levels[1] < 0.002, "{levels:?}");
}

#[test]
fn headphones_that_are_pulled_are_waited_for_and_speakers_do_not_stand_in() {
    let pulse = Pulse::start();
    let module = pulse.plug_in("phones", 3_000);
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = format!("monitor_output = 'phones'\n{}", monitored(&recording).replace("{muted}", "false"));
    std::fs::write(&show, text).unwrap();
    let live = |event: &Event| matches!(event, Event::Source { name, state: SourceState::Live } if name == "computer");
    let warned = |event: &Event, of: &str| matches!(event, Event::Warning { text } if text.contains(of));
    let mut running = Running::start(pulse.program(ENGINE).env("PULSE_SINK", "desktop"), &show);
    running.until("the computer is heard", live);
    running.frames(60.0);
    pulse.pull(&module);
    running.until("they are missed", |event| warned(event, "is not plugged in"));
    // For these seconds it is heard nowhere.
    running.frames(60.0);
    pulse.plug_in("phones", 3_000);
    running.until("they are back", |event| warned(event, "heard again"));
    running.record(30.0);
    let samples = sound(&recording);
    let last = near(&spectrum(&samples), 700);
    assert!(last < 0.002, "it is heard from the speakers: {last}");
}

#[test]
fn what_is_monitored_is_heard_again_when_the_sound_server_is_back() {
    let mut pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    std::fs::write(&show, monitored(&recording).replace("{muted}", "false")).unwrap();
    let live = |event: &Event| matches!(event, Event::Source { name, state: SourceState::Live } if name == "computer");
    let warned = |event: &Event, of: &str| matches!(event, Event::Warning { text } if text.contains(of));
    let mut running = Running::start(pulse.program(ENGINE).env("PULSE_SINK", "desktop"), &show);
    running.until("the computer is heard", live);
    running.frames(60.0);
    pulse.server.kill().unwrap();
    pulse.server.wait().unwrap();
    pulse.server = serve(pulse.directory.path());
    // The one may be back before the other is missed.
    let (mut is_silent, mut is_live, mut is_heard) = (false, false, false);
    running.until("all is heard again", |event| {
        is_silent |= warned(event, "You hear nothing");
        is_live |= live(event);
        is_heard |= warned(event, "heard again");
        is_silent && is_live && is_heard
    });
    running.record(90.0);
    let heard = near(&spectrum(&sound(&recording)), 700);
    assert!(heard > 0.03, "{heard}");
}

#[test]
fn a_device_that_is_pulled_is_silent_and_is_heard_again_when_it_is_back() {
    let pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'headset'
        kind = 'microphone'
        device = 'headset.monitor'
        [[scene]]
        source = 'headset'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        recording.display()
    );
    std::fs::write(&show, text).unwrap();
    let live = |event: &Event| matches!(event, Event::Source { state: SourceState::Live, .. });
    let away = |event: &Event| matches!(event, Event::Source { state: SourceState::Restarting { .. }, .. });

    let headset = pulse.plug_in("headset", 700);
    let mut running = Running::start(&mut pulse.program(ENGINE), &show);
    running.until("the headset is heard", live);
    pulse.pull(&headset);
    running.until("the headset is away", away);
    running.frames(60.0);
    pulse.plug_in("headset", 700);
    running.until("the headset is back", live);
    running.record(60.0);

    let samples = sound(&recording);
    let heard = near(&spectrum(&samples), 700);
    assert!(heard > 0.05, "it is heard in the end: {heard}");
    let seconds = samples.windows(60_000).step_by(24_000);
    let others: Vec<f32> = seconds.map(|second| near(&spectrum(second), 1_500)).collect();
    assert!(others.iter().all(|level| *level < 0.002), "no other device is heard in its place: {others:?}");
}

/// What `pactl` says.
fn pactl(pulse: &Pulse, arguments: &[&str]) -> String {
    let done = pulse.program("pactl").args(arguments).output().unwrap();
    assert!(done.status.success(), "pactl {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The device that a program is recording: of programs, not of the server's own modules.
fn recorded(pulse: &Pulse) -> Option<String> {
    let streams = pactl(pulse, &["list", "short", "source-outputs"]);
    let stream = streams.lines().find(|line| line.contains("protocol-native.c"))?;
    let device = stream.split('\t').nth(1)?;
    let devices = pactl(pulse, &["list", "short", "sources"]);
    let mut devices = devices.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    devices.find(|fields| fields.first() == Some(&device))?.get(1).map(|name| (*name).to_owned())
}

#[test]
fn the_sound_of_the_desktop_follows_the_output_that_is_in_use() {
    let pulse = Pulse::start();
    let recording = pulse.directory.path().join("heard.mkv");
    let show = pulse.directory.path().join("show.toml");
    let text = format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'computer'
        kind = 'microphone'
        device = '@DEFAULT_MONITOR@'
        [[scene]]
        source = 'computer'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        recording.display()
    );
    std::fs::write(&show, text).unwrap();
    let live = |event: &Event| matches!(event, Event::Source { state: SourceState::Live, .. });
    let hears = |device: &str| {
        wait_for(device, || recorded(&pulse).filter(|now| now == device));
    };

    pulse.plug_in("speakers", 1_000);
    pactl(&pulse, &["set-default-sink", "speakers"]);
    let mut running = Running::start(&mut pulse.program(ENGINE), &show);
    running.until("the computer is heard", live);
    hears("speakers.monitor");
    running.frames(60.0);
    // Another one is chosen.
    let headset = pulse.plug_in("headset", 700);
    pactl(&pulse, &["set-default-sink", "headset"]);
    hears("headset.monitor");
    running.frames(90.0);
    // It is pulled, and another one takes its place.
    pulse.pull(&headset);
    pactl(&pulse, &["set-default-sink", "speakers"]);
    hears("speakers.monitor");
    running.record(180.0);

    let samples = sound(&recording);
    // A sound server may move what plays to another default as well: what the headset alone plays is heard from it, or after it.
    let tones = samples.windows(60_000).step_by(24_000).map(|second| {
        let spectrum = spectrum(second);
        [1_000, 700].map(|tone| near(&spectrum, tone) > 0.05)
    });
    let tones: Vec<[bool; 2]> = tones.collect();
    let mut of_headset: Vec<bool> = tones.iter().filter(|tones| tones.contains(&true)).map(|[_, tone]| *tone).collect();
    of_headset.dedup();
    assert!(of_headset.starts_with(&[false, true]), "{tones:?}");
    assert!(tones.last().unwrap().contains(&true), "{tones:?}");
    let heard = near(&spectrum(&samples), 440);
    assert!(heard < 0.01, "no microphone is heard in its place: {heard}");
}
