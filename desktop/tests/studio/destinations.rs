//! Destinations that need no key beside their address, and keys that are taken away.

use klieg_studio::keys::Keyring;
use klieg_studio_model::{Command, Destination, DestinationKind, Output, OutputState, Secret, ShowState};

use crate::support::drawer::Drawer;
use crate::support::{Rig, go_live, place};

fn set(destination: &Destination, key: Option<&str>) -> Command {
    Command::SetDestination { destination: destination.clone(), key: key.map(Secret::new) }
}

/// Where the show goes, and with which keys.
fn sent(rig: &Rig) -> Vec<(String, Option<String>)> {
    let told = |output: Output| match output {
        Output::Whip(server) | Output::Rtmp(server) => (server.url, server.key.map(|key| key.reveal().to_owned())),
        output => panic!("{output:?}"),
    };
    rig.notes.outputs().into_iter().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_no_key_gets_the_show() {
    let rig = Rig::new();
    let (whip, rtmp) = ("https://a.example/whip?token=sk", "rtmp://b.example/live/show");
    rig.done(set(&place("a", DestinationKind::Whip, whip), None)).await;
    rig.done(set(&place("b", DestinationKind::Rtmp, rtmp), None)).await;
    rig.done(go_live("")).await;
    assert_eq!(sent(&rig), [(whip.to_owned(), None), (rtmp.to_owned(), None)]);
    rig.notes.output("b", OutputState::Live);
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    // One that gave up is tried again as it was.
    let refused = OutputState::Failed { reason: "not authorised: the server asks for a key".into() };
    rig.notes.output("a", refused.clone());
    rig.until("it gave up", |studio| studio.outputs.iter().any(|output| output.state == refused)).await;
    rig.done(Command::RetryDestination { id: "a".into() }).await;
    rig.until("its start", |_| sent(&rig).len() == 2).await;
    assert_eq!(sent(&rig)[1], (whip.to_owned(), None));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_key_takes_away_the_one_in_the_keyring() {
    let drawer = Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    rig.destination("a", DestinationKind::Whip, "https://a.example/whip").await;
    rig.done(go_live("")).await;
    assert_eq!(sent(&rig), [("https://a.example/whip".to_owned(), Some("sk-test".to_owned()))]);
    let by_address = "https://a.example/whip?token=sk";
    rig.done(set(&place("a", DestinationKind::Whip, by_address), Some(" "))).await;
    rig.until("the address alone", |_| sent(&rig) == [(by_address.to_owned(), None)]).await;
    assert!(rig.state().await.keys.is_empty());
    assert_eq!(drawer.get("key a"), Ok(None));
    // A channel takes nobody without one.
    let channel = place("b", DestinationKind::Klieg, "https://k.example");
    assert!(rig.refused(set(&channel, Some(""))).await.starts_with("the key is empty"));
    rig.close().await;
}
