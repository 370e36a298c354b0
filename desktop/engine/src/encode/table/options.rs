//! What encoders are told whose properties differ between drivers and versions of GStreamer.

use klieg_studio_model::VideoSettings;

use crate::element::has_property;

/// For AMD's encoders, which reorder nothing before GStreamer 1.24 brought B-frames, and then only H.264's.
pub(super) fn amf(element: &str, v: &VideoSettings, distance: u32) -> String {
    let reordering = if has_property(element, "b-frames") { " b-frames=0" } else { "" };
    format!(
        "usage=ultra-low-latency rate-control=cbr preset=speed bitrate={} gop-size={distance}{reordering}",
        v.bitrate
    )
}

/// Media Foundation's encoders have the properties that the card's driver offers, and the bitrate.
pub(super) fn media_foundation(element: &str, v: &VideoSettings, distance: u32) -> String {
    let wanted = [
        ("rc-mode", "cbr".to_owned()),
        ("low-latency", "true".to_owned()),
        ("gop-size", distance.to_string()),
        ("bframes", "0".to_owned()),
    ];
    let offered = wanted.into_iter().filter(|(property, _)| has_property(element, property));
    offered.fold(format!("bitrate={}", v.bitrate), |text, (property, value)| format!("{text} {property}={value}"))
}

/// VideoToolbox knew an average bitrate only before GStreamer 1.26.
pub(super) fn video_toolbox(element: &str, v: &VideoSettings, distance: u32) -> String {
    let constant = if has_property(element, "rate-control") { " rate-control=cbr" } else { "" };
    format!(
        "realtime=true allow-frame-reordering=false max-keyframe-interval={distance} bitrate={}{constant}",
        v.bitrate
    )
}

#[cfg(test)]
mod tests {
    use gstreamer as gst;

    use super::super::EncoderKind;
    use super::*;
    use crate::element::exists;

    #[test]
    fn what_a_driver_does_not_offer_is_not_asked_for() {
        gst::init().unwrap();
        let options = |element: &str| (EncoderKind::named(element).unwrap().options)(&VideoSettings::default(), 60);
        if !exists("mfh264enc") {
            assert_eq!(options("mfh264enc"), "bitrate=2500");
        }
        let h264 = options("amfh264enc");
        assert!(h264.contains("rate-control=cbr") && h264.contains("gop-size=60"), "{h264}");
    }
}
