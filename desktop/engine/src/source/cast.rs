//! The source `screen-cast`: what the creator chose in the desktop's dialog, through PipeWire, at the canvas' rate. A desktop
//! sends a picture only when something has changed.

use std::os::fd::IntoRawFd;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::Canvas;

use super::build::{Built, PICTURE_OUT, ends};
use super::fitting::fitted;
use super::still::{Still, repeat};
use crate::EngineError;
use crate::cast::Casting;
use crate::element::{launch, named};

pub(super) fn build(cast: &Casting, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let remote = cast.remote().map_err(EngineError::Source)?;
    let pipeline = launch(&format!(
        "pipewiresrc name=pipewire do-timestamp=true \
         ! appsink name=cast caps=video/x-raw async=false sync=false max-buffers=1 drop=true \
         appsrc name=held ! {} ! {PICTURE_OUT}",
        fitted(tail)
    ))?;
    let source: gst::Element = named(&pipeline, "pipewire")?;
    source.set_property("path", cast.node().to_string());
    // The element closes it.
    source.set_property("fd", remote.into_raw_fd());
    let newest: gst_app::AppSink = named(&pipeline, "cast")?;
    let look = move || {
        let sample = newest.try_pull_sample(gst::ClockTime::ZERO);
        Ok(sample.and_then(|sample| Some(Still { caps: sample.caps_owned()?, buffer: sample.buffer_owned()? })))
    };
    repeat(&named(&pipeline, "held")?, canvas.fps, look);
    Ok(ends(pipeline))
}
