//! A broadcast for tests, fed by hand, watched by HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use klieg_media::authority::{Authority, IngestProtocol, PublishRequest, StaticAuthority};
use klieg_media::frame::Frame;
use klieg_media::hls::{Hls, http};
use klieg_media::hub::Hub;
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::rendition::Origin;
use klieg_media::stream::Stream;
use klieg_media::time::MediaTime;
use tower::ServiceExt;

use crate::flv::{Clip, Unit};
use crate::playlist::Playlist;

/// What the publisher of every clip sends.
pub(crate) const RENDITIONS: [&str; 2] = ["source", "aac"];

pub(crate) struct Show {
    pub(crate) hub: Arc<Hub>,
    pub(crate) router: Router,
    pub(crate) stream: Arc<Stream>,
    publisher: Option<Publisher>,
    /// Where the next clip begins.
    at: MediaTime,
    pub(crate) epoch: u32,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Show {
    /// A channel `ada` that has just gone live with nothing yet.
    pub(crate) async fn begin() -> Self {
        Self::begin_for(StaticAuthority::new([("key", "ada"), ("other", "bob")])).await
    }

    /// The same where `authority` decides who may watch; it must take `key` for the channel `ada`.
    pub(crate) async fn begin_for(authority: impl Authority) -> Self {
        let hls = Hls::new(Duration::from_millis(250), Duration::from_secs(2));
        let hub = Hub::new(Arc::new(authority), vec![hls.clone()], Duration::from_secs(20));
        let router = http::router(hls, hub.clone());
        let publisher = publish(&hub).await;
        let stream = publisher.stream().clone();
        Self { hub, router, stream, publisher: Some(publisher), at: MediaTime::ZERO, epoch: 0 }
    }

    /// A show of real frames that has lasted `seconds`.
    pub(crate) async fn playing(clip: &Clip, seconds: i64) -> Self {
        let mut show = Self::begin().await;
        show.feed(clip, seconds * 1_000).await;
        show
    }

    /// The publisher sends `clip`, over and over, for `millis` more.
    pub(crate) async fn feed(&mut self, clip: &Clip, millis: i64) {
        self.feed_if(clip, millis, |_| true).await;
    }

    /// As [`feed`](Self::feed), without the frames that are not `wanted`.
    pub(crate) async fn feed_if(&mut self, clip: &Clip, millis: i64, wanted: impl Fn(&Unit) -> bool) {
        let (from, to) = (self.at, self.at + MediaTime::from_millis(millis));
        let mut later = MediaTime::from_nanos(from.nanos() / clip.length.nanos() * clip.length.nanos());
        while later < to {
            for unit in &clip.units {
                let dts = unit.dts + later;
                if dts >= from && dts < to && wanted(unit) {
                    self.push(unit.rendition(), unit.frame(later, self.epoch, self.stream.started)).await;
                }
            }
            later = later + clip.length;
        }
        self.at = to;
        self.settle().await;
    }

    /// As [`feed`](Self::feed), and the same pictures a moment later under another name, as from a transcoder.
    pub(crate) async fn feed_and_copy(&mut self, clip: &Clip, millis: i64, name: &str) {
        let from = self.at;
        self.feed(clip, millis).await;
        let later = MediaTime::from_nanos(from.nanos() / clip.length.nanos() * clip.length.nanos());
        for later in [later, later + clip.length] {
            for unit in clip.units.iter().filter(|unit| unit.is_video()) {
                if (from..self.at).contains(&(unit.dts + later)) {
                    self.push(name, unit.frame(later, self.epoch, self.stream.started)).await;
                }
            }
        }
    }

    pub(crate) async fn push(&self, rendition: &str, frame: Frame) {
        let rendition = self.stream.open_rendition(rendition, frame.config.kind(), Origin::Source);
        rendition.publish(frame);
        self.settle().await;
    }

    /// The publisher sends the pictures of several clips side by side, and the sound of the first, for `millis`.
    pub(crate) async fn send(&mut self, pictures: &[(&str, &Clip)], millis: i64) {
        let to = MediaTime::from_millis(millis);
        let mut all = Vec::new();
        for (index, (name, clip)) in pictures.iter().enumerate() {
            let mut later = MediaTime::ZERO;
            while later < to {
                let wanted = clip.units.iter().filter(|unit| unit.is_video() || index == 0);
                all.extend(
                    wanted.map(|unit| (unit.dts + later, later, if unit.is_video() { *name } else { "aac" }, unit)),
                );
                later = later + clip.length;
            }
        }
        all.retain(|(dts, ..)| *dts < to);
        all.sort_by_key(|(dts, ..)| *dts);
        for (dts, later, name, unit) in all {
            let frame = SourceFrame {
                pts: unit.pts + later,
                dts,
                captured: None,
                keyframe: unit.keyframe,
                config: unit.config.clone(),
                payload: unit.payload.clone(),
            };
            self.publisher.as_mut().unwrap().push(name, frame).unwrap();
            self.settle().await;
        }
    }

    /// The publisher says which pictures it will send.
    pub(crate) fn expect(&mut self, pictures: &[&str]) {
        let pictures = pictures.iter().map(|name| (*name).to_owned()).collect();
        self.publisher.as_mut().unwrap().expect(pictures);
    }

    /// Nothing comes for a while.
    pub(crate) fn pause(&mut self, millis: i64) {
        self.at = self.at + MediaTime::from_millis(millis);
    }

    /// Lets the packager's task take what was sent.
    pub(crate) async fn settle(&self) {
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
    }

    /// The publisher's connection is lost.
    pub(crate) async fn drop_publisher(&mut self) {
        self.publisher = None;
        self.settle().await;
    }

    /// The publisher connects again.
    pub(crate) async fn resume(&mut self) {
        self.publisher = Some(publish(&self.hub).await);
        self.epoch += 1;
    }

    /// The creator ends the show.
    pub(crate) async fn end(&mut self) {
        self.publisher.take().unwrap().finish();
        for _ in 0..20 {
            self.settle().await;
        }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/hls/ada/{}/{rest}", self.stream.id)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        get(&self.router, path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        get(&self.router, path, headers).await
    }

    /// A file of this broadcast.
    pub(crate) async fn file(&self, rest: &str) -> Bytes {
        let answer = self.get(&self.path(rest)).await;
        assert_eq!(answer.status, StatusCode::OK, "{rest}: {}", String::from_utf8_lossy(&answer.body));
        answer.body
    }

    /// A media playlist as it stands.
    pub(crate) async fn playlist(&self, rendition: &str) -> Playlist {
        let text = self.file(&format!("{rendition}/index.m3u8")).await;
        Playlist::parse(std::str::from_utf8(&text).unwrap())
    }

    /// A request that goes on by itself.
    pub(crate) fn spawn_get(&self, path: &str) -> tokio::task::JoinHandle<Answer> {
        let (router, path) = (self.router.clone(), path.to_owned());
        tokio::spawn(async move { get(&router, &path, &[]).await })
    }
}

pub(crate) async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response: Response<Body> = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

async fn publish(hub: &Arc<Hub>) -> Publisher {
    let request = PublishRequest {
        key: "key".into(),
        protocol: IngestProtocol::Rtmp,
        peer: ([127, 0, 0, 1], 1_935).into(),
        encoder: None,
    };
    hub.publish(request).await.unwrap()
}
