//! A person's picture: for now the first letter of the name on a hue made from the handle.

use dioxus::prelude::*;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    Small,
    #[default]
    Medium,
    Large,
}

#[component]
pub fn Avatar(
    handle: String,
    name: String,
    #[props(default)] size: AvatarSize,
    /// Ringed: this person is live.
    #[props(default)]
    live: bool,
) -> Element {
    let size = match size {
        AvatarSize::Small => " avatar-small",
        AvatarSize::Medium => "",
        AvatarSize::Large => " avatar-large",
    };
    let live = if live { " avatar-live" } else { "" };
    let letter = name.chars().find(|letter| letter.is_alphanumeric()).unwrap_or('?');
    rsx! {
        span { class: "avatar hue-{hue(&handle)}{size}{live}", "aria-hidden": "true", "{letter}" }
    }
}

/// Which of the twelve hues belongs to a handle: always the same one.
pub fn hue(handle: &str) -> u32 {
    // FNV-1a.
    handle.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) % 12
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_handle_keeps_its_hue() {
        assert_eq!(super::hue("ada"), super::hue("ada"));
        assert!((0..100).map(|n| super::hue(&format!("user{n}"))).all(|hue| hue < 12));
    }
}
