//! Small files of what was found out or allowed on this computer, as JSON; only this user can read them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a file holds. One that cannot be read is as good as none.
pub(crate) fn read<T: DeserializeOwned + Default>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Replaces a file as a whole, with the folders that it is in.
pub(crate) fn write(path: &Path, contents: &impl Serialize) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&new)?.write_all(&serde_json::to_vec_pretty(contents)?)?;
    fs::rename(new, path)
}
