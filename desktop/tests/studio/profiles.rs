//! Profiles: several, one of them in use, with keys of their own.

use std::fs;

use klieg_studio_model::{
    AudioSettings, Command, Destination, DestinationKind, Output, Profile, RecordingSettings, Secret, Studio,
    VideoSettings,
};

use crate::support::drawer::Drawer;
use crate::support::{Rig, go_live, profile_file};

fn destination(id: &str) -> Destination {
    Destination {
        id: id.into(),
        name: id.to_uppercase(),
        kind: DestinationKind::Rtmp,
        url: "rtmp://127.0.0.1/live".into(),
        enabled: true,
        layers: 1,
        video: None,
    }
}

async fn encode_at(rig: &Rig, bitrate: u32) {
    let video = VideoSettings { bitrate, ..VideoSettings::default() };
    rig.done(Command::SetEncoding { video, audio: AudioSettings::default() }).await;
}

fn new(name: &str) -> Command {
    Command::NewProfile { name: name.into() }
}

fn take(name: &str) -> Command {
    Command::OpenProfile { name: name.into() }
}

fn ids(studio: &Studio) -> Vec<String> {
    studio.profile.destinations.iter().map(|known| known.id.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_come_and_go_and_one_is_in_use() {
    let rig = Rig::new();
    rig.done(Command::Welcomed).await;
    encode_at(&rig, 900).await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://a.example/live").await;
    rig.done(new("  Rehearsal ")).await;
    let studio = rig.state().await;
    assert_eq!(studio.profiles, ["Rehearsal", "Standard"]);
    assert_eq!(studio.profile, Profile { name: "Rehearsal".into(), welcomed: true, ..Profile::default() });
    rig.until("its keys", |studio| studio.keys.is_empty()).await;
    encode_at(&rig, 4_000).await;
    assert!(rig.refused(new("Standard")).await.contains("already"));
    assert!(rig.refused(new(" ")).await.contains("needs a name"));
    assert!(rig.refused(take("Gone")).await.contains("no profile named"));
    assert!(rig.refused(Command::RemoveProfile { name: "Rehearsal".into() }).await.contains("is in use"));
    assert!(rig.refused(Command::RenameProfile { name: "Standard".into() }).await.contains("already"));
    rig.done(Command::RenameProfile { name: "Try".into() }).await;
    rig.done(take("Standard")).await;
    let studio = rig.state().await;
    assert_eq!((studio.profile.video.bitrate, ids(&studio)), (900, vec!["a".to_owned()]));
    rig.until("its keys", |studio| studio.keys == ["a"]).await;
    rig.done(take("Try")).await;

    // The one in use is in use again, from its file.
    let rig = Rig::again(rig.close().await);
    let studio = rig.state().await;
    assert_eq!((studio.profile.name.as_str(), studio.profile.video.bitrate), ("Try", 4_000));
    assert_eq!(studio.profiles, ["Standard", "Try"]);
    rig.done(take("Standard")).await;
    rig.done(Command::RemoveProfile { name: "Try".into() }).await;
    let rig = Rig::again(rig.close().await);
    assert_eq!(rig.state().await.profiles, ["Standard"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_while_something_is_sent() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.done(new("Other")).await;
    rig.done(take("Standard")).await;
    rig.done(go_live("")).await;
    let copy = Command::DuplicateProfile { name: "Copy".into() };
    for command in [take("Other"), new("New"), copy, Command::ImportProfile { text: String::new() }] {
        assert!(rig.refused(command).await.contains("end the show and the recording first"));
    }
    rig.done(Command::EndShow).await;
    rig.done(Command::StartReplay).await;
    rig.notes.take();
    rig.done(take("Other")).await;
    assert_eq!(
        rig.notes.take(),
        ["stop replay", "start replay at 2500"],
        "the replay buffer is encoded as the profile says"
    );
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_keys_of_its_own() {
    let rig = Rig::new();
    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    rig.done(Command::DuplicateProfile { name: "Copy".into() }).await;
    let studio = rig.state().await;
    let copied = ids(&studio).remove(0);
    assert!(copied.starts_with("a-") && studio.profile.name == "Copy", "{copied}");
    rig.until("its key", |studio| studio.keys == [copied.clone()]).await;
    // Another key for the copy, and the original sends its own.
    let destination = studio.profile.destinations[0].clone();
    let key = Some(Secret::new("sk-other"));
    rig.done(Command::SetDestination { destination, key }).await;
    let sent = || match &rig.notes.outputs()[0] {
        Output::Rtmp(rtmp) => rtmp.key.as_ref().unwrap().reveal().to_owned(),
        output => panic!("{output:?}"),
    };
    for (name, key) in [("Copy", "sk-other"), ("Standard", "sk-test")] {
        rig.done(take(name)).await;
        rig.done(go_live("")).await;
        assert_eq!(sent(), key);
        rig.done(Command::EndShow).await;
    }
    // An id of another profile is another destination's, and so is its key.
    let destination = Destination { id: copied.clone(), ..rig.state().await.profile.destinations[0].clone() };
    let add = Command::SetDestination { destination, key: None };
    assert!(rig.refused(add.clone()).await.contains("another profile"));
    rig.done(Command::RemoveProfile { name: "Copy".into() }).await;
    rig.done(add).await;
    assert!(!rig.state().await.keys.contains(&copied), "its key went with its profile");
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_an_encoder_or_a_keyring_changes_no_other_profile() {
    let drawer = Drawer::default();
    let rig = Rig::with_keyring(tempfile::tempdir().unwrap(), &drawer);
    let usual = rig.state().await.recordings.clone();
    let folder = rig.home.path().join("elsewhere");
    let recording = RecordingSettings { folder: Some(folder.clone()), ..RecordingSettings::default() };
    rig.done(Command::SetRecording { recording }).await;
    rig.done(new("Other")).await;
    assert_eq!(rig.state().await.recordings, usual);
    rig.done(take("Standard")).await;
    assert_eq!(rig.state().await.recordings, folder);

    rig.done(Command::StartReplay).await;
    rig.notes.try_encoders();
    let video = VideoSettings { bitrate: 900, ..VideoSettings::default() };
    let encoding = Command::SetEncoding { video, audio: AudioSettings::default() };
    let (set, taken, ()) = tokio::join!(rig.ask(encoding), rig.ask(take("Other")), async {
        rig.state().await;
        rig.notes.tried();
    });
    taken.unwrap();
    assert!(set.unwrap_err().contains("another profile was taken"));
    assert_eq!(rig.state().await.profile, Profile { name: "Other".into(), ..Profile::default() });
    rig.done(Command::StopReplay).await;

    rig.destination("a", DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    drawer.hold();
    let key = Some(Secret::new("sk-late"));
    let late = Command::SetDestination { destination: destination("b"), key };
    let (set, taken, ()) = tokio::join!(rig.ask(late), rig.ask(take("Standard")), async {
        rig.state().await;
        drawer.let_go();
    });
    taken.unwrap();
    assert!(set.unwrap_err().contains("another profile was taken"));
    assert!(ids(&*rig.state().await).is_empty());
    rig.done(take("Other")).await;
    assert_eq!(ids(&*rig.state().await), ["a"]);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channels_key_goes_with_the_last_profile_that_has_it() {
    let rig = Rig::new();
    rig.destination("klieg", DestinationKind::Klieg, "https://klieg.example").await;
    rig.done(new("Other")).await;
    rig.until("its key", |studio| studio.keys == ["klieg"]).await;
    let remove = || Command::RemoveDestination { id: "klieg".into() };
    rig.done(remove()).await;
    assert!(rig.state().await.keys.is_empty());
    rig.done(take("Standard")).await;
    rig.until("its key", |studio| studio.keys == ["klieg"]).await;
    rig.done(remove()).await;
    // The same id without a key finds none in the keyring.
    let kind = DestinationKind::Klieg;
    let channel = Destination { name: "Mine".into(), kind, url: "https://k.example".into(), ..destination("klieg") };
    rig.done(Command::SetDestination { destination: channel, key: None }).await;
    assert!(rig.refused(go_live("")).await.contains("has no stream key"));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_profile_gets_at_no_key() {
    let rig = Rig::new();
    rig.destination("klieg", DestinationKind::Klieg, "https://klieg.example").await;
    rig.destination("a", DestinationKind::Rtmp, "rtmp://a.example/live").await;
    let studio = rig.state().await;
    let text = studio.profile.write().unwrap();
    assert!(!text.contains("sk-test"), "{text}");
    let text = text.replace("https://klieg.example", "https://evil.example");
    rig.done(Command::ImportProfile { text }).await;
    let studio = rig.state().await;
    assert_eq!(studio.profile.name, "Standard 2");
    let [channel, other] = &studio.profile.destinations[..] else { panic!("{:?}", studio.profile.destinations) };
    assert_eq!((channel.id.as_str(), channel.url.as_str()), ("klieg", "https://klieg.example"));
    assert!(other.id.starts_with("a-") && other.url == "rtmp://a.example/live");
    rig.until("the keys", |studio| studio.keys == ["klieg"]).await;
    for text in ["nonsense", "name = ''", "[video]\nbitrate = 1"] {
        assert!(rig.refused(Command::ImportProfile { text: text.into() }).await.contains("not a profile"), "{text}");
    }
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_profile_of_an_older_studio_is_the_first_of_several() {
    let home = Rig::new().close().await;
    let old = home.path().join("config/profile.toml");
    fs::write(&old, "welcomed = true\n[video]\nbitrate = 1234\n").unwrap();
    let rig = Rig::again(home);
    let studio = rig.state().await;
    assert!(studio.notices.is_empty(), "{:?}", studio.notices);
    assert_eq!((studio.profile.video.bitrate, studio.profile.welcomed), (1_234, true));
    assert_eq!((studio.profiles.clone(), old.exists()), (vec!["Standard".to_owned()], false));
    let home = rig.close().await;
    assert!(fs::read_to_string(profile_file(home.path(), "standard")).unwrap().contains("1234"));
}
