//! The form of a destination: where a show is sent, and the key that only the keyring keeps.

pub mod draft;
pub mod encoding;

use dioxus::prelude::*;
use klieg_studio_model::{Command, Destination, DestinationKind, Secret, VideoSettings, host};
use klieg_ui::icon::lucide;
use klieg_ui::{Alert, Field, Icon, Segments, Select, Tone};

use self::draft::Typed;
use self::encoding::OwnEncoding;
use crate::studio::{STUDIO, ask, say};

/// Letters of a name that its id keeps.
const READABLE: usize = 40;
/// Letters of an address or a key: tokens that say who one is are long.
const LONGEST: u32 = 4_000;
const LAYERS: [(u8, &str); 3] = [(1, "One"), (2, "Two: whole and half"), (3, "Three: whole, half and quarter")];

/// Adds a destination, or changes `known`.
#[component]
pub fn DestinationForm(
    known: Option<Destination>,
    onsaved: EventHandler<()>,
    oncancel: Option<EventHandler<()>>,
) -> Element {
    let (begun, start) = use_hook(|| (known.clone(), Typed::of(known.as_ref())));
    let name = use_signal(|| start.name.clone());
    let url = use_signal(|| start.url.clone());
    let mut kind = use_signal(|| start.kind);
    let mut layers = use_signal(|| start.layers);
    let own = use_signal(|| start.own.clone());
    let mut key = use_signal(|| start.key.clone());
    let mut forgets = use_signal(|| start.forgets);
    // Saved or called off: nothing of it is kept any more.
    let mut is_over = use_signal(|| false);
    let kept = begun.clone();
    use_effect(move || {
        let (name, url, kind, layers) = (name(), url(), kind(), layers());
        let typed = Typed { name, url, kind, layers, own: own(), key: key(), forgets: forgets() };
        if !*is_over.peek() {
            typed.keep(kept.as_ref());
        }
    });
    let mut busy = use_signal(|| false);
    let mut wrong = use_signal(|| None::<String>);
    let has_key = known.as_ref().is_some_and(|known| STUDIO.read().keys.contains(&known.id));
    let is_channel = known.as_ref().is_some_and(|known| STUDIO.read().is_channel(&known.id));
    let is_klieg = kind() == DestinationKind::Klieg;
    let is_complete = !url().trim().is_empty();
    let saved = begun.clone();
    let submit = move |event: FormEvent| {
        event.prevent_default();
        if busy() || !is_complete {
            return;
        }
        let url = url.peek().trim().to_owned();
        let typed = name.peek().trim().to_owned();
        let name = if typed.is_empty() { host(&url).to_owned() } else { typed };
        let id = known.as_ref().map_or_else(|| free_id(&name), |known| known.id.clone());
        let (kind, video) = (*kind.peek(), own.peek().clone());
        let is_rtmp = kind == DestinationKind::Rtmp;
        let destination = Destination {
            id,
            name,
            kind,
            url,
            enabled: known.as_ref().is_none_or(|known| known.enabled),
            layers: if is_rtmp { 1 } else { *layers.peek() },
            video: if is_rtmp { video.map(VideoSettings::in_h264) } else { video },
        };
        let secret = key.peek().trim().to_owned();
        // An empty one deletes what is in the keyring.
        let secret = (!secret.is_empty() || *forgets.peek()).then(|| Secret::new(secret));
        busy.set(true);
        wrong.set(None);
        let saved = saved.clone();
        spawn(async move {
            let answer = ask(Command::SetDestination { destination, key: secret }).await;
            busy.set(false);
            match answer {
                Ok(()) => {
                    is_over.set(true);
                    draft::forget(saved.as_ref());
                    key.set(String::new());
                    onsaved.call(());
                }
                Err(why) => wrong.set(Some(why)),
            }
        });
    };
    let placeholder = match kind() {
        DestinationKind::Rtmp => "rtmps://live.example.org/app",
        _ => "https://live.example.org/whip",
    };
    let key_hint = match kind() {
        _ if forgets() => "Saving deletes the one in the keyring: the address has to be enough then.",
        _ if has_key => "A key is in the keyring. Leave this empty to keep it.",
        DestinationKind::Rtmp => {
            "Goes to your keyring and is never shown again. Leave it empty if the address ends with the stream’s name."
        }
        _ => {
            "Goes to your keyring and is never shown again. Leave it empty if the server asks for none, or if it is in the address."
        }
    };
    rsx! {
        form { class: "form", onsubmit: submit,
            if !is_klieg {
                div { class: "field",
                    span { class: "legend", "Protocol" }
                    Segments {
                        label: "Protocol",
                        name: "destination-kind",
                        options: vec![("whip".to_owned(), "WHIP (WebRTC)".to_owned()), ("rtmp".to_owned(), "RTMP".to_owned())],
                        value: if kind() == DestinationKind::Rtmp { "rtmp" } else { "whip" },
                        onchoose: move |value: String| {
                            kind.set(if value == "rtmp" { DestinationKind::Rtmp } else { DestinationKind::Whip });
                        },
                    }
                }
            }
            Field { label: "Name", name: "destination-name", value: name, max: 60, placeholder: "As you know it" }
            if !is_klieg {
                Field { label: "Address", name: "destination-url", value: url, max: LONGEST, placeholder }
                Field {
                    label: "Stream key",
                    name: "destination-key",
                    kind: "password",
                    value: key,
                    autocomplete: "off",
                    max: LONGEST,
                    hint: key_hint,
                    reveal: Some(("Show the key".to_owned(), "Hide the key".to_owned())),
                }
                if has_key {
                    button { class: "text-button", r#type: "button", onclick: move |_| forgets.toggle(),
                        Icon { shape: if forgets() { lucide::KEY_ROUND } else { lucide::TRASH }, size: 16 }
                        if forgets() {
                            "Keep the key"
                        } else {
                            "Delete the key"
                        }
                    }
                }
            }
            if is_channel {
                button { class: "text-button", r#type: "button", onclick: |_| renew_key(),
                    Icon { shape: lucide::KEY_ROUND, size: 16 }
                    "Make a new stream key"
                }
            }
            if kind() != DestinationKind::Rtmp {
                Select {
                    label: "Sizes of the picture",
                    name: "destination-layers",
                    options: LAYERS.iter().map(|(count, words)| (count.to_string(), (*words).to_owned())).collect::<Vec<_>>(),
                    value: layers().to_string(),
                    hint: "With several (simulcast), viewers on slow connections get a smaller one. It takes more of your processor and upload.",
                    onchoose: move |chosen: String| layers.set(chosen.parse().unwrap_or(1)),
                }
            }
            OwnEncoding {
                own,
                only_h264: kind() == DestinationKind::Rtmp,
                of: "destination",
                shared: "As the profile",
                hint: "What is sent alike is encoded once; an encoding of its own takes more of your processor.",
            }
            if let Some(wrong) = wrong() {
                Alert { tone: Tone::Bad, "{wrong}" }
            }
            div { class: "actions",
                button { class: "button button-primary", r#type: "submit", disabled: busy() || !is_complete,
                    if busy() {
                        "Saving"
                    } else {
                        "Save destination"
                    }
                }
                if let Some(oncancel) = oncancel {
                    button {
                        class: "button button-quiet",
                        r#type: "button",
                        onclick: move |_| {
                            is_over.set(true);
                            draft::forget(begun.as_ref());
                            oncancel.call(());
                        },
                        "Cancel"
                    }
                }
            }
        }
    }
}

/// Has another stream key made for the channel, and says what came of it.
pub fn renew_key() {
    wasm_bindgen_futures::spawn_local(async {
        match ask(Command::RenewKey).await {
            Ok(()) => say("Your channel has a new stream key; it is in your keyring."),
            Err(why) => say(why),
        }
    });
}

/// An id made from a name, that no destination has. Those of other profiles are not known here, so chance keeps them apart.
fn free_id(name: &str) -> String {
    let mut id = String::new();
    for letter in name.to_lowercase().chars() {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.ends_with('-') && !id.is_empty() {
            id.push('-');
        }
    }
    let id = id.get(..READABLE).unwrap_or(&id).trim_end_matches('-');
    let id = if id.is_empty() { "destination" } else { id };
    let studio = STUDIO.peek();
    let chance = || format!("{id}-{:06x}", (js_sys::Math::random() * 16_777_216.0) as u32);
    std::iter::repeat_with(chance).find(|id| studio.profile.destination(id).is_none()).unwrap_or_default()
}
