//! The stage: what is on air, in studio mode beside what comes next, and the items of the edited scene to take hold of.

mod hold;
mod marks;
mod overlay;
mod picture;

use dioxus::prelude::*;
use klieg_studio_model::{Canvas, Command};
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use self::overlay::Overlay;
use self::picture::Picture;
use crate::source::add;
use crate::studio::{STUDIO, act, edited};
use crate::transition::TransitionMenu;
use crate::words;

/// Pixels around the canvas, so that what hangs over its edge can be held.
const MARGIN: f64 = 16.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    Programme,
    Preview,
}

#[component]
pub fn Stage() -> Element {
    let preview = use_memo(|| STUDIO.read().preview.clone());
    let on_air = use_memo(|| STUDIO.read().on_air.clone());
    rsx! {
        if let Some(scene) = preview() {
            div { class: "stages two",
                Monitor { key: "preview", feed: Feed::Preview, title: "Preview", scene, editable: true }
                div { class: "between",
                    button {
                        class: "button button-primary take",
                        title: "The preview goes on air (Ctrl+Enter)",
                        onclick: |_| act(Command::Take),
                        "Take"
                        Icon { shape: lucide::ARROW_RIGHT, size: 18 }
                    }
                    TransitionMenu {}
                }
                Monitor { key: "programme", feed: Feed::Programme, title: "Programme", scene: on_air(), editable: false }
            }
        } else {
            div { class: "stages",
                Monitor { key: "programme", feed: Feed::Programme, title: "Programme", scene: on_air(), editable: true }
            }
        }
    }
}

#[component]
fn Monitor(feed: Feed, title: String, scene: String, editable: bool) -> Element {
    let mut size = use_signal(|| (0.0, 0.0));
    let canvas = use_memo(|| STUDIO.read().collection.canvas);
    let url = use_memo(move || {
        let studio = STUDIO.read();
        let path = match feed {
            Feed::Programme => "programme",
            Feed::Preview => "preview",
        };
        if studio.pictures.is_empty() { String::new() } else { format!("{}/{path}", studio.pictures) }
    });
    let is_live = use_memo(move || feed == Feed::Programme && !STUDIO.read().show.is_off());
    let waits = use_memo(move || {
        let studio = STUDIO.read();
        feed == Feed::Programme && studio.programme() != studio.collection.scene(&studio.on_air)
    });
    let is_empty = use_memo(move || {
        let studio = STUDIO.read();
        editable && studio.collection.scene(&edited(&studio)).is_none_or(|scene| scene.items.is_empty())
    });
    let view = use_memo(move || klieg_studio_model::geometry::View::fitted(canvas(), size(), MARGIN));
    let class = if is_live() { "monitor-frame live-frame" } else { "monitor-frame" };
    rsx! {
        section { class: "monitor", "aria-label": "{title}: {scene}",
            header { class: "monitor-head",
                h2 { "{title}" }
                span { class: "row-name soft", title: "{scene}", "{scene}" }
                if is_live() {
                    span { class: "mark mark-live", "On air" }
                }
                if waits() {
                    span { class: "mark", title: "Viewers see this scene as it was; take it to show what you arranged since", "Changes wait" }
                }
            }
            div {
                class: "monitor-room",
                onresize: move |event| {
                    if let Ok(room) = event.data().get_content_box_size() {
                        size.set((room.width, room.height));
                    }
                },
                if size().0 > 0.0 {
                    Frame { class, view, canvas,
                        Picture { key: "{url}", url: url() }
                    }
                    if editable && !is_empty() {
                        Overlay { view, size }
                    }
                    if is_empty() {
                        Empty {}
                    }
                }
            }
        }
    }
}

/// The place of the canvas in the room.
#[component]
fn Frame(
    class: String,
    view: Memo<klieg_studio_model::geometry::View>,
    canvas: Memo<Canvas>,
    children: Element,
) -> Element {
    let place = view().to_window(klieg_studio_model::geometry::Rect::of_canvas(canvas()));
    rsx! {
        div {
            class,
            left: "{place.x}px",
            top: "{place.y}px",
            width: "{place.width}px",
            height: "{place.height}px",
            {children}
        }
    }
}

/// What a scene without items offers.
#[component]
fn Empty() -> Element {
    let offered = ["camera", "screen", "screen-cast", "image", "text"];
    let kinds = use_memo(|| words::kinds(&STUDIO.read().devices));
    rsx! {
        div { class: "stage-empty",
            h3 { "This scene is empty" }
            p { "Add what your viewers shall see. You can move and resize it here." }
            div { class: "actions",
                for (key , name , shape , _) in kinds().into_iter().filter(|(key, ..)| offered.contains(key)) {
                    button { key: "{key}", class: "button button-plain", onclick: move |_| add::chosen(key),
                        Icon { shape, size: 18 }
                        "{name}"
                    }
                }
            }
        }
    }
}
