//! What the creator allowed to be shown, so that the desktop does not ask again: a token for each grant, which the desktop
//! replaces whenever it is used.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::kept;

/// Tokens by grant. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Grants(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    tokens: BTreeMap<String, String>,
    path: Option<PathBuf>,
}

impl Grants {
    /// Kept in this file, which need not exist yet, and which only this user can read.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let tokens = kept::read(&path);
        Self(Arc::new(Mutex::new(Known { tokens, path: Some(path) })))
    }

    pub(crate) fn token(&self, grant: &str) -> Option<String> {
        self.0.lock().tokens.get(grant).cloned()
    }

    pub(crate) fn put(&self, grant: &str, token: &str) {
        let mut known = self.0.lock();
        known.tokens.insert(grant.to_owned(), token.to_owned());
        known.keep();
    }

    pub(crate) fn forget(&self, grant: &str) {
        let mut known = self.0.lock();
        if known.tokens.remove(grant).is_some() {
            known.keep();
        }
    }
}

impl Known {
    /// What cannot be written is asked again the next time.
    fn keep(&self) {
        if let Some(path) = &self.path
            && let Err(error) = kept::write(path, &self.tokens)
        {
            tracing::warn!(%error, path = %path.display(), "what may be shown is not remembered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_granted_is_known_again_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/casts.json");
        let grants = Grants::at(&path);
        assert_eq!(grants.token("screen"), None);
        grants.put("screen", "one");
        grants.put("window", "two");
        grants.put("screen", "three");
        let again = Grants::at(&path);
        assert_eq!(again.token("screen").as_deref(), Some("three"));
        again.forget("screen");
        assert_eq!(Grants::at(&path).token("screen"), None);
        assert_eq!(Grants::at(&path).token("window").as_deref(), Some("two"));
        std::fs::write(&path, "{ half of").unwrap();
        assert_eq!(Grants::at(&path).token("window"), None);
    }
}
