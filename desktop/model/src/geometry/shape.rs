//! How a picture that keeps its shape stands in an item of another shape: as large as fits, in the middle.

use super::{Rect, put};
use crate::event::Shape;
use crate::show::{Canvas, Crop, Item, Turn};

/// In pixels. A picture that leaves less free fills its place: the engine's pictures have even sides, so that their shape is not quite
/// the source's, and a line of what is behind would show.
const SLACK: u64 = 2;

impl Shape {
    /// As it is seen when it is turned.
    #[must_use]
    pub fn turned(self, turn: Turn) -> Self {
        if turn.is_quarter() { Self { width: self.height, height: self.width } } else { self }
    }
}

/// What a picture leaves free of a place, on each side.
pub fn margins(shape: Shape, place: (u32, u32)) -> Crop {
    let [width, height, across, down] =
        [shape.width, shape.height, place.0, place.1].map(|side| u64::from(side.max(1)));
    // What is left of a side when the picture fills the other one.
    let free = |whole: u64, part: u64, of: u64| {
        let free = whole.saturating_sub(((part + of / 2) / of).max(2));
        if free <= SLACK { (0, 0) } else { ((free / 2) as u32, (free - free / 2) as u32) }
    };
    if width * down > height * across {
        let (top, bottom) = free(down, height * across, width);
        Crop { top, bottom, ..Crop::default() }
    } else {
        let (left, right) = free(across, width * down, height);
        Crop { left, right, ..Crop::default() }
    }
}

/// An upright item without what its picture leaves free of it. It looks as before.
fn trimmed(item: &Item, canvas: Canvas, shape: Shape) -> Item {
    let place = item.size(canvas);
    let free = margins(shape.turned(item.turn), place);
    let (width, height) = free.rest(place);
    let crop = Crop {
        left: item.crop.left.saturating_sub(free.left),
        top: item.crop.top.saturating_sub(free.top),
        right: item.crop.right.saturating_sub(free.right),
        bottom: item.crop.bottom.saturating_sub(free.bottom),
    };
    let (x, y) = (item.x.saturating_add_unsigned(free.left), item.y.saturating_add_unsigned(free.top));
    Item { x, y, width: Some(width), height: Some(height), crop, ..item.clone() }
}

/// The item upright and as large as fits into the canvas, in the shape of what is seen of its picture, or of the item if that is not
/// known.
pub fn fitted(item: &Item, canvas: Canvas, shape: Option<Shape>) -> Item {
    let upright = Item { angle: 0.0, ..item.clone() };
    let own = shape.map_or_else(|| upright.clone(), |shape| trimmed(&upright, canvas, shape));
    put(&own, canvas, Rect::of_item(&own, canvas).fitted(Rect::of_canvas(canvas)))
}
