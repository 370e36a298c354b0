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

    /// The first page again, or that of another question: then nothing stays. What is there keeps its place and what is new comes
    /// after it, so that nothing moves under a pointer or a reader. While the focus is among it (`hold`) what is gone stays as
    /// well: not live any more, if that is known.
    pub fn look_again(&mut self, asked: String, page: Page<Channel>, hold: bool) {
        if asked != self.asked {
            *self = Self::new(asked, page);
            return;
        }
        let is_all = page.next_cursor.is_none();
        let mut known = std::mem::take(&mut self.first);
        if is_all {
            // What was read on is on this page as well, or gone.
            let rest = std::mem::take(&mut self.rest);
            let more: Vec<Channel> = rest.into_iter().filter(|channel| !has(&known, channel)).collect();
            known.extend(more);
        }
        if self.rest.is_empty() {
            self.next = page.next_cursor;
        }
        let mut new = page.items;
        for channel in known {
            if let Some(place) = new.iter().position(|other| other.handle == channel.handle) {
                self.first.push(new.remove(place));
            } else if hold {
                // It may have become one of the next page.
                self.first.push(if is_all { Channel { live: None, ..channel } } else { channel });
            }
        }
        self.first.extend(new);
    }

    /// The page after what is there, come as the answer to the cursor `after`. A late answer changes nothing.
    pub fn read_on(&mut self, after: &str, page: Page<Channel>) {
        if self.next.as_deref() != Some(after) {
            return;
        }
        self.next = page.next_cursor;
        for channel in page.items {
            if !has(&self.rest, &channel) {
                self.rest.push(channel);
            }
        }
    }

    /// Where to read on; none at the end.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        let moved_up = |channel: &&Channel| !has(&self.first, channel);
        self.first.iter().chain(self.rest.iter().filter(moved_up))
    }
}

fn has(channels: &[Channel], channel: &Channel) -> bool {
    channels.iter().any(|known| known.handle == channel.handle)
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
        pages.look_again("live".into(), page("cyd ada", Some("2 again")), false);
        assert_eq!((handles(&pages).as_str(), pages.next()), ("ada cyd bob", Some("3")));
    }

    #[test]
    fn what_is_there_keeps_its_place_and_what_is_new_comes_after_it() {
        let mut pages = Pages::new("live".into(), page("ada bob cyd", None));
        pages.look_again("live".into(), page("dee cyd ada", Some("2")), false);
        assert_eq!((handles(&pages).as_str(), pages.next()), ("ada cyd dee", Some("2")));
        pages.read_on("2", page("bob eve", None));
        pages.look_again("live".into(), page("eve dee ada", None), false);
        assert_eq!((handles(&pages).as_str(), pages.next()), ("ada dee eve", None), "there is one page now");
        pages.look_again("live".into(), page("", None), false);
        assert_eq!(handles(&pages), "");
    }

    #[test]
    fn what_is_gone_stays_while_the_focus_is_among_it() {
        let live = |mut page: Page<Channel>| {
            for channel in &mut page.items {
                channel.live = Some(klieg_api::channels::Live {
                    broadcast_id: String::new(),
                    started_at: time::OffsetDateTime::UNIX_EPOCH,
                    viewers: 1,
                    state: klieg_api::channels::LiveState::Live,
                    renditions: Vec::new(),
                    playback: klieg_api::channels::Playback { whep: String::new(), hls: String::new() },
                    chapters: Vec::new(),
                });
            }
            page
        };
        let on = |pages: &Pages| pages.channels().map(|channel| channel.live.is_some()).collect::<Vec<_>>();
        let mut pages = Pages::new("live".into(), live(page("ada bob", None)));
        pages.look_again("live".into(), live(page("cyd bob", Some("2"))), true);
        assert_eq!((handles(&pages).as_str(), on(&pages)), ("ada bob cyd", vec![true; 3]), "perhaps on the next page");
        pages.look_again("live".into(), live(page("cyd", None)), true);
        assert_eq!((handles(&pages).as_str(), on(&pages)), ("ada bob cyd", vec![false, false, true]));
        pages.look_again("live".into(), live(page("cyd", None)), false);
        assert_eq!(handles(&pages), "cyd");
    }

    #[test]
    fn another_question_begins_another_list() {
        let mut pages = Pages::new("live".into(), page("ada bob", Some("2")));
        pages.read_on("2", page("cyd", Some("3")));
        pages.look_again("music".into(), page("dee", None), true);
        pages.read_on("3", page("eve", None));
        assert_eq!((handles(&pages).as_str(), pages.next()), ("dee", None));
    }
}
