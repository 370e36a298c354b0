//! What is proposed to somebody who has not set anything yet, and why.

use crate::figures;
use crate::settings::{Preset, VideoCodec, VideoSettings};
use crate::show::Canvas;
use crate::studio::ProbedEncoder;

/// How much faster than needed an encoder should be, so that scenes may get harder. One on the processor may be just fast
/// enough: it has faster presets.
const SPARE: f64 = 1.5;
/// The processor also composes the picture, and the pictures that encoders are tried with are easy. A larger one is proposed only
/// where it could encode it so many times as fast as needed: while hardware encodes, and while it encodes by itself.
const TO_COMPOSE: f64 = 4.0;
const TO_ENCODE_TOO: f64 = 6.0;

/// The sizes that are proposed, largest first.
const SIZES: [Canvas; 4] = [
    Canvas { width: 1920, height: 1080, fps: 60 },
    Canvas { width: 1920, height: 1080, fps: 30 },
    Canvas { width: 1280, height: 720, fps: 30 },
    Canvas { width: 854, height: 480, fps: 30 },
];

/// A picture and how to encode it.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    pub canvas: Canvas,
    pub video: VideoSettings,
    /// In sentences.
    pub why: String,
}

impl VideoSettings {
    /// A canvas and settings for the encoders that were tried at `tried` and for the upload in kbit/s, if that is known, with
    /// sentences that say why; none if no encoder works. A canvas of a size of one's own stays what it is.
    pub fn proposed(&self, probed: &[ProbedEncoder], tried: Canvas, upload: Option<u32>) -> Option<Proposal> {
        let speeds = Speeds::of(probed, tried);
        let sizes = sizes(tried, upload.is_some());
        let fits = |size: &&Canvas| {
            speeds.encoder(**size).is_some() && upload.is_none_or(|upload| carries(upload, **size, tried))
        };
        let canvas = sizes.iter().find(fits).or(sizes.last()).copied()?;
        let (video, about_encoder) = self.encoded(&speeds, canvas)?;
        let mut why: Vec<String> = speeds.about_size(canvas, upload).into_iter().collect();
        why.push(about_encoder);
        let (video, about_upload) = video.fitting(upload);
        why.push(about_upload);
        Some(Proposal { canvas, video, why: why.join(" ") })
    }

    /// The same for an upload of so many kbit/s: at most what leaves a third of it free.
    #[must_use]
    pub fn for_upload(self, upload: u32) -> Self {
        let fits = share(upload) / 100 * 100;
        Self { bitrate: self.bitrate.min(fits.max(300)), ..self }
    }

    /// The same for an upload, and what that means.
    fn fitting(self, upload: Option<u32>) -> (Self, String) {
        let Some(upload) = upload else {
            let needed = figures::bitrate(f64::from(self.bitrate) * 1.5);
            return (self, format!("Your upload is not known: this takes one of {needed} or more."));
        };
        let usual = self.bitrate;
        let fitting = self.for_upload(upload);
        let has = figures::bitrate(f64::from(upload));
        let text = if fitting.bitrate == usual {
            format!("Your upload of {has} carries that easily.")
        } else if upload < fitting.bitrate {
            format!("Your upload of {has} is too slow for a live show: use a cable, or another network.")
        } else {
            let rate = figures::bitrate(f64::from(fitting.bitrate));
            let smaller = if fitting.bitrate * 2 < usual { " A smaller canvas would look better." } else { "" };
            format!("Your upload carries {has}, so {rate} leaves room for the rest.{smaller}")
        };
        (fitting, text)
    }

    /// Settings for a canvas, and why; none if no encoder works.
    fn encoded(&self, speeds: &Speeds<'_>, canvas: Canvas) -> Option<(Self, String)> {
        let (best, fps) = speeds.encoder(canvas).or_else(|| speeds.fastest(canvas))?;
        let bitrate = canvas.usual_bitrate();
        let rate = figures::bitrate(f64::from(bitrate));
        let size = named(canvas);
        let is_fast = fps >= f64::from(canvas.fps) * SPARE;
        let (encoder, preset, why) = if best.hardware && is_fast {
            let why = format!(
                "{} works in hardware and leaves your processor to everything else. {rate} suits {size}.",
                best.what
            );
            (best.encoder.clone(), self.preset, why)
        } else if is_fast {
            let why =
                format!("{} reaches {fps:.0} fps on your processor: fast enough. {rate} suits {size}.", best.what);
            ("auto".to_owned(), Preset::Veryfast, why)
        } else {
            let helps = if fps < f64::from(canvas.fps) { " Other programs should be closed." } else { "" };
            let why = format!(
                "{} reaches only {fps:.0} fps, so the fastest preset is proposed.{helps} {rate} suits {size}.",
                best.what
            );
            ("auto".to_owned(), Preset::Ultrafast, why)
        };
        Some((Self { codec: VideoCodec::H264, encoder, bitrate, preset, ..self.clone() }, why))
    }
}

/// What an upload carries with room for the rest, in kbit/s.
fn share(upload: u32) -> u32 {
    upload / 3 * 2
}

/// Whether an upload is enough for a canvas. The one that there is may do with half of its usual bits, a larger one may not.
fn carries(upload: u32, canvas: Canvas, now: Canvas) -> bool {
    let enough = if canvas.points() > now.points() { 1 } else { 2 };
    share(upload).saturating_mul(enough) >= canvas.usual_bitrate()
}

/// What may be proposed, largest first: `now` and smaller ones, and larger ones if `grows`.
fn sizes(now: Canvas, grows: bool) -> Vec<Canvas> {
    if !SIZES.iter().any(|size| (size.width, size.height) == (now.width, now.height)) {
        return vec![now];
    }
    let mut sizes: Vec<_> = SIZES.into_iter().filter(|size| grows || size.points() <= now.points()).collect();
    if !sizes.contains(&now) {
        sizes.push(now);
    }
    sizes.sort_by_key(|size| std::cmp::Reverse(size.points()));
    sizes
}

fn named(Canvas { width, height, fps }: Canvas) -> String {
    format!("{width} × {height} at {fps} fps")
}

/// What the encoders did that work, at the canvas at which they were tried. Of what plays everywhere: who knows their viewers may
/// choose another.
struct Speeds<'a> {
    tried: Canvas,
    hardware: Option<(&'a ProbedEncoder, f64)>,
    software: Option<(&'a ProbedEncoder, f64)>,
}

impl<'a> Speeds<'a> {
    fn of(probed: &'a [ProbedEncoder], tried: Canvas) -> Self {
        let fastest = |hardware: bool| {
            let of_kind =
                probed.iter().filter(|encoder| encoder.codec == VideoCodec::H264 && encoder.hardware == hardware);
            let working = of_kind.filter_map(|encoder| Some((encoder, *encoder.result.as_ref().ok()?)));
            working.max_by(|(_, a), (_, b)| a.total_cmp(b))
        };
        Self { tried, hardware: fastest(true), software: fastest(false) }
    }

    /// The encoder that is fast enough for a canvas, and how fast it would be.
    fn encoder(&self, canvas: Canvas) -> Option<(&'a ProbedEncoder, f64)> {
        let is_larger = canvas.points() > self.tried.points();
        let needed = f64::from(canvas.fps);
        let (hardware, software) = (self.at(self.hardware, canvas), self.at(self.software, canvas));
        let may_compose = !is_larger || software.is_some_and(|(_, fps)| fps >= needed * TO_COMPOSE);
        let spare = if is_larger { TO_ENCODE_TOO } else { 1.0 };
        let fast = hardware.filter(|(_, fps)| may_compose && *fps >= needed * SPARE);
        fast.or(software.filter(|(_, fps)| *fps >= needed * spare))
    }

    /// Whatever works, and how fast it would be.
    fn fastest(&self, canvas: Canvas) -> Option<(&'a ProbedEncoder, f64)> {
        self.at(self.software.or(self.hardware), canvas)
    }

    /// What was measured at one canvas, for another: an encoder takes its time for the number of points.
    fn at(&self, measured: Option<(&'a ProbedEncoder, f64)>, canvas: Canvas) -> Option<(&'a ProbedEncoder, f64)> {
        let points = |canvas: Canvas| f64::from(canvas.width) * f64::from(canvas.height);
        measured.map(|(encoder, fps)| (encoder, fps * points(self.tried) / points(canvas)))
    }

    /// Why another canvas is proposed than the one that there is, if it is.
    fn about_size(&self, proposed: Canvas, upload: Option<u32>) -> Option<String> {
        if proposed == self.tried {
            return None;
        }
        let (now, size) = (named(self.tried), named(proposed));
        if proposed.points() > self.tried.points() {
            return Some(format!("This computer and your upload carry more than {now}: {size} is proposed."));
        }
        let slow = self.fastest(self.tried).filter(|_| self.encoder(self.tried).is_none());
        Some(match (slow, upload) {
            (Some((encoder, fps)), _) => {
                format!("{} reaches only {fps:.0} fps of {now}, so {size} is proposed.", encoder.what)
            }
            (None, Some(upload)) => {
                let has = figures::bitrate(f64::from(upload));
                format!("An upload of {has} is too little for {now}: {size} looks better at so few bits.")
            }
            (None, None) => format!("{size} is proposed."),
        })
    }
}

impl Canvas {
    /// Points of the picture in a second.
    fn points(self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * u64::from(self.fps)
    }

    /// In kbit/s: about a tenth of a bit for each pixel, in steps of 500, 1,000 to 12,000.
    pub fn usual_bitrate(self) -> u32 {
        let pixels = self.points() as f64;
        ((pixels * 0.095 / 1_000.0 / 500.0).round() as u32 * 500).clamp(1_000, 12_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Canvas = Canvas { width: 854, height: 480, fps: 30 };
    const FULL: Canvas = Canvas { width: 1920, height: 1080, fps: 30 };

    fn tried(encoder: &str, hardware: bool, result: Result<f64, &str>) -> ProbedEncoder {
        let result = result.map_err(str::to_owned);
        ProbedEncoder {
            encoder: encoder.to_owned(),
            what: encoder.to_uppercase(),
            codec: VideoCodec::H264,
            hardware,
            result,
        }
    }

    fn proposed(probed: &[ProbedEncoder], canvas: Canvas, upload: Option<u32>) -> Proposal {
        VideoSettings::default().proposed(probed, canvas, upload).unwrap()
    }

    #[test]
    fn hardware_that_works_is_proposed_before_the_processor() {
        let all = [tried("x264enc", false, Ok(300.0)), tried("vah264enc", true, Ok(120.0))];
        let Proposal { canvas, video, why } = proposed(&all, Canvas::default(), None);
        assert_eq!((video.encoder.as_str(), video.bitrate, canvas), ("vah264enc", 2_500, Canvas::default()));
        assert!(why.contains("in hardware") && why.contains("not known: this takes one of 3.8 Mbit/s"), "{why}");
    }

    #[test]
    fn hardware_that_is_broken_or_slow_is_not() {
        let all = [
            tried("nvh264enc", true, Err("no driver")),
            tried("v4l2h264enc", true, Ok(31.0)),
            tried("x264enc", false, Ok(90.0)),
        ];
        let Proposal { canvas, video, why } = proposed(&all, Canvas::default(), None);
        assert_eq!((video.encoder.as_str(), video.preset, canvas), ("auto", Preset::Veryfast, Canvas::default()));
        assert!(why.contains("X264ENC reaches 90 fps"), "{why}");
    }

    #[test]
    fn a_slow_computer_gets_a_smaller_picture_and_is_told_why() {
        let Proposal { canvas, video, why } = proposed(&[tried("x264enc", false, Ok(28.0))], Canvas::default(), None);
        assert_eq!((canvas, video.preset, video.bitrate), (SMALL, Preset::Veryfast, 1_000));
        assert!(why.starts_with("X264ENC reaches only 28 fps of 1280 × 720 at 30 fps, so 854 × 480"), "{why}");
        // Just fast enough: a faster preset does.
        let Proposal { canvas, video, .. } = proposed(&[tried("x264enc", false, Ok(38.0))], Canvas::default(), None);
        assert_eq!((canvas, video.preset), (Canvas::default(), Preset::Ultrafast));
        let Proposal { canvas, video, why } = proposed(&[tried("x264enc", false, Ok(9.0))], Canvas::default(), None);
        assert_eq!((canvas, video.preset), (SMALL, Preset::Ultrafast));
        assert!(why.contains("Other programs should be closed"), "{why}");
        assert_eq!(VideoSettings::default().proposed(&[], Canvas::default(), None), None);
    }

    #[test]
    fn a_fast_one_with_an_upload_for_it_gets_a_larger_picture() {
        let of = |hardware: f64, software: f64, upload| {
            let all = [tried("nvh264enc", true, Ok(hardware)), tried("x264enc", false, Ok(software))];
            proposed(&all, Canvas::default(), upload)
        };
        let both = of(900.0, 700.0, Some(50_000));
        assert_eq!((both.canvas, both.video.bitrate), (Canvas { fps: 60, ..FULL }, 12_000));
        assert!(both.why.contains("1920 × 1080 at 60 fps is proposed"), "{}", both.why);
        assert_eq!(of(900.0, 300.0, Some(50_000)).canvas, FULL, "the processor has to compose it");
        assert_eq!(of(900.0, 700.0, Some(9_000)).canvas, FULL);
        assert_eq!(of(900.0, 700.0, Some(5_000)).canvas, Canvas::default());
        assert_eq!(of(900.0, 700.0, None).canvas, Canvas::default(), "nobody knows what the upload carries");
        let alone = |fps| proposed(&[tried("x264enc", false, Ok(fps))], Canvas::default(), Some(50_000)).canvas;
        assert_eq!((alone(250.0), alone(450.0)), (Canvas::default(), FULL));
    }

    #[test]
    fn a_slow_upload_gets_less_and_is_told_why() {
        let of = |upload| proposed(&[tried("x264enc", false, Ok(90.0))], FULL, Some(upload));
        let Proposal { canvas, video, why } = of(20_000);
        assert_eq!((canvas, video.bitrate), (FULL, 6_000));
        assert!(why.contains("carries that easily"), "{why}");
        let Proposal { canvas, video, why } = of(6_000);
        assert_eq!((canvas, video.bitrate), (FULL, 4_000));
        assert!(why.contains("leaves room"), "{why}");
        let Proposal { canvas, video, why } = of(3_000);
        assert_eq!((canvas, video.bitrate), (Canvas::default(), 2_000));
        assert!(why.starts_with("An upload of 3.0 Mbit/s is too little for 1920 × 1080"), "{why}");
        let Proposal { canvas, why, .. } = of(200);
        assert_eq!(canvas, SMALL);
        assert!(why.contains("too slow for a live show"), "{why}");
    }

    #[test]
    fn a_canvas_of_ones_own_stays_what_it_is() {
        let upright = Canvas { width: 720, height: 1280, fps: 30 };
        let Proposal { canvas, why, .. } = proposed(&[tried("x264enc", false, Ok(20.0))], upright, Some(1_200));
        assert_eq!(canvas, upright);
        assert!(why.contains("A smaller canvas would look better"), "{why}");
    }

    #[test]
    fn a_larger_picture_gets_more() {
        let of = |width, height, fps| Canvas { width, height, fps }.usual_bitrate();
        assert_eq!(of(1280, 720, 30), 2_500);
        assert_eq!(of(1920, 1080, 30), 6_000);
        assert_eq!(of(1920, 1080, 60), 12_000);
        assert_eq!(of(320, 180, 15), 1_000);
    }
}
