//! What is lost of the picture: counted from the moment on a show, or a recording without one, begins, and how much of it was lost lately.
//! The engine counts from when it was opened, and each output from when it was started; what it says is added up here.

use std::collections::{BTreeMap, VecDeque};

use klieg_studio_model::{Destination, ProgramHealth};

use super::desk::Desk;

/// What is lately: so many reports of the programme, which come once a second.
const LATELY: usize = 10;
/// In how many of them something has to be lost, at least, before any of it counts as a share: a computer that was held up for a moment is
/// not too slow.
const OFTEN: usize = 3;

/// Frames, and blocks of sound, as the engine counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) missed: u64,
    pub(super) skipped: u64,
    pub(super) skipped_sound: u64,
}

#[derive(Default)]
pub(super) struct Losses {
    /// What was counted at the last report.
    told: Counts,
    /// What was new in the last reports.
    lately: VecDeque<Counts>,
    /// By the output's name.
    dropped: BTreeMap<String, Dropped>,
}

/// Frames that an output did not send: all of them, and what it said itself last.
#[derive(Default)]
struct Dropped {
    all: u64,
    told: u64,
}

impl Losses {
    /// Takes a report, and says what is new in it.
    fn report(&mut self, counts: Counts) -> Counts {
        let before = std::mem::replace(&mut self.told, counts);
        // What an encode lost that has ended is counted no more.
        let new = Counts {
            missed: counts.missed.saturating_sub(before.missed),
            skipped: counts.skipped.saturating_sub(before.skipped),
            skipped_sound: counts.skipped_sound.saturating_sub(before.skipped_sound),
        };
        self.lately.truncate(LATELY - 1);
        self.lately.push_front(new);
        new
    }

    /// The share of the frames that were lost lately, 0 to 1; 0 unless that happened often.
    fn share(&self, fps: u32, lost: impl Fn(&Counts) -> u64) -> f64 {
        if self.lately.iter().filter(|&second| lost(second) > 0).count() < OFTEN {
            return 0.0;
        }
        let frames = LATELY as f64 * f64::from(fps.max(1));
        (self.lately.iter().map(&lost).sum::<u64>() as f64 / frames).min(1.0)
    }

    /// Takes what an output says that it dropped since it was started, and says how much that is in all.
    pub(super) fn dropped(&mut self, output: &str, told: u64) -> u64 {
        let known = self.dropped.entry(output.to_owned()).or_default();
        known.all += told.saturating_sub(std::mem::replace(&mut known.told, told));
        known.all
    }

    /// What an output has dropped in all.
    pub(super) fn dropped_before(&self, output: &str) -> u64 {
        self.dropped.get(output).map_or(0, |known| known.all)
    }

    /// An output that is started again counts from zero by itself.
    pub(super) fn ended(&mut self, output: &str) {
        if let Some(known) = self.dropped.get_mut(output) {
            known.told = 0;
        }
    }

    /// So does whatever runs on another stage.
    pub(super) fn another_stage(&mut self) {
        self.told = Counts::default();
        self.lately.clear();
        self.dropped.values_mut().for_each(|known| known.told = 0);
    }

    /// Nothing that an output has dropped is counted any more.
    pub(super) fn forget(&mut self, output: &str) {
        if let Some(known) = self.dropped.get_mut(output) {
            known.all = 0;
        }
    }
}

impl Desk {
    /// What is lost of the show counts from here on. The recording has a count of its own.
    pub(super) fn count_from_here(&mut self) {
        self.losses.lately.clear();
        let program = &mut self.studio.program;
        (program.missed, program.skipped, program.skipped_sound) = (0, 0, 0);
        (program.missing, program.skipping) = (0.0, 0.0);
        for output in self.studio.outputs.iter_mut().filter(|output| output.id != Destination::RECORDING) {
            output.dropped = 0;
        }
        for (_, known) in self.losses.dropped.iter_mut().filter(|(output, _)| *output != Destination::RECORDING) {
            known.all = 0;
        }
    }

    /// Takes the engine's report. What is lost while nothing is sent or recorded is nobody's loss.
    pub(super) fn count(&mut self, counts: Counts) {
        let new = self.losses.report(counts);
        if !self.is_busy() {
            self.losses.lately.clear();
        }
        let fps = self.studio.collection.canvas.fps;
        let ProgramHealth { missed, skipped, skipped_sound, missing, skipping, .. } = &mut self.studio.program;
        *missing = self.losses.share(fps, |second| second.missed);
        *skipping = self.losses.share(fps, |second| second.skipped);
        if !self.losses.lately.is_empty() {
            *missed += new.missed;
            *skipped += new.skipped;
            *skipped_sound += new.skipped_sound;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(missed: u64) -> Counts {
        Counts { missed, ..Counts::default() }
    }

    #[test]
    fn a_moment_is_no_share_and_what_goes_on_is() {
        let mut losses = Losses::default();
        let mut share = |all: u64| {
            losses.report(missed(all));
            losses.share(30, |second| second.missed)
        };
        // Held up for a second, however much that was.
        assert_eq!((share(30), share(30), share(31)), (0.0, 0.0, 0.0));
        assert!((share(32) - 32.0 / 300.0).abs() < 1e-9);
        for _ in 0..7 {
            share(32);
        }
        assert!(share(32) < 1e-9, "that is over");
    }

    #[test]
    fn what_an_output_dropped_is_kept_when_it_begins_anew() {
        let mut losses = Losses::default();
        assert_eq!((losses.dropped("a", 3), losses.dropped("a", 5), losses.dropped("b", 1)), (3, 5, 1));
        losses.ended("a");
        assert_eq!((losses.dropped("a", 0), losses.dropped("a", 2)), (5, 7));
        losses.another_stage();
        assert_eq!((losses.dropped("a", 1), losses.dropped_before("b"), losses.dropped_before("c")), (8, 1, 0));
        losses.forget("a");
        assert_eq!(losses.dropped("a", 4), 3);
    }

    #[test]
    fn an_encode_that_ends_takes_nothing_back() {
        let mut losses = Losses::default();
        let skipped = |skipped| Counts { skipped, ..Counts::default() };
        let new = [9, 4, 6].map(|all| losses.report(skipped(all)).skipped);
        assert_eq!(new, [9, 0, 2]);
    }
}
