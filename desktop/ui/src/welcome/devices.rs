//! What is plugged in, and which of it the first scene shows.

use std::collections::BTreeSet;

use dioxus::prelude::*;
use klieg_studio_model::{Camera, Command, Device, Devices, Edit, Microphone, Screen, SoundSystem, Source, Strip};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Icon, Tone};

use super::{Foot, Heading};
use crate::source::shared;
use crate::studio::{STUDIO, ask, edit, edited};
use crate::words::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Screen,
    Camera,
    Microphone,
}

#[component]
pub fn DevicesStep(onnext: EventHandler<()>, onback: EventHandler<()>) -> Element {
    let devices = use_memo(|| STUDIO.read().devices.clone());
    let mut chosen = use_signal(BTreeSet::<String>::new);
    let sources = use_memo(|| STUDIO.read().collection.sources.clone());
    let mut busy = use_signal(|| true);
    let mut wrong = use_signal(|| None::<String>);
    let mut look = move || {
        busy.set(true);
        spawn(async move {
            let answer = ask(Command::LookForDevices).await;
            busy.set(false);
            wrong.set(answer.err());
        });
    };
    use_hook(look);
    let now = devices();
    let (all_screens, all_sounds) = (screens(&now), sounds(&now));
    let groups: [(Kind, &str, &str, Shape, Vec<Device>); 3] = [
        (Kind::Camera, "Cameras", "No camera is plugged in.", lucide::CAMERA, now.cameras),
        (Kind::Screen, "Screens", "No screen can be captured here.", lucide::SCREEN_SHARE, all_screens),
        (Kind::Microphone, "Microphones and desktop sound", "No microphone is plugged in.", lucide::MIC, all_sounds),
    ];
    let is_empty = groups.iter().all(|(.., devices)| devices.is_empty());
    let add = move |()| {
        let studio = STUDIO.peek().clone();
        let mut collection = studio.collection.clone();
        let scene = edited(&studio);
        // Screens lie under cameras.
        let (devices, chosen) = (devices.peek().clone(), chosen.peek().clone());
        let all_sounds = sounds(&devices);
        let all = [(Kind::Screen, screens(&devices)), (Kind::Camera, devices.cameras), (Kind::Microphone, all_sounds)];
        for (kind, device) in
            all.into_iter().flat_map(|(kind, list)| list.into_iter().map(move |device| (kind, device)))
        {
            if chosen.contains(&device.key()) && !is_used(&studio.collection.sources, &device) {
                let name = if device.device == BY_DIALOG { "Shared screen" } else { &device.name };
                let name = collection.free_source_name(name);
                let added = Edit::AddSource { source: source(kind, name.clone(), device), scene: scene.clone() };
                // Names of those to come must be free beside those just added.
                let _ = collection.apply(added.clone());
                edit(added);
                // Who has one microphone speaks in whatever scenes are added later.
                if kind == Kind::Microphone {
                    let strip = Strip { everywhere: true, ..Strip::default() };
                    edit(Edit::SetStrip { source: name, strip });
                }
            }
        }
        onnext.call(());
    };
    let verb = match (chosen.read().is_empty(), sources.read().is_empty()) {
        (false, _) => "Add and go on",
        (true, false) => "Next",
        (true, true) => "Start with an empty scene",
    };
    rsx! {
        Heading { words: "What shall your first scene show?" }
        p { class: "lead", "Tick what you want; you can move and change it all later." }
        if let Some(wrong) = wrong() {
            Alert { tone: Tone::Bad, "{wrong}" }
        }
        if busy() && is_empty {
            div { class: "form", "aria-busy": "true",
                for row in 0..4 {
                    span { key: "{row}", class: "skeleton row-skeleton" }
                }
                p { class: "soft small", role: "status", "Looking for cameras, screens and microphones." }
            }
        } else {
            for (kind , title , none , shape , list) in groups {
                fieldset { class: "device-group", key: "{kind:?}",
                    legend { class: "legend", "{title}" }
                    if list.is_empty() {
                        p { class: "soft small", "{none}" }
                    }
                    for device in list {
                        label { class: "device", key: "{device.key()}",
                            input {
                                r#type: "checkbox",
                                checked: is_used(&sources.read(), &device) || chosen.read().contains(&device.key()),
                                disabled: is_used(&sources.read(), &device),
                                onchange: {
                                    let id = device.key();
                                    move |event: FormEvent| {
                                        if event.checked() {
                                            chosen.write().insert(id.clone());
                                        } else {
                                            chosen.write().remove(&id);
                                        }
                                    }
                                },
                            }
                            Icon { shape }
                            span { class: "row-name",
                                "{device.name}"
                                if is_used(&sources.read(), &device) {
                                    span { class: "soft small", " is added already" }
                                }
                            }
                        }
                    }
                }
            }
            button { class: "text-button", disabled: busy(), onclick: move |_| look(),
                Icon { shape: lucide::REFRESH_CW, size: 16 }
                "Look again"
            }
        }
        Foot { verb, skips: chosen.read().is_empty(), onnext: add, onback }
    }
}

/// Stands for the screen or window that is chosen in the desktop's dialog.
const BY_DIALOG: &str = "portal";

/// The screens there are, and the desktop's own choice of them.
fn screens(devices: &Devices) -> Vec<Device> {
    let by_dialog = Device::new("A screen or window, chosen in your desktop’s dialog", BY_DIALOG);
    devices.screens.iter().cloned().chain(devices.screen_cast.then_some(by_dialog)).collect()
}

/// The microphones there are, and first what the computer plays, if it can.
fn sounds(devices: &Devices) -> Vec<Device> {
    let desktop = Device::new("Desktop sound", Microphone::DESKTOP);
    devices.has_output().then_some(desktop).into_iter().chain(devices.microphones.iter().cloned()).collect()
}

fn source(kind: Kind, name: String, Device { device, monitor, area, .. }: Device) -> Source {
    match kind {
        Kind::Screen if device == BY_DIALOG => Source::ScreenCast(shared(name)),
        Kind::Screen => Source::Screen(Screen { name, display: Some(device), monitor, area, cursor: true }),
        Kind::Camera => Source::Camera(Camera { name, device: device.into(), width: None, height: None }),
        Kind::Microphone => {
            Source::Microphone(Microphone { name, system: SoundSystem::default(), device: Some(device) })
        }
    }
}

/// Whether a device is a source already: the creator came back to this step.
fn is_used(sources: &[Source], device: &Device) -> bool {
    sources.iter().any(|source| match source {
        Source::ScreenCast(_) => device.device == BY_DIALOG,
        Source::Screen(screen) => device.is_shown_by(screen),
        Source::Camera(camera) => device.is(&camera.device.to_string_lossy()),
        Source::Microphone(microphone) => microphone.device.as_deref() == Some(device.device.as_str()),
        _ => false,
    })
}
