//! What lies over the picture: the outline of what is selected, its grips, and the lines it sticks to.

use dioxus::prelude::*;
use klieg_studio_model::geometry::{Outline, Rect, Snapped, View, item_at, items_within};
use klieg_studio_model::{Canvas, Edit, Item, ItemId, Studio};

use super::hold::{Held, Hold, What, frame};
use super::marks::{Frame, GRIP, Grip, Measure, TurnGrip, handles, in_window, turn_grip};
use crate::desk::{self, Open, SELECTION};
use crate::studio::{STUDIO, edit_as, edited, new_gesture};

/// Pixels after which a press is a drag.
const SLACK: f64 = 3.0;

#[component]
pub fn Overlay(view: Memo<View>, size: Signal<(f64, f64)>) -> Element {
    let mut element = use_signal(|| None::<web_sys::Element>);
    let mut hold = use_signal(|| None::<Hold>);
    let mut lines = use_signal(Snapped::default);
    let mut band = use_signal(|| None::<Rect>);
    let mut hovered = use_signal(|| None::<ItemId>);

    // Where the pointer is, in pixels of the canvas.
    let at = move |event: &PointerEvent| {
        let place = event.client_coordinates();
        let corner = element.peek().as_ref().map(web_sys::Element::get_bounding_client_rect);
        let (left, top) = corner.map_or((0.0, 0.0), |corner| (corner.left(), corner.top()));
        view.peek().to_canvas((place.x - left, place.y - top))
    };
    let press = move |event: PointerEvent| {
        if event.trigger_button() != Some(dioxus::html::input_data::MouseButton::Primary) {
            return;
        }
        capture(&event, element.peek().as_ref());
        let (point, studio) = (at(&event), STUDIO.peek().clone());
        let canvas = studio.collection.canvas;
        let take = |items: Vec<Item>, what: What| Some(Hold::new(&studio, items, what, point, new_gesture()));
        let free = in_sight(&studio);
        if let Some(what) = grip_at(&free, canvas, point, *view.peek(), *size.peek()) {
            hold.set(take(free, what));
            return;
        }
        // What is chosen with these keys is known when the pointer goes up: a click adds, a drag draws a band.
        if adds(&event) {
            hold.set(take(Vec::new(), What::Band));
            return;
        }
        let is_on_selected = free.iter().any(|item| Outline::of_item(item, canvas).contains(point));
        if !is_on_selected {
            let Some(id) = hit(point) else {
                SELECTION.write().clear();
                hold.set(take(Vec::new(), What::Band));
                return;
            };
            desk::select_whole(id, false);
        }
        let taken = in_sight(&studio);
        if !taken.is_empty() {
            hold.set(take(taken, What::Items));
        }
    };
    let drag = move |event: PointerEvent| {
        let point = at(&event);
        let Some(mut held) = hold.peek().clone() else {
            let found = hit(point);
            if *hovered.peek() != found {
                hovered.set(found);
            }
            return;
        };
        let scale = view.peek().scale;
        let by = (point.0 - held.start.0, point.1 - held.start.1);
        if !held.has_moved && by.0.hypot(by.1) * scale < SLACK {
            return;
        }
        if held.what == What::Band {
            band.set(Some(Rect::between(held.start, point)));
        } else {
            let keys = event.modifiers();
            let keys = Held { shift: keys.shift(), alt: keys.alt(), ctrl: keys.ctrl() };
            let (items, snapped) = held.moved(by, scale, keys);
            let scene = edited(&STUDIO.peek());
            // What would be refused is beyond the canvas' limits: it stays where it was.
            let _ = edit_as(Edit::SetItems { scene, items }, held.gesture);
            lines.set(snapped);
        }
        if !held.has_moved {
            held.has_moved = true;
            hold.set(Some(held));
        }
    };
    let release = move |event: PointerEvent| {
        lines.set(Snapped::default());
        let Some(held) = hold.take() else { return };
        match (held.what, band.take()) {
            (What::Band, Some(band)) => select_within(band, adds(&event)),
            (What::Band | What::Items, _) if !held.has_moved => {
                // A click on what was selected already takes what is on top there.
                if let Some(id) = hit(at(&event)) {
                    desk::select_whole(id, adds(&event));
                }
            }
            _ => {}
        }
    };

    let studio = STUDIO.read();
    let canvas = studio.collection.canvas;
    let scene = studio.collection.scene(&edited(&studio));
    let is_locked = |item: &Item| scene.is_some_and(|scene| scene.is_locked(item));
    let selected = desk::selected(&studio);
    let seen: Vec<_> = selected.iter().filter(|item| has_picture(&studio, item)).cloned().collect();
    let free: Vec<_> = seen.iter().filter(|item| !is_locked(item)).cloned().collect();
    let held = frame(&free, canvas).map(|outline| in_window(outline, view()));
    let under = hovered()
        .filter(|id| !selected.iter().any(|item| item.id == *id))
        .and_then(|id| scene?.item(id))
        .map(|item| in_window(Outline::of_item(item, canvas), view()));
    let (width, height) = size();
    let whole = view().to_window(Rect::of_canvas(canvas));
    let (stuck, doing) = (lines(), hold.read().as_ref().filter(|hold| hold.has_moved).map(|hold| hold.what));
    let label = match selected.as_slice() {
        [] => "Canvas. Nothing is selected.".to_owned(),
        [one] => format!("Canvas. {} is selected; the arrow keys move it, with Alt they turn it.", one.source),
        more => {
            format!("Canvas. {} items are selected; the arrow keys move them, with Alt they turn them.", more.len())
        }
    };
    rsx! {
        svg {
            class: if doing.is_some() { "overlay holding" } else { "overlay" },
            "data-stage": "true",
            tabindex: "0",
            role: "application",
            "aria-label": "{label}",
            width: "{width}",
            height: "{height}",
            onmounted: move |event| element.set(event.data().downcast::<web_sys::Element>().cloned()),
            onpointerdown: press,
            onpointermove: drag,
            onpointerup: release,
            onpointercancel: move |_| {
                hold.set(None);
                band.set(None);
                lines.set(Snapped::default());
            },
            onpointerleave: move |_| hovered.set(None),
            ondoubleclick: move |_| {
                if let [one] = desk::selected(&STUDIO.peek()).as_slice() {
                    desk::open(Open::Source(one.source.clone()));
                }
            },
            if let Some(outline) = under {
                Frame { class: "outline-under", outline }
            }
            for item in &seen {
                Frame {
                    key: "{item.id}",
                    class: line_of(is_locked(item)),
                    outline: in_window(Outline::of_item(item, canvas), view()),
                }
            }
            if let Some(x) = stuck.upright {
                line { class: "guide", x1: "{view().left + x * view().scale}", x2: "{view().left + x * view().scale}", y1: "{whole.y}", y2: "{whole.bottom()}" }
            }
            if let Some(y) = stuck.level {
                line { class: "guide", y1: "{view().top + y * view().scale}", y2: "{view().top + y * view().scale}", x1: "{whole.x}", x2: "{whole.right()}" }
            }
            if let Some(outline) = held {
                if free.len() > 1 {
                    Frame { class: "outline-under", outline }
                }
                for handle in handles(free.len()) {
                    Grip { key: "{handle:?}", handle, outline }
                }
                TurnGrip { outline, room: size() }
                if let Some(what) = doing {
                    Measure { rect: outline.bounds(), text: figures(what, &free, canvas) }
                }
            }
            if let Some(band) = band() {
                Frame { class: "band", outline: Outline { rect: view().to_window(band), angle: 0.0 } }
            }
        }
    }
}

fn line_of(is_locked: bool) -> &'static str {
    if is_locked { "outline outline-locked" } else { "outline" }
}

/// Whether a click adds to what is selected.
fn adds(event: &PointerEvent) -> bool {
    let keys = event.modifiers();
    keys.ctrl() || keys.meta() || keys.shift()
}

/// What of the dragged items is told: an angle, or size and place.
fn figures(what: What, items: &[Item], canvas: Canvas) -> String {
    match (what, items) {
        (What::Turn, [one]) => format!("{}°", one.angle),
        (What::Turn, _) => String::new(),
        (_, items) => {
            let seen = frame(items, canvas).unwrap_or_default().rect;
            format!("{:.0} × {:.0}   {:.0}, {:.0}", seen.width, seen.height, seen.x, seen.y)
        }
    }
}

/// The selected items that a pointer can hold.
fn in_sight(studio: &Studio) -> Vec<Item> {
    desk::free(studio).into_iter().filter(|item| has_picture(studio, item)).collect()
}

fn has_picture(studio: &Studio, item: &Item) -> bool {
    studio.collection.source(&item.source).is_some_and(klieg_studio_model::Source::has_picture)
}

/// The topmost item at a point of the canvas.
fn hit(point: (f64, f64)) -> Option<ItemId> {
    let studio = STUDIO.peek();
    let scene = studio.collection.scene(&edited(&studio))?;
    item_at(&studio.collection, scene, point)
}

/// Selects what a band touches and can be taken, with the rest of its groups.
fn select_within(band: Rect, more: bool) {
    let studio = STUDIO.peek();
    let Some(scene) = studio.collection.scene(&edited(&studio)) else { return };
    let touched: Vec<_> = items_within(&studio.collection, scene, band);
    let mut selection = SELECTION.write();
    if !more {
        selection.clear();
    }
    for id in scene.with_groups(&touched) {
        if !selection.contains(&id) {
            selection.push(id);
        }
    }
}

/// The grip of the selected items at a point of the canvas.
fn grip_at(items: &[Item], canvas: Canvas, (x, y): (f64, f64), view: View, room: (f64, f64)) -> Option<What> {
    let outline = in_window(frame(items, canvas)?, view);
    let (x, y) = (view.left + x * view.scale, view.top + y * view.scale);
    let distance = |(gx, gy): (f64, f64)| (gx - x).abs().max((gy - y).abs());
    let near = handles(items.len())
        .map(|handle| (What::Handle(handle), distance(outline.at(handle.on(outline.rect)))))
        .chain([(What::Turn, distance(turn_grip(outline, room).0))]);
    near.filter(|(_, far)| *far <= GRIP).min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(what, _)| what)
}

/// All further movements of this pointer come here until it is released.
fn capture(event: &PointerEvent, element: Option<&web_sys::Element>) {
    if let Some(element) = element {
        // Refused where the pointer is up again already.
        let _ = element.set_pointer_capture(event.data().pointer_id());
    }
}
