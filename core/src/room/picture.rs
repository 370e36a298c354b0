//! What would say too early what the picture shows later: it waits until that is as far. Messages wait for themselves, with the lines.

use klieg_api::points::{Prediction, Stake};
use klieg_api::room::{Cheer, Counts, Event, Message, Moment, Poll, You};
use time::OffsetDateTime;

use super::{Link, Room};

/// What is not seen in the picture yet.
#[derive(Debug)]
pub(super) enum Late {
    Event(Box<Event>),
    Counts(Counts),
    Cheers(Vec<Cheer>),
}

impl Late {
    fn is_outcome(&self) -> bool {
        matches!(self, Self::Event(event) if is_outcome(event))
    }
}

/// What one has since a prediction was decided whose outcome is not seen yet.
#[derive(Debug)]
pub(super) struct Purse {
    points: Option<u64>,
    stake: Option<Stake>,
}

/// Whether it says what came of a prediction.
pub(super) fn is_outcome(event: &Event) -> bool {
    matches!(event, Event::Prediction { prediction } if prediction.is_over())
}

/// How many milliseconds ago a message was written, at this time of the server; none of one that belongs to no picture.
pub(super) fn age(at: Option<OffsetDateTime>, message: &Message) -> Option<u64> {
    message.on.as_ref()?;
    Some(since(at?, message.at))
}

/// Milliseconds from then until now.
fn since(now: OffsetDateTime, then: OffsetDateTime) -> u64 {
    u64::try_from((now - then).whole_milliseconds()).unwrap_or_default()
}

impl Room {
    /// Something is told of this moment. If the picture is behind that, it waits.
    pub(super) fn told(&mut self, now: u64, on: Option<&Moment>, late: Late) {
        let live_at = on.map(|on| self.timeline.live_at(now, on));
        if self.later.holds_back(live_at.is_some()) {
            self.later.add(live_at, late);
        } else {
            self.seen(now, late);
        }
    }

    /// Whether something that happened would say too early what the picture shows later. Messages wait for themselves.
    pub(super) fn belongs_to_the_picture(&self, event: &Event) -> bool {
        match event {
            Event::Poll { .. }
            | Event::Prediction { .. }
            | Event::Pinned { .. }
            | Event::QuestionClosed { .. }
            | Event::Raid { .. }
            | Event::Raided { .. }
            | Event::ShoutOut { .. } => true,
            // Whoever asked sees at once that it came.
            Event::Question { question } => !self.lines.is_mine(&question.author.handle),
            // Who comes back later is not sent anywhere, and so does not wait for it.
            Event::RaidGoes { .. } => self.link == Link::Joined,
            _ => false,
        }
    }

    /// The picture is as far.
    pub(super) fn seen(&mut self, now: u64, late: Late) {
        match late {
            Late::Event(event) => self.happened(now, *event),
            Late::Counts(counts) => self.together.counted(counts),
            Late::Cheers(cheers) => self.cheered(cheers),
        }
    }

    /// How many milliseconds ago something happened, at this time of the server, if the picture has not reached it.
    fn unseen(&self, at: Option<OffsetDateTime>, then: Option<OffsetDateTime>) -> Option<u64> {
        let age = since(at?, then?);
        self.later.is_behind(age).then_some(age)
    }

    /// A message is pinned, which may be one that the picture has not reached yet.
    pub(super) fn take_pinned(&mut self, now: u64, at: Option<OffsetDateTime>, pinned: Message) {
        let written = pinned.on.is_some().then_some(pinned.at);
        let event = Event::Pinned { message: Some(pinned) };
        match self.unseen(at, written) {
            Some(age) => self.later.add_aged(now, age, Late::Event(Box::new(event))),
            None => self.happened(now, event),
        }
    }

    /// The poll and the prediction are like this, at this time of the server. That one is over waits for the picture, and until then it is
    /// as it was known.
    pub(super) fn take_cards(
        &mut self,
        now: u64,
        at: Option<OffsetDateTime>,
        poll: Option<Poll>,
        prediction: Option<Prediction>,
    ) {
        let ended = poll.as_ref().filter(|poll| poll.ended).map(|poll| poll.ends_at);
        match (self.unseen(at, ended), poll) {
            (Some(age), Some(poll)) => {
                self.together.poll.take_if(|known| known.id != poll.id);
                self.later.add_aged(now, age, Late::Event(Box::new(Event::Poll { poll })));
            }
            (_, poll) => self.together.poll = poll,
        }
        let over = prediction.as_ref().and_then(|prediction| prediction.over_at);
        match (self.unseen(at, over), prediction) {
            (Some(age), Some(prediction)) => {
                self.together.prediction.take_if(|known| known.id != prediction.id);
                self.later.add_aged(now, age, Late::Event(Box::new(Event::Prediction { prediction })));
            }
            (_, prediction) => self.together.prediction = prediction,
        }
        self.take_purse();
    }

    /// What one has would say what came true before the card does, and waits for that: it may come before the event, and is told as it is
    /// when one joins.
    pub(super) fn hold_purse(&mut self, you: &mut You) {
        if self.later.iter().any(Late::is_outcome) || self.is_told_outcome(you) {
            self.purse = Some(Purse { points: you.points, stake: you.stake.take() });
            (you.points, you.stake) = (self.you.points, self.you.stake.take());
        } else {
            self.purse = None;
        }
    }

    /// Whether it says what a prediction brought whose card does not say that it is over, while the picture is behind.
    fn is_told_outcome(&self, you: &You) -> bool {
        let stake = you.stake.as_ref().filter(|stake| stake.returned.is_some());
        let known = self.together.prediction.as_ref();
        stake.is_some_and(|stake| {
            let is_seen = known.is_some_and(|known| known.id == stake.prediction && known.is_over());
            !is_seen && self.later.holds_back(true)
        })
    }

    /// Every outcome was seen: one has what it brought.
    pub(super) fn take_purse(&mut self) {
        if !self.later.iter().any(Late::is_outcome)
            && let Some(Purse { points, stake }) = self.purse.take()
        {
            (self.you.points, self.you.stake) = (points, stake);
        }
    }

    /// What is pinned, and what will be when the picture is as far.
    pub(super) fn pins(&mut self) -> impl Iterator<Item = &mut Option<Message>> {
        let coming = self.later.iter_mut().filter_map(|late| match late {
            Late::Event(event) => match &mut **event {
                Event::Pinned { message } => Some(message),
                _ => None,
            },
            _ => None,
        });
        coming.chain([&mut self.pinned])
    }
}
