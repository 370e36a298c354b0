//! What the show is called, and who may find it.

use dioxus::prelude::*;
use klieg_api::channels::{Channel, ChannelChange, Visibility};
use klieg_core::{CallError, calls};
use klieg_ui::{Alert, Check, Field, Segments, Tone, use_toasts};

use crate::client::{self, VIEWER, Viewer};
use crate::pages::say;
use crate::pages::trouble::words;
use crate::{i18n, t};

/// Suggestions; any other word is as good.
const CATEGORIES: &[&str] =
    &["Art", "Code", "Cooking", "Games", "Just talking", "Learning", "Music", "News", "Outdoors", "Science", "Sports"];

#[component]
pub fn ShowForm(channel: Channel) -> Element {
    let toasts = use_toasts();
    let title = use_signal(|| channel.title.clone());
    let category = use_signal(|| channel.category.clone());
    let tags = use_signal(|| channel.tags.join(", "));
    let language = use_signal(|| channel.language.clone());
    let mature = use_signal(|| channel.mature);
    let announce = use_signal(|| channel.announce);
    let mut visibility = use_signal(|| channel.visibility);
    let mut busy = use_signal(|| false);
    let mut error = use_signal(|| None::<CallError>);
    let save = move |event: FormEvent| {
        event.prevent_default();
        if busy() {
            return;
        }
        busy.set(true);
        let change = ChannelChange {
            title: Some(title().trim().to_owned()),
            category: Some(category().trim().to_owned()),
            tags: Some(split(&tags())),
            language: Some(language().trim().to_owned()),
            mature: Some(mature()),
            visibility: Some(visibility()),
            announce: Some(announce()),
            ..ChannelChange::default()
        };
        spawn(async move {
            match client::send::<Channel>(calls::change_channel(&change)).await {
                Ok(channel) => {
                    error.set(None);
                    if let Viewer::Known(me) = &mut *VIEWER.write() {
                        me.channel = channel;
                    }
                    say(toasts, t!("saved"));
                }
                Err(refused) => error.set(Some(refused)),
            }
            busy.set(false);
        });
    };
    let refused = error();
    let wrong = |field: &str| refused.as_ref().and_then(|error| error.field(field)).map(str::to_owned);
    let options =
        [(Visibility::Public, "public"), (Visibility::Unlisted, "unlisted"), (Visibility::Private, "private")];
    let chosen = options.iter().find(|(option, _)| *option == visibility()).map_or("public", |(_, name)| *name);
    rsx! {
        section { class: "panel",
            h2 { {t!("show")} }
            p { class: "lead", {t!("show-why")} }
            form { class: "form", onsubmit: save, novalidate: true,
                if let Some(error) = &refused {
                    Alert { tone: Tone::Bad, {words(error)} }
                }
                Field {
                    label: t!("show-title"),
                    name: "title",
                    value: title,
                    max: ChannelChange::MAX_TITLE as u32,
                    placeholder: t!("show-title-example"),
                    error: wrong("title"),
                }
                div { class: "form-row",
                    Field {
                        label: t!("category"),
                        name: "category",
                        value: category,
                        list: "categories",
                        max: ChannelChange::MAX_CATEGORY as u32,
                        error: wrong("category"),
                    }
                    Field {
                        label: t!("language"),
                        name: "language",
                        value: language,
                        list: "languages",
                        max: 35,
                        hint: t!("language-hint"),
                        error: wrong("language"),
                    }
                }
                datalist { id: "categories",
                    for name in CATEGORIES {
                        option { value: *name }
                    }
                }
                datalist { id: "languages",
                    for (tag , name , _) in i18n::LANGUAGES {
                        option { value: *tag, "{name}" }
                    }
                }
                Field { label: t!("tags"), name: "tags", value: tags, hint: t!("tags-hint"), max: 300, error: wrong("tags") }
                div { class: "field",
                    span { class: "legend", {t!("visibility")} }
                    div {
                        Segments {
                            label: t!("visibility"),
                            name: "visibility",
                            options: options.map(|(_, name)| (name.to_owned(), t!(&format!("visibility-{name}")))).to_vec(),
                            value: chosen.to_owned(),
                            onchoose: move |value: String| {
                                if let Some((option, _)) = options.iter().find(|(_, name)| *name == value) {
                                    visibility.set(*option);
                                }
                            },
                        }
                    }
                    p { class: "field-hint", {t!(&format!("visibility-{chosen}-hint"))} }
                }
                Check { label: t!("mature-check"), name: "mature", value: mature, hint: t!("mature-hint") }
                Check { label: t!("announce-check"), name: "announce", value: announce, hint: t!("announce-hint") }
                div { class: "actions",
                    button { class: "button button-primary", r#type: "submit", "data-testid": "save-show", "aria-disabled": "{busy()}",
                        if busy() { {t!("saving")} } else { {t!("save")} }
                    }
                }
            }
        }
    }
}

/// Tags as typed: between commas, without what is empty or twice.
fn split(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(|tag| tag.trim().trim_start_matches('#')).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}
