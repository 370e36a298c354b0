//! Items that stand askew, groups, and colour tables, while the show is on.

use std::path::{Path, PathBuf};

use klieg_studio_model::{
    Canvas, Collection, Colour, Edit, Event, Group, Item, OutputState, PictureFilter, Plain, Source,
};

use crate::support::OnAir;
use crate::support::decode::pictures;
use crate::support::recorder::Recorded;

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const CYAN: [u8; 3] = [188, 154, 16];
const BLACK: [u8; 3] = [16, 128, 128];

fn red() -> Source {
    Source::Colour(Plain { name: "red".to_owned(), colour: Colour::rgb(255, 0, 0) })
}

/// A red bar in the middle of a small canvas.
fn bar() -> (Collection, Item) {
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    collection.apply(Edit::AddSource { source: red(), scene: "Scene".to_owned() }).unwrap();
    let item = Item { x: 40, y: 40, width: Some(80), height: Some(10), ..collection.scenes[0].items[0].clone() };
    set(&mut collection, &item);
    (collection, item)
}

fn set(collection: &mut Collection, item: &Item) {
    collection.apply(Edit::SetItem { scene: "Scene".to_owned(), item: item.clone() }).unwrap();
}

#[test]
fn an_item_is_turned_on_air_and_no_picture_is_missing() {
    let (mut collection, item) = bar();
    set(&mut collection, &Item { angle: 20.0, ..item.clone() });
    let mut show = Recorded::start(collection);
    show.frames(30.0);
    for angle in [40.0, 60.0, 80.0, 90.0] {
        show.edit(Edit::SetItem { scene: "Scene".to_owned(), item: Item { angle, ..item.clone() } });
    }
    show.frames(40.0);
    // Upright again, which another deck shows.
    show.edit(Edit::SetItem { scene: "Scene".to_owned(), item });
    show.frames(40.0);
    let pictures = show.end().pictures();
    let at = |x, y, colour| pictures.iter().position(|picture| picture.is(x, y, colour));
    // The end of the bar at each angle.
    let steps = [at(112, 57, RED), at(80, 12, RED)];
    assert!(steps.iter().all(Option::is_some) && steps.is_sorted(), "{steps:?}");
    let last = pictures.last().unwrap();
    assert!(last.is(46, 44, RED) && last.is(114, 44, RED) && last.is(80, 20, BLACK), "{:?}", last.at(46, 44));
}

#[test]
fn a_hidden_group_is_not_seen_and_appears_where_it_was_turned_to() {
    let (mut collection, item) = bar();
    let scene = || "Scene".to_owned();
    collection.apply(Edit::Group { scene: scene(), ids: vec![item.id], name: "bars".to_owned() }).unwrap();
    let switch = |hidden| Edit::SetGroup {
        scene: scene(),
        name: "bars".to_owned(),
        group: Group { hidden, ..Group::new("bars") },
    };
    collection.apply(switch(true)).unwrap();
    let mut show = Recorded::start(collection);
    show.frames(20.0);
    show.edit(Edit::SetItems { scene: scene(), items: vec![Item { angle: 90.0, ..item }] });
    show.frames(30.0);
    show.edit(switch(false));
    show.frames(30.0);
    let pictures = show.end().pictures();
    assert!(pictures[5..20].iter().all(|picture| picture.is(80, 44, BLACK)));
    let last = pictures.last().unwrap();
    assert!(last.is(80, 12, RED) && last.is(80, 78, RED) && last.is(46, 44, BLACK), "{:?}", last.at(80, 12));
}

fn table(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const INVERTING: &str = "LUT_1D_SIZE 2\n1 1 1\n0 0 0\n";

#[test]
fn a_colour_table_inverts_as_much_as_it_is_told_and_an_identity_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let inverting = table(directory.path(), "invert.cube", INVERTING);
    let identity = table(
        directory.path(),
        "identity.cube",
        "LUT_3D_SIZE 2\n0 0 0\n1 0 0\n0 1 0\n1 1 0\n0 0 1\n1 0 1\n0 1 1\n1 1 1\n",
    );
    let look = |path: &Path, strength| Edit::SetLook {
        source: "red".to_owned(),
        look: vec![PictureFilter::Lut { path: path.to_owned(), strength }],
    };
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    collection.apply(Edit::AddSource { source: red(), scene: "Scene".to_owned() }).unwrap();
    collection.apply(look(&identity, 1.0)).unwrap();
    let mut show = Recorded::start(collection);
    show.frames(30.0);
    // All of these change while the source runs.
    show.edit(look(&inverting, 1.0));
    show.frames(30.0);
    show.edit(look(&inverting, 0.5));
    show.frames(30.0);
    show.edit(look(&inverting, 0.0));
    show.frames(30.0);
    let pictures = show.end().pictures();
    let at = |colour| pictures.iter().position(|picture| picture.is(80, 44, colour));
    // Half way from red to cyan is grey.
    let grey = [126, 128, 128];
    let steps = [at(RED), at(CYAN), at(grey)];
    assert!(steps.iter().all(Option::is_some) && steps.is_sorted(), "{steps:?}");
    assert!(pictures.last().unwrap().is(80, 44, RED));
}

#[test]
fn a_colour_table_that_cannot_be_read_is_told_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let wrong = table(directory.path(), "wrong.cube", "# mine\nLUT_1D_SIZE 2\n1 1 1\nred red red\n");
    let cases = [(directory.path().join("gone.cube"), "No such file"), (wrong, "line 4: `red` is not known")];
    for (path, reason) in cases {
        let out = directory.path().join(format!("{}.mkv", path.file_stem().unwrap().display()));
        let mut on_air = OnAir::start(&format!(
            "[canvas]\nwidth = 160\nheight = 90\n[[sources]]\nname = 'red'\nkind = 'colour'\ncolour = '#ff0000'\n
            [looks]\nred = [{{ kind = 'lut', path = '{}', strength = 1 }}]\n[[scene]]\nsource = 'red'\n
            [[outputs]]\nkind = 'file'\npath = '{}'\n",
            path.display(),
            out.display()
        ));
        let (mut told, mut is_live) = (String::new(), false);
        on_air.until("a warning and a recording", |event| {
            match event {
                Event::Look { problems, .. } => told = problems.concat(),
                Event::Output { state: OutputState::Live, .. } => is_live = true,
                _ => {}
            }
            is_live && !told.is_empty()
        });
        assert!(told.starts_with(path.to_str().unwrap()) && told.contains(reason), "{told}");
        on_air.frames("file", 20.0);
        on_air.stop();
        assert!(pictures(&out).last().unwrap().is(80, 44, RED), "{reason}");
    }
}
