//! Signing in to a Klieg server and out again, the channel and the stream key that come with it, and the measured upload.

use klieg_studio_model::{
    Account, Announcement, Audience, Command, Destination, DestinationKind, Output, OutputState, Remedy, Secret, Upload,
};
use serde_json::json;

use crate::support::drawer::Drawer;
use crate::support::klieg::Klieg;
use crate::support::{Rig, go_live};

pub(crate) fn sign_in(klieg: &Klieg, password: &str) -> Command {
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
async fn a_channel_that_the_creator_named_keeps_its_name_on_the_same_server_and_always_leads_to_the_account() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::NewProfile { name: "Other".into() }).await;
    let channel = rig.state().await.profile.destination("klieg").unwrap().clone();
    for (url, name) in [("http://127.0.0.1:1", "Mine"), ("http://klieg.example", channel.name.as_str())] {
        let destination = Destination { name: "Mine".into(), url: url.into(), ..channel.clone() };
        rig.done(Command::SetDestination { destination, key: None }).await;
        for profile in ["Standard", "Other"] {
            rig.done(Command::OpenProfile { name: profile.into() }).await;
        }
        let followed = rig.state().await.profile.destination("klieg").unwrap().clone();
        assert_eq!(followed, Destination { name: name.to_owned(), ..channel.clone() });
    }
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
    // A token is used up to half a minute before its end: here for two seconds.
    klieg.seen.lock().lifetime = 32;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    let before = {
        let mut seen = klieg.seen.lock();
        seen.lifetime = 900;
        seen.tokens
    };
    for title in ["One", "Two"] {
        rig.done(go_live(title)).await;
        rig.done(Command::EndShow).await;
    }
    {
        let seen = klieg.seen.lock();
        assert_eq!((seen.changes.len(), seen.tokens), (2, before + 1));
    }
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
    let server = studio.account.as_ref().unwrap().server.clone();
    assert!(
        matches!(&studio.upload, Some(Upload::Measured { kbit: 500, server: to, .. }) if *to == server),
        "{:?}",
        studio.upload
    );
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

#[tokio::test(flavor = "multi_thread")]
async fn a_show_that_begins_has_the_connection_for_itself() {
    let (klieg, rig) = (Klieg::start().await, Rig::new());
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::MeasureUpload).await;
    rig.done(go_live("Late evening songs")).await;
    let studio = rig.until("the end", |studio| !matches!(studio.upload, Some(Upload::Measuring { .. }))).await;
    assert_eq!(studio.upload, None);
    rig.done(Command::EndShow).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_elsewhere_is_not_told_what_the_way_to_the_server_before_carries() {
    let (klieg, other) = (Klieg::start().await, Klieg::start().await);
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::MeasureUpload).await;
    rig.until("progress", |studio| matches!(studio.upload, Some(Upload::Measuring { done }) if done > 0.1)).await;
    rig.done(sign_in(&other, "correct horse")).await;
    let studio = rig.until("the end", |studio| !matches!(studio.upload, Some(Upload::Measuring { .. }))).await;
    assert_eq!(studio.upload, None);
    rig.done(Command::MeasureUpload).await;
    let server = studio.account.as_ref().unwrap().server.clone();
    rig.until("a result", |studio| studio.upload.as_ref().and_then(Upload::server) == Some(server.as_str())).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_measured_is_known_after_a_restart_until_it_is_a_week_old_or_another_server_is_meant() {
    let (klieg, drawer) = (Klieg::start().await, Drawer::default());
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    rig.done(sign_in(&klieg, "correct horse")).await;
    rig.done(Command::MeasureUpload).await;
    rig.until("a result", |studio| matches!(studio.upload, Some(Upload::Measured { .. }))).await;
    let home = rig.close().await;
    let kept = home.path().join("state/upload.json");

    let rig = Rig::with_keyring(home, &drawer);
    assert_eq!(rig.state().await.upload.as_ref().and_then(Upload::kbit), Some(500));
    let studio = rig.until("the account", |studio| studio.account.is_some()).await;
    let said = studio.preflight().into_iter().find(|advice| advice.key == "upload").unwrap();
    assert!(said.text.starts_with("Your upload carries 500 kbit/s, and the show needs"), "{said:?}");
    let home = rig.close().await;

    let mut old: serde_json::Value = serde_json::from_slice(&std::fs::read(&kept).unwrap()).unwrap();
    old["at"] = json!(0);
    std::fs::write(&kept, old.to_string()).unwrap();
    let rig = Rig::with_keyring(home, &drawer);
    let studio = rig.until("the account", |studio| studio.account.is_some()).await;
    assert!(matches!(studio.upload, Some(Upload::Old { kbit: 500, .. })), "{:?}", studio.upload);
    let said = studio.preflight().into_iter().find(|advice| advice.key == "upload").unwrap();
    assert_eq!(said.remedy, Some(Remedy::MeasureUpload));

    let other = Klieg::start().await;
    rig.done(sign_in(&other, "correct horse")).await;
    assert_eq!(rig.state().await.upload, None);
    rig.done(Command::SayUpload { kbit: 1_500 }).await;
    let rig = Rig::with_keyring(rig.close().await, &drawer);
    rig.until("the account", |studio| studio.account.is_some()).await;
    assert_eq!(rig.state().await.upload, Some(Upload::Said { kbit: 1_500 }));
    rig.close().await;
}
