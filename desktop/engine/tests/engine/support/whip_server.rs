//! A small WHIP server on str0m: real HTTP, ICE, DTLS and RTP over loopback. It keeps what it is sent.

#[path = "narrow.rs"]
mod narrow;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use parking_lot::Mutex;
use str0m::change::SdpOffer;
use str0m::media::{KeyframeRequestKind, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{broadcast, watch};

use self::narrow::line_to;

pub(crate) const KEY: &str = "sk-test";

/// What arrived.
#[derive(Clone)]
pub(crate) struct Unit {
    pub(crate) data: Arc<[u8]>,
    /// Media time in seconds.
    pub(crate) time: f64,
    pub(crate) contiguous: bool,
    /// The simulcast layer's name.
    pub(crate) rid: Option<String>,
    /// Media time in seconds and time of day of the last sender report.
    pub(crate) report: Option<(f64, SystemTime)>,
}

impl Unit {
    /// Whether it has a slice of an instantaneous decoding refresh (NAL unit type 5).
    pub(crate) fn is_keyframe(&self) -> bool {
        self.data.windows(4).any(|w| w[..3] == [0, 0, 1] && w[3] & 0x1f == 5)
    }
}

#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) posts: usize,
    pub(crate) deletes: usize,
    /// Those without the key, which are refused.
    pub(crate) keyless: usize,
    pub(crate) offers: Vec<String>,
    pub(crate) content_types: Vec<String>,
    pub(crate) video: Vec<Unit>,
    pub(crate) audio: Vec<Unit>,
    pub(crate) closed: usize,
    /// Candidates that came later, with the condition under which.
    pub(crate) trickled: Vec<(String, String)>,
}

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Seen>>,
    keyframes: broadcast::Sender<()>,
    gone: watch::Receiver<bool>,
    /// The ICE server that it names, and the address of a relay if only that is heard.
    named: Option<(String, Option<IpAddr>)>,
    /// The bit/s that reach it; 0 is no line of its own.
    width: Arc<AtomicU64>,
}

pub(crate) struct WhipServer {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Seen>>,
    keyframes: broadcast::Sender<()>,
    width: Arc<AtomicU64>,
    gone: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl WhipServer {
    pub(crate) fn start() -> Self {
        Self::start_on(([127, 0, 0, 1], 0).into())
    }

    pub(crate) fn start_on(address: SocketAddr) -> Self {
        Self::serve_on(address, None, 0)
    }

    /// Reached by a line of so many bit/s.
    pub(crate) fn start_far(width: u64) -> Self {
        Self::serve_on(([127, 0, 0, 1], 0).into(), None, width)
    }

    /// The line carries so much from now on.
    pub(crate) fn widen(&self, width: u64) {
        self.width.store(width, Ordering::Relaxed);
    }

    /// Hears only what comes from an address, and names the relay that has it by this `Link`.
    pub(crate) fn start_behind(link: String, relay: IpAddr) -> Self {
        Self::serve_on(([127, 0, 0, 1], 0).into(), Some((link, Some(relay))), 0)
    }

    /// Names an ICE server by this `Link`, and hears whatever comes.
    pub(crate) fn start_naming(link: String) -> Self {
        Self::serve_on(([127, 0, 0, 1], 0).into(), Some((link, None)), 0)
    }

    fn serve_on(address: SocketAddr, named: Option<(String, Option<IpAddr>)>, width: u64) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (gone, mut leaving) = watch::channel(false);
        let keyframes = broadcast::channel(4).0;
        let width = Arc::new(AtomicU64::new(width));
        let told = width.clone();
        let shared = Shared { seen: seen.clone(), keyframes: keyframes.clone(), gone: gone.subscribe(), named, width };
        let (ready, bound) = channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::bind(address).await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                let app = Router::new()
                    .route("/whip", post(publish))
                    .route("/elsewhere", post(redirect))
                    .route("/known-elsewhere", post(publish_elsewhere))
                    .route("/busy-at-first", post(publish_later))
                    .route("/open", post(publish_by_address))
                    .route("/session/1", delete(end).patch(trickle))
                    .with_state(shared);
                tokio::select! {
                    served = axum::serve(listener, app) => served.unwrap(),
                    _ = leaving.wait_for(|gone| *gone) => {}
                }
            });
        });
        Self { address: bound.recv().unwrap(), seen, keyframes, width: told, gone, thread: Some(thread) }
    }

    /// The beginning of a show whose only output is this server.
    pub(crate) fn output(&self, path: &str, key: &str) -> String {
        format!("[[outputs]]\nkind = 'whip'\nurl = 'http://{}{path}'\nkey = '{key}'\n", self.address)
    }

    /// Sends a picture loss indication.
    pub(crate) fn ask_for_keyframe(&self) {
        self.keyframes.send(()).unwrap();
    }

    /// Is gone at once, as if it had been killed: nothing is closed properly.
    pub(crate) fn vanish(mut self) -> SocketAddr {
        self.end();
        self.address
    }

    fn end(&mut self) {
        let _ = self.gone.send(true);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Drop for WhipServer {
    fn drop(&mut self) {
        self.end();
    }
}

async fn redirect() -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/whip")]).into_response()
}

async fn end(State(shared): State<Shared>, headers: HeaderMap) -> StatusCode {
    if !authorised(&headers) {
        shared.seen.lock().keyless += 1;
        return StatusCode::UNAUTHORIZED;
    }
    shared.seen.lock().deletes += 1;
    StatusCode::OK
}

async fn trickle(State(shared): State<Shared>, headers: HeaderMap, body: String) -> StatusCode {
    if !authorised(&headers) || headers[header::CONTENT_TYPE] != "application/trickle-ice-sdpfrag" {
        return StatusCode::BAD_REQUEST;
    }
    shared.seen.lock().trickled.push((headers[header::IF_MATCH].to_str().unwrap().to_owned(), body));
    StatusCode::NO_CONTENT
}

fn authorised(headers: &HeaderMap) -> bool {
    headers.get(header::AUTHORIZATION).is_some_and(|value| value == &format!("Bearer {KEY}"))
}

async fn publish(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let offer = String::from_utf8(body.to_vec()).unwrap();
    {
        let mut seen = shared.seen.lock();
        seen.posts += 1;
        seen.content_types.push(headers[header::CONTENT_TYPE].to_str().unwrap().to_owned());
        seen.offers.push(offer.clone());
    }
    if !authorised(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut rtc = Rtc::builder().set_ice_lite(true).build(Instant::now());
    let mut address = socket.local_addr().unwrap();
    if shared.width.load(Ordering::Relaxed) > 0 {
        address = line_to(address, shared.width.clone()).await;
    }
    rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());
    let answer = rtc.sdp_api().accept_offer(SdpOffer::from_sdp_string(&offer).unwrap()).unwrap().to_sdp_string();
    let link = shared.named.clone().map(|(link, _)| [(header::LINK, link)]);
    tokio::spawn(serve(rtc, socket, address, shared));
    let headers = [(header::CONTENT_TYPE, "application/sdp"), (header::LOCATION, "session/1"), (header::ETAG, "\"a\"")];
    match link {
        Some(link) => (StatusCode::CREATED, headers, link, answer).into_response(),
        None => (StatusCode::CREATED, headers, answer).into_response(),
    }
}

/// Names the session by another host, which is the same.
async fn publish_elsewhere(state: State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let host = headers[header::HOST].to_str().unwrap().replace("127.0.0.1", "localhost");
    let mut response = publish(state, headers, body).await;
    let location = format!("http://{host}/session/1").parse().unwrap();
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// Calls the first offer bad, as servers do whose stream is still taken by a session before.
async fn publish_later(state: State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let first = {
        let mut seen = state.seen.lock();
        let first = seen.posts == 0;
        seen.posts += usize::from(first);
        first
    };
    if first { StatusCode::BAD_REQUEST.into_response() } else { publish(state, headers, body).await }
}

/// Takes whoever has the key in the address, and nowhere else.
async fn publish_by_address(state: State<Shared>, address: Uri, mut headers: HeaderMap, body: Bytes) -> Response {
    let has_token = address.query().is_some_and(|query| query == format!("token={KEY}"));
    if has_token && !headers.contains_key(header::AUTHORIZATION) {
        headers.insert(header::AUTHORIZATION, format!("Bearer {KEY}").parse().unwrap());
        return publish(state, headers, body).await;
    }
    StatusCode::UNAUTHORIZED.into_response()
}

async fn serve(mut rtc: Rtc, socket: UdpSocket, destination: SocketAddr, shared: Shared) {
    let (mut keyframes, mut gone) = (shared.keyframes.subscribe(), shared.gone.clone());
    let mut video = None;
    let mut buffer = vec![0; 2_000];
    loop {
        let deadline = loop {
            match rtc.poll_output().unwrap() {
                Output::Timeout(at) => break at,
                Output::Transmit(datagram) => {
                    let _ = socket.try_send_to(&datagram.contents, datagram.destination);
                }
                Output::Event(Event::MediaAdded(media)) if media.kind == MediaKind::Video => video = Some(media.mid),
                Output::Event(Event::MediaData(data)) => {
                    let unit = Unit {
                        data: data.data.clone(),
                        time: data.time.as_seconds(),
                        contiguous: data.contiguous,
                        rid: data.rid.map(|rid| rid.to_string()),
                        report: data
                            .last_sender_info
                            .filter(|info| info.sender_packet_count > 0)
                            .map(|info| (info.rtp_time.as_seconds(), info.ntp_time)),
                    };
                    let mut seen = shared.seen.lock();
                    if Some(data.mid) == video { seen.video.push(unit) } else { seen.audio.push(unit) }
                }
                Output::Event(Event::Closed) => shared.seen.lock().closed += 1,
                Output::Event(_) => {}
            }
        };
        if !rtc.is_alive() {
            return;
        }
        tokio::select! {
            _ = gone.wait_for(|gone| *gone) => return,
            received = socket.recv_from(&mut buffer) => {
                let Ok((length, source)) = received else { continue };
                if shared.named.as_ref().and_then(|(_, relay)| *relay).is_some_and(|relay| relay != source.ip()) {
                    continue;
                }
                let Ok(contents) = buffer[..length].try_into() else { continue };
                let receive = Receive { proto: Protocol::Udp, source, destination, contents };
                rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
            }
            Ok(()) = keyframes.recv() => {
                if let Some(mut writer) = video.and_then(|mid| rtc.writer(mid)) {
                    writer.request_keyframe(None, KeyframeRequestKind::Pli).unwrap();
                }
            }
            () = tokio::time::sleep(deadline.saturating_duration_since(Instant::now()).max(Duration::from_micros(500))) => {
                rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
            }
        }
    }
}
