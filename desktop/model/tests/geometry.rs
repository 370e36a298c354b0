//! What a pointer does to items on the canvas.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]
#![expect(clippy::float_cmp, reason = "whole pixels are exact")]

use klieg_studio_model::geometry::{
    Guides, Handle, Outline, Rect, View, anchored, around, cropped, item_at, items_within, middle, put, round_angle,
    scaled_all, shifted, snap_angle, snap_moved, snap_stretched, stretched, turned_all,
};
use klieg_studio_model::{Canvas, Collection, Crop, Edit, Item, Plain, Scene, Source, Tone};

const CANVAS: Canvas = Canvas { width: 1280, height: 720, fps: 30 };

fn item(id: u32, x: i32, y: i32, width: u32, height: u32) -> Item {
    Item { id, x, y, width: Some(width), height: Some(height), ..Item::full("ground") }
}

fn show(items: Vec<Item>) -> (Collection, Scene) {
    let mut collection = Collection { canvas: CANVAS, ..Collection::default() };
    let ground = Plain { name: "ground".into(), colour: klieg_studio_model::Colour::BLACK };
    let scene = collection.first_scene().to_owned();
    collection.apply(Edit::AddSource { source: Source::Colour(ground), scene: scene.clone() }).unwrap();
    let tone: Tone = serde_json::from_str(r#"{"name": "hum"}"#).unwrap();
    collection.apply(Edit::AddSource { source: Source::Tone(tone), scene }).unwrap();
    (collection, Scene { name: "Scene".into(), items, ..Scene::default() })
}

#[test]
fn a_click_takes_the_topmost_item_that_can_be_taken() {
    let mut items = vec![item(1, 0, 0, 1280, 720), item(2, 100, 100, 200, 200), item(3, 150, 150, 200, 200)];
    let at = |items: &[Item], point| {
        let (collection, scene) = show(items.to_vec());
        item_at(&collection, &scene, point)
    };
    assert_eq!(at(&items, (200.0, 200.0)), Some(3));
    assert_eq!(at(&items, (120.0, 120.0)), Some(2));
    assert_eq!(at(&items, (700.0, 600.0)), Some(1));
    assert_eq!(at(&items, (-1.0, 0.0)), None);
    items[2].locked = true;
    assert_eq!(at(&items, (200.0, 200.0)), Some(2), "locked");
    items[1].hidden = true;
    assert_eq!(at(&items, (200.0, 200.0)), Some(1), "hidden");
    items[0].source = "hum".into();
    assert_eq!(at(&items, (200.0, 200.0)), None, "a sound has no place");
}

#[test]
fn what_is_cropped_is_not_hit() {
    let mut one = item(1, 100, 100, 400, 200);
    one.crop = Crop { left: 100, top: 0, right: 50, bottom: 20 };
    assert_eq!(Rect::of_item(&one, CANVAS), Rect::new(200.0, 100.0, 250.0, 180.0));
    let (collection, scene) = show(vec![one]);
    assert_eq!(item_at(&collection, &scene, (150.0, 150.0)), None);
    assert_eq!(item_at(&collection, &scene, (250.0, 150.0)), Some(1));
}

#[test]
fn a_corner_keeps_the_shape_and_the_corner_opposite() {
    let rect = Rect::new(100.0, 100.0, 320.0, 180.0);
    let larger = stretched(rect, Handle::TopLeft, (-32.0, 0.0), true);
    assert_eq!((larger.right(), larger.bottom()), (420.0, 280.0));
    assert!((larger.width / larger.height - 320.0 / 180.0).abs() < 1e-9);
    assert_eq!(larger.width, 352.0);
    let free = stretched(rect, Handle::BottomRight, (10.0, -20.0), false);
    assert_eq!(free, Rect::new(100.0, 100.0, 330.0, 160.0));
    let edge = stretched(rect, Handle::Left, (20.0, 99.0), true);
    assert_eq!(edge, Rect::new(120.0, 100.0, 300.0, 180.0));
}

#[test]
fn nothing_becomes_too_small_to_hold() {
    let rect = Rect::new(100.0, 100.0, 320.0, 180.0);
    for handle in Handle::ALL {
        let (across, down) = handle.edges();
        let by = (-1e4 * f64::from(across), -1e4 * f64::from(down));
        for kept in [true, false] {
            let small = stretched(rect, handle, by, kept);
            assert!(small.width >= 8.0 && small.height >= 8.0, "{handle:?} {kept} {small:?}");
        }
    }
}

#[test]
fn a_resized_item_is_always_one_that_the_collection_takes() {
    let mut one = item(1, -50, 600, 333, 111);
    one.crop = Crop { left: 30, top: 10, right: 3, bottom: 1 };
    let seen = Rect::of_item(&one, CANVAS);
    for handle in Handle::ALL {
        for by in [(-9_000.0, 9_000.0), (0.4, -0.4), (33.0, 77.0), (9_000.0, -9_000.0)] {
            let (mut collection, _) = show(vec![]);
            let id = collection.scenes[0].items[0].id;
            let changed = Item { id, ..put(&one, CANVAS, stretched(seen, handle, by, false)) };
            let is_taken = collection.apply(Edit::SetItem { scene: "Scene".into(), item: changed.clone() });
            assert!(is_taken.is_ok() || by.0.abs() > 1_000.0, "{handle:?} {by:?} {changed:?} {is_taken:?}");
        }
    }
}

#[test]
fn what_is_put_where_it_was_stays_as_it_was() {
    let mut one = item(1, 10, 20, 400, 300);
    one.crop = Crop { left: 5, top: 6, right: 7, bottom: 8 };
    assert_eq!(put(&one, CANVAS, Rect::of_item(&one, CANVAS)), one);
    let twice = put(&one, CANVAS, Rect::new(30.0, 52.0, 776.0, 572.0));
    assert_eq!(twice.crop, Crop { left: 10, top: 12, right: 14, bottom: 16 });
    assert_eq!(Rect::of_item(&twice, CANVAS), Rect::new(30.0, 52.0, 776.0, 572.0));
}

#[test]
fn cropping_leaves_the_rest_in_its_place_and_something_of_it() {
    let one = item(1, 100, 100, 400, 200);
    let cut = cropped(&one, CANVAS, Handle::Left, (60.0, 0.0));
    assert_eq!(Rect::of_item(&cut, CANVAS), Rect::new(160.0, 100.0, 340.0, 200.0));
    assert_eq!(cropped(&cut, CANVAS, Handle::Left, (-500.0, 0.0)).crop, Crop::default());
    let most = cropped(&cut, CANVAS, Handle::BottomRight, (-9_999.0, -9_999.0));
    let rest = Rect::of_item(&most, CANVAS);
    assert!(rest.width >= 8.0 && rest.height >= 8.0, "{rest:?}");
}

#[test]
fn edges_and_middles_stick_to_lines_within_reach() {
    let (collection, scene) = show(vec![item(1, 900, 300, 100, 100), item(2, 0, 0, 200, 100)]);
    let guides = Guides::of(&collection, &scene, &[2]);
    let near = snap_moved(Rect::new(5.0, 7.0, 200.0, 100.0), &guides, 8.0);
    assert_eq!((near.rect.x, near.rect.y), (0.0, 0.0));
    assert_eq!((near.upright, near.level), (Some(0.0), Some(0.0)));
    let middle = snap_moved(Rect::new(543.0, 200.0, 200.0, 100.0), &guides, 8.0);
    assert_eq!((middle.rect.x, middle.upright), (540.0, Some(640.0)));
    let beside = snap_moved(Rect::new(697.0, 222.0, 200.0, 100.0), &guides, 8.0);
    assert_eq!(beside.rect.x, 700.0, "its right edge on the other's left edge");
    let far = snap_moved(Rect::new(20.0, 30.0, 201.0, 99.0), &guides, 8.0);
    assert_eq!((far.rect.x, far.upright, far.level), (20.0, None, None));
}

#[test]
fn a_stretched_edge_sticks_and_the_shape_holds() {
    let (collection, scene) = show(vec![]);
    let guides = Guides::of(&collection, &scene, &[]);
    let rect = Rect::new(100.0, 100.0, 320.0, 180.0);
    let edge = snap_stretched(rect, Handle::Right, (215.0, 0.0), true, &guides, 8.0);
    assert_eq!((edge.rect.right(), edge.upright), (640.0, Some(640.0)));
    let corner = snap_stretched(rect, Handle::BottomRight, (216.0, 0.0), true, &guides, 8.0);
    assert_eq!(corner.rect.right(), 640.0);
    assert!((corner.rect.width / corner.rect.height - 320.0 / 180.0).abs() < 1e-9);
    assert_eq!((corner.rect.x, corner.rect.y), (100.0, 100.0));
}

#[test]
fn a_view_leads_from_the_window_to_the_canvas_and_back() {
    let view = View::fitted(CANVAS, (840.0, 600.0), 20.0);
    assert_eq!(view, View { left: 20.0, top: 75.0, scale: 0.625 });
    let shown = view.to_window(Rect::of_canvas(CANVAS));
    assert_eq!(shown, Rect::new(20.0, 75.0, 800.0, 450.0));
    assert_eq!(view.to_canvas((20.0 + 400.0, 75.0 + 225.0)), (640.0, 360.0));
}

#[test]
fn moving_stops_where_the_collection_would_refuse() {
    let far = shifted(&item(1, 0, 0, 10, 10), -1e6, 2.4);
    assert_eq!((far.x, far.y), (-4_096, 2));
}

fn near(a: (f64, f64), b: (f64, f64), within: f64) -> bool {
    (a.0 - b.0).abs() <= within && (a.1 - b.1).abs() <= within
}

#[test]
fn what_stands_askew_is_hit_where_it_is_seen() {
    let upright = item(1, 100, 100, 400, 40);
    let one = Item { angle: 90.0, ..upright };
    let outline = Outline::of_item(&one, CANVAS);
    assert_eq!(outline.bounds(), Rect::new(280.0, -80.0, 40.0, 400.0));
    assert!(near(outline.corners()[0], (320.0, -80.0), 1e-9), "the top left corner is at the top right");
    let (collection, scene) = show(vec![one]);
    assert_eq!(item_at(&collection, &scene, (300.0, 250.0)), Some(1));
    assert_eq!(item_at(&collection, &scene, (150.0, 120.0)), None);
}

#[test]
fn an_edge_of_what_stands_askew_is_pulled_along_its_own_side() {
    let one = Item { angle: 30.0, ..item(1, 200, 200, 300, 200) };
    let outline = Outline::of_item(&one, CANVAS);
    for handle in Handle::ALL {
        let (across, down) = handle.edges();
        let way = outline.to_canvas((50.0 * f64::from(across), 40.0 * f64::from(down)));
        let rect = outline.follow(stretched(outline.rect, handle, outline.to_own(way), false));
        let larger = put(&one, CANVAS, rect);
        let after = Outline::of_item(&larger, CANVAS);
        let opposite = |outline: &Outline| {
            let there = (f64::from(1 - across) / 2.0, f64::from(1 - down) / 2.0);
            let rect = outline.rect;
            outline.at((rect.x + rect.width * there.0, rect.y + rect.height * there.1))
        };
        assert!(near(opposite(&outline), opposite(&after), 1.1), "{handle:?}");
        let pulled = (handle.on(outline.rect), handle.on(after.rect));
        let (from, to) = (outline.at(pulled.0), after.at(pulled.1));
        assert!(near((to.0 - from.0, to.1 - from.1), way, 1.1), "{handle:?}: it follows the pointer");
    }
}

#[test]
fn cropping_what_stands_askew_leaves_the_rest_in_its_place() {
    let one = Item { angle: -40.0, ..item(1, 200, 200, 300, 200) };
    let cut = cropped(&one, CANVAS, Handle::Left, (120.0, 0.0));
    let (before, after) = (Outline::of_item(&one, CANVAS), Outline::of_item(&cut, CANVAS));
    assert_eq!((cut.crop.left, after.rect.width), (120, 180.0));
    for corner in [1, 2] {
        assert!(near(before.corners()[corner], after.corners()[corner], 1.0), "corner {corner}");
    }
    let wider = anchored(&one, Item { width: Some(400), ..one.clone() }, CANVAS);
    assert!(near(Outline::of_item(&wider, CANVAS).corners()[0], before.corners()[0], 1.0));
}

#[test]
fn a_band_takes_what_it_touches_and_not_the_ground_it_is_drawn_on() {
    let hidden = Item { hidden: true, ..item(4, 250, 150, 20, 20) };
    let askew = Item { angle: 90.0, ..item(3, 500, 100, 10, 200) };
    let (collection, scene) = show(vec![item(1, 0, 0, 1280, 720), item(2, 100, 100, 100, 100), askew, hidden]);
    let taken = |band| items_within(&collection, &scene, band);
    assert_eq!(taken(Rect::new(150.0, 150.0, 300.0, 100.0)), [2, 3]);
    assert_eq!(taken(Rect::new(150.0, 300.0, 300.0, 100.0)), [0; 0]);
    assert_eq!(taken(Rect::new(-10.0, 300.0, 300.0, 100.0)), [1]);
}

#[test]
fn angles_stick_to_quarter_turns_and_with_shift_to_steps() {
    let angles = [0.0, 2.9, 3.1, 88.0, 91.5, -178.0, 181.0, 44.0, 200.0];
    assert_eq!(angles.map(|angle| snap_angle(angle, false)), [0.0, 0.0, 3.1, 90.0, 90.0, 180.0, 180.0, 44.0, -160.0]);
    assert_eq!(angles.map(|angle| snap_angle(angle, true)), [0.0, 0.0, 0.0, 90.0, 90.0, 180.0, 180.0, 45.0, -165.0]);
    assert_eq!([359.96, -180.0, 540.04, 12.34].map(round_angle), [0.0, 180.0, 180.0, 12.3]);
}

#[test]
fn several_items_are_scaled_and_turned_as_one() {
    let items = vec![item(1, 100, 100, 200, 100), Item { angle: 90.0, ..item(2, 400, 300, 100, 100) }];
    let from = around(&items, CANVAS).unwrap();
    assert_eq!(from, Rect::new(100.0, 100.0, 400.0, 300.0));
    let twice = scaled_all(&items, CANVAS, from, Rect::new(0.0, 50.0, 800.0, 600.0));
    assert_eq!(Rect::of_item(&twice[0], CANVAS), Rect::new(0.0, 50.0, 400.0, 200.0));
    assert_eq!(Rect::of_item(&twice[1], CANVAS), Rect::new(600.0, 450.0, 200.0, 200.0));
    let turned = turned_all(&items, CANVAS, 90.0);
    assert_eq!((turned[0].angle, turned[1].angle), (90.0, 180.0));
    assert_eq!(around(&turned, CANVAS).unwrap().height, 400.0);
    assert_eq!(middle(&turned, CANVAS), middle(&items, CANVAS));
    assert_eq!(turned_all(&turned, CANVAS, -90.0), items);
}

#[test]
fn what_is_dragged_askew_sticks_by_what_is_seen_of_it() {
    let (collection, scene) = show(vec![Item { angle: 90.0, ..item(1, 400, 200, 200, 100) }]);
    let guides = Guides::of(&collection, &scene, &[]);
    assert!(guides.upright.contains(&450.0) && !guides.upright.contains(&400.0), "{:?}", guides.upright);
}
