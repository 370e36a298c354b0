//! How the room is kept, for those who keep it.

use dioxus::prelude::*;
use klieg_api::live::Command;
use klieg_api::room::SettingsChange;

use super::ChatLink;
use super::filters::Filters;
use super::goal::GoalForm;
use crate::{Select, Switch};

/// Seconds of slow mode and minutes of following that are offered.
const SLOW: [u32; 6] = [0, 3, 10, 30, 60, 120];
const FOLLOWED: [i32; 5] = [-1, 0, 10, 60, 1_440];
const DELAYS: [u32; 4] = [0, 2, 4, 6];

#[component]
pub(super) fn Rules(link: ChatLink) -> Element {
    (link.version)();
    let now = link.room.read().settings().clone();
    let set = move |settings| link.ask(Command::Set { room: link.handle(), settings });
    let none = SettingsChange::default;
    let seconds = |values: &[u32], now: u32| -> Vec<(String, String)> {
        let mut values = values.to_vec();
        if !values.contains(&now) {
            values.push(now);
            values.sort_unstable();
        }
        let words = |value: u32| match value {
            0 => link.word("chat-off"),
            value => link.words("chat-seconds", &[("count", value.to_string())]),
        };
        values.into_iter().map(|value| (value.to_string(), words(value))).collect()
    };
    let followed = now.followers_min.map_or(-1, u32::cast_signed);
    let mut minutes = FOLLOWED.to_vec();
    if !minutes.contains(&followed) {
        minutes.push(followed);
    }
    let follow_words = |minutes: i32| match minutes {
        -1 => link.word("chat-everybody"),
        0 => link.word("chat-followers"),
        minutes => link.words("chat-followers-for", &[("count", minutes.to_string())]),
    };
    let follow_options =
        minutes.into_iter().map(|minutes| (minutes.to_string(), follow_words(minutes))).collect::<Vec<_>>();
    rsx! {
        h3 { class: "chat-rules", {link.word("chat-rules")} }
        Switch {
            label: link.word("chat-refuses-raids"),
            name: "chat-refuses-raids",
            on: now.refuses_raids,
            onset: move |on| set(SettingsChange { refuses_raids: Some(on), ..none() }),
        }
        Select {
            label: link.word("chat-slow"),
            name: "chat-slow",
            options: seconds(&SLOW, now.slow_s),
            value: now.slow_s.to_string(),
            onchoose: move |value: String| set(SettingsChange { slow_s: value.parse().ok(), ..none() }),
        }
        Select {
            label: link.word("chat-who"),
            name: "chat-who",
            options: follow_options,
            value: followed.to_string(),
            onchoose: move |value: String| set(SettingsChange { followers_min: value.parse().ok(), ..none() }),
        }
        Select {
            label: link.word("chat-delay"),
            hint: link.word("chat-delay-why"),
            name: "chat-delay",
            options: seconds(&DELAYS, now.delay_s),
            value: now.delay_s.to_string(),
            onchoose: move |value: String| set(SettingsChange { delay_s: value.parse().ok(), ..none() }),
        }
        Switch {
            label: link.word("chat-subscribers-only"),
            hint: link.word("chat-subscribers-only-why"),
            name: "chat-subscribers-only",
            on: now.subscribers_only,
            onset: move |on| set(SettingsChange { subscribers_only: Some(on), ..none() }),
        }
        Switch {
            label: link.word("chat-emotes-only"),
            name: "chat-emotes-only",
            on: now.emotes_only,
            onset: move |on| set(SettingsChange { emotes_only: Some(on), ..none() }),
        }
        Switch {
            label: link.word("chat-unique"),
            name: "chat-unique",
            on: now.unique,
            onset: move |on| set(SettingsChange { unique: Some(on), ..none() }),
        }
        Switch {
            label: link.word("chat-hold-links"),
            name: "chat-hold-links",
            on: now.hold_links,
            onset: move |on| set(SettingsChange { hold_links: Some(on), ..none() }),
        }
        Switch {
            label: link.word("chat-previews"),
            hint: link.word("chat-previews-why"),
            name: "chat-previews",
            on: !now.no_previews,
            onset: move |on: bool| set(SettingsChange { no_previews: Some(!on), ..none() }),
        }
        Switch {
            label: link.word("chat-hold-noise"),
            hint: link.word("chat-hold-noise-why"),
            name: "chat-hold-noise",
            on: now.hold_noise,
            onset: move |on| set(SettingsChange { hold_noise: Some(on), ..none() }),
        }
        Switch {
            label: link.word("chat-shield"),
            hint: link.word("chat-shield-why"),
            name: "chat-shield",
            on: now.shielded_until.is_some(),
            onset: move |on| set(SettingsChange { shield: Some(on), ..none() }),
        }
        Switch {
            label: link.word("chat-auto-shield"),
            hint: link.word("chat-auto-shield-why"),
            name: "chat-auto-shield",
            on: now.auto_shield,
            onset: move |on| set(SettingsChange { auto_shield: Some(on), ..none() }),
        }
        GoalForm { link }
        Filters { link }
    }
}
