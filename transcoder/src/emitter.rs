//! What a rendition's encoder makes, on its way to the server.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use klieg_media::codec::TrackConfig;
use klieg_media::time::{MediaTime, WallTime};
use klieg_media::transcode::wire::{CodedFrame, Message, Stats};

use crate::link::Outbox;

/// Access units whose capture time is remembered: more than any decoder and encoder hold back.
const REMEMBERED: usize = 256;

/// Counts of one rendition, shared by the threads that make it.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) frames_in: AtomicU64,
    pub(crate) frames_out: AtomicU64,
    pub(crate) dropped: AtomicU64,
}

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Stats { frames_in: read(&self.frames_in), frames_out: read(&self.frames_out), dropped: read(&self.dropped) }
    }
}

/// Sends one rendition's configuration and frames. All are of one epoch.
#[derive(Clone)]
pub(crate) struct Emitter {
    rendition: u16,
    epoch: u32,
    outbox: Outbox,
    pub(crate) counters: Arc<Counters>,
    captured: Arc<Mutex<VecDeque<(MediaTime, WallTime)>>>,
}

impl Emitter {
    pub(crate) fn new(rendition: u16, epoch: u32, outbox: Outbox, counters: Arc<Counters>) -> Self {
        Self { rendition, epoch, outbox, counters, captured: Arc::default() }
    }

    /// Remembers when the source's access unit at `pts` was captured.
    pub(crate) fn note_captured(&self, pts: MediaTime, captured: WallTime) {
        let mut known = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back((pts, captured));
    }

    /// When what is shown or heard at `pts` was captured, going by the source's access unit there.
    fn captured_at(&self, pts: MediaTime) -> WallTime {
        let known = self.captured.lock().unwrap_or_else(PoisonError::into_inner);
        let unit = known.iter().filter(|(at, _)| *at <= pts).max_by_key(|(at, _)| *at).or_else(|| known.front());
        unit.map_or_else(WallTime::now, |(at, captured)| captured.plus(pts - *at))
    }

    pub(crate) fn config(&self, config: TrackConfig) {
        self.outbox.send(Message::Config { track: self.rendition, config });
    }

    pub(crate) fn frame(&self, pts: MediaTime, keyframe: bool, payload: Bytes) {
        self.counters.frames_out.fetch_add(1, Ordering::Relaxed);
        let captured = self.captured_at(pts);
        let frame = CodedFrame { pts, dts: pts, captured, keyframe, epoch: self.epoch, payload };
        self.outbox.send(Message::Frame { track: self.rendition, frame });
    }
}
