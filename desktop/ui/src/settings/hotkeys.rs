//! Which keys do what.

use dioxus::prelude::*;
use klieg_studio_model::{Action, Command, Keys, Source};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use crate::hotkeys;
use crate::studio::{STUDIO, ask};

const SHOW: [Action; 8] = [
    Action::Show,
    Action::Record,
    Action::Pause,
    Action::SaveReplay,
    Action::Mark,
    Action::Take,
    Action::StudioMode,
    Action::MuteMicrophones,
];

/// A heading and what stands under it.
type Group = (String, Vec<(Action, String)>);

fn groups() -> Vec<Group> {
    let studio = STUDIO.read();
    let collection = &studio.collection;
    let mut groups: Vec<Group> =
        vec![("Show".to_owned(), SHOW.map(|action| (action.clone(), action.to_string())).into())];
    let scenes = collection.scenes.iter().map(|scene| scene.name.clone());
    let scenes = scenes.map(|scene| (Action::Scene { scene: scene.clone() }, scene));
    groups.push(("Scenes".to_owned(), scenes.collect()));
    for known in collection.sources.iter().filter(|source| source.has_sound()) {
        let source = known.name().to_owned();
        let play = (Action::Play { source: source.clone() }, "Play from the beginning".to_owned());
        let mut actions: Vec<_> = matches!(known, Source::File(_)).then_some(play).into_iter().collect();
        actions.extend([
            (Action::Mute { source: source.clone() }, "Mute or unmute".to_owned()),
            (Action::PushToTalk { source: source.clone() }, "Push to talk: heard while the key is down".to_owned()),
            (Action::PushToMute { source: source.clone() }, "Push to mute: silent while the key is down".to_owned()),
        ]);
        groups.push((source, actions));
    }
    let elsewhere = studio.profile.hotkeys.iter().map(|known| &known.action);
    let elsewhere =
        elsewhere.filter(|action| !groups.iter().any(|(_, all)| all.iter().any(|(known, _)| known == *action)));
    let elsewhere: Vec<_> = elsewhere.map(|action| (action.clone(), action.to_string())).collect();
    if !elsewhere.is_empty() {
        groups.push(("Not in this collection".to_owned(), elsewhere));
    }
    groups
}

#[component]
pub fn Hotkeys() -> Element {
    let groups = use_memo(groups);
    let problem = use_memo(|| STUDIO.read().outside.problem.clone());
    rsx! {
        h3 { "Hotkeys" }
        p { class: "lead", "Press a button, then the keys. Those that work everywhere reach the studio while you use another program, which does not get them then." }
        if let Some(problem) = problem() {
            Alert { tone: Tone::Warn, "{problem} In this window all hotkeys work." }
        }
        for (title , actions) in groups() {
            section { class: "hotkeys", key: "{title}", "aria-label": "{title}",
                h4 { class: "legend", "{title}" }
                ul { class: "cards",
                    for (action , label) in actions {
                        Row { key: "{action}", action, label }
                    }
                }
            }
        }
    }
}

#[component]
fn Row(action: Action, label: String) -> Element {
    let mine = action.clone();
    let known = use_memo(move || {
        let studio = STUDIO.read();
        let hotkey = studio.profile.hotkey(&mine).cloned();
        let is_taken = hotkey.as_ref().is_some_and(|hotkey| studio.outside.taken.contains(&hotkey.keys));
        (hotkey, is_taken)
    });
    let mut choosing = use_signal(|| false);
    let mut wrong = use_signal(|| None::<String>);
    let mut choose = move |on: bool| {
        if *choosing.peek() != on {
            choosing.set(on);
            hotkeys::choose(on);
        }
    };
    // The page may close under the button.
    use_drop(move || hotkeys::choose(false));
    let set = {
        let action = action.clone();
        move |keys: Option<Keys>, outside: bool| {
            let action = action.clone();
            spawn(async move { wrong.set(ask(Command::SetHotkey { action, keys, outside }).await.err()) });
        }
    };
    let (hotkey, is_taken) = known();
    let outside = hotkey.as_ref().is_some_and(|hotkey| hotkey.outside);
    let keys = hotkey.map(|hotkey| hotkey.keys);
    let shown = keys.as_ref().map_or_else(|| "Not set".to_owned(), ToString::to_string);
    let pressed = {
        let set = set.clone();
        move |event: KeyboardEvent| {
            if !*choosing.peek() {
                return;
            }
            let (key, held) = (event.key(), event.modifiers());
            if key == Key::Tab {
                return choose(false);
            }
            event.prevent_default();
            event.stop_propagation();
            if key == Key::Escape {
                return choose(false);
            }
            let types = if let Key::Character(text) = &key { text.clone() } else { String::new() };
            let held = [held.ctrl(), held.alt(), held.shift(), held.meta()];
            if let Some(keys) = Keys::of_event(&event.code().to_string(), &types, held) {
                choose(false);
                // A key that would be lost to every program starts as this window's own.
                let outside = outside || keys.problem(true).is_none() && known.peek().0.is_none();
                set(Some(keys), outside);
            }
        }
    };
    let (everywhere, clear) = (set.clone(), set);
    let (held_keys, has_keys) = (keys.clone(), keys.is_some());
    rsx! {
        li { class: "card hotkey",
            span { class: "hotkey-name row-name", title: "{label}", "{label}" }
            button {
                class: if choosing() { "button button-plain hotkey-keys is-on" } else { "button button-plain hotkey-keys" },
                "aria-label": if choosing() { "{label}: press the keys, or Escape to leave it" } else { "{label}: {shown}. Change the keys" },
                "aria-live": "polite",
                onclick: move |_| choose(!choosing()),
                onkeydown: pressed,
                onblur: move |_| choose(false),
                if choosing() {
                    "Press the keys"
                } else {
                    span { class: if has_keys { "tabular" } else { "soft" }, "{shown}" }
                }
            }
            label { class: "hotkey-outside",
                input {
                    // One that was refused is drawn anew, as it was.
                    key: "{outside}-{wrong().is_some()}",
                    r#type: "checkbox",
                    checked: outside,
                    disabled: !has_keys,
                    "aria-label": "{label}: works everywhere",
                    onchange: move |event| everywhere(held_keys.clone(), event.checked()),
                }
                "everywhere"
            }
            button {
                class: "icon-button small-button",
                title: "Take the keys away",
                "aria-label": "{label}: take the keys away",
                disabled: !has_keys,
                onclick: move |_| clear(None, false),
                Icon { shape: lucide::X, size: 16 }
            }
            if let Some(why) = wrong() {
                div { class: "hotkey-note", role: "alert",
                    Alert { tone: Tone::Bad, "{why}" }
                }
            } else if is_taken {
                p { class: "hotkey-note soft small", "Another program has these keys: outside this window the studio does not hear them." }
            }
        }
    }
}
