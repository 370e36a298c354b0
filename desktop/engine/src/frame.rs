//! Raw frames as planes: to be read, and to be drawn.

use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;

use crate::blend::{Plane, PlaneMut};

/// The planes of a frame, to be read.
pub(crate) struct Planes<'a>(gst_video::VideoFrameRef<&'a gst::BufferRef>);

impl<'a> Planes<'a> {
    pub(crate) fn of(buffer: &'a gst::BufferRef, info: &gst_video::VideoInfo) -> Option<Self> {
        gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, info).ok().map(Self)
    }

    pub(crate) fn plane(&self, plane: u32) -> Option<Plane<'_>> {
        let stride = usize::try_from(*self.0.plane_stride().get(plane as usize)?).ok()?;
        Some(Plane { data: self.0.plane_data(plane).ok()?, stride })
    }
}

/// A new frame with the time of `timed`, whose planes are drawn one by one.
pub(crate) fn drawn(
    info: &gst_video::VideoInfo,
    timed: &gst::BufferRef,
    draw: impl Fn(u32, &mut PlaneMut) -> Option<()>,
) -> Option<gst::Buffer> {
    let mut buffer = gst::Buffer::with_size(info.size()).ok()?;
    let writable = buffer.get_mut()?;
    writable.set_pts(timed.pts());
    writable.set_duration(timed.duration());
    let mut frame = gst_video::VideoFrameRef::from_buffer_ref_writable(writable, info).ok()?;
    for plane in 0..frame.n_planes() {
        // Of a planar format with 8 bits a sample, a plane holds the component of the same number.
        let size = (frame.comp_width(plane) as usize, frame.comp_height(plane) as usize);
        let stride = usize::try_from(*frame.plane_stride().get(plane as usize)?).ok()?;
        draw(plane, &mut PlaneMut { data: frame.plane_data_mut(plane).ok()?, stride, size })?;
    }
    drop(frame);
    Some(buffer)
}
