//! Where a new item is put, so that it does not cover what is there: what fills the picture lies below, a camera stands in a
//! corner, words stand at the bottom. Once the shape of its source is known, it has that.

use std::cmp::Ordering;

use crate::collection::{Collection, Scene};
use crate::event::Shape;
use crate::geometry::margins;
use crate::show::{Canvas, Item};
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

    /// An item for one more appearance of a source in a scene, placed as a new source would be, in the source's shape if that is
    /// known. Full if there is none of these names.
    pub fn another(&self, source: &str, scene: &str, shape: Option<Shape>) -> Item {
        let found = self.source(source).zip(self.scene(scene));
        let item = found.map_or_else(|| Item::full(source), |(source, scene)| self.placed(source, scene));
        shape.map_or_else(|| item.clone(), |shape| shaped(&item, self.canvas, shape))
    }

    /// Where in a scene's order a new item goes, from 0: a screen lies below the small pictures that are there already.
    pub(crate) fn place_of(&self, source: &Source, scene: &Scene) -> usize {
        if !fills(source) {
            return scene.items.len();
        }
        let small = |item: &Item| self.is_picture(item) && !self.is_ground(item);
        scene.items.iter().position(small).unwrap_or(scene.items.len())
    }

    fn is_picture(&self, item: &Item) -> bool {
        self.source(&item.source).is_some_and(Source::has_picture)
    }

    /// Whether an item is one on which others stand: it takes more than half of the canvas, as what fills it in another shape does.
    fn is_ground(&self, item: &Item) -> bool {
        let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
        2 * area(item.size(self.canvas)) > area((self.canvas.width, self.canvas.height))
    }

    /// Whether an item that is no ground stands where `[x, y, width, height]` is.
    fn meets(&self, item: &Item, [x, y, w, h]: [f64; 4]) -> bool {
        let (left, top) = (f64::from(item.x), f64::from(item.y));
        let (width, height) = item.size(self.canvas);
        let (right, bottom) = (left + f64::from(width), top + f64::from(height));
        !self.is_ground(item) && left < x + w && x < right && top < y + h && y < bottom
    }

    /// Takes another canvas. What was as large as fits into the one before, in its middle, is so again.
    pub(crate) fn take_canvas(&mut self, canvas: Canvas) {
        let before = std::mem::replace(&mut self.canvas, canvas);
        for item in self.scenes.iter_mut().flat_map(|scene| &mut scene.items) {
            let whole = Item { x: 0, y: 0, width: None, height: None, ..item.clone() };
            let size = item.width.zip(item.height).filter(|_| item.crop.is_none() && item.angle == 0.0);
            if let Some((width, height)) = size
                && is_placed_as(item, &shaped(&whole, before, Shape { width, height }))
            {
                *item = shaped(&whole, canvas, Shape { width, height });
            }
        }
    }
}

/// A new item in the shape of its source: as large as fits into the place that it was given, and as far from the nearer edges of
/// the canvas.
pub(crate) fn shaped(item: &Item, canvas: Canvas, shape: Shape) -> Item {
    let place = item.size(canvas);
    let free = margins(shape, place);
    if free.is_none() {
        return item.clone();
    }
    let along = |at: i32, (before, behind): (u32, u32), side: u32, canvas: u32| {
        let beyond = i64::from(canvas) - i64::from(at) - i64::from(side);
        let by = match i64::from(at).cmp(&beyond) {
            Ordering::Less => 0,
            Ordering::Equal => before,
            Ordering::Greater => before + behind,
        };
        at.saturating_add_unsigned(by)
    };
    let (width, height) = free.rest(place);
    Item {
        x: along(item.x, (free.left, free.right), place.0, canvas.width),
        y: along(item.y, (free.top, free.bottom), place.1, canvas.height),
        width: Some(width),
        height: Some(height),
        ..item.clone()
    }
}

/// Whether two items stand alike.
pub(crate) fn is_placed_as(one: &Item, other: &Item) -> bool {
    let place = |item: &Item| (item.x, item.y, item.width, item.height, item.turn, item.crop);
    place(one) == place(other) && one.angle.to_bits() == other.angle.to_bits()
}

/// Whether a source is a picture that others stand on.
fn fills(source: &Source) -> bool {
    matches!(source, Source::Screen(_) | Source::ScreenCast(_) | Source::Window(_) | Source::Colour(_))
}
