//! What the server says, taken in.

use std::mem::take;

use klieg_api::live::{Command, Frame};
use klieg_api::room::{Event, Message, Reacted};
use klieg_api::{Handle, Problem};
use time::OffsetDateTime;

use super::{Asked, BANNED_WAIT, Ended, Held, Link, MOST_CHEERS, Room, Together};
use crate::notifications::News;

impl Room {
    /// Takes in what the server sent: what to send now. What cannot be read is of a later version, and skipped.
    pub fn received(&mut self, now: u64, text: &str) -> Vec<String> {
        let Ok(frame) = serde_json::from_str::<Frame>(text) else { return Vec::new() };
        self.heard = now;
        if matches!(frame, Frame::Heartbeat) {
            return Vec::new();
        }
        self.revision += 1;
        match frame {
            Frame::Heartbeat => {}
            Frame::Done { id, message, held } => return self.done(id, message, held),
            Frame::Refused { id, problem, retry_after_ms } => return self.refused(now, id, problem, retry_after_ms),
            Frame::You { you, .. } => {
                if self.you.role.moderates() && !you.role.moderates() {
                    self.forget_desk();
                }
                self.you = you;
            }
            Frame::Snapshot {
                position,
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
                ..
            } => {
                self.position = Some(position);
                self.settings = settings;
                self.pinned = pinned;
                let known = take(&mut self.together);
                self.together = Together { poll, prediction, rewards, questions, raid, followers, ..known };
                self.set_emotes(emotes);
                for message in &messages {
                    self.sending.appeared(&message.id);
                }
                self.lines.replace(messages);
                self.later.clear();
            }
            Frame::Event { offset, on, event, .. } => {
                // What was sent again after joining is known already.
                let Some(position) = self.position.as_mut().filter(|position| position.offset < offset) else {
                    return Vec::new();
                };
                position.offset = offset;
                // Nothing overtakes what still waits.
                let waits = (on.is_some() && self.later.is_needed()) || self.later.due_at().is_some();
                if waits && self.belongs_to_the_picture(&event) {
                    self.later.add(now, event);
                } else {
                    self.happened(now, event);
                }
            }
            Frame::Presence { present, .. } => self.present = present,
            Frame::Reacted { messages, .. } => {
                for Reacted { message, reactions } in messages {
                    self.lines.react(&message, &reactions);
                }
            }
            Frame::Cheers { cheers, .. } => {
                self.cheers.extend(cheers);
                let surplus = self.cheers.len().saturating_sub(MOST_CHEERS);
                self.cheers.drain(..surplus);
            }
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
            Frame::Card { id, card, .. } => {
                self.asking.answered(id, true);
                self.card = Some(card);
            }
            Frame::Log { id, acts, more, .. } => {
                self.asking.answered(id, true);
                self.take_log(acts, more);
            }
            Frame::Desk { id, appeals, reports, .. } => {
                self.asking.answered(id, true);
                self.appeals = appeals;
                self.reports = reports;
            }
            Frame::Removed { id, act, after, messages, more, .. } => {
                self.asking.answered(id, true);
                self.take_removed(act, after.as_deref(), messages, more);
            }
            Frame::People { id, after, moderators, silenced, more, .. } => {
                self.asking.answered(id, true);
                self.people.take(after.as_ref(), moderators, silenced, more);
            }
            Frame::DeskChanged { .. } => return self.read_desk(),
            Frame::Left { banned: true, .. } => {
                self.again = now.saturating_add(BANNED_WAIT);
                self.link = Link::Over(Ended::Banned);
            }
            Frame::Left { banned: false, .. } => self.link = Link::Over(Ended::Refused),
            frame @ (Frame::Notification { .. }
            | Frame::NotificationsSeen { .. }
            | Frame::NotificationsWithdrawn { .. }) => self.news.extend(News::of(frame)),
        }
        Vec::new()
    }

    fn done(&mut self, id: u64, message: Option<String>, held: bool) -> Vec<String> {
        match self.asking.answered(id, true) {
            Some(Asked::Join) => {
                self.link = Link::Joined;
                self.backoff.reset();
                let mut texts = self.send_waiting();
                texts.extend(self.read_desk());
                return texts;
            }
            Some(Asked::Say(nonce)) => self.sending.done(&nonce, message, held, |id| self.lines.has(id)),
            Some(Asked::React { message, emoji, on: true }) => drop(self.reacted.insert((message, emoji))),
            Some(Asked::React { message, emoji, on: false }) => drop(self.reacted.remove(&(message, emoji))),
            Some(Asked::Other(Some(then))) => return vec![self.ask(*then, Asked::Read)],
            Some(Asked::Authenticate | Asked::Read | Asked::Again | Asked::Other(None)) | None => {}
        }
        Vec::new()
    }

    fn refused(&mut self, now: u64, id: u64, problem: Problem, retry_after: Option<u64>) -> Vec<String> {
        match self.asking.answered(id, false) {
            Some(Asked::Say(nonce)) => {
                self.sending.refused(&nonce, problem, retry_after.map(|wait| now.saturating_add(wait)));
            }
            Some(Asked::Authenticate) => self.link = Link::Over(Ended::LoggedOut),
            Some(Asked::Join) if problem.kind.ends_with("/banned") => {
                self.link = Link::Over(Ended::Banned);
                self.backoff.reset();
                // Whether one has appealed, and what came of it.
                let room = self.handle.clone();
                return vec![self.ask(Command::ReadDesk { room }, Asked::Read)];
            }
            Some(Asked::Join) if problem.status < 500 && problem.status != 429 => {
                self.link = Link::Over(Ended::Refused);
            }
            // The room is tried again with a new connection, which whoever drives this closes now.
            Some(Asked::Join) => {
                let wait = self.backoff.step().max(retry_after.unwrap_or_default());
                self.link = Link::Waiting { until: now.saturating_add(wait) };
            }
            Some(Asked::React { .. } | Asked::Read | Asked::Other(_)) => self.trouble = Some(problem),
            Some(Asked::Again) | None => {}
        }
        Vec::new()
    }

    /// Whether something that happened would say too early what the picture shows later. Messages wait for themselves.
    fn belongs_to_the_picture(&self, event: &Event) -> bool {
        match event {
            Event::Poll { .. }
            | Event::Prediction { .. }
            | Event::Pinned { .. }
            | Event::Raid { .. }
            | Event::Raided { .. }
            | Event::ShoutOut { .. } => true,
            // Who comes back later is not sent anywhere, and so does not wait for it.
            Event::RaidGoes { .. } => self.link == Link::Joined,
            _ => false,
        }
    }

    /// What somebody has said since then is gone at once, wherever it stands.
    fn delete_all_of(&mut self, who: &Handle, since: OffsetDateTime) {
        let is_gone = |message: &Message| message.author.handle == *who && message.at >= since;
        self.lines.delete_all_of(who, is_gone);
        self.pinned.take_if(|pinned| is_gone(pinned));
        for event in self.later.iter_mut() {
            if let Event::Pinned { message } = event {
                message.take_if(|message| is_gone(message));
            }
        }
    }

    pub(super) fn happened(&mut self, now: u64, event: Event) {
        match &event {
            // Who comes back hours later is not sent anywhere.
            Event::RaidGoes { raid } if self.link == Link::Joined => self.together.going = Some(raid.clone()),
            // Whoever took part in another one has not in this.
            Event::Poll { poll } if self.together.poll().is_none_or(|known| known.id != poll.id) => {
                self.you.voted = None;
            }
            Event::Prediction { prediction }
                if self.you.stake.as_ref().is_some_and(|stake| stake.prediction != prediction.id) =>
            {
                self.you.stake = None;
            }
            _ => {}
        }
        let Some(event) = self.together.happened(event) else { return };
        match event {
            Event::Message { message } => {
                let is_own = self.sending.appeared(&message.id) || self.sending.is_own(&message);
                self.lines.add(now, message, is_own);
            }
            Event::Deleted { messages, .. } => {
                self.lines.delete(&messages);
                // What is taken down is gone at once, wherever it stands.
                self.pinned.take_if(|pinned| messages.contains(&pinned.id));
                for event in self.later.iter_mut() {
                    if let Event::Pinned { message } = event {
                        message.take_if(|message| messages.contains(&message.id));
                    }
                }
            }
            Event::Preview { message, preview } => {
                self.lines.preview(&message, &preview);
                if let Some(pinned) = self.pinned.as_mut().filter(|pinned| pinned.id == message) {
                    pinned.preview = Some(preview);
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
            | Event::QuestionVotes { .. }
            | Event::QuestionClosed { .. }
            | Event::Raid { .. }
            | Event::RaidGoes { .. }
            | Event::Raided { .. }
            | Event::Followers { .. }
            | Event::ShoutOut { .. } => {}
        }
    }
}
