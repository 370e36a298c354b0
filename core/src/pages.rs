//! A list of channels read page by page, whose beginning is looked at again and again.

use klieg_api::Page;
use klieg_api::channels::Channel;

/// What has been read of a list so far. Every channel is in it once, however the list moved between two looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Pages {
    /// What was asked for.
    asked: String,
    first: Vec<Channel>,
    rest: Vec<Channel>,
    next: Option<String>,
}

impl Pages {
    /// The list's first page, come as the answer to `asked`.
    pub fn new(asked: String, page: Page<Channel>) -> Self {
        Self { asked, first: page.items, rest: Vec::new(), next: page.next_cursor }
    }

    /// The first page again, or that of another question: then nothing stays.
    pub fn look_again(&mut self, asked: String, page: Page<Channel>) {
        if asked != self.asked || self.rest.is_empty() {
            *self = Self::new(asked, page);
        } else {
            self.first = page.items;
        }
    }

    /// The page after what is there, come as the answer to the cursor `after`. A late answer changes nothing.
    pub fn read_on(&mut self, after: &str, page: Page<Channel>) {
        if self.next.as_deref() != Some(after) {
            return;
        }
        self.next = page.next_cursor;
        for channel in page.items {
            if !self.rest.iter().any(|known| known.handle == channel.handle) {
                self.rest.push(channel);
            }
        }
    }

    /// Where to read on; none at the end.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        let moved_up = |channel: &&Channel| !self.first.iter().any(|known| known.handle == channel.handle);
        self.first.iter().chain(self.rest.iter().filter(moved_up))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(handles: &str, next: Option<&str>) -> Page<Channel> {
        let channel = |handle: &str| Channel {
            handle: handle.parse().unwrap(),
            display_name: None,
            about: String::new(),
            title: String::new(),
            category: String::new(),
            tags: Vec::new(),
            language: String::new(),
            mature: false,
            visibility: klieg_api::channels::Visibility::Public,
            announce: true,
            followers: 0,
            following: None,
            live: None,
        };
        Page { items: handles.split_whitespace().map(channel).collect(), next_cursor: next.map(str::to_owned) }
    }

    fn handles(pages: &Pages) -> String {
        pages.channels().map(|channel| channel.handle.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pages_follow_one_another_to_the_end() {
        let mut pages = Pages::new("live".into(), page("ada bob", Some("2")));
        assert_eq!(pages.next(), Some("2"));
        pages.read_on("2", page("cyd dee", Some("3")));
        pages.read_on("3", page("eve", None));
        assert_eq!((handles(&pages).as_str(), pages.next()), ("ada bob cyd dee eve", None));
    }

    #[test]
    fn looking_again_keeps_what_was_read_on_and_shows_nobody_twice() {
        let mut pages = Pages::new("live".into(), page("ada bob", Some("2")));
        pages.read_on("2", page("bob cyd", Some("3")));
        assert_eq!(handles(&pages), "ada bob cyd");
        pages.look_again("live".into(), page("cyd ada", Some("2 again")));
        assert_eq!((handles(&pages).as_str(), pages.next()), ("cyd ada bob", Some("3")));
    }

    #[test]
    fn another_question_begins_another_list() {
        let mut pages = Pages::new("live".into(), page("ada bob", Some("2")));
        pages.read_on("2", page("cyd", Some("3")));
        pages.look_again("music".into(), page("dee", None));
        pages.read_on("3", page("eve", None));
        assert_eq!((handles(&pages).as_str(), pages.next()), ("dee", None));
    }
}
