//! Which payload formats are negotiated.
//!
//! For H.264 the profiles that encoders and browsers use are listed. str0m takes an HEVC or AV1 format only if profile and
//! tier (AV1: the level too) are those of the peer, so these are taken from the peer's offer.
//!
//! Pictures are sent as H.264's packetization-mode 1 has them. A viewer that offers mode 0 only, as GStreamer does where
//! nobody says otherwise (RFC 6184, 8.1: an absent mode is 0), is answered in mode 0 and sent the same packets: a picture
//! does not fit a packet without fragmentation units, and depacketisers take those in either mode.

#![deny(clippy::indexing_slicing)]

use str0m::format::{Codec as RtcCodec, CodecConfig, FormatParams};
use str0m::media::Frequency;

/// Payload types, each with its retransmission's, for the formats of an offer. More of them are not looked at.
const HEVC: [(u8, u8); 4] = [(102, 103), (104, 105), (53, 54), (55, 56)];
const AV1: [(u8, u8); 4] = [(45, 46), (47, 48), (49, 50), (51, 52)];
const OPUS: u8 = 111;
/// general_level_idc of level 6.2, the highest: the peer's own level limits what is agreed.
const HEVC_LEVEL: u8 = 186;

/// H.264 payload formats for viewers: payload type, its retransmission's, profile-level-id.
const H264_PLAY: [(u8, u8, u32); 5] =
    [(108, 109, 0x42_e01f), (127, 121, 0x42_001f), (123, 119, 0x4d_001f), (114, 115, 0x64_001f), (37, 38, 0x64_0c1f)];
/// And for publishers, with whether it is packetization-mode 1.
pub(crate) const H264_PUBLISH: &[(u8, u8, bool, u32)] = &[
    (114, 115, true, 0x64_001f),
    (37, 38, true, 0x64_0c1f),
    (123, 119, true, 0x4d_001f),
    (108, 109, true, 0x42_e01f),
    (127, 121, true, 0x42_001f),
    (41, 42, true, 0xf4_001f),
    (39, 40, false, 0x64_001f),
    (43, 44, false, 0x64_0c1f),
    (35, 36, false, 0x4d_001f),
    (124, 120, false, 0x42_e01f),
    (125, 107, false, 0x42_001f),
];

/// Adds Opus as publishers are asked for it: in stereo, which browsers send only to who says that it is wanted
/// (RFC 7587, 7.1).
pub(crate) fn add_stereo_opus(codecs: &mut CodecConfig) {
    let params = FormatParams {
        min_p_time: Some(10),
        use_inband_fec: Some(true),
        stereo: Some(true),
        ..FormatParams::default()
    };
    codecs.add_config(OPUS.into(), None, RtcCodec::Opus, Frequency::FORTY_EIGHT_KHZ, Some(2), params);
}

/// Adds the H.264 formats for a viewer with this offer, or with none.
pub fn add_h264_for_viewer(codecs: &mut CodecConfig, offer: Option<&str>) {
    let mode_1 =
        offer.is_none_or(|offer| offered(offer, "H264").any(|format| format.number("packetization-mode") == Some(1)));
    let formats: Vec<_> = H264_PLAY.iter().map(|&(pt, resend, profile)| (pt, resend, mode_1, profile)).collect();
    add_h264(codecs, &formats);
}

pub fn add_h264(codecs: &mut CodecConfig, formats: &[(u8, u8, bool, u32)]) {
    for &(payload_type, resend, mode_1, profile) in formats {
        codecs.add_h264(payload_type.into(), Some(resend.into()), mode_1, profile);
    }
}

/// Adds the HEVC formats of an offer (RFC 7798, 7.1), each profile and tier once.
pub fn add_hevc(codecs: &mut CodecConfig, offer: &str) {
    let mut known: Vec<(u8, Option<u8>)> = Vec::new();
    for format in offered(offer, "H265") {
        let profile = format.number("profile-id").unwrap_or(1);
        // Without all three, str0m compares profiles only.
        let complete = format.number("profile-id").is_some() && format.number("level-id").is_some();
        let tier = format.number("tier-flag").filter(|_| complete);
        let same =
            |known: &(u8, Option<u8>)| known.0 == profile && (known.1 == tier || known.1.is_none() || tier.is_none());
        if known.iter().any(same) {
            continue;
        }
        let Some(&(payload_type, resend)) = HEVC.get(known.len()) else { return };
        codecs.add_h265(payload_type.into(), Some(resend.into()), profile, tier.unwrap_or(0), HEVC_LEVEL);
        known.push((profile, tier));
    }
}

/// Adds the AV1 formats of an offer (RTP Payload Format For AV1, 7.2), each profile, level and tier once.
pub fn add_av1(codecs: &mut CodecConfig, offer: &str) {
    let mut known: Vec<[u8; 3]> = Vec::new();
    for format in offered(offer, "AV1") {
        let (profile, level_idx, tier) = (format.number("profile"), format.number("level-idx"), format.number("tier"));
        // What an absent parameter means.
        let meaning = [profile.unwrap_or(0), level_idx.unwrap_or(5), tier.unwrap_or(0)];
        if known.contains(&meaning) {
            continue;
        }
        let Some(&(payload_type, resend)) = AV1.get(known.len()) else { return };
        let params = FormatParams { profile, level_idx, tier, ..FormatParams::default() };
        let (payload_type, resend) = (payload_type.into(), Some(resend.into()));
        codecs.add_config(payload_type, resend, RtcCodec::Av1, Frequency::NINETY_KHZ, None, params);
        known.push(meaning);
    }
}

/// A payload format's parameters, as its `a=fmtp` line has them.
struct Format<'a>(&'a str);

impl Format<'_> {
    fn number(&self, name: &str) -> Option<u8> {
        let mut pairs = self.0.split(';').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?.1.trim().parse().ok()
    }
}

/// The formats of a codec that an offer has, in its order.
fn offered<'a>(offer: &'a str, codec: &str) -> impl Iterator<Item = Format<'a>> {
    offer
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
        .filter(move |(_, map)| map.split('/').next().is_some_and(|name| name.eq_ignore_ascii_case(codec)))
        .map(move |(payload_type, _)| {
            let parameters = offer.lines().find_map(|line| {
                let (of, parameters) = line.strip_prefix("a=fmtp:")?.split_once(' ')?;
                (of == payload_type).then_some(parameters)
            });
            Format(parameters.unwrap_or_default())
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn added(add: fn(&mut CodecConfig, &str), offer: &str) -> Vec<FormatParams> {
        let mut codecs = CodecConfig::empty();
        add(&mut codecs, offer);
        codecs.params().iter().map(|params| params.spec().format).collect()
    }

    #[test]
    fn av1_is_taken_at_the_level_that_is_offered_and_once() {
        let offer = "a=rtpmap:45 AV1/90000\r\na=fmtp:45 level-idx=8; profile=0;tier=1\r\na=rtpmap:47 av1/90000\r\n\
                     a=rtpmap:49 AV1/90000\r\na=fmtp:49 level-idx=5\r\na=rtpmap:51 VP8/90000\r\n";
        let levels: Vec<_> =
            added(add_av1, offer).iter().map(|format| (format.profile, format.level_idx, format.tier)).collect();
        assert_eq!(levels, [(Some(0), Some(8), Some(1)), (None, None, None)]);
    }

    #[test]
    fn hevc_is_taken_in_each_profile_and_tier_that_is_offered() {
        let offer = "a=rtpmap:49 H265/90000\r\na=fmtp:49 level-id=93;profile-id=1;tier-flag=0\r\n\
                     a=rtpmap:51 H265/90000\r\na=fmtp:51 level-id=120;profile-id=2;tier-flag=0\r\n\
                     a=rtpmap:53 H265/90000\r\na=fmtp:53 level-id=150;profile-id=1;tier-flag=0\r\n\
                     a=rtpmap:55 H265/90000\r\na=fmtp:55 profile-id=2\r\n";
        let profiles: Vec<_> = added(add_hevc, offer)
            .iter()
            .filter_map(|format| format.h265_profile_tier_level)
            .map(|level| (level.profile_id(), level.tier_flag()))
            .collect();
        assert_eq!(profiles, [(1, 0), (2, 0)]);
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in "[a-z0-9:=/; \r\n]{0,200}") {
            let offer = format!("a=rtpmap:9 AV1/90000\r\na=fmtp:9 {text}\r\na=rtpmap:8 H265/90000\r\na=fmtp:8 {text}\r\n");
            let _ = (added(add_av1, &offer), added(add_hevc, &offer));
        }
    }
}
