//! One quality of a broadcast's picture or sound, and its fan-out.
//!
//! A rendition owns the frames since its last keyframe, so that whoever subscribes can start at once, and a bounded
//! broadcast queue. Publishing never waits: a subscriber that falls more than [`QUEUE`] frames behind loses the oldest
//! and resumes at the next keyframe.

mod requests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use tokio::sync::broadcast::{self, error::RecvError, error::TryRecvError};
use tokio::sync::watch;

use self::requests::Requests;
use crate::codec::{Kind, TrackConfig};
use crate::frame::Frame;
use crate::health::Meter;
use crate::time::MediaTime;

/// Frames a subscriber may be behind before it starts to lose them: over four seconds at 60 frames a second.
pub const QUEUE: usize = 256;
/// The most that is kept for instant start. A publisher that sends no keyframe for longer loses instant start, not
/// the broadcast.
const BACKLOG_FRAMES: usize = 1_200;
const BACKLOG_BYTES: usize = 32 << 20;
/// So many frames of a new epoch without a B-frame show that it has none: two seconds at 30 frames a second.
const ORDERLY: u32 = 60;

/// Where a rendition comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The publisher sends it.
    Source,
    /// Klieg's transcoder makes it from the source.
    Transcoder,
    /// The transcoder's copy of a source with B-frames, without them: for WebRTC only, made while somebody subscribes.
    Realtime,
}

#[derive(Debug)]
pub struct Rendition {
    name: String,
    kind: Kind,
    /// Who sends it, or did last.
    origin: RwLock<Origin>,
    open: AtomicBool,
    state: Mutex<State>,
    frames: broadcast::Sender<Arc<Frame>>,
    config: watch::Sender<Option<Arc<TrackConfig>>>,
    keyframe_wanted: watch::Sender<u64>,
    reorders: AtomicBool,
}

#[derive(Debug)]
struct State {
    backlog: VecDeque<Arc<Frame>>,
    bytes: usize,
    meter: Meter,
    requests: Requests,
    last_dts: Option<MediaTime>,
    /// The epoch of the newest frame, and how many frames of it have come in the order they are shown in.
    in_order: (u32, u32),
}

impl Rendition {
    pub(crate) fn new(name: &str, kind: Kind, origin: Origin) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            origin: RwLock::new(origin),
            open: AtomicBool::new(true),
            state: Mutex::new(State {
                backlog: VecDeque::new(),
                bytes: 0,
                meter: Meter::default(),
                requests: Requests::default(),
                last_dts: None,
                in_order: (0, 0),
            }),
            frames: broadcast::Sender::new(QUEUE),
            config: watch::Sender::new(None),
            keyframe_wanted: watch::Sender::new(0),
            reorders: AtomicBool::new(false),
        }
    }

    /// `source`, `720p`, a simulcast layer's RID, `aac`, `opus`: unique within the stream.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn origin(&self) -> Origin {
        *self.origin.read()
    }

    /// False once nobody sends it any more, until somebody does again.
    pub fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Will be sent by `origin` from now on, unless it is the publisher's already. Returns whether that is new.
    pub(crate) fn open(&self, origin: Origin) -> bool {
        let was_open = self.open.swap(true, Ordering::Relaxed);
        let mut known = self.origin.write();
        if was_open && (*known == Origin::Source || *known == origin) {
            return false;
        }
        if !was_open || *known != origin {
            // What another sent says nothing of this one.
            self.state.lock().meter = Meter::default();
        }
        *known = origin;
        true
    }

    /// Nobody sends it any more; what comes after this does not continue it. Returns whether that is new.
    pub(crate) fn close(&self) -> bool {
        let was_open = self.open.swap(false, Ordering::Relaxed);
        if was_open {
            self.forget_backlog();
        }
        was_open
    }

    /// The configuration of the newest frame; `None` before the first.
    pub fn config(&self) -> Option<Arc<TrackConfig>> {
        self.config.borrow().clone()
    }

    /// The picture's pixels, as far as they are known.
    pub fn area(&self) -> Option<u32> {
        self.config().and_then(|config| config.video().map(|video| video.width.saturating_mul(video.height)))
    }

    /// Waits until there is a configuration.
    pub async fn configured(&self) -> Arc<TrackConfig> {
        let mut config = self.config.subscribe();
        loop {
            if let Some(config) = config.borrow_and_update().clone() {
                return config;
            }
            if config.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// True once a frame came whose decoding order is not its presentation order (B-frames), until a later epoch has
    /// shown that it has none. WebRTC players cannot show those.
    pub fn reorders(&self) -> bool {
        self.reorders.load(Ordering::Relaxed)
    }

    /// What has come in lately.
    pub fn meter(&self) -> Meter {
        self.state.lock().meter.clone()
    }

    /// Hands a frame to everybody who has subscribed. Never waits.
    ///
    /// A rendition's decode times strictly increase, whoever feeds it: a frame that would not follow its predecessor is
    /// moved a microsecond behind it.
    pub fn publish(&self, mut frame: Frame) {
        let config_changed = !self.config.borrow().as_ref().is_some_and(|known| Arc::ptr_eq(known, &frame.config));
        if config_changed {
            self.config.send_replace(Some(frame.config.clone()));
        }
        let mut state = self.state.lock();
        if let Some(last) = state.last_dts
            && frame.dts <= last
        {
            let moved = last + Duration::from_micros(1) - frame.dts;
            frame.dts = frame.dts + moved;
            frame.pts = frame.pts + moved;
        }
        state.last_dts = Some(frame.dts);
        let frame = Arc::new(frame);
        let now = Instant::now();
        state.meter.record(now, &frame);
        state.requests.observe(frame.keyframe, frame.epoch, now);
        let reordered = state.backlog.back().is_some_and(|last| frame.pts < last.pts && frame.epoch == last.epoch);
        self.watch_order(&mut state.in_order, frame.epoch, reordered);
        let starts = match self.kind {
            Kind::Video => frame.keyframe,
            // Sound can be joined anywhere: keep the last second or so beside the picture's.
            Kind::Audio => false,
        };
        if starts {
            state.backlog.clear();
            state.bytes = 0;
        } else if self.kind == Kind::Audio
            && state.backlog.len() >= 50
            && let Some(oldest) = state.backlog.pop_front()
        {
            state.bytes -= oldest.payload.len();
        }
        // A group of pictures can only be joined at its keyframe, so a backlog without one is of no use.
        if self.kind == Kind::Audio || starts || !state.backlog.is_empty() {
            state.bytes += frame.payload.len();
            state.backlog.push_back(frame.clone());
            if state.backlog.len() > BACKLOG_FRAMES || state.bytes > BACKLOG_BYTES {
                state.backlog.clear();
                state.bytes = 0;
            }
        }
        // Sent under the lock, so that a subscriber's backlog and queue meet without gap or overlap.
        let _ = self.frames.send(frame);
    }

    fn watch_order(&self, in_order: &mut (u32, u32), epoch: u32, reordered: bool) {
        if in_order.0 != epoch {
            *in_order = (epoch, 0);
        }
        if reordered {
            self.reorders.store(true, Ordering::Relaxed);
            // Never again in this epoch: an encoder may leave its B-frames out for a while.
            in_order.1 = u32::MAX;
        } else {
            in_order.1 = in_order.1.saturating_add(1);
            if in_order.1 == ORDERLY {
                self.reorders.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Subscribes from now on.
    ///
    /// The subscription's backlog holds the frames since the last keyframe (sound: about the last second); the first
    /// received frame follows its last one.
    pub fn subscribe(&self) -> Subscription {
        let state = self.state.lock();
        Subscription {
            backlog: state.backlog.iter().cloned().collect(),
            frames: self.frames.subscribe(),
            kind: self.kind,
            resync: false,
        }
    }

    /// The newest frame that a new subscriber would begin with or pass; `None` before the first keyframe.
    pub fn newest(&self) -> Option<Arc<Frame>> {
        self.state.lock().backlog.back().cloned()
    }

    /// Forgets the frames kept for instant start: what comes next will not continue them.
    pub fn forget_backlog(&self) {
        let mut state = self.state.lock();
        state.backlog.clear();
        state.bytes = 0;
    }

    /// How many subscriptions are open.
    pub fn subscribers(&self) -> usize {
        self.frames.receiver_count()
    }

    /// Asks the publisher for a keyframe, unless one was asked for a moment ago. Returns whether it was asked now.
    pub fn request_keyframe(&self) -> bool {
        let asked = self.state.lock().requests.ask(Instant::now());
        if asked {
            self.keyframe_wanted.send_modify(|count| *count += 1);
        }
        asked
    }

    /// Whether a keyframe can be expected within a second of [`request_keyframe`](Self::request_keyframe): somebody is
    /// told of it, which over RTMP nobody is, and the last request was answered. Many encoders do not answer.
    pub fn answers_requests(&self) -> bool {
        self.keyframe_wanted.receiver_count() > 0 && self.state.lock().requests.are_answered(Instant::now())
    }

    /// A receiver that changes whenever a keyframe is wanted: for the ingest that feeds this rendition.
    pub fn keyframe_requests(&self) -> watch::Receiver<u64> {
        self.keyframe_wanted.subscribe()
    }
}

/// A reader of one rendition.
#[derive(Debug)]
pub struct Subscription {
    backlog: VecDeque<Arc<Frame>>,
    frames: broadcast::Receiver<Arc<Frame>>,
    kind: Kind,
    resync: bool,
}

/// What a subscription gives.
#[derive(Debug)]
pub enum Received {
    Frame(Arc<Frame>),
    /// This many frames were lost because the reader was too slow; the next frame is a keyframe.
    Skipped(u64),
}

impl Subscription {
    /// The next frame, backlog first. `None` when the rendition is gone.
    pub async fn next(&mut self) -> Option<Received> {
        if let Some(frame) = self.backlog.pop_front() {
            return Some(Received::Frame(frame));
        }
        loop {
            match self.frames.recv().await {
                Ok(frame) => {
                    if let Some(frame) = self.after_loss(frame) {
                        return Some(Received::Frame(frame));
                    }
                }
                Err(RecvError::Lagged(count)) => {
                    self.resync = true;
                    return Some(Received::Skipped(count));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// As [`next`](Self::next), but `Ok(None)` instead of waiting and `Err(())` when the rendition is gone.
    #[expect(clippy::result_unit_err, reason = "there is only one way to fail")]
    pub fn try_next(&mut self) -> Result<Option<Received>, ()> {
        if let Some(frame) = self.backlog.pop_front() {
            return Ok(Some(Received::Frame(frame)));
        }
        loop {
            match self.frames.try_recv() {
                Ok(frame) => {
                    if let Some(frame) = self.after_loss(frame) {
                        return Ok(Some(Received::Frame(frame)));
                    }
                }
                Err(TryRecvError::Empty) => return Ok(None),
                Err(TryRecvError::Lagged(count)) => {
                    self.resync = true;
                    return Ok(Some(Received::Skipped(count)));
                }
                Err(TryRecvError::Closed) => return Err(()),
            }
        }
    }

    /// The backlog that has not been read yet, taken out.
    pub fn take_backlog(&mut self) -> VecDeque<Arc<Frame>> {
        std::mem::take(&mut self.backlog)
    }

    fn after_loss(&mut self, frame: Arc<Frame>) -> Option<Arc<Frame>> {
        if self.resync && self.kind == Kind::Video && !frame.keyframe {
            return None;
        }
        self.resync = false;
        Some(frame)
    }
}
