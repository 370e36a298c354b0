//! Collections as files.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

use klieg_studio_model::{Collection, Edit, NotACollection, NotAProfile, Plain, Profile, Source, Strip};

fn arranged() -> Collection {
    let mut collection = Collection::default();
    let source = Source::Colour(Plain { name: "ground".into(), colour: "#102030".parse().unwrap() });
    collection.apply(Edit::AddSource { source, scene: "Scene".into() }).unwrap();
    collection.apply(Edit::SetStrip { source: "ground".into(), strip: Strip::default() }).unwrap();
    collection
}

#[test]
fn what_is_written_is_read_again() {
    let collection = arranged();
    assert_eq!(Collection::read(&collection.write().unwrap()).unwrap(), collection);
    let plain = Collection::default();
    assert_eq!(Collection::read(&plain.write().unwrap()).unwrap(), plain);
}

#[test]
fn a_file_that_breaks_a_rule_is_refused_with_the_place() {
    let said = |text: &str| Collection::read(text).unwrap_err().to_string();
    assert_eq!(said("name = 'a'\nscenes = []"), "scenes: is empty; a show needs a scene");
    assert_eq!(
        said("name = 'a'\n[[scenes]]\nname = 's'\n[[scenes]]\nname = 's'"),
        "scenes.1.name: `s` stands twice; names are unique"
    );
    assert_eq!(
        said("name = 'a'\n[[scenes]]\nname = 's'\n[[scenes.items]]\nsource = 'gone'"),
        "scenes.0.items.0.source: there is no source named `gone`"
    );
    assert!(said("name = ''\n[[scenes]]\nname = 's'").starts_with("name: "));
    assert!(said("name = 'a'\n[canvas]\nwidth = 3\n[[scenes]]\nname = 's'").starts_with("canvas.width: "));
    assert!(said("nonsense").starts_with("it is not valid TOML"));
}

#[test]
fn a_screen_of_an_older_collection_has_no_monitor_and_is_kept_as_it_is() {
    let text = "name = 'a'\n[[sources]]\nname = 'desk'\nkind = 'screen'\ndisplay = ':0'\narea = [0, 0, 640, 480]\n\
                [[scenes]]\nname = 's'\n[[scenes.items]]\nsource = 'desk'";
    let old = Collection::read(text).unwrap();
    let Some(Source::Screen(screen)) = old.source("desk") else { panic!("{old:?}") };
    assert_eq!((&screen.monitor, screen.area), (&None, Some([0, 0, 640, 480])));
    assert!(!old.write().unwrap().contains("monitor"));
    let new = Collection::read(&text.replace("area", "monitor = 'DP-1'\narea")).unwrap();
    assert!(matches!(new.source("desk"), Some(Source::Screen(screen)) if screen.monitor.as_deref() == Some("DP-1")));
    assert_eq!(Collection::read(&new.write().unwrap()).unwrap(), new);
}

#[test]
fn a_strip_of_an_older_collection_has_both_its_sides() {
    let text =
        "name = 'a'\n[[sources]]\nname = 'voice'\nkind = 'tone'\n[strips.voice]\nvolume = 0.5\n[[scenes]]\nname = 's'";
    let old = Collection::read(text).unwrap();
    assert!(!old.strip("voice").mono && !old.write().unwrap().contains("mono"));
    let new = Collection::read(&text.replace("volume", "mono = true\nvolume")).unwrap();
    assert!(new.strip("voice").mono);
    assert_eq!(Collection::read(&new.write().unwrap()).unwrap(), new);
}

#[test]
fn a_strip_of_an_older_collection_is_heard_where_its_source_stands() {
    let text =
        "name = 'a'\n[[sources]]\nname = 'voice'\nkind = 'tone'\n[strips.voice]\nvolume = 0.5\n[[scenes]]\nname = 's'";
    let old = Collection::read(text).unwrap();
    assert!(!old.is_everywhere("voice") && !old.write().unwrap().contains("everywhere"));
    let new = Collection::read(&text.replace("volume", "everywhere = true\nvolume")).unwrap();
    assert!(new.is_everywhere("voice"));
    assert_eq!(Collection::read(&new.write().unwrap()).unwrap(), new);
}

#[test]
fn a_media_file_of_an_older_collection_does_not_wait_for_the_air() {
    let text = "name = 'a'\n[[sources]]\nname = 'film'\nkind = 'file'\npath = 'film.mp4'\n[[scenes]]\nname = 's'";
    let old = Collection::read(text).unwrap();
    assert!(!old.source("film").unwrap().waits_for_air() && !old.write().unwrap().contains("from_start"));
    let new = Collection::read(&text.replace("path", "from_start = true\npath")).unwrap();
    assert!(new.source("film").unwrap().waits_for_air());
    assert_eq!(Collection::read(&new.write().unwrap()).unwrap(), new);
}

#[test]
fn a_file_says_in_which_form_it_is_and_a_newer_one_is_not_called_broken() {
    let text = arranged().write().unwrap();
    assert!(text.starts_with("version = 2\nname = "), "{text}");
    // As it was written before it was said, and in the form before this one.
    let plain = text.strip_prefix("version = 2\n").unwrap();
    assert_eq!(Collection::read(plain).unwrap(), arranged());
    assert_eq!(Collection::read(&format!("version = 1\n{plain}")).unwrap(), arranged());
    let newer = Collection::read("version = 3\nname = 'a'\nacts = []");
    assert!(matches!(newer, Err(NotACollection::Newer(_))), "{newer:?}");
    let newer = Profile::read("version = 3\nname = 'a'\nlights = true");
    assert!(matches!(newer, Err(NotAProfile::Newer(_))), "{newer:?}");
    let profile = Profile::default();
    assert_eq!(Profile::read(&profile.write().unwrap()).unwrap(), profile);
}

#[test]
fn what_belongs_to_no_source_is_forgotten() {
    let read = Collection::read("name = 'a'\n[strips.gone]\nvolume = 0.5\n[[scenes]]\nname = 's'").unwrap();
    assert!(read.strips.is_empty());
}
