//! What a source may be, and what its strip and its look may do to its sound and its picture.

use std::path::Path;

use super::{Findings, MAX_SIDE, MIN_SIDE, Problem, listed};
use crate::look::PictureFilter;
use crate::sound::{SoundFilter, Strip};
use crate::source::{Browser, Source};

/// Filters on one source's sound, and on its picture.
const MAX_FILTERS: usize = 16;

pub(crate) fn source_problems(source: &Source) -> Vec<Problem> {
    listed(|found| source_fits(found, "", source))
}

/// `at` is the path of the source with a dot behind it, or nothing.
pub(super) fn source_fits(found: &mut Findings, at: &str, source: &Source) {
    match source {
        Source::Tone(tone) => {
            let frequency = tone.frequency;
            found.check(
                (20.0..=20_000.0).contains(&frequency),
                format!("{at}frequency"),
                format!("{frequency} is not from 20 to 20000 Hz"),
            );
            amplitude(found, at, tone.amplitude);
        }
        Source::Music(music) => amplitude(found, at, music.amplitude),
        Source::Screen(screen) => {
            if let Some([_, _, width, height]) = screen.area {
                found.check(
                    width >= MIN_SIDE && height >= MIN_SIDE,
                    format!("{at}area"),
                    format!("[left, top, width, height] needs at least {MIN_SIDE} x {MIN_SIDE} pixels"),
                );
            }
        }
        Source::Window(window) => found.check(
            window.application.is_some() || window.title.is_some(),
            format!("{at}application"),
            "is missing; name the window's `application`, its `title`, or both",
        ),
        Source::Browser(page) => {
            let schemes = ["http://", "https://", "file:///"];
            let rest = schemes.iter().find_map(|scheme| page.url.strip_prefix(scheme));
            found.check(
                page.url == Browser::BLANK
                    || rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace)),
                format!("{at}url"),
                format!("`{}` is not an address that starts with http://, https:// or file:///", page.url),
            );
            for (key, side) in [("width", page.width), ("height", page.height)] {
                found.check(
                    (MIN_SIDE..=MAX_SIDE).contains(&side),
                    format!("{at}{key}"),
                    format!("{side} is not from {MIN_SIDE} to {MAX_SIDE}"),
                );
            }
        }
        Source::Camera(camera) => found.check(
            camera.width.is_some() == camera.height.is_some(),
            format!("{at}width"),
            "set `width` and `height` together, or neither",
        ),
        Source::File(file) => path(found, format!("{at}path"), &file.path),
        Source::Image(image) => path(found, format!("{at}path"), &image.path),
        Source::Text(text) => {
            found.check(!text.text.trim().is_empty(), format!("{at}text"), "is empty; write what it shall say");
            found.check(
                (4..=2_000).contains(&text.size),
                format!("{at}size"),
                format!("{} is not from 4 to 2000 pixels", text.size),
            );
        }
        Source::Test(_) | Source::ScreenCast(_) | Source::Microphone(_) | Source::Colour(_) => {}
    }
}

fn amplitude(found: &mut Findings, at: &str, amplitude: f64) {
    found.check((0.0..=1.0).contains(&amplitude), format!("{at}amplitude"), format!("{amplitude} is not from 0 to 1"));
}

pub(super) fn path(found: &mut Findings, key: String, path: &Path) {
    found.check(!path.as_os_str().is_empty(), key, "is empty; name a file");
}

pub(crate) fn strip_problems(strip: &Strip) -> Vec<Problem> {
    listed(|found| {
        found.within("volume", strip.volume, 0.0, Strip::MAX_VOLUME, "");
        found.within("delay", f64::from(strip.delay), 0.0, f64::from(Strip::MAX_DELAY), " ms");
        found.check(strip.filters.len() <= MAX_FILTERS, "filters", format!("are more than {MAX_FILTERS}"));
        for (index, filter) in strip.filters.iter().enumerate() {
            sound_filter_fits(found, &format!("filters.{index}."), filter);
        }
    })
}

fn sound_filter_fits(found: &mut Findings, at: &str, filter: &SoundFilter) {
    let mut level = |key: &str, value: f64| found.within(format!("{at}{key}"), value, -100.0, 0.0, " dB");
    match *filter {
        SoundFilter::Gain { gain } => found.within(format!("{at}gain"), gain, -30.0, 30.0, " dB"),
        SoundFilter::Gate { open, close, attack, hold, release } => {
            level("open", open);
            level("close", close);
            found.check(close <= open, format!("{at}close"), "is louder than `open`; it would flutter");
            for (key, time) in [("attack", attack), ("hold", hold), ("release", release)] {
                found.within(format!("{at}{key}"), time, 0.0, 10_000.0, " ms");
            }
        }
        SoundFilter::Compressor { threshold, ratio, attack, release, makeup } => {
            level("threshold", threshold);
            found.within(format!("{at}ratio"), ratio, 1.0, 32.0, "");
            found.within(format!("{at}attack"), attack, 0.1, 500.0, " ms");
            found.within(format!("{at}release"), release, 1.0, 2_000.0, " ms");
            found.within(format!("{at}makeup"), makeup, -30.0, 30.0, " dB");
        }
        SoundFilter::Limiter { ceiling, release } => {
            level("ceiling", ceiling);
            found.within(format!("{at}release"), release, 1.0, 2_000.0, " ms");
        }
        SoundFilter::NoiseSuppression => {}
    }
}

pub(crate) fn look_problems(look: &[PictureFilter]) -> Vec<Problem> {
    listed(|found| {
        found.check(look.len() <= MAX_FILTERS, "look", format!("has more than {MAX_FILTERS} filters"));
        for (index, filter) in look.iter().enumerate() {
            let at = |key: &str| format!("look.{index}.{key}");
            match filter {
                PictureFilter::ChromaKey { similarity, smoothness, .. } => {
                    found.within(at("similarity"), *similarity, 0.0, 1.0, "");
                    found.within(at("smoothness"), *smoothness, 0.0, 1.0, "");
                }
                PictureFilter::Colour { brightness, contrast, saturation, hue } => {
                    for (key, value) in [("brightness", brightness), ("contrast", contrast), ("saturation", saturation)]
                    {
                        found.within(at(key), *value, -1.0, 1.0, "");
                    }
                    found.within(at("hue"), *hue, -180.0, 180.0, " degrees");
                }
                PictureFilter::Blur { radius } => found.within(at("radius"), *radius, 0.1, 20.0, " pixels"),
                // How large the picture is shows only when it comes.
                PictureFilter::Crop(_) => {}
                PictureFilter::Lut { path: file, strength } => {
                    path(found, at("path"), file);
                    found.within(at("strength"), *strength, 0.0, 1.0, "");
                }
            }
        }
    })
}
