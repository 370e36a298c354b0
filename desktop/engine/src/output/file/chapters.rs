//! The marked moments of a file, which players show as its chapters.
//!
//! A container takes its chapters when it is whole. Until then, and where it cannot take them, they stand in a text file beside
//! it, a line each, such as `12:41 The goal`: what sites for videos take as a list of chapters. No marker is lost without a word: what
//! does not fit, or cannot be written, comes back as a sentence for the creator.

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
    /// Those for which there was no room.
    lost: usize,
    /// Whether the file beside has been lacking some, which was said.
    lacks: bool,
}

/// Chapters that a file has at most: for each of them the list is written anew. What comes then is lost, and said.
const MOST: usize = 1_000;

impl Chapters {
    pub(in crate::output) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), list: Vec::new(), lost: 0, lacks: false }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What the creator should know, if that is something.
    pub(super) fn add(&mut self, chapter: Chapter) -> Option<String> {
        if self.list.len() >= MOST {
            self.lost += 1;
            let name = self.name();
            return (self.lost == 1).then(|| {
                format!(
                    "{name} has {MOST} markers, as many as a file takes. Further ones are lost until the recording goes on in \
                     another file."
                )
            });
        }
        let place = self.list.partition_point(|known| known.at <= chapter.at);
        self.list.insert(place, chapter);
        let error = std::fs::write(self.beside(), self.text()).err()?;
        let is_news = !std::mem::replace(&mut self.lacks, true);
        let beside = self.beside();
        is_news.then(|| {
            let beside = beside.display();
            format!("{beside} cannot be written ({error}): the markers are in no file before the recording ends.")
        })
    }

    /// Puts the chapters into the file, which is whole. What the creator should know, if that is something.
    pub(in crate::output) fn finish(self) -> Option<String> {
        let (name, all) = (self.name(), self.list.len() + self.lost);
        let is_matroska = self.path.extension().is_some_and(|ending| ending == "mkv");
        let written = match (is_matroska, self.list.is_empty()) {
            (true, true) => return None,
            (true, false) => mkv::write(&self.path, &self.list).map(|()| self.list.len()),
            // Also without a chapter: the room for them is given back.
            (false, _) => mp4::write(&self.path, &self.list),
        };
        let (taken, why) = match written {
            Ok(taken) => (taken, "that is all it has room for".to_owned()),
            Err(error) => (0, error.to_string()),
        };
        if taken == self.list.len() {
            if self.list.is_empty() {
                return None;
            }
            if let Err(error) = std::fs::remove_file(self.beside()) {
                tracing::warn!(path = %self.beside().display(), %error, "the list of markers stays beside the file");
            }
            let lacks = self.lost > 0;
            return lacks
                .then(|| format!("{name} has {taken} of its {all} markers: the others came when it was full."));
        }
        // It may not have been possible before.
        let beside = match std::fs::write(self.beside(), self.text()) {
            Ok(()) => format!("{} of them stand in {}", self.list.len(), self.beside().display()),
            Err(error) => format!("the others are lost, for {} cannot be written ({error})", self.beside().display()),
        };
        Some(format!("{name} took {taken} of its {all} markers as chapters ({why}); {beside}."))
    }

    /// What the file is called.
    fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
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
            assert_eq!(chapters.add(Chapter { at: Duration::from_secs(at), text: text.to_owned() }), None);
        }
        let beside = directory.path().join("show.chapters.txt");
        assert_eq!(std::fs::read_to_string(&beside).unwrap(), "0:07 Hello\n12:41 The goal\n");
        let said = chapters.finish().unwrap();
        assert!(said.starts_with("show.mkv took 0 of its 2 markers as chapters ("), "{said}");
        assert!(said.ends_with(&format!("; 2 of them stand in {}.", beside.display())), "{said}");
        assert!(beside.exists());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "no Matroska");
    }

    #[test]
    fn a_marker_that_is_lost_is_counted_and_said() {
        let directory = tempfile::tempdir().unwrap();
        let mut chapters = Chapters::new(&directory.path().join("show.mp4"));
        let mut mark = || chapters.add(Chapter { at: Duration::ZERO, text: "now".to_owned() });
        let said: Vec<_> = (0..MOST + 3).filter_map(|_| mark()).collect();
        assert!(
            said.len() == 1 && said[0].starts_with("show.mp4 has 1000 markers, as many as a file takes."),
            "{said:?}"
        );
        let said = chapters.finish().unwrap();
        assert!(
            said.starts_with("show.mp4 took 0 of its 1003 markers") && said.contains("1000 of them stand in"),
            "{said}"
        );
    }

    #[test]
    fn a_list_that_cannot_be_written_is_said_once() {
        let directory = tempfile::tempdir().unwrap();
        let beside = directory.path().join("show.chapters.txt");
        std::fs::create_dir(&beside).unwrap();
        let mut chapters = Chapters::new(&directory.path().join("show.mkv"));
        let mut mark = || chapters.add(Chapter { at: Duration::ZERO, text: "now".to_owned() });
        let said = mark().unwrap();
        assert!(said.starts_with(&format!("{} cannot be written", beside.display())), "{said}");
        assert_eq!(mark(), None);
        let said = chapters.finish().unwrap();
        assert!(said.contains("the others are lost, for"), "{said}");
    }
}
