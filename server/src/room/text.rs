//! What may be written in a room: tidying, limits, mentions, emoji, links. No I/O.

use std::net::Ipv4Addr;

use klieg_api::Handle;
use klieg_api::emotes::{self, Emote};
use klieg_api::room::MAX_TEXT;
use klieg_api::text::{characters, length, one_line};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::UnicodeEmoji;
use unicode_segmentation::UnicodeSegmentation;

use crate::http::problem::Wrong;
use crate::unseen;

/// Bytes of a text that is looked at, much of which may be left out.
const MAX_BYTES: usize = 16_000;
/// Code points in one character: a family of four with skin tones has 11, a tower of marks has more.
const MAX_CLUSTER: usize = 16;
/// Mentions that count.
const MAX_MENTIONS: usize = 10;
/// What a reply shows of what it answers.
const EXCERPT: usize = 100;
/// More is noise: a character in a row, emoji, one word.
const MOST_RUN: usize = 12;
const MOST_EMOJI: usize = 12;
const MOST_SAME: usize = 6;
/// So many letters of which most are capitals are shouted.
const SHOUTED: usize = 20;

/// The text as it will be shown, or what to change. White space is folded; what would disturb the lines around it, control
/// characters and marks that turn the direction of writing, is left out.
pub fn tidy(text: &str) -> Result<String, Wrong> {
    if text.len() > MAX_BYTES {
        return Err(too_long(MAX_TEXT));
    }
    let tidy = one_line(text);
    if unseen::is_blank(&tidy) {
        return Err(Wrong::new("empty", &[], "write something"));
    }
    if length(&tidy) > MAX_TEXT {
        return Err(too_long(MAX_TEXT));
    }
    if tidy.graphemes(true).any(|cluster| cluster.chars().count() > MAX_CLUSTER) {
        return Err(Wrong::new("marks", &[], "put fewer marks on one character"));
    }
    Ok(tidy)
}

/// What to change in a text of more characters than these.
pub fn too_long(most: usize) -> Wrong {
    Wrong::new("too-long", &[most as u64], format!("use at most {most} characters"))
}

/// Characters of a cluster that others wrote: enough for every letter and most emoji.
const MAX_MARKS: usize = 4;

/// What somebody else wrote, as tidy as a message, cut to so many characters; none if there is nothing to see of it.
pub fn clip(text: &str, most: usize) -> Option<String> {
    let tidy = one_line(text);
    if unseen::is_blank(&tidy) {
        return None;
    }
    let is_long = tidy.graphemes(true).nth(most).is_some();
    let whole = if is_long { most.saturating_sub(1) } else { most };
    let begin = tidy.graphemes(true).take(whole).flat_map(|cluster| cluster.chars().take(MAX_MARKS));
    let mut begin: String = begin.collect();
    if is_long {
        begin.truncate(begin.trim_end().len());
        begin.push('…');
    }
    Some(begin)
}

/// A tidy text of at most so many characters.
pub fn line(text: &str, most: usize) -> Result<String, Wrong> {
    let tidy = tidy(text)?;
    if characters(&tidy) > most { Err(too_long(most)) } else { Ok(tidy) }
}

/// The beginning of a text.
pub fn excerpt(text: &str) -> String {
    let mut clusters = text.graphemes(true);
    let begin: String = clusters.by_ref().take(EXCERPT).collect();
    if clusters.next().is_some() { begin + "…" } else { begin }
}

/// The handles mentioned, each once.
pub fn mentions(text: &str) -> Vec<Handle> {
    let mut found: Vec<Handle> = Vec::new();
    let mut before = ' ';
    for (index, c) in text.char_indices() {
        if c == '@' && !before.is_alphanumeric() && before != '_' {
            let rest = text.get(index + 1..).unwrap_or_default();
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            if let Some(Ok(handle)) = rest.get(..end).map(str::parse::<Handle>)
                && !found.contains(&handle)
            {
                found.push(handle);
            }
        }
        before = c;
    }
    found.truncate(MAX_MENTIONS);
    found
}

/// Whether this is one emoji, and nothing is put on it that does not belong to emoji.
pub fn is_emoji(text: &str) -> bool {
    let mut clusters = text.graphemes(true);
    let one = clusters.next().is_some_and(is_emoji_cluster) && clusters.next().is_none();
    one && text.chars().count() <= MAX_CLUSTER && text.chars().all(UnicodeEmoji::is_emoji_char_or_emoji_component)
}

/// Whether there is nothing but emoji and these emotes.
pub fn is_only_emoji(text: &str, emotes: &[Emote]) -> bool {
    let rest = without(text, emotes);
    rest.graphemes(true).all(|cluster| cluster.trim().is_empty() || is_emoji_cluster(cluster))
}

/// A text with a space in place of each of these emotes.
fn without(text: &str, emotes: &[Emote]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if let Some((length, _)) = emotes::leading(rest, emotes) {
            kept.push(' ');
            length
        } else {
            kept.push(c);
            c.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    kept
}

fn is_emoji_cluster(cluster: &str) -> bool {
    // Digits count as emoji for Unicode, because they can wear a keycap.
    cluster.chars().any(|c| (!c.is_ascii() && c.is_emoji_char()) || c == '\u{20e3}')
}

/// Whether something in it would be taken for an address, or becomes one when it is copied: with its scheme or without.
pub fn has_link(text: &str) -> bool {
    let lower = as_read(text).to_lowercase();
    lower.contains("://") || lower.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '.').any(is_host)
}

/// Whether these letters, digits, hyphens and dots name a computer: labels with a last one as there are (RFC 1123 section 2.1; letters
/// of other scripts may be written as `xn--`, RFC 5890 section 2.3.2.1), or four numbers.
fn is_host(text: &str) -> bool {
    let text = text.trim_matches(['.', '-']);
    let Some((name, top)) = text.rsplit_once('.') else { return false };
    if text.parse::<Ipv4Addr>().is_ok() {
        return true;
    }
    // What goes on behind a hyphen does not make it another.
    let top = if top.starts_with("xn--") { top } else { top.split('-').next().unwrap_or_default() };
    let is_top = top.starts_with("xn--") || top.chars().all(char::is_alphabetic);
    is_top && (2..=63).contains(&top.chars().count()) && name.split('.').all(|label| !label.is_empty())
}

/// A text as it is read, or by a browser into which it is copied: without what is not seen and without marks, in plain letters and dots.
/// The full stop of Chinese and Japanese is one between Latin letters (UTS #46), where nobody ends a sentence with it.
fn as_read(text: &str) -> String {
    let seen = text.chars().filter(|c| !unseen::is_ignorable(*c));
    let mut plain = seen.nfkc().filter(|c| !is_combining_mark(*c)).peekable();
    let (mut read, mut before) = (String::with_capacity(text.len()), ' ');
    while let Some(c) = plain.next() {
        let is_within = before.is_ascii_alphanumeric() && plain.peek().is_some_and(char::is_ascii_alphanumeric);
        read.push(if c == '。' && is_within { '.' } else { c });
        before = c;
    }
    read
}

/// The first address that clients show as a link: what begins with http:// or https://, as far as it goes.
pub fn first_link(text: &str) -> Option<&str> {
    let mut before = ' ';
    for (index, c) in text.char_indices() {
        if !before.is_alphanumeric()
            && let Some(link) = text.get(index..).and_then(link)
        {
            return Some(link);
        }
        before = c;
    }
    None
}

fn link(rest: &str) -> Option<&str> {
    let begins = |scheme: &&str| rest.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    let scheme = ["https://", "http://"].into_iter().find(begins)?;
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"')).unwrap_or(rest.len());
    // What ends a sentence does not belong to the address.
    let address = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'']);
    (address.len() > scheme.len()).then_some(address)
}

/// Whether it is loud rather than long: a character drawn out, one word over and over, capitals, walls of emoji.
pub fn is_noise(text: &str) -> bool {
    let (mut last, mut run, mut longest) = ("", 0, 0);
    let (mut emoji, mut letters, mut large) = (0, 0, 0);
    for cluster in text.graphemes(true) {
        run = if cluster == last && !cluster.trim().is_empty() { run + 1 } else { 1 };
        (last, longest) = (cluster, longest.max(run));
        emoji += usize::from(is_emoji_cluster(cluster));
        if let Some(c) = cluster.chars().next().filter(|c| c.is_lowercase() || c.is_uppercase()) {
            letters += 1;
            large += usize::from(c.is_uppercase());
        }
    }
    let mut words: Vec<String> = text.split_whitespace().map(folded).collect();
    words.sort_unstable();
    let same = words.chunk_by(|one, other| one == other).map(<[String]>::len).max().unwrap_or_default();
    longest > MOST_RUN || emoji > MOST_EMOJI || same > MOST_SAME || (letters >= SHOUTED && large * 10 > letters * 8)
}

/// A text without what people vary to say the same again: case, spacing, marks, look-alike forms.
pub fn folded(text: &str) -> String {
    let plain: String = text.nfkd().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect();
    if plain.is_empty() { text.split_whitespace().collect() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_character_is_what_a_person_takes_for_one() {
        let family = "👩‍👩‍👧‍👦";
        assert_eq!(tidy(&family.repeat(100)).unwrap(), family.repeat(100));
        assert!(tidy(&"a".repeat(500)).is_ok());
        assert!(tidy(&"a".repeat(501)).is_err());
        assert!(tidy(&family.repeat(160)).is_ok());
        assert!(tidy(&family.repeat(161)).is_err(), "as the composer's counter says");
        assert!(tidy(&format!("z{}", "\u{0300}".repeat(40))).is_err(), "a tower of marks");
        assert_eq!(tidy(" \u{202e}two\n lines\0 ").unwrap(), "two lines");
    }

    #[test]
    fn what_shows_nothing_is_not_said() {
        for blank in ["\u{200b} \n", "\u{3164}", "\u{2800} \u{2800}", "\u{200d}", "\u{e0041}", "\u{202e}\u{2069}\0"] {
            assert!(tidy(blank).is_err(), "{blank:?}");
        }
        assert!(line("\u{115f}", 60).is_err(), "nor asked");
    }

    #[test]
    fn nothing_turns_what_is_written_around_it() {
        for c in ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}') {
            assert_eq!(tidy(&format!("photo{c}gpj.exe")).unwrap(), "photogpj.exe");
        }
        assert_eq!(tidy("שלום, עולם!").unwrap(), "שלום, עולם!", "what is written from right to left is left so");
    }

    #[test]
    fn mentions_are_handles_after_an_at() {
        let handles = |text| mentions(text).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(handles("@Ada hi @bob_1, @ada! mail@example.org @x (@cleo)"), ["ada", "bob_1", "cleo"]);
    }

    #[test]
    fn emoji_are_told_from_text() {
        for emoji in ["❤️", "👍🏽", "👩‍👩‍👧‍👦", "🇦🇹", "1️⃣"] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        for other in ["", "1", "a", "👍👍", "ok👍", "<b>", "👍\u{300}\u{316}\u{300}", "a\u{20e3}"] {
            assert!(!is_emoji(other), "{other}");
        }
        assert!(is_only_emoji("👍 🎉🎉", &[]));
        assert!(!is_only_emoji("gg 👍", &[]));
    }

    #[test]
    fn an_emote_counts_as_an_emoji_where_the_channel_has_it() {
        let wave =
            Emote { name: "wave".parse().unwrap(), url: "/emotes/0.png".into(), still: None, width: 112, height: 112 };
        for only in [":wave:", ":Wave::wave: 🎉", "🎉:wave:"] {
            assert!(is_only_emoji(only, std::slice::from_ref(&wave)), "{only}");
            assert!(!is_only_emoji(only, &[]), "{only}");
        }
        for more in ["gg :wave:", ":wave", ":wave: :gone:", ":wave:gg:wave:", ":"] {
            assert!(!is_only_emoji(more, std::slice::from_ref(&wave)), "{more}");
        }
    }

    #[test]
    fn links_are_found_however_they_are_written() {
        for link in ["see https://example.org", "WWW.example.org", "go to example.org/path!", "(sub.example.co.uk)"] {
            assert!(has_link(link), "{link}");
        }
        // What stands beside it does not hide it.
        for link in [
            "example.org,look",
            "a|example.org|b",
            "example.org-now",
            "example.org_",
            "me@example.org",
            "**example.org**",
        ] {
            assert!(has_link(link), "{link}");
        }
        for link in ["1.2.3.4/x", "at 10.0.0.1:8080", "example.xn--p1ai/x", "пример.рф", "xn--e1afmkfd.example"]
        {
            assert!(has_link(link), "{link}");
        }
        for link in [
            "exam\u{ad}ple.org",
            "exa\u{200d}mple.o\u{200b}rg",
            "https:/\u{2060}/example",
            "w\u{feff}ww.example",
            "example\u{ff0e}org",
            "example\u{2024}org",
            "example\u{3002}org",
            "example\u{ff61}org",
            "ｅｘａｍｐｌｅ.ｏｒｇ",
            "exam\u{332}ple.o\u{332}rg",
        ] {
            assert!(has_link(link), "{link:?}");
        }
        for plain in
            ["hello. World", "3.14", "wait...what", "e.g. this", "v1.2.3", "a-b", "10.000.000,50", "so... yes", "..."]
        {
            assert!(!has_link(plain), "{plain}");
        }
        for plain in ["wait…what", "はい。OK", "OK。はい", "はい。", "今日は。元気", "👩\u{200d}👧. Hi"]
        {
            assert!(!has_link(plain), "{plain}");
        }
    }

    #[test]
    fn the_first_address_is_what_is_looked_up() {
        for (text, first) in [
            ("see (https://example.org/a?b=1). And http://example.com", Some("https://example.org/a?b=1")),
            ("HTTP://Example.org!", Some("HTTP://Example.org")),
            ("https:// then https://x", Some("https://x")),
            ("xhttps://example.org www.example.org example.org", None),
            ("javascript:alert(1) data:text/html,x", None),
        ] {
            assert_eq!(first_link(text), first, "{text}");
        }
    }

    #[test]
    fn what_others_wrote_is_cut_short() {
        assert_eq!(clip(" one\n two ", 7).as_deref(), Some("one two"));
        assert_eq!(clip("one two", 6).as_deref(), Some("one t…"));
        assert_eq!(clip("one two", 5).as_deref(), Some("one…"));
        assert_eq!(clip("\u{202e}\u{3164}", 5), None);
    }

    #[test]
    fn noise_is_told_from_joy() {
        for noise in [
            &"a".repeat(30),
            &"🎉".repeat(20),
            &"spam ".repeat(8),
            "THIS IS SHOUTED AT EVERYBODY HERE",
            "woooooooooooooooooow",
        ] {
            assert!(is_noise(noise), "{noise}");
        }
        for joy in ["HELLO WORLD", "nooooo way!!!", "🎉🎉🎉 yes", "no no no no", "The NATO and the UN met in NYC today"]
        {
            assert!(!is_noise(joy), "{joy}");
        }
    }

    #[test]
    fn the_same_again_is_recognised() {
        assert_eq!(folded("Hé l l o!!"), folded("HELLO"));
        assert_eq!(folded("ｈｅｌｌｏ"), "hello");
        assert_ne!(folded("😂"), folded("👍"));
    }

    proptest! {
        #[test]
        fn what_is_accepted_keeps_the_limits(text in "\\PC{0,600}") {
            if let Ok(tidy) = tidy(&text) {
                prop_assert!(characters(&tidy) <= MAX_TEXT && tidy.len() <= 4_000);
                prop_assert_eq!(super::tidy(&tidy).unwrap(), tidy);
            }
            // What is written is too long where it is counted, and nowhere else.
            let is_too_long = tidy(&text).is_err_and(|wrong| wrong == too_long(MAX_TEXT));
            let is_blank = unseen::is_blank(&one_line(&text));
            prop_assert_eq!(is_too_long, !is_blank && length(&one_line(&text)) > MAX_TEXT);
            let _ = (mentions(&text), has_link(&text), excerpt(&text), is_emoji(&text), clip(&text, 60));
        }

        #[test]
        fn the_address_that_is_looked_up_is_the_first_that_is_shown(text in "(\\PC|https?://|HTTP://[a-z.]{1,9}|[ .)<]){0,30}") {
            use klieg_core::room::{Segment, segments};
            let shown = segments(&text, &[], &[]).into_iter().find_map(|part| match part {
                Segment::Link(address) => Some(address),
                _ => None,
            });
            prop_assert_eq!(first_link(&text), shown);
        }
    }
}
