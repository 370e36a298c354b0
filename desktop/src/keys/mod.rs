//! Stream keys and the session's tokens: in the operating system's keyring, and nowhere else.
//!
//! Keyrings are slow and may ask for a password, so one thread speaks with it and everybody else waits for its answers, but
//! not for ever. Where it cannot be opened, secrets are kept in memory, until it is opened later or they are forgotten. What is deleted
//! is deleted all the same: see [`Removals`].

mod memory;
mod removals;
mod system;

use std::convert::identity;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use klieg_studio_model::Secret;
use thiserror::Error;
use tokio::sync::oneshot;

pub use memory::MemoryKeyring;
pub use removals::Removals;
pub use system::SystemKeyring;

/// Time for the creator to type the keyring's password.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("the keyring does not answer; it may be asking for its password in another window")]
    Silent,
    #[error("no keyring service runs on this computer")]
    NoService,
    #[error("the keyring is locked")]
    Locked,
    #[error("the keyring was not unlocked: its password was not given")]
    Dismissed,
    #[error("the keyring refused: {0}")]
    Refused(String),
}

impl KeyError {
    /// What it means that the keyring was not opened for this reason, and what to do about it.
    pub fn consequence(&self) -> String {
        let (what, remedy) = match self {
            Self::Silent => {
                let text = "Your keyring does not answer. If it asks for its password in another window, give it there and \
                            try again.";
                return text.to_owned();
            }
            Self::NoService => {
                let what = "No keyring service runs on this computer".to_owned();
                (what, "Install gnome-keyring, or another keyring, and try again.")
            }
            Self::Locked => ("Your keyring is locked".to_owned(), "Unlock it and try again."),
            Self::Dismissed => {
                ("Your keyring was not unlocked".to_owned(), "Try again, and it asks for its password once more.")
            }
            Self::Refused(reason) => {
                (format!("Your keyring cannot be used ({reason})"), "Try again when that is mended.")
            }
        };
        format!("{what}: keys are kept only until you close the studio. {remedy}")
    }
}

/// Where secrets are kept, each under a name. Calls may block.
pub trait Keyring: Send {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyError>;
    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError>;
    /// Nothing happens if there is none.
    fn remove(&self, name: &str) -> Result<(), KeyError>;
}

/// Opens a keyring. Called again when the creator wants that, if it failed.
pub type OpenKeyring = Box<dyn Fn() -> Result<Box<dyn Keyring>, KeyError> + Send>;

enum Ask {
    Open { again: bool, answer: oneshot::Sender<Result<(), KeyError>> },
    Get(String, oneshot::Sender<Result<Option<Secret>, KeyError>>),
    Set(String, Secret, oneshot::Sender<Result<(), KeyError>>),
    Remove(String, oneshot::Sender<Result<(), KeyError>>),
}

/// The keyring's thread.
#[derive(Clone)]
pub struct Keys {
    asks: Sender<Ask>,
    removals: Removals,
}

impl Keys {
    /// Opens the keyring in a thread of its own, which deletes first of all what is still to be deleted.
    pub fn start(open: OpenKeyring, removals: Removals) -> std::io::Result<Self> {
        let ((asks, asked), noted) = (channel(), removals.clone());
        std::thread::Builder::new().name("keyring".to_owned()).spawn(move || serve(&open, &noted, &asked))?;
        Ok(Self { asks, removals })
    }

    /// Why the keyring is not open and secrets are not kept for good, if so.
    pub async fn opened(&self) -> Result<(), KeyError> {
        self.ask(|answer| Ask::Open { again: false, answer }).await?
    }

    /// Tries once more to open a keyring that did not. What was kept in memory is in it then.
    pub async fn open_again(&self) -> Result<(), KeyError> {
        self.ask(|answer| Ask::Open { again: true, answer }).await?
    }

    pub async fn get(&self, name: &str) -> Result<Option<Secret>, KeyError> {
        self.ask(|answer| Ask::Get(name.to_owned(), answer)).await?
    }

    pub async fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError> {
        self.ask(|answer| Ask::Set(name.to_owned(), secret.clone(), answer)).await?
    }

    /// Where the keyring does not do it now, it does when it opens; an error means that this could not be written down.
    pub async fn remove(&self, name: &str) -> Result<(), KeyError> {
        let (removals, noted) = (self.removals.clone(), name.to_owned());
        // The disk is waited for.
        let is_noted = tokio::task::spawn_blocking(move || removals.note(&noted)).await.unwrap_or(false);
        let removed = self.ask(|answer| Ask::Remove(name.to_owned(), answer)).await.and_then(identity);
        if is_noted { Ok(()) } else { removed }
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, KeyError> {
        let (answer, answered) = oneshot::channel();
        self.asks.send(ask(answer)).map_err(|_| KeyError::Silent)?;
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) | Err(_) => Err(KeyError::Silent),
        }
    }
}

fn serve(open: &OpenKeyring, removals: &Removals, asked: &Receiver<Ask>) {
    let memory = MemoryKeyring::default();
    let open = || open().inspect(|keyring| removals.carry_out(&**keyring));
    let mut opened = open();
    if let Err(error) = &opened {
        tracing::warn!(%error, "no keyring; keys are kept in memory");
    }
    // Who asked may have lost patience; then the answer is nobody's.
    while let Ok(ask) = asked.recv() {
        if let Ask::Open { again: true, .. } = &ask
            && opened.is_err()
        {
            opened = open().and_then(|keyring| memory.move_to(&*keyring, removals).map(|()| keyring));
        }
        let keyring: &dyn Keyring = match &opened {
            Ok(keyring) => &**keyring,
            Err(_) => &memory,
        };
        match ask {
            Ask::Open { answer, .. } => drop(answer.send(opened.as_ref().map(|_| ()).map_err(Clone::clone))),
            // It was locked again since it was opened, and has yet to delete this.
            Ask::Get(name, answer) if opened.is_ok() && removals.has(&name) => {
                let _ = removals.remove(keyring, &name);
                drop(answer.send(Ok(None)));
            }
            Ask::Get(name, answer) => drop(answer.send(keyring.get(&name))),
            Ask::Set(name, secret, answer) => {
                let set = keyring.set(&name, &secret);
                if opened.is_ok() && set.is_ok() {
                    removals.strike(&name);
                }
                drop(answer.send(set));
            }
            Ask::Remove(name, answer) if opened.is_ok() => drop(answer.send(removals.remove(keyring, &name))),
            Ask::Remove(name, answer) => drop(answer.send(memory.remove(&name))),
        }
    }
}
