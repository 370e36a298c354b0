//! Devices and windows are known again by what a source remembers of them.

use klieg_studio_model::{Camera, Device, Devices, Microphone, Screen, Show, SoundSystem, Source, Tone, Wave, Window};

fn device(device: &str) -> Device {
    Device::new(device.to_uppercase(), device)
}

fn microphone(device: Option<&str>) -> Source {
    let device = device.map(ToOwned::to_owned);
    Source::Microphone(Microphone { name: "voice".to_owned(), system: SoundSystem::Pulse, device })
}

#[test]
fn a_named_device_is_plugged_in_or_not() {
    let devices =
        Devices { cameras: vec![device("/dev/video2")], microphones: vec![device("usb")], ..Devices::default() };
    let camera = |device: &str| {
        Source::Camera(Camera { name: "me".to_owned(), device: device.into(), width: None, height: None })
    };
    let tone = Source::Tone(Tone { name: "tone".to_owned(), frequency: 440.0, wave: Wave::Sine, amplitude: 0.1 });
    for (source, expected) in [
        (camera("/dev/video2"), Some(true)),
        (camera("/dev/video0"), Some(false)),
        (microphone(Some("usb")), Some(true)),
        (microphone(Some("/dev/video2")), Some(false)),
        (microphone(None), None),
        (microphone(Some("@DEFAULT_SOURCE@")), None),
        (tone, None),
    ] {
        assert_eq!(devices.has(&source), expected, "{source:?}");
    }
}

#[test]
fn the_sound_of_the_desktop_is_there_with_any_output() {
    let desktop = microphone(Some(Microphone::DESKTOP));
    let with = |names: &[&str]| {
        let microphones = names.iter().map(|name| device(name)).collect();
        Devices { microphones, ..Devices::default() }.has(&desktop)
    };
    assert_eq!(with(&["usb", "speakers.monitor"]), Some(true));
    assert_eq!(with(&["headset.monitor"]), Some(true));
    assert_eq!(with(&["usb"]), Some(false), "what a sound server plays in its place is a microphone");
}

#[test]
fn a_camera_is_known_by_its_lasting_name_and_by_the_one_that_an_older_collection_has() {
    let lasting = "/dev/v4l/by-id/usb-Maker_Camera-video-index0";
    let plugged_in = Device { also: vec!["/dev/video2".to_owned()], ..device(lasting) };
    let devices = Devices { cameras: vec![plugged_in], ..Devices::default() };
    for (named, expected) in [(lasting, true), ("/dev/video2", true), ("/dev/video0", false)] {
        let camera = Source::Camera(Camera { name: "me".to_owned(), device: named.into(), width: None, height: None });
        assert_eq!(devices.has(&camera), Some(expected), "{named}");
    }
}

#[test]
fn a_monitor_is_known_by_its_name_wherever_it_stands() {
    let place = |left| Some([left, 0, 1_920, 1_080]);
    let screen = |display: Option<&str>, monitor: Option<&str>, area| Screen {
        name: "desk".to_owned(),
        display: display.map(ToOwned::to_owned),
        monitor: monitor.map(ToOwned::to_owned),
        area,
        cursor: true,
    };
    let one = |name: &str, left| Device { monitor: Some(name.to_owned()), area: place(left), ..device(":0") };
    let listed = [one("DP-1", 0), one("DP-2", 1_920), device(":0")];
    for (screen, expected) in [
        (screen(Some(":0"), Some("DP-2"), place(0)), Some(":0 DP-2")),
        (screen(None, Some("DP-1"), None), Some(":0 DP-1")),
        (screen(Some(":0"), Some("DP-3"), place(0)), None),
        (screen(Some(":1"), Some("DP-1"), place(0)), None),
        // A part of the display, as older collections have a monitor.
        (screen(Some(":0"), None, place(1_920)), Some(":0")),
        (screen(Some(":0"), None, None), Some(":0")),
        (screen(None, None, None), None),
    ] {
        let found = listed.iter().find(|device| device.is_shown_by(&screen)).map(Device::key);
        assert_eq!(found.as_deref(), expected, "{screen:?}");
    }
    // The only monitor of a display is all of it.
    let only = Device { also: vec!["DP-2".to_owned()], ..device(":0") };
    assert!(only.is_shown_by(&screen(Some(":0"), Some("DP-2"), place(1_920))));
}

#[test]
fn a_window_is_meant_by_what_is_remembered_of_it() {
    let window = |application: Option<&str>, title: Option<&str>| Window {
        name: "editor".to_owned(),
        display: None,
        application: application.map(ToOwned::to_owned),
        title: title.map(ToOwned::to_owned),
        cursor: true,
    };
    let both = window(Some("Editor"), Some("Notes"));
    assert!(both.is_of("Editor", "Notes"));
    assert!(!both.is_of("Editor", "Notes 2") && !both.is_of("Game", "Notes"));
    assert!(window(Some("Editor"), None).is_of("Editor", "anything"));
    assert!(window(None, Some("Notes")).is_of("anything", "Notes"));
}

#[test]
fn a_window_without_any_name_is_refused() {
    let text = "[[sources]]\nname = 'w'\nkind = 'window'\n[[outputs]]\nkind = 'file'\npath = 'a.mkv'\n";
    let problem = Show::parse(text, &[]).unwrap_err().to_string();
    assert!(problem.contains("sources.0.application"), "{problem}");
    Show::parse(&text.replace("kind = 'window'", "kind = 'window'\ntitle = 'Notes'"), &[]).unwrap();
}
