//! What comes out of an encoder, as packets on the show's time.

use gstreamer as gst;
use gstreamer_app as gst_app;

use super::entry::is_entry;
use crate::fanout::{Kind, Packet};

/// Hands what comes out of `sink` to `publish`, on the show's time. `layer` and `run` are those of [`Packet`].
///
/// Nothing may be lost here, for every later frame builds on it. h264parse at times leaves a keyframe that follows another
/// without its presentation time; it has its decoding time, which is the same, as no encoder here reorders.
pub(super) fn collect(
    sink: &gst_app::AppSink,
    kind: Kind,
    (layer, run): (usize, u32),
    publish: impl Fn(&Packet) + Send + 'static,
) {
    let mut next = gst::ClockTime::ZERO;
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                let running = |time| sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_running_time(time);
                if let (Some(buffer), Some(caps)) = (sample.buffer_owned(), sample.caps_owned()) {
                    let pts = buffer.pts().or(buffer.dts()).and_then(running).unwrap_or(next);
                    next = pts + buffer.duration().unwrap_or_default();
                    let keyframe = is_entry(&buffer, &caps);
                    publish(&Packet { kind, buffer, caps, pts, keyframe, layer, run });
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
}
