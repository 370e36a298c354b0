//! WHEP: one offer, one answer, then media (draft-ietf-wish-whep).
//!
//! The whole offer goes at once: the server learns this side's addresses from the packets it gets, so nothing is gained by
//! waiting for candidates or sending them later.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, RtcPeerConnection, RtcPeerConnectionState, RtcRtpTransceiverDirection, RtcRtpTransceiverInit,
    RtcSdpType, RtcSessionDescriptionInit, RtcTrackEvent,
};

use crate::browser;

/// Milliseconds until a server that says nothing has refused.
const PATIENCE: u32 = 8_000;

/// Milliseconds between NTP's epoch and Unix's.
const NTP: f64 = 2_208_988_800_000.0;

/// Why there is no connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Refused {
    /// Milliseconds the server asks to wait.
    pub retry_after: Option<u64>,
}

impl From<JsValue> for Refused {
    fn from(_: JsValue) -> Self {
        Self::default()
    }
}

/// An open connection; closed when dropped.
pub struct Whep {
    connection: RtcPeerConnection,
    /// The session on the server, to be deleted.
    session: RefCell<Option<String>>,
    last: Cell<Option<Buffered>>,
    _on_track: Closure<dyn FnMut(RtcTrackEvent)>,
    _on_state: Closure<dyn FnMut()>,
}

/// What the jitter buffer has seen so far.
#[derive(Clone, Copy)]
struct Buffered {
    /// Seconds summed over all frames.
    delay: f64,
    frames: f64,
}

impl Whep {
    /// Connects to `url`. `on_media` gets the stream when the first track is there, `on_broken` a connection that failed.
    pub async fn open(
        url: &str,
        token: Option<&str>,
        on_media: impl Fn(&MediaStream) + 'static,
        on_broken: impl Fn() + 'static,
    ) -> Result<Rc<Self>, Refused> {
        let connection = RtcPeerConnection::new()?;
        let media = MediaStream::new()?;
        let on_track = Closure::<dyn FnMut(_)>::new(move |event: RtcTrackEvent| {
            hurry(&event.receiver());
            media.add_track(&event.track());
            on_media(&media);
        });
        connection.set_ontrack(Some(on_track.as_ref().unchecked_ref()));
        let watched = connection.clone();
        let on_state = Closure::<dyn FnMut()>::new(move || {
            if watched.connection_state() == RtcPeerConnectionState::Failed {
                on_broken();
            }
        });
        connection.set_onconnectionstatechange(Some(on_state.as_ref().unchecked_ref()));
        let whep = Rc::new(Self {
            connection,
            session: RefCell::default(),
            last: Cell::default(),
            _on_track: on_track,
            _on_state: on_state,
        });
        whep.negotiate(url, token).await?;
        Ok(whep)
    }

    async fn negotiate(&self, url: &str, token: Option<&str>) -> Result<(), Refused> {
        for kind in ["video", "audio"] {
            let init = RtcRtpTransceiverInit::new();
            init.set_direction(RtcRtpTransceiverDirection::Recvonly);
            self.connection.add_transceiver_with_str_and_init(kind, &init);
        }
        let offer = JsFuture::from(self.connection.create_offer()).await?;
        // Browsers decode Opus to one channel unless both are asked for.
        let sdp = string(&offer, "sdp").replace("useinbandfec=1", "useinbandfec=1;stereo=1");
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
        description.set_sdp(&sdp);
        JsFuture::from(self.connection.set_local_description(&description)).await?;

        let answer = self.post(url, token, &sdp).await?;
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
        description.set_sdp(&answer);
        JsFuture::from(self.connection.set_remote_description(&description)).await?;
        Ok(())
    }

    async fn post(&self, url: &str, token: Option<&str>, offer: &str) -> Result<String, Refused> {
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_body(&JsValue::from_str(offer));
        init.set_signal(Some(&web_sys::AbortSignal::timeout_with_u32(PATIENCE)));
        let headers = web_sys::Headers::new()?;
        headers.set("content-type", "application/sdp")?;
        if let Some(token) = token {
            headers.set("authorization", &format!("Bearer {token}"))?;
        }
        init.set_headers(&headers);
        let window = browser::window().ok_or(Refused::default())?;
        let response: web_sys::Response =
            JsFuture::from(window.fetch_with_str_and_init(url, &init)).await?.unchecked_into();
        if response.status() != 201 {
            let seconds =
                response.headers().get("retry-after").ok().flatten().and_then(|text| text.parse::<u64>().ok());
            return Err(Refused { retry_after: seconds.map(|seconds| seconds.saturating_mul(1000)) });
        }
        if let Some(location) = response.headers().get("location")? {
            *self.session.borrow_mut() =
                web_sys::Url::new_with_base(&location, &response.url()).ok().map(|url| url.href());
        }
        Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
    }

    /// Milliseconds from the picture's capture to its showing, as far as this side can tell: from the sender's clock where
    /// it is known and plausible, else what the jitter buffer holds and half a round trip.
    pub async fn latency(&self) -> Option<f64> {
        let report = JsFuture::from(self.connection.get_stats()).await.ok()?;
        let (mut playout, mut buffered, mut round_trip) = (None, None, 0.0);
        report.unchecked_ref::<js_sys::Map>().for_each(&mut |entry, _| match string(&entry, "type").as_str() {
            "inbound-rtp" if string(&entry, "kind") == "video" => {
                playout = number(&entry, "estimatedPlayoutTimestamp");
                buffered = number(&entry, "jitterBufferDelay")
                    .zip(number(&entry, "jitterBufferEmittedCount"))
                    .map(|(delay, frames)| Buffered { delay, frames });
            }
            "candidate-pair" if is_true(&entry, "nominated") => {
                round_trip = number(&entry, "currentRoundTripTime").unwrap_or(0.0);
            }
            _ => {}
        });
        let last = self.last.replace(buffered);
        let held = last
            .zip(buffered)
            .filter(|(last, now)| now.frames > last.frames)
            .map(|(last, now)| (now.delay - last.delay) / (now.frames - last.frames) * 1000.0 + round_trip * 500.0);
        // A clock that is wrong on either side shows in a delay shorter than the buffer's, or absurdly long.
        let plausible = held.unwrap_or(0.0)..10_000.0;
        let glass = playout.map(|playout| js_sys::Date::now() - (playout - NTP)).filter(|ms| plausible.contains(ms));
        glass.or(held)
    }
}

impl Drop for Whep {
    fn drop(&mut self) {
        self.connection.set_ontrack(None);
        self.connection.set_onconnectionstatechange(None);
        self.connection.close();
        if let Some(session) = self.session.take() {
            let init = web_sys::RequestInit::new();
            init.set_method("DELETE");
            // Also when the page is being left.
            let _ = Reflect::set(&init, &"keepalive".into(), &JsValue::TRUE);
            if let Some(window) = browser::window() {
                let request = JsFuture::from(window.fetch_with_str_and_init(&session, &init));
                wasm_bindgen_futures::spawn_local(async move {
                    let _ = request.await;
                });
            }
        }
    }
}

/// Asks for the shortest buffer; the browser lengthens it when the network needs that.
fn hurry(receiver: &JsValue) {
    for name in ["jitterBufferTarget", "playoutDelayHint"] {
        let _ = Reflect::set(receiver, &name.into(), &JsValue::from_f64(0.0));
    }
}

fn string(object: &JsValue, name: &str) -> String {
    Reflect::get(object, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

fn is_true(object: &JsValue, name: &str) -> bool {
    Reflect::get(object, &name.into()).is_ok_and(|value| value.is_truthy())
}

fn number(object: &JsValue, name: &str) -> Option<f64> {
    Reflect::get(object, &name.into()).ok()?.as_f64()
}

/// Whether this browser can speak WebRTC at all.
pub fn is_supported() -> bool {
    Reflect::has(&js_sys::global(), &"RTCPeerConnection".into()).unwrap_or(false)
}

/// A stream's tracks stop with it.
pub fn stop(media: &MediaStream) {
    for track in Array::iter(&media.get_tracks()) {
        track.unchecked_ref::<web_sys::MediaStreamTrack>().stop();
    }
}
