//! What this client says, until everybody sees it.

use std::collections::HashSet;
use std::mem::take;

use klieg_api::Problem;
use klieg_api::room::Message;

/// Messages that may be on their way. Of more the newest is refused: what is not said yet is not dropped.
const MOST: usize = 50;

/// A message on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    pub nonce: String,
    pub text: String,
    /// What it answers.
    pub reply: Option<Box<Message>>,
    pub announcement: bool,
    pub progress: Progress,
}

impl Outgoing {
    fn is_answered(&self) -> bool {
        !matches!(self.progress, Progress::Waiting | Progress::Sent)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Not sent yet.
    Waiting,
    Sent,
    /// Kept by the server under this name; everybody will see it in a moment.
    Kept(String),
    /// A moderator has to look at it first.
    Held(Option<String>),
    /// It was kept or held, and nobody will see it.
    Discarded,
    /// Not said, and why; sending it again has no use before then.
    Refused(Box<Problem>, Option<u64>),
}

#[derive(Debug)]
pub(super) struct Sending {
    seed: String,
    count: u64,
    outgoing: Vec<Outgoing>,
    /// What was kept or held when the connection was lost. It is said again as well: the answer is what became of it.
    unsure: HashSet<String>,
    /// What was sent on a connection that was lost.
    again: HashSet<String>,
}

/// What the server says of a message that was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    /// It waits for a moderator.
    pub(super) held: bool,
    /// Everybody has been shown it.
    pub(super) shown: bool,
}

impl Sending {
    pub(super) fn new(seed: &str) -> Self {
        Self {
            seed: seed.chars().filter(char::is_ascii_alphanumeric).take(28).collect(),
            count: 0,
            outgoing: Vec::new(),
            unsure: HashSet::new(),
            again: HashSet::new(),
        }
    }

    pub(super) fn nonce(&mut self) -> String {
        self.count += 1;
        format!("{}{}", self.seed, self.count)
    }

    pub(super) fn outgoing(&self) -> &[Outgoing] {
        &self.outgoing
    }

    /// Whether nothing can be added: as much is on its way as may be, and the server has answered none of it.
    pub(super) fn is_full(&self) -> bool {
        self.outgoing.len() >= MOST && !self.outgoing.iter().any(Outgoing::is_answered)
    }

    /// Adds a message, unless there are too many. The oldest that was answered makes room.
    pub(super) fn add(&mut self, text: String, reply: Option<&Message>, announcement: bool) {
        if self.is_full() {
            return;
        }
        if self.outgoing.len() >= MOST
            && let Some(place) = self.outgoing.iter().position(Outgoing::is_answered)
        {
            self.outgoing.remove(place);
        }
        let (nonce, reply) = (self.nonce(), reply.cloned().map(Box::new));
        self.outgoing.push(Outgoing { nonce, text, reply, announcement, progress: Progress::Waiting });
    }

    /// What is to be sent now.
    pub(super) fn send_waiting(&mut self) -> Vec<Outgoing> {
        let unsure = take(&mut self.unsure);
        let mut sent = Vec::new();
        for outgoing in &mut self.outgoing {
            if outgoing.progress == Progress::Waiting {
                outgoing.progress = Progress::Sent;
            } else if !unsure.contains(&outgoing.nonce) {
                continue;
            }
            sent.push(outgoing.clone());
        }
        sent
    }

    /// The connection is lost: what was not answered is said again.
    pub(super) fn lost(&mut self) {
        // What is answered or taken back by now is of no interest.
        self.again.retain(|nonce| self.outgoing.iter().any(|outgoing| outgoing.nonce == *nonce));
        for outgoing in &mut self.outgoing {
            match outgoing.progress {
                Progress::Sent => outgoing.progress = Progress::Waiting,
                Progress::Kept(_) | Progress::Held(_) => drop(self.unsure.insert(outgoing.nonce.clone())),
                Progress::Waiting | Progress::Discarded | Progress::Refused(..) => continue,
            }
            self.again.insert(outgoing.nonce.clone());
        }
    }

    pub(super) fn done(&mut self, nonce: &str, id: Option<&str>, answer: Answer, is_shown: impl Fn(&str) -> bool) {
        let Some(place) = self.outgoing.iter().position(|outgoing| outgoing.nonce == nonce) else { return };
        let was_kept = self.outgoing.get(place).is_some_and(|outgoing| matches!(outgoing.progress, Progress::Kept(_)));
        let Answer { held, shown } = answer;
        // It may have been shown while nobody was here to see it, and be too long ago for the snapshot.
        let was_shown = shown && self.again.remove(nonce);
        match id {
            // What was kept before the connection was lost has been shown since, or will be.
            Some(id) if !held && (was_kept || was_shown || is_shown(id)) => {
                self.outgoing.remove(place);
            }
            id => {
                if let Some(outgoing) = self.outgoing.get_mut(place) {
                    let id = id.map(str::to_owned);
                    outgoing.progress = if held { Progress::Held(id) } else { Progress::Kept(id.unwrap_or_default()) };
                }
            }
        }
    }

    pub(super) fn refused(&mut self, nonce: &str, problem: Problem, until: Option<u64>) {
        if let Some(outgoing) = self.outgoing.iter_mut().find(|outgoing| outgoing.nonce == nonce) {
            // The server had it, and is busy now: what became of it is asked at the next opportunity.
            if until.is_some() && matches!(outgoing.progress, Progress::Kept(_) | Progress::Held(_)) {
                self.unsure.insert(outgoing.nonce.clone());
                return;
            }
            outgoing.progress = Progress::Refused(Box::new(problem), until);
        }
    }

    /// The name of what the server has and everybody does not see yet.
    pub(super) fn kept_as(&self, nonce: &str) -> Option<String> {
        match &self.outgoing.iter().find(|outgoing| outgoing.nonce == nonce)?.progress {
            Progress::Kept(id) | Progress::Held(Some(id)) => Some(id.clone()),
            _ => None,
        }
    }

    /// Nobody will see a message that was kept or held; whoever has taken it back does not see it either.
    pub(super) fn discarded(&mut self, id: &str, by_author: bool) {
        let is_it = |outgoing: &Outgoing| match &outgoing.progress {
            Progress::Kept(known) | Progress::Held(Some(known)) => known == id,
            _ => false,
        };
        let Some(place) = self.outgoing.iter().position(is_it) else { return };
        if by_author {
            self.outgoing.remove(place);
        } else if let Some(outgoing) = self.outgoing.get_mut(place) {
            outgoing.progress = Progress::Discarded;
        }
    }

    /// A message is shown to everybody. Whether it was known to be one's own.
    pub(super) fn appeared(&mut self, id: &str) -> bool {
        let before = self.outgoing.len();
        self.outgoing.retain(|outgoing| match &outgoing.progress {
            Progress::Kept(known) => known != id,
            Progress::Held(known) => known.as_deref() != Some(id),
            Progress::Waiting | Progress::Sent | Progress::Discarded | Progress::Refused(..) => true,
        });
        self.outgoing.len() < before
    }

    /// Whether a message that came is one that was sent and is not answered yet: by its text, which is all there is.
    pub(super) fn is_own(&self, message: &Message) -> bool {
        let mut sent = self.outgoing.iter().filter(|outgoing| outgoing.progress == Progress::Sent);
        sent.any(|outgoing| outgoing.text.trim() == message.text)
    }

    pub(super) fn take_back(&mut self, nonce: &str) -> Option<Outgoing> {
        let is_it = |outgoing: &Outgoing| {
            outgoing.nonce == nonce && matches!(outgoing.progress, Progress::Refused(..) | Progress::Discarded)
        };
        let place = self.outgoing.iter().position(is_it)?;
        Some(self.outgoing.remove(place))
    }

    pub(super) fn repeat(&mut self, nonce: &str) {
        if let Some(outgoing) = self.outgoing.iter_mut().find(|outgoing| outgoing.nonce == nonce)
            && matches!(outgoing.progress, Progress::Refused(..))
        {
            outgoing.progress = Progress::Waiting;
        }
    }
}
