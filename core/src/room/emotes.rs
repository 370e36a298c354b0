//! Emotes while one writes: which one is begun, which ones it may become; and what a file would be called as one.

use klieg_api::emotes::{Emote, EmoteName};

/// Letters after the colon from which emotes are offered: fewer are faces, such as `:D`.
const ENOUGH: usize = 2;

/// The name that is begun at the end of a text, without its colon.
pub fn begun(text: &str) -> Option<&str> {
    let (before, name) = text.rsplit_once(':')?;
    let is_start = before.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
    (is_start && name.len() >= ENOUGH && name.chars().all(EmoteName::takes)).then_some(name)
}

/// The emotes that the end of a text may become: those that begin so, then those that have it in them.
pub fn fitting<'a>(text: &str, emotes: &'a [Emote]) -> Vec<&'a Emote> {
    let Some(name) = begun(text) else { return Vec::new() };
    found(name, emotes)
}

/// The emotes that have these letters in their names, those that begin with them first.
pub fn found<'a>(letters: &str, emotes: &'a [Emote]) -> Vec<&'a Emote> {
    let letters = letters.trim().trim_matches(':').to_ascii_lowercase();
    let place = |emote: &Emote| emote.name.key().find(&letters);
    let (mut begin, mut within) = (Vec::new(), Vec::new());
    for emote in emotes {
        match place(emote) {
            Some(0) => begin.push(emote),
            Some(_) => within.push(emote),
            None => {}
        }
    }
    begin.append(&mut within);
    begin
}

/// The text with this emote in place of what is begun at its end.
pub fn complete(text: &str, name: &EmoteName) -> String {
    let kept = begun(text).and_then(|begun| text.get(..text.len() - begun.len() - 1)).unwrap_or(text);
    append(kept, name)
}

/// The text with this emote after it.
pub fn append(text: &str, name: &EmoteName) -> String {
    let space = if text.chars().next_back().is_some_and(|c| !c.is_whitespace()) { " " } else { "" };
    format!("{text}{space}:{name}: ")
}

/// What a file of this name may be called as an emote; perhaps too short, or digits alone, for whoever names it to mend.
pub fn name_of_file(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let mut name = String::with_capacity(EmoteName::MAX);
    for c in stem.chars() {
        if EmoteName::takes(c) {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        if name.len() == EmoteName::MAX {
            break;
        }
    }
    name.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn emotes() -> Vec<Emote> {
        let emote = |name: &str| Emote {
            name: name.parse().unwrap(),
            url: format!("/emotes/{name}.png"),
            still: None,
            width: 112,
            height: 112,
        };
        ["heyna", "Nap", "naked_nap", "wave"].map(emote).to_vec()
    }

    fn names(found: &[&Emote]) -> Vec<String> {
        found.iter().map(|emote| emote.name.to_string()).collect()
    }

    #[test]
    fn an_emote_is_offered_once_two_letters_of_it_are_written() {
        let emotes = emotes();
        assert_eq!(names(&fitting("look :na", &emotes)), ["Nap", "naked_nap", "heyna"]);
        assert_eq!(names(&fitting(":NAP", &emotes)), ["Nap", "naked_nap"]);
        for none in ["", ":", ":n", "na", "at 10:na", ":nap:", ":na ", ": na", "http://na", ":n\u{e4}p"] {
            assert!(fitting(none, &emotes).is_empty(), "{none}");
        }
    }

    #[test]
    fn what_is_begun_becomes_the_emote() {
        let nap = "Nap".parse().unwrap();
        assert_eq!(complete("look :na", &nap), "look :Nap: ");
        assert_eq!(complete(":na", &nap), ":Nap: ");
        assert_eq!(append("look", &nap), "look :Nap: ");
        assert_eq!(append("look ", &nap), "look :Nap: ");
        assert_eq!(append("", &nap), ":Nap: ");
    }

    #[test]
    fn letters_are_looked_for_anywhere() {
        let emotes = emotes();
        assert_eq!(names(&found(" :AP ", &emotes)), ["Nap", "naked_nap"]);
        assert_eq!(found("", &emotes).len(), 4);
        assert!(found("x", &emotes).is_empty());
    }

    #[test]
    fn a_file_gives_its_name() {
        for (file, name) in [
            ("wave.png", "wave"),
            ("Big Wave (1).final.gif", "Big_Wave_1_final"),
            ("\u{fc}ber-gut!.webp", "ber_gut"),
            ("no extension", "no_extension"),
            ("..png", ""),
            ("12.png", "12"),
        ] {
            assert_eq!(name_of_file(file), name, "{file}");
        }
        assert_eq!(name_of_file(&"long".repeat(20)).len(), EmoteName::MAX);
    }
}
