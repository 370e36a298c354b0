//! What a collection's file is called.

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
