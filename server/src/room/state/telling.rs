//! What a room tells, and whom: everybody, one connection, an account's, the moderators'.

use bytes::Bytes;
use klieg_api::live::Frame;
use klieg_api::points::Stage;
use klieg_api::room::{Counts, Event, Message, Moment, Position, You};
use uuid::Uuid;

use super::news::News;
use super::unwritten::Unwritten;
use super::{Asked, Now, Out, Room, Said, State};
use crate::database::moment;
use crate::http::problem::Problem;
use crate::socket::{ClientId, frame};

/// A snapshot says what time it is; one that is so old is made anew, in milliseconds.
const SNAPSHOT_LASTS: i64 = 500;

/// The room as it was at an offset, for all who join then.
#[derive(Debug)]
pub(super) struct Snapshot {
    offset: u64,
    /// Milliseconds since 1970.
    at: i64,
    frame: Bytes,
}

/// Whether moderators have something new to know, to read, and to read of whom the desk lists; and what they were told last that is not
/// written down.
#[derive(Debug, Default)]
pub(super) struct DeskNews {
    news: News,
    changed: bool,
    people: bool,
    pub unwritten: Unwritten,
}

impl Room {
    /// Says that a request was not done.
    pub fn refuse(&mut self, asked: Asked, problem: Problem, retry_after_ms: Option<u64>) {
        let (problem, wait) = problem.into_document();
        let retry_after_ms = retry_after_ms.or(wait.map(|wait| wait.as_millis() as u64));
        self.one(asked.client, &Frame::Refused { id: asked.id, problem, retry_after_ms });
    }

    pub(super) fn snapshot(&mut self, now: &Now) -> Bytes {
        let offset = self.history.offset();
        if let Some(Snapshot { offset: of, at, frame }) = &self.snapshot
            && *of == offset
            && now.at - at < SNAPSHOT_LASTS
        {
            return frame.clone();
        }
        let (messages, more) = self.history.latest();
        let frame = frame::text(&Frame::Snapshot {
            room: self.handle.clone(),
            position: Position { epoch: self.epoch.clone(), offset },
            at: Some(moment(now.at)),
            settings: self.settings.clone(),
            pinned: self.pinned_message(),
            poll: self.polls.current().cloned(),
            prediction: self.predictions.current().cloned(),
            rewards: self.rewards.list().to_vec(),
            questions: self.questions.list(),
            raid: self.raids.on().cloned(),
            followers: self.followers.count,
            emotes: self.emotes.clone(),
            messages,
            more,
        });
        self.snapshot = Some(Snapshot { offset, at: now.at, frame: frame.clone() });
        frame
    }

    pub(super) fn pinned_message(&self) -> Option<Message> {
        self.history.pinned().map(|said| said.message.clone())
    }

    /// What is told from now on is of this moment of the broadcast that is on.
    pub fn set_moment(&mut self, on: Option<Moment>) {
        self.on = on;
    }

    /// Something that everybody is told and that can be asked for again.
    pub(super) fn event(&mut self, event: Event) {
        let offset = self.history.offset() + 1;
        let on = self.on.clone().filter(|_| !matches!(event, Event::Message { .. }));
        let frame = frame::text(&Frame::Event { room: self.handle.clone(), offset, on, event });
        self.history.push(frame.clone());
        self.out.push(Out::All(frame));
    }

    /// Tells everybody how many there are now of something. It is not sent again: who comes is told how many there are then.
    pub(super) fn tell_counts(&mut self, counts: Counts) {
        self.snapshot = None;
        self.all(&Frame::Counts { room: self.handle.clone(), on: self.on.clone(), counts });
    }

    /// How many there are of all that is counted now.
    pub(super) fn counts(&self) -> Vec<Bytes> {
        let poll = self.polls.current().filter(|poll| !poll.ended).map(Counts::of_poll);
        let prediction = self.predictions.current().filter(|current| current.stage == Stage::Open);
        let (prediction, questions) = (prediction.map(Counts::of_prediction), self.questions.counts(|_| true));
        let counts = [poll, prediction, questions, self.follower_counts()].into_iter().flatten();
        counts
            .map(|counts| frame::text(&Frame::Counts { room: self.handle.clone(), on: self.on.clone(), counts }))
            .collect()
    }

    pub(super) fn all(&mut self, frame: &Frame) {
        self.out.push(Out::All(frame::text(frame)));
    }

    pub(super) fn one(&mut self, client: ClientId, frame: &Frame) {
        self.out.push(Out::One(client, frame::text(frame)));
    }

    pub(super) fn moderators(&mut self, frame: &Frame) {
        let frame = frame::text(frame);
        for client in self.people.moderators() {
            self.out.push(Out::One(client, frame.clone()));
        }
    }

    /// What moderators know besides: the filters, and what waits for them.
    pub(super) fn tell_moderator(&mut self, client: ClientId) {
        self.one(client, &Frame::Filters { room: self.handle.clone(), filters: self.filters.list() });
        for Said { message, reason, .. } in self.history.held_to_tell() {
            let frame = Frame::Held { room: self.handle.clone(), message, reason };
            self.out.push(Out::One(client, frame::text(&frame)));
        }
        for redemption in self.rewards.waiting() {
            let frame = Frame::Redeemed { room: self.handle.clone(), redemption: redemption.clone() };
            self.out.push(Out::One(client, frame::text(&frame)));
        }
        if !self.desk.unwritten.is_empty() {
            self.one(client, &self.desk.unwritten.frame(self.handle.clone()));
        }
    }

    /// The log says something new, or something else waits at the desk.
    pub fn desk_changed(&mut self) {
        self.desk.changed = true;
        self.desk.news.come();
    }

    /// Likewise, and somebody is silenced or a moderator who was not, or not any more.
    pub(super) fn people_changed(&mut self) {
        self.desk.people = true;
        self.desk_changed();
    }

    /// What holds of people is not written down, or not as it was to be.
    pub(super) fn unwritten_changed(&mut self) {
        self.desk.news.come();
    }

    /// Tells moderators so, now and then. Returns when to, if it has changed.
    pub(super) fn tell_desk(&mut self, now: &Now) -> Option<i64> {
        if let Err(due) = self.desk.news.take(now.at) {
            return due;
        }
        self.tell_unwritten(now);
        let people = std::mem::take(&mut self.desk.people);
        if std::mem::take(&mut self.desk.changed) {
            self.moderators(&Frame::DeskChanged { room: self.handle.clone(), people });
        }
        None
    }

    /// Tells all connections of an account what it is and has.
    pub(super) fn tell_account(&mut self, account: Uuid, now: &Now) {
        for client in self.people.connections_of(account) {
            self.tell_you(client, now);
        }
    }

    pub(super) fn tell_you(&mut self, client: ClientId, now: &Now) {
        let account = self.people.account(client);
        let you = You {
            voted: account.and_then(|account| self.polls.vote_of(account)),
            points: account.and_then(|account| self.purses.points(account)),
            stake: account.and_then(|account| self.predictions.stake_of(account)),
            ..self.people.you(client, now.at)
        };
        self.one(client, &Frame::You { room: self.handle.clone(), you });
    }

    /// Says that a request is done; of a message also whether it waits, is shown, or will not be.
    pub(super) fn done(&mut self, asked: Asked, message: Option<String>) {
        let state = message.as_deref().and_then(|id| self.history.state_of(id));
        let held = state == Some(State::Held);
        let shown = state == Some(State::Shown) && !message.as_deref().is_some_and(|id| self.history.waits(id));
        self.one(asked.client, &Frame::Done { id: asked.id, message: message.clone(), held, shown });
        if let (Some(message), Some(State::Discarded | State::Deleted)) = (message, state) {
            self.one(asked.client, &Frame::Discarded { room: self.handle.clone(), message, by_author: false });
        }
    }

    /// What waited does no longer.
    pub(super) fn settled(&mut self, message: String) {
        self.moderators(&Frame::Settled { room: self.handle.clone(), message });
    }

    /// Tells moderators that what waited does no longer, and who wrote it that it will not be shown.
    pub(super) fn discarded(&mut self, said: &Said, by_author: bool) {
        let message = said.message.id.clone();
        self.settled(message.clone());
        let frame = frame::text(&Frame::Discarded { room: self.handle.clone(), message, by_author });
        for client in self.people.connections_of(said.account) {
            self.out.push(Out::One(client, frame.clone()));
        }
    }
}
