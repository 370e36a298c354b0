//! How long what people write is: one rule for where it is written and for where it is taken. No I/O.

use unicode_segmentation::UnicodeSegmentation;

/// Bytes for each character that a text may have.
const BYTES: usize = 8;

/// Whether it turns the direction of writing for what comes after it: an embedding, an override or an isolate (UAX #9,
/// section 2). What is written from right to left needs none of them.
pub const fn turns(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text as it is shown among others: in one line, white space folded, without what would disturb the lines around it, which
/// are control characters, marks that turn the direction of writing and spaces without width.
pub fn one_line(text: &str) -> String {
    let disturbs = |c: char| {
        turns(c) || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}') || (c.is_control() && !c.is_whitespace())
    };
    let kept: String = text.chars().filter(|c| !disturbs(*c)).collect();
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many characters a text has, as people count them: a letter with its marks is one, and so is a family of emoji (grapheme
/// clusters, UAX #29).
pub fn characters(text: &str) -> usize {
    text.graphemes(true).count()
}

/// How long a message of this text is, which is in one line: as many characters as it has, and at least as many as eight bytes
/// for each would be. Only a text of little but joined emoji or stacked marks is longer than it has characters.
pub fn length(text: &str) -> usize {
    characters(text).max(text.len().div_ceil(BYTES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_what_a_person_takes_for_one() {
        for one in ["a", "é", "e\u{301}", "한", "漢", "👍🏽", "🇦🇹", "👩‍👩‍👧‍👦", "1️⃣", "क्षि"]
        {
            assert_eq!(characters(one), 1, "{one}");
            // Among others it counts as one as well.
            assert_eq!(length(&format!("{}{one}", "a".repeat(60))), 61, "{one}");
        }
        assert_eq!(length("漢字かな交じり文"), 8);
        assert_eq!(length("🇦🇹🇩🇪🇨🇭"), 3);
        assert_eq!(length(""), 0);
    }

    #[test]
    fn few_characters_of_many_bytes_are_as_long_as_those() {
        let family = "👩‍👩‍👧‍👦";
        assert_eq!((characters(&family.repeat(160)), family.len()), (160, 25));
        assert_eq!(length(&family.repeat(160)), 500);
        assert_eq!(length(&family.repeat(161)), 504);
    }

    #[test]
    fn a_line_is_without_what_is_not_shown() {
        assert_eq!(one_line(" \u{202e}two\n  lines\0\u{200b} "), "two lines");
        assert_eq!(one_line("שלום, עולם!"), "שלום, עולם!");
    }
}
