//! Pictures that people upload, made into pictures that are kept: read within limits, made small, and written anew as PNG.
//! No I/O.
//!
//! PNG also for what is animated: every browser shows animated PNGs, and unlike GIF they have edges that are transparent in
//! part, which look right on dark and on light.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{
    AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageError, ImageFormat, Limits, RgbaImage, guess_format,
};
use klieg_api::emotes::{MAX_FRAMES, MAX_SECONDS, MAX_SIDE, SIDE};

use super::webp;

/// Bytes that a decoder may have at once: three times a picture of the most pixels, each of eight bytes, and some.
const MOST_MEMORY: u64 = 32 << 20;
/// The largest picture that is kept, in bytes.
const MOST_WRITTEN: usize = 1 << 20;
/// Milliseconds under which browsers do not believe a frame's time, and what they take instead.
const HASTY: u32 = 20;
const UNHURRIED: u32 = 100;

/// Why a picture is not taken, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    #[error("This is no PNG, GIF, WebP or JPEG. Save the picture as one of these and send that.")]
    Format,
    #[error("The picture is too large. Make it at most {} pixels wide and high.", MAX_SIDE)]
    Size,
    #[error("The animation is too long. Make it at most {} frames.", MAX_FRAMES)]
    Frames,
    #[error("The animation is too long. Make it at most {} seconds.", MAX_SECONDS)]
    Seconds,
    #[error("The animation has too much in it. Use fewer frames, or calmer ones.")]
    Busy,
    #[error("The picture is damaged or not complete. Save it again and send that.")]
    Damaged,
}

impl From<ImageError> for Unfit {
    fn from(error: ImageError) -> Self {
        if matches!(error, ImageError::Limits(_)) { Self::Size } else { Self::Damaged }
    }
}

/// A picture as it is kept.
#[derive(Debug)]
pub(super) struct Picture {
    pub png: Vec<u8>,
    /// The first frame, if it is animated.
    pub still: Option<Vec<u8>>,
    pub width: u32,
    pub height: u32,
}

struct Frame {
    picture: RgbaImage,
    /// For so many milliseconds.
    shown: u32,
}

/// Makes what is kept of an uploaded picture. Takes a while: not for a thread that others wait for.
pub(super) fn make(uploaded: &[u8]) -> Result<Picture, Unfit> {
    let frames = read(uploaded)?;
    let (width, height) = frames.first().ok_or(Unfit::Damaged)?.picture.dimensions();
    let png = write(&frames)?;
    let still = match frames.as_slice() {
        [first, _, ..] => Some(write(std::slice::from_ref(first))?),
        _ => None,
    };
    Ok(Picture { png, still, width, height })
}

/// Every frame, made small. What the file says it is does not count, only what it is.
fn read(uploaded: &[u8]) -> Result<Vec<Frame>, Unfit> {
    let source = Cursor::new(uploaded);
    match guess_format(uploaded).map_err(|_| Unfit::Format)? {
        ImageFormat::Png => {
            let decoder = PngDecoder::with_limits(source, limits())?;
            if decoder.is_apng()? { animation(decoder.apng()?.into_frames()) } else { still(decoder) }
        }
        ImageFormat::Gif => {
            let mut decoder = GifDecoder::new(source)?;
            decoder.set_limits(limits())?;
            animation(decoder.into_frames())
        }
        ImageFormat::WebP => {
            // Its decoder has no limit of its own.
            if webp::longest_side(uploaded).ok_or(Unfit::Damaged)? > MAX_SIDE {
                return Err(Unfit::Size);
            }
            let mut decoder = WebPDecoder::new(source)?;
            decoder.set_limits(limits())?;
            if decoder.has_animation() { animation(decoder.into_frames()) } else { still(decoder) }
        }
        ImageFormat::Jpeg => {
            let mut decoder = JpegDecoder::new(source)?;
            decoder.set_limits(limits())?;
            still(decoder)
        }
        _ => Err(Unfit::Format),
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

fn still(mut decoder: impl ImageDecoder) -> Result<Vec<Frame>, Unfit> {
    // Photographs lie on their side, and say so.
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(vec![Frame { picture: small(picture.into_rgba8()), shown: 0 }])
}

fn animation(decoded: Frames<'_>) -> Result<Vec<Frame>, Unfit> {
    let mut frames = Vec::new();
    for frame in decoded {
        let frame = frame?;
        if frames.len() == MAX_FRAMES {
            return Err(Unfit::Frames);
        }
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let shown = numerator.checked_div(denominator).unwrap_or_default();
        let shown = if shown < HASTY { UNHURRIED } else { shown };
        frames.push(Frame { picture: small(frame.into_buffer()), shown });
    }
    let lasts: u64 = frames.iter().map(|frame| u64::from(frame.shown)).sum();
    if frames.len() > 1 && lasts > u64::from(MAX_SECONDS) * 1_000 {
        return Err(Unfit::Seconds);
    }
    Ok(frames)
}

/// The picture fitted into the square that emotes have. A smaller one stays as it is.
fn small(mut picture: RgbaImage) -> RgbaImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= SIDE {
        return picture;
    }
    let fitted = |side: u32| ((side * SIDE + longest / 2) / longest).max(1);
    // What cannot be seen has a colour too, which must not run into what can: colours weigh as much as they are seen.
    for pixel in picture.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let seen = |colour: u8| ((u16::from(colour) * u16::from(alpha) + 127) / 255) as u8;
        pixel.0 = [seen(red), seen(green), seen(blue), alpha];
    }
    let scaled = DynamicImage::ImageRgba8(picture).resize_exact(fitted(width), fitted(height), FilterType::CatmullRom);
    let mut picture = scaled.into_rgba8();
    for pixel in picture.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let whole = |colour: u8| {
            let whole = (u16::from(colour) * 255 + u16::from(alpha) / 2).checked_div(alpha.into()).unwrap_or_default();
            whole.min(255) as u8
        };
        pixel.0 = [whole(red), whole(green), whole(blue), alpha];
    }
    picture
}

/// A PNG of these frames, the smaller one of two: drawings are so without filters, photographs with them.
fn write(frames: &[Frame]) -> Result<Vec<u8>, Unfit> {
    let plain = encode(frames, png::Filter::NoFilter).map_err(|_| Unfit::Damaged)?;
    let filtered = encode(frames, png::Filter::Adaptive).map_err(|_| Unfit::Damaged)?;
    let smaller = if plain.len() < filtered.len() { plain } else { filtered };
    if smaller.len() > MOST_WRITTEN { Err(Unfit::Busy) } else { Ok(smaller) }
}

fn encode(frames: &[Frame], filter: png::Filter) -> Result<Vec<u8>, png::EncodingError> {
    let (width, height) = frames.first().map_or((0, 0), |frame| frame.picture.dimensions());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_filter(filter);
    let is_animated = frames.len() > 1;
    if is_animated {
        // For ever. Each frame stands in place of the one before.
        encoder.set_animated(frames.len() as u32, 0)?;
    }
    let mut writer = encoder.write_header()?;
    for frame in frames {
        if is_animated {
            writer.set_frame_delay(u16::try_from(frame.shown).unwrap_or(u16::MAX), 1_000)?;
        }
        writer.write_image_data(frame.picture.as_raw())?;
    }
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use image::Rgba;

    use super::*;

    /// A disc on nothing: nothing is white, which must not be seen at the edge.
    fn disc(side: u32) -> RgbaImage {
        RgbaImage::from_fn(side, side, |x, y| {
            let off = |at: u32| i64::from(at) * 2 - i64::from(side) + 1;
            let is_in = off(x).pow(2) + off(y).pow(2) < i64::from(side).pow(2);
            if is_in { Rgba([200, 0, 0, 255]) } else { Rgba([255, 255, 255, 0]) }
        })
    }

    fn png_of(picture: &RgbaImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_fitted_and_keeps_its_shape() {
        for ((width, height), fitted) in
            [((1_024, 512), (112, 56)), ((224, 224), (112, 112)), ((40, 28), (40, 28)), ((1_024, 1), (112, 1))]
        {
            let made = make(&png_of(&RgbaImage::new(width, height))).unwrap();
            assert_eq!((made.width, made.height), fitted);
            let again = image::load_from_memory(&made.png).unwrap();
            assert_eq!((again.width(), again.height()), fitted);
            assert!(made.still.is_none());
        }
    }

    #[test]
    fn what_cannot_be_seen_does_not_colour_what_can() {
        let made = make(&png_of(&disc(400))).unwrap();
        let picture = image::load_from_memory(&made.png).unwrap().into_rgba8();
        assert!(picture.pixels().any(|pixel| (1..255).contains(&pixel[3])), "the edge is soft");
        for pixel in picture.pixels().filter(|pixel| pixel[3] > 8) {
            assert!(pixel[1] < 40 && pixel[2] < 40, "{pixel:?}");
        }
    }

    #[test]
    fn an_animation_keeps_its_times_and_has_a_still() {
        let frames = [
            Frame { picture: RgbaImage::from_pixel(30, 30, Rgba([1, 2, 3, 255])), shown: 40 },
            Frame { picture: RgbaImage::from_pixel(30, 30, Rgba([4, 5, 6, 0])), shown: 60 },
        ];
        let uploaded = write(&frames).unwrap();
        let made = make(&uploaded).unwrap();
        let again = read(&made.png).unwrap();
        assert_eq!(again.iter().map(|frame| frame.shown).collect::<Vec<_>>(), [40, 60]);
        assert_eq!(again[1].picture.get_pixel(0, 0)[3], 0, "the first does not shine through");
        let still = read(&made.still.unwrap()).unwrap();
        assert_eq!((still.len(), still[0].picture.get_pixel(0, 0)), (1, &Rgba([1, 2, 3, 255])));
    }

    #[test]
    fn no_bytes_are_a_picture_by_their_beginning_alone() {
        let whole = png_of(&disc(64));
        for length in [0, 1, 8, 20, 40, whole.len() / 2] {
            assert!(make(&whole[..length]).is_err(), "{length}");
        }
        for begins in [&b"GIF89a"[..], b"RIFF\x10\0\0\0WEBPVP8 ", b"\xff\xd8\xff\xe0", b"<svg xmlns=", b"BM"] {
            assert!(make(begins).is_err(), "{begins:?}");
        }
    }
}
