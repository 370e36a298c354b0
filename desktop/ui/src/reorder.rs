//! Rows of a list that are put in order by dragging them, all of one height.

use dioxus::prelude::*;
use klieg_studio_model::layers::Step;

/// Height of a row in pixels; `.row` in the style sheet.
const ROW: f64 = 36.0;
/// Pixels after which a press is a drag.
const SLACK: f64 = 5.0;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Drag {
    from: usize,
    to: usize,
    /// Where the pointer went down.
    start: f64,
    is_moving: bool,
}

/// The drag of one list.
#[derive(Clone, Copy, PartialEq)]
pub struct Reorder(Signal<Option<Drag>>);

pub fn use_reorder() -> Reorder {
    Reorder(use_signal(|| None))
}

impl Reorder {
    pub fn press(mut self, event: &PointerEvent, row: usize) {
        if event.trigger_button() == Some(dioxus::html::input_data::MouseButton::Primary) {
            let start = event.client_coordinates().y;
            self.0.set(Some(Drag { from: row, to: row, start, is_moving: false }));
        }
    }

    /// `rows` is the length of the list.
    pub fn drag(mut self, event: &PointerEvent, rows: usize) {
        let Some(drag) = *self.0.peek() else { return };
        if event.held_buttons().is_empty() {
            self.0.set(None);
            return;
        }
        let way = event.client_coordinates().y - drag.start;
        if !drag.is_moving && way.abs() < SLACK {
            return;
        }
        let last = rows.saturating_sub(1) as f64;
        let to = (drag.from as f64 + (way / ROW).round()).clamp(0.0, last) as usize;
        let next = Drag { to, is_moving: true, ..drag };
        if next != drag {
            self.0.set(Some(next));
        }
    }

    /// Where a row was put, if one was: from and to.
    pub fn release(mut self) -> Option<(usize, usize)> {
        let drag = self.0.take()?;
        (drag.is_moving && drag.from != drag.to).then_some((drag.from, drag.to))
    }

    /// What to add to the class of a row.
    pub fn class(self, row: usize) -> &'static str {
        match *self.0.read() {
            Some(drag) if drag.is_moving && drag.from == row => " dragged",
            Some(drag) if drag.is_moving && drag.to == row && drag.to < drag.from => " drop-above",
            Some(drag) if drag.is_moving && drag.to == row && drag.to > drag.from => " drop-below",
            _ => "",
        }
    }
}

/// Where Alt and an arrow key put a row.
pub fn by_key(event: &KeyboardEvent, row: usize, rows: usize) -> Option<usize> {
    match way(event)? {
        Step::Up => row.checked_sub(1),
        Step::Down => (row + 1 < rows).then_some(row + 1),
    }
}

/// Which way Alt and an arrow key move a row.
pub fn way(event: &KeyboardEvent) -> Option<Step> {
    if !event.modifiers().alt() {
        return None;
    }
    match event.key() {
        Key::ArrowUp => Some(Step::Up),
        Key::ArrowDown => Some(Step::Down),
        _ => None,
    }
}
