//! What a page says when its call failed, or when it needs a session.

use dioxus::prelude::*;
use dioxus_router::{Link, use_route};
use klieg_core::CallError;
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Notice};

use crate::route::Route;
use crate::t;

/// An error in the viewer's words: what the server said, or what we know.
pub fn words(error: &CallError) -> String {
    match error {
        CallError::Unreachable => t!("error-unreachable"),
        CallError::LoggedOut => t!("error-logged-out"),
        CallError::Unreadable => t!("error-unreadable"),
        CallError::Problem(problem) => problem.detail.clone().unwrap_or_else(|| problem.title.clone()),
    }
}

/// In place of a page's content that could not be had.
#[component]
pub fn Trouble(error: CallError, onretry: EventHandler<()>) -> Element {
    if error == CallError::LoggedOut {
        return rsx! {
            LogInFirst {}
        };
    }
    rsx! {
        Notice { shape: lucide::WIFI_OFF, title: t!("error-title"), text: words(&error),
            button { class: "button button-plain", onclick: move |_| onretry.call(()),
                Icon { shape: lucide::REFRESH_CW }
                {t!("retry")}
            }
        }
    }
}

/// In place of a page that is somebody's own.
#[component]
pub fn LogInFirst() -> Element {
    let here = use_route::<Route>();
    rsx! {
        Notice { shape: lucide::CIRCLE_USER_ROUND, title: t!("login-first"), text: t!("login-first-why"),
            Link { class: "button button-primary", to: Route::log_in(&here), {t!("log-in")} }
            Link { class: "button button-plain", to: Route::sign_up(&here), {t!("sign-up")} }
        }
    }
}
