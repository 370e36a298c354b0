//! Where the selected item stands, in numbers; and what can be done with several.

use dioxus::prelude::*;
use klieg_studio_model::geometry::{Rect, anchored, fitted, put, round_angle};
use klieg_studio_model::{Canvas, Crop, Edit, Item, MAX_SIDE, Turn, fader, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Number, Select, Slider};

use crate::desk::{self, Open};
use crate::gesture::use_gesture;
use crate::keys;
use crate::studio::{STUDIO, edit_as, edited, say};

const TURNS: [(Turn, &str, &str); 5] = [
    (Turn::None, "none", "Upright"),
    (Turn::Right, "right", "Quarter turn right"),
    (Turn::Left, "left", "Quarter turn left"),
    (Turn::UpsideDown, "upside-down", "Upside down"),
    (Turn::Mirror, "mirror", "Mirrored"),
];

/// The one selected item, or nothing.
fn the_one() -> Option<(String, Item, bool, bool, Canvas)> {
    let studio = STUDIO.read();
    let mut items = desk::selected(&studio);
    let item = if items.len() == 1 { items.pop()? } else { return None };
    let source = studio.collection.source(&item.source)?;
    Some((edited(&studio), item, source.has_picture(), source.has_sound(), studio.collection.canvas))
}

/// What holds of several selected items: how many they are, and whether some of them belong to groups.
fn the_many() -> Option<(usize, bool)> {
    let items = desk::selected(&STUDIO.read());
    (items.len() > 1).then(|| (items.len(), items.iter().any(|item| item.group.is_some())))
}

#[component]
pub fn Transform() -> Element {
    let one = use_memo(the_one);
    let many = use_memo(the_many);
    let gesture = use_gesture();
    if let Some((count, is_grouped)) = many() {
        return rsx! {
            Several { count, is_grouped }
        };
    }
    let Some((scene, item, has_picture, has_sound, canvas)) = one() else { return rsx! {} };
    let change = move |with: &dyn Fn(&mut Item)| {
        let Some((scene, before, ..)) = one.peek().clone() else { return };
        let mut item = before.clone();
        with(&mut item);
        if (item.crop, item.size(canvas)) != (before.crop, before.size(canvas)) {
            item = anchored(&before, item, canvas);
        }
        if let Err(why) = edit_as(Edit::SetItem { scene, item }, gesture.number()) {
            say(why.to_string());
        }
    };
    let place = move |with: &dyn Fn(Item) -> Item| {
        gesture.begin();
        let Some((scene, item, ..)) = one.peek().clone() else { return };
        if let Err(why) = edit_as(Edit::SetItem { scene, item: with(item) }, gesture.number()) {
            say(why.to_string());
        }
    };
    let (width, height) = item.size(canvas);
    let (far, side) = (f64::from(MAX_SIDE), f64::from(MAX_SIDE));
    let name = item.source.clone();
    let title = name.clone();
    let turn = TURNS.iter().find(|(turn, ..)| *turn == item.turn).map_or("none", |(_, key, _)| key);
    rsx! {
        section {
            key: "{scene}-{item.id}",
            class: "dock transform",
            "aria-labelledby": "transform-title",
            onpointerdown: move |_| gesture.begin(),
            onfocusin: move |_| gesture.begin(),
            header { class: "list-head",
                h2 { id: "transform-title", class: "row-name", title: "{title}", "{title}" }
                button {
                    class: "icon-button small-button",
                    title: "Settings",
                    "aria-label": "Settings of {title}",
                    onclick: move |_| desk::open(Open::Source(name.clone())),
                    Icon { shape: lucide::SETTINGS_2, size: 16 }
                }
            }
            if has_picture {
                div { class: "numbers",
                    Number { label: "Left", name: "item-x", value: f64::from(item.x), min: -far, max: far, unit: "px", onset: move |v: f64| change(&|i| i.x = v as i32) }
                    Number { label: "Top", name: "item-y", value: f64::from(item.y), min: -far, max: far, unit: "px", onset: move |v: f64| change(&|i| i.y = v as i32) }
                    Number { label: "Width", name: "item-width", value: f64::from(width), min: 2.0, max: side, unit: "px", onset: move |v: f64| change(&|i| i.width = Some(v as u32)) }
                    Number { label: "Height", name: "item-height", value: f64::from(height), min: 2.0, max: side, unit: "px", onset: move |v: f64| change(&|i| i.height = Some(v as u32)) }
                }
                div { class: "actions quick",
                    button {
                        class: "button button-plain",
                        title: "As large as the canvas, in its own shape",
                        onclick: move |_| place(&|item| {
                            let shape = STUDIO.peek().shapes.get(&item.source).copied();
                            fitted(&item, canvas, shape)
                        }),
                        Icon { shape: lucide::SCAN, size: 16 }
                        "Fit"
                    }
                    button {
                        class: "button button-plain",
                        title: "Over the whole canvas",
                        onclick: move |_| place(&|item| put(&Item { angle: 0.0, ..item }, canvas, Rect::of_canvas(canvas))),
                        Icon { shape: lucide::MAXIMIZE, size: 16 }
                        "Fill"
                    }
                    button {
                        class: "button button-plain",
                        title: "To the middle of the canvas",
                        onclick: move |_| place(&|item| {
                            let middle = Rect::of_canvas(canvas).centre();
                            put(&item, canvas, Rect::of_item(&item, canvas).centred(middle))
                        }),
                        Icon { shape: lucide::PLUS, size: 16 }
                        "Centre"
                    }
                }
                fieldset {
                    legend { class: "legend", "Cut off" }
                    div { class: "numbers",
                        Number { label: "Left", name: "crop-left", value: f64::from(item.crop.left), min: 0.0, max: side, unit: "px", onset: move |v: f64| change(&|i| i.crop.left = v as u32) }
                        Number { label: "Right", name: "crop-right", value: f64::from(item.crop.right), min: 0.0, max: side, unit: "px", onset: move |v: f64| change(&|i| i.crop.right = v as u32) }
                        Number { label: "Top", name: "crop-top", value: f64::from(item.crop.top), min: 0.0, max: side, unit: "px", onset: move |v: f64| change(&|i| i.crop.top = v as u32) }
                        Number { label: "Bottom", name: "crop-bottom", value: f64::from(item.crop.bottom), min: 0.0, max: side, unit: "px", onset: move |v: f64| change(&|i| i.crop.bottom = v as u32) }
                    }
                    if !item.crop.is_none() {
                        button { class: "text-button", onclick: move |_| change(&|i| i.crop = Crop::default()), "Cut off nothing" }
                    }
                }
                Number {
                    label: "Angle",
                    name: "item-angle",
                    value: item.angle,
                    min: -180.0,
                    max: 180.0,
                    unit: "°",
                    onset: move |v: f64| change(&|i| i.angle = round_angle(v)),
                }
                Select {
                    label: "Turn the picture",
                    name: "item-turn",
                    options: TURNS.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect::<Vec<_>>(),
                    value: turn.to_owned(),
                    onchoose: move |value: String| {
                        if let Some((turn, ..)) = TURNS.into_iter().find(|(_, key, _)| *key == value) {
                            change(&|i| i.turn = turn);
                        }
                    },
                }
                Slider {
                    label: "Opacity",
                    name: "item-opacity",
                    value: item.opacity,
                    min: 0.0,
                    max: 1.0,
                    step: 0.01,
                    text: format!("{:.0} %", item.opacity * 100.0),
                    onset: move |v: f64| change(&|i| i.opacity = v),
                }
            }
            if has_sound {
                Slider {
                    label: "Volume in this scene",
                    name: "item-volume",
                    value: fader::place_of_volume(item.volume),
                    min: 0.0,
                    max: 1.0,
                    step: 0.005,
                    text: figures::decibels(fader::decibels(item.volume)),
                    onset: move |v: f64| change(&|i| i.volume = fader::volume_at(v)),
                }
            }
        }
    }
}

#[component]
fn Several(count: usize, is_grouped: bool) -> Element {
    rsx! {
        section { class: "dock transform", "aria-labelledby": "transform-title",
            header { class: "list-head",
                h2 { id: "transform-title", class: "row-name", "{count} items" }
            }
            div { class: "actions quick",
                button {
                    class: "button button-plain",
                    title: "Arrange them as one from now on (Ctrl+G)",
                    onclick: |_| keys::group(&STUDIO.peek().clone()),
                    Icon { shape: lucide::GROUP, size: 16 }
                    "Group"
                }
                button {
                    class: "button button-plain",
                    title: "They stay where they are (Ctrl+Shift+G)",
                    disabled: !is_grouped,
                    onclick: |_| keys::ungroup(&STUDIO.peek().clone()),
                    Icon { shape: lucide::UNGROUP, size: 16 }
                    "Ungroup"
                }
            }
            p { class: "field-hint several", "On the canvas they are moved, scaled and turned together." }
        }
    }
}
