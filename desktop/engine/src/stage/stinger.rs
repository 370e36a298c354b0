//! A stinger: a video that plays over the show while the scene changes under it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gstreamer as gst;
use klieg_studio_model::{Event, MediaFile, Source, SourceState};
use parking_lot::Mutex;

use super::Shared;
use crate::EngineError;
use crate::deck::DeckId;
use crate::feed::{Outlet, Taking};
use crate::report::Reporter;
use crate::source::{Ends, Room, Runner, Wish};

/// The strip of its sound.
pub(super) const STRIP: &str = "\u{1}transition";

pub(super) struct Stinger {
    pub(super) to: DeckId,
    /// From the first picture to the change of scenes.
    cut: gst::ClockTime,
    has_cut: bool,
    playing: Arc<Playing>,
    _taking: Taking,
    _runner: Runner,
}

#[derive(Default)]
struct Playing {
    /// The times of the first picture and of the last.
    times: Mutex<Option<(gst::ClockTime, gst::ClockTime)>>,
    over: AtomicBool,
}

impl Stinger {
    /// Begins to play; `to` takes over `cut` milliseconds after the first picture.
    pub(super) fn start(path: &Path, cut: u32, to: DeckId, shared: &Shared) -> Result<Self, EngineError> {
        let (outlet, playing) = (Arc::new(Outlet::default()), Arc::new(Playing::default()));
        let (switcher, seen) = (shared.switcher.clone(), playing.clone());
        let taking = outlet.tap.add(move |buffer| {
            if let Some(pts) = buffer.pts() {
                let mut times = seen.times.lock();
                *times = Some((times.map_or(pts, |(first, _)| first), pts));
            }
            switcher.cover(Some(buffer.clone()));
        });
        let ended = playing.clone();
        let report = Reporter::new(Arc::new(move |event| {
            if let Event::Source { state: SourceState::Ended | SourceState::Restarting { .. }, .. } = event {
                ended.over.store(true, Ordering::Relaxed);
            }
        }));
        let source = Source::File(MediaFile { name: STRIP.to_owned(), path: path.to_owned(), repeat: false });
        let size = (shared.canvas.width, shared.canvas.height);
        let wish = Wish { size, look: Vec::new(), clear: true };
        let ends = Ends { picture: outlet, sound: Some(shared.mixer.open(STRIP)) };
        let runner = Runner::start(source, Room { report, ..shared.room() }, ends, wish)?;
        let cut = gst::ClockTime::from_mseconds(cut.into());
        Ok(Self { to, cut, has_cut: false, playing, _taking: taking, _runner: runner })
    }

    /// The deck that takes over now, if it does now: at its moment, or when the video is over or cannot be played.
    pub(super) fn cut(&mut self) -> Option<DeckId> {
        let due = self.playing.times.lock().is_some_and(|(first, last)| last - first >= self.cut);
        let cut = !self.has_cut && (due || self.is_over());
        self.has_cut |= cut;
        cut.then_some(self.to)
    }

    pub(super) fn is_over(&self) -> bool {
        self.playing.over.load(Ordering::Relaxed)
    }

    /// Takes the video away.
    pub(super) fn end(self, shared: &Shared) {
        shared.mixer.close(STRIP);
        drop(self);
        shared.switcher.cover(None);
    }
}
