//! The server under test, and the peers that talk to it.

pub(crate) mod peer;
pub(crate) mod show;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use klieg_media::authority::{Authority, Handle, StaticAuthority};
use klieg_media::hub::Hub;
use klieg_media::stream::Stream;
use klieg_media::webrtc::{self, Rtc};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// How long anything in a test may take before it counts as not happening.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const KEY: &str = "ada-key";
pub(crate) const HANDLE: &str = "ada";
pub(crate) const SDP: &str = "application/sdp";
pub(crate) const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

pub(crate) struct Server {
    pub(crate) hub: Arc<Hub>,
    pub(crate) rtc: Arc<Rtc>,
    router: Router,
    shutdown: CancellationToken,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The Link headers, in order.
    pub(crate) fn links(&self) -> Vec<&str> {
        self.headers.get_all("link").iter().map(|value| value.to_str().unwrap()).collect()
    }
}

impl Server {
    /// Two channels, `ada` and `bob`, and two workers. A publisher that is gone is awaited as long as any test waits.
    pub(crate) fn start() -> Self {
        Self::with(PATIENCE, |_| {})
    }

    pub(crate) fn with(grace: Duration, change: impl FnOnce(&mut webrtc::Config)) -> Self {
        Self::behind(StaticAuthority::new([(KEY, HANDLE), ("bob-key", "bob")]), grace, change)
    }

    /// A server that asks this authority.
    pub(crate) fn behind(authority: impl Authority, grace: Duration, change: impl FnOnce(&mut webrtc::Config)) -> Self {
        let hub = Hub::new(Arc::new(authority), vec![], grace);
        let shutdown = CancellationToken::new();
        let mut config = webrtc::Config {
            address: "127.0.0.1:0".parse().unwrap(),
            hosts: vec![],
            workers: 2,
            sessions: 1_000,
            ice_servers: vec![],
            overflow: None,
        };
        change(&mut config);
        let rtc = Rtc::start(config, hub.clone(), shutdown.clone()).unwrap();
        let router = webrtc::http::router(rtc.clone(), hub.clone());
        Self { hub, rtc, router, shutdown }
    }

    pub(crate) fn stream(&self) -> Option<Arc<Stream>> {
        self.hub.stream(&Handle::new(HANDLE))
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let (parts, body) = self.begin(method, path, headers, body).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(body.to_vec()).unwrap() }
    }

    /// An answer whose body is still to be read.
    pub(crate) async fn begin(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()
    }

    pub(crate) async fn whip(&self, offer: &str) -> Answer {
        let token = format!("Bearer {KEY}");
        self.request(Method::POST, "/whip", &[("authorization", &token), ("content-type", SDP)], offer.to_owned()).await
    }

    pub(crate) async fn whep(&self, offer: &str) -> Answer {
        let path = format!("/whep/{HANDLE}");
        self.request(Method::POST, &path, &[("content-type", SDP)], offer.to_owned()).await
    }
}

/// Waits until `condition` holds.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !condition() {
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
