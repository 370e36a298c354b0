//! An address where there is nothing.

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_ui::Notice;
use klieg_ui::icon::lucide;

use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn Missing(path: Vec<String>) -> Element {
    let address = format!("/{}", path.join("/"));
    rsx! {
        Nowhere { address }
    }
}

/// Also for a handle that nobody has.
#[component]
pub fn Nowhere(address: String) -> Element {
    use_effect(|| browser::set_title(&t!("missing-title")));
    rsx! {
        Notice { shape: lucide::TV, title: t!("missing-title"), text: t!("missing-text", "address" => address),
            Link { class: "button button-primary", to: Route::home(), {t!("to-home")} }
        }
    }
}
