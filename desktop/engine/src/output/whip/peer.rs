//! The peer connection of one session: what is offered, and what the server made of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::{Candidate, Rtc};

use super::super::Failure;

/// Payload types offered for H.264, its retransmission.
const H264: u8 = 102;
const H264_RTX: u8 = 103;

const REPORTS: Duration = Duration::from_secs(1);

pub(super) struct Peer {
    pub rtc: Rtc,
    pub video: Mid,
    pub audio: Mid,
}

impl Peer {
    /// A peer connection and its offer: one sending video (H.264 of exactly the profile that is encoded) and one sending
    /// audio (Opus), bundled, with all candidates.
    pub(super) fn offer(
        addresses: impl Iterator<Item = SocketAddr>,
        profile_level_id: u32,
    ) -> Result<(Self, String, SdpPendingOffer), Failure> {
        // By default sound is reported on every five seconds, and until then a receiver cannot put it beside the picture.
        let mut config = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .set_rtcp_report_interval_audio(REPORTS)
            .set_rtcp_report_interval_video(REPORTS)
            .set_stats_interval(Some(REPORTS));
        config.codec_config().add_h264(H264.into(), Some(H264_RTX.into()), true, profile_level_id);
        let mut rtc = config.build(Instant::now());
        for address in addresses {
            let candidate = Candidate::host(address, "udp")
                .map_err(|error| Failure::retry(format!("the local address {address} is of no use: {error}")))?;
            rtc.add_local_candidate(candidate);
        }
        let mut changes = rtc.sdp_api();
        let stream = Some("klieg".to_owned());
        let audio = changes.add_media(MediaKind::Audio, Direction::SendOnly, stream.clone(), None, None);
        let video = changes.add_media(MediaKind::Video, Direction::SendOnly, stream, None, None);
        let (offer, pending) = changes.apply().ok_or_else(|| Failure::fatal("there is nothing to offer"))?;
        Ok((Self { rtc, video, audio }, offer.to_sdp_string(), pending))
    }

    /// Takes the server's answer.
    pub(super) fn accept(&mut self, pending: SdpPendingOffer, answer: &str) -> Result<(), Failure> {
        let unusable =
            |error: &dyn std::fmt::Display| Failure::retry(format!("the server's answer is unusable: {error}"));
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|error| unusable(&error))?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(|error| unusable(&error))?;
        for (mid, what) in [(self.video, "H.264 video"), (self.audio, "Opus audio")] {
            let taken = self.rtc.writer(mid).is_some_and(|writer| writer.payload_params().next().is_some());
            if !taken {
                return Err(Failure::fatal(format!("the server does not take {what}")));
            }
        }
        Ok(())
    }
}
