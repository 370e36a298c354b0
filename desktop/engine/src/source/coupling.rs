//! What comes out of a source's pipeline, on the show's time.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;

use crate::timebase::TimeBase;

/// Hands what comes out of `sink` to `take`, on the show's time, if `is_due` says so.
pub(super) fn couple(
    time: &TimeBase,
    pipeline: &gst::Pipeline,
    sink: &gst_app::AppSink,
    is_due: impl Fn() -> bool + Send + 'static,
    take: impl Fn(&gst::Sample, gst::Buffer) + Send + 'static,
) {
    let (time, owner) = (time.clone(), pipeline.downgrade());
    let pull = move |sink: &gst_app::AppSink| {
        let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
        let base = owner.upgrade().and_then(|pipeline| pipeline.base_time()).ok_or(gst::FlowError::Eos)?;
        let Some(mut buffer) = sample.buffer_owned() else { return Ok(gst::FlowSuccess::Ok) };
        let is_picture = sample.caps().and_then(|caps| caps.structure(0)).is_some_and(|of| of.name() == "video/x-raw");
        let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
        let on_time = |(segment, pts): (&gst::FormattedSegment<gst::ClockTime>, gst::ClockTime)| {
            // What only fills its segment up to the end would be in the way of the picture that comes next.
            let half = buffer.duration().filter(|_| is_picture).map(|duration| duration / 2);
            let fills = segment.stop().zip(half).is_some_and(|(stop, half)| pts + half > stop);
            segment.to_running_time(pts).filter(|_| !fills)
        };
        let Some(running) = segment.zip(buffer.pts()).and_then(on_time) else {
            return Ok(gst::FlowSuccess::Ok);
        };
        // Only the time stamps are copied; the frame itself is shared.
        let stamped = buffer.make_mut();
        stamped.set_pts(time.translate(running, base));
        stamped.set_dts(gst::ClockTime::NONE);
        if is_due() {
            take(&sample, buffer);
        }
        Ok(gst::FlowSuccess::Ok)
    };
    sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(pull).build());
}
