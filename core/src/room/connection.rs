//! The line to the server: opened, doubted, lost, and tried again.

use klieg_api::live::{Closing, Command};

use super::asking::{Asked, said_here};
use super::{Ended, Link, Room};
use crate::backoff::Backoff;

/// First wait before connecting again, and the longest, in milliseconds.
const FIRST_WAIT: u64 = 500;
const LONGEST_WAIT: u64 = 15_000;
/// The wait of somebody who was just banned, and connects again to be able to appeal.
pub(super) const BANNED_WAIT: u64 = 1_500;
/// After so long, and as long again by chance, it is looked whether a channel is private still.
const PRIVATE_WAIT: u64 = 30_000;
/// A connection on which nothing came for so long is lost: the server says something every 25 seconds (`Frame::Heartbeat`).
const SILENCE: u64 = 60_000;
/// What was asked is answered within this, or something else comes: else the line is as good as lost.
const ANSWER: u64 = 8_000;

pub(super) fn backoff(seed: &str) -> Backoff {
    Backoff::spread(FIRST_WAIT, LONGEST_WAIT, seed)
}

impl Room {
    /// The connection is open: what to send. With a token one takes part, without one reads.
    pub fn opened(&mut self, now: u64, token: Option<String>) -> Vec<String> {
        self.revision += 1;
        // Who was put out stays so until the room lets them in.
        if !matches!(self.link, Link::Over(Ended::Banned | Ended::Private)) {
            self.link = Link::Connecting;
        }
        self.asking.is_open = true;
        (self.heard, self.clock) = (now, now);
        // Moderators are told anew what waits, and what is not written down.
        self.held.clear();
        self.people.forget_unwritten();
        self.together.redemptions.clear();
        let mut texts = Vec::new();
        if let Some(token) = token {
            texts.push(self.ask(Command::Authenticate { token }, Asked::Authenticate));
        }
        texts.push(self.ask_in());
        texts
    }

    pub(super) fn ask_in(&mut self) -> String {
        let (room, after) = (self.handle.clone(), self.position.clone());
        self.ask(Command::Join { room, after }, Asked::Join)
    }

    /// The connection is gone, or did not come about. `code` is the WebSocket's close code, if there was one.
    pub fn closed(&mut self, now: u64, code: Option<u16>) {
        self.lose();
        match self.link {
            Link::Over(Ended::Banned) => self.again = now + BANNED_WAIT + self.backoff.step(),
            Link::Over(Ended::Private) => self.again = now + PRIVATE_WAIT + self.backoff.within(PRIVATE_WAIT),
            Link::Over(_) => {}
            Link::Connecting | Link::Joined | Link::Waiting { .. } => {
                self.link = match code {
                    Some(code) if code == Closing::LoggedOut.code() => Link::Over(Ended::LoggedOut),
                    Some(code) if code == Closing::Banned.code() => {
                        self.again = now + BANNED_WAIT;
                        Link::Over(Ended::Banned)
                    }
                    Some(code) if !Closing::invites_back(code) => Link::Over(Ended::Incompatible),
                    _ => Link::Waiting { until: now + self.backoff.step() },
                };
            }
        }
    }

    /// This client has closed the connection, because there was no use in it: it is opened again, unless the room is over.
    pub fn hung_up(&mut self, now: u64) {
        if matches!(self.link, Link::Waiting { .. }) {
            // Until when has been said.
            self.lose();
        } else {
            self.closed(now, None);
        }
    }

    fn lose(&mut self) {
        self.revision += 1;
        self.sending.lost();
        self.lines.stop_reading();
        if self.asking.lost() {
            self.trouble = Some(said_here(
                "unanswered",
                "The connection was lost before the answer came: look whether it was done.",
            ));
        }
    }

    /// The server has no time now: it is tried again with a new connection, and this one is of no use.
    pub(super) fn come_back(&mut self, now: u64, retry_after: Option<u64>) {
        let wait = retry_after.unwrap_or_default().saturating_add(self.backoff.step());
        self.link = Link::Waiting { until: now.saturating_add(wait) };
    }

    /// When to connect again; none if not.
    pub fn connects_at(&self) -> Option<u64> {
        match self.link {
            Link::Waiting { until } => Some(until),
            Link::Over(Ended::Banned | Ended::Private) => Some(self.again),
            _ => None,
        }
    }

    /// Whether there is use in the connection; whoever drives this closes one that is of none.
    pub fn is_of_use(&self) -> bool {
        match self.link {
            // Who is banned may still appeal.
            Link::Connecting | Link::Joined | Link::Over(Ended::Banned) => true,
            Link::Over(Ended::Private) => self.asking.is_joining(),
            Link::Waiting { .. } | Link::Over(_) => false,
        }
    }

    /// Whether the connection is dead, or as good as that, though nothing has closed it: a router that went away says nothing. Nothing
    /// came for long; or something was asked, and neither the answer came nor anything else.
    pub fn is_silent(&self, now: u64) -> bool {
        let quiet = now.saturating_sub(self.heard);
        let is_waiting = self.asking.waits_since().is_some_and(|asked| now.saturating_sub(asked) > ANSWER);
        self.asking.is_open && (quiet > SILENCE || (is_waiting && quiet > ANSWER))
    }
}
