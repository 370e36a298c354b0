//! Something to watch: a short H.264 film made by ffmpeg, and a publisher that sends it in real time.

use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use bytes::Bytes;
use klieg_media::codec::h264;
use str0m::Event;
use str0m::media::{Frequency, MediaKind, MediaTime};
use tokio::sync::{mpsc, oneshot};

use super::peer::{Peer, Wish};
use super::{PATIENCE, Server};

pub(crate) const FRAME: Duration = Duration::from_millis(33);

/// Ten seconds of 320x180 at 30 frames a second in one group of pictures, as access units in Annex B.
pub(crate) fn film() -> &'static [Vec<u8>] {
    static FILM: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILM.get_or_init(|| shoot("320x180"))
}

/// The same at half the width and height.
pub(crate) fn small_film() -> &'static [Vec<u8>] {
    static FILM: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILM.get_or_init(|| shoot("160x90"))
}

/// The same at one and a half times the width and height.
pub(crate) fn large_film() -> &'static [Vec<u8>] {
    static FILM: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    FILM.get_or_init(|| shoot("480x270"))
}

fn shoot(size: &str) -> Vec<Vec<u8>> {
    let arguments = format!(
        "-f lavfi -i testsrc2=size={size}:rate=30 -t 10 -c:v libx264 -preset ultrafast -profile:v baseline -b:v 1500k \
         -x264-params aud=1:keyint=300:scenecut=0:bframes=0 -f h264 -"
    );
    let mut units: Vec<Vec<u8>> = Vec::new();
    for nal in h264::annex_b_nals(&ffmpeg(&arguments)) {
        if h264::nal_type(&nal) == h264::NAL_AUD {
            units.push(Vec::new());
            continue;
        }
        let unit = units.last_mut().expect("the film begins with a delimiter");
        unit.extend_from_slice(&[0, 0, 0, 1]);
        unit.extend_from_slice(&nal);
    }
    units
}

/// What ffmpeg writes to its output.
pub(crate) fn ffmpeg(arguments: &str) -> Bytes {
    let arguments = arguments.split_ascii_whitespace();
    let output = Command::new("ffmpeg").args(["-v", "error"]).args(arguments).output().expect("ffmpeg is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout.into()
}

/// The coded slices of an access unit in Annex B.
pub(crate) fn slices(unit: &[u8]) -> Vec<Bytes> {
    let mut nals = h264::annex_b_nals(&Bytes::copy_from_slice(unit));
    nals.retain(|nal| !matches!(h264::nal_type(nal), h264::NAL_SPS | h264::NAL_PPS | h264::NAL_AUD));
    nals
}

pub(crate) fn has_parameter_sets(unit: &[u8]) -> bool {
    let nals = h264::annex_b_nals(&Bytes::copy_from_slice(unit));
    [h264::NAL_SPS, h264::NAL_PPS].iter().all(|kind| nals.iter().any(|nal| h264::nal_type(nal) == *kind))
}

/// Which frame of the film this is.
pub(crate) fn number(unit: &[u8]) -> Option<usize> {
    static NUMBERS: OnceLock<std::collections::HashMap<Vec<Bytes>, usize>> = OnceLock::new();
    let numbers =
        NUMBERS.get_or_init(|| film().iter().enumerate().map(|(number, unit)| (slices(unit), number)).collect());
    numbers.get(&slices(unit)).copied()
}

/// A sound packet that names its number.
pub(crate) fn sound(number: u64) -> Vec<u8> {
    [&[0xfc][..], &number.to_be_bytes(), &[7; 40]].concat()
}

/// Publishes the film in a loop. A requested keyframe makes it begin again.
pub(crate) struct Publisher {
    pub(crate) location: String,
    orders: mpsc::UnboundedSender<Order>,
    task: tokio::task::JoinHandle<()>,
}

enum Order {
    Lose(u32),
    Vanish(oneshot::Sender<()>),
    Leave,
}

impl Publisher {
    pub(crate) async fn start(server: &Server) -> Self {
        Self::by(Peer::new(Wish::PUBLISH).await, server).await
    }

    /// Returns once the broadcast has pictures and sound.
    pub(crate) async fn by(mut peer: Peer, server: &Server) -> Self {
        // Made before anybody waits for it.
        tokio::task::spawn_blocking(film).await.unwrap();
        let answer = server.whip(&peer.offer).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        peer.accept(&answer.body);
        peer.connected().await;
        let (orders, inbox) = mpsc::unbounded_channel();
        let task = tokio::spawn(publish(peer, inbox));
        super::until("the broadcast has pictures and sound", || {
            server.stream().is_some_and(|stream| {
                ["source", "opus"]
                    .iter()
                    .all(|name| stream.rendition(name).is_some_and(|found| found.config().is_some()))
            })
        })
        .await;
        Self { location: answer.header("location").to_owned(), orders, task }
    }

    pub(crate) fn lose(&self, percent: u32) {
        let _ = self.orders.send(Order::Lose(percent));
    }

    /// Is gone without a word.
    pub(crate) async fn vanish(&self) {
        let (reply, gone) = oneshot::channel();
        let _ = self.orders.send(Order::Vanish(reply));
        tokio::time::timeout(PATIENCE, gone).await.unwrap().unwrap();
    }

    /// Closes the connection.
    pub(crate) fn leave(&self) {
        let _ = self.orders.send(Order::Leave);
    }

    /// Waits until the server has closed the connection.
    pub(crate) async fn closed(&mut self) {
        tokio::time::timeout(PATIENCE, &mut self.task).await.expect("the server never closed it").unwrap();
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn publish(mut peer: Peer, mut orders: mpsc::UnboundedReceiver<Order>) {
    let start = Instant::now();
    let (mut picture, mut shown, mut heard) = (0usize, 0u32, 0u64);
    let mut clock = tokio::time::interval(Duration::from_millis(5));
    loop {
        tokio::select! {
            _ = clock.tick() => {}
            order = orders.recv() => match order {
                Some(Order::Lose(percent)) => peer.lose(percent),
                Some(Order::Vanish(reply)) => {
                    peer.vanish();
                    let _ = reply.send(());
                    return;
                }
                Some(Order::Leave) => peer.close(),
                None => return,
            },
        }
        while let Some(event) = peer.try_event() {
            match event {
                Event::KeyframeRequest(_) => picture = 0,
                Event::Closed => return,
                _ => {}
            }
        }
        while start.elapsed() >= FRAME * shown {
            let time = MediaTime::new(u64::from(shown) * 2_970, Frequency::NINETY_KHZ);
            peer.write(MediaKind::Video, None, time, film()[picture % film().len()].clone());
            picture += 1;
            shown += 1;
        }
        while start.elapsed().as_millis() >= u128::from(heard) * 20 {
            peer.write(MediaKind::Audio, None, MediaTime::new(heard * 960, Frequency::FORTY_EIGHT_KHZ), sound(heard));
            heard += 1;
        }
    }
}

/// A viewer of the show, connected.
pub(crate) async fn watch(server: &Server) -> Peer {
    watch_as(Peer::new(Wish::PLAY).await, server).await
}

pub(crate) async fn watch_as(mut peer: Peer, server: &Server) -> Peer {
    let answer = server.whep(&peer.offer).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    peer.accept(&answer.body);
    peer.connected().await;
    peer
}
