//! A keyring that a test locks, and lets answer when it wants to.

use std::sync::Arc;

use klieg_studio::keys::{KeyError, Keyring, MemoryKeyring, OpenKeyring};
use klieg_studio_model::Secret;
use parking_lot::{Condvar, Mutex};

/// Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Drawer(Arc<Inner>);

#[derive(Default)]
struct Inner {
    kept: MemoryKeyring,
    /// Why it does not open.
    locked: Mutex<Option<KeyError>>,
    held: Mutex<bool>,
    let_go: Condvar,
}

impl Drawer {
    /// One that does not open.
    pub(crate) fn locked(why: KeyError) -> Self {
        let drawer = Self::default();
        drawer.lock(why);
        drawer
    }

    pub(crate) fn lock(&self, why: KeyError) {
        *self.0.locked.lock() = Some(why);
    }

    pub(crate) fn unlock(&self) {
        *self.0.locked.lock() = None;
    }

    pub(crate) fn opener(&self) -> OpenKeyring {
        let drawer = self.clone();
        Box::new(move || match &*drawer.0.locked.lock() {
            Some(why) => Err(why.clone()),
            None => Ok(Box::new(drawer.clone())),
        })
    }

    /// Whoever asks for a secret, or brings one, waits.
    pub(crate) fn hold(&self) {
        *self.0.held.lock() = true;
    }

    pub(crate) fn let_go(&self) {
        *self.0.held.lock() = false;
        self.0.let_go.notify_all();
    }

    fn wait(&self) {
        self.0.let_go.wait_while(&mut self.0.held.lock(), |held| *held);
    }
}

impl Keyring for Drawer {
    fn get(&self, name: &str) -> Result<Option<Secret>, KeyError> {
        self.wait();
        self.0.kept.get(name)
    }

    fn set(&self, name: &str, secret: &Secret) -> Result<(), KeyError> {
        self.wait();
        self.0.kept.set(name, secret)
    }

    fn remove(&self, name: &str) -> Result<(), KeyError> {
        match &*self.0.locked.lock() {
            Some(why) => Err(why.clone()),
            None => self.0.kept.remove(name),
        }
    }
}
