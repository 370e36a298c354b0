//! Going live, with what to look at before; and ending the show.

mod typed;

use dioxus::prelude::*;
use klieg_studio_model::{Announcement, Audience, Command, Destination, DestinationKind, Severity, ShowState, figures};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Field, Icon, Select, Switch, Tone};

use self::typed::Typed;
use crate::browser;
use crate::desk::{self, Open};
use crate::dialog::Dialog;
use crate::docks::AdviceRow;
use crate::focus;
use crate::settings::Page;
use crate::studio::{STUDIO, act, ask};

/// Tags as they are typed.
const BETWEEN_TAGS: &str = ", ";
const AUDIENCES: [(Audience, &str, &str); 3] = [
    (Audience::Public, "public", "Everybody; it is listed"),
    (Audience::Unlisted, "unlisted", "Everybody who has the link"),
    (Audience::Private, "private", "Only you"),
];

/// Stands for the audience that the server knows.
const AS_IT_IS: &str = "as-it-is";
/// Milliseconds after which a server that did not answer is asked again.
const AGAIN: u32 = 5_000;

fn audiences(is_known: bool) -> Vec<(String, String)> {
    let unknown = (!is_known).then_some((AS_IT_IS, "As it is on the server"));
    let known = AUDIENCES.into_iter().map(|(_, key, words)| (key, words));
    unknown.into_iter().chain(known).map(|(key, words)| (key.to_owned(), words.to_owned())).collect()
}

fn text(known: Option<&String>) -> String {
    known.cloned().unwrap_or_default()
}

fn joined(tags: Option<&Vec<String>>) -> String {
    tags.map_or_else(String::new, |tags| tags.join(BETWEEN_TAGS))
}

/// What to say below a switch.
fn hint(is_known: bool, words: &str) -> String {
    let unknown = "As it is on the server, unless you change it: that is not known yet";
    if is_known { words } else { unknown }.to_owned()
}

/// Lets a field show what is `new` if it still shows what was `old`. One that was emptied the last time, so that its text is `kept`, looks
/// as one in which nothing was known yet.
fn follow(mut field: Signal<String>, kept: Option<&String>, old: &str, new: String) {
    let was_emptied = old.is_empty() && kept.is_some();
    if old != new && *field.peek() == *old && !was_emptied {
        field.set(new);
    }
}

#[component]
pub fn GoLive() -> Element {
    // It may have been changed on the server: nothing is known before that has answered.
    let mut is_read = use_signal(|| STUDIO.peek().account.is_none());
    use_future(move || async move {
        while !*is_read.peek() && !STUDIO.peek().session_ended {
            match ask(Command::ReadChannel).await {
                Ok(()) => is_read.set(true),
                Err(_) => gloo_timers::future::TimeoutFuture::new(AGAIN).await,
            }
        }
    });
    let known = use_memo(move || if is_read() { STUDIO.read().announcement.clone() } else { Announcement::default() });
    let mut before = use_signal(Announcement::default);
    let kept = use_hook(Typed::kept);
    let title = use_signal(|| kept.title.clone().unwrap_or_default());
    let category = use_signal(|| kept.category.clone().unwrap_or_default());
    let tags = use_signal(|| kept.tags.clone().unwrap_or_default());
    // What was typed or chosen stays.
    let was = kept.clone();
    use_effect(move || {
        let (old, new) = (before.peek().clone(), known());
        follow(title, was.title.as_ref(), &text(old.title.as_ref()), text(new.title.as_ref()));
        follow(category, was.category.as_ref(), &text(old.category.as_ref()), text(new.category.as_ref()));
        follow(tags, was.tags.as_ref(), &joined(old.tags.as_ref()), joined(new.tags.as_ref()));
        before.set(new);
    });
    // A show that begins by a key, the tray or another program needs no form any more.
    use_effect(|| {
        if !STUDIO.read().show.is_off() {
            desk::close();
        }
    });
    let mut audience = use_signal(|| kept.audience);
    let mut mature = use_signal(|| kept.mature);
    let mut tell_followers = use_signal(|| kept.tell_followers);
    let mut is_told = use_signal(|| false);
    use_effect(move || {
        let known = before();
        let changed = |field: Signal<String>, known: String| Some(field()).filter(|typed| *typed != known);
        let typed = Typed {
            title: changed(title, text(known.title.as_ref())),
            category: changed(category, text(known.category.as_ref())),
            tags: changed(tags, joined(known.tags.as_ref())),
            audience: audience(),
            mature: mature(),
            tell_followers: tell_followers(),
        };
        if !*is_told.peek() {
            typed.keep();
        }
    });
    let is_signed_in = use_memo(|| STUDIO.read().account.is_some());
    let preflight = use_memo(|| STUDIO.read().preflight());
    let destinations = use_memo(|| STUDIO.read().profile.destinations.clone());
    let with_recording = use_memo(|| STUDIO.read().profile.recording.with_show);
    let mut asks = use_signal(|| false);
    let worst = use_memo(move || {
        preflight.read().iter().find(|advice| advice.severity == Severity::Bad).map(|advice| advice.text.clone())
    });
    let mut go = move || {
        let tags =
            tags.peek().split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let shown = Announcement {
            title: Some(title.peek().trim().to_owned()),
            category: Some(category.peek().trim().to_owned()),
            tags: Some(tags),
            audience: *audience.peek(),
            mature: *mature.peek(),
            tell_followers: *tell_followers.peek(),
        };
        let announcement = shown.unlike(&before.peek());
        is_told.set(true);
        typed::forget();
        act(Command::GoLive { announcement });
        desk::close();
    };
    let count = destinations.read().iter().filter(|destination| destination.enabled).count();
    let places = figures::counted(count as u64, "destination");
    rsx! {
        Dialog { title: "Go live", shape: "wide", onclose: move |()| desk::close(),
            div { class: "dialog-body go-live-body",
                // Without an account there is nobody who could be told anything.
                section { class: "form", "aria-label": if is_signed_in() { "What viewers are told, and where" } else { "Where the show goes" },
                    if is_signed_in() {
                        Field { label: "Title", name: "show-title", value: title, max: 140, placeholder: "What is tonight’s show?" }
                        Field { label: "Category", name: "show-category", value: category, max: 40, placeholder: "Music, talk, a game" }
                        Field { label: "Tags", name: "show-tags", value: tags, max: 200, hint: "Separate them with commas" }
                        Select {
                            label: "Who may watch",
                            name: "show-audience",
                            options: audiences(known.read().audience.is_some()),
                            value: AUDIENCES.iter().find(|(one, ..)| Some(*one) == audience().or(known.read().audience)).map_or(AS_IT_IS, |(_, key, _)| key),
                            onchoose: move |chosen: String| {
                                audience.set(AUDIENCES.into_iter().find(|(_, key, _)| *key == chosen).map(|(one, ..)| one));
                            },
                        }
                        Switch {
                            label: "For adults only",
                            name: "show-mature",
                            on: mature().or(known.read().mature).unwrap_or_default(),
                            hint: hint(mature().or(known.read().mature).is_some(), "Marks the show as 18+"),
                            onset: move |on| mature.set(Some(on)),
                        }
                        Switch {
                            label: "Tell followers",
                            name: "show-tell-followers",
                            on: tell_followers().or(known.read().tell_followers).unwrap_or(true),
                            hint: hint(
                                tell_followers().or(known.read().tell_followers).is_some(),
                                "Once a show, and not of one that only you may watch",
                            ),
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
                        if preflight.read().iter().all(|advice| advice.severity == Severity::Good) {
                            Alert { tone: Tone::Good, "Picture, sound and destinations are ready." }
                        }
                    }
                }
            }
            footer { class: "dialog-foot",
                if let (true, Some(reason)) = (asks(), worst()) {
                    p { class: "foot-words", role: "alert",
                        if count == 0 {
                            "The show goes nowhere: add a destination, or switch one on."
                        } else {
                            "{reason} Viewers may see nothing. Go live all the same?"
                        }
                    }
                    button {
                        class: "button button-quiet",
                        onmounted: |event| focus::follow(&event),
                        onclick: move |_| asks.set(false),
                        "Not yet"
                    }
                    if count == 0 {
                        button {
                            class: "button button-primary",
                            onclick: |_| desk::open(Open::Settings(Page::Destinations)),
                            "Open destinations"
                        }
                    } else {
                        button { class: "button button-danger", onclick: move |_| go(), "Go live all the same" }
                    }
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
    let id = destination.id.clone();
    let has_key = use_memo(move || STUDIO.read().keys.contains(&id));
    let address = destination.shown_address(has_key());
    rsx! {
        Switch {
            label: destination.name.clone(),
            name: "to-{destination.id}",
            on: destination.enabled,
            hint: "{kind} · {address}",
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
