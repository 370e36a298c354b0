//! Pausing, splitting, an encoding of its own, replays and markers.

use std::path::PathBuf;

use klieg_studio_model::{
    AudioSettings, Command, Destination, DestinationKind, Event, Output, OutputState, RecordingProgress,
    RecordingSettings, ReplaySettings, SavedReplay, Secret, ShowState, Split, VideoCodec, VideoSettings,
};

use crate::support::klieg::Klieg;
use crate::support::{Rig, go_live};

fn mark(text: &str) -> Command {
    Command::Mark { text: text.to_owned(), ago: 0 }
}

fn progress(part: u32, recorded: u64, paused: bool) -> Event {
    let file = PathBuf::from(format!("/v/{part}.mp4"));
    let progress = RecordingProgress { file, part, recorded, paused };
    Event::Recording { name: "recording".to_owned(), progress }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_paused_and_its_time_is_that_of_the_file() {
    let rig = Rig::new();
    for command in [Command::PauseRecording, Command::ResumeRecording, Command::SplitRecording] {
        assert_eq!(rig.refused(command).await, "nothing is being recorded");
    }
    rig.done(Command::StartRecording).await;
    let begun = rig.state().await.recording.clone().unwrap();
    assert_eq!((begun.elapsed(begun.as_of + 60_000), begun.part), (0, 0), "nothing is written yet");
    rig.notes.happen(progress(1, 4_000, false));
    let studio = rig.until("progress", |studio| studio.recording.as_ref().is_some_and(|r| r.part == 1)).await;
    let recording = studio.recording.clone().unwrap();
    assert_eq!(recording.file, Some(PathBuf::from("/v/1.mp4")));
    assert_eq!(recording.elapsed(recording.as_of + 500), 4_500);
    assert_eq!(recording.elapsed(recording.as_of + 60_000), 7_000, "one that says nothing does not count on");

    assert_eq!(rig.refused(Command::ResumeRecording).await, "the recording is not paused");
    rig.done(Command::PauseRecording).await;
    assert_eq!(rig.refused(Command::PauseRecording).await, "the recording is paused already");
    rig.notes.happen(progress(1, 4_200, true));
    let is_4_2 = |r: &klieg_studio_model::RecordingState| r.paused && r.elapsed(r.as_of + 60_000) == 4_200;
    rig.until("the file's time", |studio| studio.recording.as_ref().is_some_and(is_4_2)).await;
    rig.done(Command::SplitRecording).await;
    rig.done(Command::ResumeRecording).await;
    assert!(!rig.state().await.recording.as_ref().unwrap().paused);
    rig.notes.fail_next("it is gone");
    assert!(rig.refused(Command::PauseRecording).await.contains("it is gone"));
    assert!(!rig.state().await.recording.as_ref().unwrap().paused);
    let told = rig.notes.take();
    let told: Vec<_> = told.iter().filter(|told| told.contains("recording")).collect();
    assert_eq!(
        told,
        ["start recording at 2500", "pause recording", "split recording", "resume recording"]
            .iter()
            .collect::<Vec<_>>()
    );
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_recording_that_begins_anew_stays_paused() {
    let rig = Rig::new();
    rig.done(Command::StartRecording).await;
    rig.done(Command::PauseRecording).await;
    rig.done(Command::StartReplay).await;
    rig.notes.take();
    let video = VideoSettings { bitrate: 900, keyframe_interval: 1.0, ..VideoSettings::default() };
    rig.done(Command::SetEncoding { video, audio: AudioSettings::default() }).await;
    let told = rig.notes.take();
    assert_eq!(
        told,
        [
            "stop recording",
            "start recording at 900",
            "pause recording",
            "stop replay",
            "stop replay",
            "start replay at 900"
        ]
    );
    assert!(rig.state().await.recording.as_ref().unwrap().paused);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_recording_is_split_is_a_setting() {
    let rig = Rig::new();
    let set = |split| Command::SetRecording { recording: RecordingSettings { split, ..RecordingSettings::default() } };
    for (minutes, megabytes) in [(Some(0), None), (Some(1_441), None), (None, Some(19)), (None, Some(1_000_001))] {
        assert!(rig.refused(set(Split { minutes, megabytes })).await.starts_with("a file of a recording"));
    }
    let split = Split { minutes: Some(30), megabytes: Some(4_000) };
    rig.done(set(split)).await;
    rig.done(Command::StartRecording).await;
    let Output::File(file) = &rig.notes.outputs()[0] else { panic!() };
    assert_eq!(file.split, split);
    let home = rig.close().await;
    let again = Rig::again(home);
    assert_eq!(again.state().await.profile.recording.split, split);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_with_an_encoding_of_its_own_follows_that_and_no_other() {
    let rig = Rig::new();
    let own = |bitrate| VideoSettings { bitrate, ..VideoSettings::default() };
    let set = |video| Command::SetRecording { recording: RecordingSettings { video, ..RecordingSettings::default() } };
    let usual = rig.until("its room", |studio| studio.program.disk_time.is_some()).await.program.disk_time.unwrap();
    assert!(rig.refused(set(Some(own(1)))).await.contains("kbit/s"));
    rig.done(set(Some(own(25_000)))).await;
    rig.until("less room", |studio| studio.program.disk_time.is_some_and(|time| time < usual / 5)).await;
    rig.notes.take();
    rig.done(Command::StartRecording).await;
    rig.done(Command::StartReplay).await;
    assert_eq!(rig.notes.take(), ["start recording at 25000", "start replay at 2500"]);
    rig.done(Command::SetEncoding { video: own(1_600), audio: AudioSettings::default() }).await;
    assert_eq!(rig.notes.take(), ["replay at 1600"], "what the show is sent with is not its own");
    rig.done(set(Some(own(6_000)))).await;
    assert_eq!(rig.notes.take(), ["recording at 6000"]);
    rig.done(set(Some(VideoSettings { keyframe_interval: 1.0, ..own(6_000) }))).await;
    assert_eq!(rig.notes.take(), ["stop recording", "start recording at 6000"]);
    rig.done(set(None)).await;
    assert_eq!(rig.notes.take(), ["stop recording", "start recording at 1600"]);
    rig.done(set(Some(own(1_600)))).await;
    assert_eq!(rig.notes.take(), [""; 0], "it is encoded so already");
    // It goes on as it is until it is known whether its new encoder works.
    rig.notes.try_encoders();
    let hevc = VideoSettings { codec: VideoCodec::Hevc, ..own(1_600) };
    rig.done(set(Some(hevc.clone()))).await;
    assert_eq!(rig.notes.take(), [""; 0]);
    rig.notes.tried();
    rig.until("its start", |_| rig.notes.take().contains(&"start recording at 1600".to_owned())).await;
    let outputs = rig.notes.outputs();
    assert_eq!(outputs.iter().find_map(Output::video), Some(&hevc));
    let again = Rig::again(rig.close().await);
    assert_eq!(again.state().await.profile.recording.video, Some(hevc));
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_is_saved_whether_or_not_anything_else_runs() {
    let rig = Rig::new();
    for command in [Command::SaveReplay, Command::StopReplay] {
        assert!(rig.refused(command).await.contains("start the replay buffer first"));
    }
    let set = |seconds| Command::SetReplay { replay: ReplaySettings { seconds, with_show: true } };
    for wrong in [0, 4, 301] {
        assert_eq!(rig.refused(set(wrong)).await, "a replay is from 5 to 300 seconds long");
    }
    rig.done(set(45)).await;
    rig.done(Command::StartReplay).await;
    assert_eq!(rig.refused(Command::StartReplay).await, "the last seconds are kept already");
    let Output::Replay(replay) = rig.notes.outputs()[0].clone() else { panic!() };
    assert_eq!(replay.seconds, 45);
    let studio = rig.state().await;
    assert!(studio.outputs.is_empty() && studio.show.is_off(), "it is no destination");
    rig.notes.happen(Event::Replay { name: "replay".into(), seconds: 12.5, bytes: 4_000_000 });
    rig.until("what it holds", |studio| studio.replay.as_ref().is_some_and(|r| r.held > 12.0 && r.bytes > 0)).await;

    rig.notes.take();
    rig.done(Command::SaveReplay).await;
    assert_eq!(rig.notes.take(), ["save replay Klieg"]);
    assert_eq!(rig.refused(Command::SaveReplay).await, "another replay is still being written");
    let saved = |saved| Event::ReplaySaved { name: "replay".into(), saved };
    rig.notes.happen(saved(Ok(SavedReplay { file: "/v/r.mp4".into(), seconds: 13.0 })));
    let last = rig.until("saved", |studio| studio.replay.as_ref().is_some_and(|r| r.last.is_some())).await;
    assert!(!last.replay.as_ref().unwrap().saving);
    rig.done(Command::SaveReplay).await;
    rig.notes.happen(saved(Err("the disk takes nothing".into())));
    let studio = rig.until("the failure", |studio| !studio.notices.is_empty()).await;
    assert_eq!(studio.notices[0].text, "The replay was not saved: the disk takes nothing.");
    assert!(!studio.replay.as_ref().unwrap().saving);

    // Another length is another buffer; another canvas another stage, and the buffer comes along.
    rig.notes.take();
    rig.done(set(10)).await;
    assert_eq!(rig.notes.take(), ["stop replay", "start replay at 2500"]);
    let canvas = klieg_studio_model::Canvas { width: 640, height: 360, fps: 30 };
    rig.edit(klieg_studio_model::Edit::SetCanvas { canvas }).await;
    let told = rig.notes.take();
    assert!(told.iter().any(|told| told == "start replay at 2500"), "{told:?}");
    rig.done(Command::StopReplay).await;
    assert!(rig.state().await.replay.is_none() && rig.state().await.encoders.is_empty());

    // It comes and goes with the show, if that is wanted.
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.done(go_live("")).await;
    assert!(rig.state().await.replay.is_some());
    rig.done(Command::EndShow).await;
    assert!(rig.state().await.replay.is_none());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_outlives_a_show_that_nobody_takes_and_ends_with_the_next_that_the_creator_ends() {
    let rig = Rig::new();
    rig.keep_shows().await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.done(go_live("")).await;
    rig.until("both begin", |studio| studio.recording.is_some() && studio.replay.is_some()).await;
    rig.notes.take();
    rig.notes.output("a", OutputState::Failed { reason: "not authorised".into() });
    let studio = rig.until("the show's end", |studio| studio.show.is_off()).await;
    assert!(studio.recording.is_some() && studio.replay.is_some());
    assert_eq!(rig.notes.take(), ["stop a"]);
    let notice = studio.notices.last().unwrap();
    assert_eq!(notice.text, "The show is over: A: not authorised. The recording and the replay buffer go on.");
    assert_eq!(studio.outputs.iter().map(|output| output.id.as_str()).collect::<Vec<_>>(), ["recording"]);
    // The next show is in the same file.
    rig.done(go_live("")).await;
    assert_eq!(rig.notes.take(), ["start a at 2500"]);
    rig.done(Command::EndShow).await;
    let studio = rig.state().await;
    assert!(studio.recording.is_none() && studio.replay.is_none());
    assert_eq!(rig.notes.take(), ["stop a", "stop recording", "stop replay"]);

    // Whoever takes the last destination out has not said that the recording is to end.
    rig.done(go_live("")).await;
    rig.until("its recording", |studio| studio.recording.is_some()).await;
    rig.notes.output("a", OutputState::Live);
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    let known = rig.state().await.profile.destination("a").unwrap().clone();
    let off = Destination { enabled: false, ..known };
    rig.done(Command::SetDestination { destination: off, key: None }).await;
    let studio = rig.state().await;
    assert!(studio.show.is_off() && studio.recording.is_some());
    assert!(studio.notices.last().unwrap().text.starts_with("The show is over: no destination is left. The recording"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_goes_where_there_is_a_place_for_it() {
    let rig = Rig::new();
    let nowhere = rig.refused(mark("x")).await;
    assert!(nowhere.starts_with("a marker goes into a recording or a broadcast"), "{nowhere}");
    rig.done(Command::StartRecording).await;
    rig.notes.take();
    rig.done(mark(" The goal ")).await;
    rig.done(Command::Mark { text: String::new(), ago: 1_500 }).await;
    assert_eq!(rig.notes.take(), ["mark recording 0: The goal", "mark recording 1500: "]);
    assert_eq!(rig.state().await.recording.as_ref().unwrap().markers, 2);
    for wrong in ["x".repeat(101), "two\nlines".to_owned()] {
        assert!(rig.refused(mark(&wrong)).await.contains("one line of at most 100 characters"));
    }
    assert!(rig.refused(Command::Mark { text: String::new(), ago: 60_001 }).await.contains("last minute"));
    rig.done(Command::StopRecording).await;

    // A server that knows nobody here keeps no marker, so none is claimed.
    rig.destination("a", DestinationKind::Klieg, "http://127.0.0.1:9").await;
    rig.done(go_live("")).await;
    rig.notes.output("a", OutputState::Live);
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    assert!(!rig.state().await.marks().broadcast);
    assert!(rig.refused(mark("x")).await.starts_with("a marker goes into"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marker_goes_to_the_server_that_the_show_is_on() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    let (login, password) = ("ada".to_owned(), Secret::new("correct horse"));
    rig.done(Command::SignIn { server: klieg.address.to_string(), login, password }).await;
    rig.done(go_live("")).await;
    assert!(!rig.state().await.marks().broadcast, "it is not live yet");
    rig.notes.output("klieg", OutputState::Live);
    rig.until("live", |studio| studio.marks().broadcast).await;
    rig.done(Command::Mark { text: "Zweite Hälfte".into(), ago: 2_000 }).await;
    {
        let seen = klieg.seen.lock();
        let [marker] = &seen.markers[..] else { panic!("{:?}", seen.markers) };
        assert_eq!(marker["text"], "Zweite Hälfte");
        let ago = marker["ago_ms"].as_u64().unwrap();
        assert!((2_000..30_000).contains(&ago), "what it took to get there is added: {ago}");
    }
    // The server refuses: the creator is told, and with a recording it is in that.
    klieg.seen.lock().refuses_markers = true;
    let refused = rig.refused(mark("x")).await;
    assert!(refused.contains("at most 500 markers"), "{refused}");
    rig.done(Command::StartRecording).await;
    rig.done(mark("y")).await;
    let studio = rig.state().await;
    assert_eq!(studio.recording.as_ref().unwrap().markers, 1);
    assert!(
        studio.notices.iter().any(|n| n.text.starts_with("The marker is in the recording only")),
        "{:?}",
        studio.notices
    );
    rig.close().await;
}
