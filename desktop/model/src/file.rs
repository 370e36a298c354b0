//! A collection as a file: written readably, and read with as much suspicion as if somebody else had written it.

use std::collections::HashSet;

use thiserror::Error;

use crate::check::{Problem, item_problems, look_problems, source_problems, strip_problems, transition_problems};
use crate::collection::Collection;
use crate::edit::MAX_NAME;
use crate::version::{Newer, stamped, unstamped};

/// Why a text is not a collection.
#[derive(Debug, Error)]
pub enum NotACollection {
    #[error("it is not valid TOML, or a key does not fit: {0}")]
    Parse(#[from] toml::de::Error),
    #[error("{0}")]
    Problem(Problem),
    #[error("{0}")]
    Newer(#[from] Newer),
}

impl Collection {
    /// Reads a file. Items without a number get one, groups stand together; strips and looks of sources that do not exist are forgotten.
    pub fn read(text: &str) -> Result<Self, NotACollection> {
        let mut collection: Self = toml::from_str(&unstamped(text)?)?;
        collection.number_items();
        collection.tidy();
        let known: HashSet<String> = collection.sources.iter().map(|source| source.name().to_owned()).collect();
        collection.strips.retain(|source, _| known.contains(source));
        collection.looks.retain(|source, look| known.contains(source) && !look.is_empty());
        match collection.problems().into_iter().next() {
            Some(problem) => Err(NotACollection::Problem(problem)),
            None => Ok(collection),
        }
    }

    /// What [`Collection::read`] reads.
    pub fn write(&self) -> Result<String, toml::ser::Error> {
        Ok(stamped(&toml::to_string_pretty(self)?))
    }

    /// Everything that is wrong with it; empty if nothing is.
    pub fn problems(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        name(&mut found, "name".to_owned(), &self.name);
        found.extend(self.canvas.problems());
        found.extend(transition_problems(&self.transition));
        let mut names = HashSet::new();
        for (index, source) in self.sources.iter().enumerate() {
            let at = format!("sources.{index}");
            name(&mut found, format!("{at}.name"), source.name());
            if !names.insert(source.name()) {
                found.push(twice(format!("{at}.name"), source.name()));
            }
            found.extend(source_problems(source).into_iter().map(|problem| within(&at, problem)));
        }
        for (source, strip) in &self.strips {
            found.extend(strip_problems(strip).into_iter().map(|problem| within(&format!("strips.{source}"), problem)));
        }
        for (source, look) in &self.looks {
            found.extend(look_problems(look).into_iter().map(|problem| within(&format!("looks.{source}"), problem)));
        }
        if self.scenes.is_empty() {
            found.push(Problem { key: "scenes".to_owned(), message: "is empty; a show needs a scene".to_owned() });
        }
        let mut scenes = HashSet::new();
        for (index, scene) in self.scenes.iter().enumerate() {
            let at = format!("scenes.{index}");
            name(&mut found, format!("{at}.name"), &scene.name);
            if !scenes.insert(scene.name.as_str()) {
                found.push(twice(format!("{at}.name"), &scene.name));
            }
            for group in &scene.groups {
                name(&mut found, format!("{at}.groups.{}", group.name), &group.name);
            }
            for (place, item) in scene.items.iter().enumerate() {
                let at = format!("{at}.items.{place}");
                if !names.contains(item.source.as_str()) {
                    let message = format!("there is no source named `{}`", item.source);
                    found.push(Problem { key: format!("{at}.source"), message });
                }
                found.extend(item_problems(item, self.canvas).into_iter().map(|problem| within(&at, problem)));
            }
        }
        found
    }
}

fn within(at: &str, problem: Problem) -> Problem {
    Problem { key: format!("{at}.{}", problem.key), ..problem }
}

fn twice(key: String, name: &str) -> Problem {
    Problem { key, message: format!("`{name}` stands twice; names are unique") }
}

fn name(found: &mut Vec<Problem>, key: String, name: &str) {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME {
        found.push(Problem { key, message: format!("is empty or longer than {MAX_NAME} characters") });
    }
}
