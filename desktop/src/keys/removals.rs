//! What was deleted while the keyring was shut, or did not answer: it stays deleted when the keyring opens.
//!
//! The names stand in a file from before the keyring is asked until it has done it, so neither a crash nor closing the studio brings a
//! key back. No secret is written.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{KeyError, Keyring};
use crate::library::write_private;

/// Clones are the same list.
#[derive(Clone)]
pub struct Removals(Arc<Mutex<List>>);

struct List {
    path: PathBuf,
    names: BTreeSet<String>,
}

impl Removals {
    /// Those that are kept in a file. None where there is none yet.
    pub fn at(path: PathBuf) -> Self {
        let names = match std::fs::read(&path) {
            Ok(kept) => serde_json::from_slice(&kept).unwrap_or_else(|error| {
                tracing::warn!(path = %path.display(), %error, "which keys are to be deleted cannot be read");
                BTreeSet::new()
            }),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(path = %path.display(), %error, "which keys are to be deleted cannot be read");
                }
                BTreeSet::new()
            }
        };
        Self(Arc::new(Mutex::new(List { path, names })))
    }

    /// Remembers that a secret is to be deleted. Whether that is written.
    pub(super) fn note(&self, name: &str) -> bool {
        let mut list = self.0.lock();
        list.names.insert(name.to_owned());
        list.write()
    }

    /// It is deleted, or there is another one of this name.
    pub(super) fn strike(&self, name: &str) {
        let mut list = self.0.lock();
        if list.names.remove(name) {
            list.write();
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.lock().names.contains(name)
    }

    /// Deletes a secret, or remembers that it is to be deleted.
    pub(super) fn remove(&self, keyring: &dyn Keyring, name: &str) -> Result<(), KeyError> {
        let removed = keyring.remove(name);
        if removed.is_ok() {
            self.strike(name);
        } else {
            self.note(name);
        }
        removed
    }

    /// Deletes them all, or as many as the keyring lets go of.
    pub(super) fn carry_out(&self, keyring: &dyn Keyring) {
        let names = self.0.lock().names.clone();
        for name in names {
            if let Err(error) = self.remove(keyring, &name) {
                tracing::warn!(%name, %error, "the keyring does not delete this yet");
            }
        }
    }
}

impl List {
    fn write(&self) -> bool {
        let done = if self.names.is_empty() {
            match std::fs::remove_file(&self.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        } else {
            let text = serde_json::to_vec(&self.names).map_err(io::Error::from);
            text.and_then(|text| write_private(&self.path, &text))
        };
        if let Err(error) = &done {
            tracing::warn!(path = %self.path.display(), %error, "which keys are to be deleted is not written");
        }
        done.is_ok()
    }
}
