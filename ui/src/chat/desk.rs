//! What waits for the moderators, who keeps order and who is silenced, and what was done.

use dioxus::prelude::*;
use klieg_api::desk::{Appeal, Report};
use klieg_api::live::Command;

use super::ChatLink;
use super::acts::Acts;
use super::people::People;

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
                {(link.host.moment)(report.at)}
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
