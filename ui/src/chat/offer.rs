//! What is offered while one writes: the commands, the emotes, or the people, that the word at the end may become.
//!
//! A list box that belongs to the field, which stays a text box of several lines: ARIA knows combo boxes of one line only. The focus
//! stays where one writes, how many there are is said, arrows lead through the list, Escape puts it away. Nothing is chosen in it
//! until an arrow is pressed, so Enter still sends what is written.

use dioxus::prelude::*;
use klieg_api::emotes::Emote;
use klieg_api::room::{Author, You};
use klieg_core::room::slash::{COMMANDS, Usage};
use klieg_core::room::{Lines, emotes, mentions};

use super::ChatLink;
use super::text::EmoteImage;

/// Offered at once.
const MOST: usize = 6;
/// The list in the page.
pub(super) const LIST: &str = "chat-offers";

/// What a word may become.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Offer {
    Command(&'static Usage),
    Emote(Emote),
    Person(Author),
}

impl Offer {
    /// As it is written.
    fn written(&self) -> String {
        match self {
            Self::Command(usage) => format!("/{}", usage.name),
            Self::Emote(emote) => format!(":{}:", emote.name),
            Self::Person(person) => format!("@{}", person.handle),
        }
    }

    /// As it is called for whoever does not see it.
    fn named(&self) -> String {
        match self {
            Self::Command(usage) => format!("{} {}", self.written(), usage.arguments),
            Self::Emote(_) => self.written(),
            Self::Person(person) => match &person.name {
                Some(name) => format!("{} {name}", self.written()),
                None => self.written(),
            },
        }
    }

    /// The text with this in place of the word at its end.
    pub(super) fn complete(&self, text: &str) -> String {
        match self {
            Self::Command(usage) => format!("/{} ", usage.name),
            Self::Emote(emote) => emotes::complete(text, &emote.name),
            Self::Person(person) => mentions::complete(text, &person.handle),
        }
    }
}

/// The word at the end of a text that something may be offered for.
pub(super) fn word(text: &str) -> Option<&str> {
    command(text).or_else(|| emotes::begun(text)).or_else(|| mentions::begun(text))
}

/// The command that is begun, without its slash.
fn command(text: &str) -> Option<&str> {
    text.strip_prefix('/').filter(|begin| !begin.contains([' ', '/']))
}

/// What the word at the end of a text may become. A command that the server would refuse is not offered.
pub(super) fn offers(text: &str, known: &[Emote], lines: &Lines, you: &You) -> Vec<Offer> {
    if let Some(begin) = command(text) {
        let begin = begin.to_ascii_lowercase();
        let fits = |usage: &&'static Usage| usage.name.starts_with(&begin) && usage.is_for(you);
        return COMMANDS.iter().filter(fits).take(MOST).map(Offer::Command).collect();
    }
    if mentions::begun(text).is_some() {
        return mentions::fitting(text, lines, MOST).into_iter().cloned().map(Offer::Person).collect();
    }
    emotes::fitting(text, known).into_iter().take(MOST).cloned().map(Offer::Emote).collect()
}

/// Where an arrow leads from the chosen one, if one is chosen, of so many: around at the ends.
pub(super) fn step(chosen: Option<usize>, count: usize, is_down: bool) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match chosen {
        Some(at) if is_down && at < last => at + 1,
        _ if is_down => 0,
        Some(at) if at > 0 => at - 1,
        _ => last,
    })
}

/// One of the list in the page.
pub(super) fn option(index: usize) -> String {
    format!("{LIST}-{index}")
}

#[component]
pub(super) fn Offers(
    link: ChatLink,
    offers: Vec<Offer>,
    chosen: Option<usize>,
    onchoose: EventHandler<Offer>,
) -> Element {
    let (label, test) = match offers.first() {
        None => return rsx! {},
        Some(Offer::Command(_)) => ("chat-commands", "commands-offered"),
        Some(Offer::Emote(_)) => ("chat-emotes", "emotes-offered"),
        Some(Offer::Person(_)) => ("chat-people-offered", "people-offered"),
    };
    rsx! {
        ul {
            class: "chat-offers",
            id: LIST,
            role: "listbox",
            "aria-label": link.word(label),
            "data-testid": test,
            // A press here leaves the focus where one writes.
            onmousedown: move |event| event.prevent_default(),
            for (index , offer) in offers.into_iter().enumerate() {
                li {
                    key: "{offer.written()}",
                    id: option(index),
                    role: "option",
                    "aria-selected": if chosen == Some(index) { "true" } else { "false" },
                    "aria-label": offer.named(),
                    onclick: {
                        let offer = offer.clone();
                        move |_| onchoose.call(offer.clone())
                    },
                    if let Offer::Emote(emote) = &offer {
                        EmoteImage { link, emote: emote.clone() }
                    }
                    strong { {offer.written()} }
                    match &offer {
                        Offer::Command(usage) => rsx! { span { class: "soft", "{usage.arguments}" } },
                        Offer::Person(Author { name: Some(name), .. }) => rsx! { span { class: "soft", "{name}" } },
                        Offer::Person(_) | Offer::Emote(_) => rsx! {},
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use klieg_api::room::{Rights, Role};

    use super::*;

    fn emote(name: &str) -> Emote {
        Emote { name: name.parse().unwrap(), url: "/emotes/0.png".into(), still: None, width: 112, height: 112 }
    }

    #[test]
    fn a_word_is_offered_what_it_may_become() {
        let known = [emote("Wave"), emote("nap")];
        let written = |text, you| -> Vec<String> {
            offers(text, &known, &Lines::default(), you).iter().map(Offer::written).collect()
        };
        let (viewer, creator) = (&You::default(), &You { role: Role::Creator, ..You::default() });
        assert_eq!(written("look :wa", viewer), [":Wave:"]);
        assert_eq!(written("/shr", viewer), ["/shrug"]);
        assert_eq!(written("/ANN", creator), ["/announce"]);
        for nothing in ["", "look", ":w", "/announce hello", "//shr", ":wave: ", "10:wa"] {
            assert!(written(nothing, creator).is_empty(), "{nothing}");
        }
        assert!(written("/ann", viewer).is_empty(), "it is for moderators");
        let keeper = |rights| You { role: Role::Moderator, rights, ..You::default() };
        let (all, none) = (&keeper(Rights::ALL), &keeper(Rights::NONE));
        assert_eq!(written("/ann", none), ["/announce"]);
        for right in ["/ban", "/shield", "/poll"] {
            assert!(!written(right, all).is_empty() && written(right, none).is_empty(), "{right}");
        }
        assert!(written("/mod", all).is_empty(), "it is for the creator");
        assert_eq!(written("/mod", creator), ["/mod"]);
        let completed = |text| offers(text, &known, &Lines::default(), viewer)[0].complete(text);
        assert_eq!((completed("look :wa"), completed("/shr")), ("look :Wave: ".to_owned(), "/shrug ".to_owned()));
    }

    #[test]
    fn the_word_is_what_stands_at_the_end() {
        assert_eq!((word("look :wa"), word("/shr"), word("/")), (Some("wa"), Some("shr"), Some("")));
        assert_eq!((word("look"), word("look :wa "), word("/shrug hello")), (None, None, None));
        assert_eq!((word("/ban @bo"), word("@"), word("@bob ")), (Some("bo"), Some(""), None));
    }

    #[test]
    fn arrows_lead_in_and_around() {
        assert_eq!((step(None, 3, true), step(None, 3, false)), (Some(0), Some(2)));
        assert_eq!((step(Some(0), 3, true), step(Some(2), 3, true)), (Some(1), Some(0)));
        assert_eq!((step(Some(2), 3, false), step(Some(0), 3, false)), (Some(1), Some(2)));
        assert_eq!((step(Some(0), 1, true), step(None, 0, true)), (Some(0), None));
    }
}
