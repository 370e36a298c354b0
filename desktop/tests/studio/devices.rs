//! The state follows what is plugged in.

use klieg_studio_model::{
    Camera, Command, Device, Devices, Edit, Event, MediaFile, ScreenCast, Source, SourceState, Studio,
};
use serde_json::Value;

use crate::support::program::{Program, STUDIO};
use crate::support::{Rig, add, ball};

#[path = "../../engine/tests/engine/support/pulse.rs"]
mod pulse;

use pulse::Pulse;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_plugged_in_stands_in_the_state() {
    let rig = Rig::new();
    rig.until("the camera", |studio| studio.devices.cameras.len() == 1).await;
    let microphone = Device::new("A microphone", "usb");
    let more = Devices { microphones: vec![microphone], ..Devices::default() };
    rig.devices.send_replace(more.clone());
    rig.until("the microphone", |studio| studio.devices == more).await;
    rig.done(Command::LookForDevices).await;
    assert_eq!(rig.state().await.devices, more);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_that_runs_on_its_battery_is_known_until_it_is_plugged_in() {
    let rig = Rig::new();
    let says = |supply: &str, files: &[(&str, &str)]| {
        let folder = rig.home.path().join("power").join(supply);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    };
    assert_eq!(rig.state().await.program.battery, None);
    says("AC", &[("type", "Mains\n"), ("online", "0\n")]);
    says("BAT0", &[("type", "Battery\n"), ("status", "Discharging\n"), ("capacity", "64\n")]);
    let studio = rig.until("the battery", |studio| studio.program.battery == Some(0.64)).await;
    assert!(studio.preflight().iter().any(|advice| advice.text.contains("at 64 %")), "{:?}", studio.preflight());
    says("AC", &[("online", "1\n")]);
    let studio = rig.until("the plug", |studio| studio.program.battery.is_none()).await;
    assert!(studio.preflight().iter().all(|advice| advice.key != "battery"), "{:?}", studio.preflight());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_started_again_when_that_is_asked_for() {
    let rig = Rig::new();
    rig.edit(add(ball("ball"), "Scene")).await;
    rig.notes.take();
    rig.done(Command::RestartSource { source: "ball".into() }).await;
    assert_eq!(rig.notes.take(), ["restart ball"]);
    let refusal = rig.refused(Command::RestartSource { source: "none".into() }).await;
    assert!(refusal.contains("`none`"), "{refusal}");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_file_is_played_from_another_place_and_a_screen_cast_is_chosen_again() {
    let rig = Rig::new();
    rig.edit(add(ball("ball"), "Scene")).await;
    let film =
        Source::File(MediaFile { name: "film".into(), path: "film.mp4".into(), repeat: false, from_start: false });
    rig.edit(add(film, "Scene")).await;
    let cast = Source::ScreenCast(ScreenCast { name: "desktop".into(), grant: None, cursor: true });
    rig.edit(add(cast, "Scene")).await;
    rig.notes.take();
    rig.done(Command::Seek { source: "film".into(), position: 90_500 }).await;
    rig.done(Command::ChooseAgain { source: "desktop".into() }).await;
    assert_eq!(rig.notes.take(), ["seek film to 90500 ms", "choose desktop again"]);
    for wrong in ["ball", "none"] {
        let refusal = rig.refused(Command::Seek { source: wrong.into(), position: 0 }).await;
        assert!(refusal.contains(wrong), "{refusal}");
        let refusal = rig.refused(Command::ChooseAgain { source: wrong.into() }).await;
        assert!(refusal.contains(wrong), "{refusal}");
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_without_sound_is_no_silent_source() {
    let rig = Rig::new();
    let film =
        Source::File(MediaFile { name: "film".into(), path: "film.mp4".into(), repeat: true, from_start: false });
    rig.edit(add(film.clone(), "Scene")).await;
    let has_sound = |is_there| rig.notes.happen(Event::Sound { name: "film".into(), is_there });
    has_sound(false);
    let studio = rig.until("it has no sound", |studio| studio.soundless.contains("film")).await;
    assert!(!studio.has_sound(&film) && studio.preflight().iter().any(|advice| advice.key == "silent"));
    has_sound(true);
    rig.until("another one has", |studio| studio.has_sound(&film)).await;
    has_sound(false);
    rig.edit(Edit::RemoveSource { name: "film".into() }).await;
    rig.until("it is gone", |studio| studio.soundless.is_empty()).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_froze_is_on_the_list_until_it_moves_or_is_gone() {
    let rig = Rig::new();
    let camera = Camera { name: "cam".into(), device: "/dev/video0".into(), width: None, height: None };
    rig.edit(add(Source::Camera(camera), "Scene")).await;
    let happens = |event| rig.notes.happen(event);
    happens(Event::Source { name: "cam".into(), state: SourceState::Live });
    let is_told = |studio: &Studio| studio.preflight().iter().any(|advice| advice.key == "frozen cam");
    let frozen = |is_frozen| happens(Event::Frozen { name: "cam".into(), is_frozen });
    frozen(true);
    rig.until("it froze", is_told).await;
    frozen(false);
    rig.until("it moves", |studio| !is_told(studio)).await;
    frozen(true);
    rig.until("it froze again", is_told).await;
    // It begins anew, and whoever looks at it then knows nothing of before.
    happens(Event::Source { name: "cam".into(), state: SourceState::Starting });
    rig.until("it begins anew", |studio| studio.frozen.is_empty()).await;
    frozen(true);
    rig.until("it froze once more", |studio| studio.frozen.contains("cam")).await;
    rig.edit(Edit::RemoveSource { name: "cam".into() }).await;
    rig.until("it is gone", |studio| studio.frozen.is_empty()).await;
    // Word of it that comes late is about nobody.
    frozen(true);
    happens(Event::Warning { text: "Later".into() });
    let studio = rig.until("what came later", |studio| studio.notices.iter().any(|n| n.text == "Later")).await;
    assert!(studio.frozen.is_empty(), "{:?}", studio.frozen);
    rig.close().await;
}

/// Waits until a microphone of this name is there, or not.
async fn until(studio: &mut Program, device: &str, there: bool) {
    let is = |studio: &Value| {
        let known = studio["devices"]["microphones"].as_array().unwrap();
        known.iter().any(|known| known["device"] == device) == there
    };
    studio.remote.event("studio", is).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_device_is_listed_while_it_is_plugged_in() {
    let pulse = Pulse::start();
    let mut studio = Program::start(pulse.program(STUDIO).env_remove("DISPLAY"), pulse.directory.path()).await;
    until(&mut studio, "microphone", true).await;
    until(&mut studio, "headset.monitor", false).await;
    let headset = pulse.plug_in("headset", 700);
    until(&mut studio, "headset.monitor", true).await;
    pulse.pull(&headset);
    until(&mut studio, "headset.monitor", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_monitored_is_heard_on_the_output_of_the_profile() {
    let rig = Rig::new();
    rig.state().await;
    rig.notes.take();
    let on = |output: &str| Command::SetMonitorOutput { output: Some(output.to_owned()) };
    rig.done(on("phones")).await;
    rig.done(on("phones")).await;
    assert_eq!(rig.notes.take(), ["monitor on phones"]);
    rig.done(Command::NewProfile { name: "Other".into() }).await;
    rig.done(Command::OpenProfile { name: "Standard".into() }).await;
    assert_eq!(rig.notes.take(), ["monitor on the system's", "monitor on phones"]);
    // It is a device of this computer, so nothing of it comes with somebody's file.
    let text = rig.state().await.profile.write().unwrap();
    rig.done(Command::ImportProfile { text }).await;
    assert_eq!(rig.state().await.profile.monitor_output, None);
    rig.done(Command::OpenProfile { name: "Standard".into() }).await;
    let rig = Rig::again(rig.close().await);
    assert_eq!(rig.state().await.profile.monitor_output.as_deref(), Some("phones"));
    rig.done(on("")).await;
    assert_eq!(rig.state().await.profile.monitor_output, None);
    rig.close().await;
}
