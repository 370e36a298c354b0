//! What somebody is told, as one client of theirs knows it: the list as far as it was read, how many are unseen, and the
//! connection on which new ones come where no room's brings them.

use klieg_api::live::{Closing, Command, Frame, Request};
use klieg_api::notifications::{MOST_COUNTED, Notification, NotificationPage};
use time::OffsetDateTime;

use crate::backoff::Backoff;

/// First wait before connecting again, and the longest, in milliseconds.
const FIRST_WAIT: u64 = 1_000;
const LONGEST_WAIT: u64 = 60_000;

/// What a live connection says of notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Came(Notification),
    /// What came until then was seen, here or elsewhere.
    Seen(OffsetDateTime),
    /// These are not there any more, and so many are unseen.
    Withdrawn {
        ids: Vec<String>,
        unseen: u32,
    },
}

impl News {
    /// What a frame says of them, if it does.
    pub fn of(frame: Frame) -> Option<Self> {
        match frame {
            Frame::Notification { notification } => Some(Self::Came(notification)),
            Frame::NotificationsSeen { until } => Some(Self::Seen(until)),
            Frame::NotificationsWithdrawn { ids, unseen } => Some(Self::Withdrawn { ids, unseen }),
            _ => None,
        }
    }
}

/// The list, newest first. Each is in it once, however often it was told of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Notifications {
    items: Vec<Notification>,
    next: Option<String>,
    is_read: bool,
    unseen: u32,
}

impl Notifications {
    /// The beginning of the list, as the server has it. What came on the live connection since it was asked for stays.
    pub fn begin(&mut self, mut page: NotificationPage) {
        // What is marked as new stays so while it is looked at.
        for item in &mut page.items {
            item.seen &= !self.items.iter().any(|known| known.id == item.id && !known.seen);
        }
        let newest = page.items.first().map(|item| (item.at, item.id.clone()));
        self.items.retain(|item| match &newest {
            Some((at, id)) => (item.at, &item.id) > (*at, id),
            None => !item.seen,
        });
        let came = self.items.iter().filter(|item| !item.seen).count() as u32;
        self.unseen = page.unseen.saturating_add(came).min(MOST_COUNTED + 1);
        self.items.extend(page.items);
        self.next = page.next_cursor;
        self.is_read = true;
    }

    /// The page after what is there, come as the answer to the cursor `after`. A late answer changes nothing.
    pub fn read_on(&mut self, after: &str, page: NotificationPage) {
        if self.next.as_deref() != Some(after) {
            return;
        }
        self.next = page.next_cursor;
        for item in page.items {
            if !self.has(&item.id) {
                self.items.push(item);
            }
        }
    }

    /// Takes in what came on a live connection.
    pub fn happened(&mut self, news: News) {
        match news {
            News::Came(item) if !self.has(&item.id) => {
                let place = self.items.iter().position(|known| known.at <= item.at).unwrap_or(self.items.len());
                self.unseen = (self.unseen + 1).min(MOST_COUNTED + 1);
                self.items.insert(place, item);
            }
            News::Came(_) => {}
            // What is marked as new stays so while it is looked at.
            News::Seen(until) => {
                self.unseen = self.items.iter().filter(|item| !item.seen && item.at > until).count() as u32;
            }
            // Whether it was unseen is not known of one on a page that was not read; the server knows how many are left.
            News::Withdrawn { ids, unseen } => {
                self.items.retain(|item| !ids.contains(&item.id));
                self.unseen = unseen;
            }
        }
    }

    /// Nothing is unseen from now on. Until when, for the server, if that is news.
    pub fn see(&mut self) -> Option<OffsetDateTime> {
        let until = self.items.first().map(|newest| newest.at);
        let was_unseen = std::mem::take(&mut self.unseen) > 0;
        until.filter(|_| was_unseen)
    }

    /// The list is not looked at any more: what it showed as new is not, when it is next.
    pub fn put_away(&mut self) {
        let unseen = self.unseen as usize;
        for item in self.items.iter_mut().skip(unseen) {
            item.seen = true;
        }
    }

    pub fn items(&self) -> &[Notification] {
        &self.items
    }

    /// Where to read on; none at the end.
    pub fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }

    /// Whether the list has come from the server.
    pub fn is_read(&self) -> bool {
        self.is_read
    }

    /// How many are unseen; one more than [`MOST_COUNTED`] stands for any more than that.
    pub fn unseen(&self) -> u32 {
        self.unseen
    }

    fn has(&self, id: &str) -> bool {
        self.items.iter().any(|known| known.id == id)
    }
}

/// A live connection that is in no room.
#[derive(Clone, Debug)]
pub struct Listener {
    backoff: Backoff,
}

/// What came on it.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// From now on one is told what comes: what came before is to be asked for.
    Ready,
    /// The token is not good any more.
    Refused,
    News(News),
}

/// The number of the only request.
const AUTHENTICATE: u64 = 1;

impl Listener {
    /// One that has not connected yet. `seed` is different for each: when it comes back after a lost connection depends on it.
    pub fn new(seed: &str) -> Self {
        Self { backoff: Backoff::spread(FIRST_WAIT, LONGEST_WAIT, seed) }
    }

    /// The connection is open: what to send.
    pub fn opened(&self, token: String) -> String {
        let request = Request { id: AUTHENTICATE, command: Command::Authenticate { token } };
        // Plain data with string keys, which always serialises.
        serde_json::to_string(&request).unwrap_or_default()
    }

    /// Takes in what the server sent. What cannot be read is of a later version, and skipped.
    pub fn received(&mut self, text: &str) -> Option<Heard> {
        match serde_json::from_str::<Frame>(text).ok()? {
            Frame::Done { id: AUTHENTICATE, .. } => {
                self.backoff.reset();
                Some(Heard::Ready)
            }
            Frame::Refused { id: AUTHENTICATE, .. } => Some(Heard::Refused),
            frame => News::of(frame).map(Heard::News),
        }
    }

    /// The connection is gone, or did not come about: after how many milliseconds to open another, if at all. `code` is the
    /// WebSocket's close code, if there was one.
    pub fn closed(&mut self, code: Option<u16>) -> Option<u64> {
        code.is_none_or(Closing::invites_back).then(|| self.backoff.step())
    }
}

#[cfg(test)]
mod tests {
    use klieg_api::notifications::{What, Who};

    use super::*;

    fn at(second: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(second).unwrap()
    }

    fn item(second: i64, seen: bool) -> Notification {
        let channel = Who { handle: "ada".parse().unwrap(), name: None };
        Notification {
            id: second.to_string(),
            at: at(second),
            channel,
            seen,
            what: What::Live { title: String::new() },
        }
    }

    fn page(items: &[(i64, bool)], next: Option<&str>, unseen: u32) -> NotificationPage {
        let items = items.iter().map(|(second, seen)| item(*second, *seen)).collect();
        NotificationPage { items, next_cursor: next.map(str::to_owned), unseen }
    }

    fn ids(list: &Notifications) -> String {
        list.items().iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn each_is_there_once_newest_first_however_it_came() {
        let mut list = Notifications::default();
        assert!(!list.is_read());
        list.happened(News::Came(item(9, false)));
        list.begin(page(&[(8, false), (7, true)], Some("7"), 1));
        assert_eq!((ids(&list).as_str(), list.unseen()), ("9 8 7", 2));
        for _ in 0..2 {
            list.happened(News::Came(item(10, false)));
        }
        list.read_on("7", page(&[(7, true), (6, true)], Some("6"), 1));
        list.read_on("7", page(&[(5, true)], None, 1));
        assert_eq!((ids(&list).as_str(), list.unseen(), list.next()), ("10 9 8 7 6", 3, Some("6")));
        list.begin(page(&[(10, false), (9, false)], None, 100));
        assert_eq!((ids(&list).as_str(), list.unseen()), ("10 9", 100), "what was deleted meanwhile is gone");
        list.happened(News::Came(item(11, false)));
        assert_eq!(list.unseen(), 100);
    }

    #[test]
    fn what_is_looked_at_is_seen_and_stays_marked_until_it_is_put_away() {
        let mut list = Notifications::default();
        list.begin(page(&[(9, false), (8, true)], None, 1));
        assert_eq!(list.see(), Some(at(9)));
        assert_eq!((list.see(), list.unseen()), (None, 0));
        list.happened(News::Seen(at(9)));
        assert!(!list.items()[0].seen);
        list.put_away();
        list.happened(News::Came(item(10, false)));
        let seen: Vec<bool> = list.items().iter().map(|item| item.seen).collect();
        assert_eq!((seen, list.unseen()), (vec![false, true, true], 1));
    }

    #[test]
    fn what_another_window_has_seen_is_seen_here() {
        let mut list = Notifications::default();
        list.begin(page(&[(9, false), (8, false)], None, 40));
        list.happened(News::Seen(at(8)));
        assert_eq!(list.unseen(), 1);
        list.happened(News::Seen(at(9)));
        assert_eq!(list.unseen(), 0);
    }

    #[test]
    fn what_is_withdrawn_is_gone_and_so_many_are_unseen_as_are_left() {
        let mut list = Notifications::default();
        list.begin(page(&[(9, false), (8, false), (7, true)], Some("7"), 2));
        let withdrawn =
            |ids: &[&str], unseen| News::Withdrawn { ids: ids.iter().map(|id| (*id).into()).collect(), unseen };
        for _ in 0..2 {
            list.happened(withdrawn(&["9", "7"], 1));
            assert_eq!((ids(&list).as_str(), list.unseen(), list.next()), ("8", 1, Some("7")), "twice is once");
        }
        list.happened(withdrawn(&["3"], 1));
        assert_eq!((ids(&list).as_str(), list.unseen()), ("8", 1), "of a page that was not read");
        list.put_away();
        assert!(!list.items()[0].seen);
        list.happened(withdrawn(&["8"], 0));
        assert_eq!((ids(&list).as_str(), list.unseen(), list.is_read()), ("", 0, true));
    }

    #[test]
    fn a_listener_says_who_it_is_and_comes_back() {
        let mut listener = Listener::new("seed");
        assert!(listener.closed(None).is_some_and(|wait| wait <= 1_000));
        assert_eq!(listener.opened("t".into()), r#"{"id":1,"do":"authenticate","token":"t"}"#);
        assert_eq!(listener.received(r#"{"is":"done","id":1}"#), Some(Heard::Ready));
        assert_eq!(listener.received("later"), None);
        let seen = r#"{"is":"notifications_seen","until":"1970-01-01T00:00:09Z"}"#;
        assert_eq!(listener.received(seen), Some(Heard::News(News::Seen(at(9)))));
        let withdrawn = r#"{"is":"notifications_withdrawn","ids":["m"],"unseen":0}"#;
        let news = News::Withdrawn { ids: vec!["m".into()], unseen: 0 };
        assert_eq!(listener.received(withdrawn), Some(Heard::News(news)));
        assert!(listener.closed(Some(1001)).is_some_and(|wait| wait <= 1_000), "it was in");
        assert!(listener.closed(Some(1006)).is_some_and(|wait| wait <= 2_000));
        assert_eq!(listener.closed(Some(4401)), None, "logged out");
    }
}
