//! A WebRTC peer as encoders and players have one: str0m on a socket of its own.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaData, MediaKind, MediaTime, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

use super::PATIENCE;

/// What a peer is told to do.
enum Do {
    Write { mid: Mid, rid: Option<Rid>, time: MediaTime, data: Vec<u8> },
    Accept(Box<SdpPendingOffer>, SdpAnswer),
    Change(Box<dyn FnOnce(&mut Rtc) + Send>),
    Lose { percent: u32 },
    Close,
}

pub(crate) struct Peer {
    orders: mpsc::UnboundedSender<Do>,
    events: mpsc::UnboundedReceiver<Event>,
    task: tokio::task::JoinHandle<()>,
    pending: Option<SdpPendingOffer>,
    video: Option<Mid>,
    audio: Option<Mid>,
    pub(crate) offer: String,
    pub(crate) address: SocketAddr,
}

/// What a peer offers.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) direction: Direction,
    pub(crate) video: Option<Codec>,
    pub(crate) audio: bool,
    pub(crate) layers: &'a [&'a str],
}

impl Wish<'_> {
    pub(crate) const PUBLISH: Self =
        Self { direction: Direction::SendOnly, video: Some(Codec::H264), audio: true, layers: &[] };
    pub(crate) const PLAY: Self = Self { direction: Direction::RecvOnly, ..Self::PUBLISH };
}

pub(crate) fn config(video: Option<Codec>) -> RtcConfig {
    let wants = |codec| video == Some(codec);
    RtcConfig::new()
        .clear_codecs()
        .enable_opus(true, false)
        .enable_h264(wants(Codec::H264))
        .enable_vp8(wants(Codec::Vp8))
        .enable_vp9(wants(Codec::Vp9))
        .enable_av1(wants(Codec::Av1))
        .enable_h265(wants(Codec::H265))
        .set_reordering_size_video(500)
}

impl Peer {
    pub(crate) async fn new(wish: Wish<'_>) -> Self {
        Self::with(config(wish.video), wish).await
    }

    pub(crate) async fn with(config: RtcConfig, wish: Wish<'_>) -> Self {
        let (mut rtc, socket) = Self::bound(config).await;
        let mut changes = rtc.sdp_api();
        let (mut video, mut audio) = (None, None);
        if wish.video.is_some() {
            let simulcast = (!wish.layers.is_empty()).then(|| {
                let mut simulcast = Simulcast::new();
                wish.layers.iter().for_each(|layer| simulcast.add_send_layer(SimulcastLayer::new(layer)));
                simulcast
            });
            video = Some(changes.add_media(MediaKind::Video, wish.direction, Some("show".into()), None, simulcast));
        }
        if wish.audio {
            audio = Some(changes.add_media(MediaKind::Audio, wish.direction, Some("show".into()), None, None));
        }
        let (offer, pending) = changes.apply().unwrap();
        let mut peer = Self::run(rtc, socket, offer.to_sdp_string(), Some(pending));
        (peer.video, peer.audio) = (video, audio);
        peer
    }

    pub(crate) async fn bare(video: Option<Codec>) -> (Rtc, UdpSocket) {
        Self::bound(config(video)).await
    }

    async fn bound(config: RtcConfig) -> (Rtc, UdpSocket) {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), "udp").unwrap());
        (rtc, socket)
    }

    pub(crate) fn run(rtc: Rtc, socket: UdpSocket, offer: String, pending: Option<SdpPendingOffer>) -> Self {
        let address = socket.local_addr().unwrap();
        let (orders, inbox) = mpsc::unbounded_channel();
        let (outbox, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(drive(rtc, socket, inbox, outbox));
        Self { orders, events, task, pending, video: None, audio: None, offer, address }
    }

    /// Takes the server's answer: the connection begins.
    pub(crate) fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let _ = self.orders.send(Do::Accept(Box::new(self.pending.take().unwrap()), answer));
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut Rtc) + Send + 'static) {
        let _ = self.orders.send(Do::Change(Box::new(change)));
    }

    /// Loses this share of all datagrams, both ways, from now on.
    pub(crate) fn lose(&self, percent: u32) {
        let _ = self.orders.send(Do::Lose { percent });
    }

    pub(crate) fn write(&self, kind: MediaKind, rid: Option<Rid>, time: MediaTime, data: Vec<u8>) {
        let mid = if kind == MediaKind::Video { self.video } else { self.audio };
        let _ = self.orders.send(Do::Write { mid: mid.unwrap(), rid, time, data });
    }

    /// Says goodbye.
    pub(crate) fn close(&self) {
        let _ = self.orders.send(Do::Close);
    }

    /// Is gone without a word.
    pub(crate) fn vanish(&self) {
        self.task.abort();
    }

    pub(crate) async fn event(&mut self) -> Event {
        tokio::time::timeout(PATIENCE, self.events.recv()).await.expect("no event came").expect("the peer has closed")
    }

    pub(crate) fn try_event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    pub(crate) async fn connected(&mut self) {
        while !matches!(self.event().await, Event::Connected) {}
    }

    /// Waits until the server says goodbye.
    pub(crate) async fn closed(&mut self) {
        while !matches!(self.event().await, Event::Closed) {}
    }

    pub(crate) async fn media(&mut self) -> MediaData {
        self.media_where(|_| true).await
    }

    /// The first media of which `wanted` is true. Other events come all the time, so they do not count as patience.
    async fn media_where(&mut self, wanted: impl Fn(&MediaData) -> bool) -> MediaData {
        let search = async {
            loop {
                if let Event::MediaData(data) = self.event().await
                    && wanted(&data)
                {
                    return data;
                }
            }
        };
        tokio::time::timeout(PATIENCE, search).await.expect("no media came")
    }

    /// The next picture.
    pub(crate) async fn picture(&mut self) -> MediaData {
        self.media_where(|data| data.params.spec().codec.is_video()).await
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn drive(
    mut rtc: Rtc,
    socket: UdpSocket,
    mut orders: mpsc::UnboundedReceiver<Do>,
    events: mpsc::UnboundedSender<Event>,
) {
    let local = socket.local_addr().unwrap();
    let mut buffer = vec![0; 2_000];
    let (mut percent, mut dice) = (0, 12_345u32);
    let mut lost = move |percent: u32| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 16) % 100 < percent
    };
    while rtc.is_alive() {
        let timeout = loop {
            match rtc.poll_output().unwrap() {
                Output::Timeout(at) => break at,
                Output::Transmit(transmit) => {
                    if !lost(percent) {
                        let _ = socket.send_to(&transmit.contents, transmit.destination).await;
                    }
                }
                Output::Event(event) => {
                    if events.send(event).is_err() {
                        return;
                    }
                }
            }
        };
        let timeout = timeout.max(Instant::now() + Duration::from_micros(200));
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                let (size, from) = received.unwrap();
                if lost(percent) {
                    continue;
                }
                let datagram = Receive::new(Protocol::Udp, from, local, &buffer[..size]).unwrap();
                rtc.handle_input(Input::Receive(Instant::now(), datagram)).unwrap();
            }
            order = orders.recv() => match order {
                Some(Do::Write { mid, rid, time, data }) => write(&mut rtc, mid, rid, time, data),
                Some(Do::Accept(pending, answer)) => rtc.sdp_api().accept_answer(*pending, answer).unwrap(),
                Some(Do::Change(change)) => change(&mut rtc),
                Some(Do::Lose { percent: share }) => percent = share,
                Some(Do::Close) => rtc.close().unwrap(),
                None => return,
            },
            () = tokio::time::sleep_until(timeout.into()) => rtc.handle_input(Input::Timeout(Instant::now())).unwrap(),
        }
    }
}

fn write(rtc: &mut Rtc, mid: Mid, rid: Option<Rid>, time: MediaTime, data: Vec<u8>) {
    let Some(pt) = rtc.media(mid).and_then(|media| media.remote_pts().first().copied()) else { return };
    let Some(mut writer) = rtc.writer(mid) else { return };
    if let Some(rid) = rid {
        writer = writer.rid(rid);
    }
    let _ = writer.write(pt, Instant::now(), time, data);
}
