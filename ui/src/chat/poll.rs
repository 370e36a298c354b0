//! A question to the room: the card everybody votes on, and the form that polls and predictions are asked with.

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_core::room::Link;

use time::OffsetDateTime;

use super::ChatLink;
use super::asked::use_asked;
use super::panel::Card;
use crate::icon::lucide;
use crate::{Icon, Segments, Select};

/// Seconds that a poll may take, as they are offered.
const SECONDS: [u32; 5] = [30, 60, 120, 300, 600];
const MOST_OPTIONS: usize = 6;

/// The poll that is on, or the last one until it is put away.
#[component]
pub(super) fn PollCard(link: ChatLink) -> Element {
    let mut away = use_signal(|| None::<String>);
    (link.version)();
    let Some(poll) = link.room.read().together().poll().cloned() else { return rsx! {} };
    if away().as_ref() == Some(&poll.id) {
        return rsx! {};
    }
    let voted = link.room.read().you().voted;
    let can_vote = !poll.ended && (link.me)().is_some() && link.room.read().link() == Link::Joined;
    let votes = poll.votes();
    let (id, ending) = (poll.id.clone(), poll.id.clone());
    let stage = if poll.ended { "over" } else { "open" };
    rsx! {
        Card {
            link,
            name: "poll",
            label: link.word("chat-poll"),
            heading: poll.question.clone(),
            stage,
            over: poll.ended,
            onaway: move |()| away.set(Some(id.clone())),
            ul {
                for (place , option) in (0_u32..).zip(poll.options.clone()) {
                    li { key: "{place}",
                        button {
                            class: if voted == Some(place) { "poll-option chosen" } else { "poll-option" },
                            disabled: !can_vote,
                            "aria-pressed": "{voted == Some(place)}",
                            onclick: {
                                let poll = poll.id.clone();
                                move |_| link.ask(Command::Vote { room: link.handle(), poll: poll.clone(), option: place })
                            },
                            if voted == Some(place) {
                                Icon { shape: lucide::CHECK, size: 16 }
                            }
                            span { class: "poll-text", "{option.text}" }
                            if voted.is_some() || poll.ended || !can_vote {
                                span { class: "tabular", "{poll.percent(&option)} %" }
                            }
                        }
                        if voted.is_some() || poll.ended || !can_vote {
                            meter { class: "poll-bar", min: "0", max: "100", value: "{poll.percent(&option)}", "aria-hidden": "true" }
                        }
                    }
                }
            }
            footer {
                span { class: "tabular", {link.words("chat-votes", &[("count", votes.to_string())])} }
                Left { link, ends_at: poll.ends_at, over: poll.ended }
                if link.may(|may| may.events) && !poll.ended {
                    button {
                        class: "button button-quiet",
                        onclick: move |_| link.ask(Command::EndPoll { room: link.handle(), poll: ending.clone() }),
                        {link.word("chat-poll-end")}
                    }
                }
            }
        }
    }
}

impl ChatLink {
    /// The server's time in milliseconds since 1970, by which things end; the viewer's until the room has told it.
    fn time(self) -> u64 {
        let told = self.room.read().server_time((self.host.uptime)());
        told.map_or_else(self.host.now, millis)
    }
}

fn millis(at: OffsetDateTime) -> u64 {
    u64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or_default()
}

/// How long one may still take part.
#[component]
pub(super) fn Left(link: ChatLink, ends_at: OffsetDateTime, over: bool) -> Element {
    let mut now = use_signal(|| link.time());
    use_future(move || async move {
        loop {
            gloo_timers::future::TimeoutFuture::new(1_000).await;
            now.set(link.time());
        }
    });
    if over {
        return rsx! {
            span { {link.word("chat-poll-over")} }
        };
    }
    let left = millis(ends_at).saturating_sub(now()).div_ceil(1_000);
    rsx! {
        span { class: "tabular", {link.words("chat-poll-left", &[("left", format!("{}:{:02}", left / 60, left % 60))])} }
    }
}

/// Asks the room something.
#[component]
pub(super) fn PollForm(link: ChatLink, onclose: EventHandler<()>) -> Element {
    let mut question = use_signal(String::new);
    let mut options = use_signal(|| vec![String::new(), String::new()]);
    let mut seconds = use_signal(|| 120_u32);
    let mut for_points = use_signal(|| false);
    let asked = use_asked(link, move || onclose.call(()));
    let given = move || -> Vec<String> {
        options.read().iter().map(|option| option.trim().to_owned()).filter(|option| !option.is_empty()).collect()
    };
    let is_complete = !question.read().trim().is_empty() && given().len() >= 2;
    let durations = SECONDS
        .iter()
        .map(|seconds| {
            let words = match seconds {
                30 => link.words("chat-seconds", &[("count", "30".to_owned())]),
                seconds => link.words("chat-minutes", &[("count", (seconds / 60).to_string())]),
            };
            (seconds.to_string(), words)
        })
        .collect::<Vec<_>>();
    rsx! {
        form {
            class: "chat-settings chat-poll-form",
            "aria-label": link.word("chat-poll-new"),
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    onclose.call(());
                }
            },
            onsubmit: move |event| {
                event.prevent_default();
                let options = given();
                let question = question.peek().trim().to_owned();
                if !question.is_empty() && options.len() >= 2 && !asked.is_waiting() {
                    let (room, seconds) = (link.handle(), seconds());
                    asked.set(link.request(if for_points() {
                        Command::StartPrediction { room, question, outcomes: options, seconds }
                    } else {
                        Command::StartPoll { room, question, options, seconds }
                    }));
                }
            },
            h3 { {link.word("chat-poll-new")} }
            Segments {
                label: link.word("chat-poll-kind"),
                name: "poll-kind",
                options: vec![("poll".to_owned(), link.word("chat-poll")), ("prediction".to_owned(), link.word("chat-prediction"))],
                value: if for_points() { "prediction" } else { "poll" },
                onchoose: move |kind: String| for_points.set(kind == "prediction"),
            }
            if for_points() {
                p { class: "field-hint", {link.word("chat-prediction-why")} }
            }
            input {
                class: "input",
                name: "question",
                maxlength: "140",
                autocomplete: "off",
                "aria-label": link.word("chat-poll-question"),
                placeholder: link.word("chat-poll-question"),
                value: "{question}",
                oninput: move |event| question.set(event.value()),
            }
            for (place , option) in options().into_iter().enumerate() {
                input {
                    key: "{place}",
                    class: "input",
                    name: "option-{place}",
                    maxlength: "60",
                    autocomplete: "off",
                    "aria-label": link.words("chat-poll-option", &[("number", (place + 1).to_string())]),
                    placeholder: link.words("chat-poll-option", &[("number", (place + 1).to_string())]),
                    value: "{option}",
                    oninput: move |event| {
                        let mut options = options.write();
                        if let Some(option) = options.get_mut(place) {
                            *option = event.value();
                        }
                        // The last one is filled in: room for another.
                        if options.len() < MOST_OPTIONS && options.last().is_some_and(|last| !last.is_empty()) {
                            options.push(String::new());
                        }
                    },
                }
            }
            Select {
                label: link.word("chat-poll-time"),
                name: "poll-time",
                options: durations,
                value: seconds().to_string(),
                onchoose: move |value: String| seconds.set(value.parse().unwrap_or(120)),
            }
            div { class: "actions",
                button { class: "button button-primary", "aria-disabled": "{!is_complete}", {link.word(if for_points() { "chat-prediction-ask" } else { "chat-poll-ask" })} }
                button { r#type: "button", class: "button button-quiet", onclick: move |_| onclose.call(()), {link.word("chat-cancel")} }
            }
        }
    }
}
