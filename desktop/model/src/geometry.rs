//! Where items stand on the canvas and where a pointer puts them: hit-testing, resizing, cropping, turning, snapping.
//!
//! Pure: what the interface draws and drags is decided here. All lengths are in pixels of the canvas, all angles in degrees
//! clockwise.

mod outline;
mod several;
mod shape;
mod snap;

pub use self::outline::{Outline, anchored, round_angle, snap_angle};
pub use self::several::{around, middle, scaled_all, turned_all};
pub use self::shape::{fitted, margins};
pub use self::snap::{Guides, Snapped, snap_moved, snap_stretched};
use crate::check::MAX_SIDE;
use crate::collection::{Collection, Scene};
use crate::show::{Canvas, Crop, Item, ItemId};

/// Least side of what is seen of an item that a pointer can still hold.
const LEAST: f64 = 8.0;

/// An upright rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    pub const fn new(x: f64, y: f64, width: f64, height: f64) -> Self {
        Self { x, y, width, height }
    }

    pub fn of_canvas(canvas: Canvas) -> Self {
        Self::new(0.0, 0.0, f64::from(canvas.width), f64::from(canvas.height))
    }

    /// What is seen of an item: its place without what is cropped, before it is turned around its middle.
    pub fn of_item(item: &Item, canvas: Canvas) -> Self {
        let (width, height) = item.crop.rest(item.size(canvas));
        Self::new(
            f64::from(item.x) + f64::from(item.crop.left),
            f64::from(item.y) + f64::from(item.crop.top),
            f64::from(width),
            f64::from(height),
        )
    }

    pub fn right(&self) -> f64 {
        self.x + self.width
    }

    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }

    pub fn centre(&self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// This rectangle with its middle elsewhere.
    pub fn centred(self, (x, y): (f64, f64)) -> Self {
        Self { x: x - self.width / 2.0, y: y - self.height / 2.0, ..self }
    }

    /// The rectangle with these corners, which may lie anyhow.
    pub fn between(a: (f64, f64), b: (f64, f64)) -> Self {
        Self::new(a.0.min(b.0), a.1.min(b.1), (a.0 - b.0).abs(), (a.1 - b.1).abs())
    }

    pub fn contains(&self, (x, y): (f64, f64)) -> bool {
        (self.x..self.right()).contains(&x) && (self.y..self.bottom()).contains(&y)
    }

    pub fn moved(self, dx: f64, dy: f64) -> Self {
        Self { x: self.x + dx, y: self.y + dy, ..self }
    }

    /// The smallest rectangle around several; none around none.
    pub fn around(all: impl IntoIterator<Item = Self>) -> Option<Self> {
        all.into_iter().reduce(|a, b| {
            let (x, y) = (a.x.min(b.x), a.y.min(b.y));
            Self::new(x, y, a.right().max(b.right()) - x, a.bottom().max(b.bottom()) - y)
        })
    }

    /// The largest rectangle of this one's shape inside `frame`, in its middle.
    pub fn fitted(self, frame: Self) -> Self {
        let scale = (frame.width / self.width.max(1.0)).min(frame.height / self.height.max(1.0));
        let (width, height) = (self.width * scale, self.height * scale);
        Self::new(frame.x + (frame.width - width) / 2.0, frame.y + (frame.height - height) / 2.0, width, height)
    }
}

/// Whether a pointer can take an item: it is seen, and not locked.
fn can_be_taken(collection: &Collection, scene: &Scene, item: &Item) -> bool {
    let has_picture = collection.source(&item.source).is_some_and(crate::Source::has_picture);
    has_picture && !scene.is_hidden(item) && !scene.is_locked(item)
}

/// The topmost item under a point that can be taken.
pub fn item_at(collection: &Collection, scene: &Scene, point: (f64, f64)) -> Option<ItemId> {
    let is_there = |item: &&Item| Outline::of_item(item, collection.canvas).contains(point);
    let mut found = scene.items.iter().rev().filter(is_there);
    found.find(|item| can_be_taken(collection, scene, item)).map(|item| item.id)
}

/// The items that a rectangle touches and that can be taken, from the bottom up. One that it lies within is not meant: it is
/// the ground on which others are chosen.
pub fn items_within(collection: &Collection, scene: &Scene, band: Rect) -> Vec<ItemId> {
    let touches = |item: &&Item| {
        let outline = Outline::of_item(item, collection.canvas);
        let seen = outline.bounds();
        let corners = Outline { rect: band, angle: 0.0 }.corners();
        let is_ground = corners.into_iter().all(|corner| outline.contains(corner));
        !is_ground && seen.x < band.right() && band.x < seen.right() && seen.y < band.bottom() && band.y < seen.bottom()
    };
    let taken = scene.items.iter().filter(|item| can_be_taken(collection, scene, item));
    taken.filter(touches).map(|item| item.id).collect()
}

/// One of the eight points by which an item is resized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handle {
    TopLeft,
    Top,
    TopRight,
    Right,
    BottomRight,
    Bottom,
    BottomLeft,
    Left,
}

impl Handle {
    pub const ALL: [Self; 8] = [
        Self::TopLeft,
        Self::Top,
        Self::TopRight,
        Self::Right,
        Self::BottomRight,
        Self::Bottom,
        Self::BottomLeft,
        Self::Left,
    ];

    /// Which edges it moves: -1 the left or top one, 1 the right or bottom one, 0 none.
    pub const fn edges(self) -> (i8, i8) {
        match self {
            Self::TopLeft => (-1, -1),
            Self::Top => (0, -1),
            Self::TopRight => (1, -1),
            Self::Right => (1, 0),
            Self::BottomRight => (1, 1),
            Self::Bottom => (0, 1),
            Self::BottomLeft => (-1, 1),
            Self::Left => (-1, 0),
        }
    }

    pub const fn is_corner(self) -> bool {
        let (across, down) = self.edges();
        across != 0 && down != 0
    }

    /// Where it is on a rectangle.
    pub fn on(self, rect: Rect) -> (f64, f64) {
        let (across, down) = self.edges();
        (rect.x + rect.width * f64::from(across + 1) / 2.0, rect.y + rect.height * f64::from(down + 1) / 2.0)
    }
}

/// `rect` with a handle dragged by `(dx, dy)`; a corner keeps the shape if `kept`.
pub fn stretched(rect: Rect, handle: Handle, (dx, dy): (f64, f64), kept: bool) -> Rect {
    let (across, down) = handle.edges();
    let width = (rect.width + dx * f64::from(across)).max(LEAST);
    let height = (rect.height + dy * f64::from(down)).max(LEAST);
    if kept && handle.is_corner() {
        let (by_width, by_height) = (width / rect.width.max(1.0), height / rect.height.max(1.0));
        let leads = (by_width - 1.0).abs() >= (by_height - 1.0).abs();
        return scaled(rect, handle, if leads { by_width } else { by_height });
    }
    let x = if across < 0 { rect.right() - width } else { rect.x };
    let y = if down < 0 { rect.bottom() - height } else { rect.y };
    Rect::new(x, y, width, height)
}

/// `rect` times `scale`, with the corner or edge opposite the handle where it was.
fn scaled(rect: Rect, handle: Handle, scale: f64) -> Rect {
    let least = (LEAST / rect.width.max(1.0)).max(LEAST / rect.height.max(1.0));
    let scale = scale.max(least);
    let (width, height) = (rect.width * scale, rect.height * scale);
    let (across, down) = handle.edges();
    let x = if across < 0 { rect.right() - width } else { rect.x };
    let y = if down < 0 { rect.bottom() - height } else { rect.y };
    Rect::new(x, y, width, height)
}

/// The item with what is seen of it stretched to `rect`; what is cropped grows with it.
pub fn put(item: &Item, canvas: Canvas, rect: Rect) -> Item {
    let seen = Rect::of_item(item, canvas);
    let (sx, sy) = (rect.width / seen.width.max(1.0), rect.height / seen.height.max(1.0));
    let grown = |length: u32, by: f64| (f64::from(length) * by).round().max(0.0) as u32;
    let crop = Crop {
        left: grown(item.crop.left, sx),
        right: grown(item.crop.right, sx),
        top: grown(item.crop.top, sy),
        bottom: grown(item.crop.bottom, sy),
    };
    let side = |seen: f64, cut: u32| (seen.round() as u32).saturating_add(cut).clamp(2, MAX_SIDE);
    Item {
        x: edge(rect.x - f64::from(crop.left)),
        y: edge(rect.y - f64::from(crop.top)),
        width: Some(side(rect.width, crop.left + crop.right)),
        height: Some(side(rect.height, crop.top + crop.bottom)),
        crop,
        ..item.clone()
    }
}

/// The item moved, its size as it is.
pub fn shifted(item: &Item, dx: f64, dy: f64) -> Item {
    Item { x: edge(f64::from(item.x) + dx), y: edge(f64::from(item.y) + dy), ..item.clone() }
}

fn edge(at: f64) -> i32 {
    let reach = f64::from(MAX_SIDE);
    at.round().clamp(-reach, reach) as i32
}

/// The item with its edges at a handle cropped by `(dx, dy)`, along its own edges; what is left stays where it is.
pub fn cropped(item: &Item, canvas: Canvas, handle: Handle, (dx, dy): (f64, f64)) -> Item {
    let (across, down) = handle.edges();
    let (width, height) = item.size(canvas);
    let cut = |now: u32, by: f64, side: u32, other: u32| {
        let most = f64::from(side.saturating_sub(other)) - LEAST;
        (f64::from(now) + by).round().clamp(0.0, most.max(0.0)) as u32
    };
    let mut crop = item.crop;
    match across {
        -1 => crop.left = cut(crop.left, dx, width, crop.right),
        1 => crop.right = cut(crop.right, -dx, width, crop.left),
        _ => {}
    }
    match down {
        -1 => crop.top = cut(crop.top, dy, height, crop.bottom),
        1 => crop.bottom = cut(crop.bottom, -dy, height, crop.top),
        _ => {}
    }
    anchored(item, Item { crop, ..item.clone() }, canvas)
}

/// How the canvas is shown in a window: moved by `left` and `top`, then `scale` window pixels to one of the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    pub left: f64,
    pub top: f64,
    pub scale: f64,
}

impl View {
    /// The canvas as large as it can be in a place of the window, with `margin` around it.
    pub fn fitted(canvas: Canvas, (width, height): (f64, f64), margin: f64) -> Self {
        let room = Rect::new(margin, margin, (width - 2.0 * margin).max(1.0), (height - 2.0 * margin).max(1.0));
        let shown = Rect::of_canvas(canvas).fitted(room);
        Self { left: shown.x, top: shown.y, scale: shown.width / f64::from(canvas.width.max(1)) }
    }

    pub fn to_canvas(&self, (x, y): (f64, f64)) -> (f64, f64) {
        let scale = self.scale.max(f64::MIN_POSITIVE);
        ((x - self.left) / scale, (y - self.top) / scale)
    }

    pub fn to_window(&self, rect: Rect) -> Rect {
        Rect::new(
            self.left + rect.x * self.scale,
            self.top + rect.y * self.scale,
            rect.width * self.scale,
            rect.height * self.scale,
        )
    }
}
