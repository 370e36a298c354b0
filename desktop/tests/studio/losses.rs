//! What is lost of a show is counted from when it is live.

use klieg_studio_model::{Command, DestinationKind, Event, OutputState, Studio};

use crate::support::{Rig, go_live};

fn program(missed: u64, skipped: u64) -> Event {
    Event::Program { fps: 30.0, skipped, skipped_sound: 0, missed, black: false, still: 0.0 }
}

fn dropped(output: &str, dropped: u64) -> Event {
    let (bitrate, fps, bytes, lost, round_trip) = (2_500.0, 30.0, 1_000, 0.0, None);
    Event::Health { name: output.to_owned(), bitrate, fps, dropped, bytes, lost, round_trip }
}

fn is_lost(missed: u64, skipped: u64) -> impl Fn(&Studio) -> bool {
    move |studio| (studio.program.missed, studio.program.skipped) == (missed, skipped)
}

fn has_dropped(number: u64) -> impl Fn(&Studio) -> bool {
    move |studio| studio.outputs.iter().any(|output| output.id == "a" && output.dropped == number)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_before_a_show_is_no_loss_of_it() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.state().await;
    // Arranging, trying encoders, connecting.
    rig.notes.happen(program(50, 7));
    rig.done(go_live("")).await;
    rig.notes.happen(program(60, 7));
    rig.notes.happen(dropped("a", 4));
    rig.until("while it connects", is_lost(10, 0)).await;
    rig.until("while it connects", has_dropped(4)).await;
    rig.notes.output("a", OutputState::Live);
    rig.until("it is live", is_lost(0, 0)).await;
    rig.until("it is live", has_dropped(0)).await;
    rig.notes.happen(program(61, 9));
    rig.notes.happen(dropped("a", 6));
    rig.until("what is lost now", is_lost(1, 2)).await;
    rig.until("what is lost now", has_dropped(2)).await;
    // Another bitrate of the sound begins the output anew, which counts from zero.
    let profile = rig.state().await.profile.clone();
    let audio = klieg_studio_model::AudioSettings { bitrate: 96 };
    rig.done(Command::SetEncoding { video: profile.video, audio }).await;
    assert!(has_dropped(2)(&*rig.state().await));
    rig.notes.happen(dropped("a", 1));
    rig.until("both", has_dropped(3)).await;

    rig.done(Command::EndShow).await;
    rig.notes.happen(program(99, 9));
    rig.done(go_live("")).await;
    assert!(is_lost(0, 0)(&*rig.state().await) && has_dropped(0)(&*rig.state().await));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computer_is_called_too_slow_when_it_goes_on_losing_frames() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.done(go_live("")).await;
    rig.notes.output("a", OutputState::Live);
    rig.until("live", |studio| !studio.show.is_off() && studio.outputs[0].state == OutputState::Live).await;
    rig.notes.happen(program(1, 0));
    let studio = rig.until("one frame", is_lost(1, 0)).await;
    assert!(studio.program.missing < 0.001);
    for missed in [4, 7, 10] {
        rig.notes.happen(program(missed, 0));
    }
    rig.until("it is said", |studio| studio.advice.iter().any(|advice| advice.key == "compose")).await;
    rig.close().await;
}
