//! The source `window`: one window's picture at the canvas' rate, for as long as it is open and shown.

use gstreamer as gst;
use klieg_studio_model::{Canvas, Window};

use super::build::{Built, PICTURE_OUT, ends};
use super::fitting::fitted;
use super::still::{Still, repeat};
use crate::EngineError;
use crate::element::{launch, named};
use crate::x11::{Display, Grab, Picture, Trouble};

/// Fails with a reason if there is no such window, or none that is shown.
pub(super) fn build(window: &Window, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let mut grab = grab(window).map_err(|trouble| EngineError::Source(trouble.to_string()))?;
    play(move || grab.look(), canvas, tail)
}

/// Plays what is read from a display, of any size, and of another at any time.
pub(super) fn play(
    mut read: impl FnMut() -> Result<Option<Picture>, Trouble> + Send + 'static,
    canvas: Canvas,
    tail: &str,
) -> Result<Built, EngineError> {
    let pipeline = launch(&format!("appsrc name=X11 ! {} ! {PICTURE_OUT}", fitted(tail)))?;
    let look =
        move || match read() {
            Ok(picture) => Ok(picture
                .map(|picture| Still { caps: caps(&picture), buffer: gst::Buffer::from_mut_slice(picture.pixels) })),
            Err(trouble) => Err(trouble.to_string()),
        };
    repeat(&named(&pipeline, "X11")?, canvas.fps, look);
    Ok(ends(pipeline))
}

/// Whether the window is open and shown. False if its display does not answer.
pub(super) fn is_there(window: &Window) -> bool {
    let look = || {
        let display = Display::open(window.display.as_deref())?;
        match display.find(window)? {
            Some(id) => display.is_visible(id),
            None => Ok::<_, Trouble>(false),
        }
    };
    look().unwrap_or(false)
}

fn grab(window: &Window) -> Result<Grab, Trouble> {
    let display = Display::open(window.display.as_deref())?;
    let id = display.find(window)?.ok_or_else(|| Trouble::NotOpen(in_words(window)))?;
    if display.is_visible(id)? { Grab::start(display, id, window.cursor) } else { Err(Trouble::Hidden) }
}

fn in_words(window: &Window) -> String {
    match (&window.title, &window.application) {
        (Some(title), Some(application)) => format!("“{title}” of {application}"),
        (Some(title), None) => format!("“{title}”"),
        (None, application) => format!("of {}", application.as_deref().unwrap_or("any program")),
    }
}

fn caps(picture: &Picture) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "BGRx")
        .field("width", i32::from(picture.width))
        .field("height", i32::from(picture.height))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build()
}
