//! What is seen of an item when it stands askew: a rectangle, turned around its middle.

use super::{Handle, Rect, shifted};
use crate::show::{Canvas, Item};

/// Degrees within which an item sticks to a quarter turn.
const STICKS: f64 = 3.0;
/// Degrees between the angles that Shift allows.
const STEP: f64 = 15.0;

/// A rectangle and the angle by which it is turned around its middle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outline {
    pub rect: Rect,
    /// Degrees clockwise.
    pub angle: f64,
}

impl Outline {
    pub fn of_item(item: &Item, canvas: Canvas) -> Self {
        Self { rect: Rect::of_item(item, canvas), angle: item.angle }
    }

    /// A way along the canvas' edges as one along the outline's own.
    pub fn to_own(&self, way: (f64, f64)) -> (f64, f64) {
        turned(way, -self.angle)
    }

    /// A way along the outline's own edges as one along the canvas'.
    pub fn to_canvas(&self, way: (f64, f64)) -> (f64, f64) {
        turned(way, self.angle)
    }

    pub fn contains(&self, point: (f64, f64)) -> bool {
        let centre = self.rect.centre();
        let (x, y) = self.to_own((point.0 - centre.0, point.1 - centre.1));
        self.rect.contains((centre.0 + x, centre.1 + y))
    }

    /// Where a point of the rectangle is when it is turned.
    pub fn at(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let centre = self.rect.centre();
        let (dx, dy) = self.to_canvas((x - centre.0, y - centre.1));
        (centre.0 + dx, centre.1 + dy)
    }

    /// From the top left one of the rectangle, clockwise.
    pub fn corners(&self) -> [(f64, f64); 4] {
        [Handle::TopLeft, Handle::TopRight, Handle::BottomRight, Handle::BottomLeft]
            .map(|handle| self.at(handle.on(self.rect)))
    }

    /// The smallest upright rectangle around it.
    pub fn bounds(&self) -> Rect {
        if self.angle == 0.0 {
            return self.rect;
        }
        let corners = self.corners().map(|corner| Rect::between(corner, corner));
        Rect::around(corners).unwrap_or(self.rect)
    }

    /// Where a rectangle that was made of this one along its own edges has to stand, now that it turns around its own middle.
    pub fn follow(&self, rect: Rect) -> Rect {
        rect.centred(self.at(rect.centre()))
    }
}

/// A way turned clockwise. Quarter turns are exact.
pub(super) fn turned((x, y): (f64, f64), angle: f64) -> (f64, f64) {
    let (sin, cos) = match angle.rem_euclid(360.0) {
        0.0 => return (x, y),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        other => other.to_radians().sin_cos(),
    };
    (x * cos - y * sin, x * sin + y * cos)
}

/// `after`, made of `before` by cutting or stretching its edges, moved so that the edges that were left alone stay where they
/// are although it turns around another middle.
pub fn anchored(before: &Item, after: Item, canvas: Canvas) -> Item {
    if before.angle == 0.0 {
        return after;
    }
    let rect = Rect::of_item(&after, canvas);
    let there = Outline::of_item(before, canvas).follow(rect);
    shifted(&after, there.x - rect.x, there.y - rect.y)
}

/// An angle as an item has it: more than -180 to 180, in tenths.
pub fn round_angle(angle: f64) -> f64 {
    let angle = ((angle * 10.0).round() / 10.0).rem_euclid(360.0);
    if angle > 180.0 { angle - 360.0 } else { angle }
}

/// An angle that a pointer asks for: in steps of 15 degrees, or drawn to a quarter turn that is near.
pub fn snap_angle(angle: f64, in_steps: bool) -> f64 {
    let step = if in_steps { STEP } else { 90.0 };
    let near = (angle / step).round() * step;
    round_angle(if in_steps || (angle - near).abs() <= STICKS { near } else { angle })
}
