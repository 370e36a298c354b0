//! Where a new item is put, so that it does not cover what is there: what fills the picture lies below, a camera stands in a
//! corner, words stand at the bottom.

use crate::collection::{Collection, Scene};
use crate::show::Item;
use crate::source::Source;

/// A corner picture's width as a share of the canvas'.
const SMALL: f64 = 0.28;
/// Its distance from the edges, as a share of the canvas' width.
const GAP: f64 = 0.02;

impl Collection {
    /// An item for a source that is new in the scene: it fills the canvas if it is the first picture, and otherwise takes the
    /// first corner that is free.
    ///
    /// Microphones and the like have no place. A screen that comes when there is only a camera fills the canvas as well: see
    /// [`below`](Self::below).
    pub(crate) fn placed(&self, source: &Source, scene: &Scene) -> Item {
        let whole = Item::full(source.name().to_owned());
        let others: Vec<&Item> = scene.items.iter().filter(|item| self.is_picture(item)).collect();
        // A page is mostly clear: it lies over everything.
        let covers = fills(source) || matches!(source, Source::Browser(_));
        if !source.has_picture() || others.is_empty() || covers {
            return whole;
        }
        let (width, height) = (f64::from(self.canvas.width), f64::from(self.canvas.height));
        let gap = (width * GAP).round();
        let (w, h) = match source {
            Source::Text(_) => ((width * 0.6).round(), (height * 0.2).round()),
            _ => ((width * SMALL).round(), (height * SMALL).round()),
        };
        let (left, right, top, bottom) = (gap, width - w - gap, gap, height - h - gap);
        let corners = match source {
            Source::Text(_) => [(left, bottom), (left, top), (right, bottom), (right, top)],
            _ => [(right, bottom), (left, bottom), (right, top), (left, top)],
        };
        let is_free = |(x, y): &(f64, f64)| !others.iter().any(|item| self.meets(item, [*x, *y, w, h]));
        let (x, y) = corners.into_iter().find(is_free).unwrap_or((right, bottom));
        Item { x: x as i32, y: y as i32, width: Some(w as u32), height: Some(h as u32), ..whole }
    }

    /// An item for one more appearance of a source in a scene, placed as a new source would be. Full if there is none of these
    /// names.
    pub fn another(&self, source: &str, scene: &str) -> Item {
        let found = self.source(source).zip(self.scene(scene));
        found.map_or_else(|| Item::full(source), |(source, scene)| self.placed(source, scene))
    }

    /// Where in a scene's order a new item goes, from 0: a screen lies below the small pictures that are there already.
    pub(crate) fn place_of(&self, source: &Source, scene: &Scene) -> usize {
        if !fills(source) {
            return scene.items.len();
        }
        let small = |item: &Item| self.is_picture(item) && item.width.is_some();
        scene.items.iter().position(small).unwrap_or(scene.items.len())
    }

    fn is_picture(&self, item: &Item) -> bool {
        self.source(&item.source).is_some_and(Source::has_picture)
    }

    /// Whether an item that does not fill the canvas stands where `[x, y, width, height]` is.
    fn meets(&self, item: &Item, [x, y, w, h]: [f64; 4]) -> bool {
        let (Some(width), Some(height)) = (item.width, item.height) else { return false };
        let (left, top) = (f64::from(item.x), f64::from(item.y));
        let (width, height) = (f64::from(width), f64::from(height));
        let is_whole = width >= f64::from(self.canvas.width) && height >= f64::from(self.canvas.height);
        !is_whole && left < x + w && x < left + width && top < y + h && y < top + height
    }
}

/// Whether a source is a picture that others stand on.
fn fills(source: &Source) -> bool {
    matches!(source, Source::Screen(_) | Source::ScreenCast(_) | Source::Window(_) | Source::Colour(_))
}
