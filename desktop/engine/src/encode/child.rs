//! The other side of [`Prober`](super::Prober): what a program does that is called with
//! `probe-encoder NAME --size W H FPS --settings JSON`.

use std::io::Write;

use gstreamer as gst;
use klieg_studio_model::{Canvas, VideoSettings};

use super::probe::{FRAMES, measure};
use super::table::EncoderKind;

/// Tries one encoder and writes what it did on standard output, as JSON. `size` is width, height and frames a second; `settings`
/// are [`VideoSettings`] as JSON.
///
/// To be called in a process of its own: a driver may crash it.
pub fn probe_child(name: &str, size: &[u32], settings: Option<&str>) -> Result<(), String> {
    let &[width, height, fps] = size else { return Err("--size takes width, height and frames a second".to_owned()) };
    gst::init().map_err(|error| error.to_string())?;
    let kind = EncoderKind::named(name).ok_or_else(|| format!("there is no encoder `{name}` in the table"))?;
    let settings: VideoSettings = match settings {
        Some(text) => serde_json::from_str(text).map_err(|error| format!("--settings: {error}"))?,
        None => VideoSettings::default(),
    };
    let measured = measure(kind, &settings, Canvas { width, height, fps }, FRAMES);
    // Also why it is not fit, which decides for how long that is remembered.
    let line = match &measured {
        Ok(measured) => serde_json::to_string(measured),
        Err(unfit) => serde_json::to_string(unfit),
    };
    let line = line.map_err(|error| error.to_string())?;
    writeln!(std::io::stdout().lock(), "{line}").map_err(|error| error.to_string())?;
    measured.map(drop).map_err(|unfit| unfit.reason)
}
