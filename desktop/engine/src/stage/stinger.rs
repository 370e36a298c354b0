//! A stinger: a video that plays over the show while the scene changes under it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
/// How late the change of scenes may be, and how long the video may show nothing new: files on a disk that sleeps take their time.
const PATIENCE: Duration = Duration::from_secs(4);

pub(super) struct Stinger {
    /// What takes over, and since when it is there.
    pub(super) to: DeckId,
    pub(super) since: Instant,
    progress: Progress,
    playing: Arc<Playing>,
    _taking: Taking,
    runner: Runner,
}

/// The times of the first picture and of the last.
type Times = Option<(gst::ClockTime, gst::ClockTime)>;

#[derive(Default)]
struct Playing {
    times: Mutex<Times>,
    over: AtomicBool,
}

/// How far a stinger is, whatever its video does.
struct Progress {
    /// From the first picture to the change of scenes.
    cut: gst::ClockTime,
    has_cut: bool,
    since: Instant,
    /// What was seen last, and since when.
    seen: (Times, Instant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    /// Another scene.
    Cut,
    /// The same, because it would be too late otherwise.
    LateCut,
    /// It shows nothing new any more, and has cut already.
    End,
}

impl Progress {
    fn new(cut: gst::ClockTime, now: Instant) -> Self {
        Self { cut, has_cut: false, since: now, seen: (None, now) }
    }

    fn look(&mut self, times: Times, is_over: bool, now: Instant) -> Due {
        if self.seen.0 != times {
            self.seen = (times, now);
        }
        let hangs = now.duration_since(self.seen.1) >= PATIENCE;
        if self.has_cut {
            return if hangs { Due::End } else { Due::Nothing };
        }
        let is_late = hangs || now.duration_since(self.since) >= Duration::from(self.cut) + PATIENCE;
        let due = match times {
            _ if is_over => Due::Cut,
            Some((first, last)) if last.saturating_sub(first) >= self.cut => Due::Cut,
            _ if is_late => Due::LateCut,
            _ => Due::Nothing,
        };
        self.has_cut = due != Due::Nothing;
        due
    }
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
        let source =
            Source::File(MediaFile { name: STRIP.to_owned(), path: path.to_owned(), repeat: false, from_start: false });
        let size = (shared.canvas.width, shared.canvas.height);
        let wish = Wish { size, look: Vec::new(), clear: true, on_air: true };
        let ends = Ends { picture: outlet, sound: Some(shared.mixer.open(STRIP)) };
        let runner = Runner::start(source, Room { report, ..shared.room() }, ends, wish)?;
        let since = Instant::now();
        let progress = Progress::new(gst::ClockTime::from_mseconds(cut.into()), since);
        Ok(Self { to, since, progress, playing, _taking: taking, runner })
    }

    /// Whether the scene changes now: at its moment, when the video is over or cannot be played, or a few seconds later if it does not
    /// come, which is said. One that hangs is over.
    pub(super) fn cuts(&mut self, now: Instant, shared: &Shared) -> bool {
        let times = *self.playing.times.lock();
        let due = self.progress.look(times, self.is_over(), now);
        if due == Due::LateCut {
            let text = "The video of the stinger does not come in time: the scene was changed without it.";
            shared.report.say(Event::Warning { text: text.to_owned() });
        }
        if due == Due::End {
            self.playing.over.store(true, Ordering::Relaxed);
        }
        matches!(due, Due::Cut | Due::LateCut)
    }

    /// Whether the scene has changed under it.
    pub(super) fn has_cut(&self) -> bool {
        self.progress.has_cut
    }

    pub(super) fn is_over(&self) -> bool {
        self.playing.over.load(Ordering::Relaxed)
    }

    /// Takes the video away. One that hangs is not waited for: the show's state is locked meanwhile.
    pub(super) fn end(mut self, shared: &Shared) {
        shared.mixer.close(STRIP);
        drop(self.runner.retire());
        drop(self);
        shared.switcher.cover(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUT: gst::ClockTime = gst::ClockTime::from_mseconds(500);

    /// What is due, looked at ten times a second for twelve seconds, by the tenth of a second.
    fn due(video: impl Fn(u32) -> Times) -> Vec<(u32, Due)> {
        let start = Instant::now();
        let mut progress = Progress::new(CUT, start);
        let looks = (0..120)
            .map(|tenth| (tenth, progress.look(video(tenth), false, start + Duration::from_millis(100) * tenth)));
        looks.filter(|(_, due)| *due != Due::Nothing).take(2).collect()
    }

    fn at(tenth: u32) -> gst::ClockTime {
        gst::ClockTime::from_mseconds(u64::from(tenth) * 100)
    }

    #[test]
    fn a_video_that_plays_changes_the_scene_at_its_moment() {
        assert_eq!(due(|tenth| Some((at(0), at(tenth)))), [(5, Due::Cut)]);
        let late = |tenth: u32| (tenth >= 20).then(|| (at(20), at(tenth)));
        assert_eq!(due(late), [(25, Due::Cut)]);
        let mut progress = Progress::new(CUT, Instant::now());
        assert_eq!(progress.look(None, true, Instant::now()), Due::Cut);
    }

    #[test]
    fn a_video_that_never_comes_or_hangs_or_crawls_changes_it_all_the_same() {
        assert_eq!(due(|_| None), [(40, Due::LateCut), (41, Due::End)]);
        let hangs_before = |tenth: u32| Some((at(0), at(tenth.min(3))));
        assert_eq!(due(hangs_before), [(43, Due::LateCut), (44, Due::End)]);
        let hangs_after = |tenth: u32| Some((at(0), at(tenth.min(8))));
        assert_eq!(due(hangs_after), [(5, Due::Cut), (48, Due::End)]);
        let crawls = |tenth: u32| Some((at(0), at(tenth) / 100));
        assert_eq!(due(crawls), [(45, Due::LateCut)]);
    }
}
