//! A collection is whole after every edit, and every edit can be taken back.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

use klieg_studio_model::{
    Collection, Edit, History, Item, Pattern, PictureFilter, Refused, Scene, Source, Strip, TestPicture, Tone,
    Transition, Wave,
};

fn picture(name: &str) -> Source {
    Source::Test(TestPicture { name: name.to_owned(), pattern: Pattern::Ball, title: None, subtitle: None })
}

fn tone(name: &str) -> Source {
    Source::Tone(Tone { name: name.to_owned(), frequency: 440.0, wave: Wave::Sine, amplitude: 0.2 })
}

fn add(source: Source) -> Edit {
    Edit::AddSource { source, scene: "Scene".to_owned() }
}

fn with(edits: impl IntoIterator<Item = Edit>) -> Collection {
    let mut collection = Collection::default();
    for edit in edits {
        collection.apply(edit).unwrap();
    }
    collection
}

#[test]
fn a_source_comes_with_an_item_and_takes_its_items_along() {
    let mut collection = with([add(picture("cam")), add(tone("mic")), Edit::AddScene { name: "Break".to_owned() }]);
    let item = Item::full("cam");
    collection.apply(Edit::AddItem { scene: "Break".to_owned(), item }).unwrap();
    assert_eq!(collection.scenes[0].items.iter().map(|item| item.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(collection.scenes[1].items[0].id, 3);

    collection.apply(Edit::RemoveSource { name: "cam".to_owned() }).unwrap();
    assert_eq!(collection.sources.len(), 1);
    assert!(collection.scenes[1].items.is_empty());
    assert_eq!(collection.scenes[0].items.len(), 1);
}

#[test]
fn a_source_goes_with_its_last_item_and_undo_brings_both_back() {
    let mut history = History::new(with([
        add(picture("cam")),
        add(tone("mic")),
        Edit::SetStrip { source: "mic".to_owned(), strip: Strip { volume: 0.5, ..Strip::default() } },
        Edit::SetLook { source: "cam".to_owned(), look: vec![PictureFilter::Blur { radius: 2.0 }] },
        Edit::DuplicateScene { scene: "Scene".to_owned(), name: "Break".to_owned() },
    ]));
    let whole = history.collection().clone();
    history.apply(Edit::RemoveItems { scene: "Scene".to_owned(), ids: vec![1, 2] }, None).unwrap();
    assert_eq!(history.collection().sources.len(), 2, "the other scene shows them");
    let names = |history: &History| -> Vec<String> {
        history.collection().sources.iter().map(|source| source.name().to_owned()).collect()
    };
    history.apply(Edit::RemoveItems { scene: "Break".to_owned(), ids: vec![3] }, None).unwrap();
    assert_eq!(names(&history), ["mic"]);
    history.apply(Edit::RemoveScene { scene: "Break".to_owned() }, None).unwrap();
    let empty = history.collection();
    assert!(empty.sources.is_empty() && empty.strips.is_empty() && empty.looks.is_empty());
    assert!(history.undo() && history.undo() && history.undo());
    assert_eq!(*history.collection(), whole);
}

#[test]
fn what_a_file_names_and_no_scene_shows_stays() {
    let mut collection = Collection { sources: vec![tone("mic")], ..Collection::default() };
    collection.apply(add(picture("cam"))).unwrap();
    collection.apply(Edit::RemoveItems { scene: "Scene".to_owned(), ids: vec![1] }).unwrap();
    assert_eq!(collection.sources, [tone("mic")]);
}

#[test]
fn a_renamed_source_keeps_its_items_and_its_strip() {
    let mut collection = with([
        add(tone("mic")),
        Edit::SetStrip { source: "mic".to_owned(), strip: Strip { volume: 0.5, ..Strip::default() } },
    ]);
    collection.apply(Edit::SetSource { name: "mic".to_owned(), source: tone("voice") }).unwrap();
    assert_eq!(collection.scenes[0].items[0].source, "voice");
    assert!((collection.strip("voice").volume - 0.5).abs() < f64::EPSILON);
    assert!(collection.strips.contains_key("voice") && !collection.strips.contains_key("mic"));
}

#[test]
fn what_would_break_a_collection_is_refused_with_a_reason_and_changes_nothing() {
    let collection = with([add(picture("cam")), add(tone("mic"))]);
    let wide = Item { id: 1, width: Some(1_000_000), ..Item::full("cam") };
    let refused = [
        (add(picture("cam")), "there is a source named `cam` already; choose another name"),
        (add(picture("  ")), "a name is missing"),
        (Edit::SetSource { name: "mic".to_owned(), source: tone("cam") }, "choose another name"),
        (Edit::RemoveScene { scene: "Scene".to_owned() }, "a show needs a scene"),
        (Edit::RemoveSource { name: "nothing".to_owned() }, "there is no source named `nothing`"),
        (Edit::SetItem { scene: "Scene".to_owned(), item: wide }, "width: 1000000 is not from 2 to 4096"),
        (
            Edit::SetStrip { source: "mic".to_owned(), strip: Strip { volume: f64::NAN, ..Strip::default() } },
            "volume: NaN is not from 0 to 10",
        ),
        (Edit::SetTransition { transition: Transition::Fade { duration: 0 } }, "transition.duration"),
    ];
    for (edit, reason) in refused {
        let mut changed = collection.clone();
        let said = changed.apply(edit.clone()).unwrap_err().to_string();
        assert!(said.contains(reason), "{edit:?}: {said}");
        assert_eq!(changed, collection, "{edit:?}");
    }
    assert_eq!(
        collection.clone().apply(Edit::RemoveItems { scene: "Scene".to_owned(), ids: vec![9] }),
        Err(Refused::NoItem { scene: "Scene".to_owned(), id: 9 })
    );
}

#[test]
fn a_drag_is_undone_at_once_and_redone_at_once() {
    let mut history = History::new(with([add(picture("cam"))]));
    let start = history.collection().clone();
    for x in 1..50 {
        let item = Item { id: 1, x, ..Item::full("cam") };
        history.apply(Edit::SetItem { scene: "Scene".to_owned(), item }, Some(7)).unwrap();
    }
    history.apply(Edit::AddScene { name: "Break".to_owned() }, None).unwrap();
    let end = history.collection().clone();

    assert!(history.undo() && history.undo());
    assert_eq!(*history.collection(), start);
    assert!(!history.can_undo());
    assert!(history.redo() && history.redo());
    assert_eq!(*history.collection(), end);
    assert!(!history.redo());
}

#[test]
fn a_microphone_that_was_muted_by_letting_go_of_a_key_stays_so_in_every_step() {
    let mut history = History::new(with([add(tone("mic"))]));
    let volume = Strip { volume: 0.5, ..Strip::default() };
    history.apply(Edit::SetStrip { source: "mic".to_owned(), strip: volume }, None).unwrap();
    history.apply(Edit::SetSource { name: "mic".to_owned(), source: tone("voice") }, None).unwrap();
    history.apply(Edit::AddScene { name: "Break".to_owned() }, None).unwrap();
    assert!(history.undo() && history.can_redo());
    for muted in [false, true] {
        history.mute("voice", muted).unwrap();
    }
    assert!(history.can_redo(), "what is to be redone is not forgotten");
    assert!(history.redo() && history.collection().strip("voice").muted);
    assert!(history.undo() && history.undo() && history.collection().strip("mic").muted);
    assert!(history.undo());
    let strip = history.collection().strip("mic");
    assert!(strip.muted && strip.volume > 0.9 && !history.undo(), "{strip:?}");
    assert_eq!(history.mute("nobody", true), Err(Refused::NoSource("nobody".to_owned())));
}

#[test]
fn an_edit_that_changes_nothing_is_no_step() {
    let mut history = History::new(with([add(picture("cam"))]));
    let item = history.collection().scenes[0].items[0].clone();
    history.apply(Edit::SetItem { scene: "Scene".to_owned(), item }, None).unwrap();
    assert!(!history.can_undo());
}

#[test]
fn a_collection_is_a_readable_file_and_comes_back_as_it_was() {
    let mut collection = with([add(picture("cam")), add(tone("mic"))]);
    collection.apply(Edit::SetStrip { source: "mic".to_owned(), strip: Strip::default() }).unwrap();
    let text = toml::to_string_pretty(&collection).unwrap();
    assert!(text.contains("kind = \"test\"") && text.contains("[[scenes.items]]"), "{text}");
    assert_eq!(toml::from_str::<Collection>(&text).unwrap(), collection);
}

#[test]
fn items_of_a_file_written_by_hand_get_numbers() {
    let mut collection: Collection = toml::from_str(
        "name = 'mine'
        [[sources]]
        kind = 'colour'
        name = 'ground'
        colour = '#000000'
        [[scenes]]
        name = 'one'
        items = [{ source = 'ground' }, { source = 'ground', id = 5 }, { source = 'ground', id = 5 }]",
    )
    .unwrap();
    collection.number_items();
    let mut ids: Vec<_> = collection.scenes[0].items.iter().map(|item| item.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert!(!ids.contains(&0));
}

#[test]
fn a_scene_is_followed_through_renaming_and_removal() {
    let scenes = |names: &[&str]| {
        let scene = |name: &&str| Scene { name: (*name).to_owned(), ..Scene::default() };
        Collection { scenes: names.iter().map(scene).collect(), ..Collection::default() }
    };
    let before = scenes(&["a", "b", "c"]);
    for (later, from, to) in [
        (&["a", "b", "c"][..], "b", Some("b")),
        (&["c", "a", "b"], "b", Some("b")),
        (&["a", "x", "c"], "b", Some("x")),
        (&["a", "c"], "b", Some("c")),
        (&["a", "b"], "c", Some("b")),
        (&["z"], "a", Some("z")),
        (&[], "a", None),
    ] {
        let later = scenes(later);
        assert_eq!(before.follow(from, &later).map(|scene| scene.name.as_str()), to, "{later:?}");
    }
}
