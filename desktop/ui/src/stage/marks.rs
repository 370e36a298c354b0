//! What is drawn over the picture: outlines, the grips that hang on them, and figures while something is dragged.

use dioxus::prelude::*;
use klieg_studio_model::geometry::{Handle, Outline, Rect, View};

/// Pixels from a grip's middle within which it is taken.
pub const GRIP: f64 = 11.0;
/// Pixels from the outline's edge to the grip that turns.
const STALK: f64 = 26.0;

/// The handles of what is selected: several items keep their shape, so they have corners only.
pub fn handles(count: usize) -> impl Iterator<Item = Handle> {
    Handle::ALL.into_iter().filter(move |handle| count == 1 || handle.is_corner())
}

/// An outline as it is in the window.
pub fn in_window(outline: Outline, view: View) -> Outline {
    Outline { rect: view.to_window(outline.rect), ..outline }
}

/// Where the grip that turns is, and where its stalk begins, in pixels of the window: above the outline, or where there is room.
pub fn turn_grip(outline: Outline, room: (f64, f64)) -> ((f64, f64), (f64, f64)) {
    let rect = outline.rect;
    let middle = rect.x + rect.width / 2.0;
    let places = [(rect.y - STALK, rect.y), (rect.bottom() + STALK, rect.bottom()), (rect.y + STALK, rect.y)];
    let places = places.map(|(grip, edge)| (outline.at((middle, grip)), outline.at((middle, edge))));
    let fits = |((x, y), _): &((f64, f64), (f64, f64))| {
        (GRIP..=room.0 - GRIP).contains(x) && (GRIP..=room.1 - GRIP).contains(y)
    };
    places.into_iter().find(fits).unwrap_or(places[2])
}

/// A rectangle that stands askew.
#[component]
pub fn Frame(class: &'static str, outline: Outline) -> Element {
    let Outline { rect, angle } = outline;
    let (x, y) = rect.centre();
    let turn = (angle != 0.0).then(|| format!("rotate({angle} {x} {y})"));
    let rendering = (angle % 90.0 != 0.0).then_some("geometricPrecision");
    rsx! {
        rect {
            class,
            x: "{rect.x}",
            y: "{rect.y}",
            width: "{rect.width}",
            height: "{rect.height}",
            transform: turn,
            "shape-rendering": rendering,
        }
    }
}

#[component]
pub fn Grip(handle: Handle, outline: Outline) -> Element {
    let (x, y) = outline.at(handle.on(outline.rect));
    // The cursor goes with the side that is pulled as one sees it: eighths of a turn from the right, downward.
    let (across, down) = handle.edges();
    let way = f64::from(down).atan2(f64::from(across)).to_degrees() + outline.angle;
    let cursor = match ((way / 45.0).round() as i32).rem_euclid(4) {
        0 => "grip-level",
        1 => "grip-falling",
        2 => "grip-upright",
        _ => "grip-rising",
    };
    rsx! {
        rect { class: "grip-room {cursor}", x: "{x - GRIP}", y: "{y - GRIP}", width: "{2.0 * GRIP}", height: "{2.0 * GRIP}" }
        rect {
            class: "grip",
            x: "{x - 4.5}",
            y: "{y - 4.5}",
            width: "9",
            height: "9",
            rx: "2",
            transform: "rotate({outline.angle} {x} {y})",
        }
    }
}

#[component]
pub fn TurnGrip(outline: Outline, room: (f64, f64)) -> Element {
    let ((x, y), (from_x, from_y)) = turn_grip(outline, room);
    rsx! {
        line { class: "grip-stalk", x1: "{from_x}", y1: "{from_y}", x2: "{x}", y2: "{y}" }
        circle { class: "grip-room grip-turn", cx: "{x}", cy: "{y}", r: "{GRIP}" }
        circle { class: "grip", cx: "{x}", cy: "{y}", r: "5.5" }
    }
}

/// Figures below what is dragged.
#[component]
pub fn Measure(rect: Rect, text: String) -> Element {
    let width = 8.0 * text.chars().count() as f64;
    let x = rect.x + rect.width / 2.0;
    let y = rect.bottom() + 26.0;
    rsx! {
        rect { class: "measure-back", x: "{x - width / 2.0}", y: "{y - 16.0}", width: "{width}", height: "22", rx: "4" }
        text { class: "measure", x: "{x}", y: "{y}", "text-anchor": "middle", "{text}" }
    }
}
