//! Going live, ending, recording, and what the outputs tell.

use std::time::{Duration, Instant};

use klieg_studio_model::{
    AudioSettings, Command, Destination, DestinationKind, Edit, Event, Output, OutputState, RecordingSettings, Remedy,
    Secret, Severity, ShowState, Strip, Studio, VideoSettings,
};

use crate::support::drawer::Drawer;
use crate::support::{PATIENCE, Rig, add, go_live, place, tone};

fn failed(reason: &str) -> OutputState {
    OutputState::Failed { reason: reason.to_owned() }
}

fn is_live(studio: &Studio) -> bool {
    matches!(studio.show, ShowState::Live { .. })
}

async fn with_two() -> Rig {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.destination("b", DestinationKind::Klieg, "http://127.0.0.1:8080/").await;
    rig.notes.take();
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_is_live_when_one_destination_takes_it() {
    let rig = with_two().await;
    rig.done(go_live("Friday")).await;
    let studio = rig.state().await;
    assert_eq!(studio.show, ShowState::Starting);
    assert_eq!(studio.outputs.len(), 2);
    assert_eq!(studio.announcement.title.as_deref(), Some("Friday"));
    assert_eq!(rig.refused(go_live("")).await, "the show is on already");
    assert!(rig.refused(Command::RemoveDestination { id: "a".into() }).await.contains("goes there now"));
    let outputs = rig.notes.outputs();
    let Output::Whip(whip) = &outputs[1] else { panic!("{outputs:?}") };
    assert_eq!((whip.url.as_str(), whip.key.as_ref().unwrap().reveal()), ("http://127.0.0.1:8080/whip", "sk-test"));

    rig.notes.output("a", OutputState::Reconnecting { attempt: 2, reason: "no answer".into() });
    rig.notes.output("b", OutputState::Live);
    rig.until("live", is_live).await;
    let health = Event::Health {
        name: "b".into(),
        bitrate: 2_400.0,
        fps: 30.0,
        dropped: 3,
        bytes: 9,
        lost: 0.01,
        round_trip: Some(24.0),
    };
    rig.notes.happen(health);
    let studio = rig.until("health", |studio| studio.outputs.iter().any(|o| o.id == "b" && o.bitrate > 2_000.0)).await;
    let [a, b] = &studio.outputs[..] else { panic!("{:?}", studio.outputs) };
    assert_eq!((b.round_trip, b.lost, b.since.is_some(), a.since), (Some(24.0), 0.01, true, None));
    // One that was live has dropped, one that never was is not reached.
    rig.notes.output("b", OutputState::Reconnecting { attempt: 1, reason: "it hung up".into() });
    let away = rig.until("away", |studio| studio.outputs.iter().any(|o| o.id == "b" && o.since.is_none())).await;
    assert_eq!(away.outputs.iter().map(|output| output.was_live).collect::<Vec<_>>(), [false, true]);
    let said = |text: &'static str| move |studio: &Studio| studio.advice.iter().any(|advice| advice.text == text);
    rig.until("advice", said("A is not reached (no answer). Trying again, attempt 2.")).await;
    rig.until("advice", said("B dropped (it hung up). Trying again, attempt 1.")).await;
    // It is live since it came back.
    rig.notes.output("b", OutputState::Live);
    rig.until("live again", |studio| studio.outputs.iter().any(|o| o.id == "b" && o.since.is_some())).await;

    rig.done(Command::EndShow).await;
    let studio = rig.state().await;
    assert_eq!((studio.show.clone(), studio.outputs.len()), (ShowState::Off, 0));
    assert_eq!(rig.notes.take(), ["start a at 2500", "start b at 2500", "stop a", "stop b"]);
    assert_eq!(rig.refused(Command::EndShow).await, "there is no show to end");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_that_everybody_refuses_is_over() {
    let rig = with_two().await;
    rig.done(go_live("")).await;
    rig.notes.output("a", failed("not authorised"));
    let studio =
        rig.until("one refused", |studio| studio.outputs.iter().any(|o| o.state == failed("not authorised"))).await;
    assert_eq!(studio.show, ShowState::Starting);
    let advised = rig.until("advice", |studio| !studio.advice.is_empty()).await;
    assert_eq!(advised.advice[0].remedy, Some(Remedy::Destination { id: "a".into() }));
    rig.notes.output("b", failed("not authorised"));
    let studio = rig.until("over", |studio| studio.show.is_off()).await;
    let notice = studio.notices.last().unwrap();
    assert_eq!(notice.severity, Severity::Bad);
    assert_eq!(notice.text, "The show is over: A: not authorised, B: not authorised.");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_gave_up_is_tried_again_when_the_creator_says_so() {
    let rig = with_two().await;
    let retry = |id: &str| Command::RetryDestination { id: id.into() };
    assert_eq!(rig.refused(retry("a")).await, "no destination `a` has given up");
    rig.done(go_live("")).await;
    rig.notes.output("b", OutputState::Live);
    rig.notes.output("a", failed("the channel is banned"));
    let state = |studio: &Studio, id: &str| studio.outputs.iter().find(|o| o.id == id).map(|o| o.state.clone());
    rig.until("it gave up", |studio| state(studio, "a") == Some(failed("the channel is banned"))).await;
    rig.notes.take();
    assert_eq!(rig.refused(retry("b")).await, "no destination `b` has given up");
    rig.done(retry("a")).await;
    rig.until("its start", |_| rig.notes.outputs().iter().any(|output| output.name() == "a")).await;
    assert_eq!(rig.notes.take(), ["stop a", "start a at 2500"]);
    assert_eq!(state(&*rig.state().await, "a"), Some(OutputState::Connecting));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_needs_a_destination_and_a_channel_its_key() {
    let rig = Rig::new();
    assert!(rig.refused(go_live("")).await.contains("goes nowhere"));
    let destination = place("a", DestinationKind::Klieg, "https://a.example");
    rig.done(Command::SetDestination { destination: destination.clone(), key: None }).await;
    assert!(rig.refused(go_live("")).await.contains("A has no stream key"));
    assert!(rig.state().await.show.is_off() && rig.state().await.keys.is_empty());
    let set =
        |destination: Destination, key: &str| Command::SetDestination { destination, key: Some(Secret::new(key)) };
    for wrong in ["", "  ", "a b", "ä"] {
        assert!(rig.refused(set(destination.clone(), wrong)).await.contains("copy it again"), "{wrong}");
    }
    rig.done(set(destination.clone(), "sk-1\n")).await;
    assert_eq!(rig.state().await.keys, ["a"]);
    let many = Destination { layers: 4, ..destination.clone() };
    assert!(rig.refused(Command::SetDestination { destination: many, key: None }).await.contains("1 to 3 sizes"));
    for (id, url) in [("../a", "https://a.example"), ("recording", "https://a.example"), ("c", "rtmp://x"), ("d", "")] {
        let wrong = Destination { id: id.into(), url: url.into(), ..destination.clone() };
        rig.refused(Command::SetDestination { destination: wrong, key: None }).await;
    }
    rig.done(Command::SetDestination { destination: Destination { enabled: false, ..destination }, key: None }).await;
    assert!(rig.refused(go_live("")).await.contains("switch one on"));
    rig.done(Command::RemoveDestination { id: "a".into() }).await;
    let studio = rig.state().await;
    assert!(studio.keys.is_empty() && studio.profile.destinations.is_empty());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_keeps_its_last_slash_unless_it_is_that_of_a_klieg_server() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Whip, " https://a.example/whip/ ").await;
    rig.destination("b", DestinationKind::Rtmp, "rtmp://b.example/live/").await;
    rig.destination("c", DestinationKind::Klieg, "https://c.example/").await;
    let studio = rig.state().await;
    let urls: Vec<_> = studio.profile.destinations.iter().map(|destination| destination.url.as_str()).collect();
    assert_eq!(urls, ["https://a.example/whip/", "rtmp://b.example/live/", "https://c.example"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_encoding_begins_what_uses_it_anew() {
    let rig = with_two().await;
    let own = Destination {
        id: "b".into(),
        name: "B".into(),
        kind: DestinationKind::Klieg,
        url: "http://127.0.0.1:8080".into(),
        enabled: true,
        layers: 1,
        video: Some(VideoSettings { bitrate: 900, ..VideoSettings::default() }),
    };
    rig.done(Command::SetDestination { destination: own, key: None }).await;
    rig.done(go_live("")).await;
    rig.notes.take();
    let video = VideoSettings { bitrate: 1_600, keyframe_interval: 1.0, ..VideoSettings::default() };
    rig.done(Command::SetEncoding { video: video.clone(), audio: AudioSettings::default() }).await;
    assert_eq!(rig.notes.take(), ["stop a", "start a at 1600"]);
    // The last word of the one before is not about this one.
    rig.notes.output("a", OutputState::Stopped);
    rig.notes.output("a", OutputState::Live);
    rig.until("live", is_live).await;
    let notices = rig.state().await.notices.clone();
    assert!(notices.iter().any(|n| n.severity == Severity::Good && n.text.contains("A began anew")), "{notices:?}");
    rig.done(Command::SetEncoding { video: video.clone(), audio: AudioSettings { bitrate: 96 } }).await;
    assert_eq!(rig.notes.take(), ["stop b", "start b at 900", "stop a", "start a at 1600"]);
    let wrong = VideoSettings { bitrate: 1, ..video };
    assert!(
        rig.refused(Command::SetEncoding { video: wrong, audio: AudioSettings::default() }).await.contains("kbit/s")
    );
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_joins_and_leaves_a_show_that_is_on() {
    let rig = with_two().await;
    rig.done(go_live("")).await;
    rig.notes.output("b", OutputState::Live);
    rig.until("live", is_live).await;
    rig.notes.take();
    let a = rig.state().await.profile.destination("a").unwrap().clone();
    let set = |destination| Command::SetDestination { destination, key: None };
    rig.done(set(Destination { enabled: false, ..a.clone() })).await;
    assert_eq!(rig.notes.take(), ["stop a"]);
    rig.done(set(a)).await;
    // Its line is there at once, its key a moment later.
    rig.until("a again", |_| rig.notes.outputs().iter().any(|output| output.name() == "a")).await;
    assert_eq!(rig.notes.take(), ["stop a", "start a at 2500"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_that_no_destination_is_left_of_is_over_before_it_was_live() {
    let rig = with_two().await;
    rig.done(go_live("")).await;
    for id in ["a", "b"] {
        assert_eq!(rig.state().await.show, ShowState::Starting);
        let known = rig.state().await.profile.destination(id).unwrap().clone();
        let off = Destination { enabled: false, ..known };
        rig.done(Command::SetDestination { destination: off, key: None }).await;
    }
    let studio = rig.state().await;
    assert!(studio.show.is_off() && studio.outputs.is_empty(), "{studio:#?}");
    assert_eq!(studio.notices.last().unwrap().text, "The show is over: no destination is left.");
    assert_eq!(rig.notes.take(), ["start a at 2500", "start b at 2500", "stop a", "stop b"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_is_switched_off_while_its_key_is_looked_for_is_not_started() {
    let drawer = Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.notes.take();
    drawer.hold();
    let director = rig.director.clone();
    let going = tokio::spawn(async move { director.command(go_live("")).await });
    rig.until("a line", |studio| studio.outputs.len() == 1).await;
    assert!(rig.refused(Command::RemoveDestination { id: "a".into() }).await.contains("goes there now"));
    let known = rig.state().await.profile.destination("a").unwrap().clone();
    let off = Destination { enabled: false, ..known };
    rig.done(Command::SetDestination { destination: off, key: None }).await;
    assert!(rig.state().await.show.is_off());
    drawer.let_go();
    assert_eq!(going.await.unwrap().unwrap_err().to_string(), "the show was ended before it began");
    assert!(!rig.notes.take().iter().any(|told| told.starts_with("start")));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_keyring_hangs_all_else_works_and_the_show_can_be_called_off() {
    let drawer = Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.edit(add(tone("Voice"), "Scene")).await;
    rig.edit(Edit::AddScene { name: "Break".into() }).await;
    drawer.hold();
    let director = rig.director.clone();
    let going = tokio::spawn(async move { director.command(go_live("")).await });
    let said = |studio: &Studio| studio.notices.iter().any(|n| n.text.starts_with("Your keyring has not answered"));
    rig.until("what is waited for", said).await;
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    let strip = Strip { muted: true, ..Strip::default() };
    rig.edit(Edit::SetStrip { source: "Voice".into(), strip }).await;
    rig.done(Command::EndShow).await;
    assert_eq!(going.await.unwrap().unwrap_err().to_string(), "the show was ended before it began");
    drawer.let_go();
    rig.until("it has answered", |studio| !said(studio)).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_that_hangs_when_it_is_tried_holds_nothing_else_up() {
    let rig = with_two().await;
    rig.notes.try_encoders();
    let asked = |command: Command| {
        let director = rig.director.clone();
        tokio::spawn(async move { director.command(command).await })
    };
    let going = asked(go_live(""));
    rig.until("it is on its way", |studio| studio.show == ShowState::Starting).await;
    rig.edit(Edit::AddScene { name: "Break".into() }).await;
    rig.done(Command::ShowScene { scene: "Break".into() }).await;
    assert!(rig.notes.outputs().is_empty());
    rig.notes.tried();
    going.await.unwrap().unwrap();
    assert_eq!(rig.notes.outputs().len(), 2);
    rig.done(Command::EndShow).await;

    // Called off while it is tried.
    rig.notes.try_encoders();
    let going = asked(go_live(""));
    rig.until("it is on its way", |studio| studio.show == ShowState::Starting).await;
    rig.done(Command::EndShow).await;
    let recording = asked(Command::StartRecording);
    rig.notes.tried();
    assert_eq!(going.await.unwrap().unwrap_err().to_string(), "the show was ended before it began");
    recording.await.unwrap().unwrap();
    let outputs = rig.notes.outputs();
    assert_eq!(outputs.iter().map(Output::name).collect::<Vec<_>>(), ["recording"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_goes_with_the_show_or_by_itself() {
    let rig = with_two().await;
    rig.done(Command::StartRecording).await;
    assert_eq!(rig.refused(Command::StartRecording).await, "the recording runs already");
    let recording = rig.state().await.recording.clone().unwrap();
    assert_eq!(recording.folder, rig.home.path().join("Videos/Klieg"));
    assert!(recording.folder.is_dir());
    rig.done(Command::StopRecording).await;
    assert_eq!(rig.refused(Command::StopRecording).await, "nothing is being recorded");
    let folder = rig.home.path().join("elsewhere");
    let recording = RecordingSettings { folder: Some(folder.clone()), with_show: true, ..RecordingSettings::default() };
    rig.done(Command::SetRecording { recording: recording.clone() }).await;
    rig.done(go_live("")).await;
    let studio = rig.until("its recording", |studio| studio.recording.is_some()).await;
    let begun = studio.recording.clone().unwrap();
    assert!(begun.folder == folder && begun.with_show);
    rig.notes.output("recording", failed("the disk is full"));
    let full = |studio: &Studio| studio.notices.iter().any(|notice| notice.text.contains("the disk is full"));
    let studio = rig.until("the recording's end", full).await;
    assert!(studio.recording.is_none() && !studio.show.is_off());
    rig.done(Command::EndShow).await;
    // One that began with the show ends with it, one that was there before goes on.
    rig.done(go_live("")).await;
    rig.done(Command::EndShow).await;
    assert!(rig.state().await.recording.is_none());
    rig.done(Command::StartRecording).await;
    rig.done(go_live("")).await;
    assert!(!rig.state().await.recording.as_ref().unwrap().with_show);
    rig.done(Command::EndShow).await;
    assert!(rig.state().await.recording.is_some());
    rig.done(Command::StopRecording).await;
    let file = rig.home.path().join("file");
    std::fs::write(&file, "").unwrap();
    rig.done(Command::SetRecording { recording: RecordingSettings { folder: Some(file), ..recording.clone() } }).await;
    assert!(rig.refused(Command::StartRecording).await.contains("cannot be used for recordings"));
    let relative = RecordingSettings { folder: Some("here".into()), ..recording };
    assert!(rig.refused(Command::SetRecording { recording: relative }).await.contains("full path"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_breaks_is_opened_again_with_what_ran_on_it() {
    let rig = with_two().await;
    rig.done(go_live("")).await;
    rig.notes.output("a", OutputState::Live);
    rig.until("live", is_live).await;
    rig.notes.take();
    rig.notes.break_down("the driver hung");
    let studio =
        rig.until("the news", |studio| studio.notices.iter().any(|n| n.text.contains("the driver hung"))).await;
    assert!(is_live(&studio));
    let told = rig.notes.take();
    assert_eq!(told, ["open My show Scene 1280x720", "preview nothing", "start a at 2500", "start b at 2500"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_the_next_stage_cannot_go_on_with_leaves_no_line_behind() {
    let rig = Rig::new();
    rig.done(Command::StartRecording).await;
    assert_eq!(rig.state().await.outputs.len(), 1);
    rig.notes.refuse("recording");
    rig.notes.break_down("the driver hung");
    let over = |studio: &Studio| studio.recording.is_none();
    let studio = rig.until("its end", over).await;
    assert!(studio.outputs.is_empty(), "{:?}", studio.outputs);
    assert!(studio.notices.iter().any(|n| n.text.starts_with("Recording did not start again")), "{:?}", studio.notices);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_does_not_wait_for_what_hangs() {
    let rig = Rig::new();
    let running = rig.home.path().join("state/running");
    rig.state().await;
    assert!(running.exists());
    rig.notes.hang(true);
    assert!(!rig.director.close_within(Duration::from_millis(100)).await);
    // Who is ended now has not crashed.
    let asked = Instant::now();
    while running.exists() {
        assert!(asked.elapsed() < PATIENCE, "the mark of a running studio stays");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    rig.notes.hang(false);
    rig.close().await;
}
