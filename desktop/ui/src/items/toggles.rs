//! The lock and the eye at the end of a row: of an item or of a group.

use dioxus::prelude::*;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

#[component]
pub fn Toggles(
    name: String,
    locked: bool,
    hidden: bool,
    onlock: EventHandler<()>,
    onhide: EventHandler<()>,
) -> Element {
    let (lock, locking) = if locked { (lucide::LOCK, "Unlock") } else { (lucide::LOCK_OPEN, "Lock in place") };
    let (eye, hiding) = if hidden { (lucide::EYE_OFF, "Show") } else { (lucide::EYE, "Hide") };
    let both = [("lock", lock, locking, locked, onlock), ("eye", eye, hiding, hidden, onhide)];
    rsx! {
        for (key , shape , verb , on , ontoggle) in both {
            button {
                // The same one, whatever it says: it keeps the keyboard's focus.
                key: "{key}",
                // What is out of the ordinary shows all the time.
                class: if on { "icon-button small-button" } else { "icon-button small-button on-hover" },
                title: "{verb}",
                "aria-label": "{verb}: {name}",
                onclick: move |_| ontoggle.call(()),
                Icon { shape, size: 16 }
            }
        }
    }
}
