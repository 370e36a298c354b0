//! What is proposed to somebody who has not set anything yet, and why.

use crate::figures;
use crate::settings::{Preset, VideoSettings};
use crate::show::Canvas;
use crate::studio::ProbedEncoder;

/// How much faster than needed an encoder should be, so that scenes may get harder.
const SPARE: f64 = 1.5;

impl VideoSettings {
    /// Settings for the encoders that were tried, with a sentence that says why; none if no encoder works.
    pub fn proposed(&self, probed: &[ProbedEncoder], canvas: Canvas) -> Option<(Self, String)> {
        let needed = f64::from(canvas.fps) * SPARE;
        let bitrate = canvas.usual_bitrate();
        let rate = figures::bitrate(f64::from(bitrate));
        let size = format!("{} × {} at {} fps", canvas.width, canvas.height, canvas.fps);
        let working = || probed.iter().filter_map(|encoder| Some((encoder, *encoder.result.as_ref().ok()?)));
        let fastest = |hardware: bool| {
            let of_kind = working().filter(|(encoder, _)| encoder.hardware == hardware);
            of_kind.max_by(|(_, a), (_, b)| a.total_cmp(b))
        };
        if let Some((best, _)) = fastest(true).filter(|(_, fps)| *fps >= needed) {
            let why = format!(
                "{} works in hardware and leaves your processor to everything else. {rate} suits {size}.",
                best.what
            );
            return Some((Self { encoder: best.encoder.clone(), bitrate, ..self.clone() }, why));
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
        Some((Self { encoder: "auto".to_owned(), bitrate, preset, ..self.clone() }, why))
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
        ProbedEncoder { encoder: encoder.to_owned(), what: encoder.to_uppercase(), hardware, result }
    }

    #[test]
    fn hardware_that_works_is_proposed_before_the_processor() {
        let all = [tried("x264enc", false, Ok(300.0)), tried("vah264enc", true, Ok(120.0))];
        let (video, why) = VideoSettings::default().proposed(&all, Canvas::default()).unwrap();
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
        let (video, why) = VideoSettings::default().proposed(&all, Canvas::default()).unwrap();
        assert_eq!((video.encoder.as_str(), video.preset), ("auto", Preset::Veryfast));
        assert!(why.contains("X264ENC reaches 90 fps"), "{why}");
    }

    #[test]
    fn a_slow_computer_is_told_so() {
        let (video, why) =
            VideoSettings::default().proposed(&[tried("x264enc", false, Ok(28.0))], Canvas::default()).unwrap();
        assert_eq!(video.preset, Preset::Ultrafast);
        assert!(why.contains("only 28 fps"), "{why}");
        assert_eq!(VideoSettings::default().proposed(&[], Canvas::default()), None);
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
