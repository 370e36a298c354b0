//! What a channel's fields must be like. No I/O.

use klieg_api::channels::{ChannelChange, Visibility};

use crate::http::problem::{Fields, Problem};
use crate::unseen;

/// A change of a channel, checked and tidied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    pub display_name: Option<String>,
    pub about: Option<String>,
    pub title: Option<String>,
    pub category: Option<String>,
    pub tags: Option<Vec<String>>,
    pub language: Option<String>,
    pub mature: Option<bool>,
    pub visibility: Option<Visibility>,
    pub announce: Option<bool>,
}

/// Checks every field of a change, and names all that are wrong.
pub fn check(change: ChannelChange) -> Result<Change, Problem> {
    let mut fields = Fields::default();
    let mut text = |field: &'static str, value: Option<String>, most: usize, lines: Lines| {
        value.and_then(|value| fields.check(field, plain_text(&value, most, lines)))
    };
    // A name of which nothing is to be seen is none: who bears it is called by their handle.
    let display_name = text("display_name", change.display_name, 40, Lines::One)
        .map(|name| if unseen::is_blank(&name) { String::new() } else { name });
    let about = text("about", change.about, 2_000, Lines::Many);
    let title = text("title", change.title, ChannelChange::MAX_TITLE, Lines::One);
    let category = text("category", change.category, ChannelChange::MAX_CATEGORY, Lines::One);
    let tags = change.tags.and_then(|tags| fields.check("tags", check_tags(tags)));
    let language = change.language.and_then(|language| fields.check("language", check_language(&language)));
    let (mature, visibility, announce) = (change.mature, change.visibility, change.announce);
    fields.finish(Some(Change { display_name, about, title, category, tags, language, mature, visibility, announce }))
}

/// A line of plain text of at most `most` characters, trimmed, or what to change.
pub fn line(text: &str, most: usize) -> Result<String, String> {
    plain_text(text, most, Lines::One)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    One,
    Many,
}

/// Trimmed text of at most `most` characters, without control characters and without those that turn the direction of
/// what is written around them.
fn plain_text(text: &str, most: usize, lines: Lines) -> Result<String, String> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > most {
        return Err(format!("use at most {most} characters"));
    }
    let allowed = |c: char| match c {
        '\n' => lines == Lines::Many,
        c => !c.is_control() && !unseen::turns(c),
    };
    if text.chars().all(allowed) { Ok(text) } else { Err("use plain text without control characters".to_owned()) }
}

fn check_tags(tags: Vec<String>) -> Result<Vec<String>, String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let tag = plain_text(&tag, 25, Lines::One).map_err(|reason| format!("in each tag, {reason}"))?;
        if !tag.is_empty() && !kept.iter().any(|known| known.to_lowercase() == tag.to_lowercase()) {
            kept.push(tag);
        }
    }
    if kept.len() > 10 { Err("use at most 10 tags".to_owned()) } else { Ok(kept) }
}

/// The shape of a BCP 47 language tag; whether the language exists is not our business.
fn check_language(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    let fits = text.is_empty()
        || (text.len() <= 35
            && (2..=8).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphabetic())
            && subtags.all(|tag| (1..=8).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    if fits { Ok(text.to_owned()) } else { Err("write a language tag such as en or pt-BR") }
}

/// The database's word for a visibility.
pub const fn visibility_name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Public => "public",
        Visibility::Unlisted => "unlisted",
        Visibility::Private => "private",
    }
}

/// The visibility of the database's word; what is not known is treated as the most closed.
pub fn visibility(name: &str) -> Visibility {
    match name {
        "public" => Visibility::Public,
        "unlisted" => Visibility::Unlisted,
        _ => Visibility::Private,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_trimmed_and_not_repeated() {
        let tags = ["  Rust ", "rust", "", "live coding"].map(str::to_owned).to_vec();
        assert_eq!(check_tags(tags).unwrap(), ["Rust", "live coding"]);
        assert!(check_tags((0..11).map(|n| n.to_string()).collect()).is_err());
    }

    #[test]
    fn text_that_would_disturb_its_surroundings_is_refused() {
        for bad in ["a\0b", "a\u{202e}b", "a\nb", "\u{1b}[31m"] {
            assert!(plain_text(bad, 100, Lines::One).is_err(), "{bad:?}");
        }
        assert_eq!(plain_text(" two\r\nlines ", 100, Lines::Many).unwrap(), "two\nlines");
    }

    #[test]
    fn a_name_that_shows_nothing_is_none() {
        let name = |name: &str| {
            let change = ChannelChange { display_name: Some(name.to_owned()), ..ChannelChange::default() };
            check(change).unwrap().display_name
        };
        assert_eq!(name("\u{3164}\u{200b}"), Some(String::new()));
        assert_eq!(name("שרה"), Some("שרה".to_owned()));
    }

    #[test]
    fn languages_look_like_bcp_47() {
        for good in ["", "en", "pt-BR", "zh-Hant-TW"] {
            assert!(check_language(good).is_ok(), "{good}");
        }
        for bad in ["e", "english language", "en_US", "<b>", "en-"] {
            assert!(check_language(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn accepted_text_is_never_longer_than_allowed(text in "\\PC{0,80}") {
            if let Ok(kept) = plain_text(&text, 40, Lines::One) {
                prop_assert!(kept.chars().count() <= 40);
            }
        }
    }
}
