//! Broadcasts on their way to this worker's viewers.

use std::mem;
use std::sync::Arc;
use std::time::Instant;

use tracing::debug;
use uuid::Uuid;

use super::Worker;
use crate::codec::Kind;
use crate::frame::Frame;
use crate::rendition::Rendition;
use crate::stream::StreamState;
use crate::webrtc::session::{Over, Session};
use crate::webrtc::show::{Anchor, Wish, choose};
use crate::webrtc::viewer::Undecodable;

impl Worker {
    pub(super) fn frame(&mut self, show: Uuid, rendition: &str, frame: &Arc<Frame>, now: Instant) {
        let Some(show) = self.shows.get_mut(&show) else { return };
        show.anchor.observe(frame, now);
        let anchor = show.anchor;
        let id = show.stream.id;
        let Some(feed) = show.feed(rendition) else { return };
        if !feed.reorders && feed.rendition.reorders() {
            feed.reorders = true;
            return self.show_changed(id);
        }
        let mut keys = mem::take(&mut self.keys);
        let mut switched = Vec::new();
        keys.extend(&feed.viewers);
        for &key in &keys {
            let Some((viewer, _)) = self.sessions.get_mut(&key).and_then(Session::viewer) else { continue };
            for track in &mut viewer.tracks {
                if let Some(left) = track.offer(rendition, frame) {
                    switched.push((key, left));
                }
            }
            if viewer.has_backlog() {
                self.catching_up.insert(key);
            }
            if !self.catching_up.contains(&key) {
                while self.write(key, anchor, now) {}
            }
        }
        keys.clear();
        self.keys = keys;
        if let Some(show) = self.shows.get_mut(&id) {
            for (key, left) in switched {
                show.leave(left.name(), key);
                metrics::counter!("klieg_rtc_layer_switches_total").increment(1);
                debug!(session = key, rendition, "viewer went over to another rendition");
            }
        }
    }

    /// Sends the next part of what a viewer has waiting. Returns whether there is more.
    fn write(&mut self, key: u64, anchor: Anchor, now: Instant) -> bool {
        let mut more = false;
        self.serve(key, now, |session| {
            let Some((viewer, rtc)) = session.viewer() else { return Ok(false) };
            if !viewer.is_behind() {
                return Ok(false);
            }
            for track in &mut viewer.tracks {
                track.write(rtc, |place| anchor.moment(place, now)).map_err(undecodable)?;
            }
            more = viewer.is_behind();
            session.advance(now)?;
            Ok(true)
        });
        more
    }

    pub(super) fn catch_up(&mut self) {
        let now = Instant::now();
        let keys: Vec<u64> = self.catching_up.iter().copied().collect();
        for key in keys {
            let show = self.sessions.get_mut(&key).and_then(Session::viewer).map(|(viewer, _)| viewer.show());
            let anchor = show.and_then(|show| self.shows.get(&show)).map(|show| show.anchor);
            if !anchor.is_some_and(|anchor| self.write(key, anchor, now)) {
                self.catching_up.remove(&key);
            }
        }
    }

    /// A broadcast has new renditions, has changed state, or is over.
    pub(super) fn show_changed(&mut self, id: Uuid) {
        let Some(show) = self.shows.get_mut(&id) else { return };
        show.watch_renditions();
        let viewers: Vec<u64> = show.viewers.iter().copied().collect();
        let over = show.stream.state() == StreamState::Ended;
        for key in viewers {
            if over {
                self.close(key, "the broadcast ended", false);
            } else {
                self.assign(key);
            }
        }
    }

    /// A viewer chooses its picture. False if there is no such session or no such picture that it decodes.
    pub(super) fn select(&mut self, key: u64, wish: Wish) -> bool {
        let Some((viewer, _)) = self.sessions.get_mut(&key).and_then(Session::viewer) else { return false };
        if let Some(name) = &wish.name {
            let video = viewer.tracks.iter().find(|track| track.kind == Kind::Video);
            let chosen =
                video.and_then(|track| choose(&viewer.stream, Kind::Video, Some(&wish), |codec| track.decodes(codec)));
            if chosen.is_none_or(|chosen| chosen.name() != name) {
                return false;
            }
        }
        viewer.wish = (wish != Wish::default()).then(|| Box::new(wish));
        self.assign(key);
        true
    }

    /// Gives each of a viewer's tracks the best rendition there is now, or the one that was asked for.
    pub(super) fn assign(&mut self, key: u64) {
        let Some((viewer, _)) = self.sessions.get_mut(&key).and_then(Session::viewer) else { return };
        let stream = viewer.stream.clone();
        let Some(show) = self.shows.get_mut(&stream.id) else { return };
        for track in &mut viewer.tracks {
            let best = choose(&stream, track.kind, viewer.wish.as_deref(), |codec| track.decodes(codec));
            // What cannot be shown after all, or is sent no more, is left at once.
            let shown = track.rendition.clone().filter(|current| current.is_open() && !current.reorders());
            let is = |known: &Option<Arc<Rendition>>| match (known, &best) {
                (Some(known), Some(best)) => Arc::ptr_eq(known, best),
                (None, None) => true,
                _ => false,
            };
            if shown.is_some() && (best.is_none() || is(&shown) || is(&track.next)) {
                if is(&shown)
                    && let Some(next) = track.next.take()
                {
                    show.leave(next.name(), key);
                }
                continue;
            }
            if let Some(next) = track.next.take() {
                show.leave(next.name(), key);
            }
            // A picture that can be shown goes on until the next one begins.
            if shown.is_some()
                && track.kind == Kind::Video
                && let Some(best) = &best
            {
                show.join(best, key);
                track.prepare(best);
                continue;
            }
            if is(&track.rendition) {
                continue;
            }
            if let Some(current) = track.rendition.clone() {
                show.leave(current.name(), key);
                track.leave();
            }
            let Some(best) = best else { continue };
            show.join(&best, key);
            track.join(&best);
            debug!(session = key, rendition = best.name(), "viewer joined a rendition");
        }
        if viewer.is_behind() {
            self.catching_up.insert(key);
        }
    }
}

fn undecodable(Undecodable: Undecodable) -> Over {
    Over("the broadcast changed to a codec that the viewer did not agree to")
}
