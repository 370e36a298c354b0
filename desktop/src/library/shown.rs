//! Which scenes of a collection were shown last. It stands beside the collection and not in it: no step of undo changes it, and who is
//! given the collection's file begins with its first scene.

use std::path::Path;

use klieg_studio_model::Collection;
use serde::{Deserialize, Serialize};

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
    pub(super) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// What [`read`](Self::read) reads.
    pub(super) fn write(&self) -> serde_json::Result<String> {
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
        std::fs::write(&path, "[1,").unwrap();
        assert_eq!(Shown::read(&path), Shown::default());
        let shown = Shown { on_air: "Break".to_owned(), preview: Some("Scene".to_owned()) };
        std::fs::write(&path, shown.write().unwrap()).unwrap();
        assert_eq!(Shown::read(&path), shown);
    }
}
