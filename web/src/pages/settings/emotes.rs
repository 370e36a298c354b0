//! The channel's emotes: chosen or dropped here, named, looked at, added, and deleted.

use std::collections::HashMap;
use std::rc::Rc;

use dioxus::html::{FileData, HasFileData};
use dioxus::prelude::*;
use klieg_api::emotes::{Emote, EmoteName, MAX_BYTES, MAX_EMOTES};
use klieg_api::{Handle, Page};
use klieg_core::calls;
use klieg_core::room::emotes::name_of_file;
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Field, Icon, Tone, use_toasts};
use wasm_bindgen::JsCast;

use crate::pages::form::use_form;
use crate::pages::say;
use crate::pages::trouble::words;
use crate::{client, i18n, t};

/// What the server takes.
const KINDS: [&str; 4] = ["image/png", "image/gif", "image/webp", "image/jpeg"];

/// A file that may become an emote.
#[derive(Clone, PartialEq)]
struct Draft {
    number: u32,
    file: web_sys::File,
}

/// What can have the focus: the button that deletes an emote, by the emote's name, and where files are chosen.
type Places = CopyValue<HashMap<String, Rc<MountedData>>>;
/// Where files are chosen; no emote is called so.
const CHOOSER: &str = "";

fn take_focus(place: Rc<MountedData>) {
    spawn(async move {
        // Refused only when it is gone.
        let _ = place.set_focus(true).await;
    });
}

/// The emote whose button has the focus when the one at this place is gone: the next, or else the one before, or else where
/// files are chosen.
fn neighbour(emotes: &[Emote], index: usize) -> String {
    let next = emotes.get(index + 1).or_else(|| emotes.get(index.checked_sub(1)?));
    next.map_or(CHOOSER, |emote| emote.name.as_str()).to_owned()
}

#[component]
pub fn Emotes(handle: Handle) -> Element {
    let toasts = use_toasts();
    let mut drafts = use_signal(Vec::<Draft>::new);
    let mut count = use_signal(|| 0_u32);
    let places: Places = use_hook(|| CopyValue::new(HashMap::new()));
    let mut list = use_resource(move || {
        let call = calls::emotes(handle.as_str());
        async move { client::send::<Page<Emote>>(call).await.map(|page| page.items) }
    });
    let loaded = list.read().clone();
    let has = loaded.as_ref().and_then(|loaded| loaded.as_ref().ok()).map_or(0, Vec::len);
    let is_full = has >= MAX_EMOTES;
    let choose = move |files: Vec<FileData>| {
        for file in files {
            // What the browser calls a file.
            if let Some(file) = file.inner().downcast_ref::<web_sys::File>()
                && drafts.peek().len() < MAX_EMOTES
            {
                count += 1;
                drafts.write().push(Draft { number: count(), file: file.clone() });
            }
        }
    };
    let mut put_away = move |number: u32| drafts.write().retain(|draft| draft.number != number);
    rsx! {
        section { class: "panel", "data-testid": "emotes",
            h2 { {t!("emotes")} }
            p { class: "lead", {t!("emotes-why")} }
            match loaded {
                None => rsx! {
                    ul { class: "emotes", "aria-busy": "true",
                        for number in 0..3 {
                            li { key: "{number}", class: "emote-row",
                                span { class: "skeleton emote-picture" }
                                span { class: "skeleton skeleton-line" }
                            }
                        }
                    }
                },
                Some(Err(error)) => rsx! {
                    Alert { tone: Tone::Bad, {words(&error)} }
                    button { class: "button button-plain", onclick: move |_| list.restart(),
                        Icon { shape: lucide::REFRESH_CW }
                        {t!("retry")}
                    }
                },
                Some(Ok(emotes)) if emotes.is_empty() => rsx! {
                    p { class: "emotes-none soft", {t!("emotes-none")} }
                },
                Some(Ok(emotes)) => rsx! {
                    p { class: "soft small tabular", {i18n::counted("emotes-count", emotes.len() as u64)} }
                    ul { class: "emotes",
                        for (index , emote) in emotes.iter().enumerate() {
                            Row {
                                key: "{emote.url} {emote.name}",
                                emote: emote.clone(),
                                places,
                                next: neighbour(&emotes, index),
                                ongone: move |next: String| {
                                    let place = places.with(|places| places.get(&next).or_else(|| places.get(CHOOSER)).cloned());
                                    if let Some(place) = place {
                                        take_focus(place);
                                    }
                                    list.restart();
                                },
                            }
                        }
                    }
                },
            }
            ul { class: "emotes-new",
                for draft in drafts() {
                    New {
                        key: "{draft.number}",
                        draft: draft.clone(),
                        onadded: move |emote: Emote| {
                            put_away(draft.number);
                            list.restart();
                            say(toasts, t!("emote-added", "written" => written(&emote.name)));
                        },
                        onleft: move |()| put_away(draft.number),
                    }
                }
            }
            if is_full {
                p { class: "soft", role: "status", {t!("emotes-full")} }
            } else {
                Chooser { places, onchoose: choose }
            }
        }
    }
}

fn written(name: &EmoteName) -> String {
    format!(":{name}:")
}

/// Where files are chosen, or dropped.
#[component]
fn Chooser(places: Places, onchoose: EventHandler<Vec<FileData>>) -> Element {
    let mut places = places;
    let mut is_over = use_signal(|| false);
    rsx! {
        label {
            class: if is_over() { "drop drop-over" } else { "drop" },
            ondragover: move |event| {
                event.prevent_default();
                if !*is_over.peek() {
                    is_over.set(true);
                }
            },
            ondragleave: move |_| is_over.set(false),
            ondrop: move |event| {
                event.prevent_default();
                is_over.set(false);
                onchoose.call(event.files());
            },
            Icon { shape: lucide::IMAGE, size: 24 }
            span { class: "drop-words",
                strong { {t!("emotes-choose")} }
                span { class: "soft small", {t!("emotes-limits")} }
            }
            input {
                class: "visually-hidden",
                r#type: "file",
                name: "emotes",
                multiple: true,
                accept: KINDS.join(","),
                onmounted: move |event| drop(places.write().insert(CHOOSER.to_owned(), event.data())),
                onchange: move |event| {
                    onchoose.call(event.files());
                    empty(&event);
                },
            }
        }
    }
}

/// Empties the field, so that the same file can be chosen again.
fn empty(event: &FormEvent) {
    let target = event.downcast::<web_sys::Event>().and_then(web_sys::Event::target);
    if let Some(input) = target.and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok()) {
        input.set_value("");
    }
}

/// A file's address in this page, given back when it is not shown any more.
struct Preview {
    address: String,
}

impl Preview {
    fn of(file: &web_sys::File) -> Self {
        Self { address: web_sys::Url::create_object_url_with_blob(file).unwrap_or_default() }
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        // It fails for what is no address, which nothing is kept for.
        let _ = web_sys::Url::revoke_object_url(&self.address);
    }
}

/// An emote as it will be.
#[component]
fn New(draft: Draft, onadded: EventHandler<Emote>, onleft: EventHandler<()>) -> Element {
    let form = use_form();
    let name = use_signal(|| name_of_file(&draft.file.name()));
    let preview = use_hook(|| Rc::new(Preview::of(&draft.file)));
    let unfit = if draft.file.size() > MAX_BYTES as f64 {
        Some(t!("emote-too-large"))
    } else if !KINDS.contains(&draft.file.type_().as_str()) {
        Some(t!("emote-wrong-kind"))
    } else {
        None
    };
    let is_fit = unfit.is_none();
    let file = draft.file.clone();
    let submit = move |event: FormEvent| {
        event.prevent_default();
        if is_fit {
            let call = calls::add_emote(name().trim());
            form.send(client::upload::<Emote>(call, file.clone()), move |emote| onadded.call(emote));
        }
    };
    rsx! {
        li {
            form { class: "emote-new", onsubmit: submit, novalidate: true,
                if is_fit {
                    img { class: "emote-picture", src: "{preview.address}", alt: "", width: "56", height: "56" }
                } else {
                    Icon { shape: lucide::CIRCLE_ALERT, size: 24 }
                }
                div { class: "emote-words",
                    if let Some(unfit) = unfit {
                        p { class: "small", "{draft.file.name()}" }
                        Alert { tone: Tone::Bad, "{unfit}" }
                    } else {
                        Field {
                            label: t!("emote-name"),
                            name: format!("emote-{}", draft.number),
                            value: name,
                            max: EmoteName::MAX as u32,
                            hint: t!("emote-name-hint", "written" => format!(":{name}:")),
                            error: form.wrong("name"),
                        }
                        {form.alert()}
                    }
                    div { class: "actions",
                        if is_fit {
                            {form.button("button-primary", t!("emote-add"), t!("emote-adding"))}
                        }
                        button { class: "button button-quiet", r#type: "button", onclick: move |_| onleft.call(()), {t!("emote-leave")} }
                    }
                }
            }
        }
    }
}

#[component]
fn Row(
    emote: Emote,
    places: Places,
    /// Who has the focus once it is gone.
    next: String,
    ongone: EventHandler<String>,
) -> Element {
    let toasts = use_toasts();
    let mut places = places;
    let mut asked = use_signal(|| false);
    // Whether it is kept after all: the focus comes back to where it was asked for.
    let mut is_kept = use_signal(|| false);
    let name = written(&emote.name);
    let delete = {
        let name = emote.name.clone();
        move |_| {
            let call = calls::delete_emote(name.as_str());
            let next = next.clone();
            spawn(async move {
                match client::send_only(call).await {
                    Ok(()) => ongone.call(next),
                    Err(error) => say(toasts, words(&error)),
                }
            });
        }
    };
    rsx! {
        li { class: "emote-row",
            picture {
                if let Some(still) = &emote.still {
                    source { "media": "(prefers-reduced-motion: reduce)", "srcset": "{still}" }
                }
                img { class: "emote-picture", src: "{emote.url}", alt: "", width: "56", height: "56", decoding: "async" }
            }
            if asked() {
                div { class: "emote-words",
                    p { {t!("emote-delete-what", "written" => &name)} }
                    div { class: "actions",
                        button { class: "button button-danger", onclick: delete, {t!("emote-delete")} }
                        button {
                            class: "button button-quiet",
                            onmounted: move |event| take_focus(event.data()),
                            onclick: move |_| {
                                is_kept.set(true);
                                asked.set(false);
                            },
                            {t!("emote-keep")}
                        }
                    }
                }
            } else {
                div { class: "emote-words",
                    code { "{name}" }
                    if emote.is_animated() {
                        p { class: "soft small", {t!("emote-animated")} }
                    }
                }
                button {
                    class: "icon-button",
                    title: t!("emote-delete"),
                    "aria-label": t!("emote-delete-name", "written" => &name),
                    onmounted: {
                        let name = emote.name.to_string();
                        move |event: MountedEvent| {
                            places.write().insert(name.clone(), event.data());
                            if *is_kept.peek() {
                                take_focus(event.data());
                            }
                        }
                    },
                    onclick: {
                        let name = emote.name.to_string();
                        move |_| {
                            // Nothing that is gone can have the focus.
                            places.write().remove(&name);
                            asked.set(true);
                        }
                    },
                    Icon { shape: lucide::TRASH }
                }
            }
        }
    }
}
