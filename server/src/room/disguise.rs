//! Text without what people disguise words with. No I/O.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Letters, each with how often it stands in a row.
pub(super) type Letters = Vec<(char, usize)>;

/// The letters of a folded word.
pub(super) fn letters(word: &str) -> Letters {
    let mut letters: Letters = Vec::new();
    for c in word.chars() {
        match letters.last_mut() {
            Some((last, times)) if *last == c => *times += 1,
            _ => letters.push((c, 1)),
        }
    }
    letters
}

/// A word without its disguise; with `signs`, signs that look like letters are some.
pub(super) fn fold(word: &str, signs: bool) -> String {
    plain(word).filter_map(|c| stands_for(c, signs)).collect()
}

/// A text without marks and capitals, and with look-alikes as the letters that they look like.
pub(super) fn plain(text: &str) -> impl Iterator<Item = char> {
    text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).flat_map(look_alike)
}

/// The Latin letter that one of another script looks like, small or large; else itself.
fn look_alike(c: char) -> Vec<char> {
    if c.is_ascii() {
        return vec![c];
    }
    let forms = [c.to_string(), c.to_uppercase().collect()];
    let mut alike = forms.iter().map(|form| skeleton(form).flat_map(char::to_lowercase).collect::<Vec<char>>());
    alike.find(|letters| letters.iter().all(char::is_ascii)).unwrap_or_else(|| vec![c])
}

/// The letter that a digit or a sign stands for. Letters that look alike when they are large count as one.
fn stands_for(c: char, signs: bool) -> Option<char> {
    Some(match c {
        '0' => 'o',
        '1' | 'l' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        '@' if signs => 'a',
        '$' if signs => 's',
        '!' | '|' if signs => 'i',
        '€' if signs => 'e',
        '+' if signs => 't',
        c if c.is_alphanumeric() => c,
        _ => return None,
    })
}
