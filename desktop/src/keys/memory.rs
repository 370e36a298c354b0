//! Secrets in memory: for tests, and where there is no keyring.

use std::collections::HashMap;

use klieg_studio_model::Secret;
use parking_lot::Mutex;

use super::{KeyError, Keyring, Removals};

#[derive(Default)]
pub struct MemoryKeyring(Mutex<HashMap<String, Secret>>);

impl MemoryKeyring {
    /// Hands everything over to another keyring. If that one refuses some of it, nothing is forgotten here.
    pub(super) fn move_to(&self, other: &dyn Keyring, removals: &Removals) -> Result<(), KeyError> {
        let mut kept = self.0.lock();
        for (name, secret) in &*kept {
            other.set(name, secret)?;
            removals.strike(name);
        }
        kept.clear();
        Ok(())
    }
}

impl Keyring for MemoryKeyring {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyError> {
        Ok(self.0.lock().get(name).cloned())
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError> {
        self.0.lock().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), KeyError> {
        self.0.lock().remove(name);
        Ok(())
    }
}
