//! The operating system's keyring: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.

use keyring::{Entry, Error};
use klieg_studio_model::Secret;

use super::{KeyError, Keyring};

const SERVICE: &str = "klieg-studio";

/// Secrets under the service `klieg-studio`; a studio with a folder of its own (`KLIEG_STUDIO_HOME`) has its own secrets too.
pub struct SystemKeyring {
    service: String,
}

impl SystemKeyring {
    /// Fails where no keyring answers.
    pub fn open() -> Result<Self, KeyError> {
        let service = match std::env::var("KLIEG_STUDIO_HOME") {
            Ok(home) if !home.is_empty() => format!("{SERVICE} {home}"),
            _ => SERVICE.to_owned(),
        };
        let opened = Self { service };
        opened.get("account")?;
        Ok(opened)
    }

    fn entry(&self, name: &str) -> Result<Entry, KeyError> {
        Entry::new(&self.service, name).map_err(refused)
    }
}

/// The library's errors name the problem and never the secret, except that one which carries its bytes.
fn refused(error: Error) -> KeyError {
    KeyError::Refused(match error {
        Error::BadEncoding(_) => "what is kept there is not text".to_owned(),
        error => error.to_string(),
    })
}

impl Keyring for SystemKeyring {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyError> {
        match self.entry(name)?.get_password() {
            Ok(secret) => Ok(Some(Secret::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(refused(error)),
        }
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError> {
        self.entry(name)?.set_password(secret.reveal()).map_err(refused)
    }

    fn remove(&self, name: &str) -> Result<(), KeyError> {
        match self.entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }
}
