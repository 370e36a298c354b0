//! Decides where each packet of a recording goes: into which file, at which time, or nowhere. No I/O.
//!
//! Every file begins with the block of sound that sounds while its first picture, a keyframe, appears; all before that is put
//! into the file before, so that nothing is lost or there twice. Both begin at zero, because fragmented MP4 forgets a distance
//! between the beginnings of its tracks: the first picture stands for up to one block of sound longer. After a pause the sound
//! goes on with the very next sample, and the picture with a keyframe that keeps its distance to the sound; there it is the last
//! picture before the pause that stands longer. What another encoder makes begins another file, for a file holds one encoder's
//! parameter sets.

use std::collections::VecDeque;
use std::time::Duration;

use gstreamer::ClockTime;
use klieg_studio_model::Split;

use crate::fanout::{Kind, Packet};

/// Packets of sound that wait for the picture at most, about five seconds.
const HELD: usize = 256;
/// Sound of a pause that may turn out to belong behind it.
const KEPT: ClockTime = ClockTime::from_seconds(1);
/// Times that differ by less are the same: time stamps are rounded.
const EXACT: ClockTime = ClockTime::from_useconds(1);
/// Pictures that may pass while there is no sound; then a file begins without.
const PATIENCE: u32 = 90;
/// What a container adds to its packets, in thousandths.
const OVERHEAD: u64 = 15;

/// What is to be done with the files.
#[derive(Debug)]
pub(in crate::output) enum Step {
    /// Another file begins. The one before still gets its last sound.
    Begin,
    /// Into the file that was begun last, or with `before` into the one before that.
    Write { packet: Packet, pts: ClockTime, before: bool },
    /// The file before has all that belongs to it.
    End,
    /// A moment of the file that was begun last.
    Mark { at: ClockTime, text: String },
}

pub(in crate::output) struct Tape {
    split: Split,
    /// Sound that the picture has not reached yet: only then is it known which file it belongs to.
    held: VecDeque<Packet>,
    /// How far the picture has come, in the show's running time.
    reached: ClockTime,
    sound: Option<Sound>,
    /// Pictures that came while no file could begin.
    passed: u32,
    file: Option<File>,
    before: Option<Before>,
    pause: Option<Pause>,
    /// Whether the next keyframe begins another file.
    splits: bool,
    marks: VecDeque<(ClockTime, String)>,
    /// Picture in the files before.
    earlier: ClockTime,
}

/// The grid that all sound lies on.
#[derive(Clone, Copy)]
struct Sound {
    first: ClockTime,
    last: ClockTime,
    /// Of a block.
    length: ClockTime,
}

impl Sound {
    /// The beginning of the block that sounds at `moment`.
    fn before(self, moment: ClockTime) -> ClockTime {
        let length = self.length.nseconds();
        match moment.checked_sub(self.last) {
            Some(later) => self.last + self.length * (later.nseconds() / length),
            None => self.last.saturating_sub(self.length * (self.last - moment).nseconds().div_ceil(length)),
        }
    }
}

/// The file that is being written.
struct File {
    /// Of its pictures.
    run: u32,
    /// What was recorded without a pause, in order.
    stretches: Vec<Stretch>,
    /// Where picture and sound end, in the file's time.
    picture: ClockTime,
    sound: Option<ClockTime>,
    bytes: u64,
}

#[derive(Clone, Copy)]
struct Stretch {
    /// Its first frame, in the show's running time.
    from: ClockTime,
    /// The show's running time at which this stretch would have the file's time zero.
    zero: ClockTime,
    /// Its end in the file's time, once that is known.
    end: Option<ClockTime>,
}

/// The file before, which waits for its last sound.
struct Before {
    zero: ClockTime,
    until: ClockTime,
}

struct Pause {
    /// In the show's running time.
    from: ClockTime,
    until: Option<ClockTime>,
    /// Whether sound from within the pause has come, so that all before it is there.
    is_silent: bool,
    kept: VecDeque<Packet>,
}

impl File {
    fn new(run: u32, from: ClockTime, zero: ClockTime) -> Self {
        let stretch = Stretch { from, zero, end: None };
        Self { run, stretches: vec![stretch], picture: ClockTime::ZERO, sound: None, bytes: 0 }
    }

    fn zero(&self) -> ClockTime {
        self.stretches.last().map_or(ClockTime::ZERO, |stretch| stretch.zero)
    }

    /// The file's time of a moment. One within a pause is where the pause is.
    fn place(&self, moment: ClockTime) -> ClockTime {
        let stretch = self.stretches.iter().rev().find(|stretch| stretch.from <= moment);
        stretch.map_or(ClockTime::ZERO, |stretch| {
            let place = moment.saturating_sub(stretch.zero);
            place.min(stretch.end.unwrap_or(self.picture))
        })
    }

    /// Whether a file of this size and length is full.
    fn is_full(&self, split: Split) -> bool {
        let by_time =
            split.minutes.is_some_and(|minutes| self.picture >= ClockTime::from_seconds(u64::from(minutes) * 60));
        // A keyframe may take a moment to come: as much as a second brings is left free.
        let seconds = Duration::from(self.picture).as_secs().max(1);
        let size = self.bytes + self.bytes * OVERHEAD / 1_000 + self.bytes / seconds;
        by_time || split.megabytes.is_some_and(|megabytes| size >= u64::from(megabytes) * 1_000_000)
    }
}

impl Tape {
    pub(in crate::output) fn new(split: Split, is_paused: bool) -> Self {
        let mut tape = Self {
            split,
            held: VecDeque::new(),
            reached: ClockTime::ZERO,
            sound: None,
            passed: 0,
            file: None,
            before: None,
            pause: None,
            splits: false,
            marks: VecDeque::new(),
            earlier: ClockTime::ZERO,
        };
        if is_paused {
            tape.pause(ClockTime::ZERO);
        }
        tape
    }

    /// Nothing from `from` on is recorded.
    pub(super) fn pause(&mut self, from: ClockTime) {
        match &mut self.pause {
            Some(pause) => pause.until = None,
            None => self.pause = Some(Pause { from, until: None, is_silent: false, kept: VecDeque::new() }),
        }
    }

    /// The first keyframe from `until` on is recorded again, and what comes after it.
    pub(super) fn resume(&mut self, until: ClockTime) {
        if let Some(pause) = &mut self.pause {
            pause.until = Some(until);
        }
    }

    /// The next keyframe begins another file.
    pub(super) fn split(&mut self) {
        self.splits = self.file.is_some();
    }

    pub(super) fn mark(&mut self, at: ClockTime, text: String) {
        self.marks.push_back((at, text));
    }

    /// Whether it waits for a keyframe.
    pub(super) fn wants_keyframe(&self) -> bool {
        match &self.pause {
            Some(pause) => pause.until.is_some(),
            None => self.splits || self.file.is_none(),
        }
    }

    pub(super) fn is_paused(&self) -> bool {
        self.pause.is_some()
    }

    /// The picture in all files.
    pub(super) fn recorded(&self) -> ClockTime {
        self.earlier + self.file.as_ref().map_or(ClockTime::ZERO, |file| file.picture)
    }

    pub(in crate::output) fn take(&mut self, packet: Packet, steps: &mut Vec<Step>) {
        if packet.kind == Kind::Video {
            self.picture(packet, steps);
        } else {
            let first = self.sound.map_or(packet.pts, |sound| sound.first);
            let length = length(&packet);
            if !length.is_zero() {
                self.sound = Some(Sound { first, last: packet.pts, length });
            }
            self.held.push_back(packet);
        }
        let is_over = |sound: &Packet, reached| sound.pts + length(sound) <= reached;
        while self.held.front().is_some_and(|sound| is_over(sound, self.reached)) || self.held.len() > HELD {
            let Some(sound) = self.held.pop_front() else { break };
            self.place_sound(sound, steps);
        }
    }

    /// What is still to be done when nothing more comes.
    pub(in crate::output) fn finish(&mut self, steps: &mut Vec<Step>) {
        self.place_marks(ClockTime::MAX, steps);
        while let Some(sound) = self.held.pop_front().filter(|sound| sound.pts <= self.reached) {
            self.place_sound(sound, steps);
        }
        if self.before.take().is_some() {
            steps.push(Step::End);
        }
    }

    fn picture(&mut self, packet: Packet, steps: &mut Vec<Step>) {
        let pts = packet.pts;
        self.reached = pts;
        // Before another file may begin: what lies before it belongs to the one that there is.
        self.place_marks(pts, steps);
        let was_paused = self.pause.is_some();
        if self.is_within_pause(&packet) {
            return;
        }
        let is_other = self.file.as_ref().is_some_and(|file| file.run != packet.run);
        // A file that was split off gets all of its sound before the next one is, unless it cannot be helped.
        if self.file.is_none() || (packet.keyframe && (is_other || (self.splits && self.before.is_none()))) {
            let has_sound = self.sound.is_some_and(|sound| sound.first <= pts);
            self.passed += 1;
            if self.file.is_none() && !(packet.keyframe && (has_sound || self.passed > PATIENCE)) {
                return;
            }
            self.begin(packet.run, pts, steps);
            // What was sounded during the pause belongs to no file.
            if was_paused && self.pause.is_none() && self.before.take().is_some() {
                steps.push(Step::End);
            }
        }
        let Some(file) = &mut self.file else { return };
        let Some(place) = pts.checked_sub(file.zero()) else { return };
        let is_first = file.picture.is_zero();
        file.picture = place + length(&packet);
        file.bytes += packet.buffer.size() as u64;
        self.splits |= file.is_full(self.split);
        let place = if is_first { ClockTime::ZERO } else { place };
        steps.push(Step::Write { packet, pts: place, before: false });
    }

    fn place_marks(&mut self, reached: ClockTime, steps: &mut Vec<Step>) {
        let Some(file) = &self.file else { return };
        while self.marks.front().is_some_and(|(at, _)| *at < reached) {
            let Some((at, text)) = self.marks.pop_front() else { break };
            steps.push(Step::Mark { at: file.place(at), text });
        }
    }

    /// Whether a pause swallows this frame. The keyframe that ends the pause is not swallowed.
    fn is_within_pause(&mut self, packet: &Packet) -> bool {
        let pts = packet.pts;
        let Some(pause) = self.pause.as_mut().filter(|pause| pts >= pause.from) else { return false };
        let Some(file) = &mut self.file else {
            let goes_on = pause.until.is_some_and(|until| pts >= until);
            if goes_on {
                self.pause = None;
            }
            return !goes_on;
        };
        let zero = file.zero();
        if let Some(stretch) = file.stretches.last_mut()
            && stretch.end.is_none()
        {
            // The last frame stands until this one would have come.
            file.picture = pts.saturating_sub(zero);
            stretch.end = Some(file.picture);
        }
        let is_closed = pause.is_silent || file.sound.is_none();
        if !(packet.keyframe && is_closed && pause.until.is_some_and(|until| pts >= until)) {
            return true;
        }
        let zero = zero_after(pts, file, self.sound);
        file.stretches.push(Stretch { from: pts, zero, end: None });
        for sound in self.pause.take().map(|pause| pause.kept).into_iter().flatten().rev() {
            self.held.push_front(sound);
        }
        false
    }

    fn begin(&mut self, run: u32, pts: ClockTime, steps: &mut Vec<Step>) {
        let sounding = self.sound.map_or(pts, |sound| sound.before(pts));
        // The block itself, if it is here already: its time is not rounded.
        let here =
            self.held.iter().map(|sound| sound.pts).find(|at| (*at + EXACT >= sounding) && *at < sounding + EXACT);
        let zero = here.unwrap_or(sounding);
        if self.before.take().is_some() {
            steps.push(Step::End);
        }
        if let Some(file) = self.file.replace(File::new(run, pts, zero)) {
            self.earlier += file.picture;
            self.before = Some(Before { zero: file.zero(), until: zero });
        }
        self.passed = 0;
        self.splits = false;
        steps.push(Step::Begin);
    }

    fn place_sound(&mut self, packet: Packet, steps: &mut Vec<Step>) {
        let pts = packet.pts;
        if let Some(before) = &self.before {
            if pts + EXACT < before.until {
                if let Some(pts) = pts.checked_sub(before.zero) {
                    steps.push(Step::Write { packet, pts, before: true });
                }
                return;
            }
            self.before = None;
            steps.push(Step::End);
        }
        if let Some(pause) = self.pause.as_mut().filter(|pause| pts >= pause.from) {
            pause.is_silent = true;
            pause.kept.push_back(packet);
            while pause.kept.front().is_some_and(|kept| kept.pts + KEPT < pts) {
                pause.kept.pop_front();
            }
            return;
        }
        let Some(file) = &mut self.file else { return };
        // Sound from before the first picture, or from within a pause.
        let Some(place) = (pts + EXACT).checked_sub(file.zero()).map(|place| place.saturating_sub(EXACT)) else {
            return;
        };
        let length = length(&packet);
        if file.sound.is_some_and(|end| place + length / 2 < end) {
            return;
        }
        file.sound = Some(place + length);
        file.bytes += packet.buffer.size() as u64;
        steps.push(Step::Write { packet, pts: place, before: false });
    }
}

/// The running time that becomes zero when a file goes on with the keyframe at `pts`: picture and sound are moved by as much,
/// the sound joins its end exactly, and the picture begins where it ended or less than one frame of sound later.
fn zero_after(pts: ClockTime, file: &File, sound: Option<Sound>) -> ClockTime {
    let zero = pts.saturating_sub(file.picture);
    let (Some(end), Some(sound)) = (file.sound, sound) else { return zero };
    sound.before(zero + end).saturating_sub(end)
}

/// How long a packet lasts.
fn length(packet: &Packet) -> ClockTime {
    packet.buffer.duration().unwrap_or(ClockTime::ZERO)
}

#[cfg(test)]
mod tests;
