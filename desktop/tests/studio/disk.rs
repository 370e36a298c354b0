//! What is recorded and the disk it goes to: one that fills up, and one that does not answer.

use std::sync::atomic::Ordering;

use klieg_studio_model::{
    Action, AudioSettings, Command, DestinationKind, Event, Output, RecordingProgress, RecordingSettings, Severity,
    VideoSettings,
};

use crate::support::{Rig, add, colour, go_live};

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_ends_before_the_disk_is_full() {
    let rig = Rig::new();
    // 2,628 kbit/s are 328,500 bytes a second; 210 MB stay free.
    rig.disk.store((200 << 20) + 328_500 * 100, Ordering::Relaxed);
    rig.done(Command::StartRecording).await;
    rig.until("how long it lasts", |studio| studio.program.disk_time.is_some_and(|time| (90..=110).contains(&time)))
        .await;
    rig.until("a warning", |studio| {
        studio.advice.iter().any(|advice| advice.text.contains("the recording ends in 1 minute"))
    })
    .await;
    rig.disk.store(150 << 20, Ordering::Relaxed);
    let studio = rig.until("its end", |studio| studio.recording.is_none()).await;
    let notice = studio.notices.last().unwrap();
    assert_eq!(notice.severity, Severity::Bad);
    assert_eq!(
        notice.text,
        "The recording has ended: the disk is nearly full, with 157 MB left. What was recorded is kept."
    );
    assert!(rig.notes.take().contains(&"stop recording".to_owned()));
    let refused = rig.refused(Command::StartRecording).await;
    assert!(refused.contains("nearly full") && refused.contains("choose another folder"), "{refused}");
    rig.done(Command::StartReplay).await;
    assert!(rig.refused(Command::SaveReplay).await.contains("nearly full"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_stays_in_its_folder_and_its_disk_is_watched() {
    let rig = Rig::new();
    rig.done(Command::StartRecording).await;
    let folder = rig.state().await.recording.as_ref().unwrap().folder.clone();
    assert_eq!(rig.state().await.recordings, folder);
    let other = RecordingSettings { folder: Some(rig.home.path().join("other")), ..RecordingSettings::default() };
    rig.done(Command::SetRecording { recording: other }).await;
    assert_eq!(rig.state().await.recordings, rig.home.path().join("other"));
    // It begins anew where it is.
    let video = VideoSettings { keyframe_interval: 1.0, ..VideoSettings::default() };
    rig.done(Command::SetEncoding { video, audio: AudioSettings::default() }).await;
    let in_folder = |outputs: &[Output], folder: &std::path::Path| match outputs {
        [Output::File(file)] => file.path.parent() == Some(folder),
        _ => false,
    };
    assert!(in_folder(&rig.notes.outputs(), &folder), "{:?}", rig.notes.outputs());
    assert_eq!(rig.state().await.recording.as_ref().unwrap().folder, folder);

    rig.other_disk.store(0, Ordering::Relaxed);
    rig.disk.store(2 << 30, Ordering::Relaxed);
    let studio = rig.until("its own disk's room", |studio| studio.program.disk_left == Some(2 << 30)).await;
    assert!(studio.recording.is_some());
    rig.disk.store(150 << 20, Ordering::Relaxed);
    rig.until("its end", |studio| studio.recording.is_none()).await;
    assert!(rig.refused(Command::StartRecording).await.contains("nearly full"), "the other one has no room");
    rig.other_disk.store(500_000_000_000, Ordering::Relaxed);
    rig.done(Command::StartRecording).await;
    assert!(in_folder(&rig.notes.outputs(), &rig.home.path().join("other")));

    // One that cannot begin anew is over, and that is said.
    rig.notes.refuse("recording");
    rig.done(Command::SetEncoding { video: VideoSettings::default(), audio: AudioSettings::default() }).await;
    let studio = rig.state().await;
    assert!(studio.recording.is_none());
    assert!(studio.notices.iter().any(|n| n.text.starts_with("Recording did not start again")), "{:?}", studio.notices);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_hangs_holds_up_neither_the_studio_nor_a_recording_elsewhere() {
    let rig = Rig::new();
    rig.until("its room", |studio| studio.program.disk_left.is_some()).await;
    rig.disk_hangs.store(true, Ordering::Relaxed);
    rig.until("that it is unknown", |studio| studio.program.disk_left.is_none()).await;
    rig.edit(add(colour("ground"), "Scene")).await;
    let refused = rig.refused(Command::StartRecording).await;
    assert!(refused.contains("does not answer") && refused.contains("choose another folder"), "{refused}");
    assert!(!rig.state().await.is_recording_beginning());
    let other = RecordingSettings { folder: Some(rig.home.path().join("other")), ..RecordingSettings::default() };
    rig.done(Command::SetRecording { recording: other }).await;
    rig.done(Command::StartRecording).await;
    rig.until("the other's room", |studio| studio.program.disk_left.is_some()).await;
    rig.done(Command::StopRecording).await;
    rig.disk_hangs.store(false, Ordering::Relaxed);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_disk_is_waited_for_all_else_goes_on_and_what_is_written_there_begins_when_it_answers() {
    let rig = Rig::new();
    rig.done(Command::StartReplay).await;
    rig.disk_hangs.store(true, Ordering::Relaxed);
    let asked = |command: Command| {
        let director = rig.director.clone();
        tokio::spawn(async move { director.command(command).await })
    };
    let folder = rig.state().await.recordings.clone();
    let recording = asked(Command::StartRecording);
    rig.until("its folder is made", |_| folder.is_dir()).await;
    let saving = asked(Command::SaveReplay);
    rig.edit(add(colour("ground"), "Scene")).await;
    assert!(rig.state().await.recording.is_none());
    rig.disk_hangs.store(false, Ordering::Relaxed);
    recording.await.unwrap().unwrap();
    saving.await.unwrap().unwrap();
    let studio = rig.state().await;
    assert!(studio.recording.is_some() && studio.replay.as_ref().unwrap().saving);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_says_that_it_begins_until_something_is_written_and_is_begun_once() {
    let rig = Rig::new();
    rig.disk_hangs.store(true, Ordering::Relaxed);
    let start = || {
        let director = rig.director.clone();
        tokio::spawn(async move { director.command(Command::StartRecording).await })
    };
    let first = start();
    rig.until("it begins", |studio| studio.recording_begins).await;
    assert_eq!(rig.refused(Command::StartRecording).await, "the recording is beginning already");
    rig.done(Command::Press { action: Action::Record, down: true }).await;
    assert!(rig.state().await.is_recording_beginning() && rig.state().await.recording.is_none());

    // It is called off, and another one is asked for before the disk answers.
    rig.done(Command::StopRecording).await;
    assert!(!rig.state().await.is_recording_beginning());
    let second = start();
    rig.until("it begins again", |studio| studio.recording_begins).await;
    rig.disk_hangs.store(false, Ordering::Relaxed);
    let called_off = first.await.unwrap().unwrap_err().to_string();
    assert_eq!(called_off, "the recording was stopped before it began");
    second.await.unwrap().unwrap();
    assert_eq!(rig.notes.take().iter().filter(|told| told.starts_with("start recording")).count(), 1);
    let studio = rig.state().await;
    assert!(studio.recording.is_some() && !studio.recording_begins);
    assert!(studio.is_recording_beginning(), "nothing is written yet");
    // Paused it waits for nothing: who paused it must get at it.
    rig.done(Command::PauseRecording).await;
    assert!(!rig.state().await.is_recording_beginning());
    rig.done(Command::ResumeRecording).await;
    let file = "/v/1.mp4".into();
    let progress = RecordingProgress { file, part: 1, recorded: 0, paused: false };
    rig.notes.happen(Event::Recording { name: "recording".to_owned(), progress });
    rig.until("it is written", |studio| !studio.is_recording_beginning()).await;
    assert_eq!(rig.refused(Command::StartRecording).await, "the recording runs already");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_whose_disk_answers_after_the_show_does_not_begin() {
    let rig = Rig::new();
    let recording = RecordingSettings { with_show: true, ..RecordingSettings::default() };
    rig.done(Command::SetRecording { recording }).await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.disk_hangs.store(true, Ordering::Relaxed);
    // The show does not wait for it.
    rig.done(go_live("")).await;
    rig.done(Command::EndShow).await;
    rig.disk_hangs.store(false, Ordering::Relaxed);
    // Behind its answer, for there is one question at a time.
    rig.done(Command::StartRecording).await;
    assert!(!rig.state().await.recording.as_ref().unwrap().with_show);
    assert_eq!(rig.notes.take().iter().filter(|told| told.starts_with("start recording")).count(), 1);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_of_a_show_cannot_be_kept_is_said_and_the_show_goes_on() {
    let rig = Rig::new();
    rig.keep_shows().await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.disk.store(150 << 20, Ordering::Relaxed);
    rig.notes.refuse("replay");
    rig.done(go_live("")).await;
    let begins =
        ["The show is not recorded: the disk for recordings is nearly full", "No replay is kept of the show: "];
    for text in begins {
        rig.until(text, |studio| studio.notices.iter().any(|notice| notice.text.starts_with(text))).await;
    }
    let studio = rig.state().await;
    assert!(studio.recording.is_none() && studio.replay.is_none() && !studio.show.is_off());
    rig.close().await;
}
