//! The channel's emotes: chosen or dropped here, named, looked at, added, and deleted.

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

#[component]
pub fn Emotes(handle: Handle) -> Element {
    let toasts = use_toasts();
    let mut drafts = use_signal(Vec::<Draft>::new);
    let mut count = use_signal(|| 0_u32);
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
                        for emote in emotes {
                            Row { key: "{emote.url} {emote.name}", emote, ongone: move |()| list.restart() }
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
                Chooser { onchoose: choose }
            }
        }
    }
}

fn written(name: &EmoteName) -> String {
    format!(":{name}:")
}

/// Where files are chosen, or dropped.
#[component]
fn Chooser(onchoose: EventHandler<Vec<FileData>>) -> Element {
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
    let target = event.downcast::<web_sys::Event>().and_then(|event| event.target());
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
fn Row(emote: Emote, ongone: EventHandler<()>) -> Element {
    let toasts = use_toasts();
    let mut asked = use_signal(|| false);
    let name = written(&emote.name);
    let delete = {
        let name = emote.name.clone();
        move |_| {
            let call = calls::delete_emote(name.as_str());
            spawn(async move {
                match client::send_only(call).await {
                    Ok(()) => ongone.call(()),
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
                        button { class: "button button-quiet", onclick: move |_| asked.set(false), {t!("emote-keep")} }
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
                    onclick: move |_| asked.set(true),
                    Icon { shape: lucide::TRASH }
                }
            }
        }
    }
}
