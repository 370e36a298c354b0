//! Characters that show nothing, and those that turn the direction of what stands around them. No I/O.

pub use klieg_api::text::turns;

/// Whether there is nothing to be seen of it.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(shows_nothing)
}

/// One line of it, without what would disturb the lines around.
pub fn line(text: &str) -> impl Iterator<Item = char> {
    let kept = text.chars().filter(|c| !turns(*c) && (c.is_whitespace() || !c.is_control()));
    kept.map(|c| if c.is_whitespace() { ' ' } else { c })
}

/// White space, control characters, the empty Braille cell, and what programs are to draw nothing for.
fn shows_nothing(c: char) -> bool {
    is_ignorable(c) || c == '\u{2800}' || c.is_whitespace() || c.is_control()
}

/// What programs are to draw nothing for: Unicode's `Default_Ignorable_Code_Point`.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_told_from_what_is_small() {
        for blank in ["", " \n", "\u{200b}\u{200d}", "\u{3164}", "\u{2800}", "\u{e0041}\u{e007f}", "\u{ad}\u{fe0f}"] {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in [".", "❤\u{fe0f}", "\u{200f}שלום", "👩\u{200d}👧"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn a_line_stays_one_and_keeps_its_direction() {
        assert_eq!(line("a\nb\u{202e}c\0\u{1b}[31m\u{2066}d").collect::<String>(), "a bc[31md");
    }
}
