//! Records on their way to the journal: who waits for each, and what follows when it is kept or lost.

use klieg_api::live::Frame;
use klieg_api::room::Event;
use uuid::Uuid;

use super::{Asked, Now, Out, Record, Room, Ticket};
use crate::http::problem::Problem;

/// Who waits for a record, and what to take back if it is lost.
#[derive(Debug)]
pub(super) struct Unkept {
    asked: Option<Asked>,
    message: Option<String>,
    then: Then,
}

/// What else follows when a record is kept or lost.
#[derive(Debug)]
pub(super) enum Then {
    Nothing,
    Earn(Vec<Uuid>),
    Begin(String),
    Stake { account: Uuid, outcome: u32, points: u64 },
    Decide(Vec<(Uuid, u64)>),
    Redeem { account: Uuid, points: u64, redemption: String },
    Fulfil { redemption: String, back: Option<(Uuid, u64)> },
    Ask(String),
    Want { question: String, account: Uuid, on: bool },
    TellAbsent(String),
}

impl Room {
    /// A record is kept.
    pub fn kept(&mut self, ticket: Ticket, now: &Now) {
        let Some(Unkept { asked, message, then }) = self.unkept.remove(&ticket) else { return };
        if let Some(asked) = asked {
            self.done(asked, message);
        }
        self.follow(then, true, now);
    }

    /// A record could not be kept: whoever waits for it is told, and what everybody has seen of it is taken back.
    pub fn lost(&mut self, ticket: Ticket, now: &Now) {
        let Some(Unkept { asked, message, then }) = self.unkept.remove(&ticket) else { return };
        if let Some(message) = message {
            let was_held = self.history.held().iter().any(|said| said.message.id == message);
            if self.history.remove(&message) {
                self.event(Event::Deleted { messages: vec![message], by_moderator: false });
            } else if was_held {
                self.moderators(&Frame::Settled { room: self.handle.clone(), message });
            }
        }
        if let Some(asked) = asked {
            self.refuse(asked, Problem::busy(), Some(2_000));
        }
        self.follow(then, false, now);
    }

    fn follow(&mut self, then: Then, is_kept: bool, now: &Now) {
        match then {
            Then::Earn(accounts) if is_kept => self.earned(&accounts, now),
            Then::Begin(prediction) if !is_kept => self.prediction_lost(&prediction, now),
            Then::Stake { account, outcome, points } => self.staked(account, outcome, points, is_kept, now),
            Then::Decide(returned) => self.decided(returned, is_kept, now),
            Then::Redeem { account, points, redemption } if !is_kept => {
                self.redemption_lost(account, points, &redemption, now);
            }
            Then::TellAbsent(message) | Then::Redeem { redemption: message, .. } if is_kept => {
                self.tell_absent(&message);
            }
            Then::Fulfil { redemption, back } => self.fulfilled(&redemption, back, is_kept, now),
            Then::Ask(question) if !is_kept => self.question_lost(&question),
            Then::Want { question, account, on } if !is_kept => self.vote_lost(&question, account, on),
            Then::Nothing
            | Then::Begin(_)
            | Then::Want { .. }
            | Then::Earn(_)
            | Then::Redeem { .. }
            | Then::Ask(_)
            | Then::TellAbsent(_) => {}
        }
    }

    /// Hands a record to the journal; the answer follows when it is kept.
    pub(super) fn keep(&mut self, asked: Option<Asked>, message: Option<String>, record: Record) {
        self.keep_then(asked, message, record, Then::Nothing);
    }

    pub(super) fn keep_then(&mut self, asked: Option<Asked>, message: Option<String>, record: Record, then: Then) {
        self.tickets += 1;
        self.unkept.insert(self.tickets, Unkept { asked, message, then });
        self.out.push(Out::Keep(self.tickets, record));
    }
}
