//! What keys do, and links to sign in.

use klieg_studio_model::{
    Account, Action, Command, DestinationKind, Edit, Keys, MediaFile, Offer, OutputState, ShowState, Source,
};

use crate::support::drawer::Drawer;
use crate::support::klieg::Klieg;
use crate::support::{Rig, add, colour, go_live, place, profile_file, tone};

fn set(action: Action, keys: &str) -> Command {
    Command::SetHotkey { action, keys: Some(keys.parse::<Keys>().unwrap()), outside: true }
}

fn press(action: Action, down: bool) -> Command {
    Command::Press { action, down }
}

#[tokio::test(flavor = "multi_thread")]
async fn hotkeys_stay_in_the_profile_and_are_refused_where_they_clash() {
    let rig = Rig::new();
    rig.done(set(Action::Show, "Ctrl+Alt+F9")).await;
    assert_eq!(
        rig.refused(set(Action::Record, "Ctrl+Alt+F9")).await,
        "Ctrl+Alt+F9 is taken by “Go live or end the show”; give that other keys first"
    );
    assert!(rig.refused(set(Action::Record, "R")).await.contains("no program could type R"));
    rig.done(set(Action::Scene { scene: "Scene".into() }, "F6")).await;
    rig.edit(Edit::RenameScene { scene: "Scene".into(), name: "Camera".into() }).await;
    let home = rig.close().await;
    let text = std::fs::read_to_string(profile_file(home.path(), "standard")).unwrap();
    assert!(text.contains("keys = \"Ctrl+Alt+F9\"") && text.contains("does = \"show\""), "{text}");
    let rig = Rig::again(home);
    let hotkeys = rig.state().await.profile.hotkeys.clone();
    assert_eq!(hotkeys.iter().map(|known| known.keys.to_string()).collect::<Vec<_>>(), ["Ctrl+Alt+F9", "F6"]);
    assert_eq!(hotkeys[1].action, Action::Scene { scene: "Camera".into() }, "it follows the scene's new name");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_press_does_what_fits_the_moment() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Whip, "http://127.0.0.1:1/whip").await;
    rig.edit(add(colour("Ground"), "Scene")).await;
    rig.edit(Edit::AddScene { name: "Break".into() }).await;
    rig.done(press(Action::Scene { scene: "Break".into() }, true)).await;
    assert_eq!(rig.state().await.on_air, "Break");
    rig.done(press(Action::StudioMode, true)).await;
    rig.done(press(Action::Scene { scene: "Scene".into() }, true)).await;
    rig.done(press(Action::Take, true)).await;
    assert_eq!(rig.state().await.on_air, "Scene");
    rig.done(press(Action::Show, true)).await;
    rig.until("its start", |_| !rig.notes.outputs().is_empty()).await;
    rig.notes.output("a", OutputState::Live);
    rig.until("live", |studio| matches!(studio.show, ShowState::Live { .. })).await;
    rig.done(press(Action::Show, false)).await;
    assert!(!rig.state().await.show.is_off(), "a release ends nothing");
    rig.done(press(Action::Show, true)).await;
    assert!(rig.state().await.show.is_off());
    assert_eq!(
        rig.refused(press(Action::Scene { scene: "Gone".into() }, true)).await,
        "there is no scene named `Gone`"
    );
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_media_file_is_played_by_a_key_from_its_beginning() {
    let rig = Rig::new();
    let film = MediaFile { name: "Intro".into(), path: "intro.mp4".into(), repeat: false, from_start: true };
    rig.edit(add(Source::File(film), "Scene")).await;
    rig.edit(add(tone("Voice"), "Scene")).await;
    let play = |source: &str| press(Action::Play { source: source.into() }, true);
    rig.notes.take();
    rig.done(play("Intro")).await;
    assert_eq!(rig.notes.take(), ["seek Intro to 0 ms"]);
    for wrong in ["Voice", "Gone"] {
        let refusal = rig.refused(play(wrong)).await;
        assert!(refusal.contains(wrong), "{refusal}");
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_hidden_by_a_key_and_by_one_step_of_undo_shown_again() {
    let rig = Rig::new();
    rig.edit(add(colour("Ground"), "Scene")).await;
    let (scene, source) = ("Scene".to_owned(), "Ground".to_owned());
    let hidden = async || rig.state().await.collection.scenes[0].items[0].hidden;
    let hide = Action::HideItem { scene: scene.clone(), source: source.clone() };
    rig.done(press(hide.clone(), true)).await;
    rig.done(press(hide, true)).await;
    assert!(hidden().await);
    rig.done(Command::Undo).await;
    assert!(!hidden().await);
    rig.done(press(Action::Item { scene: scene.clone(), source }, true)).await;
    assert!(hidden().await);
    let gone = Action::ShowItem { scene, source: "Gone".into() };
    assert_eq!(rig.refused(press(gone, true)).await, "the scene `Scene` has no item of `Gone`");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_replay_buffer_is_started_and_stopped_by_keys() {
    let rig = Rig::new();
    rig.done(press(Action::StartReplay, true)).await;
    rig.until("it runs", |studio| studio.replay.is_some()).await;
    rig.done(press(Action::StartReplay, true)).await;
    assert!(rig.state().await.notices.is_empty(), "it runs already, and nobody needs to hear that");
    rig.done(press(Action::Replay, true)).await;
    assert_eq!(rig.state().await.replay, None);
    rig.done(press(Action::StopReplay, true)).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn talking_by_key_is_no_step_of_undo_and_undo_opens_no_microphone() {
    let rig = Rig::new();
    rig.edit(add(tone("Voice"), "Scene")).await;
    rig.edit(Edit::AddScene { name: "Break".into() }).await;
    rig.done(Command::Undo).await;
    let talk = || Action::PushToTalk { source: "Voice".into() };
    let muted = async || rig.state().await.collection.strip("Voice").muted;
    for _ in 0..3 {
        rig.done(press(talk(), true)).await;
        assert!(!muted().await);
        rig.done(press(talk(), false)).await;
        assert!(muted().await);
    }
    rig.done(Command::Redo).await;
    assert!(muted().await && rig.state().await.collection.scene("Break").is_some());
    rig.done(Command::Undo).await;
    assert!(muted().await);
    let gone = Action::PushToTalk { source: "Gone".into() };
    assert_eq!(rig.refused(press(gone, true)).await, "there is no source named `Gone`");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_goes_live_holds_up_no_other_and_what_becomes_of_it_is_said() {
    let drawer = Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    let destination = place("a", DestinationKind::Klieg, "https://a.example");
    rig.done(Command::SetDestination { destination, key: None }).await;
    rig.edit(add(tone("Voice"), "Scene")).await;
    drawer.hold();
    // One after the other, as keys are sent: each waits for the answer of the one before.
    rig.done(press(Action::Show, true)).await;
    assert_eq!(rig.state().await.show, ShowState::Starting);
    let talk = || Action::PushToTalk { source: "Voice".into() };
    rig.done(press(talk(), true)).await;
    rig.done(press(talk(), false)).await;
    assert!(rig.state().await.collection.strip("Voice").muted);
    drawer.let_go();
    let why = "A has no stream key; enter it in the destination's settings.";
    rig.until("why not", |studio| studio.show.is_off() && studio.notices.iter().any(|n| n.text == why)).await;
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_only_when_the_creator_says_so() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    let server = format!("http://{}", klieg.address);
    let link = |code: &str| format!("klieg-studio://sign-in?server={server}&code={code}");
    assert!(rig.refused(Command::AnswerOffer { accept: true }).await.contains("no link"));

    rig.director.open_link(link("klieg_code_of-ada")).await;
    let studio = rig.state().await;
    assert_eq!((studio.offer.clone(), studio.account.clone()), (Some(Offer { server: server.clone() }), None));
    assert!(!format!("{studio:?}").contains("klieg_code"), "the code is nobody's to see");
    rig.done(Command::AnswerOffer { accept: false }).await;
    let studio = rig.state().await;
    assert!(studio.offer.is_none() && studio.account.is_none() && klieg.seen.lock().codes.is_empty());

    rig.director.open_link(link("klieg_code_of-ada")).await;
    rig.done(Command::AnswerOffer { accept: true }).await;
    let studio = rig.state().await;
    assert_eq!(studio.account, Some(Account { server: server.clone(), handle: "ada".into() }));
    assert!(studio.offer.is_none() && studio.keys == ["klieg"]);

    // The code is spent, and the account stays.
    rig.director.open_link(link("klieg_code_of-ada")).await;
    assert!(rig.refused(Command::AnswerOffer { accept: true }).await.contains("good once"));
    assert!(rig.state().await.account.is_some());

    rig.director.open_link("klieg-studio://sign-in?server=nonsense".into()).await;
    let studio = rig.state().await;
    assert!(studio.offer.is_none());
    assert!(studio.notices.iter().any(|notice| notice.text.contains("open it again from your server's page")));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_waits_while_a_show_is_on() {
    let klieg = Klieg::start().await;
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Whip, "http://127.0.0.1:1/whip").await;
    rig.done(go_live("")).await;
    rig.director
        .open_link(format!("klieg-studio://sign-in?server=http://{}&code=klieg_code_of-ada", klieg.address))
        .await;
    assert!(rig.refused(Command::AnswerOffer { accept: true }).await.contains("end the show"));
    rig.done(Command::EndShow).await;
    rig.done(Command::AnswerOffer { accept: true }).await;
    assert!(rig.state().await.account.is_some());
    rig.close().await;
}
