//! Examples of what happens in a room.

use klieg_api::live::Frame;
use klieg_api::points::{Outcome, Prediction, Reward, RewardTerms, Stage};
use klieg_api::questions::{Closed, Question};
use klieg_api::raids::{Raid, Raided, ShoutOut};
use klieg_api::room::{Author, Badge, Event, Message, Moment, Poll, PollOption, Preview, Reply, Settings};

use super::{ID, OTHER_ID, at, handle, room};

/// Numbered from 42, as in a room.
pub(super) fn frames() -> Vec<Frame> {
    (42..)
        .zip(events())
        .map(|(offset, event)| {
            let on = (!matches!(event, Event::Message { .. })).then(moment);
            Frame::Event { room: room(), offset, on, event }
        })
        .collect()
}

fn events() -> Vec<Event> {
    vec![
        Event::Message { message: message() },
        Event::Message { message: answer() },
        Event::Deleted { messages: vec![ID.into()], by_moderator: true },
        Event::Preview { message: ID.into(), preview: preview() },
        Event::Pinned { message: Some(message()) },
        Event::Pinned { message: None },
        Event::Poll { poll: poll() },
        Event::Prediction { prediction: prediction() },
        Event::Rewards { rewards: vec![reward()] },
        Event::Emotes { emotes: vec![super::frames::emote()] },
        Event::Question { question: question() },
        Event::QuestionClosed { question: ID.into(), how: Closed::Answered },
        Event::Raid { raid: Some(raid()) },
        Event::Raid { raid: None },
        Event::RaidGoes { raid: raid() },
        Event::Raided { raided: Raided { by: author("cleo", None), viewers: 87 } },
        Event::ShoutOut {
            shout_out: ShoutOut { channel: author("cleo", None), title: "Looms and engines".into(), live: true },
        },
        Event::Settings { settings: Settings { slow_s: 5, ..Settings::default() } },
        Event::Silenced { who: handle("eve"), until: Some(at(660)), since: Some(at(0)) },
        Event::Silenced { who: handle("eve"), until: None, since: None },
    ]
}

pub(super) fn author(name: &str, badge: Option<Badge>) -> Author {
    Author { handle: handle(name), name: None, badges: badge.into_iter().collect() }
}

pub(super) fn moment() -> Moment {
    Moment { broadcast_id: OTHER_ID.into(), at_ms: 61_500 }
}

pub(super) fn message() -> Message {
    Message {
        id: ID.into(),
        author: Author { name: Some("Bob".into()), ..author("bob", Some(Badge::Moderator)) },
        text: "Hello @ada".into(),
        at: at(60),
        on: Some(moment()),
        reply: None,
        mentions: vec![room()],
        reactions: Vec::new(),
        announcement: false,
        reward: None,
        preview: None,
    }
}

fn answer() -> Message {
    let answered = message();
    Message {
        id: OTHER_ID.into(),
        author: author("greeter", None),
        text: "Hello @bob".into(),
        at: at(62),
        reply: Some(Reply {
            id: answered.id.clone(),
            thread: answered.id.clone(),
            author: answered.author.clone(),
            text: answered.text.clone(),
        }),
        mentions: vec![handle("bob")],
        ..answered
    }
}

fn preview() -> Preview {
    Preview {
        url: "https://www.example.org/looms".into(),
        title: "How a loom works".into(),
        description: Some("Warp, weft and what holds them.".into()),
        site: Some("Example".into()),
    }
}

pub(super) fn poll() -> Poll {
    let option = |text: &str, votes| PollOption { text: text.into(), votes };
    Poll {
        id: ID.into(),
        question: "Which song next?".into(),
        options: vec![option("The blue one", 31), option("The red one", 12)],
        ends_at: at(180),
        ended: false,
    }
}

pub(super) fn prediction() -> Prediction {
    let outcome = |text: &str, points, people| Outcome { text: text.into(), points, people };
    Prediction {
        id: ID.into(),
        question: "Will it weave?".into(),
        outcomes: vec![outcome("Yes", 1_200, 14), outcome("No", 300, 2)],
        locks_at: at(360),
        stage: Stage::Open,
        winner: None,
        over_at: None,
    }
}

pub(super) fn reward() -> Reward {
    let terms = RewardTerms { title: "Choose the next song".into(), cost: 300, asks: true, waits: true, paused: false };
    Reward { id: ID.into(), terms }
}

pub(super) fn question() -> Question {
    Question { id: ID.into(), author: author("bob", None), text: "Which loom is that?".into(), votes: 11, at: at(60) }
}

fn raid() -> Raid {
    Raid { id: ID.into(), to: author("cleo", None), goes_at: at(90) }
}
