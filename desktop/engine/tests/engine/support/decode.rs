//! Decoding recordings and streams, by GStreamer.

use std::path::Path;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;

/// A decoded picture: packed I420.
pub(crate) struct Picture {
    pub(crate) pts: gst::ClockTime,
    pub(crate) width: usize,
    pub(crate) luma: Vec<u8>,
    pub(crate) blue: Vec<u8>,
    pub(crate) red: Vec<u8>,
}

impl Picture {
    /// Y, Cb and Cr at a place in pixels.
    pub(crate) fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let chroma = y / 2 * (self.width / 2) + x / 2;
        [self.luma[y * self.width + x], self.blue[chroma], self.red[chroma]]
    }

    /// Whether the colour at a place is the expected one, but for what encoding does to it.
    pub(crate) fn is(&self, x: usize, y: usize, colour: [u8; 3]) -> bool {
        self.at(x, y).iter().zip(colour).all(|(&a, b)| a.abs_diff(b) <= 12)
    }
}

/// All pictures of a file.
pub(crate) fn pictures(path: &Path) -> Vec<Picture> {
    read(path).unwrap()
}

/// How many pictures and samples are in a file that is still being written, unless it cannot be read yet.
pub(crate) fn counted(path: &Path) -> Option<(usize, usize)> {
    Some((read(path).ok()?.len(), heard(path).ok()?.len()))
}

fn read(path: &Path) -> Result<Vec<Picture>, gst::Message> {
    decoded(&format!("filesrc location=\"{}\" ! decodebin ! videoconvert", path.display()), None)
}

/// All pictures of a stream of H.264 access units in Annex B.
pub(crate) fn pictures_of(units: Vec<Vec<u8>>) -> Vec<Picture> {
    decoded(
        "appsrc name=in caps=video/x-h264,stream-format=byte-stream,alignment=au ! h264parse ! avdec_h264",
        Some(units),
    )
    .unwrap()
}

fn decoded(description: &str, input: Option<Vec<Vec<u8>>>) -> Result<Vec<Picture>, gst::Message> {
    let mut pictures = Vec::new();
    pull(&format!("{description} ! video/x-raw,format=I420 ! appsink name=out sync=false"), input, |sample| {
        let info = gst_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(sample.buffer().unwrap(), &info).unwrap();
        let plane = |index: u32, width: usize, height: usize| -> Vec<u8> {
            let stride = frame.plane_stride()[index as usize] as usize;
            let data = frame.plane_data(index).unwrap();
            data.chunks(stride).take(height).flat_map(|row| &row[..width]).copied().collect()
        };
        let (width, height) = (info.width() as usize, info.height() as usize);
        pictures.push(Picture {
            pts: sample.buffer().unwrap().pts().unwrap_or_default(),
            width,
            luma: plane(0, width, height),
            blue: plane(1, width / 2, height / 2),
            red: plane(2, width / 2, height / 2),
        });
    })?;
    Ok(pictures)
}

/// The sound of a file: 48 kHz, the left channel.
pub(crate) fn sound(path: &Path) -> Vec<f32> {
    heard(path).unwrap()
}

fn heard(path: &Path) -> Result<Vec<f32>, gst::Message> {
    let mut samples = Vec::new();
    let description = format!(
        "filesrc location=\"{}\" ! decodebin ! audioconvert ! audioresample \
         ! audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved ! appsink name=out sync=false",
        path.display()
    );
    pull(&description, None, |sample| {
        let map = sample.buffer().unwrap().map_readable().unwrap();
        samples.extend(map.chunks_exact(8).map(|pair| f32::from_le_bytes(pair[..4].try_into().unwrap())));
    })?;
    Ok(samples)
}

fn pull(
    description: &str,
    input: Option<Vec<Vec<u8>>>,
    mut take: impl FnMut(&gst::Sample),
) -> Result<(), gst::Message> {
    gst::init().unwrap();
    let pipeline = gst::parse::launch(description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let sink = pipeline.by_name("out").unwrap().downcast::<gst_app::AppSink>().unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    if let Some(units) = input {
        let source = pipeline.by_name("in").unwrap().downcast::<gst_app::AppSrc>().unwrap();
        for unit in units {
            source.push_buffer(gst::Buffer::from_slice(unit)).unwrap();
        }
        source.end_of_stream().unwrap();
    }
    let failure = || pipeline.bus().unwrap().pop_filtered(&[gst::MessageType::Error]);
    // Of what cannot be read no end is told.
    let mut error = None;
    while error.is_none() && !sink.is_eos() {
        match sink.try_pull_sample(gst::ClockTime::from_mseconds(100)) {
            Some(sample) => take(&sample),
            None => error = failure(),
        }
    }
    let error = error.or_else(failure);
    pipeline.set_state(gst::State::Null).unwrap();
    error.map_or(Ok(()), Err)
}
