//! What somebody wrote in the room lately, whatever became of it: on their card, for moderators.

use dioxus::prelude::*;
use klieg_api::Handle;
use klieg_api::desk::{Fate, Written};
use klieg_api::live::Command;

use super::ChatLink;
use crate::Icon;
use crate::icon::lucide;

#[component]
pub(super) fn WrittenBy(link: ChatLink, who: Handle, may_delete: bool) -> Element {
    let read = |who: &Handle, before| Command::ReadMessagesOf { room: link.handle(), who: who.clone(), before };
    use_effect(use_reactive!(|who| {
        link.ask(Command::ReadMessagesOf { room: link.handle(), who, before: None });
    }));
    (link.version)();
    let known = link.room.read().writings().filter(|writings| writings.who == who).cloned();
    let Some(known) = known else { return rsx! {} };
    let older = known.messages.last().filter(|_| known.more).map(|last| read(&who, Some(last.message.clone())));
    rsx! {
        h3 { {link.word("chat-written")} }
        if known.messages.is_empty() {
            p { class: "soft small", {link.word("chat-written-none")} }
        }
        ul { class: "chat-entries chat-written", "data-testid": "written",
            for written in known.messages {
                Entry { key: "{written.message}", link, who: who.clone(), written, may_delete }
            }
        }
        if let Some(older) = older {
            button { class: "button button-quiet", onclick: move |_| link.ask(older.clone()), {link.word("chat-written-more")} }
        }
    }
}

#[component]
fn Entry(link: ChatLink, who: Handle, written: Written, may_delete: bool) -> Element {
    let fate = match written.fate {
        Fate::Shown | Fate::Other => None,
        Fate::Held => Some("chat-written-held"),
        Fate::Discarded => Some("chat-written-discarded"),
        Fate::Deleted => Some("chat-written-deleted"),
    };
    let is_gone = matches!(written.fate, Fate::Deleted | Fate::Discarded);
    rsx! {
        li {
            p { class: if is_gone { "chat-written-gone" }, "{written.text}" }
            p { class: "soft small tabular",
                if let Some(fate) = fate {
                    strong { {link.word(fate)} }
                    " · "
                }
                {(link.host.moment)(written.at)}
            }
            if may_delete && written.fate == Fate::Shown {
                button {
                    class: "icon-button",
                    title: link.word("chat-delete"),
                    "aria-label": link.words("chat-written-delete", &[("text", written.text.clone())]),
                    onclick: move |_| {
                        let (room, message) = (link.handle(), written.message.clone());
                        let look = Command::Look { room: room.clone(), who: who.clone() };
                        link.ask_then(Command::Delete { room, message }, look);
                    },
                    Icon { shape: lucide::TRASH, size: 16 }
                }
            }
        }
    }
}
