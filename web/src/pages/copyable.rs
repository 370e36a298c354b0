//! Text with a button that copies it: a secret that is shown once, a line for an encoder.

use dioxus::prelude::*;
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, use_toasts};

use super::say;
use crate::{browser, t};

#[component]
pub fn Copyable(text: String, label: String, #[props(default)] testid: String) -> Element {
    let toasts = use_toasts();
    let mut copied = use_signal(|| false);
    let shown = text.clone();
    let copy = move |_| {
        let text = text.clone();
        spawn(async move {
            if browser::copy(&text).await {
                copied.set(true);
                gloo_timers::future::TimeoutFuture::new(2_000).await;
                copied.set(false);
            } else {
                say(toasts, t!("copy-failed"));
            }
        });
    };
    let words = if copied() { t!("copied") } else { label };
    rsx! {
        div { class: "copyable",
            code { "data-testid": testid, "{shown}" }
            button { class: "icon-button", r#type: "button", title: "{words}", "aria-label": "{words}", onclick: copy,
                Icon { shape: if copied() { lucide::CHECK } else { lucide::COPY } }
            }
        }
    }
}
