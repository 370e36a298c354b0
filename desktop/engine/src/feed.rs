//! Raw frames from hand to hand: feeds into pipelines, taps that several takers listen to, and a source's outlet, to which
//! scenes come and from which they go while it runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use parking_lot::Mutex;

/// How far behind a frame may come and keep its time.
const LATE: gst::ClockTime = gst::ClockTime::from_mseconds(50);

/// Where raw buffers go in: of a source into a scene, or of the programme into an encoder.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    appsrc: gst_app::AppSrc,
    limit: u64,
    /// Running time of the show at which that of the pipeline begins.
    start: gst::ClockTime,
    catches_up: bool,
    skipped: Arc<AtomicU64>,
}

impl Feed {
    /// At most `limit` buffers wait before the pipeline of `appsrc`; what comes while it is full is skipped.
    pub(crate) fn new(appsrc: gst_app::AppSrc, limit: u64) -> Self {
        appsrc.set_is_live(true);
        appsrc.set_format(gst::Format::Time);
        appsrc.set_block(false);
        appsrc.set_max_bytes(0);
        Self { appsrc, limit, start: gst::ClockTime::ZERO, catches_up: false, skipped: Arc::default() }
    }

    /// For a pipeline whose running time begins at `start` of the show's. What is older counts as of its beginning.
    pub(crate) fn starting(self, start: gst::ClockTime) -> Self {
        Self { start, ..self }
    }

    /// For pictures that are better late than not at all: one that comes far behind its time counts as of now. A compositor would
    /// drop it, and the scene would go dark for a source that never keeps up.
    pub(crate) fn catching_up(self) -> Self {
        Self { catches_up: true, ..self }
    }

    /// Passes a buffer on, or skips it if too many wait already.
    pub(crate) fn push(&self, mut buffer: gst::Buffer) {
        if self.appsrc.current_level_buffers() >= self.limit {
            self.skipped.fetch_add(1, Ordering::Relaxed);
        } else {
            if let Some(known) = buffer.pts() {
                let pts = self.on_time(known.saturating_sub(self.start));
                if pts != known {
                    buffer.make_mut().set_pts(pts);
                }
            }
            // Refused only while its pipeline stops.
            let _ = self.appsrc.push_buffer(buffer);
        }
    }

    fn on_time(&self, pts: gst::ClockTime) -> gst::ClockTime {
        let now = self.appsrc.current_running_time().filter(|now| self.catches_up && pts + LATE < *now);
        now.unwrap_or(pts)
    }

    pub(crate) fn set_caps(&self, caps: &gst::Caps) {
        if self.appsrc.caps().as_ref() != Some(caps) {
            self.appsrc.set_caps(Some(caps));
        }
    }

    pub(crate) fn skipped(&self) -> u64 {
        self.skipped.load(Ordering::Relaxed)
    }
}

/// What takes a raw buffer.
type Taker = Arc<dyn Fn(&gst::Buffer) + Send + Sync>;

#[derive(Default)]
struct Takers {
    next: u64,
    list: BTreeMap<u64, Taker>,
}

/// A stream of raw buffers that encoders and viewers take from.
#[derive(Clone, Default)]
pub(crate) struct Tap(Arc<Mutex<Takers>>);

/// Ends the taking when it is dropped.
#[must_use]
pub(crate) struct Taking {
    takers: Arc<Mutex<Takers>>,
    id: u64,
}

impl Tap {
    /// `take` is called for every buffer, in the streaming thread, so it must not wait.
    pub(crate) fn add(&self, take: impl Fn(&gst::Buffer) + Send + Sync + 'static) -> Taking {
        let mut takers = self.0.lock();
        let id = takers.next;
        takers.next += 1;
        takers.list.insert(id, Arc::new(take));
        Taking { takers: self.0.clone(), id }
    }

    /// Hands a buffer to everybody.
    pub(crate) fn give(&self, buffer: &gst::Buffer) {
        for take in self.0.lock().list.values() {
            take(buffer);
        }
    }
}

impl Drop for Taking {
    fn drop(&mut self) {
        let taker = self.takers.lock().list.remove(&self.id);
        // Only now: what it owns may end with it, and that may take a lock of its own.
        drop(taker);
    }
}

/// The picture of one source, for every place that it has in a scene.
#[derive(Default)]
pub(crate) struct Outlet {
    state: Mutex<OutletState>,
    /// For those who take the frames themselves.
    pub(crate) tap: Tap,
}

#[derive(Debug, Default)]
struct OutletState {
    next: u64,
    feeds: BTreeMap<u64, Feed>,
    caps: Option<gst::Caps>,
    last: Option<gst::Buffer>,
}

/// Ends the feeding when it is dropped.
#[must_use]
pub(crate) struct Feeding {
    outlet: Arc<Outlet>,
    id: u64,
}

impl Outlet {
    /// From now on every frame goes to `feed` too, beginning with the last one, so that a scene shows the source at once.
    pub(crate) fn connect(self: &Arc<Self>, feed: Feed) -> Feeding {
        let mut state = self.state.lock();
        if let Some(caps) = &state.caps {
            feed.set_caps(caps);
            if let Some(buffer) = state.last.clone() {
                feed.push(buffer);
            }
        }
        let id = state.next;
        state.next += 1;
        state.feeds.insert(id, feed);
        Feeding { outlet: self.clone(), id }
    }

    /// Whether there has been a frame.
    pub(crate) fn has_picture(&self) -> bool {
        self.state.lock().last.is_some()
    }

    /// Hands a frame on, stamped with the show's running time.
    pub(crate) fn push(&self, caps: &gst::CapsRef, buffer: &gst::Buffer) {
        self.tap.give(buffer);
        let mut state = self.state.lock();
        if state.caps.as_ref().map(gst::Caps::as_ref) != Some(caps) {
            let caps = caps.to_owned();
            state.feeds.values().for_each(|feed| feed.set_caps(&caps));
            state.caps = Some(caps);
        }
        state.feeds.values().for_each(|feed| feed.push(buffer.clone()));
        state.last = Some(buffer.clone());
    }
}

impl Drop for Feeding {
    fn drop(&mut self) {
        let feed = self.outlet.state.lock().feeds.remove(&self.id);
        drop(feed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::{launch, named, stop};

    #[test]
    fn a_frame_that_comes_far_behind_its_time_counts_as_of_now() {
        gst::init().unwrap();
        let pipeline = launch("appsrc name=in caps=video/x-raw ! appsink name=out sync=false").unwrap();
        let feed = Feed::new(named(&pipeline, "in").unwrap(), 4).catching_up();
        let sink: gst_app::AppSink = named(&pipeline, "out").unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();
        let frame = |pts: gst::ClockTime| {
            let mut buffer = gst::Buffer::new();
            buffer.make_mut().set_pts(pts);
            feed.push(buffer);
            sink.pull_sample().unwrap().buffer().unwrap().pts().unwrap()
        };
        let ahead = gst::ClockTime::from_seconds(3_600);
        assert_eq!(frame(ahead), ahead);
        while pipeline.current_running_time().is_none_or(|now| now < 3 * LATE) {
            std::thread::yield_now();
        }
        let behind = frame(gst::ClockTime::ZERO);
        assert!(behind >= 3 * LATE, "{behind}");
        stop(&pipeline);
    }
}
