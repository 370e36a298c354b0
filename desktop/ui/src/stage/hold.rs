//! What a pointer holds on the stage, and what the items become as it moves.

use klieg_studio_model::geometry::{
    Guides, Handle, Outline, Rect, Snapped, around, cropped, middle, put, round_angle, scaled_all, shifted, snap_angle,
    snap_moved, snap_stretched, stretched, turned_all,
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
    Turn,
    /// A rectangle is drawn around what shall be selected.
    Band,
}

/// The keys that change what a drag does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub shift: bool,
    pub alt: bool,
    pub ctrl: bool,
}

/// What the handles of some items hang on: the outline of one, an upright rectangle around several.
pub fn frame(items: &[Item], canvas: Canvas) -> Option<Outline> {
    match items {
        [one] => Some(Outline::of_item(one, canvas)),
        several => around(several, canvas).map(|rect| Outline { rect, angle: 0.0 }),
    }
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
            keeps_shape: items.len() > 1 || items.iter().all(is_picture),
            items,
        }
    }

    /// The items with the pointer moved by `by`, and the lines they stick to. Ctrl keeps them from sticking.
    pub fn moved(&self, by: (f64, f64), scale: f64, held: Held) -> (Vec<Item>, Snapped) {
        let reach = if held.ctrl { -1.0 } else { REACH / scale.max(f64::MIN_POSITIVE) };
        let Some(frame) = frame(&self.items, self.canvas) else { return Default::default() };
        match self.what {
            What::Items => {
                let from = frame.bounds();
                let snapped = snap_moved(from.moved(by.0, by.1), &self.guides, reach);
                let (dx, dy) = (snapped.rect.x - from.x, snapped.rect.y - from.y);
                (self.items.iter().map(|item| shifted(item, dx, dy)).collect(), snapped)
            }
            What::Handle(handle) => match self.items.as_slice() {
                [one] if held.alt => self.crop(one, frame, handle, by, reach),
                [one] => self.stretch(one, frame, handle, by, reach, held),
                several => {
                    let snapped = snap_stretched(frame.rect, handle, by, true, &self.guides, reach);
                    (scaled_all(several, self.canvas, frame.rect, snapped.rect), snapped)
                }
            },
            What::Turn => (self.turn(by, held), Snapped::default()),
            What::Band => Default::default(),
        }
    }

    fn stretch(
        &self,
        item: &Item,
        frame: Outline,
        handle: Handle,
        by: (f64, f64),
        reach: f64,
        held: Held,
    ) -> (Vec<Item>, Snapped) {
        let kept = self.keeps_shape != held.shift;
        let snapped = if frame.angle == 0.0 && !held.ctrl {
            snap_stretched(frame.rect, handle, by, kept, &self.guides, reach)
        } else {
            let rect = stretched(frame.rect, handle, frame.to_own(by), kept);
            Snapped { rect: frame.follow(rect), ..Snapped::default() }
        };
        (vec![put(item, self.canvas, snapped.rect)], snapped)
    }

    fn crop(&self, item: &Item, frame: Outline, handle: Handle, by: (f64, f64), reach: f64) -> (Vec<Item>, Snapped) {
        if frame.angle != 0.0 {
            return (vec![cropped(item, self.canvas, handle, frame.to_own(by))], Snapped::default());
        }
        let snapped = snap_stretched(frame.rect, handle, by, false, &self.guides, reach);
        let (from, rect): (Rect, Rect) = (frame.rect, snapped.rect);
        let (across, down) = handle.edges();
        let by = (
            if across < 0 { rect.x - from.x } else { rect.right() - from.right() },
            if down < 0 { rect.y - from.y } else { rect.bottom() - from.bottom() },
        );
        (vec![cropped(item, self.canvas, handle, by)], snapped)
    }

    /// The items turned as far as the pointer has gone around their middle: with Shift in steps, with Ctrl without sticking.
    fn turn(&self, by: (f64, f64), held: Held) -> Vec<Item> {
        let centre = middle(&self.items, self.canvas);
        let angle = |(x, y): (f64, f64)| (y - centre.1).atan2(x - centre.0).to_degrees();
        let way = angle((self.start.0 + by.0, self.start.1 + by.1)) - angle(self.start);
        let put_right = |angle: f64| if held.ctrl { round_angle(angle) } else { snap_angle(angle, held.shift) };
        match self.items.as_slice() {
            [one] => vec![Item { angle: put_right(one.angle + way), ..one.clone() }],
            several => turned_all(several, self.canvas, put_right(way)),
        }
    }
}
