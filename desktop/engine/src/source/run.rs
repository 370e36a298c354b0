//! The life of a source: built, watched, and built again when it has failed, with a slate in its place meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Event, Source, SourceState};
use parking_lot::Mutex;

use super::coupling::couple;
use super::cropping::{Cropping, are_cut_alike, crops};
use super::desktop::Follower;
use super::player::{Player, SHORTEST};
use super::standing::Standing;
use super::stillness::Stillness;
use super::watchdog::Watchdog;
use super::{Ends, Jump, Room, Voice, Wish, build, camera, look, screen, slate, window};
use crate::cast::{Casting, Refusal};
use crate::element::{said, stop};

/// Between two starts of a source that fails: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Between two looks whether what was lost is back.
const GLANCE: Duration = Duration::from_millis(250);
/// A source that ran this long is trusted again.
const TRUSTED: Duration = Duration::from_secs(10);

/// What of a pipeline's messages matters.
const HEARD: [gst::MessageType; 4] =
    [gst::MessageType::Error, gst::MessageType::Eos, gst::MessageType::AsyncDone, gst::MessageType::SegmentDone];

/// How many frames an attempt has sent.
type Frames = Arc<AtomicU64>;

/// A pipeline that runs until this is dropped.
struct Playing(build::Built);

impl Drop for Playing {
    fn drop(&mut self) {
        stop(&self.0.pipeline);
        // Its frames have come to an end.
        drop(self.0.helper.take());
    }
}

/// How a run of a source ended.
enum End {
    Asked,
    /// It has to be built anew for what is wished now.
    Changed,
    /// The end of what it plays.
    Finished,
    Failed(String),
    /// The creator shows nothing.
    Declined,
}

pub(super) struct Run {
    pub(super) source: Source,
    pub(super) room: Room,
    pub(super) ends: Ends,
    pub(super) wish: Arc<Mutex<Wish>>,
    pub(super) jump: Jump,
    /// It has played to its end and looks at no jump any more. Set while `jump` is locked.
    pub(super) ended: Arc<AtomicBool>,
    pub(super) voice: Voice,
    pub(super) stopping: Arc<AtomicBool>,
    /// Of the attempt that runs. Each has its own, so that what a pipeline sends late, which hung when it was stopped, goes nowhere.
    pub(super) present: Arc<Mutex<Frames>>,
    /// It is a file that cannot be repeated without a gap.
    pub(super) refuses: AtomicBool,
    pub(super) stillness: Arc<Stillness>,
    /// Why some of its filters do nothing, as told last.
    pub(super) lacks: Mutex<Option<Vec<String>>>,
}

impl Run {
    pub(super) fn forever(&self) {
        let repeats = !matches!(&self.source, Source::File(file) if !file.repeat);
        let mut pause = FIRST_PAUSE;
        // The slate stands until a frame comes, however many attempts that takes.
        let (mut cast, mut slate) = (None, None);
        self.voice.say(SourceState::Starting);
        loop {
            let started = Instant::now();
            let (end, ran) = self.once(&mut cast, &mut slate);
            if let End::Failed(reason) = &end {
                slate = self.lost(reason);
            }
            // Only now: a pipeline that hangs takes its time to stop.
            drop(ran);
            match end {
                End::Asked => return,
                End::Changed => {}
                End::Finished if repeats => self.wait(SHORTEST.saturating_sub(started.elapsed())),
                End::Finished => {
                    let jump = self.jump.lock();
                    // A jump that came in the last moment is no jump into nothing.
                    if jump.is_none() {
                        self.ended.store(true, Ordering::Relaxed);
                        drop(jump);
                        return self.voice.say(SourceState::Ended);
                    }
                }
                End::Declined => {
                    drop(slate);
                    self.voice.say(SourceState::Declined);
                    return self.rest_until_asked();
                }
                End::Failed(_) => {
                    cast = None;
                    if started.elapsed() > TRUSTED {
                        pause = FIRST_PAUSE;
                    }
                    pause = if self.rest(pause) { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
                }
            }
            if self.stopping.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// Says why it is away, and puts a slate in its place.
    fn lost(&self, reason: &str) -> Option<Playing> {
        let is_out = self.room.devices.borrow().has(&self.source) == Some(false);
        let reason = if is_out { "it is not plugged in" } else { reason };
        self.voice.say(SourceState::Restarting { reason: reason.to_owned() });
        self.slate()
    }

    /// Its first frame is there: what stood in its place goes.
    fn arrived(&self, built: &build::Built, slate: &mut Option<Playing>) {
        let pipeline = &built.pipeline;
        self.voice.say_shape(built.fitting.as_ref(), Instant::now());
        if let Source::File(_) = self.source {
            // What a file does not have has been taken out.
            self.voice.say_sound(pipeline.by_name("sound").is_some());
        }
        if let (Source::Camera(_), Some(text)) = (&self.source, camera::slowness(pipeline, &self.voice.name())) {
            self.room.report.say(Event::Warning { text });
        }
        self.voice.say(SourceState::Live);
        *slate = None;
    }

    /// It has played to its end, if there was anything in it.
    fn finished(&self, built: &build::Built, frames: &Frames, told: bool, slate: &mut Option<Playing>) -> End {
        if frames.load(Ordering::Relaxed) == 0 {
            return End::Failed("there is nothing in it to play".to_owned());
        }
        if !told {
            self.arrived(built, slate);
        }
        End::Finished
    }

    fn wait(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.stopping.load(Ordering::Relaxed)
            && let Some(left) = until.checked_duration_since(Instant::now())
        {
            std::thread::park_timeout(left);
        }
    }

    /// Waits before the next attempt. Ends early, with true, when what was away is back.
    fn rest(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let mut was_there = self.is_there();
        while !self.stopping.load(Ordering::Relaxed)
            && let Some(left) = until.checked_duration_since(Instant::now())
        {
            std::thread::park_timeout(left.min(GLANCE));
            let is_there = self.is_there();
            if is_there && !was_there {
                return true;
            }
            was_there = is_there;
        }
        false
    }

    /// Waits for its end, with a slate in the source's place.
    fn rest_until_asked(&self) {
        let _slate = self.slate();
        while !self.stopping.load(Ordering::Relaxed) {
            std::thread::park_timeout(GLANCE);
        }
    }

    /// What the creator shows, asked for if it is not known. None of a source that needs no asking.
    fn cast(&self) -> Result<Option<Casting>, End> {
        let Source::ScreenCast(wanted) = &self.source else { return Ok(None) };
        let waits = || !self.stopping.load(Ordering::Relaxed);
        let asked = Casting::ask(wanted, &self.room.grants, &waits, &|| self.voice.say(SourceState::Asking));
        asked.map(Some).map_err(|refusal| match refusal {
            Refusal::Declined => End::Declined,
            Refusal::Abandoned => End::Asked,
            Refusal::Trouble(reason) => End::Failed(reason),
        })
    }

    /// Whether what it captures is there. True of a source of which that cannot be told: time will tell.
    fn is_there(&self) -> bool {
        match &self.source {
            Source::Window(window) => window::is_there(window),
            Source::Screen(screen) => screen::is_there(screen),
            source => self.room.devices.borrow().has(source) != Some(false),
        }
    }

    /// What stands in its place while it sends nothing itself. None for a source that has no picture.
    fn slate(&self) -> Option<Playing> {
        if !self.source.has_picture() {
            return None;
        }
        let built = slate::build(&self.source, &self.voice.name(), self.room.canvas, &self.wish.lock()).ok()?;
        self.room.time.lend_clock(&built.pipeline);
        let (outlet, present) = (self.ends.picture.clone(), self.present.clone());
        let is_due = move || present.lock().load(Ordering::Relaxed) == 0;
        couple(&self.room.time, &built.pipeline, built.picture.as_ref()?, is_due, move |sample, buffer| {
            if let Some(caps) = sample.caps() {
                outlet.push(caps, &buffer);
            }
        });
        built.pipeline.set_state(gst::State::Playing).ok()?;
        Some(Playing(built))
    }

    /// Tells which of its filters do nothing, if that is news.
    fn say_lacks(&self, built: &build::Built, own: &look::Own, wish: &Wish) {
        let size = wish.fixed_size(&self.source).or_else(|| built.fitting.as_ref()?.size());
        if crops(&wish.look) && size.is_none() {
            return;
        }
        let of_crops = size.map(|size| Cropping::of(&wish.look, size).problems());
        let problems: Vec<_> = own.problems().into_iter().chain(of_crops.unwrap_or_default()).collect();
        let mut told = self.lacks.lock();
        // A source of this name that ran before may have lacked something.
        let may_lack = || wish.look.iter().any(|filter| filter.subject().is_some());
        if told.as_ref().map_or_else(may_lack, |told| *told != problems) {
            *told = Some(problems.clone());
            self.room.report.say(Event::Look { name: self.voice.name(), problems });
        }
    }

    /// One attempt: how it ended, and what is still to be stopped of it.
    fn once(&self, cast: &mut Option<Casting>, slate: &mut Option<Playing>) -> (End, Option<Playing>) {
        if cast.is_none() {
            match self.cast() {
                Ok(asked) => *cast = asked,
                Err(end) => return (end, None),
            }
        }
        let wish = self.wish.lock().clone();
        let built = match build::build(&self.source, &self.room, &wish, cast.as_ref()) {
            Ok(built) => built,
            Err(error) => return (End::Failed(error.to_string()), None),
        };
        let pipeline = &built.pipeline;
        self.room.time.lend_clock(pipeline);
        let frames = Frames::default();
        self.present.lock().clone_from(&frames);
        if let Some(sink) = &built.picture {
            let (outlet, stillness) = (self.ends.picture.clone(), self.stillness.clone());
            couple(&self.room.time, pipeline, sink, self.counted(&frames), move |sample, buffer| {
                if let Some(caps) = sample.caps() {
                    stillness.frame(caps, &buffer, Instant::now());
                    outlet.push(caps, &buffer);
                }
            });
        }
        if let (Some(sink), Some(inlet)) = (&built.sound, &self.ends.sound) {
            let inlet = inlet.clone();
            couple(&self.room.time, pipeline, sink, self.counted(&frames), move |_, buffer| inlet.push(&buffer));
        }
        let own = look::Own::start(pipeline, &wish);
        let end = self.watch(&built, &own, &frames, slate, wish, cast.as_mut());
        *self.present.lock() = Frames::default();
        (end, Some(Playing(built)))
    }

    /// Counts a frame of an attempt. False if it is not the present one.
    fn counted(&self, frames: &Frames) -> impl Fn() -> bool + Send + use<> {
        let (present, own) = (self.present.clone(), frames.clone());
        move || {
            let is_present = Arc::ptr_eq(&present.lock(), &own);
            if is_present {
                own.fetch_add(1, Ordering::Relaxed);
            }
            is_present
        }
    }

    /// Makes a running pipeline fit a wish, if it can.
    fn adapt(&self, built: &build::Built, own: &look::Own, now: &Wish, wish: &Wish) -> bool {
        if now.is_translucent(&self.source) != wish.is_translucent(&self.source)
            || !look::adapt(&built.pipeline, own, now, wish)
        {
            return false;
        }
        let is_cut_alike = now.size == wish.size && are_cut_alike(&now.look, &wish.look);
        is_cut_alike || built.picture.is_none() || built.resize(&self.source, self.room.canvas, wish)
    }

    fn watch(
        &self,
        built: &build::Built,
        own: &look::Own,
        frames: &Frames,
        slate: &mut Option<Playing>,
        mut wish: Wish,
        mut cast: Option<&mut Casting>,
    ) -> End {
        let pipeline = &built.pipeline;
        let Some(bus) = pipeline.bus() else { return End::Failed("its pipeline has no bus".to_owned()) };
        let mut player = Player::of(&self.source, &self.refuses, pipeline);
        let refused = pipeline.set_state(player.as_ref().map_or(gst::State::Playing, Player::first_state)).is_err();
        let (mut told, mut plugged_in, mut standing) = (false, false, Standing::default());
        let mut watchdog = Watchdog::of(&self.source, Instant::now());
        let mut monitor = screen::Monitor::of(&self.source, built);
        let mut follower = Follower::of(&self.source, built);
        while !self.stopping.load(Ordering::Relaxed) {
            let came = frames.load(Ordering::Relaxed);
            if !told && came > 0 {
                told = true;
                self.arrived(built, slate);
            }
            self.voice.say_shape(built.fitting.as_ref(), Instant::now());
            self.say_lacks(built, own, &wish);
            self.stillness.tell(&self.voice.name(), &self.room.report);
            if let Some(reason) = watchdog.as_mut().and_then(|watchdog| watchdog.look(came, Instant::now())) {
                return End::Failed(reason.to_owned());
            }
            let wished = self.wish.lock().clone();
            if wished != wish {
                if !self.adapt(built, own, &wish, &wished) {
                    return End::Changed;
                }
                if let Some(player) = player.as_ref().filter(|_| (wished.size, &wished.look) != (wish.size, &wish.look))
                {
                    player.renew();
                }
                wish = wished;
            }
            if player.as_mut().is_some_and(|player| !player.cue(wish.on_air)) {
                return End::Changed;
            }
            if player.as_mut().is_some_and(|player| !player.go_back(Instant::now())) {
                return self.finished(built, frames, told, slate);
            }
            if player.as_ref().is_some_and(Player::waits) {
                standing.show(&self.ends.picture, &self.room.time);
            }
            if let Some(player) = player.as_mut().filter(|player| told && player.is_loaded()) {
                // Who asks for the next one does not wait for this one to arrive.
                let jump = self.jump.lock().take();
                if let Some(to) = jump {
                    player.seek(to);
                }
                if let Some(at) = player.news() {
                    self.room.report.say(Event::Playing { name: self.voice.name(), at });
                }
            }
            if monitor.as_mut().is_some_and(|monitor| monitor.has_moved(&self.room.devices)) {
                return End::Changed;
            }
            if follower.as_mut().filter(|_| told).is_some_and(Follower::has_moved) {
                return End::Changed;
            }
            if cast.as_mut().is_some_and(|cast| cast.has_ended()) {
                return End::Declined;
            }
            // A sound server may go on with another device meanwhile, which nobody chose.
            match self.room.devices.borrow().has(&self.source) {
                Some(false) if plugged_in => return End::Failed("it is not plugged in".to_owned()),
                listed => plugged_in |= listed == Some(true),
            }
            let wait = gst::ClockTime::from_mseconds(50);
            let message = bus.timed_pop_filtered(wait, &HEARD);
            match message.as_ref().map(|message| message.view()) {
                Some(gst::MessageView::Error(error)) => return End::Failed(said(error)),
                Some(gst::MessageView::AsyncDone(_))
                    if player.as_mut().is_some_and(Player::load) && standing.take(built) =>
                {
                    standing.show(&self.ends.picture, &self.room.time);
                    frames.fetch_add(1, Ordering::Relaxed);
                }
                Some(gst::MessageView::SegmentDone(_))
                    if player.as_mut().is_some_and(|player| player.turn(came, Instant::now())) => {}
                Some(gst::MessageView::Eos(_) | gst::MessageView::SegmentDone(_)) => {
                    return self.finished(built, frames, told, slate);
                }
                _ if refused => return End::Failed("it does not start".to_owned()),
                _ => {}
            }
        }
        End::Asked
    }
}
