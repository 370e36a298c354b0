//! Groups are arranged as one, and the list of a scene's items lets them be entered and left.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

use klieg_studio_model::layers::{Layer, Moved, Step, layers, put, step};
use klieg_studio_model::{Collection, Colour, Edit, Group, History, Item, ItemId, Plain, Scene, Source};

/// Items 1 to `count`, from the bottom up.
fn with(count: u32) -> Collection {
    let mut collection = Collection::default();
    for number in 1..=count {
        let source = Source::Colour(Plain { name: format!("source {number}"), colour: Colour::BLACK });
        collection.apply(Edit::AddSource { source, scene: "Scene".to_owned() }).unwrap();
    }
    collection
}

fn scene(collection: &Collection) -> &Scene {
    &collection.scenes[0]
}

fn group(name: &str, ids: &[ItemId]) -> Edit {
    Edit::Group { scene: "Scene".to_owned(), ids: ids.to_vec(), name: name.to_owned() }
}

/// The items from the bottom up, a group's in brackets.
fn order(collection: &Collection) -> String {
    let mut runs: Vec<(Option<&str>, Vec<String>)> = Vec::new();
    for item in &scene(collection).items {
        match (runs.last_mut(), item.group.as_deref()) {
            (Some((Some(last), ids)), Some(group)) if *last == group => ids.push(item.id.to_string()),
            (_, group) => runs.push((group, vec![item.id.to_string()])),
        }
    }
    let run = |(group, ids): &(Option<&str>, Vec<String>)| match group {
        Some(name) => format!("{name}[{}]", ids.join(" ")),
        None => ids.concat(),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(" ")
}

fn members(collection: &Collection, name: &str) -> Vec<ItemId> {
    scene(collection).members(name).map(|item| item.id).collect()
}

fn ids(collection: &Collection) -> Vec<ItemId> {
    scene(collection).items.iter().map(|item| item.id).collect()
}

#[test]
fn a_group_stands_where_its_topmost_item_stood_and_ends_without_moving_anything() {
    let mut collection = with(5);
    collection.apply(group("pair", &[1, 4])).unwrap();
    assert_eq!(ids(&collection), [2, 3, 1, 4, 5]);
    assert_eq!(members(&collection, "pair"), [1, 4]);
    collection.apply(Edit::Ungroup { scene: "Scene".to_owned(), name: "pair".to_owned() }).unwrap();
    assert_eq!(ids(&collection), [2, 3, 1, 4, 5]);
    assert!(scene(&collection).groups.is_empty() && scene(&collection).items.iter().all(|item| item.group.is_none()));
}

#[test]
fn what_joins_another_group_leaves_its_own_and_a_group_without_members_is_gone() {
    let mut collection = with(4);
    collection.apply(group("low", &[1, 2])).unwrap();
    collection.apply(group("high", &[2, 3])).unwrap();
    assert_eq!((members(&collection, "low"), members(&collection, "high")), (vec![1], vec![2, 3]));
    collection.apply(Edit::RemoveItems { scene: "Scene".to_owned(), ids: vec![1] }).unwrap();
    assert_eq!(scene(&collection).groups, [Group::new("high")]);
}

#[test]
fn a_hidden_group_hides_what_is_shown_and_shows_again_what_was() {
    let mut collection = with(2);
    collection.apply(group("pair", &[1, 2])).unwrap();
    let hidden = Item { hidden: true, ..scene(&collection).items[0].clone() };
    collection.apply(Edit::SetItem { scene: "Scene".to_owned(), item: hidden }).unwrap();
    let set = |collection: &mut Collection, hidden, locked| {
        let group = Group { name: "duo".to_owned(), hidden, locked };
        let name = scene(collection).groups[0].name.clone();
        collection.apply(Edit::SetGroup { scene: "Scene".to_owned(), name, group }).unwrap();
    };
    let seen = |collection: &Collection| {
        let scene = scene(collection);
        scene.items.iter().map(|item| !scene.is_hidden(item)).collect::<Vec<_>>()
    };
    set(&mut collection, true, true);
    assert_eq!(seen(&collection), [false, false]);
    assert!(scene(&collection).items.iter().all(|item| scene(&collection).is_locked(item)));
    set(&mut collection, false, false);
    assert_eq!(seen(&collection), [false, true]);
    set(&mut collection, true, false);
    collection.apply(Edit::Ungroup { scene: "Scene".to_owned(), name: "duo".to_owned() }).unwrap();
    assert_eq!(seen(&collection), [false, false], "what was hidden does not appear because its group ends");
}

#[test]
fn a_copied_group_is_a_group_of_its_own_above_it() {
    let mut collection = with(4);
    collection.apply(group("pair", &[2, 3])).unwrap();
    collection.apply(Edit::DuplicateItems { scene: "Scene".to_owned(), ids: vec![2, 3, 4] }).unwrap();
    assert_eq!(members(&collection, "pair 2").len(), 2);
    let sources: Vec<_> = scene(&collection).items.iter().map(|item| item.source.as_str()).collect();
    let number = |source: &str| source.rsplit(' ').next().unwrap().to_owned();
    assert_eq!(sources.iter().map(|s| number(s)).collect::<String>(), "1232344");
    collection.apply(Edit::DuplicateItems { scene: "Scene".to_owned(), ids: vec![2] }).unwrap();
    assert_eq!(members(&collection, "pair").len(), 3, "a copied member stays in the group");
    let mut numbers = ids(&collection);
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 8, "every copy has a number of its own");
}

#[test]
fn changes_of_several_items_are_undone_as_one() {
    let mut history = History::new(with(3));
    let before = history.collection().clone();
    let items = scene(&before).items.iter().map(|item| Item { x: 50, angle: 30.0, ..item.clone() }).collect();
    history.apply(Edit::SetItems { scene: "Scene".to_owned(), items }, None).unwrap();
    history.apply(group("all", &[1, 2, 3]), None).unwrap();
    assert!(history.undo() && history.undo() && !history.can_undo());
    assert_eq!(*history.collection(), before);
}

#[test]
fn what_does_not_fit_is_refused_with_a_reason_and_changes_nothing() {
    let mut collection = with(2);
    collection.apply(group("pair", &[1, 2])).unwrap();
    let scene_name = || "Scene".to_owned();
    let wrong = Item { angle: 200.0, ..scene(&collection).items[1].clone() };
    let good = Item { x: 7, ..scene(&collection).items[0].clone() };
    let refused = [
        (group("pair", &[1]), "there is a group named `pair` already; choose another name"),
        (group("", &[1]), "a name is missing"),
        (group("none", &[]), "nothing is chosen; choose at least one item"),
        (group("other", &[1, 9]), "the scene `Scene` has no item 9"),
        (Edit::Ungroup { scene: scene_name(), name: "x".to_owned() }, "the scene `Scene` has no group named `x`"),
        (
            Edit::MoveItems { scene: scene_name(), ids: vec![1], to: 0, group: Some("x".to_owned()) },
            "the scene `Scene` has no group named `x`",
        ),
        (
            Edit::SetItems { scene: scene_name(), items: vec![good, wrong] },
            "angle: 200 degrees is not from -180 to 180",
        ),
    ];
    for (edit, reason) in refused {
        let mut changed = collection.clone();
        assert_eq!(changed.apply(edit.clone()).unwrap_err().to_string(), reason);
        assert_eq!(changed, collection, "{edit:?}");
    }
}

#[test]
fn a_file_written_by_hand_may_name_groups_at_the_items_only() {
    let text = "name = 'mine'
        [[sources]]
        kind = 'colour'
        name = 'ground'
        colour = '#000000'
        [[scenes]]
        name = 'one'
        items = [
            { source = 'ground', group = 'a' }, { source = 'ground' }, { source = 'ground', group = 'a', angle = -12.5 }
        ]";
    let collection = Collection::read(text).unwrap();
    assert_eq!(scene(&collection).groups, [Group::new("a")]);
    assert_eq!(ids(&collection), [2, 1, 3], "members stand together");
    assert_eq!(Collection::read(&collection.write().unwrap()).unwrap(), collection);
}

/// 5, the group of 4, 3 and 2, and 1, from the top.
fn listed() -> (Collection, Vec<Layer>) {
    let mut collection = with(5);
    collection.apply(group("g", &[2, 3, 4])).unwrap();
    let rows = layers(scene(&collection), &[]);
    (collection, rows)
}

#[test]
fn a_group_has_a_head_and_its_members_below_it_unless_it_is_closed() {
    let (collection, rows) = listed();
    let item = |id, group: Option<&str>| Layer::Item { id, group: group.map(str::to_owned) };
    let head = |is_open| Layer::Group { name: "g".to_owned(), is_open };
    let g = Some("g");
    assert_eq!(rows, [item(5, None), head(true), item(4, g), item(3, g), item(2, g), item(1, None)]);
    assert_eq!(layers(scene(&collection), &["g".to_owned()]), [item(5, None), head(false), item(1, None)]);
}

#[test]
fn a_row_that_is_dropped_joins_the_group_that_it_is_dropped_into() {
    let after = |moved: &[ItemId], gap| {
        let (mut collection, rows) = listed();
        collection.apply(put(scene(&collection), &rows, Moved::Items(moved.to_vec()), gap)).unwrap();
        order(&collection)
    };
    assert_eq!(after(&[5], 2), "1 g[2 3 4 5]", "right below the head");
    assert_eq!(after(&[1], 4), "g[2 1 3 4] 5", "between two members");
    assert_eq!(after(&[1], 5), "1 g[2 3 4] 5", "below the last one it stays out");
    assert_eq!(after(&[4], 5), "1 g[4 2 3] 5", "a member stays in");
    assert_eq!(after(&[4], 6), "4 1 g[2 3] 5", "and leaves further down");
    assert_eq!(after(&[3], 1), "1 g[2 4] 3 5", "and above the head");
    assert_eq!(after(&[1, 5], 3), "g[2 3 1 5 4]", "several at once");
    let (mut collection, rows) = listed();
    collection.apply(put(scene(&collection), &rows, Moved::Group("g".to_owned()), 0)).unwrap();
    assert_eq!(order(&collection), "1 5 g[2 3 4]");
}

#[test]
fn step_by_step_a_row_passes_through_groups() {
    let walk = |id: ItemId, way: Step| {
        let (mut collection, mut rows) = listed();
        let mut seen = Vec::new();
        loop {
            let row = rows.iter().position(|row| matches!(row, Layer::Item { id: known, .. } if *known == id)).unwrap();
            let Some(edit) = step(scene(&collection), &rows, row, way) else { return seen };
            collection.apply(edit).unwrap();
            rows = layers(scene(&collection), &[]);
            seen.push(order(&collection));
        }
    };
    assert_eq!(
        walk(5, Step::Down),
        ["1 g[2 3 4 5]", "1 g[2 3 5 4]", "1 g[2 5 3 4]", "1 g[5 2 3 4]", "1 5 g[2 3 4]", "5 1 g[2 3 4]"]
    );
    assert_eq!(
        walk(1, Step::Up),
        ["g[1 2 3 4] 5", "g[2 1 3 4] 5", "g[2 3 1 4] 5", "g[2 3 4 1] 5", "g[2 3 4] 1 5", "g[2 3 4] 5 1"]
    );
    let (mut collection, rows) = listed();
    collection.apply(step(scene(&collection), &rows, 1, Step::Down).unwrap()).unwrap();
    assert_eq!(order(&collection), "g[2 3 4] 1 5");
    let rows = layers(scene(&collection), &[]);
    assert_eq!(step(scene(&collection), &rows, 2, Step::Down), None, "the end of the list");
}
