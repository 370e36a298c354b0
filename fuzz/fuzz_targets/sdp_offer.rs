//! A WHIP or WHEP offer, and the fragments that follow it: read and checked as Klieg does, and answered by str0m if it can be read.

#![no_main]

use std::time::Instant;

use klieg_media::webrtc::formats;
use klieg_media::webrtc::offer::{Flow, Fragment, Offer, answering_fragment};
use libfuzzer_sys::fuzz_target;
use str0m::Rtc;
use str0m::change::SdpOffer;
use str0m::format::CodecConfig;

/// Takes the formats of an offer.
fn take(sdp: &str) {
    let mut codecs = CodecConfig::empty();
    formats::add_h264_for_viewer(&mut codecs, Some(sdp));
    formats::add_hevc(&mut codecs, sdp);
    formats::add_av1(&mut codecs, sdp);
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    take(text);
    for flow in [Flow::Publishes, Flow::Plays] {
        let Ok(offer) = Offer::parse(text, flow) else { continue };
        assert_eq!(Offer::parse(&offer.sdp, flow).as_ref(), Ok(&offer), "what is narrowed once stays as it is");
        let restarted = Offer::parse(&offer.with_credentials("new1", "newnewnewnewnewnewnewnew"), flow);
        assert_eq!(restarted.map(|restarted| restarted.kinds).as_ref(), Ok(&offer.kinds));
    }
    if let Some((ufrag, pwd)) = Fragment::parse(text).as_ref().and_then(Fragment::credentials) {
        assert!(ufrag.len() >= 4 && pwd.len() >= 22);
    }
    assert!(answering_fragment(text).ends_with("a=end-of-candidates\r\n"));
    if let Ok(offer) = SdpOffer::from_sdp_string(text) {
        let _ = Rtc::new(Instant::now()).sdp_api().accept_offer(offer);
    }
});
