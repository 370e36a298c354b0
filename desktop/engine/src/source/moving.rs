//! Picture files that move: GIF, animated PNG, animated WebP. They are shown again and again.
//!
//! A thread of its own decodes them as they play, two frames ahead at most: a long one takes no more memory than a short one. Where it is
//! too slow for what the file asks, each frame stays longer.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use gstreamer as gst;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, Frames, ImageDecoder, ImageFormat, Limits};
use klieg_studio_model::{Canvas, ImageFile};

use super::build::{Built, PICTURE_OUT, ends};
use super::fitting::fitted;
use super::still::{Still, repeat};
use crate::EngineError;
use crate::element::{launch, named};

/// What says that it is shown for less than this is shown for as long as browsers show it.
const HASTY: Duration = Duration::from_millis(20);
const UNHURRIED: Duration = Duration::from_millis(100);
/// So much lateness is made up for by frames that are shown for less.
const LATE: Duration = Duration::from_millis(500);
/// What a picture may take in memory, in bytes.
const LARGEST: u64 = 512 << 20;

/// A decoded frame and how long it is shown.
struct Frame {
    still: Still,
    lasts: Duration,
}

/// Whether a file has more than one frame. False if it is none of these formats, or cannot be read: what else decodes it says why.
pub(super) fn moves(path: &Path) -> bool {
    frames(path).is_some_and(|frames| frames.take(2).flatten().count() == 2)
}

/// The pipeline of one that moves.
pub(super) fn build(image: &ImageFile, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let pipeline = launch(&format!("appsrc name=moving ! {} ! {PICTURE_OUT}", fitted(tail)))?;
    let (hand, frames) = sync_channel(1);
    let path = image.path.clone();
    std::thread::Builder::new().name(format!("picture {}", image.name)).spawn(move || decode(&path, &hand))?;
    let mut reel = Reel { frames, due: None };
    repeat(&named(&pipeline, "moving")?, canvas.fps, move || reel.look(Instant::now()));
    Ok(ends(pipeline))
}

/// What is shown when.
struct Reel {
    frames: Receiver<Result<Frame, String>>,
    /// When the next frame is.
    due: Option<Instant>,
}

impl Reel {
    /// The frame to show from now on; none if that is still the one before.
    fn look(&mut self, now: Instant) -> Result<Option<Still>, String> {
        let mut shown = None;
        while self.due.is_none_or(|due| due <= now) {
            let frame = match self.frames.try_recv() {
                Ok(frame) => frame?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return Err("it is decoded no more".to_owned()),
            };
            let due = self.due.filter(|due| now.duration_since(*due) < LATE).unwrap_or(now);
            self.due = Some(due + frame.lasts);
            shown = Some(frame.still);
        }
        Ok(shown)
    }
}

/// Hands over one frame after the other, again and again, until nobody takes them. A file that breaks off is repeated from there.
fn decode(path: &Path, hand: &SyncSender<Result<Frame, String>>) {
    loop {
        let mut any = false;
        for frame in frames(path).into_iter().flatten().map_while(Result::ok) {
            any = true;
            if hand.send(Ok(taken(frame))).is_err() {
                return;
            }
        }
        if !any {
            // Nobody may be there to hear it.
            let _ = hand.send(Err("it cannot be read any more".to_owned()));
            return;
        }
    }
}

fn taken(frame: image::Frame) -> Frame {
    let (numerator, denominator) = frame.delay().numer_denom_ms();
    let lasts = (u64::from(numerator) * 1_000_000).checked_div(u64::from(denominator)).map(Duration::from_nanos);
    let lasts = lasts.filter(|lasts| *lasts >= HASTY).unwrap_or(UNHURRIED);
    let picture = frame.into_buffer();
    let caps = gst::Caps::builder("video/x-raw")
        .field("format", "RGBA")
        .field("width", picture.width().cast_signed())
        .field("height", picture.height().cast_signed())
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build();
    Frame { still: Still { caps, buffer: gst::Buffer::from_mut_slice(picture.into_raw()) }, lasts }
}

/// The frames of a file that may move, decoded when they are asked for. None of any other.
fn frames(path: &Path) -> Option<Frames<'static>> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let format = image::guess_format(file.fill_buf().ok()?).ok()?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(LARGEST);
    match format {
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(file).ok()?;
            decoder.set_limits(limits).ok()?;
            Some(decoder.into_frames())
        }
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(file, limits).ok()?;
            if decoder.is_apng().ok()? { Some(decoder.apng().ok()?.into_frames()) } else { None }
        }
        ImageFormat::WebP => {
            let decoder = WebPDecoder::new(file).ok()?;
            // Its decoder has no limit of its own.
            (decoder.has_animation() && decoder.total_bytes() <= LARGEST).then(|| decoder.into_frames())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use image::codecs::gif::GifEncoder;
    use image::{Delay, RgbaImage};

    use super::*;

    fn gif(path: &Path, frames: u8, milliseconds: u32) {
        let mut encoder = GifEncoder::new(File::create(path).unwrap());
        for grey in 0..frames {
            let picture = RgbaImage::from_pixel(4, 2, image::Rgba([grey, grey, grey, 255]));
            let delay = Delay::from_numer_denom_ms(milliseconds, 1);
            encoder.encode_frame(image::Frame::from_parts(picture, 0, 0, delay)).unwrap();
        }
    }

    #[test]
    fn only_what_has_more_than_one_frame_moves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        for (frames, expected) in [(1, false), (2, true), (9, true)] {
            gif(&path, frames, 100);
            assert_eq!(moves(&path), expected, "{frames}");
        }
        for (frames, expected) in [(1, false), (2, true)] {
            let mut encoder = png::Encoder::new(File::create(&path).unwrap(), 4, 2);
            encoder.set_color(png::ColorType::Rgba);
            encoder.set_animated(frames, 0).unwrap();
            let mut writer = encoder.write_header().unwrap();
            (0..frames).for_each(|_| writer.write_image_data(&[9; 4 * 2 * 4]).unwrap());
            writer.finish().unwrap();
            assert_eq!(moves(&path), expected, "{frames}");
        }
        std::fs::write(&path, "GIF89a").unwrap();
        assert!(!moves(&path) && !moves(folder.path()));
    }

    #[test]
    fn a_file_is_repeated_until_nobody_looks_and_what_is_hasty_is_shown_as_browsers_do() {
        gst::init().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture.gif");
        for (said, lasts) in [(10, 100), (20, 20), (70, 70)] {
            gif(&path, 3, said);
            let (hand, frames) = sync_channel(1);
            let read = path.clone();
            let reader = std::thread::spawn(move || decode(&read, &hand));
            let told: Vec<_> = frames.iter().take(7).map(Result::unwrap).collect();
            assert!(told.iter().all(|frame| frame.lasts == Duration::from_millis(lasts)), "{said}");
            let greys: Vec<_> = told.iter().map(|frame| frame.still.buffer.map_readable().unwrap()[0]).collect();
            assert_eq!(greys, [0, 1, 2, 0, 1, 2, 0]);
            drop(frames);
            reader.join().unwrap();
        }
    }

    #[test]
    fn a_frame_is_shown_until_the_next_is_due_and_none_is_left_out_for_long() {
        gst::init().unwrap();
        let (hand, frames) = sync_channel(9);
        let frame = |size: usize| {
            let still = Still { caps: gst::Caps::new_any(), buffer: gst::Buffer::with_size(size).unwrap() };
            Ok(Frame { still, lasts: Duration::from_millis(100) })
        };
        let (start, mut reel) = (Instant::now(), Reel { frames, due: None });
        let mut at = |milliseconds: u64| {
            let shown = reel.look(start + Duration::from_millis(milliseconds))?;
            Ok::<_, String>(shown.map(|still| still.buffer.size()))
        };
        assert_eq!(at(0), Ok(None), "none is decoded yet");
        (1..=4).for_each(|size| hand.send(frame(size)).unwrap());
        assert_eq!([at(10), at(60), at(120), at(130)], [Ok(Some(1)), Ok(None), Ok(Some(2)), Ok(None)]);
        // Two are due, and the later is shown.
        assert_eq!(at(320), Ok(Some(4)));
        // What is decoded much later is shown from then on, each for its time.
        assert_eq!(at(900), Ok(None));
        (5..=6).for_each(|size| hand.send(frame(size)).unwrap());
        assert_eq!([at(2_000), at(2_050), at(2_100)], [Ok(Some(5)), Ok(None), Ok(Some(6))]);
        drop(hand);
        assert!(at(5_000).is_err());
    }
}
