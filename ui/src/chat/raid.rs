//! Channels that send people to each other: the raid that is on, who came, and what is recommended.

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::live::Command;
use klieg_api::raids::{Raid, Raided, ShoutOut};
use klieg_api::room::Role;

use super::ChatLink;
use super::panel::{Banner, PutAway};
use super::poll::Left;
use crate::icon::lucide;

/// What is known of other channels. `visit` goes to one; without it nobody can from here.
#[component]
pub(super) fn Raids(link: ChatLink, visit: Option<EventHandler<Handle>>) -> Element {
    let staying = use_signal(|| None::<String>);
    let gone = use_signal(|| None::<Raided>);
    let seen = use_signal(|| None::<ShoutOut>);
    use_effect(move || {
        let mut going = link.going;
        let Some(raid) = going() else { return };
        going.set(None);
        let is_creator = link.room.read().you().role == Role::Creator;
        if let Some(visit) = visit
            && !is_creator
            && staying.peek().as_ref() != Some(&raid.id)
        {
            visit.call(raid.to.handle);
        }
    });
    (link.version)();
    let room = link.room.read();
    let raid = room.together().raid().cloned();
    let raided = room.together().raided().filter(|raided| gone().as_ref() != Some(raided)).cloned();
    let shout_out = room.together().shout_out().filter(|shout_out| seen().as_ref() != Some(shout_out)).cloned();
    rsx! {
        if let Some(raid) = raid {
            RaidOn { link, raid, staying, can_go: visit.is_some() }
        }
        if let Some(raided) = raided {
            Came { link, raided, gone }
        }
        if let Some(shout_out) = shout_out {
            Recommended { link, shout_out, seen, visit }
        }
    }
}

/// Everybody goes in a moment.
#[component]
fn RaidOn(link: ChatLink, raid: Raid, staying: Signal<Option<String>>, can_go: bool) -> Element {
    let mut staying = staying;
    let stays = staying().as_ref() == Some(&raid.id);
    let is_creator = link.room.read().you().role == Role::Creator;
    let id = raid.id.clone();
    rsx! {
        Banner { name: "raid", shape: lucide::ROCKET, status: false,
            p {
                // The seconds are not read out.
                span { role: "status", {link.words("chat-raid", &[("name", raid.to.shown().to_owned())])} }
                " "
                Left { link, ends_at: raid.goes_at, over: false }
            }
            if can_go && !is_creator {
                button {
                    class: "button button-quiet",
                    "aria-pressed": "{stays}",
                    onclick: move |_| staying.set(if stays { None } else { Some(id.clone()) }),
                    {link.word(if stays { "chat-raid-staying" } else { "chat-raid-stay" })}
                }
            }
            if link.may(|may| may.events) {
                button {
                    class: "button button-quiet",
                    onclick: move |_| link.ask(Command::CancelRaid { room: link.handle() }),
                    {link.word("chat-raid-cancel")}
                }
            }
        }
    }
}

/// Others have come.
#[component]
fn Came(link: ChatLink, raided: Raided, gone: Signal<Option<Raided>>) -> Element {
    let mut gone = gone;
    let values = [("name", raided.by.shown().to_owned()), ("count", raided.viewers.to_string())];
    rsx! {
        Banner { name: "raided", shape: lucide::ROCKET,
            p { {link.words("chat-raided", &values)} }
            PutAway { link, onaway: move |()| gone.set(Some(raided.clone())) }
        }
    }
}

/// A channel that is worth a visit.
#[component]
fn Recommended(
    link: ChatLink,
    shout_out: ShoutOut,
    seen: Signal<Option<ShoutOut>>,
    visit: Option<EventHandler<Handle>>,
) -> Element {
    let mut seen = seen;
    let word = if shout_out.live { "chat-shout-out-live" } else { "chat-shout-out" };
    let handle = shout_out.channel.handle.clone();
    rsx! {
        Banner { name: "shout-out", shape: lucide::MEGAPHONE,
            p {
                {link.words(word, &[("name", shout_out.channel.shown().to_owned())])}
                if !shout_out.title.is_empty() {
                    span { class: "soft", " {shout_out.title}" }
                }
            }
            if let Some(visit) = visit {
                button { class: "button button-quiet", onclick: move |_| visit.call(handle.clone()), {link.word("chat-visit")} }
            }
            PutAway { link, onaway: move |()| seen.set(Some(shout_out.clone())) }
        }
    }
}
