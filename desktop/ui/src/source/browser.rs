//! The fields of a web page. Its address is shown only when it is finished: each letter would load another page.

use dioxus::prelude::*;
use klieg_studio_model::{Browser, Command};
use klieg_ui::icon::lucide;
use klieg_ui::{Field, Icon, Number, Switch};

use crate::sign_in::with_scheme;
use crate::studio::act;

#[component]
pub fn BrowserForm(page: Browser, onchange: EventHandler<Browser>) -> Element {
    let shown = page.url.clone();
    let url = use_signal(move || if shown == Browser::BLANK { String::new() } else { shown });
    let (a, b, c, d, e) = (page.clone(), page.clone(), page.clone(), page.clone(), page.clone());
    let name = page.name.clone();
    let sides = [("Width", "page-width", page.width, b), ("Height", "page-height", page.height, c)];
    rsx! {
        form {
            class: "form",
            onsubmit: move |event| {
                event.prevent_default();
                let typed = url.peek().trim().to_owned();
                if typed.is_empty() {
                    return;
                }
                let url = if typed == Browser::BLANK { typed } else { with_scheme(&typed) };
                onchange.call(Browser { url, ..a.clone() });
            },
            Field {
                label: "Address",
                name: "page-url",
                value: url,
                kind: "text",
                max: 2_000,
                placeholder: "https://",
                hint: "Of an overlay with alerts or a chat, for example. It may hold a secret key: keep it out of your show, and out of collections that you share.",
            }
            div { class: "actions",
                button { class: "button button-plain", r#type: "submit", disabled: url().trim().is_empty(),
                    Icon { shape: lucide::GLOBE, size: 18 }
                    "Show this page"
                }
                button {
                    class: "button button-plain",
                    r#type: "button",
                    onclick: move |_| act(Command::RestartSource { source: name.clone() }),
                    Icon { shape: lucide::REFRESH_CW, size: 18 }
                    "Load it again"
                }
            }
        }
        div { class: "form-row",
            for (label , key , value , page) in sides {
                Number {
                    key: "{key}",
                    label,
                    name: key,
                    value: f64::from(value),
                    min: 16.0,
                    max: 4_096.0,
                    unit: "px",
                    hint: if key == "page-width" { "Of the page, before it is scaled" } else { "" },
                    onset: move |side: f64| {
                        let side = side as u32;
                        let changed = if key == "page-width" {
                            Browser { width: side, ..page.clone() }
                        } else {
                            Browser { height: side, ..page.clone() }
                        };
                        onchange.call(changed);
                    },
                }
            }
        }
        Switch {
            label: "Clear background",
            name: "page-clear",
            hint: "Where the page draws nothing, the scene behind it is seen.",
            on: page.transparent,
            onset: move |transparent| onchange.call(Browser { transparent, ..d.clone() }),
        }
        Switch {
            label: "Sound into the show",
            name: "page-sound",
            hint: "Without it the page is heard from this computer’s loudspeakers. Pages that make sounds with WebAudio stand still with it.",
            on: page.sound,
            onset: move |sound| onchange.call(Browser { sound, ..e.clone() }),
        }
    }
}
