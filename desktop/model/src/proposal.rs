//! What is proposed to somebody who has not set anything yet, and why.

use crate::figures;
use crate::settings::{Preset, VideoCodec, VideoSettings};
use crate::show::Canvas;
use crate::studio::ProbedEncoder;

/// How much faster than needed an encoder should be, so that scenes may get harder.
const SPARE: f64 = 1.5;

impl VideoSettings {
    /// Settings for the encoders that were tried and for the upload in kbit/s, if it was measured, with sentences that say why;
    /// none if no encoder works.
    pub fn proposed(&self, probed: &[ProbedEncoder], canvas: Canvas, upload: Option<u32>) -> Option<(Self, String)> {
        let (proposed, why) = self.for_encoders(probed, canvas)?;
        let Some(upload) = upload else { return Some((proposed, why)) };
        let usual = proposed.bitrate;
        let fitting = proposed.for_upload(upload);
        let measured = figures::bitrate(f64::from(upload));
        let about_upload = if fitting.bitrate == usual {
            format!("Your upload of {measured} carries that easily.")
        } else if upload < fitting.bitrate {
            format!("Your upload of {measured} is too slow for a live show: use a cable, or another network.")
        } else {
            let rate = figures::bitrate(f64::from(fitting.bitrate));
            let smaller = if fitting.bitrate * 2 < usual { " A smaller canvas would look better." } else { "" };
            format!("Your upload carries {measured}, so {rate} leaves room for the rest.{smaller}")
        };
        Some((fitting, format!("{why} {about_upload}")))
    }

    /// The same for an upload of so many kbit/s: at most what leaves a third of it free.
    #[must_use]
    pub fn for_upload(self, upload: u32) -> Self {
        let fits = upload / 3 * 2 / 100 * 100;
        Self { bitrate: self.bitrate.min(fits.max(300)), ..self }
    }

    fn for_encoders(&self, probed: &[ProbedEncoder], canvas: Canvas) -> Option<(Self, String)> {
        let needed = f64::from(canvas.fps) * SPARE;
        let bitrate = canvas.usual_bitrate();
        let rate = figures::bitrate(f64::from(bitrate));
        let size = format!("{} × {} at {} fps", canvas.width, canvas.height, canvas.fps);
        // What plays everywhere is proposed; who knows their viewers may choose another.
        let common = || probed.iter().filter(|encoder| encoder.codec == VideoCodec::H264);
        let working = || common().filter_map(|encoder| Some((encoder, *encoder.result.as_ref().ok()?)));
        let fastest = |hardware: bool| {
            let of_kind = working().filter(|(encoder, _)| encoder.hardware == hardware);
            of_kind.max_by(|(_, a), (_, b)| a.total_cmp(b))
        };
        if let Some((best, _)) = fastest(true).filter(|(_, fps)| *fps >= needed) {
            let why = format!(
                "{} works in hardware and leaves your processor to everything else. {rate} suits {size}.",
                best.what
            );
            return Some((
                Self { codec: VideoCodec::H264, encoder: best.encoder.clone(), bitrate, ..self.clone() },
                why,
            ));
        }
        let (best, fps) = fastest(false).or_else(|| fastest(true))?;
        let (preset, why) = if fps >= needed {
            let why =
                format!("{} reaches {fps:.0} fps on your processor: fast enough. {rate} suits {size}.", best.what);
            (Preset::Veryfast, why)
        } else {
            let why = format!(
                "{} reaches only {fps:.0} fps, so the fastest preset is proposed. A smaller canvas would help more.",
                best.what
            );
            (Preset::Ultrafast, why)
        };
        Some((Self { codec: VideoCodec::H264, encoder: "auto".to_owned(), bitrate, preset, ..self.clone() }, why))
    }
}

impl Canvas {
    /// In kbit/s: about a tenth of a bit for each pixel, in steps of 500, 1,000 to 12,000.
    pub fn usual_bitrate(self) -> u32 {
        let pixels = f64::from(self.width) * f64::from(self.height) * f64::from(self.fps);
        ((pixels * 0.095 / 1_000.0 / 500.0).round() as u32 * 500).clamp(1_000, 12_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn hardware_that_works_is_proposed_before_the_processor() {
        let all = [tried("x264enc", false, Ok(300.0)), tried("vah264enc", true, Ok(120.0))];
        let (video, why) = VideoSettings::default().proposed(&all, Canvas::default(), None).unwrap();
        assert_eq!((video.encoder.as_str(), video.bitrate), ("vah264enc", 2_500));
        assert!(why.contains("in hardware"), "{why}");
    }

    #[test]
    fn hardware_that_is_broken_or_slow_is_not() {
        let all = [
            tried("nvh264enc", true, Err("no driver")),
            tried("v4l2h264enc", true, Ok(31.0)),
            tried("x264enc", false, Ok(90.0)),
        ];
        let (video, why) = VideoSettings::default().proposed(&all, Canvas::default(), None).unwrap();
        assert_eq!((video.encoder.as_str(), video.preset), ("auto", Preset::Veryfast));
        assert!(why.contains("X264ENC reaches 90 fps"), "{why}");
    }

    #[test]
    fn a_slow_computer_is_told_so() {
        let (video, why) =
            VideoSettings::default().proposed(&[tried("x264enc", false, Ok(28.0))], Canvas::default(), None).unwrap();
        assert_eq!(video.preset, Preset::Ultrafast);
        assert!(why.contains("only 28 fps"), "{why}");
        assert_eq!(VideoSettings::default().proposed(&[], Canvas::default(), None), None);
    }

    #[test]
    fn a_slow_upload_gets_less_and_is_told_why() {
        let canvas = Canvas { width: 1920, height: 1080, fps: 30 };
        let of = |upload| {
            let probed = [tried("x264enc", false, Ok(90.0))];
            VideoSettings::default().proposed(&probed, canvas, Some(upload)).unwrap()
        };
        let (video, why) = of(20_000);
        assert_eq!(video.bitrate, 6_000);
        assert!(why.contains("carries that easily"), "{why}");
        let (video, why) = of(6_000);
        assert_eq!(video.bitrate, 4_000);
        assert!(why.contains("leaves room") && !why.contains("smaller canvas"), "{why}");
        let (video, why) = of(3_000);
        assert_eq!(video.bitrate, 2_000);
        assert!(why.contains("smaller canvas"), "{why}");
        assert!(of(200).1.contains("too slow for a live show"));
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
