//! The words and patterns that a room does not want, for those who keep it.

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_api::room::{Filter, FilterAction, MAX_FILTER};

use super::ChatLink;
use crate::icon::lucide;
use crate::{Icon, Segments};

#[component]
pub(super) fn Filters(link: ChatLink) -> Element {
    let mut pattern = use_signal(String::new);
    let mut action = use_signal(FilterAction::default);
    (link.version)();
    let filters = link.room.read().filters().to_vec();
    let word = move |action| match action {
        FilterAction::Hold => link.word("chat-filter-hold"),
        FilterAction::Refuse => link.word("chat-filter-refuse"),
    };
    let name = |action| match action {
        FilterAction::Hold => "hold",
        FilterAction::Refuse => "refuse",
    };
    let actions = [FilterAction::Hold, FilterAction::Refuse];
    rsx! {
        h3 { class: "chat-rules", {link.word("chat-filters")} }
        form {
            class: "chat-filter-new",
            onsubmit: move |event| {
                event.prevent_default();
                let pattern = pattern.take().trim().to_owned();
                if !pattern.is_empty() {
                    let filter = Filter { pattern, action: action() };
                    link.ask(Command::AddFilter { room: link.handle(), filter });
                }
            },
            div { class: "chat-filter-row",
                input {
                    class: "input",
                    name: "filter",
                    maxlength: "{MAX_FILTER}",
                    autocomplete: "off",
                    autocapitalize: "none",
                    spellcheck: "false",
                    "aria-label": link.word("chat-filter"),
                    "aria-describedby": "chat-filter-hint",
                    placeholder: link.word("chat-filter"),
                    value: "{pattern}",
                    oninput: move |event| pattern.set(event.value()),
                }
                button { class: "button button-primary", {link.word("chat-filter-add")} }
            }
            Segments {
                label: link.word("chat-filter-does"),
                name: "chat-filter-does",
                options: actions.iter().map(|action| (name(*action).to_owned(), word(*action))).collect::<Vec<_>>(),
                value: name(action()),
                onchoose: move |chosen: String| {
                    let found = actions.iter().find(|action| name(**action) == chosen);
                    action.set(found.copied().unwrap_or_default());
                },
            }
            p { class: "field-hint", id: "chat-filter-hint", {link.word("chat-filter-hint")} }
        }
        if !filters.is_empty() {
            ul { class: "chat-filters", "data-testid": "chat-filters",
                for filter in filters {
                    li { key: "{filter.pattern}",
                        code { "{filter.pattern}" }
                        span { class: "soft small", {word(filter.action)} }
                        button {
                            class: "icon-button",
                            title: link.words("chat-filter-remove", &[("pattern", filter.pattern.clone())]),
                            "aria-label": link.words("chat-filter-remove", &[("pattern", filter.pattern.clone())]),
                            onclick: move |_| link.ask(Command::RemoveFilter { room: link.handle(), pattern: filter.pattern.clone() }),
                            Icon { shape: lucide::X, size: 16 }
                        }
                    }
                }
            }
        }
    }
}
