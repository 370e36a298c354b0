//! What the server says, taken in.

use std::mem::take;

use klieg_api::live::Frame;
use klieg_api::room::{Cheer, Counts, Event, Reacted, You};
use klieg_api::{Handle, Problem};
use time::OffsetDateTime;

use super::connection::BANNED_WAIT;
use super::picture::{Late, age, is_outcome};
use super::sending::Answer;
use super::{Asked, Ended, Held, Link, MOST_CHEERS, Room, Timeline, Together};
use crate::notifications::News;

impl Room {
    /// Takes in what the server sent: what to send now. What cannot be read is of a later version, and skipped.
    pub fn received(&mut self, now: u64, text: &str) -> Vec<String> {
        let Ok(frame) = serde_json::from_str::<Frame>(text) else { return Vec::new() };
        (self.heard, self.clock) = (now, now);
        if matches!(frame, Frame::Heartbeat) {
            return Vec::new();
        }
        self.revision += 1;
        match frame {
            Frame::Heartbeat => {}
            Frame::Done { id, message, held, shown } => return self.done(id, message, held, shown),
            Frame::Refused { id, problem, retry_after_ms } => return self.refused(now, id, problem, retry_after_ms),
            Frame::You { you, .. } => return self.take_you(now, you),
            Frame::Snapshot {
                position,
                at,
                settings,
                pinned,
                poll,
                prediction,
                rewards,
                questions,
                raid,
                followers,
                emotes,
                messages,
                more,
                ..
            } => {
                // A server that was started anew may count anew where the broadcast is.
                if self.position.as_ref().is_none_or(|known| known.epoch != position.epoch) {
                    self.timeline = Timeline::default();
                }
                self.position = Some(position);
                self.told_at = at.map(|at| (at, now));
                self.settings = settings;
                let known = take(&mut self.together);
                self.together = Together { rewards, questions, raid, followers, ..known };
                self.set_emotes(emotes);
                // Which of these one has put an emoji to is told after them.
                self.reacted.clear();
                // What waited is part of this.
                self.later.clear();
                self.pinned = None;
                if let Some(pinned) = pinned {
                    self.take_pinned(now, at, pinned);
                }
                self.take_cards(now, at, poll, prediction);
                let aged = messages.into_iter().map(|message| {
                    let is_own = self.sending.appeared(&message.id);
                    (age(at, &message).filter(|_| !is_own), message)
                });
                let aged = aged.collect();
                self.lines.replace(now, aged, more);
            }
            Frame::Event { offset, on, event, .. } => {
                // What was sent again after joining is known already.
                let Some(position) = self.position.as_mut().filter(|position| position.offset < offset) else {
                    return Vec::new();
                };
                position.offset = offset;
                let live_at = on.map(|on| self.timeline.live_at(now, &on));
                if self.later.holds_back(live_at.is_some()) && self.belongs_to_the_picture(&event) {
                    self.later.add(live_at, Late::Event(Box::new(event)));
                } else {
                    self.happened(now, event);
                }
            }
            Frame::Presence { present, .. } => self.present = present,
            Frame::Present { id, after, keepers, people, guests, unlisted, more, .. } => {
                self.asking.answered(id, true);
                self.take_present(after.as_ref(), keepers, people, (guests, unlisted), more);
            }
            Frame::Reacted { messages, .. } => {
                for Reacted { message, reactions, own } in messages {
                    self.lines.react(&message, &reactions);
                    if let Some(own) = own {
                        self.set_own(message, own);
                    }
                }
            }
            // How many follow is seen in no picture.
            Frame::Counts { counts: counts @ Counts::Followers { .. }, .. } => self.together.counted(counts),
            Frame::Counts { on, counts, .. } => self.told(now, on.as_ref(), Late::Counts(counts)),
            Frame::Cheers { on, cheers, .. } => self.told(now, on.as_ref(), Late::Cheers(cheers)),
            Frame::Held { message, reason, .. } => {
                if !self.held.iter().any(|held| held.message.id == message.id) {
                    self.held.push(Held { message, reason });
                }
            }
            Frame::Filters { filters, .. } => self.filters = filters,
            Frame::Redeemed { redemption, .. } => self.together.redeemed(redemption),
            Frame::Fulfilled { redemption, .. } => self.together.redemptions.retain(|known| known.id != redemption),
            Frame::Wanted { question, on: true, .. } => drop(self.together.voted.insert(question)),
            Frame::Wanted { question, on: false, .. } => drop(self.together.voted.remove(&question)),
            Frame::Voted { questions, .. } => self.together.voted = questions.into_iter().collect(),
            Frame::Settled { message, .. } => self.held.retain(|held| held.message.id != message),
            Frame::Discarded { message, by_author, .. } => self.sending.discarded(&message, by_author),
            Frame::Messages { id, before, messages, more, .. } => {
                self.asking.answered(id, true);
                self.lines.take_earlier(&before, messages, more);
            }
            Frame::OwnReactions { reactions, .. } => reactions.into_iter().for_each(|own| self.take_own(own)),
            Frame::Card { id, card, .. } => {
                self.asking.answered(id, true);
                self.take_card(card);
            }
            Frame::Log { id, acts, more, .. } => {
                self.asking.answered(id, true);
                self.take_log(acts, more);
            }
            Frame::Desk { id, appeals, reports, silence, .. } => {
                self.asking.answered(id, true);
                self.appeals = appeals;
                self.reports = reports;
                self.take_silence(now, silence);
            }
            Frame::Removed { id, act, after, messages, more, .. } => {
                self.asking.answered(id, true);
                self.take_removed(act, after.as_deref(), messages, more);
            }
            Frame::MessagesOf { id, who, before, messages, more, .. } => {
                self.asking.answered(id, true);
                self.take_writings(who, before.as_deref(), messages, more);
            }
            Frame::People { id, after, moderators, silenced, more, .. } => {
                self.asking.answered(id, true);
                self.people.take(after.as_ref(), moderators, silenced, more);
            }
            Frame::Unwritten { rights, silenced, .. } => self.take_unwritten(rights, silenced),
            Frame::DeskChanged { people, .. } => return self.read_desk(people),
            Frame::Left { banned: true, .. } => {
                self.again = now.saturating_add(BANNED_WAIT);
                self.link = Link::Over(Ended::Banned);
            }
            Frame::Left { banned: false, .. } => self.link = Link::Over(Ended::Private),
            frame @ (Frame::Notification { .. }
            | Frame::NotificationsSeen { .. }
            | Frame::NotificationsWithdrawn { .. }) => self.news.extend(News::of(frame)),
        }
        Vec::new()
    }

    fn done(&mut self, id: u64, message: Option<String>, held: bool, shown: bool) -> Vec<String> {
        match self.asking.answered(id, true) {
            // Once it was said that this connection is of no use nothing comes of it.
            Some(Asked::Join) if self.is_of_use() || self.link == Link::Over(Ended::Private) => {
                self.link = Link::Joined;
                self.backoff.reset();
                let mut texts = self.send_waiting();
                // To the room it plays nowhere yet.
                if self.plays {
                    texts.extend(self.tell_playing());
                }
                texts.extend(self.read_desk(true));
                texts.extend(self.ask_present(None, Asked::Present));
                return texts;
            }
            Some(Asked::Say(nonce)) => {
                let answer = Answer { held, shown };
                self.sending.done(&nonce, message.as_deref(), answer, |id| self.lines.has(id));
                if let Some(id) = message {
                    self.lines.show_own(&id);
                }
            }
            Some(Asked::Other(Some(then))) => {
                return vec![self.ask(*then, Asked::Read)];
            }
            Some(
                Asked::Authenticate
                | Asked::Join
                | Asked::Earlier
                | Asked::Present
                | Asked::React
                | Asked::Read
                | Asked::Again
                | Asked::Other(None),
            )
            | None => {}
        }
        Vec::new()
    }

    fn refused(&mut self, now: u64, id: u64, problem: Problem, retry_after: Option<u64>) -> Vec<String> {
        match self.asking.answered(id, false) {
            Some(Asked::Say(nonce)) => {
                self.sending.refused(&nonce, problem, retry_after.map(|wait| now.saturating_add(wait)));
            }
            Some(Asked::Authenticate) if problem.status == 401 => self.link = Link::Over(Ended::LoggedOut),
            Some(Asked::Join) if problem.kind.ends_with("/banned") => {
                self.link = Link::Over(Ended::Banned);
                self.backoff.reset();
                return vec![self.read_silence(now)];
            }
            Some(Asked::Join) if problem.status < 500 && problem.status != 429 => {
                // Who has been in is kept out of a channel that is private, and may be let in again.
                let is_private = problem.status == 404 && self.position.is_some();
                self.link = Link::Over(if is_private { Ended::Private } else { Ended::Refused });
            }
            Some(Asked::Earlier) => self.lines.refuse_reading(),
            Some(Asked::Present) => self.present_refused(),
            Some(Asked::Authenticate | Asked::Join) => self.come_back(now, retry_after),
            Some(Asked::React | Asked::Read | Asked::Other(_)) => self.trouble = Some(problem),
            Some(Asked::Again) | None => {}
        }
        Vec::new()
    }

    /// What one is and has.
    fn take_you(&mut self, now: u64, mut you: You) -> Vec<String> {
        if self.you.role.moderates() && !you.role.moderates() {
            self.forget_desk();
        }
        self.hold_purse(&mut you);
        let is_silenced_anew = you.silenced_until != self.you.silenced_until;
        self.you = you;
        self.lines.set_keeping_order(self.you.role.moderates());
        if !is_silenced_anew {
            return Vec::new();
        }
        // What was read was of another silence.
        self.silence = None;
        self.looked = 0;
        vec![self.read_silence(now)]
    }

    /// More at once than anybody would see is not kept.
    pub(super) fn cheered(&mut self, cheers: Vec<Cheer>) {
        self.cheers.extend(cheers);
        let surplus = self.cheers.len().saturating_sub(MOST_CHEERS);
        self.cheers.drain(..surplus);
    }

    /// What somebody has said since then is gone at once, wherever it stands.
    fn delete_all_of(&mut self, who: &Handle, since: OffsetDateTime) {
        self.lines.delete_all_of(who, since);
        self.written_deleted(|of, written| of == who && written.at >= since);
        for pin in self.pins() {
            pin.take_if(|pinned| pinned.is_by(who, since));
        }
    }

    pub(super) fn happened(&mut self, now: u64, event: Event) {
        match &event {
            // Who comes back hours later is not sent anywhere.
            Event::RaidGoes { raid } if self.link == Link::Joined => self.together.going = Some(raid.clone()),
            // Whoever took part in another one has not in this.
            Event::Poll { poll } if !poll.ended && self.together.poll().is_none_or(|known| known.id != poll.id) => {
                self.you.voted = None;
            }
            Event::Prediction { prediction }
                if self.you.stake.as_ref().is_some_and(|stake| stake.prediction != prediction.id) =>
            {
                self.you.stake = None;
            }
            _ => {}
        }
        let is_outcome = is_outcome(&event);
        let rest = self.together.happened(event);
        if is_outcome {
            self.take_purse();
        }
        let Some(event) = rest else { return };
        match event {
            Event::Message { message } => {
                self.is_past(now, message.at);
                self.written_more(&message);
                let is_own = self.sending.appeared(&message.id) || self.sending.is_own(&message);
                let live_at = message.on.as_ref().map(|on| self.timeline.live_at(now, on));
                self.lines.add(now, live_at, message, is_own);
            }
            Event::Deleted { messages, .. } => {
                self.lines.delete(&messages);
                self.written_deleted(|_, written| messages.contains(&written.message));
                // What is taken down is gone at once, wherever it stands.
                for pin in self.pins() {
                    pin.take_if(|pinned| messages.contains(&pinned.id));
                }
            }
            Event::Preview { message, preview } => {
                self.lines.preview(&message, &preview);
                for pinned in self.pins().flatten().filter(|pinned| pinned.id == message) {
                    pinned.preview = Some(preview.clone());
                }
            }
            Event::Pinned { message } => self.pinned = message,
            Event::Settings { settings } => self.settings = settings,
            Event::Emotes { emotes } => self.set_emotes(emotes),
            Event::Silenced { who, since: Some(since), .. } => self.delete_all_of(&who, since),
            Event::Silenced { since: None, .. }
            | Event::Poll { .. }
            | Event::Prediction { .. }
            | Event::Rewards { .. }
            | Event::Question { .. }
            | Event::QuestionClosed { .. }
            | Event::Raid { .. }
            | Event::RaidGoes { .. }
            | Event::Raided { .. }
            | Event::ShoutOut { .. } => {}
        }
    }
}
