//! Sources: each runs in a small pipeline of its own, in its own thread, and is started again alone when it fails.
//!
//! A source puts raw frames into its feeds of the programme, in the programme's formats and on the programme's time. It can
//! neither stop the programme nor another source.

mod build;
mod drawn;
mod lights;
mod music;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::{Canvas, Event, Source, SourceState};

use crate::element::{said, stop};
use crate::program::{Feed, Feeds};
use crate::report::Reporter;
use crate::timebase::TimeBase;
use crate::{EngineError, program};

/// Between two starts of a source that fails: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// A source that ran this long is trusted again.
const TRUSTED: Duration = Duration::from_secs(10);

pub(crate) struct Runner {
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// How a run of a source ended.
enum End {
    Asked,
    /// The end of what it plays.
    Finished,
    Failed(String),
}

struct Run {
    source: Source,
    canvas: Canvas,
    feeds: Feeds,
    time: TimeBase,
    report: Reporter,
    stopping: Arc<AtomicBool>,
}

impl Runner {
    pub(crate) fn start(
        source: Source,
        canvas: Canvas,
        feeds: Feeds,
        time: TimeBase,
        report: Reporter,
    ) -> Result<Self, EngineError> {
        let stopping = Arc::new(AtomicBool::new(false));
        let name = format!("source {}", source.name());
        let run = Run { source, canvas, feeds, time, report, stopping: stopping.clone() };
        let thread = std::thread::Builder::new().name(name).spawn(move || run.forever())?;
        Ok(Self { stopping, thread: Some(thread) })
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
                End::Finished if repeats => {}
                End::Finished => return self.say(SourceState::Ended),
                End::Failed(reason) => {
                    if started.elapsed() > TRUSTED {
                        pause = FIRST_PAUSE;
                    }
                    self.say(SourceState::Restarting { reason });
                    self.rest(pause);
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            if self.stopping.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    fn rest(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while !self.stopping.load(Ordering::Relaxed) {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return };
            std::thread::park_timeout(left);
        }
    }

    fn say(&self, state: SourceState) {
        self.report.say(Event::Source { name: self.source.name().to_owned(), state });
    }

    fn once(&self) -> End {
        let built = match build::build(&self.source, self.canvas, self.feeds.size) {
            Ok(built) => built,
            Err(error) => return End::Failed(error.to_string()),
        };
        let pipeline = &built.pipeline;
        self.time.lend_clock(pipeline);
        let live = Arc::new(AtomicBool::new(false));
        for (sink, feeds, picture) in
            [(&built.picture, &self.feeds.picture, true), (&built.sound, &self.feeds.sound, false)]
        {
            if let Some(sink) = sink {
                self.couple(pipeline, sink, feeds, picture, &live);
            }
        }
        let end = self.watch(pipeline, &live);
        stop(pipeline);
        end
    }

    /// Puts what comes out of `sink` into `feeds`.
    fn couple(
        &self,
        pipeline: &gst::Pipeline,
        sink: &gst_app::AppSink,
        feeds: &[Feed],
        picture: bool,
        live: &Arc<AtomicBool>,
    ) {
        let (feeds, time, live, owner) = (feeds.to_vec(), self.time.clone(), live.clone(), pipeline.downgrade());
        let mut known: Option<gst::Caps> = None;
        let mut take = move |sink: &gst_app::AppSink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            let base = owner.upgrade().and_then(|pipeline| pipeline.base_time()).ok_or(gst::FlowError::Eos)?;
            let Some(mut buffer) = sample.buffer_owned() else { return Ok(gst::FlowSuccess::Ok) };
            let segment = sample.segment().and_then(|segment| segment.downcast_ref::<gst::ClockTime>());
            let Some(running) = segment.zip(buffer.pts()).and_then(|(segment, pts)| segment.to_running_time(pts))
            else {
                return Ok(gst::FlowSuccess::Ok);
            };
            if picture && known.as_ref().map(gst::Caps::as_ref) != sample.caps() {
                known = sample.caps_owned();
                if let Some(caps) = &known {
                    for feed in &feeds {
                        feed.set_caps(caps);
                    }
                }
            }
            // Only the time stamps are copied; the frame itself is shared.
            let stamped = buffer.make_mut();
            stamped.set_pts(time.translate(running, base));
            stamped.set_dts(gst::ClockTime::NONE);
            live.store(true, Ordering::Relaxed);
            for feed in &feeds {
                feed.push(buffer.clone());
            }
            Ok(gst::FlowSuccess::Ok)
        };
        sink.set_callbacks(gst_app::AppSinkCallbacks::builder().new_sample(move |sink| take(sink)).build());
    }

    fn watch(&self, pipeline: &gst::Pipeline, live: &AtomicBool) -> End {
        let Some(bus) = pipeline.bus() else { return End::Failed("its pipeline has no bus".to_owned()) };
        let refused = pipeline.set_state(gst::State::Playing).is_err();
        let mut told = false;
        while !self.stopping.load(Ordering::Relaxed) {
            if !told && live.load(Ordering::Relaxed) {
                told = true;
                self.say(SourceState::Live);
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

/// The caps of a picture that fills `size`.
fn picture(source: &Source, canvas: Canvas, (width, height): (u32, u32)) -> String {
    let (width, height) = (width.next_multiple_of(2), height.next_multiple_of(2));
    program::picture_caps(source.is_translucent(), width, height, canvas.fps).to_string()
}
