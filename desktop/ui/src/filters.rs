//! The filters of a source: those its picture passes, and those its sound passes, in order.

mod dial;
mod picture;
mod sound;

use std::path::PathBuf;

use dioxus::prelude::*;
use klieg_studio_model::{Edit, PictureFilter, SoundFilter, Source, Strip};
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Segments, Slider, Switch};

use self::picture::PictureFields;
use self::sound::SoundFields;
use crate::bridge::{self, Pick};
use crate::desk;
use crate::dialog::Dialog;
use crate::gesture::use_gesture;
use crate::menu::{Line, Menu};
use crate::studio::{STUDIO, edit_as, say, tell_edit};
use crate::words;

#[component]
pub fn Filters(source: String) -> Element {
    let name = source.clone();
    let has = use_memo(move || {
        let studio = STUDIO.read();
        let source = studio.collection.source(&name);
        (source.is_some_and(Source::has_picture), source.is_some_and(Source::has_sound))
    });
    let mut of_sound = use_signal(|| false);
    let shows_sound = has().1 && (of_sound() || !has().0);
    rsx! {
        Dialog { title: "Filters of {source}", onclose: move |()| desk::close(),
            div { class: "dialog-body form",
                if has() == (true, true) {
                    Segments {
                        label: "Filters of",
                        name: "filter-side",
                        options: vec![("picture".to_owned(), "Picture".to_owned()), ("sound".to_owned(), "Sound".to_owned())],
                        value: if shows_sound { "sound" } else { "picture" },
                        onchoose: move |value: String| of_sound.set(value == "sound"),
                    }
                }
                if shows_sound {
                    Sound { source: source.clone() }
                } else {
                    Picture { source: source.clone() }
                }
            }
            footer { class: "dialog-foot",
                span { class: "spacer" }
                button { class: "button button-primary", onclick: move |_| desk::close(), "Done" }
            }
        }
    }
}

#[component]
fn Picture(source: String) -> Element {
    let name = source.clone();
    let look = use_memo(move || STUDIO.read().collection.look(&name).to_vec());
    let name = source.clone();
    let problems = use_memo(move || STUDIO.read().looks.get(&name).cloned().unwrap_or_default());
    let gesture = use_gesture();
    let of_table = source.clone();
    let set = use_callback(move |look: Vec<PictureFilter>| {
        if let Err(why) = edit_as(Edit::SetLook { source: source.clone(), look }, gesture.number()) {
            say(why.to_string());
        }
    });
    // A table in the place of one that is there, or one more.
    let pick = use_callback(move |place: usize| pick_table(of_table.clone(), look.peek().clone(), place));
    let fresh = [
        PictureFilter::chroma_key(),
        PictureFilter::colour(),
        PictureFilter::crop(),
        PictureFilter::blur(),
        PictureFilter::lut(PathBuf::new()),
    ];
    let count = look.read().len();
    rsx! {
        div { class: "filters", onpointerdown: move |_| gesture.begin(), onfocusin: move |_| gesture.begin(),
            if count == 0 {
                p { class: "soft", "No filter yet. A chroma key takes a green wall away; colour correction makes two cameras look alike." }
            }
            for (place , filter) in look().into_iter().enumerate() {
                FilterCard {
                    key: "{place}-{words::picture_filter(&filter).0}",
                    words: words::picture_filter(&filter),
                    place,
                    count,
                    onmove: move |to| set.call(moved(&look.peek(), place, to)),
                    onremove: move |()| set.call(without(&look.peek(), place)),
                    PictureFields {
                        place,
                        trouble: trouble(&problems.read(), &filter),
                        filter,
                        onset: move |filter| set.call(with(&look.peek(), place, filter)),
                        onpick: move |()| pick.call(place),
                    }
                }
            }
            Add {
                choices: fresh.iter().map(words::picture_filter).collect::<Vec<_>>(),
                onadd: move |choice: usize| match fresh.get(choice) {
                    Some(PictureFilter::Lut { .. }) => pick.call(count),
                    Some(filter) => set.call(and(&look.peek(), filter)),
                    None => {}
                },
            }
        }
    }
}

#[component]
fn Sound(source: String) -> Element {
    let name = source.clone();
    let strip = use_memo(move || STUDIO.read().collection.strip(&name));
    let gesture = use_gesture();
    let set = use_callback(move |strip: Strip| {
        if let Err(why) = edit_as(Edit::SetStrip { source: source.clone(), strip }, gesture.number()) {
            say(why.to_string());
        }
    });
    let put = move |filters: Vec<SoundFilter>| set.call(Strip { filters, ..strip.peek().clone() });
    let fresh = [
        SoundFilter::NoiseSuppression,
        SoundFilter::gate(),
        SoundFilter::compressor(),
        SoundFilter::limiter(),
        SoundFilter::gain(),
    ];
    let now = strip();
    let count = now.filters.len();
    rsx! {
        div { class: "filters", onpointerdown: move |_| gesture.begin(), onfocusin: move |_| gesture.begin(),
            if count == 0 {
                p { class: "soft", "No filter yet. For a voice, start with noise suppression, then a compressor, then a limiter." }
            }
            for (place , filter) in now.filters.iter().cloned().enumerate() {
                FilterCard {
                    key: "{place}-{words::sound_filter(&filter).0}",
                    words: words::sound_filter(&filter),
                    place,
                    count,
                    onmove: move |to| put(moved(&strip.peek().filters, place, to)),
                    onremove: move |()| put(without(&strip.peek().filters, place)),
                    SoundFields { place, filter, onset: move |filter| put(with(&strip.peek().filters, place, filter)) }
                }
            }
            Add {
                choices: fresh.iter().map(words::sound_filter).collect::<Vec<_>>(),
                onadd: move |choice: usize| {
                    if let Some(filter) = fresh.get(choice) {
                        put(and(&strip.peek().filters, filter));
                    }
                },
            }
            Switch {
                label: "Mono",
                name: "strip-mono",
                hint: "Heard the same in both ears: for a voice that comes on one side only. It is 6 dB quieter then.",
                on: now.mono,
                onset: move |mono| set.call(Strip { mono, ..strip.peek().clone() }),
            }
            Slider {
                label: "Delay",
                name: "strip-delay",
                value: f64::from(now.delay),
                min: 0.0,
                max: 1_000.0,
                step: 5.0,
                text: format!("{} ms", now.delay),
                onset: move |delay: f64| set.call(Strip { delay: delay as u32, ..strip.peek().clone() }),
            }
            p { class: "field-hint", "For a picture that comes later than its sound, such as a slow camera’s." }
        }
    }
}

/// The button that adds one of the filters, given by their names and hints.
#[component]
fn Add(choices: Vec<(&'static str, &'static str)>, onadd: EventHandler<usize>) -> Element {
    let lines = choices.iter().enumerate().map(|(place, (name, hint))| Line::new(place.to_string(), *name).hint(*hint));
    rsx! {
        Menu {
            label: "Add a filter",
            class: "button button-plain",
            lines: lines.collect::<Vec<_>>(),
            onchoose: move |value: String| {
                if let Ok(choice) = value.parse() {
                    onadd.call(choice);
                }
            },
            Icon { shape: lucide::PLUS, size: 18 }
            "Add a filter"
        }
    }
}

/// Why a filter does nothing, if that is so.
fn trouble(problems: &[String], filter: &PictureFilter) -> Option<String> {
    let subject = filter.subject()?;
    problems.iter().find(|problem| problem.starts_with(&subject)).cloned()
}

/// Lets a colour table be chosen for a place in a look; its strength stays.
fn pick_table(source: String, mut look: Vec<PictureFilter>, place: usize) {
    wasm_bindgen_futures::spawn_local(async move {
        let path: PathBuf = match bridge::pick(Pick::Lut).await {
            Ok(Some(path)) => path.into(),
            Ok(None) => return,
            Err(why) => return say(why),
        };
        match look.get_mut(place) {
            Some(PictureFilter::Lut { path: known, .. }) => *known = path,
            _ => look.push(PictureFilter::lut(path)),
        }
        tell_edit(Edit::SetLook { source, look });
    });
}

/// One filter: its name, its fields, and what can be done with it.
#[component]
fn FilterCard(
    words: (&'static str, &'static str),
    place: usize,
    count: usize,
    onmove: EventHandler<usize>,
    onremove: EventHandler<()>,
    children: Element,
) -> Element {
    let (name, hint) = words;
    rsx! {
        section { class: "filter", "aria-label": "{name}",
            header { class: "filter-head",
                h3 { title: "{hint}", "{name}" }
                button {
                    class: "icon-button small-button",
                    title: "Earlier",
                    "aria-label": "{name} earlier",
                    disabled: place == 0,
                    onclick: move |_| onmove.call(place - 1),
                    Icon { shape: lucide::ARROW_UP, size: 16 }
                }
                button {
                    class: "icon-button small-button",
                    title: "Later",
                    "aria-label": "{name} later",
                    disabled: place + 1 == count,
                    onclick: move |_| onmove.call(place + 1),
                    Icon { shape: lucide::ARROW_DOWN, size: 16 }
                }
                button {
                    class: "icon-button small-button",
                    title: "Remove",
                    "aria-label": "Remove {name}",
                    onclick: move |_| onremove.call(()),
                    Icon { shape: lucide::TRASH, size: 16 }
                }
            }
            div { class: "filter-fields", {children} }
        }
    }
}

fn and<T: Clone>(all: &[T], one: &T) -> Vec<T> {
    all.iter().chain([one]).cloned().collect()
}

fn with<T: Clone>(all: &[T], place: usize, value: T) -> Vec<T> {
    let mut all = all.to_vec();
    if let Some(known) = all.get_mut(place) {
        *known = value;
    }
    all
}

fn without<T: Clone>(all: &[T], place: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, value)| value.clone()).collect()
}

fn moved<T: Clone>(all: &[T], from: usize, to: usize) -> Vec<T> {
    let mut all = all.to_vec();
    if from < all.len() && to < all.len() {
        all.swap(from, to);
    }
    all
}
