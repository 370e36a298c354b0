//! A prediction: the card that people stake their points on, and that is decided by those who keep the room.

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_api::points::{Outcome, Prediction, Stage};
use klieg_core::room::Link;

use super::ChatLink;
use super::panel::Card;
use super::poll::Left;
use super::sure::Sure;
use crate::Icon;
use crate::icon::lucide;

/// What is one click away, if one has it.
const QUICK: [u64; 3] = [10, 100, 1_000];

/// The prediction that is on, or the last one until it is put away.
#[component]
pub(super) fn PredictionCard(link: ChatLink) -> Element {
    let mut away = use_signal(|| None::<String>);
    let choosing = use_signal(|| None::<u32>);
    (link.version)();
    let Some(prediction) = link.room.read().together().prediction().cloned() else { return rsx! {} };
    if away().as_ref() == Some(&prediction.id) {
        return rsx! {};
    }
    let id = prediction.id.clone();
    rsx! {
        Card {
            link,
            name: "prediction",
            label: link.word("chat-prediction"),
            heading: prediction.question.clone(),
            stage: name(prediction.stage),
            over: prediction.is_over(),
            onaway: move |()| away.set(Some(id.clone())),
            ul {
                for (place , outcome) in (0_u32..).zip(prediction.outcomes.clone()) {
                    OutcomeRow { key: "{place}", link, prediction: prediction.clone(), place, outcome, choosing }
                }
            }
            Result { link, prediction: prediction.clone() }
            footer {
                span { class: "tabular", {link.words("chat-points", &[("count", prediction.points().to_string())])} }
                if prediction.stage == Stage::Locked {
                    span { {link.word("chat-prediction-locked")} }
                } else {
                    Left { link, ends_at: prediction.locks_at, over: prediction.is_over() }
                }
                if link.may(|may| may.events) && !prediction.is_over() {
                    Keeping { link, prediction: prediction.clone() }
                }
            }
        }
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Open => "open",
        Stage::Locked => "locked",
        Stage::Resolved => "resolved",
        Stage::Cancelled => "cancelled",
    }
}

/// One of what may come true.
#[component]
fn OutcomeRow(
    link: ChatLink,
    prediction: Prediction,
    place: u32,
    outcome: Outcome,
    choosing: Signal<Option<u32>>,
) -> Element {
    let mut choosing = choosing;
    let you = link.room.read().you().clone();
    let stake = you.stake.filter(|stake| stake.prediction == prediction.id);
    let mine = stake.as_ref().filter(|stake| stake.outcome == place).map(|stake| stake.points);
    let is_joined = link.room.read().link() == Link::Joined;
    let can_stake = prediction.stage == Stage::Open
        && is_joined
        && you.points.is_some()
        && stake.as_ref().is_none_or(|stake| stake.outcome == place);
    let has_won = prediction.winner == Some(place);
    let is_open = choosing() == Some(place) && can_stake;
    let class = if mine.is_some() || has_won { "poll-option chosen" } else { "poll-option" };
    let percent = prediction.percent(&outcome);
    rsx! {
        li {
            button {
                class,
                disabled: !can_stake,
                "aria-expanded": if can_stake { "{is_open}" },
                onclick: move |_| choosing.set(if is_open { None } else { Some(place) }),
                if has_won {
                    Icon { shape: lucide::TROPHY, size: 16 }
                } else if mine.is_some() {
                    Icon { shape: lucide::CHECK, size: 16 }
                }
                span { class: "poll-text", "{outcome.text}" }
                if let Some(mine) = mine {
                    span { class: "soft small tabular", {link.words("chat-prediction-mine", &[("count", mine.to_string())])} }
                }
                span { class: "tabular", title: link.words("chat-prediction-people", &[("count", outcome.people.to_string())]), "{percent} %" }
            }
            meter { class: "poll-bar", min: "0", max: "100", value: "{percent}", "aria-hidden": "true" }
            if is_open {
                StakeForm {
                    link,
                    prediction: prediction.id.clone(),
                    place,
                    staked: mine.unwrap_or_default(),
                    points: you.points.unwrap_or_default(),
                    onclose: move |()| choosing.set(None),
                }
            }
            if link.may(|may| may.events) && prediction.stage == Stage::Locked && stake.is_none() {
                Sure {
                    class: "button button-quiet poll-decide",
                    label: link.words("chat-prediction-true", &[("outcome", outcome.text.clone())]),
                    sure: link.words("chat-prediction-sure", &[("count", prediction.points().to_string())]),
                    onsure: {
                        let prediction = prediction.id.clone();
                        move |()| {
                            let (prediction, winner) = (prediction.clone(), Some(place));
                            link.ask(Command::ResolvePrediction { room: link.handle(), prediction, winner });
                        }
                    },
                }
            }
        }
    }
}

/// How much to stake.
#[component]
fn StakeForm(
    link: ChatLink,
    prediction: String,
    place: u32,
    staked: u64,
    points: u64,
    onclose: EventHandler<()>,
) -> Element {
    let mut typed = use_signal(String::new);
    let given = typed().trim().parse::<u64>().ok().filter(|given| (1..=points).contains(given));
    let quick = QUICK.into_iter().filter(|quick| *quick < points).chain((points > 0).then_some(points));
    rsx! {
        form {
            class: "poll-stake",
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    onclose.call(());
                }
            },
            onsubmit: {
                let prediction = prediction.clone();
                move |event: FormEvent| {
                    event.prevent_default();
                    if let Some(given) = given.filter(|_| link.is_joined()) {
                        let (prediction, points) = (prediction.clone(), staked + given);
                        link.ask(Command::Predict { room: link.handle(), prediction, outcome: place, points });
                        onclose.call(());
                    }
                }
            },
            div { class: "chat-filter-row",
                input {
                    class: "input tabular",
                    name: "stake",
                    r#type: "number",
                    inputmode: "numeric",
                    min: "1",
                    max: "{points}",
                    "aria-label": link.word("chat-stake"),
                    placeholder: link.word("chat-stake"),
                    value: "{typed}",
                    oninput: move |event| typed.set(event.value()),
                }
                button { class: "button button-primary", "aria-disabled": "{given.is_none()}", {link.word("chat-stake-do")} }
            }
            div { class: "poll-quick",
                for quick in quick {
                    button {
                        key: "{quick}",
                        r#type: "button",
                        class: "button button-quiet tabular",
                        onclick: move |_| typed.set(quick.to_string()),
                        if quick == points {
                            {link.words("chat-stake-all", &[("count", quick.to_string())])}
                        } else {
                            {link.words("chat-number", &[("count", quick.to_string())])}
                        }
                    }
                }
            }
        }
    }
}

/// What became of one's own stake.
#[component]
fn Result(link: ChatLink, prediction: Prediction) -> Element {
    let stake = link.room.read().you().stake.clone().filter(|stake| stake.prediction == prediction.id);
    let text = match (prediction.stage, stake.and_then(|stake| Some((stake.points, stake.returned?)))) {
        (Stage::Cancelled, _) => link.word("chat-prediction-cancelled"),
        (Stage::Resolved, Some((_, 0))) => link.word("chat-prediction-lost"),
        (Stage::Resolved, Some((_, returned))) => link.words("chat-prediction-won", &[("count", returned.to_string())]),
        _ => return rsx! {},
    };
    rsx! {
        p { role: "status", "data-testid": "prediction-result", "{text}" }
    }
}

/// What those who keep the room do with it.
#[component]
fn Keeping(link: ChatLink, prediction: Prediction) -> Element {
    let (locked, cancelled) = (prediction.id.clone(), prediction.id.clone());
    rsx! {
        if prediction.stage == Stage::Open {
            button {
                class: "button button-quiet",
                onclick: move |_| link.ask(Command::LockPrediction { room: link.handle(), prediction: locked.clone() }),
                {link.word("chat-prediction-lock")}
            }
        }
        Sure {
            class: "button button-quiet",
            label: link.word("chat-prediction-cancel"),
            sure: link.word("chat-sure"),
            onsure: move |()| {
                let prediction = cancelled.clone();
                link.ask(Command::ResolvePrediction { room: link.handle(), prediction, winner: None });
            },
        }
    }
}
