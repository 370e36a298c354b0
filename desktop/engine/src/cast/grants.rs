//! What the creator allowed to be shown, so that the desktop does not ask again: a token for each grant, which the desktop
//! replaces whenever it is used.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

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
        // A file that cannot be read is as good as none: the creator is asked again.
        let text = fs::read_to_string(&path).unwrap_or_default();
        let tokens = serde_json::from_str(&text).unwrap_or_default();
        Self(Arc::new(Mutex::new(Known { tokens, path: Some(path) })))
    }

    #[cfg_attr(not(feature = "portal"), allow(dead_code, reason = "nothing is granted without the portal"))]
    pub(crate) fn token(&self, grant: &str) -> Option<String> {
        self.0.lock().tokens.get(grant).cloned()
    }

    #[cfg_attr(not(feature = "portal"), allow(dead_code, reason = "nothing is granted without the portal"))]
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
            && let Err(error) = self.write(path)
        {
            tracing::warn!(%error, path = %path.display(), "what may be shown is not remembered");
        }
    }

    fn write(&self, path: &std::path::Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let new = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&new)?.write_all(&serde_json::to_vec_pretty(&self.tokens)?)?;
        fs::rename(new, path)
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
        fs::write(&path, "{ half of").unwrap();
        assert_eq!(Grants::at(&path).token("window"), None);
    }
}
