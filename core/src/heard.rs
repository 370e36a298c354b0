//! What has happened in a room, told from one look at it to the next: for a creator who looks elsewhere.

use std::sync::Arc;

use klieg_api::raids::Raided;
use klieg_api::room::Message;
use time::OffsetDateTime;

use crate::room::{Link, Room};

/// Something to know also where nobody reads the talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
    /// So many more follow the channel, which are `all` now. Rooms tell it where there is a goal.
    Followed {
        more: u64,
        all: u64,
    },
    /// Another channel's viewers have come.
    Raided {
        by: String,
        viewers: u64,
    },
    /// Somebody redeemed a reward, with what they wrote.
    Redeemed {
        by: String,
        reward: String,
        text: String,
    },
    Announced {
        by: String,
        text: String,
    },
}

/// What was known of a room at the last look.
#[derive(Debug, Default)]
pub struct Heard(Option<Known>);

#[derive(Debug)]
struct Known {
    followers: u64,
    raided: Option<Raided>,
    /// The latest message.
    last: Option<(String, OffsetDateTime)>,
}

impl Heard {
    /// What is new in the room since the last look, oldest first within its kind. At the first look nothing is, and while the room is
    /// not joined neither: what comes meanwhile is told later.
    pub fn look(&mut self, room: &Room) -> Vec<Happening> {
        if room.link() != Link::Joined {
            return Vec::new();
        }
        let together = room.together();
        let mut now = Known {
            followers: together.followers(),
            raided: together.raided().cloned(),
            last: room.lines().iter().next_back().map(|message| (message.id.clone(), message.at)),
        };
        let mut happened = Vec::new();
        if let Some(before) = self.0.take() {
            if let Some(more) = now.followers.checked_sub(before.followers).filter(|more| *more > 0) {
                happened.push(Happening::Followed { more, all: now.followers });
            }
            if let Some(raided) = now.raided.as_ref().filter(|raided| before.raided.as_ref() != Some(*raided)) {
                happened.push(Happening::Raided { by: raided.by.shown().to_owned(), viewers: raided.viewers });
            }
            let is_new = |message: &&Arc<Message>| {
                before.last.as_ref().is_none_or(|(id, at)| message.id != *id && message.at >= *at)
            };
            let messages = room.lines().iter().rev().take_while(is_new).filter_map(|message| told(message));
            let mut messages: Vec<_> = messages.collect();
            messages.reverse();
            happened.append(&mut messages);
            now.last = now.last.or(before.last);
        }
        self.0 = Some(now);
        happened
    }
}

/// What a message is besides talk, if it is.
fn told(message: &Message) -> Option<Happening> {
    let (by, text) = (message.author.shown().to_owned(), message.text.clone());
    match &message.reward {
        Some(reward) => Some(Happening::Redeemed { by, reward: reward.clone(), text }),
        None => message.announcement.then_some(Happening::Announced { by, text }),
    }
}

#[cfg(test)]
mod tests {
    use klieg_api::live::{Frame, Request};
    use klieg_api::room::{Author, Counts, Event, Position, Settings};

    use super::*;

    fn message(id: &str, seconds: i64) -> Message {
        Message {
            id: id.into(),
            author: Author { handle: "bob".parse().unwrap(), name: Some("Bob".into()), badges: Vec::new() },
            text: format!("text of {id}"),
            at: OffsetDateTime::from_unix_timestamp(seconds).unwrap(),
            on: None,
            reply: None,
            mentions: Vec::new(),
            reactions: Vec::new(),
            announcement: false,
            reward: None,
            preview: None,
        }
    }

    fn hear(room: &mut Room, frame: &Frame) {
        room.received(0, &serde_json::to_string(frame).unwrap());
    }

    fn event(offset: u64, event: Event) -> Frame {
        Frame::Event { room: "ada".parse().unwrap(), offset, on: None, event }
    }

    /// Opens the connection and joins, into a room in which this was said.
    fn join(room: &mut Room, followers: u64, messages: Vec<Message>) {
        let sent = room.opened(0, None);
        let snapshot = Frame::Snapshot {
            room: "ada".parse().unwrap(),
            position: Position { epoch: "e".into(), offset: 0 },
            at: None,
            settings: Settings::default(),
            pinned: None,
            poll: None,
            prediction: None,
            rewards: Vec::new(),
            questions: Vec::new(),
            followers,
            raid: None,
            emotes: Vec::new(),
            messages,
            more: false,
        };
        hear(room, &snapshot);
        let Request { id, .. } = serde_json::from_str(&sent[0]).unwrap();
        hear(room, &Frame::Done { id, message: None, held: false, shown: false });
    }

    #[test]
    fn what_happens_is_told_once_and_what_was_before_is_not() {
        let (mut room, mut heard) = (Room::new("ada".parse().unwrap(), "seed"), Heard::default());
        assert!(heard.look(&room).is_empty());
        let announcement = Message { announcement: true, ..message("old", 1) };
        join(&mut room, 7, vec![announcement]);
        assert!(heard.look(&room).is_empty(), "it was there before");

        let redeemed = Message { reward: Some("Hydrate".into()), ..message("r", 3) };
        let announced = Message { announcement: true, ..message("a", 4) };
        let by = Author { handle: "cleo".parse().unwrap(), name: None, badges: Vec::new() };
        for (offset, what) in [
            Event::Message { message: message("talk", 2) },
            Event::Message { message: redeemed.clone() },
            Event::Message { message: announced.clone() },
            Event::Raided { raided: Raided { by, viewers: 12 } },
        ]
        .into_iter()
        .enumerate()
        {
            hear(&mut room, &event(offset as u64 + 1, what));
        }
        let counts = Counts::Followers { followers: 9 };
        hear(&mut room, &Frame::Counts { room: "ada".parse().unwrap(), on: None, counts });
        let bob = || "Bob".to_owned();
        assert_eq!(
            heard.look(&room),
            [
                Happening::Followed { more: 2, all: 9 },
                Happening::Raided { by: "cleo".into(), viewers: 12 },
                Happening::Redeemed { by: bob(), reward: "Hydrate".into(), text: "text of r".into() },
                Happening::Announced { by: bob(), text: "text of a".into() },
            ]
        );
        assert!(heard.look(&room).is_empty());

        // What came while the line was down is told when it is back, and nothing twice.
        room.closed(0, None);
        assert!(heard.look(&room).is_empty());
        let later = Message { announcement: true, ..message("later", 5) };
        join(&mut room, 8, vec![redeemed, announced, later]);
        assert_eq!(heard.look(&room), [Happening::Announced { by: bob(), text: "text of later".into() }]);
        // The latest one is deleted: what stands before it was told.
        hear(&mut room, &event(1, Event::Deleted { messages: vec!["later".into()], by_moderator: true }));
        assert!(heard.look(&room).is_empty());
    }
}
