//! The peer connection of one session: what is offered, and what the server made of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use klieg_studio_model::{Canvas, VideoCodec, VideoSettings};
use str0m::bwe::Bitrate;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::{Candidate, Rtc};

use super::super::Failure;
use super::format::{hevc_level, profile_level_id};
use crate::fanout::LAYERS;

/// Payload types offered for the picture and its retransmission.
const PICTURE: u8 = 102;
const PICTURE_RTX: u8 = 103;
/// HEVC's main profile (H.265, A.3.2).
const MAIN: u8 = 1;

const REPORTS: Duration = Duration::from_secs(1);

/// The connection is taken to carry so many times what is to be sent, until it shows that it does not; it is not tried with much
/// more. Frames leave at that pace: a keyframe is several times as large as others and should not wait for its end.
const ROOM: f64 = 2.0;

/// The names of the simulcast layers (RFC 8853), largest first.
const RIDS: [&str; LAYERS] = ["high", "mid", "low"];

/// What a session offers.
#[derive(Debug)]
pub(super) struct Offered {
    pub video: VideoSettings,
    pub canvas: Canvas,
    /// Simulcast layers, from 1.
    pub layers: usize,
    /// Bit/s of picture and sound.
    pub rate: u64,
}

/// How the server tells our checks from others' (RFC 8839, 5.4).
#[derive(Default)]
struct Login {
    ufrag: String,
    password: String,
}

impl Login {
    fn of(offer: &str) -> Self {
        let value = |name: &str| offer.lines().find_map(|line| line.trim().strip_prefix(name)).unwrap_or_default();
        Self { ufrag: value("a=ice-ufrag:").to_owned(), password: value("a=ice-pwd:").to_owned() }
    }
}

pub(super) struct Peer {
    pub rtc: Rtc,
    pub video: Mid,
    pub audio: Mid,
    /// What each layer is called; empty without simulcast.
    rids: Vec<Rid>,
    /// Whether the server takes each layer.
    taken: Vec<bool>,
    codec: VideoCodec,
    login: Login,
}

impl Peer {
    /// A peer connection and its offer: one sending video (of exactly the codec and profile that is encoded) and one sending
    /// audio (Opus), bundled, with all candidates. With more than one layer, the video is a simulcast (RFC 8853).
    pub(super) fn offer(
        addresses: impl Iterator<Item = SocketAddr>,
        offered: &Offered,
    ) -> Result<(Self, String, SdpPendingOffer), Failure> {
        // By default sound is reported on every five seconds, and until then a receiver cannot put it beside the picture.
        let mut config = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .set_rtcp_report_interval_audio(REPORTS)
            .set_rtcp_report_interval_video(REPORTS)
            .set_stats_interval(Some(REPORTS))
            .enable_bwe(Some(Bitrate::bps(offered.rate) * ROOM));
        let Offered { video: settings, canvas, layers, rate } = offered;
        let (codecs, pt, rtx) = (config.codec_config(), PICTURE.into(), Some(PICTURE_RTX.into()));
        match settings.codec {
            VideoCodec::H264 => codecs.add_h264(pt, rtx, true, profile_level_id(settings, *canvas)),
            VideoCodec::Hevc => codecs.add_h265(pt, rtx, MAIN, 0, hevc_level(*canvas)),
            VideoCodec::Av1 => {
                let format = FormatParams { profile: Some(0), ..FormatParams::default() };
                codecs.add_config(pt, rtx, Codec::Av1, Frequency::NINETY_KHZ, None, format);
            }
        }
        let layers = *layers;
        let mut rtc = config.build(Instant::now());
        for address in addresses {
            let candidate = Candidate::host(address, "udp")
                .map_err(|error| Failure::retry(format!("the local address {address} is of no use: {error}")))?;
            rtc.add_local_candidate(candidate);
        }
        let mut changes = rtc.sdp_api();
        let stream = Some("klieg".to_owned());
        let audio = changes.add_media(MediaKind::Audio, Direction::SendOnly, stream.clone(), None, None);
        let names = RIDS.iter().take(if layers > 1 { layers } else { 0 });
        let mut simulcast = Simulcast::new();
        names.clone().for_each(|name| simulcast.add_send_layer(SimulcastLayer::new(name)));
        let simulcast = (layers > 1).then_some(simulcast);
        let video = changes.add_media(MediaKind::Video, Direction::SendOnly, stream, None, simulcast);
        let (offer, pending) = changes.apply().ok_or_else(|| Failure::fatal("there is nothing to offer"))?;
        let rids: Vec<_> = names.map(|name| Rid::from(*name)).collect();
        let taken = vec![true; layers];
        let offer = offer.to_sdp_string();
        let login = Login::of(&offer);
        let mut peer = Self { rtc, video, audio, rids, taken, codec: settings.codec, login };
        peer.want(*rate);
        Ok((peer, offer, pending))
    }

    /// Says how many bit/s are to be sent if they arrive.
    pub(super) fn want(&mut self, rate: u64) {
        self.rtc.bwe().set_bitrate(Bitrate::ZERO, Bitrate::bps(rate) * ROOM);
    }

    /// Lets it be reached by one more address. Returns what a server has to know of it (RFC 8840, 9), unless it adds nothing to those
    /// that there are.
    pub(super) fn reached_by(&mut self, candidate: Candidate) -> Option<String> {
        let line = self.rtc.add_local_candidate(candidate)?.to_sdp_string();
        let Login { ufrag, password } = &self.login;
        let mid = self.audio;
        Some(format!(
            "a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:{mid}\r\na={line}\r\n"
        ))
    }

    /// Takes the server's answer.
    pub(super) fn accept(&mut self, pending: SdpPendingOffer, answer: &str) -> Result<(), Failure> {
        let unusable =
            |error: &dyn std::fmt::Display| Failure::retry(format!("the server's answer is unusable: {error}"));
        if !self.rids.is_empty() {
            // Without simulcast, what the server takes is the largest picture.
            let taken = taken(answer);
            self.taken =
                (0..).zip(&self.rids).map(|(n, rid)| taken.as_ref().map_or(n == 0, |t| t.contains(rid))).collect();
        }
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|error| unusable(&error))?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(|error| unusable(&error))?;
        for (mid, what) in [(self.video, self.codec.name()), (self.audio, "Opus")] {
            let taken = self.rtc.writer(mid).is_some_and(|writer| writer.payload_params().next().is_some());
            if !taken {
                return Err(Failure::fatal(format!("the server does not take {what}")));
            }
        }
        Ok(())
    }

    /// Whether the server takes a layer.
    pub(super) fn takes(&self, layer: usize) -> bool {
        self.taken.get(layer).copied().unwrap_or(false)
    }

    /// What a layer is called, if it has a name.
    pub(super) fn name(&self, layer: usize) -> Option<Rid> {
        self.rids.get(layer).copied()
    }

    /// The layer of that name.
    pub(super) fn named(&self, rid: Option<Rid>) -> usize {
        rid.and_then(|rid| self.rids.iter().position(|known| *known == rid)).unwrap_or(0)
    }
}

/// The layers that an answer takes (RFC 8853, 5.1); nothing if it takes no simulcast. Those that it wants paused are left out.
fn taken(answer: &str) -> Option<Vec<Rid>> {
    let line = answer.lines().find_map(|line| line.trim().strip_prefix("a=simulcast:"))?;
    let mut words = line.split_whitespace();
    words.find(|word| *word == "recv")?;
    let streams = words.next()?.split(';').filter_map(|alternatives| alternatives.split(',').next());
    Some(streams.filter(|name| !name.starts_with('~')).map(Rid::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_that_an_answer_takes_are_read() {
        let names = |line: &str| {
            taken(&format!("v=0\r\n{line}\r\n")).map(|rids| rids.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(names("a=simulcast:recv high;mid;low").unwrap(), ["high", "mid", "low"]);
        assert_eq!(names("a=simulcast:recv high;~mid;low,other").unwrap(), ["high", "low"]);
        assert_eq!(names("a=simulcast:send x recv mid").unwrap(), ["mid"]);
        assert_eq!(names("a=simulcast:send high"), None);
        assert_eq!(names("a=sendonly"), None);
    }
}
