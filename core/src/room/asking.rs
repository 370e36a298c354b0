//! What a client asks for, and what came of it.

use std::collections::{HashMap, VecDeque};

use klieg_api::live::{Command, Request};
use klieg_api::{Handle, Problem};

use super::{Ended, Link, Outgoing, Room};

/// Requests whose outcome is remembered.
const REMEMBERED: usize = 32;

/// What a request was, for its answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    Authenticate,
    Join,
    Say(String),
    /// An emoji put to a message, or taken away: what that changes the server tells every window.
    React,
    /// What was said before what is shown.
    Earlier,
    /// Who is here.
    Present,
    /// What is only read.
    Read,
    /// What has changed, read again by itself: nobody waits for it.
    Again,
    /// Something else, and what to ask when it is done.
    Other(Option<Box<Command>>),
}

#[derive(Debug, Default)]
pub(super) struct Asking {
    /// There is a connection to ask on.
    pub(super) is_open: bool,
    /// What has no answer yet, and when it was asked.
    waiting: HashMap<u64, (u64, Asked)>,
    outcomes: VecDeque<(u64, bool)>,
    latest: u64,
    /// The question that was asked last and is not known to have come: its text, its nonce and the request.
    question: Option<(String, String, u64)>,
}

impl Asking {
    /// The request that an answer is to.
    pub(super) fn answered(&mut self, id: u64, is_done: bool) -> Option<Asked> {
        let (_, asked) = self.waiting.remove(&id)?;
        if is_done {
            self.question.take_if(|(.., request)| *request == id);
        }
        self.came_of(id, is_done);
        Some(asked)
    }

    fn came_of(&mut self, id: u64, is_done: bool) {
        if self.outcomes.len() == REMEMBERED {
            self.outcomes.pop_front();
        }
        self.outcomes.push_back((id, is_done));
    }

    /// Whether the room is asked to let this client in.
    pub(super) fn is_joining(&self) -> bool {
        self.waiting.values().any(|(_, asked)| *asked == Asked::Join)
    }

    /// Since when an answer is waited for. To be let in may take its time: after a restart everybody comes at once.
    pub(super) fn waits_since(&self) -> Option<u64> {
        let asked = self.waiting.values().filter(|(_, asked)| !matches!(asked, Asked::Authenticate | Asked::Join));
        asked.map(|(at, _)| *at).min()
    }

    /// The connection is lost. Whether something was asked that is not asked again by itself and has no answer.
    pub(super) fn lost(&mut self) -> bool {
        self.is_open = false;
        let mut unanswered = false;
        for (id, (_, asked)) in std::mem::take(&mut self.waiting) {
            unanswered |= matches!(asked, Asked::Other(_));
            self.came_of(id, false);
        }
        unanswered
    }
}

impl Room {
    /// Asks for something else in this room: the request's number, and what to send. None, and [`trouble`](Self::trouble), if
    /// there is no connection now.
    pub fn request(&mut self, command: Command) -> Option<(u64, String)> {
        self.request_then(command, None)
    }

    /// As [`request`](Self::request), and when it is done asks for `then`: what changed is in the answer to that.
    pub fn request_then(&mut self, command: Command, then: Option<Command>) -> Option<(u64, String)> {
        let may = self.asking.is_open
            && match self.link {
                Link::Joined => true,
                // Who is banned may appeal.
                Link::Over(Ended::Banned) => matches!(command, Command::Appeal { .. } | Command::ReadDesk { .. }),
                _ => false,
            };
        self.revision += 1;
        self.trouble =
            (!may).then(|| said_here("offline", "There is no connection: this was not done. Try again in a moment."));
        let asked = match &command {
            Command::React { .. } => Asked::React,
            Command::ReadDesk { .. }
            | Command::ReadPeople { .. }
            | Command::ReadLog { .. }
            | Command::ReadRemoved { .. }
            | Command::ReadMessagesOf { .. }
            | Command::Look { .. } => Asked::Read,
            _ => Asked::Other(then.map(Box::new)),
        };
        may.then(|| {
            let text = self.ask(command, asked);
            (self.asking.latest, text)
        })
    }

    /// Asks the creator something, as [`request`](Self::request). If that is asked again because it is not known to have come, it has the
    /// same nonce, and is asked once.
    pub fn ask_question(&mut self, text: String) -> Option<(u64, String)> {
        let known = self.asking.question.take().filter(|(known, ..)| *known == text);
        let nonce = known.map_or_else(|| self.nonce(), |(_, nonce, _)| nonce);
        let command = Command::AskQuestion { room: self.handle.clone(), text: text.clone(), nonce: nonce.clone() };
        let asked = self.request(command);
        let request = asked.as_ref().map_or(0, |(request, _)| *request);
        self.asking.question = Some((text, nonce, request));
        asked
    }

    /// Whether a request was done; none before its answer. Long after it, what was done counts as not done.
    pub fn outcome(&self, request: u64) -> Option<bool> {
        if self.asking.waiting.contains_key(&request) {
            return None;
        }
        Some(self.asking.outcomes.iter().rev().find(|(id, _)| *id == request).is_some_and(|(_, is_done)| *is_done))
    }

    /// A name for something that is asked for once, however often it is sent.
    pub fn nonce(&mut self) -> String {
        self.sending.nonce()
    }

    pub(super) fn ask(&mut self, command: Command, asked: Asked) -> String {
        self.asking.latest += 1;
        let id = self.asking.latest;
        self.asking.waiting.insert(id, (self.clock, asked));
        // The types are plain data with string keys, which always serialise.
        serde_json::to_string(&Request { id, command }).unwrap_or_default()
    }

    pub(super) fn send_waiting(&mut self) -> Vec<String> {
        if self.link != Link::Joined {
            return Vec::new();
        }
        let room = self.handle.clone();
        let waiting = self.sending.send_waiting();
        waiting.into_iter().map(|saying| self.ask_say(room.clone(), saying)).collect()
    }

    fn ask_say(&mut self, room: Handle, saying: Outgoing) -> String {
        let Outgoing { text, nonce, reply, announcement, .. } = saying;
        let reply_to = reply.map(|reply| reply.id);
        let command = Command::Say { room, text, nonce: nonce.clone(), reply_to, announcement };
        self.ask(command, Asked::Say(nonce))
    }
}

/// A problem that no server has told: why this client knows that something was not done, or does not know whether it was.
pub(super) fn said_here(reason: &str, detail: &str) -> Problem {
    Problem { kind: format!("/problems/{reason}"), title: detail.to_owned(), ..Problem::default() }
}
