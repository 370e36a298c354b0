//! The emoji to choose from, in groups, and the words by which they are found, English and German ones.

/// One emoji a line, with its words; `= NAME` begins a group.
const TABLE: &str = include_str!("table.txt");

#[derive(Debug)]
pub(super) struct Group {
    pub name: &'static str,
    pub emoji: Vec<&'static str>,
}

impl Group {
    /// What it is called, by the name of that word.
    pub(super) fn heading(&self) -> &'static str {
        match self.name {
            "often" => "chat-emoji-often",
            "smileys" => "chat-emoji-smileys",
            "people" => "chat-emoji-people",
            "nature" => "chat-emoji-nature",
            "food" => "chat-emoji-food",
            "activities" => "chat-emoji-activities",
            "travel" => "chat-emoji-travel",
            "objects" => "chat-emoji-objects",
            "symbols" => "chat-emoji-symbols",
            _ => "chat-emoji",
        }
    }
}

fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    TABLE.lines().filter_map(|line| line.split_once(' '))
}

/// All of them, in the order in which they are wanted.
pub(super) fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (emoji, words) in lines() {
        if emoji == "=" {
            groups.push(Group { name: words, emoji: Vec::new() });
        } else if let Some(group) = groups.last_mut() {
            group.emoji.push(emoji);
        }
    }
    groups
}

/// Those that have, for each word that is written, one that begins with it.
pub(super) fn found(written: &str) -> Vec<&'static str> {
    let written = written.to_lowercase();
    // As emotes are written, with colons around.
    let wanted: Vec<&str> = written.split([' ', ':']).filter(|word| !word.is_empty()).collect();
    let fits = |words: &str| wanted.iter().all(|wanted| words.split(' ').any(|word| word.starts_with(wanted)));
    lines().filter(|(emoji, words)| *emoji != "=" && fits(words)).map(|(emoji, _)| emoji).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_emoji_stands_once_in_a_group_that_has_a_heading() {
        let mut known = HashSet::new();
        for group in groups() {
            assert_ne!(group.heading(), "chat-emoji", "{}", group.name);
            assert!(!group.emoji.is_empty());
            for emoji in group.emoji {
                assert!(!emoji.is_ascii() && known.insert(emoji), "{emoji}");
            }
        }
        assert_eq!(known.len(), TABLE.lines().filter(|line| !line.starts_with('=')).count(), "each has words");
    }

    #[test]
    fn emoji_are_found_by_the_beginnings_of_their_words() {
        assert_eq!(found("fox"), ["🦊"]);
        assert_eq!(found("Fuch"), ["🦊"], "in German as well");
        assert_eq!(found("  herz gel "), ["💛"]);
        assert_eq!(found(":pizza:"), ["🍕"]);
        assert!(found("often").is_empty(), "groups have no words");
        assert!(found("quux").is_empty());
    }
}
