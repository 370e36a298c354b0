//! WHIP (RFC 9725) on str0m.
//!
//! GStreamer's `whipclientsink` is not used: it runs an encoder of its own for every session, so two outputs cost two
//! encodes, it adapts only a fixed list of encoders, and it does not reconnect. Here a session takes packets of the shared
//! encode, and a new session costs one HTTP request.
//!
//! A session owns its sockets and its peer connection. It never waits for anything but the network, a packet or the show's
//! end, and never lets a frame wait for another: the packets of one frame leave together.

mod endpoint;
mod format;
mod framing;
mod links;
mod peer;
mod reflexive;
mod relay;
mod sockets;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gstreamer as gst;
use str0m::bwe::BweKind;
use str0m::media::{Frequency, MediaTime};
use str0m::net::{Protocol, Receive};
use str0m::{Event, IceConnectionState, Input, Output};

pub(super) use self::endpoint::Endpoint;
use self::endpoint::Published;
use self::peer::Peer;
use self::sockets::{Datagram, Heard, Sockets};
use super::flow::Flow;
use super::{Failure, Line};
use crate::fanout::{Kind, Packet};

/// From the answer to a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// A server that says nothing at all for so long is gone: it owes an answer to a STUN check every three seconds, and
/// reports more often than that.
const SILENCE: Duration = Duration::from_secs(5);
/// How long nothing may have left while there is something to send.
const BLOCKED: Duration = Duration::from_secs(3);

/// The programme composes a frame as soon as its sources allow, up to a frame's time before its time stamp. str0m cannot
/// report on what lies ahead, so picture and sound are both reported this much earlier: their distance stays exact.
const AHEAD: Duration = Duration::from_millis(40);

/// Publishes until the show stops or something breaks.
pub(super) async fn session(endpoint: &Endpoint, line: &mut Line) -> Result<(), Failure> {
    // A name server that does not answer keeps no show from ending.
    let host = tokio::select! {
        host = endpoint.host() => host?,
        () = line.wait_for_stop() => return Ok(()),
    };
    let mut sockets = Sockets::bind(host).await?;
    let (mut peer, offer, pending) = Peer::offer(sockets.addresses(), &endpoint.offered)?;
    let published = tokio::select! {
        published = endpoint.publish(&offer) => published?,
        () = line.wait_for_stop() => return Ok(()),
    };
    let result = match peer.accept(pending, &published.answer) {
        Ok(()) => {
            sockets.ask(&published.servers);
            run(endpoint, &published, &mut peer, &mut sockets, line).await
        }
        Err(failure) => Err(failure),
    };
    // Also after a failure: the server should not wait for a session that is gone.
    endpoint.delete(&published).await;
    result
}

async fn run(
    endpoint: &Endpoint,
    published: &Published,
    peer: &mut Peer,
    sockets: &mut Sockets,
    line: &mut Line,
) -> Result<(), Failure> {
    let started = Instant::now();
    let mut watch = Watch {
        heard: Flow::new(SILENCE, started),
        sent: Flow::new(BLOCKED, started),
        datagrams: 0,
        connected: None,
        started,
    };
    let (mut zero, mut wanted) = (None, 0);
    let mut tick = tokio::time::interval(Duration::from_millis(250));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    loop {
        let deadline = drain(peer, sockets, line, &mut watch)?;
        tokio::select! {
            () = async { let _ = line.stopping.wait_for(|stop| *stop).await; } => {
                farewell(peer, sockets);
                return Ok(());
            }
            heard = sockets.receive() => match heard {
                Heard::Datagram(datagram) => {
                    watch.datagrams += 1;
                    feed(peer, &datagram)?;
                }
                Heard::Candidate(candidate) => {
                    if let Some(candidate) = peer.reached_by(candidate) {
                        // Behind: a server that takes no candidates finds this one out by itself.
                        tokio::spawn(endpoint.trickle(published, &candidate));
                    }
                }
            },
            packet = line.packets.recv(), if watch.connected.is_some() => {
                let Some(packet) = packet else { return Ok(()) };
                // str0m sends sender reports from the moment of the connection on, and calls that moment media time zero
                // until there is media. So we call it zero too, or the first reports would be wrong by hours. A keyframe
                // that was on its way already is worth a few milliseconds of error for a second.
                if zero.is_none() && packet.keyframe && packet.kind == Kind::Video {
                    zero = watch.connected.map(|connected| connected.min(packet.pts));
                }
                let Some(zero) = zero else { continue };
                let age = match packet.kind {
                    Kind::Audio => packet.pts.checked_sub(zero),
                    // A layer's first keyframe may be of the frame before that of another's.
                    Kind::Video => Some(packet.pts.saturating_sub(zero)),
                };
                let Some(age) = age else { continue };
                let stamped = line.time.instant(packet.pts);
                let wallclock = stamped.checked_sub(AHEAD).unwrap_or(stamped).min(Instant::now());
                let frame = u64::from(packet.kind == Kind::Video && packet.layer == 0);
                if write(peer, &packet, age, wallclock)? {
                    line.sent.add(0, frame);
                    line.sent.take(packet.buffer.size());
                }
                drain(peer, sockets, line, &mut watch)?;
                advance(peer)?;
            }
            () = tokio::time::sleep_until(deadline.into()) => advance(peer)?,
            _ = tick.tick() => {
                sockets.advance();
                watch.check(line, Instant::now())?;
                if wanted != line.sent.wanted() {
                    wanted = line.sent.wanted();
                    peer.want(wanted);
                }
            }
        }
    }
}

/// What tells a session that works from one that only seems to.
struct Watch {
    heard: Flow,
    sent: Flow,
    datagrams: u64,
    /// When it was connected, in the show's running time.
    connected: Option<gst::ClockTime>,
    started: Instant,
}

impl Watch {
    fn check(&mut self, line: &Line, now: Instant) -> Result<(), Failure> {
        let bytes = line.sent.totals().0;
        let (silent, blocked) = (self.heard.stalled(self.datagrams, now), self.sent.stalled(bytes, now));
        if self.connected.is_none() {
            return if now.duration_since(self.started) > CONNECT {
                Err(Failure::retry("no connection came about: is the server's UDP port reachable?"))
            } else {
                Ok(())
            };
        }
        if silent {
            return Err(Failure::retry("the server fell silent"));
        }
        if blocked {
            return Err(Failure::retry("nothing could be sent for three seconds"));
        }
        Ok(())
    }
}

/// Sends and hears all that is due. Returns when it is next due.
fn drain(peer: &mut Peer, sockets: &mut Sockets, line: &mut Line, watch: &mut Watch) -> Result<Instant, Failure> {
    loop {
        match peer.rtc.poll_output().map_err(broken)? {
            Output::Timeout(at) => return Ok(at),
            Output::Transmit(datagram) => {
                if sockets.send(datagram.source, datagram.destination, &datagram.contents) {
                    line.sent.add(datagram.contents.len(), 0);
                }
            }
            Output::Event(Event::Connected) => {
                watch.connected = Some(line.time.now());
                // What was reported of a session before is not true of this one.
                line.sent.reported(None, None);
                line.sent.estimated(None);
                line.open();
                line.live();
            }
            // Of several sizes the largest speaks for all: each reports by itself.
            Output::Event(Event::MediaEgressStats(stats)) if stats.mid == peer.video && peer.named(stats.rid) == 0 => {
                line.sent.reported(stats.loss, stats.rtt);
            }
            Output::Event(Event::EgressBitrateEstimate(BweKind::Twcc { estimate, can_probe })) => {
                line.sent.estimated(can_probe.then(|| estimate.as_u64()));
            }
            Output::Event(Event::KeyframeRequest(request)) => {
                tracing::debug!(output = line.name, "the server asks for a keyframe");
                if let Some(keyframes) = line.keyframes.get(peer.named(request.rid)) {
                    keyframes.request();
                }
            }
            Output::Event(Event::IceConnectionStateChange(IceConnectionState::Disconnected)) => {
                return Err(Failure::retry("the connection was lost"));
            }
            Output::Event(Event::Closed) => return Err(Failure::retry("the server closed the session")),
            Output::Event(_) => {}
        }
    }
}

fn feed(peer: &mut Peer, datagram: &Datagram) -> Result<(), Failure> {
    // What is no STUN, DTLS or RTP is not for us.
    let Ok(contents) = datagram.bytes.as_slice().try_into() else { return Ok(()) };
    let (source, destination) = (datagram.source, datagram.destination);
    let receive = Receive { proto: Protocol::Udp, source, destination, contents };
    peer.rtc.handle_input(Input::Receive(Instant::now(), receive)).map_err(broken)
}

fn advance(peer: &mut Peer) -> Result<(), Failure> {
    peer.rtc.handle_input(Input::Timeout(Instant::now())).map_err(broken)
}

/// Hands a packet to the peer connection, at `age` since the connection. Whether there was a stream for it.
fn write(peer: &mut Peer, packet: &Packet, age: gst::ClockTime, wallclock: Instant) -> Result<bool, Failure> {
    let nanos = u128::from(age.nseconds());
    let (mid, time) = match packet.kind {
        Kind::Video => (peer.video, MediaTime::from_90khz((nanos * 9 / 100_000) as u64)),
        Kind::Audio => (peer.audio, MediaTime::new((nanos * 6 / 125_000) as u64, Frequency::FORTY_EIGHT_KHZ)),
    };
    if !peer.takes(packet.layer) {
        return Ok(false);
    }
    let rid = peer.name(packet.layer);
    let Some(mut writer) = peer.rtc.writer(mid) else { return Ok(false) };
    if let Some(rid) = rid.filter(|_| packet.kind == Kind::Video) {
        writer = writer.rid(rid);
    }
    let Some(pt) = writer.payload_params().next().map(str0m::format::PayloadParams::pt) else { return Ok(false) };
    let Ok(map) = packet.buffer.map_readable() else { return Ok(false) };
    writer.write(pt, wallclock, time, Arc::<[u8]>::from(map.as_slice())).map_err(broken)?;
    Ok(true)
}

/// RTCP BYE and DTLS close_notify.
fn farewell(peer: &mut Peer, sockets: &mut Sockets) {
    if peer.rtc.close().is_err() {
        return;
    }
    while let Ok(Output::Transmit(datagram)) = peer.rtc.poll_output() {
        sockets.send(datagram.source, datagram.destination, &datagram.contents);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(error: str0m::RtcError) -> Failure {
    Failure::retry(format!("WebRTC: {error}"))
}
