//! One broadcast over HLS: the task that packages it, and what requests find of it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::stream::{BoxStream, SelectAll, StreamExt};
use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::Hls;
use super::cadence::Cadence;
use super::multivariant;
use super::packager::{Output, Packager};
use super::shelf::{Shelf, Text};
use super::track::Event;
use super::viewers::Viewers;
use crate::codec::Kind;
use crate::frame::Frame;
use crate::rendition::{Origin, Received, Rendition, Subscription};
use crate::stream::{Stream, StreamState};

/// How long the first multivariant playlist waits for sound that everything plays: the transcoder needs a moment.
const SOUND_PATIENCE: Duration = Duration::from_millis(1_500);
/// How long an ended broadcast stays fetchable.
const AFTERLIFE: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(500);

/// What requests find of a broadcast.
pub(super) struct Show {
    pub(super) stream: Arc<Stream>,
    pub(super) viewers: Viewers,
    shelves: RwLock<Vec<Arc<Shelf>>>,
    multivariant: watch::Sender<Option<Arc<Text>>>,
}

impl Show {
    pub(super) fn new(stream: Arc<Stream>) -> Arc<Self> {
        Arc::new(Self {
            stream,
            viewers: Viewers::default(),
            shelves: RwLock::default(),
            multivariant: watch::Sender::new(None),
        })
    }

    pub(super) fn shelf(&self, name: &str) -> Option<Arc<Shelf>> {
        self.shelves.read().iter().find(|shelf| shelf.name() == name).cloned()
    }

    /// The multivariant playlist; `None` while there is nothing to play yet.
    pub(super) fn multivariant(&self) -> watch::Receiver<Option<Arc<Text>>> {
        self.multivariant.subscribe()
    }

    fn shelves(&self) -> Vec<Arc<Shelf>> {
        self.shelves.read().clone()
    }
}

type Frames = SelectAll<BoxStream<'static, (usize, Received)>>;

/// The task that packages a broadcast.
pub(super) struct Packaging {
    show: Arc<Show>,
    packager: Packager,
    renditions: Vec<Arc<Rendition>>,
    /// The shelf of each rendition, by the packager's number.
    shelves: Vec<Arc<Shelf>>,
    /// Whose frames each shelf gets: those of its own rendition, or of the one that stands in for it.
    feeds: Vec<usize>,
    frames: Frames,
    cadence: Option<Cadence>,
    settled: Option<Instant>,
    warned: bool,
    output: Vec<Output>,
}

impl Packaging {
    pub(super) fn new(show: Arc<Show>, part_target: Duration, segment_target: Duration) -> Self {
        let packager = Packager::new(part_target, segment_target, show.stream.started);
        Self {
            show,
            packager,
            renditions: Vec::new(),
            shelves: Vec::new(),
            feeds: Vec::new(),
            frames: SelectAll::new(),
            cadence: None,
            settled: None,
            warned: false,
            output: Vec::new(),
        }
    }

    /// Packages until the broadcast is over, keeps it fetchable for a while, then takes it from the list.
    pub(super) async fn run(mut self, hls: Weak<Hls>) {
        let stream = self.show.stream.clone();
        let mut state = stream.watch_state();
        let mut changed = stream.watch_renditions();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.follow_renditions();
        while *state.borrow_and_update() != StreamState::Ended {
            tokio::select! {
                biased;
                Ok(()) = changed.changed() => self.follow_renditions(),
                Some((id, received)) = self.frames.next(), if !self.frames.is_empty() => self.received(id, received),
                Ok(()) = state.changed() => {}
                _ = tick.tick() => self.tick(),
            }
        }
        self.follow_renditions();
        while let Some(Some((id, received))) = futures_util::FutureExt::now_or_never(self.frames.next()) {
            self.received(id, received);
        }
        self.end();
        drop(self.frames);
        drop(self.packager);
        stream.set_hls_viewers(0);
        tokio::time::sleep(AFTERLIFE).await;
        if let Some(hls) = hls.upgrade() {
            hls.forget(&stream);
        }
        debug!(broadcast = %stream.id, "segments of the ended broadcast dropped");
    }

    fn follow_renditions(&mut self) {
        for rendition in self.show.stream.renditions() {
            let known = self.renditions.iter().any(|known| Arc::ptr_eq(known, &rendition));
            if known || rendition.origin() == Origin::Realtime {
                continue;
            }
            let id = self.packager.add(rendition.origin() == Origin::Source);
            let shelf = Shelf::new(rendition.name(), rendition.kind());
            self.frames.push(frames(id, rendition.subscribe()));
            self.renditions.push(rendition);
            self.shelves.push(shelf.clone());
            self.show.shelves.write().push(shelf);
        }
        self.assign_feeds();
    }

    /// Players learn of renditions once. So that they go on when another publisher sends others, the best picture there
    /// is stands in for those that are sent no more, after a discontinuity. Who comes now is not told of these.
    fn assign_feeds(&mut self) {
        let sent =
            self.renditions.iter().enumerate().filter(|(_, known)| {
                known.kind() == Kind::Video && known.origin() == Origin::Source && known.is_open()
            });
        let best = sent.max_by_key(|(id, known)| (known.area(), std::cmp::Reverse(*id))).map(|(id, _)| id);
        let feed = |(id, known): (usize, &Arc<Rendition>)| match best {
            Some(best) if known.kind() == Kind::Video && !known.is_open() => best,
            _ => id,
        };
        self.feeds = self.renditions.iter().enumerate().map(feed).collect();
    }

    /// The shelves of what is sent now.
    fn current(&self) -> Vec<Arc<Shelf>> {
        let known = self.renditions.iter().zip(&self.shelves);
        known.filter(|(rendition, _)| rendition.is_open()).map(|(_, shelf)| shelf.clone()).collect()
    }

    fn received(&mut self, id: usize, received: Received) {
        match received {
            Received::Frame(frame) => {
                // Which picture is the best may be known from its first frame only.
                if frame.keyframe && frame.config.kind() == Kind::Video {
                    self.assign_feeds();
                }
                for shelf in 0..self.feeds.len() {
                    if self.feeds.get(shelf) == Some(&id) {
                        self.push(shelf, frame.clone());
                    }
                }
            }
            Received::Skipped(count) => {
                warn!(broadcast = %self.show.stream.id, rendition = self.name(id), frames = count, "HLS packaging fell behind and lost frames");
            }
        }
    }

    fn name(&self, id: usize) -> &str {
        self.shelves.get(id).map_or("", |shelf| shelf.name())
    }

    fn push(&mut self, id: usize, frame: Arc<Frame>) {
        self.packager.push(id, frame, &mut self.output);
        self.deliver();
    }

    /// Carries out what the packager wants, and publishes each playlist that changed once.
    fn deliver(&mut self) {
        let mut touched = Vec::new();
        let mut segment_done = false;
        for output in std::mem::take(&mut self.output) {
            match output {
                Output::Settled(cadence) => {
                    info!(broadcast = %self.show.stream.id, target_s = cadence.target, part_ms = cadence.part_target.as_millis(), "HLS begins");
                    self.cadence = Some(cadence);
                    self.settled = Some(Instant::now());
                }
                Output::Event(id, event) => {
                    let (Some(shelf), Some(cadence)) = (self.shelves.get(id), &self.cadence) else { continue };
                    if let Event::End { independent: false } = event
                        && !self.warned
                    {
                        self.warned = true;
                        warn!(broadcast = %self.show.stream.id, rendition = shelf.name(), target_s = cadence.target,
                            "keyframes come too seldom for HLS: segments begin without one. Set the encoder's keyframe interval to 2 s");
                    }
                    segment_done |= matches!(event, Event::End { .. } | Event::Gap { .. });
                    // A segment that has only begun changes nothing that players see but the hint.
                    shelf.apply(event, cadence);
                    if !touched.contains(&id) {
                        touched.push(id);
                    }
                }
                Output::WantKeyframe(id) => {
                    if let Some(rendition) = self.feeds.get(id).and_then(|&feed| self.renditions.get(feed)) {
                        rendition.request_keyframe();
                    }
                }
            }
        }
        let Some(cadence) = self.cadence else { return };
        if touched.is_empty() {
            return;
        }
        let offered = multivariant::offered(&self.current());
        for id in touched {
            if let Some(shelf) = self.shelves.get(id) {
                shelf.publish(&cadence, &offered);
            }
        }
        if segment_done {
            self.publish_multivariant();
        }
    }

    fn publish_multivariant(&self) {
        let Some(settled) = self.settled else { return };
        let waiting_for_sound = self.show.multivariant.borrow().is_none()
            && !multivariant::has_aac(&self.current())
            && settled.elapsed() < SOUND_PATIENCE
            && self.show.stream.state() != StreamState::Ended;
        if waiting_for_sound {
            return;
        }
        if let Some(text) = multivariant::render(self.show.stream.id, &multivariant::offered(&self.current())) {
            self.show.multivariant.send_replace(Some(Arc::new(Text::new(text))));
        }
    }

    fn tick(&mut self) {
        if self.show.multivariant.borrow().is_none() {
            self.publish_multivariant();
        }
        self.show.stream.set_hls_viewers(self.show.viewers.count());
    }

    fn end(&mut self) {
        self.packager.finish(&mut self.output);
        self.deliver();
        let Some(cadence) = self.cadence else { return };
        let offered = multivariant::offered(&self.current());
        for shelf in self.show.shelves() {
            shelf.end();
            shelf.publish(&cadence, &offered);
        }
        self.publish_multivariant();
    }
}

/// A rendition's frames as a stream that ends with the rendition.
fn frames(id: usize, subscription: Subscription) -> BoxStream<'static, (usize, Received)> {
    futures_util::stream::unfold(subscription, move |mut subscription| async move {
        let received = subscription.next().await?;
        Some(((id, received), subscription))
    })
    .boxed()
}
