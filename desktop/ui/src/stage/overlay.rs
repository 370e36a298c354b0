//! What lies over the picture: the outline of what is selected, its handles, and the lines it sticks to.

use dioxus::prelude::*;
use klieg_studio_model::geometry::{Handle, Rect, Snapped, View, item_at};
use klieg_studio_model::{Edit, Item, ItemId};

use super::hold::{Held, Hold, What};
use crate::desk::{self, Open, SELECTION};
use crate::studio::{STUDIO, edit_as, edited, new_gesture};

/// Pixels after which a press is a drag.
const SLACK: f64 = 3.0;
/// Pixels from a handle's middle within which it is taken.
const GRIP: f64 = 11.0;

#[component]
pub fn Overlay(view: Memo<View>, size: Signal<(f64, f64)>) -> Element {
    let mut element = use_signal(|| None::<web_sys::Element>);
    let mut hold = use_signal(|| None::<Hold>);
    let mut lines = use_signal(Snapped::default);
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
        let free: Vec<_> = desk::selected(&studio).into_iter().filter(|item| !item.locked).collect();
        if let [one] = free.as_slice()
            && SELECTION.peek().len() == 1
            && let Some(handle) = handle_at(Rect::of_item(one, canvas), point, view.peek().scale)
        {
            hold.set(Some(Hold::new(&studio, free, What::Handle(handle), point, new_gesture())));
            return;
        }
        let more = event.modifiers().ctrl() || event.modifiers().meta();
        let is_on_selected = free.iter().any(|item| Rect::of_item(item, canvas).contains(point));
        if !is_on_selected || more {
            match hit(point) {
                Some(id) => desk::select(id, more),
                None if !more => SELECTION.write().clear(),
                None => {}
            }
        }
        let taken: Vec<_> = desk::selected(&studio).into_iter().filter(|item| !item.locked).collect();
        if !taken.is_empty() {
            hold.set(Some(Hold::new(&studio, taken, What::Items, point, new_gesture())));
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
        let keys = event.modifiers();
        let keys = Held { shift: keys.shift(), alt: keys.alt(), ctrl: keys.ctrl() };
        let (items, snapped) = held.moved(by, scale, keys);
        let scene = edited(&STUDIO.peek());
        for item in items {
            // What would be refused is beyond the canvas' limits: it stays where it was.
            let _ = edit_as(Edit::SetItem { scene: scene.clone(), item }, held.gesture);
        }
        lines.set(snapped);
        if !held.has_moved {
            held.has_moved = true;
            hold.set(Some(held));
        }
    };
    let release = move |event: PointerEvent| {
        lines.set(Snapped::default());
        let Some(held) = hold.take() else { return };
        let more = event.modifiers().ctrl() || event.modifiers().meta();
        // A click on what was selected already takes what is on top there.
        if !held.has_moved
            && !more
            && held.what == What::Items
            && let Some(id) = hit(at(&event))
        {
            desk::select(id, false);
        }
    };

    let studio = STUDIO.read();
    let canvas = studio.collection.canvas;
    let selected = desk::selected(&studio);
    let seen: Vec<_> = selected.iter().filter(|item| has_picture(&studio, item)).cloned().collect();
    let single = match seen.as_slice() {
        [one] if !one.locked => Some(view().to_window(Rect::of_item(one, canvas))),
        _ => None,
    };
    let under = hovered()
        .filter(|id| !selected.iter().any(|item| item.id == *id))
        .and_then(|id| studio.collection.scene(&edited(&studio))?.item(id))
        .map(|item| view().to_window(Rect::of_item(item, canvas)));
    let (width, height) = size();
    let whole = view().to_window(Rect::of_canvas(canvas));
    let (stuck, has_moved) = (lines(), hold.read().as_ref().is_some_and(|hold| hold.has_moved));
    let label = match selected.as_slice() {
        [] => "Canvas. Nothing is selected.".to_owned(),
        [one] => format!("Canvas. {} is selected; the arrow keys move it.", one.source),
        more => format!("Canvas. {} items are selected; the arrow keys move them.", more.len()),
    };
    rsx! {
        svg {
            class: if has_moved { "overlay holding" } else { "overlay" },
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
                lines.set(Snapped::default());
            },
            onpointerleave: move |_| hovered.set(None),
            ondoubleclick: move |_| {
                if let [one] = desk::selected(&STUDIO.peek()).as_slice() {
                    desk::open(Open::Source(one.source.clone()));
                }
            },
            if let Some(rect) = under {
                rect { class: "outline-under", x: "{rect.x}", y: "{rect.y}", width: "{rect.width}", height: "{rect.height}" }
            }
            for item in &seen {
                Outline { key: "{item.id}", rect: view().to_window(Rect::of_item(item, canvas)), locked: item.locked }
            }
            if let Some(x) = stuck.upright {
                line { class: "guide", x1: "{view().left + x * view().scale}", x2: "{view().left + x * view().scale}", y1: "{whole.y}", y2: "{whole.bottom()}" }
            }
            if let Some(y) = stuck.level {
                line { class: "guide", y1: "{view().top + y * view().scale}", y2: "{view().top + y * view().scale}", x1: "{whole.x}", x2: "{whole.right()}" }
            }
            if let Some(rect) = single {
                for handle in Handle::ALL {
                    Grip { key: "{handle:?}", handle, rect }
                }
            }
            if has_moved && let Some(item) = seen.first() {
                Measure { rect: view().to_window(Rect::of_item(item, canvas)), seen: Rect::of_item(item, canvas) }
            }
        }
    }
}

#[component]
fn Outline(rect: Rect, locked: bool) -> Element {
    rsx! {
        rect {
            class: if locked { "outline outline-locked" } else { "outline" },
            x: "{rect.x}",
            y: "{rect.y}",
            width: "{rect.width}",
            height: "{rect.height}",
        }
    }
}

#[component]
fn Grip(handle: Handle, rect: Rect) -> Element {
    let (x, y) = handle.on(rect);
    let cursor = match handle {
        Handle::TopLeft | Handle::BottomRight => "grip-falling",
        Handle::TopRight | Handle::BottomLeft => "grip-rising",
        Handle::Top | Handle::Bottom => "grip-upright",
        Handle::Left | Handle::Right => "grip-level",
    };
    rsx! {
        rect { class: "grip-room {cursor}", x: "{x - GRIP}", y: "{y - GRIP}", width: "{2.0 * GRIP}", height: "{2.0 * GRIP}" }
        rect { class: "grip", x: "{x - 4.5}", y: "{y - 4.5}", width: "9", height: "9", rx: "2" }
    }
}

/// Size and place while something is dragged.
#[component]
fn Measure(rect: Rect, seen: Rect) -> Element {
    let text = format!("{:.0} × {:.0}   {:.0}, {:.0}", seen.width, seen.height, seen.x, seen.y);
    let width = 8.0 * text.chars().count() as f64;
    let x = rect.x + rect.width / 2.0;
    let y = rect.bottom() + 26.0;
    rsx! {
        rect { class: "measure-back", x: "{x - width / 2.0}", y: "{y - 16.0}", width: "{width}", height: "22", rx: "4" }
        text { class: "measure", x: "{x}", y: "{y}", "text-anchor": "middle", "{text}" }
    }
}

fn has_picture(studio: &klieg_studio_model::Studio, item: &Item) -> bool {
    studio.collection.source(&item.source).is_some_and(klieg_studio_model::Source::has_picture)
}

/// The topmost item at a point of the canvas.
fn hit(point: (f64, f64)) -> Option<ItemId> {
    let studio = STUDIO.peek();
    let scene = studio.collection.scene(&edited(&studio))?;
    item_at(&studio.collection, scene, point)
}

/// The handle at a point of the canvas.
fn handle_at(rect: Rect, (x, y): (f64, f64), scale: f64) -> Option<Handle> {
    let reach = GRIP / scale.max(f64::MIN_POSITIVE);
    let distance = |handle: &Handle| {
        let (hx, hy) = handle.on(rect);
        (hx - x).abs().max((hy - y).abs())
    };
    let near = Handle::ALL.into_iter().filter(|handle| distance(handle) <= reach);
    near.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// All further movements of this pointer come here until it is released.
fn capture(event: &PointerEvent, element: Option<&web_sys::Element>) {
    if let Some(element) = element {
        // Refused where the pointer is up again already.
        let _ = element.set_pointer_capture(event.data().pointer_id());
    }
}
