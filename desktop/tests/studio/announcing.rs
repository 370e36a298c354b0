//! Telling viewers what the show is, before it goes to the account's server.

use std::sync::Arc;

use klieg_studio::keys::Keyring;
use klieg_studio_model::{
    Action, Announcement, Audience, Command, Destination, DestinationKind, OutputState, ShowState, Studio,
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::account::sign_in;
use crate::support::drawer::Drawer;
use crate::support::klieg::Klieg;
use crate::support::{Rig, go_live};

#[tokio::test(flavor = "multi_thread")]
async fn a_show_starts_although_its_title_cannot_be_changed() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    // The server forgets the session.
    klieg.seen.lock().tokens += 1;
    rig.done(go_live("Friday")).await;
    let studio = rig.state().await;
    assert!(!studio.show.is_off());
    assert!(
        studio.notices.iter().any(|n| n.text == "Your channel did not take the title: not logged in."),
        "{:?}",
        studio.notices
    );
    rig.close().await;
}

fn only_me(title: &str) -> Command {
    let announcement =
        Announcement { title: Some(title.into()), audience: Some(Audience::Private), ..Announcement::default() };
    Command::GoLive { announcement }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_did_not_take_who_may_watch_gets_no_show() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    klieg.seen.lock().refuses = Some("visibility".into());
    let reason = "your channel did not take the title and who may watch: This cannot be changed now.";
    assert!(rig.refused(only_me("Rehearsal")).await.contains(reason));
    let studio = rig.state().await;
    assert!(studio.show.is_off() && studio.outputs.is_empty() && rig.notes.outputs().is_empty());
    assert_eq!(studio.announcement.audience, Some(Audience::Public), "as it is on the server");

    // Others go on without it, and it is not forgotten when the channel is tried again.
    rig.destination("tube", DestinationKind::Rtmp, "rtmp://tube.example/live").await;
    rig.done(only_me("Rehearsal")).await;
    let failed = |studio: &Studio| {
        let channel = studio.outputs.iter().find(|output| output.id == "klieg");
        matches!(channel.map(|output| &output.state), Some(OutputState::Failed { reason: why }) if why == reason)
    };
    assert!(failed(&*rig.state().await), "{:?}", rig.state().await.outputs);
    let names = || rig.notes.outputs().iter().map(|output| output.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(), ["tube"]);
    let channel = rig.state().await.profile.destination("klieg").unwrap().clone();
    let set = |enabled: bool| {
        let destination = Destination { enabled, ..channel.clone() };
        rig.done(Command::SetDestination { destination, key: None })
    };
    set(false).await;
    set(true).await;
    rig.until("it is refused once more", failed).await;
    klieg.seen.lock().refuses = None;
    set(false).await;
    set(true).await;
    rig.until("the channel", |_| names() == ["tube", "klieg"]).await;
    assert_eq!(klieg.seen.lock().changes, [json!({ "title": "Rehearsal", "visibility": "private" })]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_title_that_is_refused_keeps_nobody_from_saying_who_may_watch() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    klieg.seen.lock().refuses = Some("title".into());
    rig.done(only_me("Rehearsal")).await;
    assert_eq!(klieg.seen.lock().changes, [json!({ "visibility": "private" })]);
    let studio = rig.state().await;
    assert_eq!(rig.notes.outputs().len(), 1);
    assert_eq!(
        (studio.announcement.title.as_deref(), studio.announcement.audience),
        (Some("Last time"), Some(Audience::Private))
    );
    assert!(studio.notices.iter().any(|n| n.text.starts_with("Your channel did not take the title:")));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_goes_to_the_accounts_server_waits_for_it() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.destination("tube", DestinationKind::Rtmp, "rtmp://tube.example/live").await;
    let held = Arc::new(Semaphore::new(0));
    klieg.seen.lock().held = Some(held.clone());
    let director = rig.director.clone();
    let going = tokio::spawn(async move { director.command(only_me("Rehearsal")).await });
    let names = || rig.notes.outputs().iter().map(|output| output.name().to_owned()).collect::<Vec<_>>();
    rig.until("the other one", |_| names() == ["tube"]).await;
    rig.notes.output("tube", OutputState::Live);
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    assert!(!going.is_finished());
    held.add_permits(1);
    going.await.unwrap().unwrap();
    assert_eq!(names(), ["tube", "klieg"]);
    rig.done(Command::EndShow).await;

    // Called off while the server is waited for, it is answered at once.
    let director = rig.director.clone();
    let going = tokio::spawn(async move { director.command(only_me("Another")).await });
    rig.until("the other one", |_| names() == ["tube"]).await;
    rig.done(Command::EndShow).await;
    assert_eq!(going.await.unwrap().unwrap_err().to_string(), "the show was ended before it began");
    held.add_permits(1);
    assert!(rig.notes.outputs().is_empty());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_is_told_whatever_its_host_is_called_and_it_is_said_where_nobody_is_told() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    let channel = rig.state().await.profile.destination("klieg").unwrap().clone();
    let set = |destination| rig.done(Command::SetDestination { destination, key: None });
    let elsewhere = Destination { url: "https://ingest.example".into(), ..channel };
    set(elsewhere.clone()).await;
    rig.done(go_live("Friday")).await;
    assert_eq!(klieg.seen.lock().changes, [json!({ "title": "Friday" })]);
    rig.done(Command::EndShow).await;

    set(Destination { enabled: false, ..elsewhere.clone() }).await;
    rig.destination("tube", DestinationKind::Rtmp, "rtmp://tube.example/live").await;
    rig.done(go_live("Saturday")).await;
    let text = format!("Viewers on http://{} are not told the title: this show does not go there.", klieg.address);
    let is_said = |studio: &Studio| studio.notices.iter().any(|notice| notice.text == text);
    assert!(is_said(&*rig.state().await), "{:?}", rig.state().await.notices);
    // It is told when the channel joins, and then it is not said any more that it is not.
    set(elsewhere.clone()).await;
    rig.until("the channel", |_| rig.notes.outputs().len() == 2).await;
    assert_eq!(klieg.seen.lock().changes[1], json!({ "title": "Saturday" }));
    assert!(!is_said(&*rig.state().await), "{:?}", rig.state().await.notices);
    rig.done(Command::EndShow).await;

    // Nor is it of a show that is over.
    set(Destination { enabled: false, ..elsewhere }).await;
    rig.done(go_live("Sunday")).await;
    assert!(is_said(&*rig.state().await), "{:?}", rig.state().await.notices);
    rig.done(Command::EndShow).await;
    assert!(!is_said(&*rig.state().await), "{:?}", rig.state().await.notices);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_show_is_over_if_the_other_one_gave_up_while_a_channel_without_a_key_was_waited_for() {
    let (klieg, drawer) = (Klieg::start().await, Drawer::default());
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.destination("tube", DestinationKind::Rtmp, "rtmp://tube.example/live").await;
    drawer.remove("key klieg").unwrap();
    let held = Arc::new(Semaphore::new(0));
    klieg.seen.lock().held = Some(held.clone());
    let director = rig.director.clone();
    let going = tokio::spawn(async move { director.command(only_me("Rehearsal")).await });
    rig.until("the other one", |_| rig.notes.outputs().len() == 1).await;
    rig.notes.output("tube", OutputState::Failed { reason: "not authorised".into() });
    let gave_up = |studio: &Studio| studio.outputs.iter().any(|o| matches!(o.state, OutputState::Failed { .. }));
    rig.until("it gave up", gave_up).await;
    assert!(!going.is_finished());
    held.add_permits(1);
    assert_eq!(going.await.unwrap().unwrap_err().to_string(), "the show was ended before it began");
    let studio = rig.state().await;
    assert!(studio.show.is_off() && studio.outputs.is_empty(), "{studio:#?}");
    assert!(studio.notices.iter().any(|n| n.text.contains("has no stream key")), "{:?}", studio.notices);
    assert_eq!(studio.notices.last().unwrap().text, "The show is over: TUBE: not authorised.");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_on_the_server_meanwhile_is_read_and_not_overwritten() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    assert_eq!(rig.refused(Command::ReadChannel).await, "nobody is signed in");
    rig.done(sign_in(&klieg, "correct horse")).await;
    klieg.seen.lock().is_private = true;
    let press = || Command::Press { action: Action::Show, down: true };
    rig.done(press()).await;
    rig.until("the show", |_| rig.notes.outputs().len() == 1).await;
    assert!(klieg.seen.lock().changes.is_empty(), "what is only remembered is not said");
    assert_eq!(rig.refused(Command::ReadChannel).await, "the show is on already");
    rig.done(press()).await;

    // While it is read nothing is known, and nothing is if it cannot be.
    let held = Arc::new(Semaphore::new(0));
    klieg.seen.lock().held = Some(held.clone());
    let director = rig.director.clone();
    let reading = tokio::spawn(async move { director.command(Command::ReadChannel).await });
    rig.until("nothing", |studio| studio.announcement == Announcement::default()).await;
    held.add_permits(1);
    reading.await.unwrap().unwrap();
    assert_eq!(rig.state().await.announcement.audience, Some(Audience::Private));
    // The server forgets the session.
    klieg.seen.lock().held = None;
    klieg.seen.lock().tokens += 1;
    assert_eq!(rig.refused(Command::ReadChannel).await, "not logged in");
    assert_eq!(rig.state().await.announcement, Announcement::default());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_show_loses_its_key_to_a_session_that_comes_or_goes_meanwhile() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.destination("tube", DestinationKind::Rtmp, "rtmp://tube.example/live").await;
    rig.done(sign_in(&klieg, "correct horse")).await;
    let go_live = || Command::GoLive { announcement: Announcement::default() };
    let asked = |command: Command| {
        let director = rig.director.clone();
        tokio::spawn(async move { director.command(command).await })
    };
    let held = Arc::new(Semaphore::new(0));
    klieg.seen.lock().held = Some(held.clone());
    let signing_out = asked(Command::SignOut);
    rig.until("its key is being ended", |_| klieg.seen.lock().waited == 1).await;
    let changes = "an account is being signed in or out, or gets another stream key; try again in a moment";
    for command in [go_live(), Command::RenewKey, Command::SignOut, sign_in(&klieg, "correct horse")] {
        assert_eq!(rig.refused(command).await, changes);
    }
    held.add_permits(1);
    signing_out.await.unwrap().unwrap();
    klieg.seen.lock().held = None;

    rig.done(sign_in(&klieg, "correct horse")).await;
    klieg.seen.lock().held = Some(held.clone());
    let signing_in = asked(sign_in(&klieg, "correct horse"));
    rig.until("who it is, is asked", |_| klieg.seen.lock().waited == 2).await;
    for command in [Command::RenewKey, Command::SignOut, sign_in(&klieg, "correct horse")] {
        assert_eq!(rig.refused(command).await, changes);
    }
    rig.done(go_live()).await;
    klieg.seen.lock().ended.clear();
    held.add_permits(9);
    assert!(signing_in.await.unwrap().unwrap_err().to_string().contains("end the show"));
    assert_eq!(klieg.seen.lock().ended, ["k3", "session"], "the key of the show is good");
    assert!(rig.state().await.account.is_some());
    // That server knows one session at a time, so the one that stays is over there; but the account may be changed again.
    assert_eq!(rig.refused(Command::RenewKey).await, "not logged in");
    rig.close().await;
}
