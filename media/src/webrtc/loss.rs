//! A minute over networks that lose one datagram in twenty (conformance, WHEP 6).
//!
//! A publisher and a viewer, each a str0m session of its own, and between them the sessions that a worker has, the hub and
//! the packetiser. Only the sockets are missing: a wire with a delay and losses stands for both networks, and time is
//! counted, not waited for.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::change::SdpAnswer;
use str0m::media::{Direction, Frequency, MediaData, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use super::addresses::Addresses;
use super::ingest::Ingest;
use super::negotiate;
use super::offer::{Flow, Offer};
use super::registry::{Registry, Route, random_etag};
use super::session::{Happened, Role, Session};
use super::show::{Anchor, choose, pictures};
use super::udp::Outlet;
use super::viewer::Viewer;
use crate::authority::{IngestProtocol, PublishRequest, StaticAuthority};
use crate::codec::{Kind, h264};
use crate::hub::Hub;
use crate::rendition::{Origin, Received, Subscription};
use crate::stream::Stream;

const PICTURES: usize = 1_800;
const PICTURE: Duration = Duration::from_nanos(1_000_000_000 / 30);
const LOSS_PERCENT: u32 = 5;
/// One way.
const DELAY: Duration = Duration::from_millis(20);
const TICK: Duration = Duration::from_millis(1);

/// Both networks: what is sent arrives after [`DELAY`], or never.
struct Wire {
    now: Instant,
    from: SocketAddr,
    flying: VecDeque<(Instant, SocketAddr, SocketAddr, Vec<u8>)>,
    percent: u32,
    dice: u32,
    lost: usize,
}

impl Outlet for Wire {
    fn send(&mut self, destination: SocketAddr, _source: Option<IpAddr>, datagram: &[u8]) {
        self.dice = self.dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if (self.dice >> 16) % 100 < self.percent {
            self.lost += 1;
            return;
        }
        self.flying.push_back((self.now + DELAY, self.from, destination, datagram.to_vec()));
    }
}

/// An encoder or a player.
struct Peer {
    rtc: Rtc,
    address: SocketAddr,
    due: Instant,
    mid: Mid,
}

impl Peer {
    /// A peer and its session on the server, negotiated as the endpoints do it.
    fn new(
        address: &str,
        direction: Direction,
        now: Instant,
        serve: impl FnOnce(&str) -> (Session, String),
    ) -> (Self, Session) {
        let address: SocketAddr = address.parse().unwrap();
        let config = RtcConfig::new().clear_codecs().enable_h264(true).set_reordering_size_video(500);
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
        let mut changes = rtc.sdp_api();
        let mid = changes.add_media(MediaKind::Video, direction, None, None, None);
        let (offer, pending) = changes.apply().unwrap();
        let (session, answer) = serve(&offer.to_sdp_string());
        rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer).unwrap()).unwrap();
        (Self { rtc, address, due: now, mid }, session)
    }

    fn drain(&mut self, wire: &mut Wire) -> Vec<MediaData> {
        wire.from = self.address;
        let mut media = Vec::new();
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) => {
                    self.due = at;
                    return media;
                }
                Output::Transmit(transmit) => wire.send(transmit.destination, None, &transmit.contents),
                Output::Event(Event::MediaData(data)) => media.push(data),
                Output::Event(_) => {}
            }
        }
    }
}

/// A session of the server.
struct Served {
    session: Session,
    addresses: Addresses,
    address: SocketAddr,
    due: Instant,
}

impl Served {
    fn drain(&mut self, wire: &mut Wire) -> Vec<Happened> {
        wire.from = self.address;
        let mut happened = Vec::new();
        self.due = self.session.drain(wire.now, wire, &self.addresses, &mut happened).unwrap();
        happened
    }
}

/// A minute of pictures, a keyframe a second.
fn film(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let file = folder.join("film.h264");
    let arguments = "-v error -f lavfi -i testsrc2=size=320x180:rate=30 -t 60 -c:v libx264 -preset ultrafast \
        -profile:v baseline -b:v 1200k -x264-params aud=1:keyint=30:scenecut=0:bframes=0:repeat-headers=1 -f h264";
    let made = Command::new("ffmpeg").args(arguments.split_ascii_whitespace()).arg(&file).status();
    assert!(made.expect("ffmpeg is installed").success());
    let mut units: Vec<Vec<u8>> = Vec::new();
    for nal in h264::annex_b_nals(&std::fs::read(&file).unwrap().into()) {
        if h264::nal_type(&nal) == h264::NAL_AUD {
            units.push(Vec::new());
            continue;
        }
        let unit = units.last_mut().unwrap();
        unit.extend_from_slice(&[0, 0, 0, 1]);
        unit.extend_from_slice(&nal);
    }
    units
}

/// The hash of every picture that ffmpeg decodes.
fn decoded(file: &std::path::Path) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-v", "quiet", "-f", "h264", "-i"])
        .arg(file)
        .args(["-fps_mode", "passthrough", "-f", "framemd5", "-"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(',')?.1.trim().to_owned())).collect()
}

struct Network {
    wire: Wire,
    encoder: Peer,
    player: Peer,
    ingest: Served,
    delivery: Served,
    seen: Vec<(Instant, MediaData)>,
    connected: [bool; 2],
}

impl Network {
    /// One tick: what is due arrives, and everybody answers.
    fn tick(&mut self) {
        self.wire.now += TICK;
        let now = self.wire.now;
        while self.wire.flying.front().is_some_and(|(at, ..)| *at <= now) {
            let Some((_, from, to, datagram)) = self.wire.flying.pop_front() else { break };
            let datagram = Receive::new(Protocol::Udp, from, to, &datagram).unwrap();
            if to == self.ingest.address {
                self.ingest.session.receive(datagram, now).unwrap();
                self.ingest.due = now;
            } else if to == self.delivery.address {
                self.delivery.session.receive(datagram, now).unwrap();
                self.delivery.due = now;
            } else {
                let peer = if to == self.encoder.address { &mut self.encoder } else { &mut self.player };
                peer.rtc.handle_input(Input::Receive(now, datagram)).unwrap();
                peer.due = now;
            }
        }
        for (served, connected) in [&mut self.ingest, &mut self.delivery].into_iter().zip(&mut self.connected) {
            if served.due <= now {
                served.session.advance(now).unwrap();
                *connected |= served.drain(&mut self.wire).iter().any(|it| matches!(it, Happened::Connected));
            }
            assert_eq!(served.session.timed_out(now), None);
        }
        for peer in [&mut self.encoder, &mut self.player] {
            if peer.due <= now {
                peer.rtc.handle_input(Input::Timeout(now)).unwrap();
                let media = peer.drain(&mut self.wire);
                self.seen.extend(media.into_iter().map(|data| (now, data)));
            }
        }
    }

    fn send(&mut self, number: usize, picture: &[u8]) {
        let mid = self.encoder.mid;
        let pt = self.encoder.rtc.media(mid).unwrap().remote_pts()[0];
        let time = MediaTime::new(number as u64 * 3_000, Frequency::NINETY_KHZ);
        self.encoder.rtc.writer(mid).unwrap().write(pt, self.wire.now, time, picture.to_vec()).unwrap();
        self.encoder.due = self.wire.now;
    }

    /// What a worker does with the frames of a broadcast that its viewer watches.
    fn deliver(&mut self, stream: &Arc<Stream>, feed: &mut Subscription, anchor: &mut Anchor) {
        let now = self.wire.now;
        while let Ok(Some(received)) = feed.try_next() {
            let Received::Frame(frame) = received else { panic!("the worker fell behind") };
            anchor.observe(&frame, now);
            let (viewer, rtc) = self.delivery.session.viewer().unwrap();
            for track in &mut viewer.tracks {
                if track.rendition.is_none() {
                    let best = choose(stream, Kind::Video, None, |codec| track.decodes(codec)).unwrap();
                    track.join(&best);
                }
                track.offer("source", &frame);
                track.write(rtc, |place| anchor.moment(place, now)).unwrap();
            }
            self.delivery.session.advance(now).unwrap();
            self.delivery.drain(&mut self.wire);
            while self.delivery.session.viewer().unwrap().0.is_behind() {
                let (viewer, rtc) = self.delivery.session.viewer().unwrap();
                for track in &mut viewer.tracks {
                    track.write(rtc, |place| anchor.moment(place, now)).unwrap();
                }
                self.delivery.session.advance(now).unwrap();
                self.delivery.drain(&mut self.wire);
            }
        }
    }
}

fn hub() -> (Arc<Hub>, PublishRequest) {
    let hub = Hub::new(Arc::new(StaticAuthority::new([("key", "ada")])), vec![], Duration::from_mins(1));
    let peer = SocketAddr::from(([10, 0, 0, 1], 5_000));
    (hub, PublishRequest { key: "key".into(), protocol: IngestProtocol::Whip, peer, encoder: None })
}

#[tokio::test]
async fn conformance_whep_6_a_minute_of_five_percent_loss_both_ways_leaves_the_picture_moving() {
    let folder = tempfile::tempdir().unwrap();
    let film = film(folder.path());
    assert_eq!(film.len(), PICTURES);
    let start = Instant::now();
    let certificate = str0m::crypto::from_feature_flags().dtls_provider.generate_certificate().unwrap();
    let registry = Registry::new(1);
    let register = |flow| {
        let etag = random_etag();
        registry.register(Route { flow, handle: None, worker: 0, key: 1, etag, video_line: Some(0) }, None)
    };
    let (hub, request) = hub();

    let server: [SocketAddr; 2] = ["10.0.0.9:1000".parse().unwrap(), "10.0.0.9:2000".parse().unwrap()];
    let addresses = server.map(|address| Addresses::new(address, &[]));
    let (encoder, ingest) = Peer::new("10.0.0.1:5000", Direction::SendOnly, start, |sdp| {
        let offer = Offer::parse(sdp, Flow::Publishes).unwrap();
        let negotiated = negotiate::whip(&offer, &certificate, &addresses[0]).unwrap();
        let answer = negotiated.sdp.clone();
        let role = Role::Publisher { ingest: Box::new(Ingest::new(start, Vec::new())), request: request.clone() };
        (Session::new(register(Flow::Publishes), negotiated, offer, role), answer)
    });
    let publisher = hub.publish(request).await.unwrap();
    let stream = publisher.stream().clone();
    let mut feed = stream.open_rendition("source", Kind::Video, Origin::Source).subscribe();
    let (player, delivery) = Peer::new("10.0.0.2:5000", Direction::RecvOnly, start, |sdp| {
        let offer = Offer::parse(sdp, Flow::Plays).unwrap();
        let negotiated = negotiate::whep(&offer, &pictures(&stream), &certificate, &addresses[1]).unwrap();
        let answer = negotiated.sdp.clone();
        let viewer = Viewer::new(stream.clone(), &negotiated.rtc, &negotiated.media);
        (Session::new(register(Flow::Plays), negotiated, offer, Role::Viewer(viewer)), answer)
    });
    let [at_ingest, at_delivery] = addresses;
    let mut network = Network {
        wire: Wire { now: start, from: server[0], flying: VecDeque::new(), percent: 0, dice: 7, lost: 0 },
        encoder,
        player,
        ingest: Served { session: ingest, addresses: at_ingest, address: server[0], due: start },
        delivery: Served { session: delivery, addresses: at_delivery, address: server[1], due: start },
        seen: Vec::new(),
        connected: [false; 2],
    };
    while network.connected != [true; 2] {
        network.tick();
        assert!(network.wire.now < start + Duration::from_secs(5), "never connected");
    }
    network.ingest.session.admit(publisher, network.wire.now, &mut Vec::new()).unwrap();
    network.wire.percent = LOSS_PERCENT;

    let began = network.wire.now;
    let mut anchor = Anchor::new(stream.started);
    let mut sent = 0;
    while network.wire.now < began + PICTURE * PICTURES as u32 + Duration::from_secs(1) {
        network.tick();
        if sent < PICTURES && network.wire.now >= began + PICTURE * sent as u32 {
            network.send(sent, &film[sent]);
            sent += 1;
        }
        network.deliver(&stream, &mut feed, &mut anchor);
    }

    assert!(network.wire.lost > 500, "{} datagrams were lost", network.wire.lost);
    let received = folder.path().join("received.h264");
    let pieces: Vec<&[u8]> = network.seen.iter().map(|(_, data)| &data.data[..]).collect();
    std::fs::write(&received, pieces.concat()).unwrap();
    let whole = decoded(&folder.path().join("film.h264"));
    assert_eq!(whole.len(), PICTURES);
    let mut rest = whole.iter();
    let perfect = decoded(&received).iter().filter(|picture| rest.any(|original| original == *picture)).count();
    let longest =
        |times: Vec<Duration>| times.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or_default();
    let arrivals = longest(network.seen.iter().map(|(at, _)| *at - began).collect());
    let shown = longest(network.seen.iter().map(|(_, data)| Duration::from(data.time)).collect());
    let summary = format!(
        "{perfect} of {PICTURES} pictures decoded bit for bit, {} datagrams lost, longest wait {arrivals:?}, longest gap {shown:?}",
        network.wire.lost
    );
    println!("{summary}");
    assert!(perfect >= PICTURES * 95 / 100, "{summary}");
    assert!(arrivals < Duration::from_secs(1) && shown < Duration::from_secs(1), "{summary}");
}
