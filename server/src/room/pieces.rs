//! Words that were cut into pieces, `li ke thi s`, so that no filter finds them. No I/O.
//!
//! Neighbours may make another word by chance: "the pen is mightier". So words are put together only where one of them is a piece:
//! a letter or two that nobody writes as a word of its own.

/// Pieces that are put together.
const MOST: usize = 6;
/// Letters of a piece.
const SHORT: usize = 2;
/// Short words that people write in English, German, French, Spanish and Italian and in every chat, as they are after folding: `l`
/// is `i`.
const WORDS: &[&str] = &[
    "a", "e", "i", "o", "u", "y", "ab", "ad", "ah", "ai", "am", "an", "as", "at", "au", "be", "by", "ce", "da", "de",
    "di", "do", "du", "ed", "eh", "ei", "en", "er", "es", "et", "eu", "ex", "gg", "go", "ha", "he", "hi", "hm", "ho",
    "ia", "ie", "if", "ii", "im", "in", "io", "is", "it", "ja", "je", "ma", "me", "mi", "my", "na", "ne", "no", "ob",
    "of", "oh", "ok", "on", "op", "or", "os", "ou", "ox", "pc", "pm", "ps", "re", "sa", "se", "si", "so", "su", "ta",
    "te", "to", "tu", "tv", "uh", "uk", "um", "un", "up", "us", "va", "vs", "we", "wo", "xd", "ya", "ye", "yo", "zu",
];

/// A word of a text, folded.
pub(super) struct Piece {
    folded: String,
    /// It is short and no word by itself. A number is none of somebody's pieces either.
    is_part: bool,
}

impl Piece {
    /// The word as it was written and as it is folded; none if nothing is left of it.
    pub(super) fn new(written: &str, folded: String) -> Option<Self> {
        let is_short = folded.chars().nth(SHORT).is_none();
        let is_part = is_short && written.contains(char::is_alphabetic) && !WORDS.contains(&folded.as_str());
        (!folded.is_empty()).then_some(Self { folded, is_part })
    }
}

/// What pieces make together with the words beside them.
pub(super) fn joined(words: &[Piece]) -> Vec<String> {
    let mut joined = Vec::new();
    for begin in 0..words.len() {
        let (mut whole, mut has_part) = (String::new(), false);
        for (place, word) in words.iter().skip(begin).take(MOST).enumerate() {
            whole.push_str(&word.folded);
            has_part |= word.is_part;
            if has_part && place > 0 {
                joined.push(whole.clone());
            }
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joins(text: &str) -> Vec<String> {
        let words: Vec<Piece> = text.split(' ').filter_map(|word| Piece::new(word, word.to_owned())).collect();
        joined(&words)
    }

    #[test]
    fn words_are_put_together_where_one_is_a_piece() {
        assert_eq!(joins("one tw o"), ["onetw", "onetwo", "two"]);
        assert!(joins("we go to it").is_empty() && joins("one two").is_empty() && joins("4 you").is_empty());
        assert!(joins(&"b ".repeat(100)).iter().all(|word| (2..=MOST).contains(&word.len())));
    }

    #[test]
    fn the_list_is_folded_and_sorted() {
        assert!(WORDS.iter().all(|word| word.len() <= SHORT && !word.contains('l')));
        assert!(WORDS.is_sorted_by_key(|word| (word.len(), *word)));
    }
}
