//! Words and patterns that a room does not want, found however they are disguised. No I/O.
//!
//! Text and pattern are folded the same way: compatibility forms, marks and case are taken off, look-alike letters become one
//! (UTS #39, section 4, "skeleton"), and so do digits and signs that stand for letters. A word matches as a whole, so that a
//! short one is not found inside a harmless long one; letters that are spelled out, `l i k e t h i s`, are put together, and so are
//! pieces, `li ke thi s`, if one of them is no word by itself ([`pieces`]). Expressions are for the text as it was written, and for
//! the same with other scripts' look-alikes as the letters that they look like.

use klieg_api::room::{Filter, FilterAction, MAX_FILTER, MAX_FILTERS};
use regex::{Regex, RegexBuilder};
use unicode_normalization::char::is_combining_mark;

use super::disguise::{Letters, fold, letters, plain};
use super::pieces::{self, Piece};
use super::text;
use crate::http::problem::Wrong;

/// A compiled pattern of a moderator's is not larger, in bytes.
const MOST_COMPILED: usize = 64 << 10;
/// Each is run over each message.
const MOST_EXPRESSIONS: usize = 30;
/// So many single letters in a row are one word, spelled out.
const SPELLED: usize = 3;
/// A letter that stands so often in a row is one that was drawn out.
const DRAWN_OUT: usize = 3;

/// The filters of a room, ready to be used.
#[derive(Debug, Default)]
pub struct Filters {
    all: Vec<(Filter, Pattern)>,
}

/// A filter's place among the others, and what it does.
pub type Placed = (usize, FilterAction);

#[derive(Debug)]
enum Pattern {
    /// Words in a row.
    Words(Vec<Word>),
    Regex(Regex),
}

#[derive(Debug)]
struct Word {
    letters: Letters,
    /// Something may stand before it, after it.
    open: (bool, bool),
}

impl Filters {
    /// Patterns that cannot be read, which an older version may have let in, are left out.
    pub fn new(filters: Vec<Filter>) -> Self {
        let all = filters.into_iter().filter_map(|filter| Some((Pattern::read(&filter.pattern).ok()?, filter)));
        Self { all: all.map(|(pattern, filter)| (filter, pattern)).collect() }
    }

    pub fn list(&self) -> Vec<Filter> {
        self.all.iter().map(|(filter, _)| filter.clone()).collect()
    }

    /// The filter of this pattern, if there is one.
    pub fn placed(&self, pattern: &str) -> Option<Placed> {
        let place = self.all.iter().position(|(filter, _)| filter.pattern == pattern)?;
        Some((place, self.all.get(place)?.0.action))
    }

    /// Adds a filter, or changes what the one of this pattern does. The filter as it is kept, and the one that was there; or
    /// what to change if it cannot be added.
    pub fn add(&mut self, filter: &Filter) -> Result<(Filter, Option<Placed>), Wrong> {
        let pattern = filter.pattern.split_whitespace().collect::<Vec<_>>().join(" ");
        let filter = Filter { pattern, action: filter.action };
        let (compiled, before) = (Pattern::read(&filter.pattern)?, self.placed(&filter.pattern));
        if let Some((known, _)) = self.all.iter_mut().find(|(known, _)| known.pattern == filter.pattern) {
            known.action = filter.action;
        } else if self.all.len() >= MAX_FILTERS {
            return Err(too_many(MAX_FILTERS, "filters"));
        } else if matches!(compiled, Pattern::Regex(_)) && self.expressions() >= MOST_EXPRESSIONS {
            return Err(too_many(MOST_EXPRESSIONS, "regular expressions"));
        } else {
            self.all.push((filter.clone(), compiled));
        }
        Ok((filter, before))
    }

    fn expressions(&self) -> usize {
        self.all.iter().filter(|(_, pattern)| matches!(pattern, Pattern::Regex(_))).count()
    }

    /// The one that was there.
    pub fn remove(&mut self, pattern: &str) -> Option<Placed> {
        let before = self.placed(pattern);
        self.all.retain(|(filter, _)| filter.pattern != pattern);
        before
    }

    /// The filter of this pattern is as it was before, and where it was.
    pub fn put_back(&mut self, pattern: &str, before: Option<Placed>) {
        self.remove(pattern);
        if let Some((place, action)) = before
            && let Ok(compiled) = Pattern::read(pattern)
        {
            let filter = Filter { pattern: pattern.to_owned(), action };
            self.all.insert(place.min(self.all.len()), (filter, compiled));
        }
    }

    /// The first filter that a text is caught by; one that refuses before one that holds.
    pub fn catches(&self, text: &str) -> Option<&Filter> {
        if self.all.is_empty() {
            return None;
        }
        let readings = Readings::of(text);
        let caught = self.all.iter().filter(|(_, pattern)| pattern.is_in(text, &readings));
        caught.map(|(filter, _)| filter).max_by_key(|filter| filter.action)
    }
}

fn too_many(most: usize, what: &str) -> Wrong {
    Wrong::new("filters-full", &[most as u64], format!("a room has at most {most} {what}"))
}

impl Pattern {
    /// `word`, `two words`, `begin*`, `*end*`, or `/a regular expression/`.
    fn read(pattern: &str) -> Result<Self, Wrong> {
        if pattern.chars().count() > MAX_FILTER {
            return Err(text::too_long(MAX_FILTER));
        }
        if let Some(expression) = pattern.strip_prefix('/').and_then(|rest| rest.strip_suffix('/')) {
            let built = RegexBuilder::new(expression).case_insensitive(true).size_limit(MOST_COMPILED).build();
            let built = built.map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => "this regular expression is too large".to_owned(),
                error => {
                    let last = error.to_string().lines().last().unwrap_or_default().replace("error: ", "");
                    format!("this is no regular expression: {last}")
                }
            })?;
            if built.is_match("") {
                return Err(Wrong::new("catches-all", &[], "this would catch every message"));
            }
            return Ok(Self::Regex(built));
        }
        let words: Vec<Word> = pattern
            .split_whitespace()
            .map(|word| {
                let letters = letters(&fold(word, true));
                Word { letters, open: (word.starts_with('*'), word.ends_with('*')) }
            })
            .collect();
        if words.is_empty() || words.iter().any(|word| word.letters.is_empty()) {
            let detail = "write a word, words, a word with * before or after it, or /a regular expression/";
            return Err(Wrong::new("no-pattern", &[], detail));
        }
        Ok(Self::Words(words))
    }

    fn is_in(&self, text: &str, readings: &Readings) -> bool {
        match self {
            Self::Regex(expression) => expression.is_match(text) || expression.is_match(&readings.plain),
            Self::Words(words) => {
                let in_a_row = |reading: &Vec<Letters>| {
                    reading
                        .windows(words.len())
                        .any(|found| words.iter().zip(found).all(|(word, found)| word.is(found)))
                };
                let [word] = words.as_slice() else { return readings.words.iter().any(in_a_row) };
                readings.words.iter().any(in_a_row)
                    || readings.spelled.iter().any(|spelled| word.is_within(spelled))
                    || readings.joined.iter().any(|joined| same(&word.letters, joined))
            }
        }
    }
}

impl Word {
    fn is(&self, found: &Letters) -> bool {
        let (wanted, found_len) = (self.letters.len(), found.len());
        if wanted > found_len {
            return false;
        }
        match self.open {
            (false, false) => wanted == found_len && same(&self.letters, found),
            (false, true) => same(&self.letters, found.get(..wanted).unwrap_or_default()),
            (true, false) => same(&self.letters, found.get(found_len - wanted..).unwrap_or_default()),
            (true, true) => self.is_within(found),
        }
    }

    fn is_within(&self, found: &Letters) -> bool {
        found.windows(self.letters.len()).any(|part| same(&self.letters, part))
    }
}

fn same(wanted: &[(char, usize)], found: &[(char, usize)]) -> bool {
    let alike = |(wanted, times): &(char, usize), (found, often): &(char, usize)| {
        wanted == found && (times == often || *often >= DRAWN_OUT)
    };
    wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| alike(wanted, found))
}

/// The ways in which a text may be meant.
struct Readings {
    /// As words: with signs as the ends of words, and with signs as letters.
    words: [Vec<Letters>; 2],
    /// What is spelled out letter by letter.
    spelled: Vec<Letters>,
    /// What pieces make together.
    joined: Vec<Letters>,
    /// The whole, with look-alikes as the letters that they look like.
    plain: String,
}

impl Readings {
    fn of(text: &str) -> Self {
        let parted: Vec<String> = text
            .split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c))
            .map(|word| fold(word, false))
            .filter(|word| !word.is_empty())
            .collect();
        let signs: Vec<String> =
            text.split_whitespace().map(|word| fold(word, true)).filter(|word| !word.is_empty()).collect();
        let spelled = [&parted, &signs].into_iter().flat_map(|words| spelled(words)).collect();
        // A sign at the end of a word may be its last letter, or the sentence's end.
        let joined = ["", "!|+"].map(|ends| {
            let words = text.split_whitespace().map(|word| word.trim_end_matches(|sign| ends.contains(sign)));
            let pieces: Vec<Piece> = words.filter_map(|word| Piece::new(word, fold(word, true))).collect();
            pieces::joined(&pieces).iter().map(|word| letters(word)).collect::<Vec<_>>()
        });
        let all = |words: Vec<String>| words.iter().map(|word| letters(word)).collect();
        Self { words: [all(parted), all(signs)], spelled, joined: joined.concat(), plain: plain(text).collect() }
    }
}

/// Words of one letter that stand in a row, put together.
fn spelled(words: &[String]) -> Vec<Letters> {
    let runs = words.split(|word| word.chars().count() > 1);
    runs.filter(|run| run.len() >= SPELLED).map(|run| letters(&run.concat())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn catches(pattern: &str, text: &str) -> bool {
        let mut filters = Filters::default();
        filters.add(&Filter { pattern: pattern.to_owned(), action: FilterAction::Hold }).unwrap();
        filters.catches(text).is_some()
    }

    #[test]
    fn a_word_is_found_however_it_is_disguised() {
        for text in [
            "idiot",
            "You IDIOT!",
            "you,idiot",
            "1d10t",
            "!d!ot",
            "і𝗱іот",
            "ídíöt",
            "i.d.i.o.t",
            "i d i o t",
            "so i-d-i-o-t ok",
            "idiooooot",
            "ＩＤＩＯＴ",
            "@idiot",
            "id iot",
            "idi ot",
            "such an i d i ot!",
            "1d !ot",
            "id - iot",
            "i d iot",
        ] {
            assert!(catches("idiot", text), "{text}");
        }
        for text in ["idiotic", "an idio tale", "hello", "video it", "i do", "id, iota", "did iot", "idi otter"] {
            assert!(!catches("idiot", text), "{text}");
        }
    }

    #[test]
    fn neighbours_are_not_what_they_would_be_together() {
        for (word, text) in [
            ("penis", "the pen is mightier"),
            ("shit", "5 hit points, 5 hit!"),
            ("ass", "as soon as she can"),
            ("anal", "an all day stream"),
            ("tits", "it is it so"),
            ("god", "go do it"),
            ("hell", "he lied"),
            ("ago", "a go at it"),
            ("suspend", "us pend us"),
        ] {
            assert!(!catches(word, text), "{word}: {text}");
        }
        for (word, text) in
            [("penis", "pe nis"), ("penis", "peni s"), ("penis", "pen i s"), ("ass", "as s"), ("shit", "s hit")]
        {
            assert!(catches(word, text), "{word}: {text}");
        }
        assert!(catches("idiot*", "id iot"), "a word with a star is found in pieces as it stands");
    }

    #[test]
    fn an_expression_finds_what_is_written_in_look_alikes() {
        for text in ["buy now", "BUY  NOW", "buу nоw", "𝗯𝘂𝘆 𝗻𝗼𝘄", "bûy nów"] {
            assert!(catches(r"/\bbuy\s+now\b/", text), "{text}");
        }
        assert!(!catches(r"/\bbuy\s+now\b/", "buy it now"));
        // What is meant as it is written is found so as well.
        assert!(catches("/[а-я]{3}/", "это спам") && catches("/l1nk/", "l1nk"));
    }

    #[test]
    fn stars_and_phrases_are_what_they_say() {
        assert!(catches("idiot*", "idiotic") && !catches("idiot*", "anidiot"));
        assert!(catches("*idiot", "anidiot") && !catches("*idiot", "idiotic"));
        assert!(catches("*idiot*", "anidiotic"));
        assert!(catches("free money", "get FREE, m0ney now") && !catches("free money", "money is free"));
        assert!(catches("god", "god") && !catches("god", "good"), "a doubled letter is another word");
    }

    #[test]
    fn a_regular_expression_is_one_and_too_large_ones_are_refused() {
        assert!(catches(r"/\bcode:\s*\d{4}\b/", "use CODE: 1234"));
        let mut filters = Filters::default();
        for bad in ["/(/", "/.*/", "/(\\w{1000}){1000}/", "", "*", "  ", "...", &"x".repeat(101)] {
            let added = filters.add(&Filter { pattern: bad.to_owned(), action: FilterAction::Hold });
            assert!(added.is_err(), "{bad}");
        }
        assert!(filters.list().is_empty());
    }

    #[test]
    fn what_refuses_comes_before_what_holds_and_a_pattern_is_there_once() {
        let mut filters = Filters::default();
        for (pattern, action) in [
            ("spam", FilterAction::Hold),
            ("spam  ham", FilterAction::Refuse),
            ("eggs", FilterAction::Refuse),
            ("eggs", FilterAction::Hold),
        ] {
            filters.add(&Filter { pattern: pattern.to_owned(), action }).unwrap();
        }
        assert_eq!(filters.catches("spam ham").unwrap().action, FilterAction::Refuse);
        assert_eq!(filters.catches("eggs").unwrap().action, FilterAction::Hold);
        assert_eq!(filters.list().len(), 3);
        let removed = filters.remove("eggs");
        assert_eq!((removed, filters.remove("eggs")), (Some((2, FilterAction::Hold)), None));
        assert!(filters.catches("eggs").is_none());
        filters.put_back("spam", None);
        filters.put_back("eggs", removed);
        assert_eq!(filters.list().iter().map(|of| of.pattern.as_str()).collect::<Vec<_>>(), ["spam ham", "eggs"]);
        assert!(filters.catches("eggs").is_some());
    }

    #[test]
    fn a_room_has_so_many_filters_and_fewer_expressions() {
        let mut filters = Filters::default();
        let mut add = |pattern: String| filters.add(&Filter { pattern, action: FilterAction::Hold }).is_ok();
        assert!((0..MOST_EXPRESSIONS).all(|number| add(format!("/code {number}/"))));
        assert!(!add("/one more/".to_owned()));
        assert!((MOST_EXPRESSIONS..MAX_FILTERS).all(|number| add(format!("word{number}"))));
        assert!(!add("word".to_owned()));
        assert!(add("word40".to_owned()), "one that is there may be changed");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(pattern in "\\PC{1,40}", text in "\\PC{0,300}") {
            let mut filters = Filters::default();
            if filters.add(&Filter { pattern, action: FilterAction::Hold }).is_ok() {
                let _ = filters.catches(&text);
            }
        }
    }
}
