//! Emoji to choose from.

use dioxus::prelude::*;

use super::ChatLink;

/// The offered ones, in the order in which they are wanted.
const OFFERED: [&str; 56] = [
    "😀", "😂", "🤣", "😊", "😍", "🥰", "😎", "🤔", "😅", "😭", "😢", "😡", "😱", "😴", "🥳", "🤯", "🙄", "😬", "🤝",
    "🙏", "👍", "👎", "👏", "🙌", "👀", "💪", "👋", "🤞", "❤️", "🧡", "💛", "💚", "💙", "💜", "🖤", "💔", "🔥", "✨",
    "🎉", "💯", "⭐", "🌈", "☀️", "🌙", "🎵", "🎮", "🎨", "📷", "🏆", "🚀", "💡", "☕", "🍕", "🍿", "🐱", "🐶",
];

/// A grid of emoji. Escape closes it.
#[component]
pub(super) fn Picker(link: ChatLink, onchoose: EventHandler<&'static str>, onclose: EventHandler<()>) -> Element {
    rsx! {
        div {
            class: "emoji-picker",
            role: "group",
            "aria-label": link.word("chat-emoji"),
            onkeydown: move |event| {
                if event.key() == Key::Escape {
                    event.stop_propagation();
                    onclose.call(());
                }
            },
            for emoji in OFFERED {
                button {
                    key: "{emoji}",
                    r#type: "button",
                    class: "emoji",
                    "aria-label": "{emoji}",
                    onclick: move |_| onchoose.call(emoji),
                    "{emoji}"
                }
            }
        }
    }
}
