//! How a picture that keeps its shape stands in an item of another shape: as large as fits, in the middle.

use crate::event::Shape;
use crate::show::Crop;

/// In pixels. A picture that leaves less free fills its place: the engine's pictures have even sides, so that their shape is not quite
/// the source's, and a line of what is behind would show.
const SLACK: u64 = 2;

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
