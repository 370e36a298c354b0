//! A message's text in the parts that are drawn differently: words, mentions, links, emotes.

use klieg_api::Handle;
use klieg_api::emotes::{self, Emote};

/// Emotes and emoji that are drawn larger if there is nothing else.
const LARGE: usize = 3;
const JOINER: char = '\u{200d}';

/// A part of a text. All parts together are the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    Text(&'a str),
    /// `@handle`, as it is written, and whom it means.
    Mention(&'a str, &'a Handle),
    /// What looks like a web address, and begins with http:// or https://.
    Link(&'a str),
    /// `:name:`, as it is written, and what it shows.
    Emote(&'a str, &'a Emote),
}

/// The parts of a text, in order. Only these handles are mentions, and only these emotes pictures.
pub fn segments<'a>(text: &'a str, mentions: &'a [Handle], emotes: &'a [Emote]) -> Vec<Segment<'a>> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let is_start =
            text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric());
        let found =
            is_start.then(|| mention(rest, mentions).or_else(|| link(rest)).or_else(|| emote(rest, emotes))).flatten();
        if let Some((length, part)) = found {
            if let Some(before) = text.get(begin..at).filter(|before| !before.is_empty()) {
                parts.push(Segment::Text(before));
            }
            parts.push(part);
            at += length;
            begin = at;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    if let Some(last) = text.get(begin..).filter(|last| !last.is_empty()) {
        parts.push(Segment::Text(last));
    }
    parts
}

fn mention<'a>(rest: &'a str, mentions: &'a [Handle]) -> Option<(usize, Segment<'a>)> {
    let name = rest.strip_prefix('@')?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
    let name = name.get(..end)?;
    let handle = mentions.iter().find(|handle| handle.as_str().eq_ignore_ascii_case(name))?;
    Some((end + 1, Segment::Mention(rest.get(..=end)?, handle)))
}

fn link(rest: &str) -> Option<(usize, Segment<'_>)> {
    let scheme = ["https://", "http://"]
        .into_iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme)))?;
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
    // What ends a sentence does not belong to the address.
    let address = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
    (address.len() > scheme.len()).then_some((address.len(), Segment::Link(address)))
}

fn emote<'a>(rest: &'a str, emotes: &'a [Emote]) -> Option<(usize, Segment<'a>)> {
    let (length, emote) = emotes::leading(rest, emotes)?;
    Some((length, Segment::Emote(rest.get(..length)?, emote)))
}

/// Whether there is nothing but one to three emotes and emoji.
pub fn is_large(parts: &[Segment<'_>]) -> bool {
    let mut count = 0;
    for part in parts {
        count += match part {
            Segment::Emote(..) => 1,
            Segment::Text(text) => match emoji(text) {
                Some(count) => count,
                None => return false,
            },
            Segment::Mention(..) | Segment::Link(_) => return false,
        };
    }
    (1..=LARGE).contains(&count)
}

/// How many emoji there are in a text that has nothing else. By the blocks that they are in and not by Unicode's tables, which
/// would weigh more than all else here: who is mistaken draws a sign a little larger.
fn emoji(text: &str) -> Option<usize> {
    let (mut count, mut before, mut has_half_a_flag) = (0, ' ', false);
    for c in text.chars() {
        let is_flag = matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        let is_between = c == ' ';
        // Joiners, the wish for colours, skin, the letters of a region's flag; and every other letter of a country's.
        let belongs_to_it = matches!(c, JOINER | '\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}')
            || (is_flag && has_half_a_flag);
        if !is_between && !belongs_to_it {
            let is_emoji = matches!(
                c,
                '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23fa}' | '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}'
                    | '\u{1f000}'..='\u{1faff}'
            );
            if !is_emoji {
                return None;
            }
            count += usize::from(before != JOINER);
        }
        has_half_a_flag = is_flag && !has_half_a_flag;
        before = c;
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wave() -> [Emote; 1] {
        [Emote { name: "wave".parse().unwrap(), url: "/emotes/0.png".into(), still: None, width: 112, height: 112 }]
    }

    #[test]
    fn mentions_and_links_are_told_from_words() {
        let handles = ["bob".parse().unwrap()];
        assert_eq!(
            segments("hi @Bob, see (https://example.org/a?b=1). a@bob @cleo", &handles, &[]),
            [
                Segment::Text("hi "),
                Segment::Mention("@Bob", &handles[0]),
                Segment::Text(", see ("),
                Segment::Link("https://example.org/a?b=1"),
                Segment::Text("). a@bob @cleo"),
            ]
        );
        assert_eq!(segments("javascript:alert(1) https://", &[], &[]).len(), 1);
    }

    #[test]
    fn known_emotes_are_pictures_and_unknown_ones_stay_as_they_are_written() {
        let emotes = wave();
        assert_eq!(
            segments("hi :Wave::wave:, :gone: a:wave: 10:30:15", &[], &emotes),
            [
                Segment::Text("hi "),
                Segment::Emote(":Wave:", &emotes[0]),
                Segment::Emote(":wave:", &emotes[0]),
                Segment::Text(", :gone: a:wave: 10:30:15"),
            ]
        );
        assert_eq!(segments(":wave:", &[], &[]), [Segment::Text(":wave:")]);
        assert_eq!(segments("::wave:", &[], &emotes).len(), 2);
    }

    #[test]
    fn few_emotes_and_emoji_alone_are_large() {
        let emotes = wave();
        let large = |text: &str| is_large(&segments(text, &[], &emotes));
        for few in [":wave:", ":wave: :wave:🎉", "👍", "👍🏽 ❤️ 🇦🇹", "👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "⭐"]
        {
            assert!(large(few), "{few}");
        }
        for other in [":wave: hi", "🎉🎉🎉🎉", ":wave::wave::wave:🎉", ":gone:", "", " ", "1", "…", "🇦🇹🇩🇪🇨🇭🇮🇹"]
        {
            assert!(!large(other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn all_parts_together_are_the_text(text in "(\\PC|@bob|https://a\\.b|:wave:|:){0,40}") {
            let handles = ["bob".parse().unwrap()];
            let emotes = wave();
            let parts = segments(&text, &handles, &emotes);
            let _ = is_large(&parts);
            let all: String = parts.iter().map(|part| match part {
                Segment::Text(text) | Segment::Mention(text, _) | Segment::Link(text) | Segment::Emote(text, _) => *text,
            }).collect();
            prop_assert_eq!(all, text);
        }
    }
}
