//! Rewards: what one can get for points, and what the creator offers.

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_api::points::{EARNED, MAX_REWARDS, Reward, RewardTerms};
use klieg_api::room::Role;

use super::ChatLink;
use super::asked::use_asked;
use super::sure::Sure;
use crate::icon::lucide;
use crate::{Entry, Icon, Number, Switch};

/// What there is for points.
#[component]
pub(super) fn Rewards(link: ChatLink) -> Element {
    let mut editing = use_signal(|| None::<Option<Reward>>);
    (link.version)();
    let rewards = link.room.read().together().rewards().to_vec();
    let you = link.room.read().you().clone();
    let is_creator = you.role == Role::Creator;
    rsx! {
        h3 { {link.word("chat-rewards")} }
        if is_creator {
            p { class: "field-hint", {link.word("chat-rewards-why")} }
        } else {
            p { class: "field-hint", {link.words("chat-points-why", &[("count", EARNED.to_string())])} }
        }
        if rewards.is_empty() && !is_creator {
            p { class: "soft small", {link.word("chat-rewards-none")} }
        }
        ul { class: "rewards", "data-testid": "rewards",
            for reward in rewards.clone() {
                li { key: "{reward.id}",
                    if is_creator {
                        Offered { link, reward: reward.clone(), onedit: move |reward| editing.set(Some(Some(reward))) }
                    } else {
                        Redeem { link, reward: reward.clone(), points: you.points.unwrap_or_default() }
                    }
                }
            }
        }
        if is_creator {
            match editing() {
                Some(reward) => rsx! {
                    Edit { key: "{reward.as_ref().map_or(\"\", |reward| &reward.id)}", link, reward, onclose: move |()| editing.set(None) }
                },
                None if rewards.len() < MAX_REWARDS => rsx! {
                    button { class: "button button-plain", onclick: move |_| editing.set(Some(None)),
                        Icon { shape: lucide::PLUS, size: 16 }
                        {link.word("chat-reward-new")}
                    }
                },
                None => rsx! {},
            }
        }
    }
}

fn cost(link: ChatLink, terms: &RewardTerms) -> String {
    link.words("chat-number", &[("count", terms.cost.to_string())])
}

/// A reward to redeem: first what it takes, then the button that does it.
#[component]
fn Redeem(link: ChatLink, reward: Reward, points: u64) -> Element {
    let mut open = use_signal(|| false);
    let mut text = use_signal(String::new);
    // One for as long as it is asked for.
    let mut nonce = use_signal(|| None::<String>);
    let asked = use_asked(link, move || {
        nonce.set(None);
        text.set(String::new());
        open.set(false);
    });
    let terms = reward.terms.clone();
    let can = !terms.paused && points >= u64::from(terms.cost) && link.is_joined();
    let is_complete = !terms.asks || !text.read().trim().is_empty();
    rsx! {
        button { class: "reward", disabled: !can, "aria-expanded": "{open()}", onclick: move |_| open.toggle(),
            span { class: "poll-text", "{reward.terms.title}" }
            if reward.terms.paused {
                span { class: "soft small", {link.word("chat-reward-paused")} }
            }
            span { class: "points tabular",
                Icon { shape: lucide::GEM, size: 14 }
                {cost(link, &reward.terms)}
            }
        }
        if open() && can {
            form {
                class: "chat-filter-row",
                onsubmit: move |event| {
                    event.prevent_default();
                    if is_complete && !asked.is_waiting() {
                        let nonce = nonce.write().get_or_insert_with(|| link.nonce()).clone();
                        asked.set(link.redeem(reward.id.clone(), terms.cost, text(), nonce));
                    }
                },
                if reward.terms.asks {
                    input {
                        class: "input",
                        name: "reward-text",
                        maxlength: "500",
                        autocomplete: "off",
                        "aria-label": link.word("chat-reward-text"),
                        placeholder: link.word("chat-reward-text"),
                        value: "{text}",
                        oninput: move |event| text.set(event.value()),
                    }
                } else {
                    span { class: "soft small reward-for", {link.words("chat-reward-for", &[("count", reward.terms.cost.to_string())])} }
                }
                button { class: "button button-primary", "aria-disabled": "{!is_complete}", {link.word("chat-reward-redeem")} }
            }
        }
    }
}

/// A reward as the creator sees it.
#[component]
fn Offered(link: ChatLink, reward: Reward, onedit: EventHandler<Reward>) -> Element {
    let (edited, removed) = (reward.clone(), reward.id.clone());
    let title = reward.terms.title.clone();
    let words = move |name| link.words(name, &[("title", title.clone())]);
    rsx! {
        div { class: "reward reward-offered",
            span { class: "poll-text", "{reward.terms.title}" }
            if reward.terms.paused {
                span { class: "soft small", {link.word("chat-reward-paused")} }
            }
            span { class: "points tabular",
                Icon { shape: lucide::GEM, size: 14 }
                {cost(link, &reward.terms)}
            }
            button {
                class: "icon-button",
                title: words("chat-reward-edit"),
                "aria-label": words("chat-reward-edit"),
                onclick: move |_| onedit.call(edited.clone()),
                Icon { shape: lucide::PENCIL, size: 16 }
            }
            Sure {
                class: "icon-button",
                label: words("chat-reward-remove"),
                sure: link.word("chat-sure"),
                onsure: move |()| link.ask(Command::RemoveReward { room: link.handle(), reward: removed.clone() }),
                Icon { shape: lucide::X, size: 16 }
            }
        }
    }
}

/// A reward as it will be.
#[component]
fn Edit(link: ChatLink, reward: Option<Reward>, onclose: EventHandler<()>) -> Element {
    let id = reward.as_ref().map(|reward| reward.id.clone());
    let mut terms = use_signal(|| match &reward {
        Some(reward) => reward.terms.clone(),
        None => RewardTerms { title: String::new(), cost: 100, asks: false, waits: true, paused: false },
    });
    let asked = use_asked(link, move || onclose.call(()));
    let now = terms();
    let is_complete = !now.title.trim().is_empty();
    rsx! {
        form {
            class: "reward-edit",
            "aria-label": link.word("chat-reward-new"),
            onsubmit: move |event| {
                event.prevent_default();
                let reward = terms.peek().clone();
                if !reward.title.trim().is_empty() && !asked.is_waiting() {
                    asked.set(link.request(Command::SaveReward { room: link.handle(), replaces: id.clone(), reward }));
                }
            },
            Entry {
                label: link.word("chat-reward-title"),
                name: "reward-title",
                value: now.title.clone(),
                max: 45,
                onset: move |title| terms.write().title = title,
            }
            Number {
                label: link.word("chat-reward-cost"),
                name: "reward-cost",
                value: f64::from(now.cost),
                min: 1.0,
                max: 1_000_000.0,
                onset: move |cost: f64| terms.write().cost = cost as u32,
            }
            Switch {
                label: link.word("chat-reward-asks"),
                name: "reward-asks",
                on: now.asks,
                onset: move |on| terms.write().asks = on,
            }
            Switch {
                label: link.word("chat-reward-waits"),
                hint: link.word("chat-reward-waits-why"),
                name: "reward-waits",
                on: now.waits,
                onset: move |on| terms.write().waits = on,
            }
            Switch {
                label: link.word("chat-reward-pause"),
                name: "reward-pause",
                on: now.paused,
                onset: move |on| terms.write().paused = on,
            }
            div { class: "actions",
                button { class: "button button-primary", "aria-disabled": "{!is_complete}", {link.word("chat-reward-save")} }
                button { r#type: "button", class: "button button-quiet", onclick: move |_| onclose.call(()), {link.word("chat-cancel")} }
            }
        }
    }
}
