//! For who may not write: until when and why, the way to appeal, and what came of it.

use dioxus::prelude::*;
use klieg_api::desk::{Appeal, Decision};
use klieg_api::live::Command;
use klieg_core::room::{Ended, Link};
use time::{Duration, OffsetDateTime};

use super::asked::use_asked;
use super::{ChatLink, refusal};

/// A decision that is older is no news.
const RECENT: Duration = Duration::minutes(10);

impl ChatLink {
    /// Until when one may not write, while that is so.
    pub(super) fn silenced_until(self) -> Option<OffsetDateTime> {
        self.room.read().silenced_until((self.host.uptime)())
    }

    /// One's last appeal.
    fn own_appeal(self) -> Option<Appeal> {
        self.room.read().own_appeal((self.me)().as_ref()?).cloned()
    }
}

/// Instead of the place to write.
#[component]
pub(super) fn Silenced(link: ChatLink) -> Element {
    (link.version)();
    let is_banned = link.room.read().link() == Link::Over(Ended::Banned);
    let silence = link.room.read().silence().cloned();
    // One may appeal once against each silence. Before that is read, what was decided may have been against another.
    let is_against = |appeal: &Appeal| match &silence {
        Some(silence) => appeal.at >= silence.since,
        None => appeal.decision.is_none(),
    };
    let appeal = link.own_appeal().filter(is_against);
    let how = match link.silenced_until().filter(|_| !is_banned) {
        Some(until) => link.words("chat-you-silenced", &[("time", (link.host.moment)(until))]),
        None => link.word("chat-banned"),
    };
    let reason = silence.map(|silence| silence.reason).filter(|reason| !reason.is_empty());
    rsx! {
        div { class: "chat-over chat-appealing", role: "status", "data-testid": "appeal",
            p { "{how}" }
            if let Some(reason) = reason {
                p { class: "soft small", {link.words("chat-you-silenced-why", &[("reason", reason)])} }
            }
            match appeal {
                Some(Appeal { decision: Some(decision), .. }) => rsx! {
                    Outcome { link, decision }
                },
                Some(_) => rsx! {
                    p { class: "soft small", {link.word("chat-appeal-sent")} }
                },
                None => rsx! {
                    Appealing { link }
                },
            }
        }
    }
}

#[component]
fn Outcome(link: ChatLink, decision: Decision) -> Element {
    rsx! {
        p { {link.word(if decision.accepted { "chat-appeal-accepted" } else { "chat-appeal-rejected" })} }
        if !decision.answer.is_empty() {
            p { class: "soft small", "{decision.answer}" }
        }
    }
}

/// For who may write again since a moment ago: what came of their appeal, until they have read it.
#[component]
pub(super) fn AppealHeard(link: ChatLink) -> Element {
    let mut read = use_signal(|| None::<String>);
    (link.version)();
    let Some(Appeal { id, decision: Some(decision), .. }) = link.own_appeal() else { return rsx! {} };
    let now = link.room.read().server_time((link.host.uptime)());
    let is_news = now.is_some_and(|now| now - decision.at <= RECENT);
    if !is_news || !decision.accepted || link.room.read().silence().is_some() || *read.read() == Some(id.clone()) {
        return rsx! {};
    }
    rsx! {
        div { class: "chat-over", role: "status", "data-testid": "appeal-outcome",
            Outcome { link, decision }
            button { class: "button button-quiet", onclick: move |_| read.set(Some(id.clone())), {link.word("chat-understood")} }
        }
    }
}

/// Asks to be heard again.
#[component]
fn Appealing(link: ChatLink) -> Element {
    let mut text = use_signal(String::new);
    let asked = use_asked(link, move || text.set(String::new()));
    (link.version)();
    let trouble = link.room.read().trouble().map(|problem| refusal(link, problem));
    rsx! {
        form {
            onsubmit: move |event| {
                event.prevent_default();
                // It stays written until it is known to have come.
                let text = text();
                if !text.trim().is_empty() && !asked.is_waiting() {
                    let appeal = Command::Appeal { room: link.handle(), text };
                    asked.set(link.request_then(appeal, Command::ReadDesk { room: link.handle() }));
                }
            },
            textarea {
                class: "input",
                name: "appeal",
                rows: "3",
                maxlength: "500",
                "aria-label": link.word("chat-appeal-text"),
                placeholder: link.word("chat-appeal-text"),
                value: "{text}",
                oninput: move |event| text.set(event.value()),
            }
            button { class: "button button-quiet", "aria-busy": "{asked.is_waiting()}", {link.word("chat-appeal-send")} }
        }
        if let Some(trouble) = trouble {
            p { class: "chat-trouble", role: "alert", "{trouble}" }
        }
    }
}
