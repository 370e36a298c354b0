//! Pictures that come only when something has changed, at the canvas' rate: what has not changed is sent again, which costs no
//! copy.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

/// A new picture.
pub(super) struct Still {
    pub(super) caps: gst::Caps,
    pub(super) buffer: gst::Buffer,
}

/// Feeds `appsrc`, `fps` times a second. `look` gives a new picture, or none if it is as it was; its error is the source's end.
pub(super) fn repeat(
    appsrc: &gst_app::AppSrc,
    fps: u32,
    mut look: impl FnMut() -> Result<Option<Still>, String> + Send + 'static,
) {
    appsrc.set_format(gst::Format::Time);
    appsrc.set_is_live(true);
    appsrc.set_max_buffers(1);
    let frame_time = gst::ClockTime::SECOND / u64::from(fps.max(1));
    let mut due = None;
    let mut last: Option<gst::Buffer> = None;
    let need = move |appsrc: &gst_app::AppSrc, _| {
        let (Some(clock), Some(base)) = (appsrc.clock(), appsrc.base_time()) else { return };
        let now = || clock.time().saturating_sub(base);
        // Until the first picture is there, or the pipeline stops.
        while !is_flushing(appsrc) {
            // Late frames are left out, not caught up with.
            let pts = due.map_or_else(now, |due: gst::ClockTime| due.max(now().saturating_sub(frame_time)));
            due = Some(pts + frame_time);
            if let Some(wait) = pts.checked_sub(now()) {
                std::thread::sleep(wait.into());
            }
            match look() {
                Ok(Some(mut still)) => {
                    if let Some(structure) = still.caps.make_mut().structure_mut(0) {
                        structure.set("framerate", gst::Fraction::new(fps.cast_signed(), 1));
                    }
                    appsrc.set_caps(Some(&still.caps));
                    last = Some(still.buffer);
                }
                Ok(None) => {}
                Err(trouble) => return gst::element_error!(appsrc, gst::ResourceError::NotFound, ("{trouble}")),
            }
            if let Some(last) = &last {
                let mut buffer = last.copy();
                if let Some(buffer) = buffer.get_mut() {
                    buffer.set_pts(pts);
                    buffer.set_dts(gst::ClockTime::NONE);
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

fn is_flushing(appsrc: &gst_app::AppSrc) -> bool {
    appsrc.static_pad("src").is_none_or(|pad| pad.pad_flags().contains(gst::PadFlags::FLUSHING))
}
