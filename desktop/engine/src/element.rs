//! Building pipelines, and saying which Debian package has an element that is missing.
//!
//! Only constant text and numbers go into a description; names, paths and URLs from a show are set as properties afterwards.

use gstreamer as gst;
use gstreamer::prelude::*;

use crate::EngineError;

/// Elements the engine may use and the Debian packages that have them. What is not listed comes with GStreamer's core.
const PACKAGES: &[(&str, &[&str])] = &[
    (
        "gstreamer1.0-plugins-base",
        &[
            "appsink",
            "appsrc",
            "audioconvert",
            "audioresample",
            "audiotestsrc",
            "clockoverlay",
            "compositor",
            "decodebin",
            "opusenc",
            "textoverlay",
            "videoconvert",
            "videorate",
            "videoscale",
            "videotestsrc",
        ],
    ),
    (
        "gstreamer1.0-plugins-good",
        &[
            "aacparse",
            "alpha",
            "deinterlace",
            "flvmux",
            "imagefreeze",
            "jpegenc",
            "matroskamux",
            "mp4mux",
            "v4l2h264enc",
            "v4l2h265enc",
            "v4l2src",
            "videobalance",
            "videocrop",
            "videoflip",
        ],
    ),
    (
        "gstreamer1.0-plugins-bad",
        &[
            "amfav1enc",
            "amfh264enc",
            "amfh265enc",
            "av1enc",
            "av1parse",
            "fdkaacenc",
            "gaussianblur",
            "h264parse",
            "h265parse",
            "mfh264enc",
            "mfh265enc",
            "nvav1enc",
            "nvh264enc",
            "nvh265enc",
            "openh264enc",
            "qsvav1enc",
            "qsvh264enc",
            "qsvh265enc",
            "rtmp2sink",
            "vaav1enc",
            "vah264enc",
            "vah264lpenc",
            "vah265enc",
            "vah265lpenc",
            "voaacenc",
            "vtenc_h264_hw",
            "vtenc_h265_hw",
            "x265enc",
        ],
    ),
    ("gstreamer1.0-plugins-ugly", &["x264enc"]),
    ("gstreamer1.0-libav", &["avenc_aac"]),
    ("gstreamer1.0-pulseaudio", &["pulsesink", "pulsesrc"]),
    ("gstreamer1.0-pipewire", &["pipewiresrc"]),
    ("gstreamer1.0-wpe", &["wpesrc", "wpevideosrc"]),
];

/// The Debian package that has `element`.
pub(crate) fn package(element: &str) -> &'static str {
    PACKAGES
        .iter()
        .find(|(_, elements)| elements.contains(&element))
        .map_or("libgstreamer1.0-0", |(package, _)| package)
}

fn missing(element: &str) -> EngineError {
    EngineError::MissingElement { element: element.to_owned(), package: package(element) }
}

/// Whether `element` is registered. A registered encoder may still not work.
pub(crate) fn exists(element: &str) -> bool {
    gst::ElementFactory::find(element).is_some()
}

/// Whether `element` can be built here and has a property of this name: some have those that a driver or a version brings.
pub(crate) fn has_property(element: &str, property: &str) -> bool {
    let built = gst::ElementFactory::find(element).and_then(|factory| factory.create().build().ok());
    built.is_some_and(|element| element.has_property(property))
}

/// Starts to build one element.
pub(crate) fn make(element: &str) -> Result<gst::ElementFactory, EngineError> {
    gst::ElementFactory::find(element).ok_or_else(|| missing(element))
}

/// Builds a pipeline from a description in gst-launch's syntax.
pub(crate) fn launch(description: &str) -> Result<gst::Pipeline, EngineError> {
    let mut context = gst::ParseContext::new();
    let element =
        gst::parse::launch_full(description, Some(&mut context), gst::ParseFlags::FATAL_ERRORS).map_err(|error| {
            match context.missing_elements().first() {
                Some(element) => missing(element),
                None => EngineError::Pipeline(error.to_string()),
            }
        })?;
    element.downcast().map_err(|_| EngineError::Pipeline("the description is no pipeline".to_owned()))
}

/// The element called `name` in `pipeline`.
pub(crate) fn named<T: IsA<gst::Element>>(pipeline: &gst::Pipeline, name: &str) -> Result<T, EngineError> {
    pipeline
        .by_name(name)
        .and_then(|element| element.downcast().ok())
        .ok_or_else(|| EngineError::Pipeline(format!("no element `{name}` of the expected type")))
}

/// What an error message on a pipeline's bus says, in one line.
pub(crate) fn said(error: &gst::message::Error) -> String {
    let text = error.error().to_string();
    let text = text.lines().next().unwrap_or_default().trim_end_matches('.').to_owned();
    match error.src() {
        Some(src) => format!("{text} ({})", src.name()),
        None => text,
    }
}

/// The reason why a pipeline broke, if it did since it was last asked.
pub(crate) fn failure(pipeline: &gst::Pipeline) -> Option<String> {
    let message = pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
    match message.view() {
        gst::MessageView::Error(error) => Some(said(error)),
        _ => None,
    }
}

/// Stops a pipeline, giving it two seconds. An element that hangs in its state change is left behind in its thread rather
/// than taking the show with it.
pub(crate) fn stop(pipeline: &gst::Pipeline) {
    let (done, wait) = std::sync::mpsc::channel();
    let doomed = pipeline.clone();
    let spawned = std::thread::Builder::new().name("pipeline-stop".to_owned()).spawn(move || {
        let result = doomed.set_state(gst::State::Null);
        drop(doomed);
        // Nobody listens any more after the two seconds.
        let _ = done.send(result.is_ok());
    });
    if spawned.is_err() || wait.recv_timeout(std::time::Duration::from_secs(2)).is_err() {
        tracing::warn!(pipeline = %pipeline.name(), "a pipeline did not stop within two seconds and is left behind");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_element_is_answered_with_its_package() {
        gst::init().unwrap();
        let error = launch("nosuchelement ! fakesink").unwrap_err().to_string();
        assert!(error.contains("nosuchelement"), "{error}");
        assert_eq!(package("x264enc"), "gstreamer1.0-plugins-ugly");
        assert_eq!(package("rtmp2sink"), "gstreamer1.0-plugins-bad");
    }
}
