//! One rendition as viewers find it: init segments, segments and parts to fetch, and the newest playlist.
//!
//! The broadcast's task writes, requests read. Readers wait on one watch channel; what they get is shared.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::RwLock;
use tokio::sync::watch;

use super::cadence::Cadence;
use super::playlist;
use super::track::{Event, Head};
use crate::codec::{Kind, TrackConfig};

/// How much of the broadcast the playlist lists; at least eight target durations, so that delta updates have something
/// to skip. As much again stays fetchable for players that are behind.
const LISTED: Duration = Duration::from_mins(1);
const LISTED_TARGETS: u64 = 8;
/// The most a rendition keeps in memory. A rendition of a higher bitrate keeps less time, but never less than
/// [`LEAST_SEGMENTS`].
const KEPT_BYTES: usize = 192 << 20;
const LEAST_SEGMENTS: usize = 6;

/// A part to fetch.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) duration: Duration,
    pub(super) independent: bool,
    pub(super) data: Bytes,
}

/// A segment, complete or growing.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) head: Head,
    pub(super) parts: Vec<Part>,
    pub(super) duration: Duration,
    pub(super) complete: bool,
    /// There is no media for it.
    pub(super) gap: bool,
    pub(super) frames: u32,
    pub(super) bytes: usize,
}

impl Segment {
    fn new(head: Head) -> Self {
        Self { head, parts: Vec::new(), duration: Duration::ZERO, complete: false, gap: false, frames: 0, bytes: 0 }
    }
}

/// What a rendition's media is like, for the multivariant playlist.
#[derive(Clone, Debug)]
pub(super) struct Measured {
    pub(super) config: Arc<TrackConfig>,
    /// Bits a second of the largest segment so far.
    pub(super) peak: u64,
    /// Bits a second over the segments listed.
    pub(super) average: u64,
    /// Frames a second over the segments listed.
    pub(super) frame_rate: f64,
}

/// A playlist and where it stands.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// The last complete segment.
    pub(super) last: Option<u64>,
    /// The part that comes next: its segment and index. The hint of the playlist.
    pub(super) next: (u64, u32),
    /// Segments and how many parts they have, newest last: enough to answer which part comes after a segment's last.
    pub(super) counts: Vec<(u64, u32)>,
    pub(super) ended: bool,
    pub(super) cadence: Option<Cadence>,
    pub(super) full: Text,
    /// The same with old segments skipped; none if there is nothing to skip.
    pub(super) delta: Option<Text>,
}

impl Snapshot {
    fn empty() -> Self {
        Self {
            last: None,
            next: (0, 0),
            counts: Vec::new(),
            ended: false,
            cadence: None,
            full: Text::new(String::new()),
            delta: None,
        }
    }

    /// The newest segment that has parts and its newest part, for rendition reports.
    pub(super) fn newest(&self) -> Option<(u64, u32)> {
        self.counts.iter().rev().find(|(_, parts)| *parts > 0).map(|&(msn, parts)| (msn, parts - 1))
    }

    /// Whether the playlist may be given out: players want at least one whole segment.
    pub(super) fn is_playable(&self) -> bool {
        self.last.is_some()
    }
}

/// A text and the same compressed, once, when first asked for.
#[derive(Debug)]
pub(crate) struct Text {
    plain: Bytes,
    gzip: OnceLock<Bytes>,
}

impl Text {
    pub(super) fn new(text: String) -> Self {
        Self { plain: text.into(), gzip: OnceLock::new() }
    }

    /// Another text made of this one.
    pub(super) fn map(&self, change: impl FnOnce(&str) -> String) -> Self {
        Self::new(change(std::str::from_utf8(&self.plain).unwrap_or_default()))
    }

    pub(super) fn plain(&self) -> Bytes {
        self.plain.clone()
    }

    pub(super) fn gzip(&self) -> Bytes {
        let compress = || {
            use std::io::Write;
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let written = encoder.write_all(&self.plain).and_then(|()| encoder.finish());
            written.unwrap_or_default().into()
        };
        self.gzip.get_or_init(compress).clone()
    }
}

#[derive(Debug)]
pub(crate) struct Shelf {
    name: String,
    kind: Kind,
    store: RwLock<Store>,
    newest: watch::Sender<Arc<Snapshot>>,
}

#[derive(Debug, Default)]
pub(super) struct Store {
    inits: Vec<(Bytes, Arc<TrackConfig>)>,
    segments: VecDeque<Segment>,
    /// How many of `segments` have left the playlist.
    unlisted: usize,
    bytes: usize,
    peak: u64,
    /// False once a segment had to begin without a keyframe.
    pub(super) independent: bool,
    pub(super) ended: bool,
}

impl Store {
    /// The segments in the playlist, the growing one included.
    pub(super) fn listed(&self) -> impl DoubleEndedIterator<Item = &Segment> + Clone {
        self.segments.iter().skip(self.unlisted)
    }

    fn segment(&self, msn: u64) -> Option<&Segment> {
        let first = self.segments.front()?.head.msn;
        self.segments.get(usize::try_from(msn.checked_sub(first)?).ok()?)
    }

    /// The part that comes next.
    pub(super) fn next(&self) -> (u64, u32) {
        match self.segments.back() {
            Some(open) if !open.complete => (open.head.msn, open.parts.len() as u32),
            Some(last) => (last.head.msn + 1, 0),
            None => (0, 0),
        }
    }

    fn apply(&mut self, event: Event, cadence: &Cadence) {
        match event {
            Event::Init { config, data } => self.inits.push((data, config)),
            Event::Begin(head) => self.segments.push_back(Segment::new(head)),
            Event::Part { duration, independent, frames, data } => {
                if let Some(open) = self.segments.back_mut() {
                    open.duration += duration;
                    open.frames += frames;
                    open.bytes += data.len();
                    self.bytes += data.len();
                    open.parts.push(Part { duration, independent, data });
                }
            }
            Event::End { independent } => {
                self.independent &= independent;
                if let Some(open) = self.segments.back_mut() {
                    open.complete = true;
                    // A short segment is no measure (RFC 8216bis, 4.4.6.2: peak segment bit rate).
                    if open.duration.as_secs_f64() > 0.45 * cadence.target as f64 {
                        self.peak = self.peak.max(rate(open.bytes, open.duration));
                    }
                }
                self.forget(cadence);
            }
            Event::Gap { head, duration } => {
                self.segments.push_back(Segment { duration, complete: true, gap: true, ..Segment::new(head) });
                self.forget(cadence);
            }
        }
    }

    fn forget(&mut self, cadence: &Cadence) {
        let window = LISTED.max(Duration::from_secs(cadence.target * LISTED_TARGETS));
        let mut listed: Duration = self.listed().map(|segment| segment.duration).sum();
        while let Some(first) = self.segments.get(self.unlisted)
            && self.segments.len() - self.unlisted > LEAST_SEGMENTS
            && (listed.saturating_sub(first.duration) >= window || self.bytes > KEPT_BYTES)
        {
            listed = listed.saturating_sub(first.duration);
            self.unlisted += 1;
            self.drop_unlisted(window);
        }
    }

    fn drop_unlisted(&mut self, window: Duration) {
        let mut kept: Duration = self.segments.iter().take(self.unlisted).map(|segment| segment.duration).sum();
        while self.unlisted > 0 && (kept > window || self.bytes > KEPT_BYTES) {
            let Some(gone) = self.segments.pop_front() else { return };
            kept = kept.saturating_sub(gone.duration);
            self.bytes -= gone.bytes;
            self.unlisted -= 1;
        }
    }

    fn measured(&self) -> Option<Measured> {
        let config = self.inits.last()?.1.clone();
        let whole = || self.listed().filter(|segment| segment.complete && !segment.gap);
        whole().next()?;
        let duration: Duration = whole().map(|segment| segment.duration).sum();
        let bytes: usize = whole().map(|segment| segment.bytes).sum();
        let frames: u32 = whole().map(|segment| segment.frames).sum();
        let average = rate(bytes, duration);
        let frame_rate = f64::from(frames) / duration.as_secs_f64().max(0.001);
        Some(Measured { config, peak: self.peak.max(average), average, frame_rate })
    }
}

fn rate(bytes: usize, duration: Duration) -> u64 {
    (bytes as f64 * 8.0 / duration.as_secs_f64().max(0.001)).ceil() as u64
}

impl Shelf {
    pub(super) fn new(name: &str, kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            kind,
            store: RwLock::new(Store { independent: true, ..Store::default() }),
            newest: watch::Sender::new(Arc::new(Snapshot::empty())),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn apply(&self, event: Event, cadence: &Cadence) {
        self.store.write().apply(event, cadence);
    }

    pub(super) fn end(&self) {
        self.store.write().ended = true;
    }

    /// Renders the playlist anew and wakes everybody who waits. `reports` are the other renditions of the multivariant
    /// playlist.
    pub(super) fn publish(&self, cadence: &Cadence, reports: &[Arc<Shelf>]) {
        let reports: Vec<_> = reports
            .iter()
            .filter(|other| other.name != self.name)
            .filter_map(|other| Some((other.name.as_str(), other.snapshot().newest()?)))
            .collect();
        let snapshot = {
            let store = self.store.read();
            let last = store.listed().rfind(|segment| segment.complete).map(|segment| segment.head.msn);
            let counts: Vec<_> =
                store.listed().rev().take(5).map(|segment| (segment.head.msn, segment.parts.len() as u32)).collect();
            Snapshot {
                last,
                next: store.next(),
                counts: counts.into_iter().rev().collect(),
                ended: store.ended,
                cadence: Some(*cadence),
                full: Text::new(playlist::render(&store, cadence, &reports, false).unwrap_or_default()),
                delta: playlist::render(&store, cadence, &reports, true).map(Text::new),
            }
        };
        self.newest.send_replace(Arc::new(snapshot));
    }

    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.newest.borrow().clone()
    }

    pub(super) fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.newest.subscribe()
    }

    /// What its media is like; `None` before the first segment is complete.
    pub(super) fn measured(&self) -> Option<Measured> {
        self.store.read().measured()
    }

    /// Whether every segment so far begins with a keyframe.
    pub(super) fn is_independent(&self) -> bool {
        self.store.read().independent
    }

    pub(super) fn init(&self, index: usize) -> Option<Bytes> {
        self.store.read().inits.get(index).map(|(data, _)| data.clone())
    }

    pub(super) fn part(&self, msn: u64, index: u32) -> Option<Bytes> {
        self.store.read().segment(msn)?.parts.get(index as usize).map(|part| part.data.clone())
    }

    /// The parts of a complete segment, in order.
    pub(super) fn segment(&self, msn: u64) -> Option<Vec<Bytes>> {
        let store = self.store.read();
        let segment = store.segment(msn).filter(|segment| segment.complete && !segment.gap)?;
        Some(segment.parts.iter().map(|part| part.data.clone()).collect())
    }
}
