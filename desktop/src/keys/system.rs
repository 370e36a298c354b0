//! The operating system's keyring: the Secret Service on Linux, the Keychain on macOS, the Credential Manager on Windows.

use keyring::{Entry, Error};
use klieg_studio_model::Secret;

use super::{KeyError, Keyring, OpenKeyring};

const SERVICE: &str = "klieg-studio";

/// Secrets under the service `klieg-studio`; a studio with a folder of its own (`KLIEG_STUDIO_HOME`) has its own secrets too.
pub struct SystemKeyring {
    service: String,
}

impl SystemKeyring {
    /// [`open`](Self::open), for as often as it is wanted.
    pub fn opener() -> OpenKeyring {
        Box::new(|| Ok(Box::new(Self::open()?)))
    }

    /// Fails where no keyring answers, or where it stays locked. It may ask for its password meanwhile.
    pub fn open() -> Result<Self, KeyError> {
        unlock()?;
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
    match error {
        Error::BadEncoding(_) => KeyError::Refused("what is kept there is not text".to_owned()),
        Error::PlatformFailure(error) | Error::NoStorageAccess(error) => {
            of_the_service(&*error).unwrap_or_else(|| KeyError::Refused(error.to_string()))
        }
        error => KeyError::Refused(error.to_string()),
    }
}

/// Unlocks what keys are kept in. Looking for one does not do that: a locked keyring says of what it lacks that it is not there, as
/// an open one does.
#[cfg(target_os = "linux")]
fn unlock() -> Result<(), KeyError> {
    use dbus_secret_service::{EncryptionType, SecretService};

    // No secret goes this way.
    let service = SecretService::connect(EncryptionType::Plain);
    let unlocked = service.and_then(|service| service.get_default_collection()?.ensure_unlocked());
    unlocked.map_err(|error| meaning(&error).unwrap_or_else(|| KeyError::Refused(error.to_string())))
}

#[cfg(not(target_os = "linux"))]
fn unlock() -> Result<(), KeyError> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn of_the_service(error: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<KeyError> {
    meaning(error.downcast_ref()?)
}

/// What the Secret Service means, or the bus that leads to it.
#[cfg(target_os = "linux")]
fn meaning(error: &dbus_secret_service::Error) -> Option<KeyError> {
    use dbus_secret_service::Error;

    match error {
        Error::Locked => Some(KeyError::Locked),
        Error::Prompt => Some(KeyError::Dismissed),
        Error::Unavailable => Some(KeyError::NoService),
        Error::NoResult => {
            let reason = "no keyring was made in it yet; make one in the program for passwords of your desktop";
            Some(KeyError::Refused(reason.to_owned()))
        }
        Error::Dbus(error) => match error.name()? {
            "org.freedesktop.Secret.Error.IsLocked" => Some(KeyError::Locked),
            name => is_nobody(name).then_some(KeyError::NoService),
        },
        _ => None,
    }
}

/// Whether an error of the bus says that there is no bus, or nobody on it who keeps secrets. A service that is there and slow, or
/// refuses, is another matter.
#[cfg(target_os = "linux")]
fn is_nobody(name: &str) -> bool {
    let of_the_bus = name.strip_prefix("org.freedesktop.DBus.Error.");
    of_the_bus
        .is_some_and(|name| !matches!(name, "NoReply" | "Timeout" | "TimedOut" | "AccessDenied" | "LimitsExceeded"))
}

#[cfg(not(target_os = "linux"))]
fn of_the_service(_: &(dyn std::error::Error + Send + Sync + 'static)) -> Option<KeyError> {
    None
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use dbus_secret_service::Error as Said;

    use super::*;

    #[test]
    fn a_keyring_that_is_shut_is_not_one_that_is_missing() {
        let of = |said: Said| refused(Error::NoStorageAccess(Box::new(said)));
        assert_eq!(of(Said::Locked), KeyError::Locked);
        assert_eq!(of(Said::Prompt), KeyError::Dismissed);
        assert_eq!(of(Said::Unavailable), KeyError::NoService);
        assert!(matches!(of(Said::Parse), KeyError::Refused(_)));
        for (name, nobody) in [
            ("org.freedesktop.DBus.Error.ServiceUnknown", true),
            ("org.freedesktop.DBus.Error.NoServer", true),
            ("org.freedesktop.DBus.Error.NoReply", false),
            ("org.freedesktop.Secret.Error.IsLocked", false),
        ] {
            assert_eq!(is_nobody(name), nobody, "{name}");
        }
        let unreadable = refused(Error::BadEncoding(b"secret".to_vec()));
        assert!(!format!("{unreadable:?}").contains("115"), "no byte of a secret is printed");
        assert!(KeyError::Dismissed.consequence().contains("once more"));
    }
}
