//! How the show comes in, in words.

use dioxus::prelude::*;
use klieg_api::channels::LiveState;
use klieg_api::ingest::{IngestHealth, TrackHealth};
use klieg_core::{CallError, calls};
use klieg_ui::{Alert, Tone};

use crate::i18n::{self, counted};
use crate::pages::trouble::words;
use crate::{browser, client, t};

/// Milliseconds between two looks.
const REFRESH: u32 = 2_000;

#[component]
pub fn Health() -> Element {
    let mut health = use_signal(|| None::<Result<Option<IngestHealth>, CallError>>);
    use_future(move || async move {
        loop {
            if browser::is_visible() {
                let answer = client::send::<IngestHealth>(calls::ingest()).await;
                health.set(Some(match answer {
                    Ok(health) => Ok(Some(health)),
                    Err(error) if error.status() == Some(404) => Ok(None),
                    Err(error) => Err(error),
                }));
            }
            gloo_timers::future::TimeoutFuture::new(REFRESH).await;
        }
    });
    let now = health.read();
    let (class, title) = match &*now {
        Some(Ok(Some(health))) if health.state == LiveState::Live => ("panel on-air", t!("on-air")),
        Some(Ok(Some(_))) => ("panel on-air", t!("dropped")),
        _ => ("panel off-air", t!("off-air")),
    };
    rsx! {
        section { class, "data-testid": "health", "aria-live": "polite",
            div { class: "onair-head",
                h2 { "{title}" }
                if let Some(Ok(Some(health))) = &*now {
                    span { class: "badge-live", {t!("live")} }
                    span { class: "tabular soft", {i18n::clock(browser::seconds_since(health.started_at))} }
                    span { class: "tabular soft", {counted("viewers", health.viewers)} }
                }
            }
            match &*now {
                None => rsx! {
                    span { class: "skeleton skeleton-line" }
                },
                Some(Ok(None)) => rsx! {
                    p { class: "soft", {t!("off-air-next")} }
                },
                Some(Err(error)) => rsx! {
                    Alert { tone: Tone::Warn, {words(error)} }
                },
                Some(Ok(Some(health))) => rsx! {
                    Advice { health: health.clone() }
                    div { class: "stack",
                        for track in &health.tracks {
                            Track { key: "{track.rendition}-{track.kind}", track: track.clone() }
                        }
                    }
                    p { class: "soft small source", {source(health)} }
                },
            }
        }
    }
}

#[component]
fn Advice(health: IngestHealth) -> Element {
    rsx! {
        div { class: "advice",
            if health.state == LiveState::Waiting {
                Alert { tone: Tone::Bad, {t!("dropped-next")} }
            } else if health.advice.is_empty() {
                Alert { tone: Tone::Good, {t!("health-good")} }
            }
            for advice in health.advice {
                Alert { tone: Tone::Warn, key: "{advice}", "{advice}" }
            }
        }
    }
}

#[component]
fn Track(track: TrackHealth) -> Element {
    let is_video = track.kind == "video";
    let loss = if track.frames == 0 {
        0.0
    } else {
        track.lost_frames as f64 * 100.0 / (track.frames + track.lost_frames) as f64
    };
    rsx! {
        dl { class: "figures tabular",
            Figure { label: if is_video { t!("picture") } else { t!("sound") }, value: codec(&track.codec), unit: String::new() }
            Figure { label: t!("bitrate"), value: rate(track.bitrate).0, unit: rate(track.bitrate).1 }
            if is_video {
                Figure { label: t!("frame-rate"), value: format!("{:.0}", track.frame_rate), unit: t!("per-second") }
                if let Some(interval) = track.keyframe_interval_ms {
                    Figure { label: t!("keyframe-every"), value: format!("{:.1}", interval as f64 / 1000.0), unit: "s" }
                }
            }
            Figure { label: t!("lost"), value: format!("{loss:.1}"), unit: "%" }
        }
    }
}

#[component]
fn Figure(label: String, value: String, unit: String) -> Element {
    rsx! {
        div { class: "figure",
            dt { "{label}" }
            dd {
                "{value}"
                if !unit.is_empty() {
                    small { " {unit}" }
                }
            }
        }
    }
}

fn source(health: &IngestHealth) -> String {
    let encoder = health.encoder.clone().unwrap_or_default();
    let protocol = health.protocol.to_uppercase();
    let came = if encoder.is_empty() { protocol } else { format!("{protocol} · {encoder}") };
    if health.reconnects == 0 {
        came
    } else {
        format!("{came} · {}", counted("reconnects", u64::from(health.reconnects)))
    }
}

fn codec(name: &str) -> String {
    match name {
        "h264" => "H.264".to_owned(),
        "hevc" => "HEVC".to_owned(),
        "opus" => "Opus".to_owned(),
        other => other.to_uppercase(),
    }
}

fn rate(bits: u64) -> (String, String) {
    if bits >= 1_000_000 {
        (format!("{:.1}", bits as f64 / 1_000_000.0), "Mbit/s".to_owned())
    } else {
        (format!("{:.0}", bits as f64 / 1_000.0), "kbit/s".to_owned())
    }
}
