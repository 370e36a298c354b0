//! The creator's page: how the show comes in, its key, its title, and how to send it.

mod handover;
mod health;
mod keys;
mod recipes;
mod show;

use dioxus::prelude::*;
use dioxus_router::Link;
use klieg_ui::Icon;
use klieg_ui::icon::lucide;

use self::handover::OpenInStudio;
use self::health::Health;
use self::keys::Keys;
use self::recipes::Recipes;
use self::show::ShowForm;
use super::trouble::LogInFirst;
use crate::client::{VIEWER, Viewer};
use crate::route::Route;
use crate::{browser, t};

#[component]
pub fn Studio() -> Element {
    use_effect(|| browser::set_title(&t!("nav-studio")));
    // A key just made, so that the instructions can show it in place.
    let secret = use_signal(|| None::<String>);
    let viewer = VIEWER.read();
    let me = match &*viewer {
        Viewer::Anonymous => {
            return rsx! {
                LogInFirst {}
            };
        }
        Viewer::Unknown => {
            return rsx! {
                h1 { {t!("go-live")} }
                div { class: "columns", "aria-busy": "true",
                    div { class: "panel skeleton featured-skeleton" }
                    div { class: "panel skeleton featured-skeleton" }
                }
            };
        }
        Viewer::Known(me) => me,
    };
    rsx! {
        div { class: "page-head",
            h1 { {t!("go-live")} }
            OpenInStudio {}
            Link { class: "button button-plain", to: Route::channel(&me.handle),
                Icon { shape: lucide::TV }
                {t!("your-channel")}
            }
        }
        div { class: "columns",
            div { class: "stack",
                Health {}
                ShowForm { channel: me.channel.clone() }
            }
            div { class: "stack",
                Keys { secret }
                Recipes { secret }
            }
        }
    }
}
