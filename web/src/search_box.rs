//! Where one types what to look for; leads to the search page.

use dioxus::prelude::*;
use dioxus_router::use_navigator;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use crate::route::Route;
use crate::t;

/// A field that begins with `q`, what is being looked for now.
#[component]
pub fn SearchBox(
    /// The control's name.
    name: String,
    q: String,
    #[props(default)] class: String,
) -> Element {
    let navigator = use_navigator();
    let mut words = use_signal(|| q.clone());
    use_effect(use_reactive!(|q| words.set(q)));
    rsx! {
        form {
            class: "searchbox {class}",
            role: "search",
            onsubmit: move |event| {
                event.prevent_default();
                navigator.push(Route::Search { q: words().trim().to_owned() });
            },
            Icon { shape: lucide::SEARCH }
            input {
                class: "input",
                r#type: "search",
                name: "{name}",
                "aria-label": t!("search-label"),
                placeholder: t!("search-label"),
                autocomplete: "off",
                value: "{words}",
                oninput: move |event| words.set(event.value()),
            }
        }
    }
}
