//! Which keys do what.

use dioxus::prelude::*;
use klieg_studio_model::{Action, Command, Keys, Scene, Source};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Field, Icon, Tone};

use crate::hotkeys;
use crate::studio::{STUDIO, ask};

const SHOW: [Action; 7] = [
    Action::Show,
    Action::GoLive,
    Action::EndShow,
    Action::Mark,
    Action::Take,
    Action::StudioMode,
    Action::MuteMicrophones,
];
const RECORDING: [Action; 5] =
    [Action::Record, Action::StartRecording, Action::StopRecording, Action::Pause, Action::Split];
const REPLAY: [Action; 4] = [Action::Replay, Action::StartReplay, Action::StopReplay, Action::SaveReplay];

/// What stands under one heading.
#[derive(Clone, PartialEq)]
struct Group {
    title: String,
    actions: Vec<(Action, String)>,
    /// Whether only its heading is shown until it is opened.
    folded: bool,
}

impl Group {
    fn new(title: impl Into<String>, actions: Vec<(Action, String)>) -> Self {
        Self { title: title.into(), actions, folded: false }
    }

    fn plain(title: &str, actions: &[Action]) -> Self {
        Self::new(title, actions.iter().map(|action| (action.clone(), action.to_string())).collect())
    }

    /// What of it has all these words, in its heading or in its own label.
    fn found(mut self, words: &[String]) -> Option<Self> {
        if !words.is_empty() {
            let title = self.title.to_lowercase();
            let has = |label: &str, word: &String| title.contains(word.as_str()) || label.contains(word.as_str());
            self.actions.retain(|(_, label)| {
                let label = label.to_lowercase();
                words.iter().all(|word| has(&label, word))
            });
            self.folded = false;
        }
        (!self.actions.is_empty()).then_some(self)
    }
}

fn groups() -> Vec<Group> {
    let studio = STUDIO.read();
    let collection = &studio.collection;
    let mut groups =
        vec![Group::plain("Show", &SHOW), Group::plain("Recording", &RECORDING), Group::plain("Replay", &REPLAY)];
    let scenes = collection.scenes.iter().map(|scene| scene.name.clone());
    let scenes = scenes.map(|scene| (Action::Scene { scene: scene.clone() }, scene));
    groups.push(Group::new("Scenes", scenes.collect()));
    for known in collection.sources.iter().filter(|source| source.has_sound()) {
        groups.push(Group::new(known.name(), of_sound(known)));
    }
    for scene in collection.scenes.iter().filter(|scene| !scene.items.is_empty()) {
        let actions = of_items(scene);
        let has_keys = |(action, _): &(Action, String)| studio.profile.hotkey(action).is_some();
        let folded = !actions.iter().any(has_keys);
        groups.push(Group { folded, ..Group::new(format!("Items of “{}”", scene.name), actions) });
    }
    let elsewhere = studio.profile.hotkeys.iter().map(|known| &known.action);
    let is_here = |action: &Action| groups.iter().any(|group| group.actions.iter().any(|(known, _)| known == action));
    let elsewhere: Vec<_> = elsewhere.filter(|action| !is_here(action)).cloned().collect();
    if !elsewhere.is_empty() {
        groups.push(Group::plain("Not in this collection", &elsewhere));
    }
    groups
}

fn of_sound(known: &Source) -> Vec<(Action, String)> {
    let source = || known.name().to_owned();
    let play = (Action::Play { source: source() }, "Play from the beginning".to_owned());
    let mut actions: Vec<_> = matches!(known, Source::File(_)).then_some(play).into_iter().collect();
    actions.extend([
        (Action::Mute { source: source() }, "Mute or unmute".to_owned()),
        (Action::Silence { source: source() }, "Mute".to_owned()),
        (Action::Unmute { source: source() }, "Unmute".to_owned()),
        (Action::PushToTalk { source: source() }, "Push to talk: heard while the key is down".to_owned()),
        (Action::PushToMute { source: source() }, "Push to mute: silent while the key is down".to_owned()),
    ]);
    actions
}

/// From the top down, as the list of items has them. What stands there twice is shown and hidden together.
fn of_items(scene: &Scene) -> Vec<(Action, String)> {
    let mut actions = Vec::new();
    for group in scene.groups.iter().rev() {
        let (of, group) = (|| scene.name.clone(), || group.name.clone());
        actions.extend([
            (Action::Group { scene: of(), group: group() }, format!("Show or hide the group “{}”", group())),
            (Action::ShowGroup { scene: of(), group: group() }, format!("Show the group “{}”", group())),
            (Action::HideGroup { scene: of(), group: group() }, format!("Hide the group “{}”", group())),
        ]);
    }
    let mut known: Vec<&str> = Vec::new();
    for item in scene.items.iter().rev() {
        if known.contains(&item.source.as_str()) {
            continue;
        }
        known.push(&item.source);
        let (of, source) = (|| scene.name.clone(), || item.source.clone());
        actions.extend([
            (Action::Item { scene: of(), source: source() }, format!("Show or hide “{}”", source())),
            (Action::ShowItem { scene: of(), source: source() }, format!("Show “{}”", source())),
            (Action::HideItem { scene: of(), source: source() }, format!("Hide “{}”", source())),
        ]);
    }
    actions
}

#[component]
pub fn Hotkeys() -> Element {
    let groups = use_memo(groups);
    let problem = use_memo(|| STUDIO.read().outside.problem.clone());
    let search = use_signal(String::new);
    let words: Vec<String> = search().split_whitespace().map(str::to_lowercase).collect();
    let numbered = groups().into_iter().enumerate();
    let found: Vec<_> = numbered.filter_map(|(place, group)| Some((place, group.found(&words)?))).collect();
    let searches = !words.is_empty();
    rsx! {
        h3 { "Hotkeys" }
        p { class: "lead", "Press a button, then the keys. Those that work everywhere reach the studio while you use another program, which does not get them then." }
        if let Some(problem) = problem() {
            Alert { tone: Tone::Warn, "{problem} In this window all hotkeys work." }
        }
        Field { label: "Find", name: "hotkeys-find", value: search, autocomplete: "off", placeholder: "mute, a scene, a source …" }
        p { class: "soft small", role: "status",
            if found.is_empty() {
                "Nothing here is called so. Try another word, such as the name of a scene or a source."
            }
        }
        for (place , group) in found {
            // What is found is shown open, and closes again with the search. A source may be called as another heading is.
            Section { key: "{place}-{group.title}-{searches}", group }
        }
    }
}

#[component]
fn Section(group: Group) -> Element {
    let Group { title, actions, folded } = group;
    let mut is_open = use_signal(move || !folded);
    // Once it is open it stays so, whatever loses its keys.
    let can_fold = use_hook(move || folded);
    rsx! {
        section { class: "hotkeys", "aria-label": "{title}",
            h4 { class: "legend",
                if can_fold {
                    button {
                        class: "text-button",
                        "aria-expanded": "{is_open()}",
                        onclick: move |_| is_open.toggle(),
                        Icon { shape: if is_open() { lucide::CHEVRON_DOWN } else { lucide::CHEVRON_RIGHT }, size: 16 }
                        "{title}"
                    }
                } else {
                    "{title}"
                }
            }
            if is_open() {
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
    let mut refused = use_signal(|| 0_u32);
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
            spawn(async move {
                let answer = ask(Command::SetHotkey { action, keys, outside }).await;
                if answer.is_err() {
                    refused += 1;
                }
                wrong.set(answer.err());
            });
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
                    // One that was refused is drawn anew, as it was; any other keeps the keyboard's focus.
                    key: "{refused}",
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
