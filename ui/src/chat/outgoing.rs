//! What one has said and not everybody sees yet: on its way, held, or refused.

use std::sync::Arc;

use dioxus::prelude::*;
use klieg_api::emotes::Emote;
use klieg_core::room::{Outgoing, Progress};

use super::text::Text;
use super::{ChatLink, Draft, refusal};

/// A message of one's own that not everybody sees yet.
#[component]
pub(super) fn OnItsWay(link: ChatLink, draft: Draft, outgoing: Outgoing, emotes: Arc<[Emote]>) -> Element {
    let (nonce, again) = (outgoing.nonce.clone(), outgoing.nonce.clone());
    let is_delayed = link.room.read().settings().delay_s > 0;
    rsx! {
        li { class: "line line-outgoing", "data-testid": "outgoing",
            p { class: "line-text",
                Text { link, text: outgoing.text.clone(), emotes }
            }
            match &outgoing.progress {
                Progress::Waiting | Progress::Sent => rsx! {},
                // Without a delay it is seen in a moment.
                Progress::Kept(_) if !is_delayed => rsx! {},
                progress @ (Progress::Kept(_) | Progress::Held(_)) => rsx! {
                    if matches!(progress, Progress::Held(_)) {
                        p { class: "line-note", {link.word("chat-is-held")} }
                    }
                    div { class: "actions",
                        button {
                            class: "button button-quiet",
                            "data-testid": "withdraw",
                            onclick: move |_| link.change(|room| room.withdraw(&nonce)),
                            {link.word("chat-withdraw")}
                        }
                    }
                },
                Progress::Discarded => rsx! {
                    p { class: "line-note bad", role: "status", {link.word("chat-is-discarded")} }
                    div { class: "actions",
                        button {
                            class: "button button-quiet",
                            onclick: move |_| link.change(|room| {
                                room.take_back(&nonce);
                                Vec::new()
                            }),
                            {link.word("chat-understood")}
                        }
                    }
                },
                Progress::Refused(problem, _) => rsx! {
                    p { class: "line-note bad", role: "alert", {refusal(link, problem)} }
                    div { class: "actions",
                        button {
                            class: "button button-quiet",
                            onclick: move |_| link.change(|room| room.repeat(&again)),
                            {link.word("chat-again")}
                        }
                        button {
                            class: "button button-quiet",
                            onclick: move |_| {
                                link.change(|room| {
                                    if let Some(taken) = room.take_back(&nonce) {
                                        draft.take_up(taken);
                                    }
                                    Vec::new()
                                });
                            },
                            {link.word("chat-edit")}
                        }
                    }
                },
            }
        }
    }
}
