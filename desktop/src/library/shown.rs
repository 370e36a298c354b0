//! Which scenes of a collection were shown last. It stands beside the collection and not in it: no step of undo changes it, and who is
//! given the collection's file begins with its first scene.

use std::path::{Path, PathBuf};
use std::{fs, io};

use klieg_studio_model::Collection;
use serde::{Deserialize, Serialize};

use super::Library;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The scene on air.
    pub on_air: String,
    /// The scene in the preview, if studio mode is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
}

impl Shown {
    /// What a file says. Nothing, where it cannot be read: then the collection begins with its first scene.
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What [`read`](Self::read) reads.
    fn write(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// The same as far as the collection has these scenes, which may have been changed by hand.
    #[must_use]
    pub fn within(self, collection: &Collection) -> Self {
        let is_there = |scene: &String| collection.scene(scene).is_some();
        let on_air = Some(self.on_air).filter(is_there).unwrap_or_else(|| collection.first_scene().to_owned());
        let preview = self.preview.map(|scene| Some(scene).filter(is_there).unwrap_or_else(|| on_air.clone()));
        Self { on_air, preview }
    }
}

impl Library {
    /// What the open collection showed when it was open last.
    pub fn shown(&self) -> Shown {
        self.shown_path(&self.open).map(|path| Shown::read(&path)).unwrap_or_default()
    }

    /// Keeps what the open collection shows. Nothing is kept while none is open.
    pub fn keep_shown(&mut self, shown: Shown) {
        let Some(path) = self.shown_path(&self.open).filter(|_| self.shown.as_ref() != Some(&shown)) else { return };
        match shown.write() {
            Ok(text) => self.saver.save(path, text),
            Err(error) => tracing::error!(%error, "which scene is shown is not kept"),
        }
        self.shown = Some(shown);
    }

    /// Forgets what a collection showed that goes.
    pub(super) fn forget_shown(&self, name: &str) {
        if let Some(shown) = self.shown_path(name)
            && let Err(error) = fs::remove_file(&shown)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %shown.display(), %error, "what a collection showed that has gone stays");
        }
    }

    /// Where it stands what a collection showed. Called as the collection's file, which keeps its name when the collection gets another.
    fn shown_path(&self, name: &str) -> Option<PathBuf> {
        let stem = self.known.get(name)?.file_stem()?;
        Some(self.places.shown().join(format!("{}.json", stem.to_string_lossy())))
    }
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::Scene;

    use super::*;

    #[test]
    fn a_scene_that_has_gone_is_replaced_and_a_file_that_makes_no_sense_says_nothing() {
        let scenes = ["Scene", "Break"].map(|name| Scene { name: name.to_owned(), ..Scene::default() }).to_vec();
        let collection = Collection { scenes, ..Collection::default() };
        let within = |on_air: &str, preview: Option<&str>| {
            let shown = Shown { on_air: on_air.to_owned(), preview: preview.map(ToOwned::to_owned) };
            let Shown { on_air, preview } = shown.within(&collection);
            (on_air, preview)
        };
        assert_eq!(within("Break", None), ("Break".to_owned(), None));
        assert_eq!(within("Gone", None), ("Scene".to_owned(), None));
        assert_eq!(within("Break", Some("Gone")), ("Break".to_owned(), Some("Break".to_owned())));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shown.json");
        assert_eq!(Shown::read(&path), Shown::default());
        fs::write(&path, "[1,").unwrap();
        assert_eq!(Shown::read(&path), Shown::default());
        let shown = Shown { on_air: "Break".to_owned(), preview: Some("Scene".to_owned()) };
        fs::write(&path, shown.write().unwrap()).unwrap();
        assert_eq!(Shown::read(&path), shown);
    }
}
