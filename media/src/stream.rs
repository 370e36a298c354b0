//! A stream is one broadcast: its renditions, its state, its timeline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use uuid::Uuid;

use crate::authority::{Handle, IngestProtocol, PublishGrant};
use crate::codec::Kind;
use crate::rendition::{Origin, Rendition};
use crate::time::{MediaTime, WallTime};
use crate::timeline::Timeline;

/// Names of renditions a broadcast may have had. A publisher's tracks of further names are ignored, and it is told.
const MOST_RENDITIONS: usize = 16;

/// Where a broadcast is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamState {
    /// A publisher is connected.
    Live,
    /// The publisher is silent, or gone without a word, and awaited until the time given.
    Waiting { until: tokio::time::Instant },
    /// Over for good.
    Ended,
}

/// One broadcast.
#[derive(Debug)]
pub struct Stream {
    pub id: Uuid,
    pub channel: Uuid,
    pub handle: Handle,
    /// The timeline's zero.
    pub started: WallTime,
    /// The same moment on the clock that nobody sets.
    began: Instant,
    state: watch::Sender<StreamState>,
    /// All that there ever were. One that is closed is kept: if its name comes back, its decode times go on increasing.
    renditions: RwLock<Vec<Arc<Rendition>>>,
    renditions_changed: watch::Sender<u64>,
    ingest: RwLock<Ingest>,
    viewers: Arc<AtomicUsize>,
    hls_viewers: AtomicUsize,
    /// The newest epoch and decode time any publisher session has reached; `None` before the first session.
    reached: Mutex<Option<(u32, MediaTime)>>,
}

/// Who is publishing now, or was last.
#[derive(Clone, Debug)]
pub struct Ingest {
    pub protocol: IngestProtocol,
    pub encoder: Option<String>,
    /// How often a publisher came back or took over.
    pub reconnects: u32,
    /// What of the encoder's is not carried, in words; few.
    pub ignored: Vec<String>,
    /// Whether B-frames came by WHIP, which cannot carry them: it says of a picture only when to show it.
    pub b_frames: bool,
}

impl Ingest {
    pub(crate) fn new(protocol: IngestProtocol, encoder: Option<String>) -> Self {
        Self { protocol, encoder, reconnects: 0, ignored: Vec::new(), b_frames: false }
    }
}

impl Stream {
    pub(crate) fn new(grant: &PublishGrant, ingest: Ingest) -> Self {
        Self {
            id: Uuid::now_v7(),
            channel: grant.channel,
            handle: grant.handle.clone(),
            started: WallTime::now(),
            began: Instant::now(),
            state: watch::Sender::new(StreamState::Live),
            renditions: RwLock::default(),
            renditions_changed: watch::Sender::new(0),
            ingest: RwLock::new(ingest),
            viewers: Arc::default(),
            hls_viewers: AtomicUsize::new(0),
            reached: Mutex::new(None),
        }
    }

    pub fn state(&self) -> StreamState {
        *self.state.borrow()
    }

    /// A receiver that changes with the state.
    pub fn watch_state(&self) -> watch::Receiver<StreamState> {
        self.state.subscribe()
    }

    /// Waits until the broadcast is over.
    pub async fn ended(&self) {
        let mut state = self.state.subscribe();
        let _ = state.wait_for(|state| *state == StreamState::Ended).await;
    }

    pub(crate) fn set_state(&self, state: StreamState) {
        self.state.send_if_modified(|now| {
            let changed = *now != state && *now != StreamState::Ended;
            if changed {
                *now = state;
            }
            changed
        });
    }

    /// The renditions that are open, in the order they appeared.
    pub fn renditions(&self) -> Vec<Arc<Rendition>> {
        self.open_where(|_| true)
    }

    pub fn renditions_of(&self, kind: Kind) -> Vec<Arc<Rendition>> {
        self.open_where(|rendition| rendition.kind() == kind)
    }

    pub fn rendition(&self, name: &str) -> Option<Arc<Rendition>> {
        let renditions = self.renditions.read();
        renditions.iter().find(|rendition| rendition.is_open() && rendition.name() == name).cloned()
    }

    fn open_where(&self, wanted: impl Fn(&Rendition) -> bool) -> Vec<Arc<Rendition>> {
        let renditions = self.renditions.read();
        renditions.iter().filter(|rendition| rendition.is_open() && wanted(rendition)).cloned().collect()
    }

    /// A receiver that changes whenever a rendition is opened or closed, or what viewers can be sent changes otherwise.
    pub fn watch_renditions(&self) -> watch::Receiver<u64> {
        self.renditions_changed.subscribe()
    }

    /// Whether a rendition of this name could be opened.
    pub(crate) fn has_room_for(&self, name: &str) -> bool {
        let renditions = self.renditions.read();
        renditions.len() < MOST_RENDITIONS || renditions.iter().any(|rendition| rendition.name() == name)
    }

    /// The rendition of this name, made if there never was one: a publisher that returns continues where it left off.
    ///
    /// What the publisher sends stays its own until it is closed, even if a transcoder would make it too.
    pub fn open_rendition(&self, name: &str, kind: Kind, origin: Origin) -> Arc<Rendition> {
        let mut renditions = self.renditions.write();
        let found = renditions.iter().find(|rendition| rendition.name() == name).cloned();
        let changed = found.as_ref().is_none_or(|found| found.open(origin));
        let rendition = found.unwrap_or_else(|| {
            let new = Arc::new(Rendition::new(name, kind, origin));
            renditions.push(new.clone());
            new
        });
        drop(renditions);
        if changed {
            self.announce_renditions();
        }
        rendition
    }

    /// Closes the renditions that `over` names: nobody sends them any more. They are neither listed nor played until
    /// they are opened again.
    pub(crate) fn close_renditions(&self, over: impl Fn(&Rendition) -> bool) {
        // Under the lock of opening, so that what is opened right now is judged by who opened it.
        let renditions = self.renditions.write();
        let closed = renditions.iter().filter(|rendition| over(rendition) && rendition.close()).count();
        drop(renditions);
        if closed > 0 {
            self.announce_renditions();
        }
    }

    /// Tells whoever delivers the broadcast to look again at what there is.
    pub(crate) fn announce_renditions(&self) {
        self.renditions_changed.send_modify(|count| *count += 1);
    }

    pub fn ingest(&self) -> Ingest {
        self.ingest.read().clone()
    }

    pub(crate) fn set_ingest(&self, protocol: IngestProtocol, encoder: Option<String>) {
        let mut ingest = self.ingest.write();
        *ingest = Ingest { reconnects: ingest.reconnects + 1, ..Ingest::new(protocol, encoder) };
    }

    pub(crate) fn set_encoder(&self, encoder: String) {
        self.ingest.write().encoder = Some(encoder);
    }

    pub(crate) fn ignore(&self, what: String) {
        self.ingest.write().ignored.push(what);
    }

    pub(crate) fn note_b_frames(&self) {
        self.ingest.write().b_frames = true;
    }

    /// The timeline of a new publisher session, which begins after everything that came before it.
    pub(crate) fn next_timeline(&self) -> Timeline {
        let mut reached = self.reached.lock();
        let (epoch, floor) = reached.map_or((0, MediaTime::ZERO), |(epoch, floor)| (epoch.wrapping_add(1), floor));
        *reached = Some((epoch, floor));
        Timeline::new(epoch, floor)
    }

    /// A publisher session has come this far. A session that was taken over cannot turn the newer one's time back.
    pub(crate) fn advance(&self, timeline: &Timeline) {
        let mut reached = self.reached.lock();
        let (epoch, floor) = reached.get_or_insert((timeline.epoch(), timeline.floor()));
        if timeline.epoch().wrapping_sub(*epoch).cast_signed() > 0 {
            *epoch = timeline.epoch();
        }
        *floor = timeline.floor().max(*floor);
    }

    /// The timeline's place of this moment, by a clock that nobody sets.
    pub(crate) fn elapsed(&self) -> MediaTime {
        MediaTime::ZERO + self.began.elapsed()
    }

    /// The timeline's place of a moment.
    pub fn timeline_at(&self, moment: WallTime) -> MediaTime {
        moment.minus(self.started)
    }

    /// The moment of a timeline's place.
    pub fn moment_of(&self, time: MediaTime) -> WallTime {
        self.started.plus(time)
    }

    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// People watching now, by every kind of delivery.
    pub fn viewers(&self) -> usize {
        self.viewers.load(Ordering::Relaxed) + self.hls_viewers.load(Ordering::Relaxed)
    }

    /// Counts one more viewer until the guard is dropped: for delivery that has sessions.
    pub fn count_viewer(&self) -> ViewerGuard {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        ViewerGuard(self.viewers.clone())
    }

    /// Sets the estimate of viewers that fetch by HLS, which has no sessions.
    pub fn set_hls_viewers(&self, count: usize) {
        self.hls_viewers.store(count, Ordering::Relaxed);
    }
}

/// Counts as one viewer while it lives.
#[derive(Debug)]
pub struct ViewerGuard(Arc<AtomicUsize>);

impl Drop for ViewerGuard {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Told of every broadcast as it begins: delivery that works ahead of its viewers (HLS, the transcoder).
pub trait StreamObserver: Send + Sync + 'static {
    fn stream_started(&self, stream: &Arc<Stream>);
}
