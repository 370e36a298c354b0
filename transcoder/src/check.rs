//! What must be installed, which Debian package has it, and whether it works.

use anyhow::{Context, bail};
use gstreamer as gst;
use gstreamer::prelude::*;

/// Every GStreamer element the program uses, with its package.
const ELEMENTS: &[(&str, &str)] = &[
    ("capsfilter", "libgstreamer1.0-0"),
    ("appsrc", "gstreamer1.0-plugins-base"),
    ("appsink", "gstreamer1.0-plugins-base"),
    ("audioconvert", "gstreamer1.0-plugins-base"),
    ("audioresample", "gstreamer1.0-plugins-base"),
    ("videoconvert", "gstreamer1.0-plugins-base"),
    ("videoscale", "gstreamer1.0-plugins-base"),
    ("opusdec", "gstreamer1.0-plugins-base"),
    ("opusenc", "gstreamer1.0-plugins-base"),
    ("avdec_aac", "gstreamer1.0-libav"),
    ("avenc_aac", "gstreamer1.0-libav"),
    ("avdec_h264", "gstreamer1.0-libav"),
    ("avdec_h265", "gstreamer1.0-libav"),
    ("x264enc", "gstreamer1.0-plugins-ugly"),
];

/// What is really encoded and decoded: an element that is found need not work. There is no encoder for HEVC, so its
/// decoder is only looked for.
const CODECS: &[(&str, &str)] = &[
    (
        "H.264",
        "videotestsrc num-buffers=10 ! video/x-raw,width=64,height=64,framerate=30/1 ! x264enc ! avdec_h264 ! fakesink",
    ),
    (
        "AAC",
        "audiotestsrc num-buffers=10 ! audioconvert ! audio/x-raw,rate=48000,channels=2 ! avenc_aac ! avdec_aac ! fakesink",
    ),
    (
        "Opus",
        "audiotestsrc num-buffers=10 ! audioconvert ! audio/x-raw,rate=48000,channels=2 ! opusenc ! opusdec ! fakesink",
    ),
];
/// How long one of them may take.
const TRIAL: gst::ClockTime = gst::ClockTime::from_seconds(3);

/// The Debian package that has an element.
pub(crate) fn package(element: &str) -> &'static str {
    ELEMENTS.iter().find(|(name, _)| *name == element).map_or("gstreamer1.0-plugins-bad", |(_, package)| package)
}

/// Prints what is there; fails if anything is missing.
pub(crate) fn report() -> anyhow::Result<()> {
    let mut missing = 0;
    for (element, package) in ELEMENTS {
        let found = gst::ElementFactory::find(element).is_some();
        missing += usize::from(!found);
        if found {
            println!("{element}: found");
        } else {
            println!("{element}: MISSING, apt-get install {package}");
        }
    }
    let mut broken = 0;
    for (codec, pipeline) in CODECS {
        match works(pipeline) {
            Ok(()) => println!("{codec}: works"),
            Err(reason) => {
                broken += 1;
                println!("{codec}: FAILS, {reason:#}");
            }
        }
    }
    if missing > 0 {
        bail!("{missing} of {} GStreamer elements are missing", ELEMENTS.len());
    }
    if broken > 0 {
        bail!("{broken} of {} codecs do not work", CODECS.len());
    }
    Ok(())
}

/// Runs a pipeline to its end.
fn works(description: &str) -> anyhow::Result<()> {
    let pipeline = gst::parse::launch(description).context("an element is missing")?;
    let bus = pipeline.bus().context("it has no bus")?;
    let ends = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.set_state(gst::State::Playing).map(|_| bus.timed_pop_filtered(TRIAL, &ends));
    let _ = pipeline.set_state(gst::State::Null);
    match end.context("it does not start")? {
        Some(message) => match message.view() {
            gst::MessageView::Error(error) => bail!("{}", error.error()),
            _ => Ok(()),
        },
        None => bail!("it does not end"),
    }
}
