//! Examples of what the server says besides [events](super::events), and whom it tells.

use std::time::Duration;

use klieg_api::desk::{
    Act, Appeal, Card, Decision, Fate, File, Keeper, Note, OwnSilence, Removed, Report, Silence, Silenced,
    UnwrittenRights, Written,
};
use klieg_api::emotes::Emote;
use klieg_api::live::Frame;
use klieg_api::notifications::{Notification, What, Who};
use klieg_api::points::Redemption;
use klieg_api::questions::QuestionVotes;
use klieg_api::room::{
    Badge, Cheer, Counts, Filter, FilterAction, OwnReaction, Reacted, Reaction, Rights, Role, Settings, You,
};
use klieg_api::tokens::Scope;

use super::events::{author, message, moment, poll, prediction, question, reward};
use super::{ID, OTHER_ID, at, handle, position, room};
use crate::http::problem::Problem;

/// Told to who asked: it has the request's `id`.
pub(super) const ANSWER: &str = "answer";

/// Whom a frame is told to.
pub(super) fn told(frame: &Frame) -> &'static str {
    match frame {
        Frame::Done { .. }
        | Frame::Refused { .. }
        | Frame::Present { .. }
        | Frame::Messages { .. }
        | Frame::MessagesOf { .. }
        | Frame::Card { .. }
        | Frame::Log { .. }
        | Frame::Removed { .. }
        | Frame::Desk { .. }
        | Frame::People { .. } => ANSWER,
        Frame::Event { .. }
        | Frame::Presence { .. }
        | Frame::Reacted { .. }
        | Frame::Counts { .. }
        | Frame::Cheers { .. } => "room",
        Frame::Held { .. }
        | Frame::Filters { .. }
        | Frame::Settled { .. }
        | Frame::Redeemed { .. }
        | Frame::Fulfilled { .. }
        | Frame::Unwritten { .. }
        | Frame::DeskChanged { .. } => "moderators",
        Frame::Heartbeat
        | Frame::You { .. }
        | Frame::Snapshot { .. }
        | Frame::Discarded { .. }
        | Frame::Voted { .. }
        | Frame::Wanted { .. }
        | Frame::OwnReactions { .. }
        | Frame::Left { .. }
        | Frame::Notification { .. }
        | Frame::NotificationsSeen { .. }
        | Frame::NotificationsWithdrawn { .. } => "you",
    }
}

pub(super) fn frames() -> Vec<Frame> {
    [yours(), rooms(), moderators(), answers()].concat()
}

fn yours() -> Vec<Frame> {
    let follows_since = Some(at(-86_400));
    let own = |on| OwnReaction { message: ID.into(), emoji: "🔥".into(), on };
    let channel = || Who { handle: room(), name: Some("Ada".into()) };
    let by = Who { handle: handle("cleo"), name: None };
    let mention = What::Mention { by, text: "@bob look".into(), reply: false };
    let told = |id: &str, what| Notification { id: id.into(), at: at(60), channel: channel(), seen: false, what };
    vec![
        Frame::Heartbeat,
        Frame::You {
            room: room(),
            you: You { role: Role::Viewer, follows_since, points: Some(120), ..You::default() },
        },
        Frame::Snapshot {
            room: room(),
            position: position(41),
            at: Some(at(65)),
            settings: Settings { slow_s: 5, ..Settings::default() },
            pinned: None,
            poll: Some(poll()),
            prediction: None,
            rewards: vec![reward()],
            questions: vec![question()],
            followers: 310,
            raid: None,
            emotes: vec![emote()],
            messages: vec![message()],
            more: true,
        },
        Frame::Discarded { room: room(), message: ID.into(), by_author: false },
        Frame::Voted { room: room(), questions: vec![ID.into()] },
        Frame::Wanted { room: room(), question: ID.into(), on: true },
        Frame::OwnReactions { room: room(), reactions: vec![own(true)] },
        Frame::OwnReactions { room: room(), reactions: vec![own(false)] },
        Frame::Left { room: room(), reason: "You are banned from this room.".into(), banned: true },
        Frame::Notification { notification: told(OTHER_ID, What::Live { title: "Looms and engines".into() }) },
        Frame::Notification { notification: told(ID, mention) },
        Frame::NotificationsSeen { until: at(60) },
        Frame::NotificationsWithdrawn { ids: vec![ID.into()], unseen: 0 },
    ]
}

fn rooms() -> Vec<Frame> {
    let reaction = Reaction { emoji: "🔥".into(), count: 7 };
    let reacted = |own| Reacted { message: ID.into(), reactions: vec![reaction.clone()], own };
    vec![
        Frame::Presence { room: room(), present: 1_204 },
        Frame::Reacted { room: room(), messages: vec![reacted(None)] },
        Frame::Reacted { room: room(), messages: vec![reacted(Some(vec!["🔥".into()]))] },
        Frame::Cheers { room: room(), on: Some(moment()), cheers: vec![Cheer { emoji: "👏".into(), count: 19 }] },
        Frame::Counts { room: room(), on: Some(moment()), counts: Counts::of_poll(&poll()) },
        Frame::Counts { room: room(), on: Some(moment()), counts: Counts::of_prediction(&prediction()) },
        Frame::Counts {
            room: room(),
            on: None,
            counts: Counts::Questions { questions: vec![QuestionVotes { question: ID.into(), votes: 12 }] },
        },
        Frame::Counts { room: room(), on: Some(moment()), counts: Counts::Followers { followers: 311 } },
    ]
}

fn moderators() -> Vec<Frame> {
    let rights = UnwrittenRights { who: handle("bob"), rights: Some(Rights::ALL) };
    let silenced = Silenced { who: handle("eve"), silence: silence(), since: at(60) };
    let filter = Filter { pattern: "buy followers".into(), action: FilterAction::Hold };
    let redemption = Redemption {
        id: ID.into(),
        who: author("bob", None),
        title: "Choose the next song".into(),
        cost: 300,
        text: "The blue one, please".into(),
        at: at(60),
    };
    vec![
        Frame::Held { room: room(), message: message(), reason: "filter: buy followers".into() },
        Frame::Filters { room: room(), filters: vec![filter] },
        Frame::Settled { room: room(), message: ID.into() },
        Frame::Redeemed { room: room(), redemption },
        Frame::Fulfilled { room: room(), redemption: ID.into() },
        Frame::DeskChanged { room: room(), people: true },
        Frame::Unwritten { room: room(), rights: vec![rights], silenced: vec![silenced] },
    ]
}

fn answers() -> Vec<Frame> {
    let (problem, wait) = Problem::too_many(Duration::from_millis(1_200)).into_document();
    let (scope, _) = Problem::insufficient_scope(Scope::RoomModerate).into_document();
    let retry_after_ms = wait.map(|wait| wait.as_millis() as u64);
    vec![
        Frame::Done { id: 1, message: None, held: false, shown: false },
        Frame::Done { id: 9, message: Some(OTHER_ID.into()), held: false, shown: true },
        Frame::Refused { id: 9, problem, retry_after_ms },
        Frame::Refused { id: 38, problem: scope, retry_after_ms: None },
        Frame::Present {
            id: 7,
            room: room(),
            after: None,
            keepers: vec![author("ada", Some(Badge::Creator)), author("bob", Some(Badge::Moderator))],
            people: vec![author("cleo", None), author("eve", None)],
            guests: 3,
            unlisted: 1,
            more: false,
        },
        Frame::Messages { id: 6, room: room(), before: ID.into(), messages: vec![message()], more: false },
        Frame::Card { id: 45, room: room(), card: card() },
        Frame::MessagesOf {
            id: 46,
            room: room(),
            who: handle("eve"),
            before: None,
            messages: vec![Written {
                message: ID.into(),
                text: "Buy followers".into(),
                at: at(59),
                fate: Fate::Deleted,
            }],
            more: false,
        },
        Frame::Log { id: 48, room: room(), acts: vec![act()], more: true },
        Frame::Removed { id: 50, room: room(), act: 121, after: None, messages: vec![removed()], more: false },
        Frame::Desk { id: 51, room: room(), appeals: vec![appeal()], reports: vec![report()], silence: None },
        Frame::Desk {
            id: 51,
            room: room(),
            appeals: Vec::new(),
            reports: Vec::new(),
            silence: Some(OwnSilence { until: Some(at(660)), reason: "Spam".into(), since: at(60) }),
        },
        Frame::People {
            id: 52,
            room: room(),
            after: None,
            moderators: vec![Keeper {
                who: handle("bob"),
                rights: Rights { rules: false, ..Rights::ALL },
                since: at(-86_400),
            }],
            silenced: vec![Silenced { who: handle("eve"), silence: silence(), since: at(60) }],
            more: false,
        },
    ]
}

pub(super) fn emote() -> Emote {
    Emote {
        name: "wave".parse().expect("an example is an emote's name"),
        url: "/emotes/3f0c1d.png".into(),
        still: None,
        width: 112,
        height: 84,
    }
}

fn silence() -> Silence {
    Silence { until: Some(at(660)), reason: "Spam".into() }
}

fn act() -> Act {
    Act {
        id: 121,
        by: Some(handle("bob")),
        token: Some("Night watch".into()),
        action: "time_out".into(),
        whom: Some(handle("eve")),
        message: None,
        removed: Some(3),
        detail: "Spam".into(),
        at: at(60),
    }
}

fn removed() -> Removed {
    Removed { message: ID.into(), who: handle("eve"), text: "Buy followers".into(), at: at(58) }
}

fn card() -> Card {
    let note = Note { id: ID.into(), by: Some(handle("bob")), text: "Was warned twice.".into(), at: at(30) };
    Card {
        who: handle("eve"),
        name: None,
        role: Role::Viewer,
        since: at(-604_800),
        follows_since: None,
        file: Some(File { messages: 12, silence: Some(silence()), notes: vec![note], acts: vec![act()] }),
    }
}

fn appeal() -> Appeal {
    let decision = Decision { accepted: true, answer: "Welcome back.".into(), at: at(400) };
    Appeal {
        id: ID.into(),
        who: handle("eve"),
        text: "I will not do it again.".into(),
        at: at(300),
        silence: None,
        decision: Some(decision),
    }
}

fn report() -> Report {
    Report {
        id: OTHER_ID.into(),
        by: Some(handle("cleo")),
        who: handle("eve"),
        message: Some("Buy followers".into()),
        reason: "Says the same all evening".into(),
        at: at(59),
    }
}
