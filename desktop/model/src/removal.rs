//! What goes when items are taken out of a scene: for the question before it.

use crate::collection::Collection;
use crate::show::{Item, ItemId};

impl Collection {
    /// The sources that go from the collection, with their settings and filters, when these items of a scene go: no other item shows them.
    pub fn going_with(&self, scene: &str, ids: &[ItemId]) -> Vec<String> {
        let goes = |of: &str, item: &Item| of == scene && ids.contains(&item.id);
        let items = || self.scenes.iter().flat_map(|of| of.items.iter().map(move |item| (of.name.as_str(), item)));
        let stays = |source: &str| items().any(|(of, item)| item.source == source && !goes(of, item));
        let mut going: Vec<String> = Vec::new();
        for (_, Item { source, .. }) in items().filter(|(of, item)| goes(of, item)) {
            if !going.contains(source) && !stays(source) {
                going.push(source.clone());
            }
        }
        going
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::Edit;
    use crate::source::{Plain, Source};

    #[test]
    fn a_source_goes_with_the_last_item_that_shows_it() {
        let mut collection = Collection::default();
        let source = |name: &str| Source::Colour(Plain { name: name.to_owned(), colour: "#204060".parse().unwrap() });
        let scene = || "Scene".to_owned();
        collection.apply(Edit::AddScene { name: "Break".to_owned() }).unwrap();
        for name in ["wall", "logo"] {
            collection.apply(Edit::AddSource { source: source(name), scene: scene() }).unwrap();
        }
        let going = |collection: &Collection, ids: &[ItemId]| collection.going_with("Scene", ids);
        assert_eq!(going(&collection, &[1]), ["wall"]);
        assert_eq!(going(&collection, &[1, 2]), ["wall", "logo"]);
        // Twice in a scene, and in another one.
        collection.apply(Edit::DuplicateItems { scene: scene(), ids: vec![1] }).unwrap();
        let copy = collection.scenes[0].items.iter().find(|item| item.source == "wall" && item.id != 1).unwrap().id;
        assert!(going(&collection, &[1]).is_empty());
        assert_eq!(going(&collection, &[1, copy]), ["wall"]);
        let wall = collection.scenes[0].item(1).unwrap().clone();
        collection.scenes[1].items.push(Item { id: 0, ..wall });
        collection.number_items();
        assert!(going(&collection, &[1, copy]).is_empty());
        let before = collection.clone();
        collection.apply(Edit::RemoveItems { scene: scene(), ids: vec![1, 2, copy] }).unwrap();
        let gone: Vec<_> =
            before.sources.iter().map(Source::name).filter(|name| collection.source(name).is_none()).collect();
        assert_eq!(gone, ["logo"], "as an edit does it");
        assert_eq!(going(&before, &[1, 2, copy]), ["logo"]);
    }
}
