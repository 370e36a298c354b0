//! A session that the server ended.

use klieg_studio_model::{Announcement, Command, Remedy, Studio};

use crate::account::sign_in;
use crate::support::Rig;
use crate::support::klieg::Klieg;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_is_said_and_the_channel_keeps_its_key() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.done(sign_in(&klieg, "correct horse")).await;
    assert!(!rig.state().await.session_ended);
    // The server forgets the session.
    klieg.seen.lock().tokens += 1;
    assert_eq!(rig.refused(Command::ReadChannel).await, "not logged in");
    let studio = rig.state().await;
    assert!(studio.session_ended && studio.account.is_some() && studio.keys == ["klieg"]);
    let said = studio.preflight().into_iter().find(|advice| advice.remedy == Some(Remedy::SignIn));
    assert!(said.is_some_and(|advice| advice.text.starts_with("Your session on http://127.0.0.1")));
    assert!(!studio.is_channel("klieg"), "nobody can make it a new key");
    rig.done(Command::GoLive { announcement: Announcement::default() }).await;
    assert_eq!(rig.notes.outputs().len(), 1);
    let is_said = |studio: &Studio| studio.advice.iter().any(|a| a.key == "session" && a.remedy.is_none());
    rig.until("it is said on air too, where nobody signs in", is_said).await;
    rig.done(Command::EndShow).await;
    rig.done(sign_in(&klieg, "correct horse")).await;
    assert!(!rig.state().await.session_ended);
    klieg.seen.lock().tokens += 1;
    rig.done(Command::SignOut).await;
    let studio = rig.state().await;
    let said = studio.notices.iter().any(|n| n.text.contains("the stream key of this studio is still good there"));
    assert!(said && studio.account.is_none() && !studio.session_ended, "{:?}", studio.notices);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ended_while_the_studio_was_closed_is_said_at_the_next_start() {
    let klieg = Klieg::start().await;
    let drawer = crate::support::drawer::Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    rig.done(sign_in(&klieg, "correct horse")).await;
    let home = rig.close().await;
    klieg.seen.lock().tokens += 1;
    let rig = Rig::with_keyring(home, &drawer);
    let studio = rig.until("it has ended", |studio| studio.session_ended).await;
    assert!(studio.account.is_some() && studio.profile.destination("klieg").is_some());
    rig.close().await;
}
