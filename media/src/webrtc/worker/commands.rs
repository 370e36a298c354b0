//! What the HTTP side asks of a worker.

use std::time::Instant;

use tokio::sync::oneshot;

use super::{Worker, gauge};
use crate::webrtc::offer::Fragment;
use crate::webrtc::session::Session;
use crate::webrtc::show::Wish;

/// From the HTTP side.
pub(crate) enum Command {
    Open {
        key: u64,
        session: Box<Session>,
    },
    Patch {
        key: u64,
        fragment: Fragment,
        reply: oneshot::Sender<Patched>,
    },
    /// Replies whether the answer was accepted.
    Answer {
        key: u64,
        answer: String,
        reply: oneshot::Sender<bool>,
    },
    /// Replies whether the viewer's choice can be met.
    Select {
        key: u64,
        wish: Wish,
        reply: oneshot::Sender<bool>,
    },
    Close {
        key: u64,
        reply: oneshot::Sender<()>,
    },
    /// Viewers who may not watch any more.
    Dismiss {
        keys: Vec<u64>,
    },
    Drain {
        reply: oneshot::Sender<()>,
    },
}

/// What became of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Patched {
    Taken,
    /// ICE restarted; the fragment that answers.
    Restarted(String),
    Refused,
}

impl Worker {
    pub(super) fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Open { key, session } => self.open(key, *session),
            Command::Patch { key, fragment, reply } => {
                let mut patched = None;
                self.serve(key, now, |session| {
                    patched = Some(session.patch(&fragment));
                    session.advance(now)?;
                    Ok(true)
                });
                if let (Some(Patched::Restarted(_)), Some(session)) = (&patched, self.sessions.get_mut(&key)) {
                    self.by_ufrag.insert(session.local_ufrag(), key);
                }
                let _ = patched.map(|patched| reply.send(patched));
            }
            Command::Answer { key, answer, reply } => {
                let mut accepted = false;
                self.serve(key, now, |session| {
                    accepted = session.answer(&answer);
                    session.advance(now)?;
                    Ok(true)
                });
                let _ = reply.send(accepted);
            }
            Command::Select { key, wish, reply } => {
                let _ = reply.send(self.select(key, wish));
            }
            Command::Close { key, reply } => {
                self.close(key, "it was deleted", true);
                let _ = reply.send(());
            }
            Command::Dismiss { keys } => {
                for key in keys {
                    self.close(key, "it may not watch any more", false);
                }
            }
            Command::Drain { reply } => {
                self.close_all("the server is shutting down");
                let _ = reply.send(());
            }
        }
    }

    fn open(&mut self, key: u64, mut session: Session) {
        let now = Instant::now();
        self.by_ufrag.insert(session.local_ufrag(), key);
        gauge(&session).increment(1.0);
        self.timers.set(key, &mut session.deadline, now);
        self.sessions.insert(key, session);
    }
}
