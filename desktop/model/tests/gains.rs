//! What is heard of a scene, and how loud.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

use klieg_studio_model::{Collection, Edit, Group, History, Item, Source, Strip, Tone, Wave};

fn tone(name: &str) -> Source {
    Source::Tone(Tone { name: name.to_owned(), frequency: 440.0, wave: Wave::Sine, amplitude: 0.2 })
}

/// A voice and music in one scene, and an empty scene.
fn two_scenes() -> Collection {
    let mut collection = Collection::default();
    for name in ["voice", "music"] {
        collection.apply(Edit::AddSource { source: tone(name), scene: "Scene".to_owned() }).unwrap();
    }
    collection.apply(Edit::AddScene { name: "Break".to_owned() }).unwrap();
    collection
}

fn set_everywhere(collection: &mut Collection, source: &str, everywhere: bool) {
    let strip = Strip { everywhere, ..collection.strip(source) };
    collection.apply(Edit::SetStrip { source: source.to_owned(), strip }).unwrap();
}

fn gains<'a>(collection: &'a Collection, scene: &str) -> Vec<(&'a str, f64)> {
    collection.gains(collection.scene(scene).unwrap())
}

fn set(collection: &mut Collection, item: Item) {
    collection.apply(Edit::SetItem { scene: "Scene".to_owned(), item }).unwrap();
}

#[test]
fn a_source_is_heard_where_it_stands_as_its_item_says() {
    let mut collection = two_scenes();
    assert_eq!(gains(&collection, "Scene"), [("voice", 1.0), ("music", 1.0)]);
    assert!(gains(&collection, "Break").is_empty());
    let [voice, music] = [0, 1].map(|place| collection.scenes[0].items[place].clone());
    set(&mut collection, Item { volume: 0.5, ..voice.clone() });
    set(&mut collection, Item { muted: true, ..music });
    assert_eq!(gains(&collection, "Scene"), [("voice", 0.5), ("music", 0.0)]);
    set(&mut collection, Item { hidden: true, ..voice });
    assert_eq!(gains(&collection, "Scene"), [("music", 0.0)]);
    let (scene, name) = ("Scene".to_owned(), "band".to_owned());
    collection.apply(Edit::Group { scene: scene.clone(), ids: vec![2], name: name.clone() }).unwrap();
    let group = Group { hidden: true, ..Group::new(name.clone()) };
    collection.apply(Edit::SetGroup { scene, name, group }).unwrap();
    assert!(gains(&collection, "Scene").is_empty());
}

#[test]
fn a_source_that_stands_twice_is_as_loud_as_its_loudest_item() {
    let mut collection = two_scenes();
    let item = Item { volume: 0.5, ..Item::full("voice") };
    collection.apply(Edit::AddItem { scene: "Scene".to_owned(), item }).unwrap();
    assert_eq!(gains(&collection, "Scene"), [("voice", 1.0), ("music", 1.0)]);
    let first = collection.scenes[0].items[0].clone();
    set(&mut collection, Item { muted: true, ..first });
    assert_eq!(gains(&collection, "Scene"), [("voice", 0.5), ("music", 1.0)]);
}

#[test]
fn what_is_heard_in_every_scene_is_so_but_where_its_own_item_says_otherwise() {
    let mut collection = two_scenes();
    set_everywhere(&mut collection, "voice", true);
    assert_eq!(gains(&collection, "Break"), [("voice", 1.0)]);
    let voice = collection.scenes[0].items[0].clone();
    set(&mut collection, Item { muted: true, ..voice.clone() });
    assert_eq!(gains(&collection, "Scene"), [("voice", 0.0), ("music", 1.0)]);
    set(&mut collection, Item { hidden: true, ..voice });
    assert_eq!(gains(&collection, "Scene"), [("music", 1.0)]);
    assert_eq!(gains(&collection, "Break"), [("voice", 1.0)]);
}

#[test]
fn what_is_heard_in_every_scene_outlives_the_scene_in_which_it_stood() {
    let mut history = History::new(two_scenes());
    let everywhere = Strip { everywhere: true, ..Strip::default() };
    history.apply(Edit::SetStrip { source: "voice".to_owned(), strip: everywhere }, None).unwrap();
    history.apply(Edit::RemoveScene { scene: "Scene".to_owned() }, None).unwrap();
    let collection = history.collection();
    assert!(collection.source("music").is_none() && !collection.stands("voice"));
    assert_eq!(gains(collection, "Break"), [("voice", 1.0)]);

    // Where it is not heard any more it goes, for nobody would see it.
    history.apply(Edit::SetStrip { source: "voice".to_owned(), strip: Strip::default() }, None).unwrap();
    assert!(history.collection().source("voice").is_none());
    assert!(history.undo() && history.undo());
    assert!(history.collection().is_everywhere("voice") && history.collection().stands("voice"));
}

#[test]
fn it_goes_with_its_last_item_where_that_is_removed_itself() {
    let mut collection = two_scenes();
    set_everywhere(&mut collection, "voice", true);
    set_everywhere(&mut collection, "music", true);
    collection.apply(Edit::AddItem { scene: "Break".to_owned(), item: Item::full("music") }).unwrap();
    collection.apply(Edit::RemoveItems { scene: "Scene".to_owned(), ids: vec![1, 2] }).unwrap();
    assert!(collection.source("voice").is_none() && !collection.is_everywhere("voice"));
    assert!(collection.is_everywhere("music"));
}

#[test]
fn it_is_heard_on_under_another_name() {
    let mut collection = two_scenes();
    set_everywhere(&mut collection, "voice", true);
    collection.apply(Edit::RemoveScene { scene: "Scene".to_owned() }).unwrap();
    collection.apply(Edit::SetSource { name: "voice".to_owned(), source: tone("Anna") }).unwrap();
    assert_eq!(gains(&collection, "Break"), [("Anna", 1.0)]);
}
