//! The studio's files: whole, safe, and kept when they cannot be read.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use klieg_studio::library::{Library, LibraryError, Opened, Places, Saver, write_private, write_whole};
use klieg_studio_model::{Collection, Command, Edit, Profile, Severity, SourceState, Studio};

use crate::support::{Rig, add, colour, go_live, profile_file};

fn open(home: &Path) -> Opened {
    Library::open(Places::under(home)).unwrap()
}

/// As the studio does when it ends: another may open the files then.
fn close(library: Library) {
    library.close();
    drop(library);
}

fn named(name: &str) -> Collection {
    Collection { name: name.to_owned(), ..Collection::default() }
}

fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("deep/er/file.toml");
    write_whole(&path, b"one").unwrap();
    write_whole(&path, b"two").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"two");
    assert_eq!(files(path.parent().unwrap()), ["file.toml"]);
    // A folder in the file's place: the error leaves what is there.
    let folder = home.path().join("deep");
    assert!(write_whole(&folder, b"x").is_err());
    assert!(path.exists());
    assert_eq!(files(home.path()), ["deep"]);
}

#[cfg(unix)]
#[test]
fn what_is_private_is_readable_by_nobody_else() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("token");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    write_private(&path, b"secret").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_changes_often_is_written_once_and_nothing_is_lost_at_the_end() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("a");
    let saver = Saver::start();
    let started = Instant::now();
    for number in 0..100 {
        saver.save(path.clone(), number.to_string());
    }
    let saved = started.elapsed();
    while !path.exists() {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(started.elapsed() >= Duration::from_millis(400), "{:?}", started.elapsed());
    // Unless another program had this core for half a second, all of them came before the first was written.
    if saved < Duration::from_millis(400) {
        assert_eq!(fs::read_to_string(&path).unwrap(), "99");
    }
    saver.save(path.clone(), "last".to_owned());
    drop(saver);
    assert_eq!(fs::read_to_string(&path).unwrap(), "last");
    let saver = Saver::start();
    saver.save(home.path().join("a/b"), "x".to_owned());
    saver.flush();
    assert!(saver.failures()[0].contains("could not be saved"));
    assert!(saver.failures().is_empty());
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let home = tempfile::tempdir().unwrap();
    let mut library = open(home.path()).library;
    let long = "x".repeat(5_000);
    let names = ["../x", "/etc/x", "a\0b", "..", ".", "con", "a/b", "My show!", "my show", &long, "🎥"];
    for name in names {
        library.add(&named(name)).unwrap();
    }
    close(library);
    let folder = Places::under(home.path()).collections();
    assert_eq!(files(&folder).len(), names.len() + 1);
    assert_eq!(files(home.path()), ["config", "state"]);
    let Opened { mut library, collection, notices, .. } = open(home.path());
    assert_eq!(collection.name, "🎥");
    assert!(notices.is_empty(), "{notices:?}");
    for name in names.iter().filter(|name| name.len() < 100) {
        assert_eq!(library.switch(name).unwrap().name, *name);
    }
    assert!(matches!(library.switch(&long), Err(LibraryError::Broken { .. })));
}

#[test]
fn a_file_that_cannot_be_read_is_put_aside() {
    let home = tempfile::tempdir().unwrap();
    let places = Places::under(home.path());
    let mut library = open(home.path()).library;
    library.add(&named("Good")).unwrap();
    library.keep_profile(&Profile { welcomed: true, ..Profile::default() }).unwrap();
    close(library);
    let folder = places.collections();
    fs::write(folder.join("broken.toml"), "name = 'Bad'\nscenes = []").unwrap();
    fs::write(folder.join("nonsense.toml"), "\u{0}\u{1}").unwrap();
    fs::write(folder.join("notes.txt"), "not mine").unwrap();
    let standard = profile_file(home.path(), "standard");
    fs::write(&standard, "welcomed = 'perhaps'").unwrap();
    let Opened { mut library, profile, collection, notices, .. } = open(home.path());
    assert_eq!((collection.name.as_str(), profile), ("Good", Profile::default()));
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices.iter().all(|(severity, text)| *severity == Severity::Bad && text.contains(".broken")));
    assert!(matches!(library.switch("Bad"), Err(LibraryError::Broken { .. })));
    assert!(!library.names().contains(&"Bad".to_owned()));
    assert_eq!(fs::read_to_string(standard.with_extension("toml.broken")).unwrap(), "welcomed = 'perhaps'");
    let kept = files(&folder);
    for name in ["broken.toml.broken", "nonsense.toml.broken", "notes.txt"] {
        assert!(kept.contains(&name.to_owned()), "{kept:?}");
    }
    // The name of one put aside before is taken.
    fs::write(folder.join("nonsense.toml"), "again").unwrap();
    drop(library);
    open(home.path());
    assert!(folder.join("nonsense.toml.broken-2").exists());
}

#[test]
fn a_file_that_cannot_be_read_now_stays_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let mut library = open(home.path()).library;
    library.keep_profile(&Profile { welcomed: true, ..Profile::default() }).unwrap();
    close(library);
    let standard = profile_file(home.path(), "standard");
    let (odd, away) = (Places::under(home.path()).collections().join("odd.toml"), home.path().join("away"));
    // Folders in their places give as little to read as a disk that fails.
    fs::rename(&standard, &away).unwrap();
    fs::create_dir(&standard).unwrap();
    fs::create_dir(&odd).unwrap();
    let Opened { mut library, profile, notices, .. } = open(home.path());
    assert_eq!(profile, Profile::default());
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices.iter().all(|(_, text)| text.ends_with("It stays as it is.")), "{notices:?}");
    library.keep_profile(&Profile { remote: true, ..profile }).unwrap();
    close(library);
    assert!(standard.is_dir() && odd.is_dir());
    // It can be read again: both are there.
    fs::remove_dir(&standard).unwrap();
    fs::rename(&away, &standard).unwrap();
    let mut library = open(home.path()).library;
    assert_eq!(library.profiles(), ["Standard", "Standard 2"]);
    let both = ["Standard", "Standard 2"].map(|name| library.take_profile(name).unwrap());
    assert!(both.iter().any(|profile| profile.welcomed) && both.iter().any(|profile| profile.remote), "{both:?}");
}

#[test]
fn what_a_newer_studio_wrote_stays_and_is_said_by_its_form() {
    let home = tempfile::tempdir().unwrap();
    open(home.path()).library.close();
    let places = Places::under(home.path());
    let newer = [
        (places.collections().join("new.toml"), "version = 3\nname = 'New'\nacts = []"),
        (places.collections().join("newest.toml"), "version = 4\ncalled = 'Newest'"),
        (places.profiles().join("lights.toml"), "version = 3\nname = 'Lights'\nlights = true"),
    ];
    for (path, text) in &newer {
        fs::write(path, text).unwrap();
    }
    let Opened { mut library, notices, .. } = open(home.path());
    assert_eq!(library.names(), ["My show", "New"]);
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices.iter().all(|(_, text)| text.contains("a newer studio wrote it (form ")), "{notices:?}");
    let refused = library.switch("New").unwrap_err().to_string();
    assert_eq!(
        refused,
        "“New” is not opened: a newer studio wrote it (form 3, and this one reads up to 2); update the studio"
    );
    for (path, text) in newer {
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
}

#[test]
fn two_files_of_one_name_are_two_collections() {
    let home = tempfile::tempdir().unwrap();
    let mut library = open(home.path()).library;
    library.add(&named("Twin")).unwrap();
    close(library);
    let folder = Places::under(home.path()).collections();
    let twin = files(&folder).into_iter().find(|name| name.starts_with("twin")).unwrap();
    fs::copy(folder.join(&twin), folder.join("copied by hand.toml")).unwrap();
    let mut library = open(home.path()).library;
    assert_eq!(library.names(), ["My show", "Twin", "Twin 2"]);
    assert_eq!(library.switch("Twin 2").unwrap().name, "Twin 2");
}

#[test]
fn one_studio_at_a_time_has_the_files() {
    let home = tempfile::tempdir().unwrap();
    let opened = open(home.path());
    assert!(matches!(Library::open(Places::under(home.path())), Err(LibraryError::InUse(_))));
    drop(opened);
    open(home.path());
}

/// A studio after one that crashed while `My show`, with a ground and a frame, was open. There is another collection.
async fn crashed() -> Rig {
    let rig = Rig::new();
    rig.done(Command::NewCollection { name: "Other".into() }).await;
    rig.done(Command::OpenCollection { name: "My show".into(), sources_off: false }).await;
    rig.edit(add(colour("ground"), "Scene")).await;
    rig.edit(add(colour("frame"), "Scene")).await;
    let running = rig.home.path().join("state/running");
    assert_eq!(fs::read_to_string(&running).unwrap(), "My show");
    let home = rig.close().await;
    assert!(!running.exists());
    fs::write(&running, "My show").unwrap();
    Rig::again(home)
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_nothing_runs_before_the_creator_says_what_to_open() {
    let rig = crashed().await;
    let studio = rig.state().await;
    assert_eq!(studio.crashed.as_deref(), Some("My show"));
    assert_eq!(studio.collections, ["My show", "Other"]);
    assert!(studio.collection.sources.is_empty() && studio.sources.is_empty());
    let edit = Command::Edit { edit: add(colour("ground"), "Scene"), gesture: None };
    assert!(rig.refused(edit).await.contains("ended unexpectedly"));
    assert!(rig.refused(Command::StartRecording).await.contains("which collection to open"));
    assert!(rig.notes.take().is_empty());
    // Who leaves without an answer is asked again.
    let rig = Rig::again(rig.close().await);
    assert_eq!(rig.state().await.crashed.as_deref(), Some("My show"));
    rig.done(Command::OpenCollection { name: "My show".into(), sources_off: false }).await;
    let studio = rig.state().await;
    assert_eq!((studio.crashed.clone(), studio.collection.sources.len()), (None, 2));
    assert_eq!(rig.notes.take(), ["open My show Scene 1280x720", "preview nothing"]);
    assert_eq!(rig.notes.collection().sources.len(), 2);
    // That was no crash.
    let rig = Rig::again(rig.close().await);
    assert_eq!(rig.state().await.crashed, None);
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_a_new_collection_or_another_one_can_be_opened() {
    let rig = crashed().await;
    rig.done(Command::OpenCollection { name: "Other".into(), sources_off: false }).await;
    assert_eq!((rig.state().await.crashed.clone(), rig.state().await.collection.name.as_str()), (None, "Other"));
    rig.close().await;

    let rig = crashed().await;
    let file = files(&rig.home.path().join("config/collections")).into_iter().find(|name| name.starts_with("my-show"));
    fs::write(rig.home.path().join("config/collections").join(file.unwrap()), "no collection").unwrap();
    let open = Command::OpenCollection { name: "My show".into(), sources_off: false };
    assert!(rig.refused(open).await.contains("put aside"));
    assert_eq!(rig.state().await.crashed.as_deref(), Some("My show"));
    rig.done(Command::NewCollection { name: "Fresh".into() }).await;
    let studio = rig.state().await;
    assert_eq!((studio.crashed.clone(), studio.collections.clone()), (None, vec!["Fresh".into(), "Other".into()]));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_during_a_show_is_remembered_until_something_is_opened() {
    let rig = Rig::new();
    rig.destination("a", klieg_studio_model::DestinationKind::Rtmp, "rtmp://127.0.0.1/live").await;
    let [live, running] = ["live.json", "running"].map(|name| rig.home.path().join("state").join(name));
    rig.done(go_live("Friday")).await;
    let kept = fs::read(&live).unwrap();
    rig.done(Command::EndShow).await;
    assert!(!live.exists());
    rig.edit(add(colour("ground"), "Scene")).await;
    let home = rig.close().await;
    fs::write(&running, "My show").unwrap();
    fs::write(&live, kept).unwrap();

    let rig = Rig::again(home);
    let studio = rig.state().await;
    assert!(studio.was_live && studio.crashed.is_some());
    assert_eq!(studio.announcement.title.as_deref(), Some("Friday"));
    assert!(rig.refused(go_live("Friday")).await.contains("which collection to open"));
    rig.done(Command::OpenCollection { name: "My show".into(), sources_off: false }).await;
    assert!(!rig.state().await.was_live && !live.exists());
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_that_are_off_run_when_they_are_started() {
    let rig = crashed().await;
    rig.done(Command::OpenCollection { name: "My show".into(), sources_off: true }).await;
    let played = || rig.notes.collection().sources.iter().map(|source| source.name().to_owned()).collect::<Vec<_>>();
    let off = |studio: &Studio| {
        let off = studio.sources.iter().filter(|(_, state)| **state == SourceState::Off);
        off.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let studio = rig.state().await;
    assert_eq!((studio.collection.sources.len(), played().len()), (2, 0));
    assert_eq!(off(&studio), ["frame", "ground"]);
    // What is arranged meanwhile starts none of them, nor does another name or undo.
    rig.edit(add(colour("words"), "Scene")).await;
    rig.edit(Edit::SetSource { name: "frame".into(), source: colour("edge") }).await;
    rig.edit(Edit::RemoveSource { name: "ground".into() }).await;
    assert_eq!((played(), off(&*rig.state().await)), (vec!["words".to_owned()], vec!["edge".to_owned()]));
    rig.done(Command::Undo).await;
    assert_eq!((played(), off(&*rig.state().await).len()), (vec!["words".to_owned()], 2));
    // One that is new is not off because of another that had its name.
    rig.edit(add(colour("frame"), "Scene")).await;
    assert_eq!((played(), off(&*rig.state().await).len()), (vec!["words".to_owned(), "frame".to_owned()], 2));

    rig.done(Command::RestartSource { source: "edge".into() }).await;
    assert_eq!((played().len(), off(&*rig.state().await)), (3, vec!["ground".to_owned()]));
    rig.done(Command::StartSources).await;
    assert_eq!((played().len(), off(&*rig.state().await).len()), (4, 0));
    rig.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_profile_is_kept_without_keys() {
    let rig = Rig::new();
    rig.destination("a", klieg_studio_model::DestinationKind::Rtmp, "rtmp://a.example/live").await;
    rig.done(Command::Welcomed).await;
    let home = rig.close().await;
    let text = fs::read_to_string(profile_file(home.path(), "standard")).unwrap();
    assert!(text.contains("rtmp://a.example/live") && !text.contains("sk-test"), "{text}");
    let rig = Rig::again(home);
    assert!(rig.state().await.profile.welcomed);
    rig.close().await;
}
