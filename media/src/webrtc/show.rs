//! A broadcast as one worker sees it: its renditions, each subscribed once however many viewers the worker has.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::negotiate::Pictures;
use super::worker::Note;
use crate::codec::{Codec, Kind, TrackConfig};
use crate::frame::Frame;
use crate::rendition::{Origin, Received, Rendition, Subscription};
use crate::stream::{Stream, StreamState};
use crate::time::{MediaTime, WallTime};

pub(crate) struct Show {
    pub(crate) stream: Arc<Stream>,
    pub(crate) viewers: HashSet<u64>,
    feeds: HashMap<String, Feed>,
    pub(crate) anchor: Anchor,
    notes: mpsc::Sender<Note>,
    /// Renditions whose first configuration is awaited or known.
    watched: HashSet<String>,
    /// Ends with the show.
    watchers: JoinSet<()>,
}

/// One rendition and who gets it.
pub(crate) struct Feed {
    pub(crate) rendition: Arc<Rendition>,
    pub(crate) viewers: HashSet<u64>,
    /// Whether the source was found to reorder after viewers had joined it.
    pub(crate) reorders: bool,
    _task: JoinSet<()>,
}

impl Show {
    /// Begins to watch a broadcast; every change of it becomes a [`Note::ShowChanged`].
    pub(crate) fn new(stream: Arc<Stream>, notes: mpsc::Sender<Note>) -> Self {
        let mut watchers = JoinSet::new();
        watchers.spawn(watch(stream.clone(), notes.clone()));
        let anchor = Anchor::new(stream.started);
        let mut show = Self {
            stream,
            viewers: HashSet::new(),
            feeds: HashMap::new(),
            anchor,
            notes,
            watched: HashSet::new(),
            watchers,
        };
        show.watch_renditions();
        show
    }

    /// Announces each rendition once it knows what it carries.
    pub(crate) fn watch_renditions(&mut self) {
        for rendition in self.stream.renditions() {
            if self.watched.insert(rendition.name().to_owned()) {
                let (notes, id) = (self.notes.clone(), self.stream.id);
                self.watchers.spawn(async move {
                    rendition.configured().await;
                    let _ = notes.send(Note::ShowChanged(id)).await;
                });
            }
        }
    }

    pub(crate) fn feed(&mut self, name: &str) -> Option<&mut Feed> {
        self.feeds.get_mut(name)
    }

    /// Adds a viewer to a rendition, subscribing to it if it is the first.
    pub(crate) fn join(&mut self, rendition: &Arc<Rendition>, viewer: u64) {
        let feed = self.feeds.entry(rendition.name().to_owned()).or_insert_with(|| {
            // Subscribed here and not in the task: whoever takes the backlog after this misses nothing.
            let mut subscription = rendition.subscribe();
            subscription.take_backlog();
            let mut task = JoinSet::new();
            task.spawn(forward(self.stream.id, rendition.name().into(), subscription, self.notes.clone()));
            Feed { rendition: rendition.clone(), viewers: HashSet::new(), reorders: rendition.reorders(), _task: task }
        });
        feed.viewers.insert(viewer);
    }

    /// Takes a viewer off a rendition, which is given up after the last.
    pub(crate) fn leave(&mut self, name: &str, viewer: u64) {
        if let Some(feed) = self.feeds.get_mut(name) {
            feed.viewers.remove(&viewer);
            if feed.viewers.is_empty() {
                self.feeds.remove(name);
            }
        }
    }
}

async fn watch(stream: Arc<Stream>, notes: mpsc::Sender<Note>) {
    let (mut state, mut renditions) = (stream.watch_state(), stream.watch_renditions());
    loop {
        let ended = *state.borrow_and_update() == StreamState::Ended;
        if notes.send(Note::ShowChanged(stream.id)).await.is_err() || ended {
            return;
        }
        let changed = tokio::select! {
            changed = state.changed() => changed,
            changed = renditions.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

async fn forward(show: Uuid, name: Arc<str>, mut subscription: Subscription, notes: mpsc::Sender<Note>) {
    while let Some(received) = subscription.next().await {
        match received {
            Received::Frame(frame) => {
                if notes.send(Note::Frame { show, rendition: name.clone(), frame }).await.is_err() {
                    return;
                }
            }
            Received::Skipped(frames) => {
                metrics::counter!("klieg_rtc_frames_skipped_total").increment(frames);
                tracing::warn!(broadcast = %show, rendition = %name, frames, "WebRTC worker fell behind; resuming at the next keyframe");
            }
        }
    }
}

/// What a viewer asked for instead of what is best for everybody (draft-ietf-wish-whep, layer selection).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wish {
    /// A rendition's name. One that is not there at the moment leaves the choice to the rest.
    pub(crate) name: Option<String>,
    /// In pixels. If every picture is larger, the smallest is the nearest.
    pub(crate) max_width: Option<u32>,
    pub(crate) max_height: Option<u32>,
}

/// What a viewer is sent: its sound, or the best picture among the codecs it decodes.
///
/// The publisher's own picture comes first, the largest if there are several; then its copy without B-frames if it has
/// B-frames, which WebRTC players cannot show; then what else the transcoder makes.
pub(crate) fn choose(
    stream: &Stream,
    kind: Kind,
    wish: Option<&Wish>,
    decodes: impl Fn(Codec) -> bool,
) -> Option<Arc<Rendition>> {
    let candidates = candidates(stream, kind, decodes);
    let best = || candidates.iter().max_by_key(|(rank, rendition)| (*rank, rendition.area()));
    let wished = wish.filter(|_| kind == Kind::Video).and_then(|wish| {
        let named = || candidates.iter().find(|(_, rendition)| wish.name.as_deref() == Some(rendition.name()));
        let fitting = || {
            let fits = candidates.iter().filter(|(_, rendition)| wish.fits(rendition));
            let smallest = || candidates.iter().min_by_key(|(_, rendition)| rendition.area());
            fits.max_by_key(|(rank, rendition)| (*rank, rendition.area())).or_else(smallest)
        };
        named().or_else(|| (wish.max_width.is_some() || wish.max_height.is_some()).then(fitting).flatten())
    });
    wished.or_else(best).map(|(_, rendition)| rendition.clone())
}

/// What a viewer could be sent, and how good each is: the higher the better.
fn candidates(stream: &Stream, kind: Kind, decodes: impl Fn(Codec) -> bool) -> Vec<(u8, Arc<Rendition>)> {
    let renditions = stream.renditions_of(kind);
    let reordered = renditions.iter().any(|rendition| rendition.origin() == Origin::Source && rendition.reorders());
    let rank = |rendition: &Rendition| match (rendition.origin(), codec(rendition)) {
        (Origin::Source, Some(codec)) if decodes(codec) => Some(2),
        // Made while somebody subscribes, so it may not have told its codec yet. It is H.264.
        (Origin::Realtime, codec) if reordered && decodes(codec.unwrap_or(Codec::H264)) => Some(1),
        (Origin::Transcoder, Some(codec)) if decodes(codec) => Some(0),
        _ => None,
    };
    renditions
        .into_iter()
        .filter(|rendition| !rendition.reorders())
        .filter_map(|rendition| Some((rank(&rendition)?, rendition)))
        .collect()
}

impl Wish {
    fn fits(&self, rendition: &Rendition) -> bool {
        let config = rendition.config();
        let Some(video) = config.as_ref().and_then(|config| config.video()) else { return false };
        self.max_width.is_none_or(|most| video.width <= most) && self.max_height.is_none_or(|most| video.height <= most)
    }
}

/// The pictures that viewers may choose from, the largest first. The copy without B-frames is no choice of its own: it
/// stands for its source.
pub(crate) fn layers(stream: &Stream) -> Vec<Arc<Rendition>> {
    let mut layers: Vec<_> = candidates(stream, Kind::Video, |_| true)
        .into_iter()
        .map(|(_, rendition)| rendition)
        .filter(|rendition| rendition.origin() != Origin::Realtime)
        .collect();
    layers.sort_by_key(|rendition| std::cmp::Reverse(rendition.area()));
    layers
}

/// The pictures that viewers can get now.
pub(crate) fn pictures(stream: &Stream) -> Pictures {
    let candidates = candidates(stream, Kind::Video, |_| true);
    let mut codecs: Vec<Codec> =
        candidates.iter().map(|(_, rendition)| codec(rendition).unwrap_or(Codec::H264)).collect();
    codecs.sort_by_key(|codec| codec.name());
    codecs.dedup();
    let best = choose(stream, Kind::Video, None, |_| true);
    let bitrate = best.map_or(0, |rendition| rendition.meter().report(Instant::now()).bitrate);
    Pictures { codecs, bitrate }
}

fn codec(rendition: &Rendition) -> Option<Codec> {
    rendition.config().map(|config: Arc<TrackConfig>| config.codec())
}

/// For so long, and at most twice that, an [`Anchor`] remembers a frame.
const LATELY: Duration = Duration::from_secs(30);

/// Where the broadcast's timeline stands on the clock that sender reports are made from.
///
/// Both tracks use the same anchor, so that a player can put them in step. It holds to the earliest that a frame was
/// captured lately: jitter only ever makes frames later, while a publisher's clock that runs slow, or stood still for some
/// seconds, makes all of them later. It never puts a frame into the future, where str0m would have no time to report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    started: WallTime,
    instant: Instant,
    wall: WallTime,
    epoch: u32,
    /// The earliest since `turned`, and in the [`LATELY`] before.
    recent: Option<MediaTime>,
    before: Option<MediaTime>,
    turned: Instant,
}

impl Anchor {
    pub(crate) fn new(started: WallTime) -> Self {
        let instant = Instant::now();
        Self { started, instant, wall: WallTime::now(), epoch: 0, recent: None, before: None, turned: instant }
    }

    /// A frame has come.
    pub(crate) fn observe(&mut self, frame: &Frame, now: Instant) {
        let time_of_day = self.wall.plus(MediaTime::ZERO + now.saturating_duration_since(self.instant));
        let limit = frame.captured.min(time_of_day).minus(self.started.plus(frame.pts));
        if self.epoch != frame.epoch {
            (self.recent, self.before, self.turned) = (None, None, now);
        } else if now.saturating_duration_since(self.turned) >= LATELY {
            (self.before, self.turned) = (self.recent.take(), now);
        }
        self.recent = Some(self.recent.map_or(limit, |recent| recent.min(limit)));
        self.epoch = frame.epoch;
    }

    /// The moment to report for a place on the timeline.
    pub(crate) fn moment(&self, place: MediaTime, now: Instant) -> Instant {
        let offset = self.recent.into_iter().chain(self.before).min();
        let place = place + offset.unwrap_or_default();
        let since = self.started.plus(place).minus(self.wall).nanos();
        let distance = Duration::from_nanos(since.unsigned_abs());
        let moment = if since >= 0 { self.instant.checked_add(distance) } else { self.instant.checked_sub(distance) };
        moment.unwrap_or(now).min(now)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::codec::{AudioConfig, AudioSetup};

    fn frame(pts: i64, captured: WallTime) -> Frame {
        let config = AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 };
        let pts = MediaTime::from_millis(pts);
        Frame::new(Arc::new(TrackConfig::Audio(config)), pts, pts, captured, true, 0, Bytes::new())
    }

    #[test]
    fn a_place_is_reported_at_its_capture_time_and_late_frames_do_not_move_it() {
        let started = WallTime::now();
        let mut anchor = Anchor::new(started);
        let now = anchor.instant + Duration::from_secs(2);
        let wall = anchor.wall;
        let captured = |millis| wall.plus(MediaTime::from_millis(millis));
        anchor.observe(&frame(1_000, captured(900)), now);
        anchor.observe(&frame(1_020, captured(999)), now);
        let moment = anchor.moment(MediaTime::from_millis(1_040), now);
        assert_eq!(moment.duration_since(anchor.instant).as_millis(), 940);
    }

    #[test]
    fn a_publishers_clock_that_stood_still_is_followed() {
        let mut anchor = Anchor::new(WallTime::now());
        let (instant, wall) = (anchor.instant, anchor.wall);
        for second in 0..120 {
            let at = second * 1_000 + if second < 5 { 0 } else { 8_000 };
            let captured = wall.plus(MediaTime::from_millis(at));
            anchor.observe(&frame(second * 1_000, captured), instant + Duration::from_millis(at as u64));
        }
        let moment = anchor.moment(MediaTime::from_millis(119_000), instant + Duration::from_secs(127));
        assert_eq!(moment.duration_since(instant).as_millis(), 127_000);
    }

    #[test]
    fn nothing_is_reported_in_the_future() {
        let mut anchor = Anchor::new(WallTime::now());
        let now = anchor.instant + Duration::from_millis(10);
        anchor.observe(&frame(5_000, WallTime::now().plus(MediaTime::from_millis(60_000))), now);
        assert!(anchor.moment(MediaTime::from_millis(5_000), now) <= now);
        assert_eq!(anchor.moment(MediaTime::from_millis(9_000), now), now);
    }
}
