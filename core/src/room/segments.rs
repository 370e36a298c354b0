//! A message's text in the parts that are drawn differently: words, mentions, links.

use klieg_api::Handle;

/// A part of a text. All parts together are the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    Text(&'a str),
    /// `@handle`, as it is written, and whom it means.
    Mention(&'a str, &'a Handle),
    /// What looks like a web address, and begins with http:// or https://.
    Link(&'a str),
}

/// The parts of a text, in order. Only these handles are mentions.
pub fn segments<'a>(text: &'a str, mentions: &'a [Handle]) -> Vec<Segment<'a>> {
    let mut parts = Vec::new();
    let (mut begin, mut at) = (0, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let is_start =
            text.get(..at).and_then(|before| before.chars().next_back()).is_none_or(|c| !c.is_alphanumeric());
        let found = is_start.then(|| mention(rest, mentions).or_else(|| link(rest))).flatten();
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn mentions_and_links_are_told_from_words() {
        let handles = ["bob".parse().unwrap()];
        assert_eq!(
            segments("hi @Bob, see (https://example.org/a?b=1). a@bob @cleo", &handles),
            [
                Segment::Text("hi "),
                Segment::Mention("@Bob", &handles[0]),
                Segment::Text(", see ("),
                Segment::Link("https://example.org/a?b=1"),
                Segment::Text("). a@bob @cleo"),
            ]
        );
        assert_eq!(segments("javascript:alert(1) https://", &[]).len(), 1);
    }

    proptest! {
        #[test]
        fn all_parts_together_are_the_text(text in "(\\PC|@bob|https://a\\.b){0,40}") {
            let handles = ["bob".parse().unwrap()];
            let all: String = segments(&text, &handles).iter().map(|part| match part {
                Segment::Text(text) | Segment::Mention(text, _) | Segment::Link(text) => *text,
            }).collect();
            prop_assert_eq!(all, text);
        }
    }
}
