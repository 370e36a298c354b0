//! Going live, with what to look at before; and ending the show.

use dioxus::prelude::*;
use klieg_studio_model::{Announcement, Audience, Command, Destination, DestinationKind, Severity, ShowState, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Field, Icon, Select, Switch, Tone};

use crate::browser;
use crate::desk::{self, Open};
use crate::dialog::Dialog;
use crate::docks::AdviceRow;
use crate::settings::Page;
use crate::studio::{STUDIO, act};

/// Tags as they are typed.
const BETWEEN_TAGS: &str = ", ";
const AUDIENCES: [(Audience, &str, &str); 3] = [
    (Audience::Public, "public", "Everybody; it is listed"),
    (Audience::Unlisted, "unlisted", "Everybody who has the link"),
    (Audience::Private, "private", "Only you"),
];

#[component]
pub fn GoLive() -> Element {
    let before = use_hook(|| STUDIO.peek().announcement.clone());
    let title = use_signal(|| before.title.clone().unwrap_or_default());
    let category = use_signal(|| before.category.clone().unwrap_or_default());
    let tags = use_signal(|| before.tags.clone().unwrap_or_default().join(BETWEEN_TAGS));
    let mut audience = use_signal(|| before.audience);
    let mut mature = use_signal(|| before.mature);
    let mut tell_followers = use_signal(|| before.tell_followers);
    let is_signed_in = use_memo(|| STUDIO.read().account.is_some());
    let preflight = use_memo(|| STUDIO.read().preflight());
    let destinations = use_memo(|| STUDIO.read().profile.destinations.clone());
    let with_recording = use_memo(|| STUDIO.read().profile.recording.with_show);
    let mut asks = use_signal(|| false);
    let worst = use_memo(move || {
        preflight.read().iter().find(|advice| advice.severity == Severity::Bad).map(|advice| advice.text.clone())
    });
    // What is empty is emptied, unless nobody knows what there is: the server was not reached.
    let (knows_title, knows_category, knows_tags) =
        (before.title.is_some(), before.category.is_some(), before.tags.is_some());
    let go = move || {
        let typed = |text: &str, is_known: bool| (is_known || !text.is_empty()).then(|| text.to_owned());
        let tags: Vec<_> =
            tags.peek().split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect();
        let announcement = Announcement {
            title: typed(title.peek().trim(), knows_title),
            category: typed(category.peek().trim(), knows_category),
            tags: (knows_tags || !tags.is_empty()).then_some(tags),
            audience: *audience.peek(),
            mature: *mature.peek(),
            tell_followers: *tell_followers.peek(),
        };
        act(Command::GoLive { announcement });
        desk::close();
    };
    let count = destinations.read().iter().filter(|destination| destination.enabled).count();
    let places = figures::counted(count as u64, "destination");
    rsx! {
        Dialog { title: "Go live", shape: "wide", onclose: move |()| desk::close(),
            div { class: "dialog-body go-live-body",
                section { class: "form", "aria-label": "What viewers are told",
                    Field { label: "Title", name: "show-title", value: title, max: 140, placeholder: "What is tonight’s show?" }
                    Field { label: "Category", name: "show-category", value: category, max: 40, placeholder: "Music, talk, a game" }
                    Field { label: "Tags", name: "show-tags", value: tags, max: 200, hint: "Separate them with commas" }
                    if is_signed_in() {
                        Select {
                            label: "Who may watch",
                            name: "show-audience",
                            options: AUDIENCES.iter().map(|(_, key, words)| ((*key).to_owned(), (*words).to_owned())).collect::<Vec<_>>(),
                            value: AUDIENCES.iter().find(|(known, ..)| Some(*known) == audience()).map_or("public", |(_, key, _)| key),
                            onchoose: move |chosen: String| {
                                audience.set(AUDIENCES.into_iter().find(|(_, key, _)| *key == chosen).map(|(known, ..)| known));
                            },
                        }
                        Switch {
                            label: "For adults only",
                            name: "show-mature",
                            on: mature().unwrap_or_default(),
                            hint: "Marks the show as 18+",
                            onset: move |on| mature.set(Some(on)),
                        }
                        Switch {
                            label: "Tell followers",
                            name: "show-tell-followers",
                            on: tell_followers().unwrap_or(true),
                            hint: "Once a show, and not of one that only you may watch",
                            onset: move |on| tell_followers.set(Some(on)),
                        }
                    }
                    h3 { "Goes to" }
                    if destinations.read().is_empty() {
                        div { class: "inline-empty",
                            p { class: "soft", "No destination yet. Sign in to a Klieg server, or add any server that takes WHIP or RTMP." }
                            button {
                                class: "button button-plain",
                                onclick: |_| desk::open(Open::Settings(Page::Destinations)),
                                Icon { shape: lucide::PLUS, size: 18 }
                                "Add a destination"
                            }
                        }
                    }
                    div { class: "switches",
                        for destination in destinations() {
                            DestinationSwitch { key: "{destination.id}", destination }
                        }
                    }
                    if with_recording() {
                        p { class: "soft small", "The show is recorded to this computer as well." }
                    }
                }
                section { class: "preflight", "aria-label": "Before you go live",
                    h3 { "Before you go live" }
                    div { class: "advice",
                        for advice in preflight() {
                            AdviceRow { key: "{advice.key}", advice }
                        }
                        if preflight.read().is_empty() {
                            Alert { tone: Tone::Good, "Picture, sound and destinations are ready." }
                        }
                    }
                }
            }
            footer { class: "dialog-foot",
                if let (true, Some(reason)) = (asks(), worst()) {
                    p { class: "foot-words", role: "alert", "{reason} Viewers may see nothing. Go live all the same?" }
                    button { class: "button button-quiet", onclick: move |_| asks.set(false), "Not yet" }
                    button { class: "button button-danger", onclick: move |_| go(), "Go live all the same" }
                } else {
                    p { class: "foot-words soft",
                        if count == 0 {
                            "Your show goes nowhere yet."
                        } else {
                            "Your show goes to {places}."
                        }
                    }
                    button { class: "button button-quiet", onclick: move |_| desk::close(), "Not yet" }
                    button {
                        class: "button button-primary button-large",
                        onclick: move |_| {
                            if worst.peek().is_some() {
                                asks.set(true);
                            } else {
                                go();
                            }
                        },
                        Icon { shape: lucide::RADIO }
                        "Go live"
                    }
                }
            }
        }
    }
}

#[component]
fn DestinationSwitch(destination: Destination) -> Element {
    let kind = match destination.kind {
        DestinationKind::Klieg => "Klieg",
        DestinationKind::Whip => "WHIP",
        DestinationKind::Rtmp => "RTMP",
    };
    rsx! {
        Switch {
            label: destination.name.clone(),
            name: "to-{destination.id}",
            on: destination.enabled,
            hint: "{kind} · {destination.url}",
            onset: move |enabled| {
                let destination = Destination { enabled, ..destination.clone() };
                act(Command::SetDestination { destination, key: None });
            },
        }
    }
}

#[component]
pub fn EndShow() -> Element {
    let show = use_memo(|| STUDIO.read().show.clone());
    let sentence = match show() {
        ShowState::Live { since } => {
            let seconds = browser::now().saturating_sub(since) / 1_000;
            format!(
                "You have been live for {}. Viewers see that the show is over, and going live again starts a new one.",
                figures::duration(seconds)
            )
        }
        ShowState::Off => "The show is over already.".to_owned(),
        _ => "No destination has taken the show yet. It is called off, and nobody has seen anything.".to_owned(),
    };
    let recording = use_memo(|| STUDIO.read().recording.as_ref().map(|recording| recording.with_show));
    rsx! {
        Dialog { title: "End the show?", onclose: move |()| desk::close(),
            div { class: "dialog-body",
                p { "{sentence}" }
                match recording() {
                    Some(true) => rsx! {
                        p { class: "soft", "The recording stops as well, and is kept." }
                    },
                    Some(false) => rsx! {
                        p { class: "soft", "The recording goes on: it did not begin with the show." }
                    },
                    None => rsx! {},
                }
            }
            footer { class: "dialog-foot",
                button { class: "button button-quiet", onclick: move |_| desk::close(), "Stay live" }
                button {
                    class: "button button-danger",
                    onclick: move |_| {
                        act(Command::EndShow);
                        desk::close();
                    },
                    "End show"
                }
            }
        }
    }
}
