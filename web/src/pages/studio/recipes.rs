//! How to send a show with the encoder one has.

use dioxus::prelude::*;
use klieg_api::ingest::IngestAddresses;
use klieg_core::calls;
use klieg_ui::{Alert, Segments, Tone};

use crate::pages::copyable::Copyable;
use crate::pages::trouble::words;
use crate::{browser, client, t};

#[component]
pub fn Recipes(secret: Signal<Option<String>>) -> Element {
    let mut chosen = use_signal(|| "obs".to_owned());
    let options = [("obs", t!("recipe-obs")), ("ffmpeg", "ffmpeg".to_owned()), ("whip", t!("recipe-whip"))];
    let secret = secret().unwrap_or_else(|| t!("your-key"));
    let told = use_resource(|| async { client::send::<IngestAddresses>(calls::ingest_addresses()).await });
    let (rtmp, trouble) = match &*told.read() {
        Some(Ok(addresses)) => (addresses.rtmp.clone(), None),
        Some(Err(error)) => ("rtmp://…".to_owned(), Some(words(error))),
        None => ("rtmp://…".to_owned(), None),
    };
    let whip = format!("{}/whip", browser::origin());
    rsx! {
        section { class: "panel",
            h2 { {t!("recipes")} }
            p { class: "lead", {t!("recipes-why")} }
            if let Some(trouble) = trouble {
                Alert { tone: Tone::Bad, "{trouble}" }
            }
            Segments {
                label: t!("recipes"),
                name: "recipe",
                options: options.map(|(value, label)| (value.to_owned(), label)).to_vec(),
                value: chosen(),
                onchoose: move |value| chosen.set(value),
            }
            div { class: "recipe",
                match chosen().as_str() {
                    "ffmpeg" => rsx! {
                        p { class: "soft", {t!("ffmpeg-why")} }
                        Recipe { label: t!("ffmpeg-file"), text: ffmpeg(&format!("{rtmp}/{secret}")) }
                    },
                    "whip" => rsx! {
                        p { class: "soft", {t!("whip-why")} }
                        Recipe { label: t!("server"), text: whip.clone() }
                        Recipe { label: t!("bearer"), text: secret.clone() }
                        Recipe { label: "GStreamer", text: gstreamer(&whip, &secret) }
                        Recipe { label: t!("whip-curl"), text: curl(&whip, &secret) }
                    },
                    _ => rsx! {
                        ol { class: "steps",
                            li { {t!("obs-1")} }
                            li { {t!("obs-2")} }
                            li { {t!("obs-3")} }
                        }
                        Recipe { label: t!("server"), text: rtmp.clone() }
                        Recipe { label: t!("stream-key"), text: secret.clone() }
                        p { class: "soft small", {t!("obs-whip", "server" => &whip)} }
                    },
                }
            }
        }
    }
}

#[component]
fn Recipe(label: String, text: String) -> Element {
    rsx! {
        dl {
            div {
                dt { "{label}" }
                dd { Copyable { text, label: t!("copy") } }
            }
        }
    }
}

fn ffmpeg(url: &str) -> String {
    format!(
        "ffmpeg -re -i show.mp4 -c:v libx264 -preset veryfast -tune zerolatency -b:v 3M -g 60 -pix_fmt yuv420p \
         -c:a aac -b:a 160k -ar 48000 -f flv {url}"
    )
}

fn gstreamer(url: &str, key: &str) -> String {
    format!(
        "gst-launch-1.0 whipclientsink name=out signaller::whip-endpoint={url} signaller::auth-token={key} \
         videotestsrc is-live=true ! videoconvert ! out. audiotestsrc is-live=true ! audioconvert ! out."
    )
}

fn curl(url: &str, key: &str) -> String {
    format!(
        "curl -i {url} -H 'Authorization: Bearer {key}' -H 'Content-Type: application/sdp' --data-binary @offer.sdp"
    )
}
