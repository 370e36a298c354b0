//! What has happened while the window was open, told from one state to the next.

use dioxus::prelude::*;
use klieg_studio_model::{Severity, Studio};

use crate::browser;

/// Entries kept; older ones are forgotten.
const MOST: usize = 60;

/// Newest first.
pub static ACTIVITY: GlobalSignal<Vec<Entry>> = Signal::global(Vec::new);

#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub id: u32,
    /// Unix time in milliseconds.
    pub at: u64,
    pub severity: Severity,
    pub text: String,
    /// Where to find what it tells of.
    pub folder: Option<String>,
}

/// Writes down what came from elsewhere.
pub fn tell(text: String) {
    put(vec![(Severity::Good, text, None)]);
}

/// Writes down what is new.
pub fn note(before: &Studio, after: &Studio) {
    let files = after.files(before).into_iter();
    let files = files.map(|(text, folder)| (Severity::Good, text, Some(folder.display().to_string())));
    let news = after.news(before).into_iter().map(|(severity, text)| (severity, text, None)).chain(files);
    put(news.collect());
}

fn put(news: Vec<(Severity, String, Option<String>)>) {
    if news.is_empty() {
        return;
    }
    let at = browser::now();
    let mut list = ACTIVITY.write();
    for (severity, text, folder) in news {
        let id = list.first().map_or(0, |entry| entry.id.wrapping_add(1));
        list.insert(0, Entry { id, at, severity, text, folder });
    }
    list.truncate(MOST);
}
