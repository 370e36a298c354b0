//! Where do you broadcast?

use dioxus::prelude::*;
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Segments};

use super::{Foot, Heading};
use crate::destination::DestinationForm;
use crate::keyring::KeyringTrouble;
use crate::sign_in::SignIn;
use crate::studio::STUDIO;

#[component]
pub fn PlaceStep(onnext: EventHandler<()>) -> Element {
    let mut is_klieg = use_signal(|| true);
    let known = use_memo(|| STUDIO.read().profile.destinations.clone());
    let keys = use_memo(|| STUDIO.read().keys.clone());
    let account = use_memo(|| STUDIO.read().account.clone());
    let mut adding = use_signal(|| false);
    let has_one = !known.read().is_empty();
    let is_done = has_one && !adding();
    rsx! {
        Heading { words: "Where do you broadcast?" }
        p { class: "lead", "You can add more places later, and a show can go to several at once." }
        KeyringTrouble {}
        if is_done {
            ul { class: "cards",
                for destination in known() {
                    li { class: "card destination", key: "{destination.id}",
                        Icon { shape: lucide::CIRCLE_CHECK }
                        div { class: "destination-words",
                            strong { class: "row-name", "{destination.name}" }
                            p { class: "soft small row-name", {destination.shown_address(keys.read().contains(&destination.id))} }
                        }
                    }
                }
            }
            button { class: "text-button", onclick: move |_| adding.set(true),
                Icon { shape: lucide::PLUS, size: 16 }
                "Add another"
            }
        } else {
            if account().is_none() {
                Segments {
                    label: "Kind of place",
                    name: "place-kind",
                    options: vec![
                        ("klieg".to_owned(), "A Klieg server".to_owned()),
                        ("other".to_owned(), "Another service".to_owned()),
                    ],
                    value: if is_klieg() { "klieg" } else { "other" },
                    onchoose: move |value: String| is_klieg.set(value == "klieg"),
                }
            }
            if is_klieg() && account().is_none() {
                SignIn { onsigned: move |()| adding.set(false) }
            } else {
                DestinationForm { onsaved: move |()| adding.set(false) }
            }
            if has_one {
                button { class: "text-button", onclick: move |_| adding.set(false),
                    Icon { shape: lucide::X, size: 16 }
                    "Add no other"
                }
            }
        }
        Foot { verb: if has_one { "Next" } else { "Do this later" }, skips: !is_done, onnext }
    }
}
