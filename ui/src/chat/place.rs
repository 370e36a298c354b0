//! Where things stand in the list of messages, as the page has them: what is read or used stays where it is.

use web_sys::{Document, Element};

/// Pixels from the bottom that still count as there.
pub(super) const NEAR: f64 = 60.0;
/// Pixels that are lost where a place is kept in whole ones.
const ROUNDED: f64 = 2.0;

/// Where a message stands in the list, in pixels from its top.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    message: String,
    top: f64,
}

impl Place {
    /// That of the first message that is drawn.
    pub(super) fn of_first() -> Option<Self> {
        let message = find(".chat-list [data-message]")?;
        Some(Self { message: message.get_attribute("data-message")?, top: distance(&list_of(&message)?, &message) })
    }

    /// How far the message has moved since then, in which list; nothing if it is gone.
    fn moved(&self) -> Option<(Element, f64)> {
        let message = page()?.get_element_by_id(&format!("message-{}", self.message))?;
        let list = list_of(&message)?;
        let moved = distance(&list, &message) - self.top;
        Some((list, moved))
    }

    /// Scrolls the list so that the message stands where it did.
    pub(super) fn keep(&self) {
        if let Some((list, moved)) = self.moved() {
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }

    /// Whether the message stands where it did.
    pub(super) fn is_kept(&self) -> bool {
        self.moved().is_some_and(|(_, moved)| moved.abs() <= ROUNDED)
    }
}

/// Whether the newest message is in sight.
pub(super) fn is_at_bottom() -> bool {
    find(".chat-list")
        .is_some_and(|list| f64::from(list.scroll_height() - list.scroll_top() - list.client_height()) < NEAR)
}

/// Whether the keys go to a field in the list, such as that of a report.
pub(super) fn is_writing() -> bool {
    let at = page().and_then(|page| page.active_element());
    at.and_then(|at| at.closest(".chat-list :is(input, textarea)").ok().flatten()).is_some()
}

/// Whether something is open in a line, and in sight or written in.
pub(super) fn is_used() -> bool {
    let in_sight = find_open().is_some_and(|(list, open)| {
        let (list, open) = (list.get_bounding_client_rect(), open.get_bounding_client_rect());
        open.bottom() > list.top() && open.top() < list.bottom()
    });
    in_sight || is_writing()
}

/// Scrolls what is open in a line into sight, if it reaches below the list.
pub(super) fn reveal() {
    if let Some((list, open)) = find_open() {
        let below = open.get_bounding_client_rect().bottom() - list.get_bounding_client_rect().bottom();
        if below > 0.0 {
            list.set_scroll_top(list.scroll_top() + below.ceil() as i32);
        }
    }
}

/// What is open in a line, after the list.
fn find_open() -> Option<(Element, Element)> {
    let open = find(".chat-list .line-choice")?;
    Some((list_of(&open)?, open))
}

fn page() -> Option<Document> {
    web_sys::window()?.document()
}

fn find(selectors: &str) -> Option<Element> {
    page()?.query_selector(selectors).ok()?
}

fn list_of(element: &Element) -> Option<Element> {
    element.closest(".chat-list").ok()?
}

fn distance(list: &Element, message: &Element) -> f64 {
    message.get_bounding_client_rect().top() - list.get_bounding_client_rect().top()
}
