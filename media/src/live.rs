//! The live plane assembled: one value that starts all of it, serves its routes and drains it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio_util::sync::CancellationToken;

use crate::authority::Authority;
use crate::hls::Hls;
use crate::hub::Hub;
use crate::rtmp::{self, Rtmp};
use crate::transcode::Transcoding;
use crate::webrtc::{self, IceServer, Rtc};

/// Where the live plane listens and how it behaves.
#[derive(Clone, Debug)]
pub struct LiveConfig {
    pub rtmp: SocketAddr,
    /// UDP; one port per worker from here upward. Port 0 takes any.
    pub rtc: SocketAddr,
    /// Addresses put into ICE candidates; the `rtc` address if empty.
    pub rtc_hosts: Vec<std::net::IpAddr>,
    /// Worker threads for WebRTC, each with its own socket; at least 1.
    pub rtc_workers: usize,
    /// WebRTC sessions, publishers and viewers together, that this node takes.
    pub rtc_sessions: usize,
    /// STUN and TURN servers that WebRTC clients are told of.
    pub ice_servers: Vec<IceServer>,
    /// Where WHIP and WHEP clients are sent when this node has no room or is draining: scheme and authority of another
    /// that carries the same channels.
    pub overflow: Option<String>,
    /// How long a dropped publisher is awaited.
    pub grace: Duration,
    /// The transcoder program; without it, sound is delivered only in the codec it came in.
    pub transcoder: Option<PathBuf>,
    /// Part target duration of LL-HLS, 200 ms to 500 ms.
    pub part_target: Duration,
    /// Segment target duration of LL-HLS in whole seconds; segments end at the first keyframe after half of it.
    pub segment_target: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("cannot listen for {what} on {address}: {source}")]
    Listen { what: &'static str, address: SocketAddr, source: std::io::Error },
    #[error("WebRTC cannot start: {0}")]
    Rtc(String),
}

/// For encoders to be told that they must leave.
const FAREWELL: Duration = Duration::from_secs(3);

/// The running live plane.
pub struct Live {
    hub: Arc<Hub>,
    hls: Arc<Hls>,
    rtc: Arc<Rtc>,
    rtmp: Rtmp,
    shutdown: CancellationToken,
}

impl Live {
    /// Binds every port and begins to accept.
    pub async fn start(config: LiveConfig, authority: Arc<dyn Authority>) -> Result<Self, StartError> {
        let shutdown = CancellationToken::new();
        let hls = Hls::new(config.part_target, config.segment_target);
        let transcoding = Transcoding::new(config.transcoder.clone(), shutdown.clone());
        let hub = Hub::new(authority, vec![hls.clone(), transcoding], config.grace);
        let rtmp = rtmp::listen(config.rtmp, hub.clone(), shutdown.clone()).await?;
        let rtc = Rtc::start(webrtc::Config::from(&config), hub.clone(), shutdown.clone())?;
        Ok(Self { hub, hls, rtc, rtmp, shutdown })
    }

    /// The routes `/whip` and `/whep/{handle}`.
    pub fn sessions(&self) -> Router {
        webrtc::http::router(self.rtc.clone(), self.hub.clone())
    }

    /// The routes `/hls/{handle}/…`, which a crowd asks for several times a second: put nothing around them that they
    /// can do without.
    pub fn playlists(&self) -> Router {
        crate::hls::http::router(self.hls.clone(), self.hub.clone())
    }

    pub fn hub(&self) -> &Arc<Hub> {
        &self.hub
    }

    /// The address RTMP really listens on.
    pub fn rtmp_address(&self) -> SocketAddr {
        self.rtmp.address()
    }

    /// The addresses of the WebRTC workers' sockets.
    pub fn rtc_addresses(&self) -> &[SocketAddr] {
        self.rtc.addresses()
    }

    /// Ends every broadcast and closes every connection in good order.
    pub async fn drain(&self) {
        self.hub.drain().await;
        self.rtc.drain().await;
        self.shutdown.cancel();
        self.rtmp.drained(FAREWELL).await;
    }
}
