//! How many watch, while the show is on the server that the creator is signed in to.

use dioxus::prelude::*;
use klieg_studio_model::figures;

use crate::studio::STUDIO;

/// Who is in the channel's room besides the creator, as its connection tells; none while there is no connection.
pub static AUDIENCE: GlobalSignal<Option<u64>> = Signal::global(|| None);

#[component]
pub fn Audience() -> Element {
    let is_live = use_memo(|| STUDIO.read().marks().broadcast);
    let Some(others) = AUDIENCE().filter(|_| is_live()) else { return rsx! {} };
    rsx! {
        section { class: "dock audience", "aria-label": "Audience",
            dl { class: "facts tabular",
                div {
                    dt { "Viewers" }
                    dd { title: "Who is in your channel’s room besides you", {figures::grouped(others)} }
                }
            }
        }
    }
}
