//! The source `window`: one window's picture at the canvas' rate, for as long as it is open and shown.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, Window};

use super::build::{Built, PICTURE_OUT, ends, fitted};
use crate::EngineError;
use crate::element::{launch, named};
use crate::x11::{Display, Grab, Picture, Trouble};

/// Fails with a reason if there is no such window, or none that is shown.
pub(super) fn build(window: &Window, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let grab = grab(window).map_err(|trouble| EngineError::Source(trouble.to_string()))?;
    let pipeline = launch(&format!("appsrc name=X11 ! {} ! {PICTURE_OUT}", fitted(tail)))?;
    show(&named(&pipeline, "X11")?, canvas.fps, grab);
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

/// Feeds the window's picture into `appsrc`, `fps` times a second. What has not changed is sent again, which costs no copy.
fn show(appsrc: &gst_app::AppSrc, fps: u32, mut grab: Grab) {
    appsrc.set_format(gst::Format::Time);
    appsrc.set_is_live(true);
    appsrc.set_max_buffers(1);
    let frame_time = gst::ClockTime::SECOND / u64::from(fps.max(1));
    let mut due = None;
    let mut last: Option<gst::Buffer> = None;
    let need = move |appsrc: &gst_app::AppSrc, _| {
        let (Some(clock), Some(base)) = (appsrc.clock(), appsrc.base_time()) else { return };
        let now = || clock.time().saturating_sub(base);
        loop {
            // Late frames are left out, not caught up with.
            let pts = due.map_or_else(now, |due: gst::ClockTime| due.max(now().saturating_sub(frame_time)));
            due = Some(pts + frame_time);
            if let Some(wait) = pts.checked_sub(now()) {
                std::thread::sleep(wait.into());
            }
            match grab.look() {
                Ok(Some(picture)) => {
                    appsrc.set_caps(Some(&caps(&picture, fps)));
                    last = Some(gst::Buffer::from_mut_slice(picture.pixels));
                }
                Ok(None) => {}
                Err(trouble) => return gst::element_error!(appsrc, gst::ResourceError::NotFound, ("{trouble}")),
            }
            if let Some(last) = &last {
                let mut buffer = last.copy();
                if let Some(buffer) = buffer.get_mut() {
                    buffer.set_pts(pts);
                    buffer.set_duration(frame_time);
                }
                // Refused only while the pipeline stops.
                let _ = appsrc.push_buffer(buffer);
                return;
            }
        }
    };
    appsrc.set_callbacks(gst_app::AppSrcCallbacks::builder().need_data(need).build());
}

fn caps(picture: &Picture, fps: u32) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "BGRx")
        .field("width", i32::from(picture.width))
        .field("height", i32::from(picture.height))
        .field("framerate", gst::Fraction::new(fps.cast_signed(), 1))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build()
}
