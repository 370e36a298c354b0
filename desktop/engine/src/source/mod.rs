//! Sources: each runs in a small pipeline of its own, in its own thread, and is started again alone when it fails.
//!
//! A source puts raw frames into its feeds of the programme, in the programme's formats and on the programme's time. It can
//! neither stop the programme nor another source.

mod browser;
mod build;
mod drawn;
mod lights;
mod look;
mod music;
mod slate;
mod window;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, Devices, Event, PictureFilter, Source, SourceState};
use parking_lot::Mutex;
use tokio::sync::watch::Receiver;

use crate::EngineError;
use crate::element::{said, stop};
use crate::feed::Outlet;
use crate::format::picture_caps;
use crate::report::Reporter;
use crate::sound::SoundInlet;
use crate::timebase::TimeBase;

/// Between two starts of a source that fails: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Between two looks whether what was lost is back.
const GLANCE: Duration = Duration::from_millis(250);
/// A source that ran this long is trusted again.
const TRUSTED: Duration = Duration::from_secs(10);

pub(crate) struct Runner {
    stopping: Arc<AtomicBool>,
    wish: Arc<Mutex<Wish>>,
    thread: Option<JoinHandle<()>>,
}

/// How a source's picture has to come. It may change while the source runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    /// In pixels.
    pub(crate) size: (u32, u32),
    pub(crate) look: Vec<PictureFilter>,
    /// Whether what is clear in a video stays clear.
    pub(crate) clear: bool,
}

impl Wish {
    /// Whether what is behind the source may shine through.
    fn is_translucent(&self, source: &Source) -> bool {
        self.clear || source.is_translucent() || self.look.iter().any(PictureFilter::makes_clear)
    }
}

/// Where a source puts what it captures.
pub(crate) struct Ends {
    pub(crate) picture: Arc<Outlet>,
    /// None for a source that has no sound.
    pub(crate) sound: Option<SoundInlet>,
}

/// How a run of a source ended.
enum End {
    Asked,
    /// It has to be built anew for what is wished now.
    Changed,
    /// The end of what it plays.
    Finished,
    Failed(String),
}

/// What a source finds where it runs.
pub(crate) struct Room {
    pub(crate) canvas: Canvas,
    pub(crate) time: TimeBase,
    pub(crate) report: Reporter,
    pub(crate) devices: Receiver<Devices>,
    /// The program that shows web pages.
    pub(crate) pages: Option<PathBuf>,
}

struct Run {
    source: Source,
    room: Room,
    ends: Ends,
    wish: Arc<Mutex<Wish>>,
    stopping: Arc<AtomicBool>,
}

impl Runner {
    pub(crate) fn start(source: Source, room: Room, ends: Ends, wish: Wish) -> Result<Self, EngineError> {
        let stopping = Arc::new(AtomicBool::new(false));
        let wish = Arc::new(Mutex::new(wish));
        let name = format!("source {}", source.name());
        let run = Run { source, room, ends, wish: wish.clone(), stopping: stopping.clone() };
        let thread = std::thread::Builder::new().name(name).spawn(move || run.forever())?;
        Ok(Self { stopping, wish, thread: Some(thread) })
    }

    /// Asks for the picture in another way. A source that cannot change while it runs starts again, which a device does not.
    pub(crate) fn set(&self, wish: Wish) {
        let mut known = self.wish.lock();
        if *known != wish {
            *known = wish;
            if let Some(thread) = &self.thread {
                thread.thread().unpark();
            }
        }
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn ask_to_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

impl Run {
    fn forever(&self) {
        let repeats = !matches!(&self.source, Source::File(file) if !file.repeat);
        let mut pause = FIRST_PAUSE;
        self.say(SourceState::Starting);
        loop {
            let started = Instant::now();
            match self.once() {
                End::Asked => return,
                End::Changed => {}
                End::Finished if repeats => {}
                End::Finished => return self.say(SourceState::Ended),
                End::Failed(reason) => {
                    if started.elapsed() > TRUSTED {
                        pause = FIRST_PAUSE;
                    }
                    let is_out = self.room.devices.borrow().has(&self.source) == Some(false);
                    let reason = if is_out { "it is not plugged in".to_owned() } else { reason };
                    self.say(SourceState::Restarting { reason });
                    pause = if self.rest(pause) { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
                }
            }
            if self.stopping.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    /// Waits before the next attempt, with a slate in the source's place. Ends early, with true, when what was away is back.
    fn rest(&self, pause: Duration) -> bool {
        let slate = if self.source.has_picture() { self.slate() } else { None };
        let until = Instant::now() + pause;
        let (mut was_there, mut is_back) = (self.is_there(), false);
        while !self.stopping.load(Ordering::Relaxed)
            && let Some(left) = until.checked_duration_since(Instant::now())
        {
            std::thread::park_timeout(left.min(GLANCE));
            let is_there = self.is_there();
            if is_there && !was_there {
                is_back = true;
                break;
            }
            was_there = is_there;
        }
        if let Some(built) = slate {
            stop(&built.pipeline);
        }
        is_back
    }

    /// Whether what it captures is there. True of a source of which that cannot be told: time will tell.
    fn is_there(&self) -> bool {
        match &self.source {
            Source::Window(window) => window::is_there(window),
            source => self.room.devices.borrow().has(source) != Some(false),
        }
    }

    fn slate(&self) -> Option<build::Built> {
        let built = slate::build(&self.source, self.room.canvas, &self.wish.lock()).ok()?;
        self.room.time.lend_clock(&built.pipeline);
        let outlet = self.ends.picture.clone();
        self.couple(&built.pipeline, built.picture.as_ref()?, &Arc::default(), move |sample, buffer| {
            if let Some(caps) = sample.caps() {
                outlet.push(caps, &buffer);
            }
        });
        built.pipeline.set_state(gst::State::Playing).ok()?;
        Some(built)
    }

    fn say(&self, state: SourceState) {
        self.room.report.say(Event::Source { name: self.source.name().to_owned(), state });
    }

    /// Tells which of its filters do nothing.
    fn say_of(&self, own: &look::Own) {
        if let Some(problems) = own.problems() {
            self.room.report.say(Event::Look { name: self.source.name().to_owned(), problems });
        }
    }

    fn once(&self) -> End {
        let wish = self.wish.lock().clone();
        let built = match build::build(&self.source, &self.room, &wish) {
            Ok(built) => built,
            Err(error) => return End::Failed(error.to_string()),
        };
        let pipeline = &built.pipeline;
        self.room.time.lend_clock(pipeline);
        let live = Arc::new(AtomicBool::new(false));
        if let Some(sink) = &built.picture {
            let outlet = self.ends.picture.clone();
            self.couple(pipeline, sink, &live, move |sample, buffer| {
                if let Some(caps) = sample.caps() {
                    outlet.push(caps, &buffer);
                }
            });
        }
        if let (Some(sink), Some(inlet)) = (&built.sound, &self.ends.sound) {
            let inlet = inlet.clone();
            self.couple(pipeline, sink, &live, move |_, buffer| inlet.push(&buffer));
        }
        let own = look::Own::start(pipeline, &wish);
        self.say_of(&own);
        let end = self.watch(&built, &own, &live, wish);
        stop(pipeline);
        drop(built.helper);
        end
    }

    /// Hands what comes out of `sink` to `take`, on the show's time.
    fn couple(
        &self,
        pipeline: &gst::Pipeline,
        sink: &gst_app::AppSink,
        live: &Arc<AtomicBool>,
        take: impl Fn(&gst::Sample, gst::Buffer) + Send + 'static,
    ) {
        let (time, live, owner) = (self.room.time.clone(), live.clone(), pipeline.downgrade());
        let pull = move |sink: &gst_app::AppSink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            let base = owner.upgrade().and_then(|pipeline| pipeline.base_time()).ok_or(gst::FlowError::Eos)?;
            let Some(mut buffer) = sample.buffer_owned() else { return Ok(gst::FlowSuccess::Ok) };
            let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
            let Some(running) = segment.zip(buffer.pts()).and_then(|(segment, pts)| segment.to_running_time(pts))
            else {
                return Ok(gst::FlowSuccess::Ok);
            };
            // Only the time stamps are copied; the frame itself is shared.
            let stamped = buffer.make_mut();
            stamped.set_pts(time.translate(running, base));
            stamped.set_dts(gst::ClockTime::NONE);
            live.store(true, Ordering::Relaxed);
            take(&sample, buffer);
            Ok(gst::FlowSuccess::Ok)
        };
        sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(pull).build());
    }

    /// Makes a running pipeline fit a wish, if it can.
    fn adapt(&self, built: &build::Built, own: &look::Own, now: &Wish, wish: &Wish) -> bool {
        if now.is_translucent(&self.source) != wish.is_translucent(&self.source)
            || !look::adapt(&built.pipeline, own, now, wish)
        {
            return false;
        }
        if now.size == wish.size || built.picture.is_none() {
            return true;
        }
        let Some(filter) = &built.size else { return false };
        if let (Source::Browser(page), Some(fitted)) = (&self.source, built.pipeline.by_name("fitted")) {
            fitted.set_property("caps", browser::fitted_caps(page, wish));
        }
        filter.set_property("caps", look::size_caps(&self.source, self.room.canvas, wish));
        true
    }

    fn watch(&self, built: &build::Built, own: &look::Own, live: &AtomicBool, mut wish: Wish) -> End {
        let pipeline = &built.pipeline;
        let Some(bus) = pipeline.bus() else { return End::Failed("its pipeline has no bus".to_owned()) };
        let refused = pipeline.set_state(gst::State::Playing).is_err();
        let (mut told, mut plugged_in) = (false, false);
        while !self.stopping.load(Ordering::Relaxed) {
            if !told && live.load(Ordering::Relaxed) {
                told = true;
                self.say(SourceState::Live);
            }
            let wished = self.wish.lock().clone();
            if wished != wish {
                if !self.adapt(built, own, &wish, &wished) {
                    return End::Changed;
                }
                if wished.look != wish.look {
                    self.say_of(own);
                }
                wish = wished;
            }
            // A sound server may go on with another device meanwhile, which nobody chose.
            match self.room.devices.borrow().has(&self.source) {
                Some(false) if plugged_in => return End::Failed("it is not plugged in".to_owned()),
                listed => plugged_in |= listed == Some(true),
            }
            let wait = gst::ClockTime::from_mseconds(50);
            let message = bus.timed_pop_filtered(wait, &[gst::MessageType::Error, gst::MessageType::Eos]);
            match message.as_ref().map(|message| message.view()) {
                Some(gst::MessageView::Error(error)) => return End::Failed(said(error)),
                Some(gst::MessageView::Eos(_)) => return End::Finished,
                _ if refused => return End::Failed("it does not start".to_owned()),
                _ => {}
            }
        }
        End::Asked
    }
}

/// The caps of a picture as it is wished.
fn picture(source: &Source, canvas: Canvas, wish: &Wish) -> gst::Caps {
    let (width, height) = (wish.size.0.next_multiple_of(2), wish.size.1.next_multiple_of(2));
    picture_caps(wish.is_translucent(source), width, height, canvas.fps)
}
