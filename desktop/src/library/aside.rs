//! Files that cannot be read: kept, under another name, so that nothing is lost and nothing is tried again.

use std::io;
use std::path::{Path, PathBuf};

/// Renames a file to `NAME.broken`, or `NAME.broken-2` and so on where that exists.
pub(super) fn put(path: &Path) -> io::Result<PathBuf> {
    let named = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let numbered = (2..).map(|number: u32| named(&format!(".broken-{number}")));
    let free = std::iter::once(named(".broken")).chain(numbered).find(|path| !path.exists()).unwrap_or_default();
    std::fs::rename(path, &free)?;
    Ok(free)
}

/// Puts a file aside and says so.
pub(super) fn told(path: &Path, reason: &str) -> String {
    match put(path) {
        Ok(aside) => format!(
            "{} cannot be read ({}). It was put aside as {}, and defaults are used.",
            path.display(),
            reason.trim(),
            aside.display()
        ),
        Err(error) => format!("{} cannot be read ({}), nor put aside ({error}).", path.display(), reason.trim()),
    }
}
