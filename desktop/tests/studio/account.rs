//! Signing in to a Klieg server, telling viewers what the show is, and signing out.

use std::sync::Arc;

use klieg_studio_model::{
    Account, Action, Announcement, Audience, Command, Destination, DestinationKind, Output, OutputState, Remedy,
    Secret, ShowState, Studio, Upload,
};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::drawer::Drawer;
use crate::support::klieg::Klieg;
use crate::support::{Rig, go_live};

fn sign_in(klieg: &Klieg, password: &str) -> Command {
    Command::SignIn { server: klieg.address.to_string(), login: " ada ".into(), password: Secret::new(password) }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_becomes_a_destination_and_the_show_is_announced() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    assert_eq!(rig.refused(sign_in(&klieg, "wrong")).await, "The password is wrong.");
    assert!(rig.state().await.account.is_none());
    rig.done(sign_in(&klieg, "correct horse")).await;
    let studio = rig.state().await;
    let server = format!("http://{}", klieg.address);
    assert_eq!(studio.account, Some(Account { server: server.clone(), handle: "ada".into() }));
    assert_eq!(studio.announcement.title.as_deref(), Some("Last time"));
    assert_eq!(studio.keys, ["klieg"]);
    assert_eq!(studio.announcement.tell_followers, Some(true));
    let destination = &studio.profile.destinations[0];
    assert_eq!((destination.kind, destination.url.as_str()), (DestinationKind::Klieg, server.as_str()));

    let announcement = Announcement {
        title: Some("Friday".into()),
        tags: Some(vec!["rust".into()]),
        audience: Some(Audience::Unlisted),
        mature: Some(false),
        tell_followers: Some(false),
        ..Announcement::default()
    };
    rig.done(Command::GoLive { announcement }).await;
    assert_eq!(
        klieg.seen.lock().changes,
        [json!({
            "title": "Friday", "tags": ["rust"], "visibility": "unlisted", "mature": false, "announce": false,
        })]
    );
    let Output::Whip(whip) = &rig.notes.outputs()[0] else { panic!() };
    assert_eq!((whip.url.clone(), whip.key.as_ref().unwrap().reveal()), (format!("{server}/whip"), "sk1-of-ada"));
    let told = rig.state().await.announcement.clone();
    assert_eq!(
        (told.title.as_deref(), told.category.as_deref()),
        (Some("Friday"), Some("Talk")),
        "what is absent stays"
    );
    assert!(rig.refused(Command::SignOut).await.contains("end the show"));
    rig.done(Command::EndShow).await;

    // What is emptied is empty for viewers too.
    let empty = Announcement { category: Some(" ".into()), tags: Some(Vec::new()), ..Announcement::default() };
    rig.done(Command::GoLive { announcement: empty }).await;
    assert_eq!(klieg.seen.lock().changes[1], json!({ "category": "", "tags": [] }));
    rig.done(Command::EndShow).await;

    rig.done(Command::SignOut).await;
    let studio = rig.state().await;
    assert!(studio.account.is_none() && studio.keys.is_empty() && studio.profile.destinations.is_empty());
    assert_eq!(klieg.seen.lock().ended, ["k1", "session"]);
    assert_eq!(rig.refused(Command::SignOut).await, "nobody is signed in");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_profile_knows_the_channel_of_who_is_signed_in_and_no_other() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    // It is known then that nobody was signed in.
    rig.done(Command::OpenKeyring).await;
    rig.done(Command::NewProfile { name: "Other".into() }).await;
    rig.done(sign_in(&klieg, "correct horse")).await;
    assert!(rig.state().await.profile.destinations[0].enabled);
    let take = |name: &str| Command::OpenProfile { name: name.into() };
    rig.done(take("Standard")).await;
    rig.until("the channel's key", |studio| studio.keys == ["klieg"]).await;
    assert!(!rig.state().await.profile.destination("klieg").unwrap().enabled);
    rig.done(Command::SignOut).await;
    rig.done(take("Other")).await;
    assert!(rig.state().await.profile.destinations.is_empty());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_was_removed_from_a_profile_stays_away_until_it_is_added_again() {
    let (klieg, drawer) = (Klieg::start().await, Drawer::default());
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    assert_eq!(rig.refused(Command::AddChannel).await, "nobody is signed in");
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::NewProfile { name: "Other".into() }).await;
    rig.done(Command::RemoveDestination { id: "klieg".into() }).await;
    let take = |name: &str| Command::OpenProfile { name: name.into() };
    rig.done(take("Standard")).await;
    assert!(rig.state().await.profile.destination("klieg").unwrap().enabled, "another profile keeps it");
    rig.done(take("Other")).await;
    assert!(rig.state().await.profile.destinations.is_empty());

    // Nor does the next start bring it back, or another key.
    let rig = Rig::with_keyring(rig.close().await, &drawer);
    rig.until("who is signed in", |studio| studio.account.is_some()).await;
    rig.done(Command::RenewKey).await;
    let studio = rig.state().await;
    assert!(studio.profile.destinations.is_empty() && studio.keys.is_empty(), "{:?}", studio.profile);
    rig.done(Command::AddChannel).await;
    let studio = rig.until("its key", |studio| studio.keys == ["klieg"]).await;
    assert!(studio.profile.destination("klieg").unwrap().enabled);
    rig.done(take("Standard")).await;
    rig.done(take("Other")).await;
    assert!(rig.state().await.profile.destination("klieg").is_some());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_revoked_is_replaced_while_the_show_is_on() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    assert_eq!(rig.refused(Command::RenewKey).await, "nobody is signed in");
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.done(go_live("")).await;
    let refused = |reason: &str| OutputState::Failed { reason: reason.to_owned() };
    rig.notes.output("klieg", refused("not authorised: check the key (401 Unauthorized)"));
    rig.until("the remedy", |studio| studio.advice.iter().any(|a| a.remedy == Some(Remedy::NewKey))).await;
    rig.done(Command::RenewKey).await;
    let key = |output: &Output| match output {
        Output::Whip(whip) => whip.key.as_ref().map(|key| key.reveal().to_owned()),
        _ => None,
    };
    rig.until("the new key", |_| rig.notes.outputs().iter().filter_map(key).eq(["sk2-of-ada"])).await;
    assert_eq!(klieg.seen.lock().ended, ["k1"]);
    // Another reason is no matter of the key.
    rig.notes.output("klieg", refused("the channel is banned"));
    rig.until("the remedy", |studio| {
        studio.advice.iter().any(|a| a.remedy == Some(Remedy::Destination { id: "klieg".into() }))
    })
    .await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_no_keyring_kept_leaves_no_stream_key_behind() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    let home = rig.close().await;
    assert!(klieg.seen.lock().ended.is_empty());
    // Its keyring was memory: nothing of the session is left but the id of its key.
    let noted = std::fs::read_to_string(home.path().join("state/stream-keys.json")).unwrap();
    assert!(noted.contains("k1") && !noted.contains("sk1"), "{noted}");
    let rig = Rig::again(home);
    rig.done(sign_in(&klieg, "correct horse")).await;
    assert_eq!(klieg.seen.lock().ended, ["k1"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_refreshed_before_it_expires() {
    let klieg = Klieg::start().await;
    // A token is used up to half a minute before its end: here for a second.
    klieg.seen.lock().lifetime = 31;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    for title in ["One", "Two"] {
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        rig.done(go_live(title)).await;
        rig.done(Command::EndShow).await;
    }
    {
        let seen = klieg.seen.lock();
        assert_eq!((seen.changes.len(), seen.tokens), (2, 3));
    }
    rig.close().await;
}

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
    assert_eq!(rig.refused(go_live()).await, "an account is being signed in or out; try again in a moment");
    held.add_permits(1);
    signing_out.await.unwrap().unwrap();
    klieg.seen.lock().held = None;

    rig.done(sign_in(&klieg, "correct horse")).await;
    klieg.seen.lock().held = Some(held.clone());
    let signing_in = asked(sign_in(&klieg, "correct horse"));
    rig.until("who it is, is asked", |_| klieg.seen.lock().waited == 2).await;
    rig.done(go_live()).await;
    klieg.seen.lock().ended.clear();
    held.add_permits(9);
    assert!(signing_in.await.unwrap().unwrap_err().to_string().contains("end the show"));
    assert_eq!(klieg.seen.lock().ended, ["k3", "session"], "the key of the show is good");
    assert!(rig.state().await.account.is_some());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said() {
    let rig = Rig::new();
    let command =
        |server: &str| Command::SignIn { server: server.into(), login: "ada".into(), password: Secret::new("x") };
    assert_eq!(rig.refused(command("127.0.0.1:1")).await, "the server cannot be reached");
    assert!(rig.refused(command("not an address")).await.contains("is not a server's address"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upload_is_measured_by_sending() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    assert_eq!(rig.refused(Command::MeasureUpload).await, "nobody is signed in");
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::MeasureUpload).await;
    assert_eq!(rig.refused(Command::MeasureUpload).await, "the upload is being measured already");
    rig.until("progress", |studio| matches!(studio.upload, Some(Upload::Measuring { done }) if done > 0.1)).await;
    let studio = rig.until("a result", |studio| !matches!(studio.upload, Some(Upload::Measuring { .. }))).await;
    // The server's word counts where it is the lower one.
    assert_eq!(studio.upload, Some(Upload::Measured { kbit: 500 }));
    assert!(klieg.seen.lock().uploaded > 1_000_000);
    assert!(studio.preflight().iter().any(|advice| advice.key == "upload"), "{:?}", studio.preflight());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measurement_can_be_stopped_and_leaves_what_was_known() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::MeasureUpload).await;
    rig.until("progress", |studio| matches!(studio.upload, Some(Upload::Measuring { done }) if done > 0.0)).await;
    rig.done(Command::StopMeasuring).await;
    let studio = rig.until("an end", |studio| !matches!(studio.upload, Some(Upload::Measuring { .. }))).await;
    assert_eq!(studio.upload, None);
    rig.done(go_live("Friday")).await;
    assert!(rig.refused(Command::MeasureUpload).await.contains("end the show"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_measures_it_the_creator_says_what_the_upload_is() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    for kbit in [0, 99, 10_000_001] {
        assert_eq!(
            rig.refused(Command::SayUpload { kbit }).await,
            "an upload has from 100 to 10,000,000 kbit/s",
            "{kbit}"
        );
    }
    rig.done(Command::SayUpload { kbit: 1_500 }).await;
    let studio = rig.state().await;
    assert_eq!(studio.upload, Some(Upload::Said { kbit: 1_500 }));
    let said = studio.preflight();
    assert!(said.iter().any(|advice| advice.text.starts_with("Your upload carries 1.5 Mbit/s")), "{said:?}");
    rig.close().await;
}
