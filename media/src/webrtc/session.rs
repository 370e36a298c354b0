//! One peer: its str0m session, and what it is here for.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{KeyframeRequestKind, MediaKind, Mid};
use str0m::net::Receive;
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::task::JoinSet;

use super::addresses::Addresses;
use super::ingest::{Ingest, Layer, Taken};
use super::liveness::{Liveness, Verdict};
use super::negotiate::Negotiated;
use super::offer::{Fragment, Offer, answering_fragment};
use super::registry::Registered;
use super::timers::Deadline;
use super::udp::Outlet;
use super::viewer::Viewer;
use super::worker::Patched;
use crate::authority::PublishRequest;
use crate::codec::Kind;
use crate::publisher::Publisher;

/// The least between two wake-ups that str0m asks for.
const RESOLUTION: Duration = Duration::from_micros(500);
/// Remote candidates taken from trickle ICE. More are ignored: an ICE-lite agent does not need them.
const MAX_CANDIDATES: usize = 32;
/// Remote addresses a session may be reached from at once.
const MAX_REMOTES: usize = 8;

pub(crate) struct Session {
    /// The entry in the registry, gone with the session.
    _registered: Registered,
    pub(crate) role: Role,
    pub(crate) deadline: Deadline,
    pub(crate) remotes: Vec<SocketAddr>,
    /// Run on behalf of this session and end with it.
    pub(crate) tasks: JoinSet<()>,
    rtc: Rtc,
    offer: Offer,
    /// What the peer has not answered yet, and the sections it is about.
    pending: Option<(SdpPendingOffer, Vec<(Kind, Mid)>)>,
    liveness: Liveness,
    candidates: usize,
}

pub(crate) enum Role {
    Publisher { ingest: Box<Ingest>, request: PublishRequest },
    Viewer(Viewer),
}

/// What the worker must act on.
#[derive(Debug)]
pub(crate) enum Happened {
    Connected,
    /// A publisher's layer has its first frame.
    Opened(Layer),
}

/// Why a session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Over(pub(crate) &'static str);

impl Session {
    pub(crate) fn new(registered: Registered, negotiated: Negotiated, offer: Offer, role: Role) -> Self {
        let now = Instant::now();
        let liveness = Liveness::new(matches!(role, Role::Publisher { .. }), now);
        Self {
            _registered: registered,
            role,
            deadline: Deadline::new(now),
            remotes: Vec::new(),
            tasks: JoinSet::new(),
            rtc: negotiated.rtc,
            offer,
            pending: negotiated.pending.map(|pending| (pending, negotiated.media)),
            liveness,
            candidates: 0,
        }
    }

    pub(crate) fn local_ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// A datagram, if it is for this session. Returns whether it was.
    pub(crate) fn receive(&mut self, datagram: Receive<'_>, now: Instant) -> Result<bool, Over> {
        let input = Input::Receive(now, datagram);
        if !self.rtc.accepts(&input) {
            return Ok(false);
        }
        self.liveness.hear(now);
        self.rtc.handle_input(input).map_err(failed)?;
        Ok(true)
    }

    /// Time has come this far.
    pub(crate) fn advance(&mut self, now: Instant) -> Result<(), Over> {
        self.rtc.handle_input(Input::Timeout(now)).map_err(failed)
    }

    /// Sends what is to be sent and handles what happened. Returns when to [`advance`](Self::advance) next.
    pub(crate) fn drain(
        &mut self,
        now: Instant,
        udp: &mut impl Outlet,
        addresses: &Addresses,
        happened: &mut Vec<Happened>,
    ) -> Result<Instant, Over> {
        loop {
            match self.rtc.poll_output().map_err(failed)? {
                Output::Transmit(transmit) => {
                    udp.send(transmit.destination, addresses.source(transmit.source), &transmit.contents);
                }
                Output::Timeout(at) => return Ok(at.max(now + RESOLUTION)),
                Output::Event(event) => self.handle(event, now, happened)?,
            }
        }
    }

    fn handle(&mut self, event: Event, now: Instant, happened: &mut Vec<Happened>) -> Result<(), Over> {
        if let Event::Closed = event {
            return self.closed(now);
        }
        match (event, &mut self.role) {
            (Event::Connected, _) => {
                self.liveness.connect();
                happened.push(Happened::Connected);
            }
            // What was still to be put in order when the publisher left does not bring it back.
            (Event::MediaData(data), Role::Publisher { ingest, .. }) if !self.liveness.has_left() => {
                let layer = (data.mid, data.rid);
                let taken = ingest.take(data, now).map_err(|_| Over("the publisher must stop"))?;
                self.liveness.take_media();
                self.after_frame(layer, taken, happened);
            }
            (Event::SenderFeedback(feedback), Role::Publisher { ingest, .. }) => ingest.report(&feedback),
            (Event::KeyframeRequest(request), Role::Viewer(viewer)) => {
                let track = viewer.tracks.iter().find(|track| track.mid == request.mid);
                if let Some(rendition) = track.and_then(|track| track.rendition.as_ref()) {
                    rendition.request_keyframe();
                    metrics::counter!("klieg_rtc_keyframe_requests_total").increment(1);
                }
            }
            (Event::MediaEgressStats(stats), Role::Viewer(viewer)) if viewer.is_video(stats.mid) => {
                metrics::counter!("klieg_rtc_nacks_total").increment(stats.nacks.saturating_sub(viewer.nacks));
                viewer.nacks = stats.nacks;
            }
            _ => {}
        }
        Ok(())
    }

    /// The peer closed the connection. A publisher may still say that the show is over.
    fn closed(&mut self, now: Instant) -> Result<(), Over> {
        if let Role::Viewer(_) = self.role {
            return Err(Over("the peer closed the connection"));
        }
        self.liveness.leave(now);
        self.wait(now);
        Ok(())
    }

    fn after_frame(&mut self, layer: Layer, taken: Taken, happened: &mut Vec<Happened>) {
        if taken.wants_keyframe {
            self.request_keyframe(layer);
        }
        if taken.opened {
            happened.push(Happened::Opened(layer));
        }
    }

    /// The publisher was let in.
    pub(crate) fn admit(
        &mut self,
        publisher: Publisher,
        now: Instant,
        happened: &mut Vec<Happened>,
    ) -> Result<(), Over> {
        let Role::Publisher { ingest, .. } = &mut self.role else { return Ok(()) };
        let taken = ingest.admit(publisher, now).map_err(|_| Over("the publisher must stop"))?;
        for (layer, taken) in taken {
            self.after_frame(layer, taken, happened);
        }
        self.wait(now);
        Ok(())
    }

    /// If the publisher is not heard any more, its show waits from now on.
    fn wait(&mut self, now: Instant) {
        if let (Some(patience), Role::Publisher { ingest, .. }) = (self.liveness.patience(now), &mut self.role) {
            ingest.wait(patience);
        }
    }

    /// Asks the publisher for a keyframe (RFC 4585, 6.3.1; RFC 5104, 4.3.1 if it only knows that).
    pub(crate) fn request_keyframe(&mut self, (mid, rid): Layer) {
        let video = |mid: Mid| self.rtc.media(mid).is_some_and(|media| media.kind() == MediaKind::Video);
        if !video(mid) {
            return;
        }
        let pli =
            self.rtc.codec_config().params().iter().any(|params| params.spec().codec.is_video() && params.fb_pli());
        let kind = if pli { KeyframeRequestKind::Pli } else { KeyframeRequestKind::Fir };
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid, rid) {
            stream.request_keyframe(kind);
        }
    }

    /// A fragment of the peer: candidates, or an ICE restart if it has new credentials. A restart that fails changes
    /// nothing.
    pub(crate) fn patch(&mut self, fragment: &Fragment) -> Patched {
        let restarts = fragment.ufrag.as_deref().is_some_and(|ufrag| self.offer.ufrag() != Some(ufrag));
        let restarted = restarts.then(|| self.restart(fragment.credentials()));
        if restarted.as_ref().is_none_or(Option::is_some) {
            self.add_candidates(&fragment.candidates);
        }
        match restarted {
            None => Patched::Taken,
            Some(Some(answer)) => Patched::Restarted(answering_fragment(&answer)),
            Some(None) => Patched::Refused,
        }
    }

    fn restart(&mut self, credentials: Option<(&str, &str)>) -> Option<String> {
        let (ufrag, pwd) = credentials?;
        let sdp = self.offer.with_credentials(ufrag, pwd);
        let offer = SdpOffer::from_sdp_string(&sdp).ok()?;
        let answer = self.rtc.sdp_api().accept_offer(offer).ok()?;
        self.offer.sdp = sdp;
        Some(answer.to_sdp_string())
    }

    /// Candidates that cannot be read, such as mDNS names, are ignored.
    fn add_candidates(&mut self, candidates: &[String]) {
        for candidate in candidates {
            if self.candidates >= MAX_CANDIDATES {
                return;
            }
            if let Ok(candidate) = Candidate::from_sdp_string(candidate) {
                self.candidates += 1;
                self.rtc.add_remote_candidate(candidate);
            }
        }
    }

    /// The peer's answer to a counter-offer. False if it cannot be accepted, which changes nothing unless it answers
    /// the offer in part.
    pub(crate) fn answer(&mut self, sdp: &str) -> bool {
        let Ok(answer) = SdpAnswer::from_sdp_string(sdp) else { return false };
        let Some((pending, media)) = self.pending.take() else { return false };
        if self.rtc.sdp_api().accept_answer(pending, answer).is_err() {
            return false;
        }
        sdp.clone_into(&mut self.offer.sdp);
        if let Role::Viewer(viewer) = &mut self.role {
            viewer.agree(&self.rtc, &media);
        }
        true
    }

    /// The peer is reached at this address too. Returns an address it is no longer known by.
    pub(crate) fn remember(&mut self, remote: SocketAddr) -> Option<SocketAddr> {
        self.remotes.push(remote);
        (self.remotes.len() > MAX_REMOTES).then(|| self.remotes.remove(0))
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.liveness.is_connected()
    }

    /// Whether this is a publisher that closed the connection.
    pub(crate) fn has_left(&self) -> bool {
        self.liveness.has_left()
    }

    /// Why the session has timed out, if it has. The show of a publisher that has fallen silent waits.
    pub(crate) fn timed_out(&mut self, now: Instant) -> Option<Over> {
        match self.liveness.judge(now) {
            Verdict::Fine => None,
            Verdict::FellSilent => {
                self.wait(now);
                None
            }
            Verdict::Gone(reason) => Some(Over(reason)),
        }
    }

    /// Says goodbye (RTCP BYE, DTLS close_notify).
    pub(crate) fn close(&mut self, udp: &mut impl Outlet, addresses: &Addresses) {
        if self.rtc.close().is_err() {
            return;
        }
        while let Ok(Output::Transmit(_) | Output::Event(_)) = self.rtc.poll_output().inspect(|output| {
            if let Output::Transmit(transmit) = output {
                udp.send(transmit.destination, addresses.source(transmit.source), &transmit.contents);
            }
        }) {}
    }

    /// The viewer's side together with the session it writes to.
    pub(crate) fn viewer(&mut self) -> Option<(&mut Viewer, &mut Rtc)> {
        match &mut self.role {
            Role::Viewer(viewer) => Some((viewer, &mut self.rtc)),
            Role::Publisher { .. } => None,
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape `map_err` wants")]
fn failed(error: str0m::RtcError) -> Over {
    tracing::debug!(%error, "WebRTC session failed");
    match error {
        // What GStreamer's webrtcbin has: it makes RSA certificates, and str0m's DTLS verifies only ECDSA.
        str0m::RtcError::Dtls(_) => Over("the DTLS handshake failed; the peer's certificate must be an ECDSA one"),
        _ => Over("it broke the protocol"),
    }
}
