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

/// A track whose decode times go back further than this shows a jump of the publisher's clock; less is disorder.
const DISORDER: MediaTime = MediaTime::from_millis(1_000);

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
    /// By name, with the source's own decode time of the newest frame.
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
        self.rendition(rendition, &frame.config);
        let known = self.renditions.get(rendition).and_then(|(_, last)| *last);
        if known.is_some_and(|last| last - frame.dts > DISORDER) {
            self.timeline.restart();
            self.renditions.values_mut().for_each(|(_, last)| *last = None);
        }
        let placed = self.timeline.place(frame.pts, frame.dts, self.stream.elapsed());
        if let Some((rendition, last)) = self.renditions.get_mut(rendition) {
            *last = Some(last.map_or(frame.dts, |last| last.max(frame.dts)));
            rendition.publish(Frame::new(
                frame.config,
                placed.pts,
                placed.dts,
                frame.captured.unwrap_or_else(WallTime::now),
                frame.keyframe,
                placed.epoch,
                frame.payload,
            ));
        }
        self.stream.advance(&self.timeline);
        Ok(())
    }

    /// What the encoder calls itself, learnt after it was let in.
    pub fn set_encoder(&self, name: String) {
        self.stream.set_encoder(name);
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
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::*;
    use crate::authority::{IngestProtocol, PublishRequest, StaticAuthority};
    use crate::codec::{AudioConfig, AudioSetup};
    use crate::rendition::Received;
    use crate::stream::StreamState;

    fn hub(grace: Duration) -> Arc<Hub> {
        Hub::new(Arc::new(StaticAuthority::new([("key", "ada")])), Vec::new(), grace)
    }

    async fn publish(hub: &Arc<Hub>) -> Publisher {
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        let request = PublishRequest { key: "key".into(), protocol: IngestProtocol::Rtmp, peer, encoder: None };
        hub.publish(request).await.unwrap()
    }

    fn frame(millis: i64) -> SourceFrame {
        let config = AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 };
        SourceFrame {
            pts: MediaTime::from_millis(millis + 5),
            dts: MediaTime::from_millis(millis),
            captured: None,
            keyframe: true,
            config: Arc::new(TrackConfig::Audio(config)),
            payload: Bytes::from_static(b"x"),
        }
    }

    async fn sent(stream: &Stream, count: usize) -> Vec<(i64, u32)> {
        let mut subscription = stream.rendition("opus").unwrap().subscribe();
        let mut times = Vec::new();
        while times.len() < count {
            if let Some(Received::Frame(frame)) = subscription.next().await {
                assert_eq!((frame.pts - frame.dts).millis(), 5, "the composition offset is kept");
                times.push((frame.dts.nanos() / 1_000, frame.epoch));
            }
        }
        times
    }

    #[tokio::test]
    async fn disorder_is_ironed_out_and_a_step_back_begins_a_new_epoch() {
        let hub = hub(Duration::from_mins(1));
        let mut publisher = publish(&hub).await;
        for millis in [5_000, 5_020, 5_010, 5_040, 1_000, 1_020] {
            publisher.push("opus", frame(millis)).unwrap();
        }
        let times = sent(publisher.stream(), 6).await;
        let base = times[0].0;
        let steps: Vec<_> = times.iter().map(|(time, epoch)| (time - base, *epoch)).collect();
        assert_eq!(steps[..4], [(0, 0), (20_000, 0), (20_001, 0), (40_000, 0)]);
        assert!(steps[4].0 > 40_000 && (19_999..=20_000).contains(&(steps[5].0 - steps[4].0)), "{steps:?}");
        assert_eq!((steps[4].1, steps[5].1), (1, 1));
    }

    #[tokio::test]
    async fn decode_times_increase_across_a_takeover() {
        let hub = hub(Duration::from_mins(1));
        let mut first = publish(&hub).await;
        for millis in [0, 40, 9_000, 8_990] {
            first.push("opus", frame(millis)).unwrap();
        }
        let mut second = publish(&hub).await;
        assert_eq!(first.push("opus", frame(9_020)), Err(StopReason::TakenOver));
        second.push("opus", frame(0)).unwrap();
        let times = sent(second.stream(), 5).await;
        assert!(times.is_sorted_by(|a, b| a.0 < b.0), "{times:?}");
        assert_eq!(times[4].1, 1);
        first.finish();
        assert_eq!(second.stream().state(), StreamState::Live, "the one taken over leaves no trace");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_publisher_may_be_dropped_outside_the_runtime() {
        let hub = hub(Duration::from_millis(10));
        let publisher = publish(&hub).await;
        let stream = publisher.stream().clone();
        std::thread::spawn(move || drop(publisher)).join().unwrap();
        stream.ended().await;
    }
}
