//! Which encoder is used: the one that the settings name, or the best that works and is fast enough, and why. An encoder that
//! stopped working never keeps a show from going on air: the next is used, and the creator is told.

use klieg_studio_model::{Canvas, EncoderReport, VideoSettings};

use super::probe::{Measured, Prober};
use super::table::{ENCODERS, EncoderKind};
use crate::EngineError;
use crate::element::exists;

/// An encoder that works.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) kind: &'static EncoderKind,
    pub(crate) report: EncoderReport,
    /// If it stands in for another: a sentence that says for which, and why.
    pub(crate) fallback: Option<String>,
}

/// An encoder that is not used, and why.
type Passed = (&'static EncoderKind, String);

/// The encoders that settings allow: the one that they name, if it is one, and then the others, best first.
fn of(settings: &VideoSettings) -> Vec<&'static EncoderKind> {
    let wanted = settings.encoder.as_str();
    let of_codec = ENCODERS.iter().filter(|kind| kind.codec == settings.codec);
    let mut all: Vec<_> = of_codec.filter(|kind| kind.is_possible() || kind.element == wanted).collect();
    all.sort_by_key(|kind| kind.element != wanted);
    all
}

impl Prober {
    /// Whether an encoder would have to be tried before one can be chosen, which takes some seconds, and more with a driver that
    /// hangs: nobody knows yet what it does.
    pub(crate) fn is_untried(&self, settings: &VideoSettings, canvas: Canvas) -> bool {
        for kind in of(settings).into_iter().filter(|kind| self.broken(kind).is_none()) {
            match self.remembered(kind, settings, canvas) {
                None if exists(kind.element) => return true,
                Some(Ok(measured)) if measured.holds(canvas) || kind.element == settings.encoder => return false,
                _ => {}
            }
        }
        false
    }

    /// Whether an encoder of these settings is known to work, however fast.
    pub(crate) fn works(&self, settings: &VideoSettings, canvas: Canvas) -> bool {
        of(settings).into_iter().any(|kind| matches!(self.remembered(kind, settings, canvas), Some(Ok(_))))
    }

    /// The encoder that the settings name, or the best that works and is fast enough; else whatever works at all.
    pub(crate) fn choose(&self, settings: &VideoSettings, canvas: Canvas) -> Result<Choice, EngineError> {
        let wanted = settings.encoder.as_str();
        let all = of(settings);
        if wanted != "auto" && !all.iter().any(|kind| kind.element == wanted) {
            let known: Vec<_> = all.iter().map(|kind| kind.element).collect();
            return Err(EngineError::UnknownEncoder {
                wanted: wanted.to_owned(),
                known: known.join(", "),
                codec: settings.codec.name(),
            });
        }
        let (broken, sound): (Vec<_>, Vec<_>) = all.into_iter().partition(|kind| self.broken(kind).is_some());
        let why = |kind: &&'static EncoderKind| Some((*kind, format!("it broke on air ({})", self.broken(kind)?)));
        let mut passed: Vec<Passed> = broken.iter().filter_map(why).collect();
        // What broke is asked again only if nothing else is left.
        for kinds in [sound, broken] {
            let mut fastest: Option<(&'static EncoderKind, Measured)> = None;
            for kind in kinds {
                match self.known(kind, settings, canvas) {
                    Ok(measured) if measured.holds(canvas) || kind.element == wanted => {
                        return Ok(choice(kind, measured, canvas, wanted, passed));
                    }
                    Ok(measured) => {
                        passed.push((kind, measured.too_slow()));
                        if fastest.is_none_or(|(_, known)| measured.fps > known.fps) {
                            fastest = Some((kind, measured));
                        }
                    }
                    Err(reason) => passed.push((kind, reason)),
                }
            }
            if let Some((kind, measured)) = fastest {
                return Ok(choice(kind, measured, canvas, wanted, passed));
            }
        }
        Err(EngineError::NoEncoder { codec: settings.codec.name(), reasons: listed(&passed) })
    }
}

fn choice(
    kind: &'static EncoderKind,
    measured: Measured,
    canvas: Canvas,
    wanted: &str,
    mut passed: Vec<Passed>,
) -> Choice {
    passed.retain(|(other, _)| other.element != kind.element);
    let Canvas { width, height, fps } = canvas;
    let mut reason = format!("{} encodes {:.0} frames/s at {width}x{height}", kind.what, measured.fps);
    if !measured.holds(canvas) {
        reason = format!("{reason}, too slow for {fps}: take a faster preset or a smaller canvas");
    }
    if !passed.is_empty() {
        reason = format!("{reason}; {}", listed(&passed));
    }
    let report = EncoderReport { encoder: kind.element.to_owned(), hardware: kind.hardware, reason };
    Choice { kind, report, fallback: fallback(kind, wanted, &passed) }
}

fn listed(passed: &[Passed]) -> String {
    let all: Vec<_> = passed.iter().map(|(kind, reason)| format!("{}: {reason}", kind.element)).collect();
    all.join(", ")
}

/// What is said aloud: that the chosen encoder is not used, or one that this computer has or should have. That it has no graphics
/// card of some make is no news.
fn fallback(kind: &EncoderKind, wanted: &str, passed: &[Passed]) -> Option<String> {
    let is_news = |other: &EncoderKind| match wanted {
        "auto" => !other.hardware || exists(other.element),
        wanted => other.element == wanted,
    };
    let clauses: Vec<_> = passed
        .iter()
        .filter(|(other, _)| is_news(other))
        .map(|(other, reason)| {
            let chosen = if other.element == wanted { ", which was chosen," } else { "" };
            format!("{} ({}){chosen} is not used: {reason}.", other.what, other.element)
        })
        .collect();
    (!clauses.is_empty()).then(|| format!("{} In its place: {}.", clauses.join(" "), kind.what))
}

#[cfg(test)]
mod tests {
    use gstreamer as gst;
    use klieg_studio_model::Preset;

    use super::*;

    const CANVAS: Canvas = Canvas { width: 320, height: 180, fps: 5 };

    fn settings(encoder: &str) -> VideoSettings {
        VideoSettings { encoder: encoder.to_owned(), preset: Preset::Ultrafast, ..VideoSettings::default() }
    }

    #[test]
    fn one_that_broke_on_air_is_passed_over_until_it_was_tried_again() {
        gst::init().unwrap();
        let prober = Prober::default();
        let first = prober.choose(&settings("auto"), CANVAS).unwrap();
        assert!(prober.broke(first.kind, "the driver hung"));
        assert!(!prober.clone().broke(first.kind, "the driver hung"), "clones know it");
        for wanted in ["auto", first.kind.element] {
            let next = prober.choose(&settings(wanted), CANVAS).unwrap();
            assert_ne!(next.kind.element, first.kind.element);
            let said = next.fallback.unwrap();
            assert!(said.contains(first.kind.what) && said.contains("the driver hung"), "{said}");
            assert!(said.ends_with(&format!("In its place: {}.", next.kind.what)), "{said}");
        }
        prober.attempt(first.kind, &settings("auto"), CANVAS).unwrap();
        assert_eq!(prober.choose(&settings("auto"), CANVAS).unwrap().kind.element, first.kind.element);
    }

    #[test]
    fn what_was_tried_once_is_not_tried_again() {
        gst::init().unwrap();
        let prober = Prober::default();
        assert!(prober.is_untried(&settings("auto"), CANVAS));
        prober.choose(&settings("auto"), CANVAS).unwrap();
        assert!(!prober.is_untried(&settings("auto"), CANVAS));
        let other = VideoSettings { bitrate: 400, ..settings("auto") };
        assert!(!prober.is_untried(&other, CANVAS), "another bitrate is none");
        assert!(prober.is_untried(&settings("auto"), Canvas { fps: 6, ..CANVAS }), "another size is another question");
    }

    #[test]
    fn when_all_of_them_broke_one_is_used_all_the_same() {
        gst::init().unwrap();
        let prober = Prober::default();
        for kind in ENCODERS {
            prober.broke(kind, "the driver hung");
        }
        assert!(prober.choose(&settings("auto"), CANVAS).is_ok());
    }

    #[test]
    fn a_name_that_nothing_has_is_refused_with_those_there_are() {
        gst::init().unwrap();
        let error = Prober::default().choose(&settings("x246enc"), CANVAS).unwrap_err().to_string();
        assert!(error.contains("`x246enc`") && error.contains("x264enc") && !error.contains("av1"), "{error}");
    }
}
