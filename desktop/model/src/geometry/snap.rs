//! What is dragged sticks to the canvas' edges and middles, and to those of other items.

use super::{Handle, Outline, Rect, scaled, stretched};
use crate::collection::{Collection, Scene};
use crate::show::ItemId;

/// The lines that edges and middles stick to: upright ones by their x, level ones by their y.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Guides {
    pub upright: Vec<f64>,
    pub level: Vec<f64>,
}

impl Guides {
    /// The canvas' edges and middle, and those of every item that is seen but those being moved.
    pub fn of(collection: &Collection, scene: &Scene, moved: &[ItemId]) -> Self {
        let canvas = collection.canvas;
        let others = scene.items.iter().filter(|item| {
            let has_picture = collection.source(&item.source).is_some_and(crate::Source::has_picture);
            has_picture && !scene.is_hidden(item) && !moved.contains(&item.id)
        });
        let mut guides = Self::default();
        for rect in
            std::iter::once(Rect::of_canvas(canvas)).chain(others.map(|item| Outline::of_item(item, canvas).bounds()))
        {
            guides.upright.extend([rect.x, rect.x + rect.width / 2.0, rect.right()]);
            guides.level.extend([rect.y, rect.y + rect.height / 2.0, rect.bottom()]);
        }
        guides
    }
}

/// A place that has been put right, and the lines it sticks to now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapped {
    pub rect: Rect,
    pub upright: Option<f64>,
    pub level: Option<f64>,
}

/// Of `edges`, the one that is nearest to a line within `reach`: how far to go, and the line.
fn nearest(edges: &[f64], lines: &[f64], reach: f64) -> Option<(f64, f64)> {
    let pairs = edges.iter().flat_map(|edge| lines.iter().map(move |line| (line - edge, *line)));
    pairs.filter(|(way, _)| way.abs() <= reach).min_by(|(a, _), (b, _)| a.abs().total_cmp(&b.abs()))
}

/// A moved rectangle, drawn to the nearest lines within `reach`.
pub fn snap_moved(rect: Rect, guides: &Guides, reach: f64) -> Snapped {
    let across = nearest(&[rect.x, rect.x + rect.width / 2.0, rect.right()], &guides.upright, reach);
    let down = nearest(&[rect.y, rect.y + rect.height / 2.0, rect.bottom()], &guides.level, reach);
    Snapped {
        rect: rect.moved(across.map_or(0.0, |(way, _)| way), down.map_or(0.0, |(way, _)| way)),
        upright: across.map(|(_, line)| line),
        level: down.map(|(_, line)| line),
    }
}

/// A rectangle whose handle has been dragged by `by`, the moved edges drawn to the nearest lines within `reach`.
pub fn snap_stretched(from: Rect, handle: Handle, by: (f64, f64), kept: bool, guides: &Guides, reach: f64) -> Snapped {
    let rect = stretched(from, handle, by, kept);
    let (across, down) = handle.edges();
    let moved_x = if across < 0 { rect.x } else { rect.right() };
    let moved_y = if down < 0 { rect.y } else { rect.bottom() };
    let x = if across == 0 { None } else { nearest(&[moved_x], &guides.upright, reach) };
    let y = if down == 0 { None } else { nearest(&[moved_y], &guides.level, reach) };
    if kept && handle.is_corner() {
        // One line decides; the other edge follows the shape.
        let x_leads = match (x, y) {
            (Some((a, _)), Some((b, _))) => a.abs() <= b.abs(),
            (Some(_), None) => true,
            _ => false,
        };
        return match (x, y) {
            (Some((way, line)), _) if x_leads => {
                let width = rect.width + way * f64::from(across);
                Snapped { rect: scaled(from, handle, width / from.width.max(1.0)), upright: Some(line), level: None }
            }
            (_, Some((way, line))) => {
                let height = rect.height + way * f64::from(down);
                Snapped { rect: scaled(from, handle, height / from.height.max(1.0)), upright: None, level: Some(line) }
            }
            _ => Snapped { rect, upright: None, level: None },
        };
    }
    let further = (x.map_or(0.0, |(way, _)| way), y.map_or(0.0, |(way, _)| way));
    Snapped {
        rect: stretched(rect, handle, further, false),
        upright: x.map(|(_, line)| line),
        level: y.map(|(_, line)| line),
    }
}
