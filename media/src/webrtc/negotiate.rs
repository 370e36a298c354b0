//! From an offer to a str0m session and its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use str0m::change::{SdpOffer, SdpPendingOffer};
use str0m::config::DtlsCert;
use str0m::format::{Codec as RtcCodec, CodecConfig};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{Rtc, RtcConfig};

use super::addresses::Addresses;
use super::offer::{Offer, Refusal};
use super::packetise::MAX_PAYLOAD;
use super::{dtls, formats};
use crate::codec::{Codec, Kind};

/// Sent packets that can be sent again: half a second's worth. Their payloads are shared by all viewers; each entry costs
/// a viewer 430 bytes.
const RESEND_PACKETS: std::ops::RangeInclusive<u64> = 80..=640;
const RESEND_BITS: u64 = 2 * 8 * MAX_PAYLOAD as u64;
/// Packets a publisher's frame may wait for while NACKs repair a gap before it: more than the largest keyframe has.
const REORDER_PACKETS: usize = 1_500;
/// Between two sender reports. A player can bring sound and picture into step once it has one of each, and str0m would
/// leave five seconds before the first of the sound.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// The stream that a viewer's audio and video both belong to. Browsers keep only tracks of one stream in step.
const STREAM_ID: &str = "klieg";

/// A session that awaits its peer.
pub(crate) struct Negotiated {
    pub(crate) rtc: Rtc,
    /// The answer, or the offer if the peer has to answer.
    pub(crate) sdp: String,
    /// The sections agreed on: one of each kind at most.
    pub(crate) media: Vec<(Kind, Mid)>,
    /// What the peer has to answer.
    pub(crate) pending: Option<SdpPendingOffer>,
}

/// A session for a publisher.
pub(crate) fn whip(offer: &Offer, certificate: &DtlsCert, addresses: &Addresses) -> Result<Negotiated, Refusal> {
    let mut config = base(certificate)
        .set_reordering_size_video(REORDER_PACKETS)
        .set_reordering_timeout_audio(Some(Duration::from_millis(250)))
        .enable_vp8(true)
        .enable_vp9(true);
    formats::add_stereo_opus(config.codec_config());
    formats::add_h264(config.codec_config(), formats::H264_PUBLISH);
    formats::add_hevc(config.codec_config(), &offer.sdp);
    formats::add_av1(config.codec_config(), &offer.sdp);
    let mut session = answer(config, offer, addresses)?;
    session.sdp = prefer_h264(&session.sdp);
    Ok(session)
}

/// A broadcast's pictures, as far as they are known when a viewer comes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pictures {
    /// Those of all renditions, so that who cannot decode the best may fall back to another. Empty if not known yet: then
    /// every codec is negotiated.
    pub(crate) codecs: Vec<Codec>,
    /// Of the best one, in bits a second; 0 if not known yet.
    pub(crate) bitrate: u64,
}

/// A session for a viewer.
pub(crate) fn whep(
    offer: &Offer,
    video: &Pictures,
    certificate: &DtlsCert,
    addresses: &Addresses,
) -> Result<Negotiated, Refusal> {
    let mut session = answer(play(video, Some(&offer.sdp), certificate), offer, addresses)?;
    session.sdp = one_stream(&session.sdp);
    Ok(session)
}

/// An offer to a viewer whose own was of no use (draft-ietf-wish-whep, 4.2).
pub(crate) fn counter_offer(
    video: &Pictures,
    certificate: &DtlsCert,
    addresses: &Addresses,
) -> Result<Negotiated, Refusal> {
    let mut rtc = play(video, None, certificate).build(Instant::now());
    for candidate in addresses.candidates() {
        rtc.add_local_candidate(candidate);
    }
    let mut changes = rtc.sdp_api();
    let stream = || Some(STREAM_ID.to_owned());
    let sections = [(Kind::Video, MediaKind::Video), (Kind::Audio, MediaKind::Audio)];
    let media =
        sections.map(|(kind, section)| (kind, changes.add_media(section, Direction::SendOnly, stream(), None, None)));
    let (offer, pending) = changes.apply().ok_or(Refusal::NoCodec("nothing can be offered"))?;
    Ok(Negotiated { rtc, sdp: offer.to_sdp_string(), media: media.to_vec(), pending: Some(pending) })
}

/// `offer` is the viewer's, if it made one.
fn play(video: &Pictures, offer: Option<&str>, certificate: &DtlsCert) -> RtcConfig {
    let resend = (video.bitrate / RESEND_BITS).clamp(*RESEND_PACKETS.start(), *RESEND_PACKETS.end());
    let wants = |codec| video.codecs.is_empty() || video.codecs.contains(&codec);
    let mut config = base(certificate)
        .set_rtp_mode(true)
        .set_send_buffer_video(resend as usize)
        .set_send_buffer_audio(16)
        .enable_opus(true, false)
        .enable_vp8(wants(Codec::Vp8))
        .enable_vp9(wants(Codec::Vp9))
        .enable_av1(offer.is_none() && wants(Codec::Av1))
        .enable_h265(offer.is_none() && wants(Codec::Hevc));
    if wants(Codec::H264) {
        formats::add_h264_for_viewer(config.codec_config(), offer);
    }
    if wants(Codec::Hevc) {
        formats::add_hevc(config.codec_config(), offer.unwrap_or_default());
    }
    if wants(Codec::Av1) {
        formats::add_av1(config.codec_config(), offer.unwrap_or_default());
    }
    without_congestion_control(&mut config);
    config
}

/// A broadcast has nothing to choose from by a viewer's bandwidth yet, so no viewer is asked to report it: feedback
/// and its bookkeeping would cost as much as sending.
fn without_congestion_control(config: &mut RtcConfig) {
    let mut formats = config.codec_config().params().to_vec();
    for format in &mut formats {
        format.set_fb_transport_cc(false);
        format.set_fb_remb(false);
    }
    *config.codec_config() = CodecConfig::new_from_payload_params(formats);
    let mut extensions = ExtensionMap::empty();
    extensions.set(4, Extension::RtpMid);
    *config.extension_map() = extensions;
}

fn base(certificate: &DtlsCert) -> RtcConfig {
    RtcConfig::new()
        .set_crypto_provider(dtls::crypto())
        .set_ice_lite(true)
        .set_dtls_cert(certificate.clone())
        .set_stats_interval(Some(Duration::from_secs(10)))
        .set_rtcp_report_interval_audio(REPORT_INTERVAL)
        .set_rtcp_report_interval_video(REPORT_INTERVAL)
        .clear_codecs()
}

fn answer(config: RtcConfig, offer: &Offer, addresses: &Addresses) -> Result<Negotiated, Refusal> {
    let parsed = SdpOffer::from_sdp_string(&offer.sdp).map_err(|error| Refusal::Malformed(error.to_string()))?;
    // str0m promises no panic on remote input; a peer that finds one all the same shall lose its own session only.
    let negotiated = catch_unwind(AssertUnwindSafe(|| {
        let mut rtc = config.build(Instant::now());
        for candidate in addresses.candidates() {
            rtc.add_local_candidate(candidate);
        }
        rtc.sdp_api().accept_offer(parsed).map(|answer| (rtc, answer.to_sdp_string()))
    }));
    let (mut rtc, answer) = match negotiated {
        Ok(result) => result.map_err(|error| Refusal::Malformed(error.to_string()))?,
        Err(_) => return Err(Refusal::Malformed("it contradicts itself".into())),
    };
    let media = sections(&mut rtc, &answer);
    for kind in &offer.kinds {
        let usable = media.iter().any(|&(agreed, mid)| {
            agreed == *kind && rtc.media(mid).is_some_and(|media| !media.remote_pts().is_empty())
        });
        if !usable {
            return Err(Refusal::NoCodec(match kind {
                Kind::Audio => "sound is Opus",
                Kind::Video => "none of the offered video codecs can be used",
            }));
        }
    }
    Ok(Negotiated { rtc, sdp: answer, media, pending: None })
}

fn sections(rtc: &mut Rtc, answer: &str) -> Vec<(Kind, Mid)> {
    answer
        .lines()
        .filter_map(|line| line.strip_prefix("a=mid:"))
        .filter_map(|mid| {
            let media = rtc.media(mid.trim().into())?;
            let kind = if media.kind() == MediaKind::Audio { Kind::Audio } else { Kind::Video };
            (media.direction() != Direction::Inactive).then_some((kind, media.mid()))
        })
        .collect()
}

/// Moves H.264 to the front of the video section: a publisher uses the first format of the answer, and H.264 is what
/// every player decodes and every delivery carries.
fn prefer_h264(answer: &str) -> String {
    let h264: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("a=rtpmap:")?.split_once(' '))
        .filter(|(_, codec)| codec.starts_with("H264/"))
        .map(|(payload_type, _)| payload_type)
        .collect();
    map_lines(answer, |line| {
        let formats = line.strip_prefix("m=video ")?;
        let words: Vec<&str> = formats.split(' ').collect();
        let (head, formats) = words.split_at_checked(2)?;
        let (preferred, rest): (Vec<&str>, Vec<&str>) =
            formats.iter().copied().partition(|format| h264.contains(format));
        Some(format!("m=video {} {}", head.join(" "), [preferred, rest].concat().join(" ")))
    })
}

/// Puts both of a viewer's tracks into one media stream.
fn one_stream(answer: &str) -> String {
    map_lines(answer, |line| {
        let (head, ids) = line.split_once("msid:")?;
        let (_, track) = ids.split_once(' ')?;
        Some(format!("{head}msid:{STREAM_ID} {track}"))
    })
}

fn map_lines(sdp: &str, change: impl Fn(&str) -> Option<String>) -> String {
    sdp.lines().fold(String::with_capacity(sdp.len()), |out, line| {
        out + &change(line).unwrap_or_else(|| line.to_owned()) + "\r\n"
    })
}

/// The live plane's name of a negotiated codec.
pub(crate) fn codec_of(codec: RtcCodec) -> Option<Codec> {
    Some(match codec {
        RtcCodec::H264 => Codec::H264,
        RtcCodec::H265 => Codec::Hevc,
        RtcCodec::Av1 => Codec::Av1,
        RtcCodec::Vp8 => Codec::Vp8,
        RtcCodec::Vp9 => Codec::Vp9,
        RtcCodec::Opus => Codec::Opus,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h264_stands_first_in_an_answer_to_a_publisher() {
        let answer =
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97 108 109\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:108 H264/90000\r\n";
        assert!(prefer_h264(answer).starts_with("m=video 9 UDP/TLS/RTP/SAVPF 108 96 97 109\r\n"));
    }

    #[test]
    fn a_viewer_is_told_of_the_sounds_clock_as_soon_as_of_the_pictures() {
        let certificate = str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().unwrap();
        let config = play(&Pictures::default(), None, &certificate);
        assert_eq!(config.rtcp_report_interval_audio(), config.rtcp_report_interval_video());
    }

    #[test]
    fn both_tracks_belong_to_one_stream() {
        let answer = "a=msid:abc t1\r\na=ssrc:7 msid:def t2\r\na=mid:0\r\n";
        assert_eq!(one_stream(answer), "a=msid:klieg t1\r\na=ssrc:7 msid:klieg t2\r\na=mid:0\r\n");
    }
}
