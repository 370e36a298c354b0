//! Who is mentioned while one writes: the handle that is begun behind an `@`, and who may be meant by it.

use klieg_api::Handle;
use klieg_api::room::Author;

use super::lines::Lines;

/// What is begun behind an `@` at the end of a text, perhaps nothing yet. The `@` of an address is none.
pub fn begun(text: &str) -> Option<&str> {
    let (before, begin) = text.rsplit_once('@')?;
    let is_start = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && c != '_');
    (is_start && begin.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(begin)
}

/// At most so many people whom the end of a text may mean: of who has spoken here, the latest first, those whose handle or name begins
/// so. Not oneself.
pub fn fitting<'a>(text: &str, lines: &'a Lines, most: usize) -> Vec<&'a Author> {
    let Some(begin) = begun(text) else { return Vec::new() };
    let begin = begin.to_lowercase();
    let fits = |author: &Author| {
        let name = author.name.as_deref().unwrap_or_default().to_lowercase();
        (author.handle.as_str().starts_with(&begin) || name.starts_with(&begin)) && !lines.is_mine(&author.handle)
    };
    let mut found: Vec<&Author> = Vec::new();
    for message in lines.iter().rev() {
        let author = &message.author;
        if found.len() == most {
            break;
        }
        if fits(author) && found.iter().all(|known| known.handle != author.handle) {
            found.push(author);
        }
    }
    found
}

/// The text with somebody mentioned in place of what is begun at its end.
pub fn complete(text: &str, who: &Handle) -> String {
    let kept = begun(text).and_then(|begun| text.get(..text.len() - begun.len() - 1)).unwrap_or(text);
    format!("{kept}@{who} ")
}
