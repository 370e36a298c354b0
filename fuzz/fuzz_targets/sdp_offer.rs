//! A WHIP or WHEP offer: parsed, and answered if it parses.

#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use str0m::Rtc;
use str0m::change::SdpOffer;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(offer) = SdpOffer::from_sdp_string(text) {
        let _ = Rtc::new(Instant::now()).sdp_api().accept_offer(offer);
    }
});
