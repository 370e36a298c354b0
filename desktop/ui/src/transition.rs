//! How one scene becomes the next: the menu between preview and programme, and the editor in the settings.

use dioxus::core::spawn_forever;
use dioxus::prelude::*;
use klieg_studio_model::{Direction, Edit, Transition};
use klieg_ui::icon::lucide;
use klieg_ui::{Icon, Select, Slider};

use crate::bridge::{self, Pick};
use crate::desk::{self, Open};
use crate::gesture::use_gesture;
use crate::menu::{Line, Menu};
use crate::settings::Page;
use crate::studio::{STUDIO, edit, edit_as, say};
use crate::words;

/// Milliseconds of a transition that had none.
const USUAL: u32 = 300;
/// Milliseconds into a stinger at which the scene changes, until said otherwise.
const CUT: u32 = 500;

/// The duration and direction of a transition, for the next kind chosen.
fn parts(transition: &Transition) -> (u32, Direction) {
    match transition {
        Transition::Cut | Transition::Stinger { .. } => (USUAL, Direction::Left),
        Transition::Fade { duration } => (*duration, Direction::Left),
        Transition::Slide { duration, to } | Transition::Wipe { duration, to } => (*duration, *to),
    }
}

/// Takes another kind of transition; a stinger asks for its video first.
pub fn choose(kind: &str) {
    let (duration, to) = parts(&STUDIO.peek().collection.transition);
    let transition = match kind {
        "cut" => Transition::Cut,
        "slide" => Transition::Slide { duration, to },
        "wipe" => Transition::Wipe { duration, to },
        "stinger" => {
            pick_stinger(CUT);
            return;
        }
        _ => Transition::Fade { duration },
    };
    edit(Edit::SetTransition { transition });
}

/// How often no video was chosen: each time the field that shows the kind is drawn anew, as it was.
static CALLED_OFF: GlobalSignal<u32> = Signal::global(|| 0);

fn pick_stinger(cut: u32) {
    // Whatever was pressed may be gone before a file is chosen.
    spawn_forever(async move {
        match bridge::pick(Pick::Stinger).await {
            Ok(Some(path)) => {
                return edit(Edit::SetTransition { transition: Transition::Stinger { path: path.into(), cut } });
            }
            Ok(None) => {}
            Err(why) => say(why),
        }
        *CALLED_OFF.write() += 1;
    });
}

const KINDS: [(&str, &str, &str); 5] = [
    ("cut", "Cut", "At once"),
    ("fade", "Fade", "One picture melts into the other"),
    ("slide", "Slide", "The new scene pushes the old one out"),
    ("wipe", "Wipe", "An edge uncovers the new scene"),
    ("stinger", "Stinger", "A video of yours covers the change"),
];

/// A short choice, for the place between the two pictures.
#[component]
pub fn TransitionMenu() -> Element {
    let transition = use_memo(|| STUDIO.read().collection.transition.clone());
    let (kind, name) = words::transition(&transition());
    let seconds = match transition() {
        Transition::Cut | Transition::Stinger { .. } => String::new(),
        other => format!(" {:.1} s", f64::from(parts(&other).0) / 1_000.0),
    };
    let mut lines: Vec<_> =
        KINDS.iter().map(|(key, name, hint)| Line::new(*key, *name).hint(*hint).checked(*key == kind)).collect();
    lines.push(Line::new("more", "More about it").icon(lucide::SETTINGS_2).hint("Duration, direction, video"));
    rsx! {
        Menu {
            label: "Transition",
            class: "button button-plain transition-button",
            lines,
            onchoose: |choice: String| {
                if choice == "more" {
                    desk::open(Open::Settings(Page::Transition));
                } else {
                    choose(&choice);
                }
            },
            span { "{name}" span { class: "soft tabular", "{seconds}" } }
            Icon { shape: lucide::CHEVRON_DOWN, size: 16 }
        }
    }
}

/// All of it.
#[component]
pub fn TransitionEditor() -> Element {
    let transition = use_memo(|| STUDIO.read().collection.transition.clone());
    let gesture = use_gesture();
    let now = transition();
    let (kind, _) = words::transition(&now);
    let set = move |transition: Transition| {
        if let Err(why) = edit_as(Edit::SetTransition { transition }, gesture.number()) {
            say(why.to_string());
        }
    };
    let with_duration = move |duration: u32| {
        let mut changed = transition.peek().clone();
        match &mut changed {
            Transition::Fade { duration: now }
            | Transition::Slide { duration: now, .. }
            | Transition::Wipe { duration: now, .. } => {
                *now = duration;
            }
            Transition::Cut | Transition::Stinger { .. } => return,
        }
        set(changed);
    };
    let with_direction = move |value: String| {
        let Some((direction, ..)) = words::DIRECTIONS.into_iter().find(|(_, key, _)| *key == value) else { return };
        let mut changed = transition.peek().clone();
        if let Transition::Slide { to, .. } | Transition::Wipe { to, .. } = &mut changed {
            *to = direction;
        }
        set(changed);
    };
    let has_duration = !matches!(now, Transition::Cut | Transition::Stinger { .. });
    let has_direction = matches!(now, Transition::Slide { .. } | Transition::Wipe { .. });
    let (duration, to) = parts(&now);
    rsx! {
        div { class: "form", onpointerdown: move |_| gesture.begin(), onfocusin: move |_| gesture.begin(),
            for called_off in [CALLED_OFF()] {
                Select {
                    key: "{called_off}",
                    label: "Between scenes",
                    name: "transition-kind",
                    options: KINDS.iter().map(|(key, name, hint)| ((*key).to_owned(), format!("{name}: {}", hint.to_lowercase()))).collect::<Vec<_>>(),
                    value: kind.to_owned(),
                    onchoose: |kind: String| choose(&kind),
                }
            }
            if has_duration {
                Slider {
                    label: "Duration",
                    name: "transition-duration",
                    value: f64::from(duration),
                    min: f64::from(Transition::MIN_DURATION),
                    max: 3_000.0,
                    step: 50.0,
                    text: format!("{:.2} s", f64::from(duration) / 1_000.0),
                    onset: move |value: f64| with_duration(value as u32),
                }
            }
            if has_direction {
                Select {
                    label: "Moves",
                    name: "transition-direction",
                    options: words::DIRECTIONS.iter().map(|(_, key, name)| ((*key).to_owned(), (*name).to_owned())).collect::<Vec<_>>(),
                    value: words::DIRECTIONS.iter().find(|(known, ..)| *known == to).map_or("left", |(_, key, _)| key).to_owned(),
                    onchoose: with_direction,
                }
            }
            if let Transition::Stinger { path, cut } = now {
                PathRow { label: "Video", path: path.display().to_string(), verb: "Choose another video", onpick: move |()| pick_stinger(cut) }
                Slider {
                    label: "The scene changes after",
                    name: "transition-cut",
                    value: f64::from(cut),
                    min: 0.0,
                    max: 5_000.0,
                    step: 50.0,
                    text: format!("{:.2} s", f64::from(cut) / 1_000.0),
                    onset: move |value: f64| set(Transition::Stinger { path: path.clone(), cut: value as u32 }),
                }
            }
        }
    }
}

/// A file or folder that was chosen, and the button to choose another.
#[component]
pub fn PathRow(label: String, path: String, verb: String, onpick: EventHandler<()>) -> Element {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    rsx! {
        div { class: "field",
            span { class: "legend", "{label}" }
            div { class: "path-row",
                span { class: "row-name", title: "{path}",
                    if name.is_empty() {
                        span { class: "soft", "Nothing chosen yet" }
                    } else {
                        "{name}"
                    }
                }
                button { class: "button button-plain", r#type: "button", onclick: move |_| onpick.call(()),
                    Icon { shape: lucide::FOLDER_OPEN, size: 18 }
                    "{verb}"
                }
            }
        }
    }
}
