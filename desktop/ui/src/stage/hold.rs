//! What a pointer holds on the stage, and what the items become as it moves.

use klieg_studio_model::geometry::{
    Guides, Handle, Rect, Snapped, cropped, put, shifted, snap_moved, snap_stretched, stretched,
};
use klieg_studio_model::{Canvas, Item, Source, Studio};

use crate::studio::edited;

/// Pixels of the window within which edges stick.
const REACH: f64 = 8.0;

#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub what: What,
    /// Where it began, in pixels of the canvas.
    pub start: (f64, f64),
    pub gesture: u32,
    /// Whether it has moved; a press that has not is a click.
    pub has_moved: bool,
    /// The items as they were.
    items: Vec<Item>,
    canvas: Canvas,
    guides: Guides,
    /// Whether a corner keeps the shape unless Shift is held.
    keeps_shape: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    Items,
    Handle(Handle),
}

/// The keys that change what a drag does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub shift: bool,
    pub alt: bool,
    pub ctrl: bool,
}

impl Hold {
    pub fn new(studio: &Studio, items: Vec<Item>, what: What, start: (f64, f64), gesture: u32) -> Self {
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        let collection = &studio.collection;
        let scene = collection.scene(&edited(studio));
        let is_picture =
            |item: &Item| !matches!(collection.source(&item.source), Some(Source::Text(_) | Source::Colour(_)));
        Self {
            what,
            start,
            gesture,
            has_moved: false,
            canvas: collection.canvas,
            guides: scene.map(|scene| Guides::of(collection, scene, &ids)).unwrap_or_default(),
            keeps_shape: items.iter().all(is_picture),
            items,
        }
    }

    /// The items with the pointer moved by `(dx, dy)`, and the lines they stick to. Ctrl keeps them from sticking.
    pub fn moved(&self, (dx, dy): (f64, f64), scale: f64, held: Held) -> (Vec<Item>, Snapped) {
        let reach = if held.ctrl { -1.0 } else { REACH / scale.max(f64::MIN_POSITIVE) };
        match self.what {
            What::Items => {
                let all = self.items.iter().map(|item| Rect::of_item(item, self.canvas));
                let from = Rect::around(all).unwrap_or_default();
                let snapped = snap_moved(from.moved(dx, dy), &self.guides, reach);
                let (dx, dy) = (snapped.rect.x - from.x, snapped.rect.y - from.y);
                (self.items.iter().map(|item| shifted(item, dx, dy)).collect(), snapped)
            }
            What::Handle(handle) => {
                let Some(item) = self.items.first() else { return (Vec::new(), Snapped::default()) };
                let from = Rect::of_item(item, self.canvas);
                if held.alt {
                    let snapped = snap_stretched(from, handle, (dx, dy), false, &self.guides, reach);
                    let rect = snapped.rect;
                    let (across, down) = handle.edges();
                    let by = (
                        if across < 0 { rect.x - from.x } else { rect.right() - from.right() },
                        if down < 0 { rect.y - from.y } else { rect.bottom() - from.bottom() },
                    );
                    return (vec![cropped(item, self.canvas, handle, by)], snapped);
                }
                let kept = self.keeps_shape != held.shift;
                let snapped = if held.ctrl {
                    Snapped { rect: stretched(from, handle, (dx, dy), kept), ..Snapped::default() }
                } else {
                    snap_stretched(from, handle, (dx, dy), kept, &self.guides, reach)
                };
                (vec![put(item, self.canvas, snapped.rect)], snapped)
            }
        }
    }
}
