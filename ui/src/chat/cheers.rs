//! Cheers: emoji that rise beside the talk and are gone. They are counted, not kept.

use std::collections::VecDeque;

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_api::room::Cheer;

use super::ChatLink;

/// What there is a button for, and its name.
const OFFERED: [(&str, &str); 3] = [("❤️", "chat-cheer-heart"), ("👏", "chat-cheer-clap"), ("😂", "chat-cheer-laugh")];
/// Of one emoji rise at most so many at once, and of all.
const MOST_EACH: u32 = 6;
const MOST: usize = 40;
/// Places beside each other where they rise.
const LANES: u64 = 5;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rising {
    all: VecDeque<(u64, String)>,
    count: u64,
}

impl Rising {
    pub(super) fn add(&mut self, cheers: Vec<Cheer>) {
        for Cheer { emoji, count } in cheers {
            for _ in 0..count.min(MOST_EACH) {
                if self.all.len() == MOST {
                    self.all.pop_front();
                }
                self.count += 1;
                self.all.push_back((self.count, emoji.clone()));
            }
        }
    }
}

/// What rises now: nothing for who wants nothing to move.
#[component]
pub(super) fn Cheers(link: ChatLink) -> Element {
    let mut rising = link.rising;
    rsx! {
        div { class: "cheers", "aria-hidden": "true", "data-testid": "cheers",
            for (number , emoji) in rising().all {
                span {
                    key: "{number}",
                    class: "cheer cheer-{number % LANES}",
                    onanimationend: move |_| rising.write().all.retain(|(known, _)| *known != number),
                    "{emoji}"
                }
            }
        }
    }
}

#[component]
pub(super) fn CheerButtons(link: ChatLink) -> Element {
    rsx! {
        div { class: "cheer-buttons", role: "group", "aria-label": link.word("chat-cheer"),
            for (emoji , name) in OFFERED {
                button {
                    key: "{emoji}",
                    class: "emoji",
                    title: link.word(name),
                    "aria-label": link.word(name),
                    onclick: move |_| link.ask(Command::Cheer { room: link.handle(), emoji: emoji.to_owned() }),
                    "{emoji}"
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_crowds_cheers_a_few_rise() {
        let mut rising = Rising::default();
        rising.add(vec![Cheer { emoji: "❤️".into(), count: 9_000 }, Cheer { emoji: "👏".into(), count: 1 }]);
        assert_eq!(rising.all.len(), 7);
        for _ in 0..20 {
            rising.add(vec![Cheer { emoji: "😂".into(), count: 3 }]);
        }
        assert_eq!(rising.all.len(), MOST);
        assert_eq!(rising.all.back().map(|(number, _)| *number), Some(67));
    }
}
