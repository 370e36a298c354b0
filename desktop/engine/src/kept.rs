//! Files that are replaced as a whole, and the small ones of what was found out or allowed on this computer, as JSON.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a file holds. One that cannot be read is as good as none.
pub(crate) fn read<T: DeserializeOwned + Default>(path: &Path) -> T {
    let text = fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Replaces a file as a whole, see [`write_whole`].
pub(crate) fn write(path: &Path, contents: &impl Serialize) -> io::Result<()> {
    write_whole(path, &serde_json::to_vec_pretty(contents)?)
}

/// Replaces a file, with the folders that it is in: after a crash or a power cut there is the old one or the new one. Only this user
/// can read it.
pub fn write_whole(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The new name lasts only when the folder is on the disk too. Not every system can say so.
    #[cfg(unix)]
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_replaced_whole_and_only_this_user_reads_it() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("deep/er/kept.json");
        for contents in [vec![1], vec![1, 2]] {
            write(&path, &contents).unwrap();
            assert_eq!(read::<Vec<u32>>(&path), contents);
        }
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(&path, "[1, 2").unwrap();
        assert!(read::<Vec<u32>>(&path).is_empty(), "half a file is none");
    }
}
