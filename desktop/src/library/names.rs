//! What the files of collections and profiles are called.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Longest readable part, in bytes.
const READABLE: usize = 40;

/// A file's name without its ending: what is readable of `name`, and a part of its digest. It has small letters, digits and
/// hyphens only, whatever `name` has, and different names give different ones.
pub(super) fn stem(name: &str) -> String {
    let mut stem = String::new();
    for letter in name.chars() {
        if stem.len() == READABLE {
            break;
        }
        if letter.is_ascii_alphanumeric() {
            stem.push(letter.to_ascii_lowercase());
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    if !stem.is_empty() && !stem.ends_with('-') {
        stem.push('-');
    }
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    stem.extend(digest.chars().take(12));
    stem
}

/// More files of one name are not looked for. Then there is no path for another.
const NUMBERED: u32 = 1_000;

/// A path that neither a file nor something known has, made from a name and never equal to it. One of which nobody can tell is taken.
pub(super) fn free_path(folder: &Path, name: &str, is_known: impl Fn(&Path) -> bool) -> PathBuf {
    let stem = stem(name);
    let numbered = (2..NUMBERED).map(|number| format!("{stem}-{number}"));
    let mut paths = std::iter::once(stem.clone()).chain(numbered).map(|stem| folder.join(format!("{stem}.toml")));
    paths.find(|path| path.try_exists().is_ok_and(|exists| !exists) && !is_known(path)).unwrap_or_default()
}

/// `wanted`, or the first of `wanted 2`, `wanted 3` ... that is free.
pub(super) fn free(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number: u32| format!("{wanted} {number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !is_taken(name)).unwrap_or_default()
}

/// The files of a folder that may be ours, in the order of their names.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension() == Some("toml".as_ref()));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_collection_is_called_its_file_stays_in_the_folder() {
        let long = "x".repeat(10_000);
        for name in ["../x", "..", ".", "/etc/passwd", "a\0b", "con", "C:\\x", "", "   ", "~", "ä ö", "-rf", &long] {
            let stem = stem(name);
            assert!(stem.len() <= 60, "{stem}");
            assert!(stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{stem}");
            assert!(stem.starts_with(|c: char| c.is_ascii_alphanumeric()), "{stem}");
        }
    }

    #[test]
    fn a_file_is_recognised_and_two_names_never_share_one() {
        assert!(stem("My Show!").starts_with("my-show-"));
        assert_ne!(stem("My Show"), stem("my show"));
        assert_ne!(stem(&"x".repeat(50)), stem(&"x".repeat(51)));
    }
}
