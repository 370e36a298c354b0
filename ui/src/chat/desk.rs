//! What waits for the moderators, who keeps order and who is silenced, and what was done; and for who is banned the way to appeal.

use dioxus::prelude::*;
use klieg_api::desk::{Appeal, Report};
use klieg_api::live::Command;

use super::acts::Acts;
use super::asked::use_asked;
use super::people::People;
use super::{ChatLink, refusal};

#[component]
pub(super) fn Desk(link: ChatLink, onclose: EventHandler<()>) -> Element {
    use_hook(move || link.change(|room| room.look_at_desk(true)));
    use_drop(move || {
        let mut room = link.room;
        room.write().look_at_desk(false);
    });
    (link.version)();
    let room = link.room.read();
    let (appeals, reports) = room.desk();
    let (appeals, reports) = (appeals.to_vec(), reports.to_vec());
    let (acts, goes_on) = room.log();
    let acts = acts.to_vec();
    drop(room);
    let last = acts.last().map(|act| act.id);
    rsx! {
        section {
            class: "chat-settings chat-desk",
            "aria-label": link.word("chat-desk"),
            "data-testid": "desk",
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    onclose.call(());
                }
            },
            h3 { {link.word("chat-appeals")} }
            if appeals.is_empty() {
                p { class: "soft small", {link.word("chat-appeals-none")} }
            }
            ul { class: "chat-entries",
                for appeal in appeals {
                    AppealEntry { key: "{appeal.id}", link, appeal }
                }
            }
            h3 { {link.word("chat-reports")} }
            if reports.is_empty() {
                p { class: "soft small", {link.word("chat-reports-none")} }
            }
            ul { class: "chat-entries",
                for report in reports {
                    ReportEntry { key: "{report.id}", link, report }
                }
            }
            People { link }
            h3 { {link.word("chat-log")} }
            if acts.is_empty() {
                p { class: "soft small", {link.word("chat-log-none")} }
            }
            Acts { link, acts }
            if goes_on {
                button {
                    class: "button button-quiet",
                    onclick: move |_| link.ask(Command::ReadLog { room: link.handle(), before: last }),
                    {link.word("chat-log-more")}
                }
            }
        }
    }
}

#[component]
fn AppealEntry(link: ChatLink, appeal: Appeal) -> Element {
    let mut answer = use_signal(String::new);
    let who = appeal.who.clone();
    let id = appeal.id.clone();
    let mut decide = move |accept: bool| {
        let decide = Command::Decide { room: link.handle(), appeal: id.clone(), accept, answer: answer.take() };
        link.ask_then(decide, Command::ReadDesk { room: link.handle() });
    };
    let mut reject = decide.clone();
    rsx! {
        li {
            p {
                button { class: "link", onclick: move |_| link.look(who.clone()), "@{appeal.who}" }
                " {appeal.text}"
            }
            if let Some(reason) = appeal.silence.as_ref().map(|silence| &silence.reason).filter(|reason| !reason.is_empty()) {
                p { class: "soft small", "{reason}" }
            }
            if link.may(|may| may.people) {
                input {
                    class: "input",
                    name: "answer",
                    maxlength: "500",
                    autocomplete: "off",
                    "aria-label": link.word("chat-appeal-answer"),
                    placeholder: link.word("chat-appeal-answer"),
                    value: "{answer}",
                    oninput: move |event| answer.set(event.value()),
                }
                div { class: "actions",
                    button { class: "button button-quiet", onclick: move |_| decide(true), {link.word("chat-appeal-accept")} }
                    button { class: "button button-quiet", onclick: move |_| reject(false), {link.word("chat-appeal-reject")} }
                }
            }
        }
    }
}

#[component]
fn ReportEntry(link: ChatLink, report: Report) -> Element {
    let who = report.who.clone();
    rsx! {
        li {
            p {
                button { class: "link", onclick: move |_| link.look(who.clone()), "@{report.who}" }
                " {report.reason}"
            }
            if let Some(message) = &report.message {
                p { class: "soft small", "“{message}”" }
            }
            p { class: "soft small",
                if let Some(by) = &report.by {
                    "@{by} · "
                }
                "{report.at.date()} {(link.host.clock)(report.at)}"
            }
            div { class: "actions",
                button {
                    class: "button button-quiet",
                    onclick: move |_| {
                        let resolve = Command::Resolve { room: link.handle(), report: report.id.clone() };
                        link.ask_then(resolve, Command::ReadDesk { room: link.handle() });
                    },
                    {link.word("chat-report-resolve")}
                }
            }
        }
    }
}

/// Who is banned asks to be heard again.
#[component]
pub(super) fn Appealing(link: ChatLink) -> Element {
    let mut text = use_signal(String::new);
    let asked = use_asked(link, move || text.set(String::new()));
    (link.version)();
    let room = link.room.read();
    let latest = room.desk().0.last().cloned();
    let trouble = room.trouble().map(|problem| refusal(link, problem));
    drop(room);
    rsx! {
        div { class: "chat-over chat-appealing", role: "status", "data-testid": "appeal",
            p { {link.word("chat-banned")} }
            match latest {
                Some(Appeal { decision: None, .. }) => rsx! {
                    p { class: "soft small", {link.word("chat-appeal-sent")} }
                },
                Some(Appeal { decision: Some(decision), .. }) if decision.accepted => rsx! {
                    p { {link.word("chat-appeal-accepted")} }
                    p { class: "soft small", "{decision.answer}" }
                },
                latest => rsx! {
                    if let Some(decision) = latest.and_then(|appeal| appeal.decision) {
                        p { class: "soft small", {link.word("chat-appeal-rejected")} " {decision.answer}" }
                    }
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
                },
            }
        }
    }
}
