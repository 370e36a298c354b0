//! The marked moments of a file, which players show as its chapters.
//!
//! A container takes its chapters when it is whole. Until then, and where it cannot take them, they stand in a text file beside
//! it, a line each, such as `12:41 The goal`: what sites for videos take as a list of chapters.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use klieg_studio_model::figures;

use super::{mkv, mp4};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chapter {
    /// In the file's time.
    pub(super) at: Duration,
    pub(super) text: String,
}

pub(in crate::output) struct Chapters {
    path: PathBuf,
    /// In the order of their time.
    list: Vec<Chapter>,
}

/// Chapters that a file has at most.
const MOST: usize = 1_000;

impl Chapters {
    pub(in crate::output) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), list: Vec::new() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn add(&mut self, chapter: Chapter) {
        if self.list.len() >= MOST {
            tracing::warn!(path = %self.path.display(), "a file has {MOST} chapters at most; a marker is lost");
            return;
        }
        let place = self.list.partition_point(|known| known.at <= chapter.at);
        self.list.insert(place, chapter);
        if let Err(error) = std::fs::write(self.beside(), self.text()) {
            tracing::warn!(path = %self.beside().display(), %error, "the markers are not written down before the file ends");
        }
    }

    /// Puts the chapters into the file, which is whole.
    pub(in crate::output) fn finish(self) {
        let is_matroska = self.path.extension().is_some_and(|ending| ending == "mkv");
        let written = match (is_matroska, self.list.is_empty()) {
            (true, true) => return,
            (true, false) => mkv::write(&self.path, &self.list),
            // Also without a chapter: the room for them is given back.
            (false, _) => mp4::write(&self.path, &self.list),
        };
        match written {
            Ok(()) if self.list.is_empty() => {}
            Ok(()) => {
                if let Err(error) = std::fs::remove_file(self.beside()) {
                    tracing::warn!(path = %self.beside().display(), %error, "the list of markers stays beside the file");
                }
            }
            Err(error) => {
                tracing::warn!(path = %self.path.display(), %error, "the file takes no chapters; they stand beside it");
            }
        }
    }

    fn beside(&self) -> PathBuf {
        self.path.with_extension("chapters.txt")
    }

    fn text(&self) -> String {
        let line = |chapter: &Chapter| format!("{} {}\n", figures::clock(chapter.at.as_secs()), chapter.text);
        self.list.iter().map(line).collect()
    }
}

/// The file is not as it was written by us.
pub(super) fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_stand_beside_a_file_until_it_takes_them() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("show.mkv");
        std::fs::write(&path, "no Matroska").unwrap();
        let mut chapters = Chapters::new(&path);
        for (at, text) in [(761, "The goal"), (7, "Hello")] {
            chapters.add(Chapter { at: Duration::from_secs(at), text: text.to_owned() });
        }
        let beside = directory.path().join("show.chapters.txt");
        assert_eq!(std::fs::read_to_string(&beside).unwrap(), "0:07 Hello\n12:41 The goal\n");
        chapters.finish();
        assert!(beside.exists());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "no Matroska");
    }
}
