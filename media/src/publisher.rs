//! A publisher's side of a broadcast: what every ingest protocol holds while its encoder is connected.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use uuid::Uuid;

use crate::codec::{Kind, TrackConfig};
use crate::frame::Frame;
use crate::hub::{Hub, Session, StopReason};
use crate::rendition::{Origin, Rendition};
use crate::stream::Stream;
use crate::time::{MediaTime, WallTime};
use crate::timeline::Timeline;

/// A track whose decode times go back further than this shows a jump of the publisher's clock; less is disorder.
const DISORDER: MediaTime = MediaTime::from_millis(1_000);
/// So long after its first frame a publisher is taken to send no more than it has begun to.
const SETTLING: Duration = Duration::from_secs(3);

/// Names of refused tracks that are remembered, and told, for one publisher.
const MOST_REFUSED: usize = 8;

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
    /// Pictures that are about to come, as far as the publisher has said.
    expected: Vec<String>,
    /// Names that the broadcast has no room for.
    refused: HashSet<String>,
    /// Where on the timeline the first frame was, until it is settled what this publisher sends.
    settling: Settling,
    /// Whether the broadcast waits for what this publisher sends next.
    waits: bool,
    finished: bool,
}

/// Whether a publisher may still begin to send what the one before it sent.
#[derive(Clone, Copy, Debug)]
enum Settling {
    Silent,
    Since(MediaTime),
    Settled,
}

impl Publisher {
    pub(crate) fn new(hub: Arc<Hub>, stream: Arc<Stream>, session: Arc<Session>, key: Uuid) -> Self {
        let timeline = stream.next_timeline();
        Self {
            hub,
            stream,
            session,
            key,
            timeline,
            renditions: HashMap::new(),
            expected: Vec::new(),
            refused: HashSet::new(),
            settling: Settling::Silent,
            waits: false,
            finished: false,
        }
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

    /// The publisher has said that it will send pictures under these names. They are not closed before it has had time to
    /// begin each of them.
    pub fn expect(&mut self, pictures: Vec<String>) {
        self.expected = pictures;
    }

    /// Puts a frame on the broadcast's timeline and hands it to everybody.
    ///
    /// Video goes under `source` (or a simulcast layer's RID), sound under its codec's rendition name, `aac` or `opus`.
    /// Fails when this publisher must stop.
    pub fn push(&mut self, rendition: &str, frame: SourceFrame) -> Result<(), StopReason> {
        if let Some(reason) = self.session.stopped() {
            return Err(reason);
        }
        if !self.renditions.contains_key(rendition) && !self.begin(rendition, &frame.config) {
            return Ok(());
        }
        if std::mem::take(&mut self.waits) {
            self.hub.publisher_heard(&self.stream, &self.session);
        }
        let known = self.renditions.get(rendition).and_then(|(_, last)| *last);
        if known.is_some_and(|last| last - frame.dts > DISORDER) {
            self.timeline.restart();
            self.renditions.values_mut().for_each(|(_, last)| *last = None);
        }
        let placed = self.timeline.place(frame.pts, frame.dts, self.stream.elapsed());
        if let Some((rendition, last)) = self.renditions.get_mut(rendition) {
            let first = last.is_none();
            *last = Some(last.map_or(frame.dts, |last| last.max(frame.dts)));
            let reordered = rendition.reorders();
            let captured = frame.captured.unwrap_or_else(WallTime::now);
            let (config, keyframe, payload) = (frame.config, frame.keyframe, frame.payload);
            let frame = Frame::new(config, placed.pts, placed.dts, captured, keyframe, placed.epoch, payload);
            rendition.publish(Frame { held_back: placed.held_back, ..frame });
            // What it carries and whether it can be shown is known now, or not as it was.
            if first || reordered != rendition.reorders() {
                self.stream.announce_renditions();
            }
        }
        self.stream.advance(&self.timeline);
        self.settle(placed.dts);
        Ok(())
    }

    /// Opens a rendition for its first frame. What the publisher before sent of that kind is over with the first that
    /// this one sends of it: viewers must not wait for a simulcast layer that comes no more. False if there is no room.
    fn begin(&mut self, name: &str, config: &TrackConfig) -> bool {
        if !self.stream.has_room_for(name) {
            if self.refused.len() < MOST_REFUSED && self.refused.insert(name.to_owned()) {
                self.stream.ignore(format!("the track \"{name}\": this broadcast has had as many as it may have"));
            }
            return false;
        }
        let kind = config.kind();
        let first = !self.renditions.values().any(|(known, _)| known.kind() == kind);
        self.rendition(name, config);
        if first {
            for name in self.expected.iter().filter(|name| kind == Kind::Video && self.stream.has_room_for(name)) {
                self.stream.open_rendition(name, kind, Origin::Source);
            }
            self.close_former(Some(kind));
        }
        true
    }

    fn settle(&mut self, reached: MediaTime) {
        match self.settling {
            Settling::Silent => self.settling = Settling::Since(reached),
            Settling::Since(began) if reached.since(began) > SETTLING => {
                self.settling = Settling::Settled;
                self.close_former(None);
            }
            _ => {}
        }
    }

    /// Closes what an earlier publisher sent and this one does not: of one kind, where more may be expected, or all.
    fn close_former(&self, kind: Option<Kind>) {
        self.stream.close_renditions(|rendition| {
            let name = rendition.name();
            let expected = kind.is_some() && self.expected.iter().any(|expected| expected == name);
            rendition.origin() == Origin::Source
                && kind.is_none_or(|kind| rendition.kind() == kind)
                && !expected
                && !self.renditions.contains_key(name)
        });
    }

    /// Nothing comes from the encoder any more, and within `patience` its connection may bring it back: the broadcast
    /// waits, and goes on with the next frame that is pushed. It does not end before this publisher is dropped.
    pub fn wait(&mut self, patience: Duration) {
        self.waits = true;
        self.hub.publisher_silent(&self.stream, &self.session, patience);
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
