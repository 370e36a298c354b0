//! The fields of words, and the fonts that they can be drawn in.

use dioxus::prelude::*;
use klieg_studio_model::{Align, Colour, Text, font};
use klieg_ui::{ColourWell, Entry, Number, Segments, Switch};

use super::opaque;
use crate::bridge;

#[component]
pub fn TextForm(text: Text, onchange: EventHandler<Text>) -> Element {
    let was = use_memo(use_reactive!(|text| text));
    let change = move |with: &dyn Fn(&mut Text)| {
        let mut text = was.peek().clone();
        with(&mut text);
        onchange.call(text);
    };
    let align = match text.align {
        Align::Left => "left",
        Align::Centre => "centre",
        Align::Right => "right",
    };
    let mut fonts = use_signal(Vec::<String>::new);
    // Where the studio does not know them, a font is typed.
    use_future(move || async move { fonts.set(bridge::fonts().await.unwrap_or_default()) });
    let installed = fonts.read();
    let hint = font::trouble(&text.font, &installed);
    rsx! {
        Entry {
            label: "Words",
            name: "text-words",
            several_lines: true,
            value: text.text.clone(),
            onset: move |words: String| change(&|text| text.text.clone_from(&words)),
        }
        Entry {
            label: "Font",
            name: "text-font",
            value: text.font.clone(),
            max: 120,
            list: "text-fonts",
            hint: hint.unwrap_or_else(|| "A family and a style, such as Inter Bold".to_owned()),
            onset: move |font: String| change(&|text| text.font.clone_from(&font)),
        }
        datalist { id: "text-fonts",
            for family in installed.iter() {
                option { key: "{family}", value: font::written(family) }
            }
        }
        div { class: "form-row",
            Number {
                label: "Size",
                name: "text-size",
                value: f64::from(text.size),
                min: 4.0,
                max: 2_000.0,
                unit: "px",
                onset: move |size: f64| change(&|text| text.size = size as u32),
            }
            div { class: "field",
                span { class: "legend", "Alignment" }
                Segments {
                    label: "Alignment",
                    name: "text-align",
                    options: [("left", "Left"), ("centre", "Centre"), ("right", "Right")]
                        .map(|(key, name)| (key.to_owned(), name.to_owned()))
                        .to_vec(),
                    value: align.to_owned(),
                    onchoose: move |value: String| {
                        change(&|text| {
                            text.align = match value.as_str() {
                                "left" => Align::Left,
                                "right" => Align::Right,
                                _ => Align::Centre,
                            };
                        });
                    },
                }
            }
        }
        div { class: "form-row",
            ColourWell {
                label: "Colour",
                name: "text-colour",
                value: opaque(text.colour),
                onset: move |value: String| change(&|text| {
                    if let Ok(colour) = value.parse::<Colour>() {
                        text.colour = Colour { alpha: text.colour.alpha, ..colour };
                    }
                }),
            }
            if let Some(outline) = text.outline {
                ColourWell {
                    label: "Outline",
                    name: "text-outline",
                    value: opaque(outline),
                    onset: move |value: String| change(&|text| text.outline = value.parse().ok()),
                }
            }
        }
        Switch {
            label: "Draw an outline around the letters",
            name: "text-has-outline",
            on: text.outline.is_some(),
            onset: move |on: bool| change(&|text| text.outline = on.then_some(Colour::BLACK)),
        }
    }
}
