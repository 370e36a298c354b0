//! GStreamer's own WebRTC as encoder and as player: `webrtcbin`, on which `whipclientsink` and `whepsrc` are built, and
//! which makes an RSA certificate for each connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use anyhow::{Context, Result, ensure};
use gstreamer::prelude::*;
use gstreamer::{self as gst, glib};
use gstreamer_sdp::SDPMessage;
use gstreamer_webrtc::{
    WebRTCICEGatheringState, WebRTCRTPTransceiver, WebRTCRTPTransceiverDirection, WebRTCSDPType,
    WebRTCSessionDescription,
};
use klieg_tests::server::Server;
use klieg_tests::{PATIENCE, stage, wait_for};
use reqwest::RequestBuilder;

const VIDEO: &str = "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000";
const AUDIO: &str =
    "application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,encoding-params=(string)2";

/// A pipeline around a `webrtcbin`, stopped when dropped.
struct Peer {
    pipeline: gst::Pipeline,
    webrtc: gst::Element,
    wants_to_negotiate: Arc<AtomicBool>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Peer {
    fn new(pipeline: gst::Pipeline, webrtc: gst::Element) -> Result<Self> {
        let ice = webrtc.property::<gst::Object>("ice-agent");
        // libnice leaves the loopback out, unless asked.
        ensure!(ice.emit_by_name::<bool>("add-local-ip-address", &[&"127.0.0.1"]));
        // webrtcbin's own reference was a floating one, which this has become.
        std::mem::forget(ice);
        let wants_to_negotiate = Arc::new(AtomicBool::new(false));
        let wants = wants_to_negotiate.clone();
        webrtc.connect("on-negotiation-needed", false, move |_| {
            wants.store(true, Ordering::Relaxed);
            None
        });
        Ok(Self { pipeline, webrtc, wants_to_negotiate })
    }

    /// A picture and a tone, in real time.
    fn publisher() -> Result<Self> {
        gst::init()?;
        let pipeline = gst::parse::launch(&format!(
            "webrtcbin name=rtc bundle-policy=max-bundle \
             videotestsrc is-live=true ! video/x-raw,width=640,height=360,framerate=30/1 \
             ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=60 bitrate=1000 \
             ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 ! {VIDEO} ! rtc. \
             audiotestsrc is-live=true ! audioconvert ! audioresample ! opusenc ! rtpopuspay ! {AUDIO} ! rtc."
        ))?;
        let pipeline = pipeline.downcast::<gst::Pipeline>().ok().context("no pipeline")?;
        let webrtc = pipeline.by_name("rtc").context("no webrtcbin")?;
        Self::new(pipeline, webrtc)
    }

    /// What it plays is decoded and counted.
    fn player() -> Result<(Self, Arc<Heard>)> {
        gst::init()?;
        let webrtc = gst::ElementFactory::make("webrtcbin").property_from_str("bundle-policy", "max-bundle").build()?;
        let pipeline = gst::Pipeline::new();
        pipeline.add(&webrtc)?;
        let peer = Self::new(pipeline, webrtc)?;
        for caps in [VIDEO, AUDIO] {
            let caps: gst::Caps = caps.parse()?;
            peer.webrtc.emit_by_name::<WebRTCRTPTransceiver>(
                "add-transceiver",
                &[&WebRTCRTPTransceiverDirection::Recvonly, &caps],
            );
        }
        let heard = Arc::new(Heard::default());
        let (count, pipeline) = (heard.clone(), peer.pipeline.downgrade());
        peer.webrtc.connect_pad_added(move |_, pad| {
            if let Some(pipeline) = pipeline.upgrade() {
                decode(&pipeline, pad, &count).unwrap_or_else(|error| eprintln!("not decoded: {error}"));
            }
        });
        Ok((peer, heard))
    }

    /// Offers and takes the answer. `change` makes of the offer what is posted.
    async fn connect(&self, post: RequestBuilder, change: impl FnOnce(String) -> String) -> Result<()> {
        self.pipeline.set_state(gst::State::Playing)?;
        wait_for("negotiation", PATIENCE, async || Ok(self.wants_to_negotiate.load(Ordering::Relaxed).then_some(())))
            .await?;
        let promise = gst::Promise::new();
        self.webrtc.emit_by_name::<()>("create-offer", &[&None::<gst::Structure>, &promise]);
        promise.wait();
        let offer = promise.get_reply().context("no offer")?.get::<WebRTCSessionDescription>("offer")?;
        self.webrtc.emit_by_name::<()>("set-local-description", &[&offer, &None::<gst::Promise>]);
        let offer = wait_for("candidates", PATIENCE, async || {
            let state = self.webrtc.property::<WebRTCICEGatheringState>("ice-gathering-state");
            let local = self.webrtc.property::<Option<WebRTCSessionDescription>>("local-description");
            Ok(local.filter(|_| state == WebRTCICEGatheringState::Complete))
        })
        .await?;
        let offer = change(offer.sdp().as_text()?);
        let answer = post.header("content-type", "application/sdp").body(offer).send().await?;
        let (status, answer) = (answer.status(), answer.text().await?);
        ensure!(status == 201, "{status}: {answer}");
        let answer = SDPMessage::parse_buffer(answer.as_bytes())?;
        let answer = WebRTCSessionDescription::new(WebRTCSDPType::Answer, answer);
        self.webrtc.emit_by_name::<()>("set-remote-description", &[&answer, &None::<gst::Promise>]);
        Ok(())
    }
}

/// How much a player has decoded.
#[derive(Default)]
struct Heard {
    pictures: AtomicU32,
    sounds: AtomicU32,
}

fn decode(pipeline: &gst::Pipeline, pad: &gst::Pad, heard: &Arc<Heard>) -> Result<(), glib::BoolError> {
    let decoder = gst::ElementFactory::make("decodebin").build()?;
    pipeline.add(&decoder)?;
    decoder.sync_state_with_parent()?;
    let (heard, pipeline) = (heard.clone(), pipeline.downgrade());
    decoder.connect_pad_added(move |_, decoded| {
        let Some(pipeline) = pipeline.upgrade() else { return };
        let picture = decoded.current_caps().is_some_and(|caps| caps.to_string().starts_with("video/"));
        let heard = heard.clone();
        decoded.add_probe(gst::PadProbeType::BUFFER, move |_, _| {
            if picture { &heard.pictures } else { &heard.sounds }.fetch_add(1, Ordering::Relaxed);
            gst::PadProbeReturn::Ok
        });
        let end = || {
            let end = gst::ElementFactory::make("fakesink").property("sync", false).property("async", false).build()?;
            pipeline.add(&end)?;
            end.sync_state_with_parent()?;
            let sink = end.static_pad("sink").ok_or_else(|| glib::bool_error!("no pad"))?;
            decoded.link(&sink).map_err(|error| glib::bool_error!("{error}"))
        };
        end().map_or_else(|error| eprintln!("not counted: {error}"), drop);
    });
    let sink = decoder.static_pad("sink").ok_or_else(|| glib::bool_error!("no pad"))?;
    pad.link(&sink).map(drop).map_err(|error| glib::bool_error!("{error}"))
}

#[tokio::test]
async fn gstreamer_publishes_by_whip_and_plays_by_whep() -> Result<()> {
    let _stage = stage().await;
    let server = Server::start()?;
    let ada = server.person("ada").await?;
    let key = server.stream_key(&ada).await?;
    let publisher = Peer::publisher()?;
    publisher.connect(server.client.post(server.url("/whip")).bearer_auth(&key.key), |offer| offer).await?;
    server.until_live("ada", &["source", "opus"]).await?;

    // The DTLS handshake is begun by the player, and then by the server.
    for setup in ["actpass", "passive"] {
        let (player, heard) = Peer::player()?;
        let change = |offer: String| offer.replace("a=setup:actpass", &format!("a=setup:{setup}"));
        player.connect(server.client.post(server.url("/whep/ada")), change).await?;
        wait_for(&format!("pictures and sound for a={setup}"), PATIENCE, async || {
            let enough = |count: &AtomicU32| count.load(Ordering::Relaxed) >= 30;
            Ok((enough(&heard.pictures) && enough(&heard.sounds)).then_some(()))
        })
        .await?;
    }
    Ok(())
}
