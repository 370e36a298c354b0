//! Several items scaled and turned as one.

use super::outline::turned;
use super::{Outline, Rect, put, round_angle};
use crate::show::{Canvas, Item};

/// The smallest rectangle around what is seen of some items; none around none.
pub fn around<'a>(items: impl IntoIterator<Item = &'a Item>, canvas: Canvas) -> Option<Rect> {
    Rect::around(items.into_iter().map(|item| Outline::of_item(item, canvas).bounds()))
}

/// What several items turn around: the middle of their middles, which stays where it is when they turn.
pub fn middle(items: &[Item], canvas: Canvas) -> (f64, f64) {
    let count = items.len().max(1) as f64;
    let centres = items.iter().map(|item| Rect::of_item(item, canvas).centre());
    let (x, y) = centres.fold((0.0, 0.0), |sum, centre| (sum.0 + centre.0, sum.1 + centre.1));
    (x / count, y / count)
}

/// The items, which stand in `from`, in `to`, which has the same shape.
pub fn scaled_all(items: &[Item], canvas: Canvas, from: Rect, to: Rect) -> Vec<Item> {
    let scale = to.width / from.width.max(1.0);
    let one = |item: &Item| {
        let rect = Rect::of_item(item, canvas);
        let (x, y) = rect.centre();
        let larger = Rect { width: rect.width * scale, height: rect.height * scale, ..rect };
        put(item, canvas, larger.centred((to.x + (x - from.x) * scale, to.y + (y - from.y) * scale)))
    };
    items.iter().map(one).collect()
}

/// The items turned by so many degrees around their [`middle`], each as far from it as before.
pub fn turned_all(items: &[Item], canvas: Canvas, by: f64) -> Vec<Item> {
    let around = middle(items, canvas);
    let one = |item: &Item| {
        let rect = Rect::of_item(item, canvas);
        let (x, y) = rect.centre();
        let (dx, dy) = turned((x - around.0, y - around.1), by);
        let there = rect.centred((around.0 + dx, around.1 + dy));
        let moved = super::shifted(item, there.x - rect.x, there.y - rect.y);
        Item { angle: round_angle(item.angle + by), ..moved }
    };
    items.iter().map(one).collect()
}
