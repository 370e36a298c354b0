//! What must be installed, and which Debian package has it.

use anyhow::bail;
use gstreamer as gst;

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
    if missing > 0 {
        bail!("{missing} of {} GStreamer elements are missing", ELEMENTS.len());
    }
    Ok(())
}
