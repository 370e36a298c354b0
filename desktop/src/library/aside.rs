//! Files that are not used: what is broken is kept under another name, so that nothing is lost and nothing is tried again; what only
//! cannot be read now, or was written by a newer studio, stays as it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file is not used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// What stands in it is wrong.
    Broken(String),
    /// It may be well.
    Stays(String),
}

/// What stands in a file.
pub(super) fn text(path: &Path) -> Result<String, Unusable> {
    fs::read_to_string(path).map_err(|error| match error.kind() {
        // It is no text.
        io::ErrorKind::InvalidData => Unusable::Broken(error.to_string()),
        _ => Unusable::Stays(error.to_string()),
    })
}

impl Unusable {
    /// Puts a broken file aside, and says what became of it.
    pub(super) fn settle(self, path: &Path) -> String {
        let shown = path.display();
        match self {
            Self::Stays(reason) => {
                format!("{shown} is not used, for it cannot be read: {}. It stays as it is.", reason.trim())
            }
            Self::Broken(reason) => match put(path) {
                Ok(aside) => format!(
                    "{shown} cannot be read ({}). It was put aside as {}, and defaults are used.",
                    reason.trim(),
                    aside.display()
                ),
                Err(error) => format!("{shown} cannot be read ({}), nor put aside ({error}).", reason.trim()),
            },
        }
    }
}

/// Renames a file to `NAME.broken`, or `NAME.broken-2` and so on where that exists.
pub(super) fn put(path: &Path) -> io::Result<PathBuf> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let numbered = (2..).map(|number: u32| named(&format!(".broken-{number}")));
    let free = std::iter::once(named(".broken")).chain(numbered).find(|path| !path.exists()).unwrap_or_default();
    fs::rename(path, &free)?;
    Ok(free)
}
