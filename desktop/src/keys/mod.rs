//! Stream keys and the session's tokens: in the operating system's keyring, and nowhere else.
//!
//! Keyrings are slow and may ask for a password, so one thread speaks with it and everybody else waits for its answers, but
//! not for ever. Where there is none, secrets are kept in memory and forgotten.

mod memory;
mod system;

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use klieg_studio_model::Secret;
use thiserror::Error;
use tokio::sync::oneshot;

pub use memory::MemoryKeyring;
pub use system::SystemKeyring;

/// Time for the creator to type the keyring's password.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("the keyring does not answer; it may be asking for its password in another window")]
    Silent,
    #[error("the keyring refused: {0}")]
    Refused(String),
}

/// Where secrets are kept, each under a name. Calls may block.
pub trait Keyring: Send {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyError>;
    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError>;
    /// Nothing happens if there is none.
    fn remove(&self, name: &str) -> Result<(), KeyError>;
}

/// A keyring that was opened, and why it is not the system's if it is not.
pub struct OpenKeyring {
    pub keyring: Box<dyn Keyring>,
    pub problem: Option<String>,
}

impl OpenKeyring {
    /// The system's, or memory.
    pub fn of_the_system() -> Self {
        match SystemKeyring::open() {
            Ok(keyring) => Self { keyring: Box::new(keyring), problem: None },
            Err(error) => {
                tracing::warn!(%error, "no keyring; keys are kept in memory");
                let problem = "No keyring service runs on this computer: keys are kept only until you close the studio. \
                               Install gnome-keyring, or another keyring, and open the studio again.";
                Self { keyring: Box::new(MemoryKeyring::default()), problem: Some(problem.to_owned()) }
            }
        }
    }

    /// Memory, and nothing to say about it.
    pub fn in_memory() -> Self {
        Self { keyring: Box::new(MemoryKeyring::default()), problem: None }
    }
}

enum Ask {
    Problem(oneshot::Sender<Option<String>>),
    Get(String, oneshot::Sender<Result<Option<Secret>, KeyError>>),
    Set(String, Secret, oneshot::Sender<Result<(), KeyError>>),
    Remove(String, oneshot::Sender<Result<(), KeyError>>),
}

/// The keyring's thread.
#[derive(Clone)]
pub struct Keys {
    asks: Sender<Ask>,
}

impl Keys {
    /// Opens the keyring in a thread of its own.
    pub fn start(open: impl FnOnce() -> OpenKeyring + Send + 'static) -> std::io::Result<Self> {
        let (asks, asked) = channel();
        std::thread::Builder::new().name("keyring".to_owned()).spawn(move || serve(&open(), &asked))?;
        Ok(Self { asks })
    }

    /// Why secrets are not kept for good, if they are not.
    pub async fn problem(&self) -> Option<String> {
        match self.ask(Ask::Problem).await {
            Ok(problem) => problem,
            Err(error) => Some(format!("Keys cannot be read: {error}.")),
        }
    }

    pub async fn get(&self, name: &str) -> Result<Option<Secret>, KeyError> {
        self.ask(|answer| Ask::Get(name.to_owned(), answer)).await?
    }

    pub async fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError> {
        self.ask(|answer| Ask::Set(name.to_owned(), secret.clone(), answer)).await?
    }

    pub async fn remove(&self, name: &str) -> Result<(), KeyError> {
        self.ask(|answer| Ask::Remove(name.to_owned(), answer)).await?
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

fn serve(open: &OpenKeyring, asked: &Receiver<Ask>) {
    let keyring = &open.keyring;
    // Who asked may have lost patience; then the answer is nobody's.
    while let Ok(ask) = asked.recv() {
        match ask {
            Ask::Problem(answer) => drop(answer.send(open.problem.clone())),
            Ask::Get(name, answer) => drop(answer.send(keyring.get(&name))),
            Ask::Set(name, secret, answer) => drop(answer.send(keyring.set(&name, &secret))),
            Ask::Remove(name, answer) => drop(answer.send(keyring.remove(&name))),
        }
    }
}
