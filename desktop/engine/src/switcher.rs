//! The switcher decides which deck is on air, and makes the frames of a transition from those of two.
//!
//! Decks call it from their streaming threads with every frame they compose. While one deck is on air its frames pass as they
//! are; during a transition the frames of equal number are blended, and if a deck falls behind, its last frame stands in. What
//! leaves is a single stream of frames whose times never go back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};

use gstreamer as gst;
use gstreamer_video as gst_video;
use klieg_studio_model::{Canvas, Transition};
use parking_lot::Mutex;

use crate::blend::{blend, cover};
use crate::deck::DeckId;
use crate::feed::Tap;
use crate::format::{picture_caps, video_caps};
use crate::frame::{Planes, drawn};

/// Is told the running time of the first frame in which a scene is seen.
pub(crate) type Seen = Box<dyn FnOnce(gst::ClockTime) + Send>;

/// Frames of one deck that wait for those of the other; then it goes on without.
const WAITING: usize = 4;

pub(crate) struct Switcher {
    info: gst_video::VideoInfo,
    canvas: Canvas,
    state: Mutex<State>,
    /// A translucent picture over all others.
    cover: Mutex<Option<gst::Buffer>>,
    cover_info: gst_video::VideoInfo,
    /// What is on air.
    pub(crate) tap: Tap,
    passed: AtomicU64,
    missed: AtomicU64,
}

#[derive(Default)]
struct State {
    air: Option<DeckId>,
    change: Option<Change>,
    /// Who waits for the newest scene.
    seen: Option<Seen>,
    /// Of the last frame that left.
    last: Option<u64>,
}

/// A transition that runs.
struct Change {
    to: DeckId,
    transition: Transition,
    /// How many frames it takes, and how many have left.
    frames: u64,
    shown: u64,
    old: Lane,
    new: Lane,
}

/// Frames of one deck, by their numbers.
#[derive(Default)]
struct Lane {
    /// The newest that came.
    newest: Option<u64>,
    waiting: VecDeque<(u64, gst::Buffer)>,
    last: Option<gst::Buffer>,
}

impl Lane {
    /// Takes a frame that is newer than the others: a deck that goes on in another's place may be behind that.
    fn put(&mut self, number: u64, buffer: &gst::Buffer) {
        if self.newest.is_none_or(|newest| number > newest) {
            self.newest = Some(number);
            self.waiting.push_back((number, buffer.clone()));
        }
    }

    fn take(&mut self) -> Option<(u64, gst::Buffer)> {
        let taken = self.waiting.pop_front();
        if let Some((_, buffer)) = &taken {
            self.last = Some(buffer.clone());
        }
        taken
    }

    fn first(&self) -> Option<u64> {
        self.waiting.front().map(|(number, _)| *number)
    }
}

/// A frame on its way out: its number, the picture, and what to blend it with.
struct Leaving {
    number: u64,
    picture: gst::Buffer,
    over: Option<(Transition, f64, gst::Buffer)>,
    /// Whether it shows something of the newest scene.
    is_new: bool,
}

impl Switcher {
    pub(crate) fn new(canvas: Canvas) -> Result<Self, gst::glib::BoolError> {
        Ok(Self {
            info: gst_video::VideoInfo::from_caps(&video_caps(canvas))?,
            canvas,
            state: Mutex::default(),
            cover: Mutex::default(),
            cover_info: gst_video::VideoInfo::from_caps(&picture_caps(true, canvas.width, canvas.height, canvas.fps))?,
            tap: Tap::default(),
            passed: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        })
    }

    /// Puts a deck on air by `transition`, at once if nothing is on air. A transition that runs is cut short. `seen` is called with the
    /// first frame that shows something of it, unless another one is put on air before.
    pub(crate) fn change(&self, to: DeckId, transition: &Transition, seen: Seen) {
        let mut state = self.state.lock();
        if let Some(change) = state.change.take() {
            state.air = Some(change.to);
        }
        let duration = u64::from(transition.duration());
        let frames = if duration == 0 { 0 } else { (duration * u64::from(self.canvas.fps) / 1_000).max(1) };
        if state.air.is_none() || frames == 0 {
            state.air = Some(to);
        } else if state.air != Some(to) {
            let (transition, old, new) = (transition.clone(), Lane::default(), Lane::default());
            state.change = Some(Change { to, transition, frames, shown: 0, old, new });
        }
        state.seen = Some(seen);
    }

    /// Lets a deck go on in the place of one that is on air or comes there: with the next frame, and in a transition that runs.
    pub(crate) fn replace(&self, from: DeckId, to: DeckId) {
        let mut state = self.state.lock();
        if state.air == Some(from) {
            state.air = Some(to);
        }
        if let Some(change) = state.change.as_mut().filter(|change| change.to == from) {
            change.to = to;
        }
    }

    /// The decks that are on air: one, or two during a transition.
    pub(crate) fn on_air(&self) -> Vec<DeckId> {
        let state = self.state.lock();
        state.air.into_iter().chain(state.change.as_ref().map(|change| change.to)).collect()
    }

    /// Takes a frame of a deck.
    pub(crate) fn frame(&self, deck: DeckId, buffer: &gst::Buffer) {
        let Some(pts) = buffer.pts() else { return };
        let number = self.number(pts);
        let leaving = {
            let mut state = self.state.lock();
            let mut leaving = state.frame(deck, number, buffer);
            leaving.retain(|frame| {
                let fresh = state.last.is_none_or(|last| frame.number > last);
                if fresh {
                    let gap = state.last.map_or(0, |last| frame.number - last - 1);
                    self.missed.fetch_add(gap, Ordering::Relaxed);
                    state.last = Some(frame.number);
                }
                fresh
            });
            let shown = leaving.iter().find(|frame| frame.is_new).and_then(|frame| frame.picture.pts());
            if let Some(at) = shown
                && let Some(seen) = state.seen.take()
            {
                seen(at);
            }
            leaving
        };
        for frame in leaving {
            let buffer = match frame.over {
                Some((transition, progress, old)) => self.blended(&transition, progress, &old, &frame.picture),
                None => Some(frame.picture),
            };
            if let Some(buffer) = buffer.map(|buffer| self.covered(buffer)) {
                self.tap.give(&buffer);
                self.passed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Puts a translucent picture of the canvas' size over everything from now on, or takes it away.
    pub(crate) fn cover(&self, picture: Option<gst::Buffer>) {
        *self.cover.lock() = picture;
    }

    /// Frames that left since the start.
    pub(crate) fn composed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }

    /// Frames that were not composed in time, since the start.
    pub(crate) fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    fn number(&self, pts: gst::ClockTime) -> u64 {
        let second = u128::from(gst::ClockTime::SECOND.nseconds());
        ((u128::from(pts.nseconds()) * u128::from(self.canvas.fps) + second / 2) / second) as u64
    }

    /// A frame with what covers it.
    fn covered(&self, frame: gst::Buffer) -> gst::Buffer {
        let Some(over) = self.cover.lock().clone() else { return frame };
        let covered =
            Planes::of(&frame, &self.info).zip(Planes::of(&over, &self.cover_info)).and_then(|(under, over)| {
                drawn(&self.info, &frame, |plane, out| {
                    cover(under.plane(plane)?, over.plane(plane)?, over.plane(3)?, plane > 0, out);
                    Some(())
                })
            });
        covered.unwrap_or(frame)
    }

    /// A frame in the middle of a transition, with the time of `new`.
    fn blended(
        &self,
        transition: &Transition,
        progress: f64,
        old: &gst::Buffer,
        new: &gst::Buffer,
    ) -> Option<gst::Buffer> {
        let (before, after) = (Planes::of(old, &self.info)?, Planes::of(new, &self.info)?);
        drawn(&self.info, new, |plane, out| {
            blend(transition, progress, before.plane(plane)?, after.plane(plane)?, out);
            Some(())
        })
    }
}

impl State {
    /// What leaves now that a deck has composed frame `number`.
    fn frame(&mut self, deck: DeckId, number: u64, buffer: &gst::Buffer) -> Vec<Leaving> {
        let Some(change) = &mut self.change else {
            let plain = Leaving { number, picture: buffer.clone(), over: None, is_new: true };
            return if self.air == Some(deck) { vec![plain] } else { Vec::new() };
        };
        if self.air == Some(deck) {
            change.old.put(number, buffer);
        } else if change.to == deck {
            change.new.put(number, buffer);
        }
        let mut leaving = change.due();
        if change.is_over() {
            let rest = change.new.waiting.drain(..);
            leaving.extend(rest.map(|(number, picture)| Leaving { number, picture, over: None, is_new: true }));
            self.air = Some(change.to);
            self.change = None;
        }
        leaving
    }
}

impl Change {
    fn due(&mut self) -> Vec<Leaving> {
        let mut leaving = Vec::new();
        while !self.is_over() {
            let frame = match (self.old.first(), self.new.first()) {
                (Some(old), Some(new)) if old == new => self.old.take().zip(self.new.take()).map(|(_, new)| new),
                // The other deck has left this one out: its last frame stands in, if it has had one.
                (Some(old), Some(new)) if old < new => self.old.take(),
                (Some(_), Some(_)) => self.new.take(),
                (Some(_), None) if self.old.waiting.len() > WAITING => self.old.take(),
                (None, Some(_)) if self.new.waiting.len() > WAITING => self.new.take(),
                _ => break,
            };
            let Some((number, timed)) = frame else { break };
            leaving.push(match (&self.old.last, &self.new.last) {
                (Some(old), Some(new)) => {
                    self.shown += 1;
                    let progress = self.shown as f64 / (self.frames + 1) as f64;
                    let over = Some((self.transition.clone(), progress, old.clone()));
                    Leaving { number, picture: at_the_time_of(new, &timed), over, is_new: true }
                }
                // It begins when the new scene is there; an old one that has died is not waited for.
                (_, new) => {
                    self.shown += u64::from(new.is_some());
                    Leaving { number, picture: timed, over: None, is_new: new.is_some() }
                }
            });
        }
        leaving
    }

    fn is_over(&self) -> bool {
        self.shown >= self.frames
    }
}

fn at_the_time_of(picture: &gst::Buffer, timed: &gst::Buffer) -> gst::Buffer {
    let mut picture = picture.clone();
    if picture.pts() != timed.pts() {
        let stamped = picture.make_mut();
        stamped.set_pts(timed.pts());
        stamped.set_duration(timed.duration());
    }
    picture
}

#[cfg(test)]
mod tests;
