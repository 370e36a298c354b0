//! A publisher's side of a broadcast: what every ingest protocol holds while its encoder is connected.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::codec::TrackConfig;
use crate::frame::Frame;
use crate::hub::{Hub, Session, StopReason};
use crate::rendition::{Origin, Rendition};
use crate::stream::Stream;
use crate::time::{MediaTime, WallTime};
use crate::timeline::Timeline;

/// A track whose decode time falls back further than this has a clock that jumped; less is an encoder's untidiness.
const FALL_BACK: MediaTime = MediaTime::from_millis(1_000);

/// One access unit in the publisher's own clock, which all its tracks share.
#[derive(Clone, Debug)]
pub struct SourceFrame {
    pub pts: MediaTime,
    pub dts: MediaTime,
    /// When it was captured, if the publisher says; otherwise arrival counts.
    pub captured: Option<WallTime>,
    pub keyframe: bool,
    pub config: Arc<TrackConfig>,
    pub payload: Bytes,
}

/// A connected publisher. Dropping it means that the connection was lost: the broadcast waits for its return.
/// [`finish`](Self::finish) means that the creator ended the show.
pub struct Publisher {
    hub: Arc<Hub>,
    stream: Arc<Stream>,
    session: Arc<Session>,
    key: Uuid,
    timeline: Timeline,
    renditions: HashMap<String, (Arc<Rendition>, Option<MediaTime>)>,
    finished: bool,
}

impl Publisher {
    pub(crate) fn new(hub: Arc<Hub>, stream: Arc<Stream>, session: Arc<Session>, key: Uuid) -> Self {
        let timeline = stream.next_timeline();
        Self { hub, stream, session, key, timeline, renditions: HashMap::new(), finished: false }
    }

    pub fn stream(&self) -> &Arc<Stream> {
        &self.stream
    }

    pub fn key(&self) -> Uuid {
        self.key
    }

    /// The rendition that frames pushed under this name go to, made on first use.
    pub fn rendition(&mut self, name: &str, config: &TrackConfig) -> &Arc<Rendition> {
        let (stream, kind) = (&self.stream, config.kind());
        &self
            .renditions
            .entry(name.to_owned())
            .or_insert_with(|| (stream.open_rendition(name, kind, Origin::Source), None))
            .0
    }

    /// Puts a frame on the broadcast's timeline and hands it to everybody.
    ///
    /// Video goes under `source` (or a simulcast layer's RID), sound under its codec's rendition name, `aac` or `opus`.
    /// Fails when this publisher must stop.
    pub fn push(&mut self, rendition: &str, frame: SourceFrame) -> Result<(), StopReason> {
        if let Some(reason) = self.session.stopped() {
            return Err(reason);
        }
        let now = WallTime::now();
        let arrival = self.stream.timeline_at(now);
        let mut placed = self.timeline.place(frame.pts, frame.dts, arrival);
        self.rendition(rendition, &frame.config);
        if let Some((rendition, last)) = self.renditions.get_mut(rendition) {
            if last.is_some_and(|last| placed.dts + FALL_BACK < last) {
                self.timeline.begin_epoch();
                placed = self.timeline.place(frame.pts, frame.dts, arrival);
            }
            // Decode times of a rendition strictly increase, whatever the publisher sends, and nothing is shown before
            // it is decoded.
            if let Some(last) = *last
                && placed.dts <= last
            {
                placed.dts = last + MediaTime::from_nanos(1_000);
            }
            placed.pts = placed.pts.max(placed.dts);
            *last = Some(placed.dts);
            let captured = frame.captured.unwrap_or(now);
            rendition.publish(Frame::new(
                frame.config,
                placed.pts,
                placed.dts,
                captured,
                frame.keyframe,
                placed.epoch,
                frame.payload,
            ));
        }
        self.stream.advance(&self.timeline);
        Ok(())
    }

    /// Why this publisher must stop, if it must.
    pub fn must_stop(&self) -> Option<StopReason> {
        self.session.stopped()
    }

    /// A receiver that changes when this publisher must stop.
    pub fn watch_stop(&self) -> watch::Receiver<Option<StopReason>> {
        self.session.watch()
    }

    /// Waits until this publisher must stop.
    pub async fn stopped(&self) -> StopReason {
        let mut stop = self.session.watch();
        match stop.wait_for(Option::is_some).await {
            Ok(reason) => reason.unwrap_or(StopReason::Ended),
            Err(_) => StopReason::Ended,
        }
    }

    /// The creator ended the show: the broadcast is over at once.
    pub fn finish(mut self) {
        self.finished = true;
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.hub.publisher_gone(&self.stream, &self.session, self.finished);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::authority::{IngestProtocol, PublishRequest, StaticAuthority};
    use crate::codec::{VideoConfig, VideoSetup};

    /// Publishes frames at these source times, in milliseconds, and gives what was made of them.
    async fn published(times: &[i64]) -> Vec<Arc<Frame>> {
        let hub = Hub::new(Arc::new(StaticAuthority::new([("key", "show")])), vec![], Duration::ZERO);
        let request = PublishRequest {
            key: "key".to_owned(),
            protocol: IngestProtocol::Rtmp,
            peer: ([127, 0, 0, 1], 1).into(),
            encoder: None,
        };
        let mut publisher = hub.publish(request).await.unwrap();
        let config = Arc::new(TrackConfig::Video(VideoConfig { setup: VideoSetup::Vp8, width: 0, height: 0 }));
        let rendition = publisher.rendition("source", &config).clone();
        for (index, millis) in times.iter().enumerate() {
            let at = MediaTime::from_millis(*millis);
            let frame = SourceFrame {
                pts: at,
                dts: at,
                captured: None,
                keyframe: index == 0,
                config: config.clone(),
                payload: Bytes::from_static(&[0]),
            };
            publisher.push("source", frame).unwrap();
        }
        rendition.subscribe().take_backlog().into()
    }

    #[tokio::test]
    async fn a_clock_that_falls_back_begins_a_new_epoch_and_keeps_its_pace() {
        let frames = published(&[5_000, 5_040, 5_080, 1_000, 1_040, 1_080]).await;
        let epochs: Vec<u32> = frames.iter().map(|frame| frame.epoch).collect();
        assert_eq!(epochs, [0, 0, 0, 1, 1, 1]);
        assert_eq!((frames[5].dts - frames[4].dts).millis(), 40);
        assert!(frames.windows(2).all(|pair| pair[0].dts < pair[1].dts && pair[0].pts < pair[1].pts));
    }

    #[tokio::test]
    async fn frames_with_the_same_time_are_neither_reordered_nor_shown_before_they_are_decoded() {
        let frames = published(&[100, 100, 100, 60, 140]).await;
        assert!(frames.windows(2).all(|pair| pair[0].dts < pair[1].dts));
        assert!(frames.iter().all(|frame| frame.pts >= frame.dts && frame.epoch == 0));
    }
}
