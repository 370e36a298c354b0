//! Items in the shape of their sources' pictures.

#![expect(clippy::unwrap_used, reason = "what the tests share stands outside of test functions")]

use klieg_studio_model::geometry::{fitted, margins};
use klieg_studio_model::{
    Canvas, Collection, Colour, Crop, Edit, History, ImageFile, Item, Plain, Shape, Source, Turn,
};

const CANVAS: Canvas = Canvas { width: 1280, height: 720, fps: 30 };
const UPRIGHT: Shape = Shape { width: 1080, height: 1920 };
const OLD: Shape = Shape { width: 640, height: 480 };

fn image(name: &str) -> Source {
    Source::Image(ImageFile { name: name.to_owned(), path: format!("{name}.png").into() })
}

fn add(source: Source) -> Edit {
    Edit::AddSource { source, scene: "Scene".to_owned() }
}

fn set(item: Item) -> Edit {
    Edit::SetItem { scene: "Scene".to_owned(), item }
}

/// Left, top, width and height of the item of a source.
fn place(collection: &Collection, source: &str) -> (i32, i32, Option<u32>, Option<u32>) {
    let item = collection.scenes[0].items.iter().find(|item| item.source == source).unwrap();
    (item.x, item.y, item.width, item.height)
}

/// A collection of which a picture is the first source, and another one stands in a corner.
fn two_pictures() -> History {
    let mut history = History::default();
    history.apply(add(image("ground")), None).unwrap();
    history.apply(add(image("logo")), None).unwrap();
    history
}

fn shape(history: &mut History, source: &str, shape: Shape) {
    *history = history.shaped(source, shape).unwrap();
}

#[test]
fn a_picture_leaves_free_what_its_shape_does_not_fill() {
    let free = |width, height, place| margins(Shape { width, height }, place);
    let sides = |left, right| Crop { left, right, ..Crop::default() };
    assert_eq!(free(640, 480, (1280, 720)), sides(160, 160));
    assert_eq!(free(1080, 1920, (1280, 721)), sides(437, 437));
    assert_eq!(free(1280, 360, (1280, 720)), Crop { top: 180, bottom: 180, ..Crop::default() });
    // Sides are rounded on the way here; nobody wants to see that.
    assert!(free(1366, 768, (1280, 720)).is_none() && free(640, 360, (641, 361)).is_none());
    // Not even of a line anything is lost.
    assert_eq!(free(1, 4_000, (100, 100)), sides(49, 49));
}

#[test]
fn a_new_item_takes_its_sources_shape_in_the_middle_and_in_its_corner() {
    let mut history = two_pictures();
    let (x, y, width, height) = place(history.collection(), "logo");
    shape(&mut history, "ground", OLD);
    shape(&mut history, "logo", OLD);
    assert_eq!(place(history.collection(), "ground"), (160, 0, Some(960), Some(720)));
    let wide = height.unwrap() * 4 / 3;
    let right = x + width.unwrap().cast_signed();
    assert_eq!(place(history.collection(), "logo"), (right - 269, y, Some(269), height));
    assert_eq!(wide, 269);
    assert!(history.shaped("logo", OLD).is_none(), "that is no news");
    assert!(history.shaped("nobody", OLD).is_none());
}

#[test]
fn it_follows_its_source_until_somebody_places_it() {
    let mut history = two_pictures();
    shape(&mut history, "ground", OLD);
    // Another file was chosen.
    shape(&mut history, "ground", UPRIGHT);
    assert_eq!(place(history.collection(), "ground"), (437, 0, Some(405), Some(720)));
    let item = Item { x: 10, ..history.collection().scenes[0].items[0].clone() };
    history.apply(set(item), None).unwrap();
    shape(&mut history, "ground", OLD);
    assert_eq!(place(history.collection(), "ground"), (10, 0, Some(405), Some(720)));
    // Before that it was where nobody had placed it.
    assert!(history.undo());
    assert_eq!(place(history.collection(), "ground"), (160, 0, Some(960), Some(720)));
}

#[test]
fn a_shape_is_no_step_and_holds_in_every_step() {
    let mut history = two_pictures();
    history.apply(Edit::SetSource { name: "ground".to_owned(), source: image("wall") }, None).unwrap();
    let steps = [history.undo(), history.undo()];
    assert_eq!(steps, [true, true]);
    shape(&mut history, "ground", OLD);
    let shaped = (160, 0, Some(960), Some(720));
    assert_eq!(place(history.collection(), "ground"), shaped);
    assert!(history.can_undo() && history.redo() && history.redo() && !history.can_redo());
    assert_eq!(place(history.collection(), "wall"), shaped);
    assert_eq!(place(history.collection(), "logo"), place(two_pictures().collection(), "logo"));
    assert!(history.undo() && history.undo() && history.undo() && !history.can_undo());
    assert!(history.collection().sources.is_empty());
}

#[test]
fn what_a_collection_has_already_is_not_moved_nor_what_is_drawn_for_its_place() {
    let opened = two_pictures().collection().clone();
    let mut history = History::new(opened);
    assert!(history.shaped("ground", OLD).is_none());
    let plain = Source::Colour(Plain { name: "plain".to_owned(), colour: Colour::BLACK });
    history.apply(add(plain), None).unwrap();
    assert!(history.shaped("plain", OLD).is_none());
}

#[test]
fn a_further_item_has_the_shape_at_once() {
    let history = two_pictures();
    let item = history.collection().another("ground", "Scene", Some(OLD));
    assert_eq!((item.width, item.height), (Some(269), place(history.collection(), "logo").3));
    assert_eq!(history.collection().another("ground", "none", None).width, None);
}

#[test]
fn what_is_added_again_or_copied_before_the_shape_is_known_takes_it_too() {
    let mut history = two_pictures();
    let again = history.collection().another("logo", "Scene", None);
    let (free, y, height) = (again.x, again.y, again.height.unwrap());
    history.apply(Edit::AddItem { scene: "Scene".to_owned(), item: again }, None).unwrap();
    let ids: Vec<_> = history.collection().scenes[0].items.iter().map(|item| item.id).collect();
    history.apply(Edit::DuplicateItems { scene: "Scene".to_owned(), ids }, None).unwrap();
    let copy = Edit::DuplicateScene { scene: "Scene".to_owned(), name: "copy".to_owned() };
    history.apply(copy, None).unwrap();
    let of_logo = |history: &History| -> Vec<_> {
        let items = history.collection().scenes.iter().flat_map(|scene| &scene.items);
        let items = items.filter(|item| item.source == "logo");
        items.map(|item| (item.x, item.y, item.width, item.height)).collect()
    };
    shape(&mut history, "logo", OLD);
    let (first, second) = (place(history.collection(), "logo"), (free, y, Some(height * 4 / 3), Some(height)));
    assert_eq!((first.2, first.3), (second.2, second.3));
    assert_eq!(of_logo(&history), [first, first, second, second].repeat(2));
    // They follow it on, and each until somebody places it.
    let moved = Item { x: 3, ..history.collection().scenes[1].items[2].clone() };
    history.apply(Edit::SetItem { scene: "copy".to_owned(), item: moved }, None).unwrap();
    shape(&mut history, "logo", UPRIGHT);
    let upright = of_logo(&history).iter().filter(|(_, _, width, height)| width < height).count();
    assert_eq!(upright, 7);
}

#[test]
fn what_somebody_placed_when_it_was_added_is_not_moved_nor_are_copies_of_what_was_there_before() {
    let mut history = History::new(two_pictures().collection().clone());
    let item = Item { x: 7, y: 7, width: Some(300), height: Some(300), ..Item::full("logo") };
    history.apply(Edit::AddItem { scene: "Scene".to_owned(), item }, None).unwrap();
    let copy = Edit::DuplicateScene { scene: "Scene".to_owned(), name: "copy".to_owned() };
    history.apply(copy, None).unwrap();
    assert!(history.shaped("logo", OLD).is_none() && history.shaped("ground", OLD).is_none());
}

#[test]
fn what_was_as_large_as_the_canvas_is_so_on_another_one() {
    let mut history = two_pictures();
    shape(&mut history, "ground", OLD);
    let corner = place(history.collection(), "logo");
    let mut of_canvas = |width, height| {
        history.apply(Edit::SetCanvas { canvas: Canvas { width, height, fps: 30 } }, None).unwrap();
        (place(history.collection(), "ground"), place(history.collection(), "logo"))
    };
    assert_eq!(of_canvas(1920, 1080), ((240, 0, Some(1440), Some(1080)), corner));
    assert_eq!(of_canvas(720, 1280), ((0, 370, Some(720), Some(540)), corner));
    assert_eq!(of_canvas(640, 480), ((0, 0, None, None), corner));
    assert_eq!(of_canvas(1280, 720), ((0, 0, None, None), corner));
}

#[test]
fn a_screen_lies_below_what_is_small_and_above_what_fills_the_canvas_in_another_shape() {
    let ground = || Source::Colour(Plain { name: "screen".to_owned(), colour: Colour::BLACK });
    let order = |of: Shape| -> Vec<String> {
        let mut history = History::default();
        history.apply(add(image("cam")), None).unwrap();
        shape(&mut history, "cam", of);
        history.apply(add(ground()), None).unwrap();
        history.collection().scenes[0].items.iter().map(|item| item.source.clone()).collect()
    };
    assert_eq!(order(OLD), ["cam", "screen"]);
    assert_eq!(order(UPRIGHT), ["screen", "cam"]);
}

#[test]
fn an_item_is_fitted_in_the_shape_of_what_is_seen_of_its_picture() {
    let item = Item { x: 5, y: 5, width: Some(200), height: Some(200), angle: 20.0, ..Item::full("ground") };
    let seen = |item: &Item, shape| {
        let fitted = fitted(item, CANVAS, shape);
        assert!(fitted.angle.abs() < f64::EPSILON);
        (fitted.x, fitted.y, fitted.size(CANVAS), fitted.crop)
    };
    assert_eq!(seen(&item, Some(OLD)), (160, 0, (960, 720), Crop::default()));
    assert_eq!(seen(&item, None), (280, 0, (720, 720), Crop::default()));
    let on_its_side = Item { turn: Turn::Right, ..item.clone() };
    assert_eq!(seen(&on_its_side, Some(OLD)), (370, 0, (540, 720), Crop::default()));
    // The picture is 200 by 150, and the left half of it is cut off: what is left is upright.
    let cropped = Item { crop: Crop { left: 100, top: 10, ..Crop::default() }, ..item };
    assert_eq!(seen(&cropped, Some(OLD)), (-80, 0, (960, 720), Crop { left: 480, ..Crop::default() }));
}
