//! Sources: each runs in a small pipeline of its own, in its own thread, and is started again alone when it fails.
//!
//! A source puts raw frames into its feeds of the programme, in the programme's formats and on the programme's time. It can
//! neither stop the programme nor another source.

mod browser;
mod build;
mod camera;
mod cast;
mod coupling;
mod cropping;
mod desktop;
mod drawn;
mod fitting;
mod lights;
mod look;
mod moving;
mod music;
mod orientation;
mod player;
mod rounds;
mod run;
mod screen;
mod slate;
mod standing;
mod still;
mod stillness;
mod voice;
mod watchdog;
mod window;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use gstreamer as gst;
use klieg_studio_model::{Canvas, Devices, PictureFilter, Source};
use parking_lot::Mutex;
use tokio::sync::watch::Receiver;

use self::run::Run;
use self::stillness::Stillness;
use self::voice::Voice;
pub(crate) use self::watchdog::Watchdog;
use crate::EngineError;
use crate::cast::Grants;
use crate::ending::{GOODBYE, finish, finish_all};
use crate::feed::Outlet;
use crate::format::format_caps;
use crate::report::Reporter;
use crate::sound::SoundInlet;
use crate::timebase::TimeBase;

pub(crate) struct Runner {
    stopping: Arc<AtomicBool>,
    wish: Arc<Mutex<Wish>>,
    jump: Jump,
    /// See [`run::Run::ended`].
    ended: Arc<AtomicBool>,
    voice: Voice,
    thread: Option<JoinHandle<()>>,
}

/// Where a media file shall go on, until it has jumped there.
type Jump = Arc<Mutex<Option<Duration>>>;

/// How a source has to come. It may change while the source runs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wish {
    /// In pixels. A picture that keeps its shape comes as large as it fits into this.
    pub(crate) size: (u32, u32),
    pub(crate) look: Vec<PictureFilter>,
    /// Whether it is a stinger's: what is clear in a video stays clear, and it covers everything, whatever its shape.
    pub(crate) clear: bool,
    /// Whether viewers see or hear it. Means nothing to a source that does not wait for that.
    pub(crate) on_air: bool,
}

impl Wish {
    /// Whether what is behind the source may shine through.
    fn is_translucent(&self, source: &Source) -> bool {
        self.clear || source.is_translucent() || self.look.iter().any(PictureFilter::makes_clear)
    }

    /// Whether the picture comes in its own shape rather than in this size.
    fn keeps_shape(&self, source: &Source) -> bool {
        source.keeps_shape() && !self.clear
    }

    /// The size in which the picture comes. None if that follows from its shape, which shows only when it does.
    fn fixed_size(&self, source: &Source) -> Option<(u32, u32)> {
        let even = (self.size.0.next_multiple_of(2), self.size.1.next_multiple_of(2));
        (!self.keeps_shape(source)).then_some(even)
    }
}

/// Where a source puts what it captures.
pub(crate) struct Ends {
    pub(crate) picture: Arc<Outlet>,
    /// None for a source that has no sound.
    pub(crate) sound: Option<SoundInlet>,
}

/// What a source finds where it runs.
pub(crate) struct Room {
    pub(crate) canvas: Canvas,
    pub(crate) time: TimeBase,
    pub(crate) report: Reporter,
    pub(crate) devices: Receiver<Devices>,
    /// The program that shows web pages.
    pub(crate) pages: Option<PathBuf>,
    /// What the creator allowed to be shown.
    pub(crate) grants: Grants,
}

impl Runner {
    pub(crate) fn start(source: Source, room: Room, ends: Ends, wish: Wish) -> Result<Self, EngineError> {
        Self::start_after(Vec::new(), source, room, ends, wish)
    }

    /// The same as soon as `others` have ended, for which it waits itself: a device is opened by one at a time.
    pub(crate) fn start_after(
        others: Vec<JoinHandle<()>>,
        source: Source,
        room: Room,
        ends: Ends,
        wish: Wish,
    ) -> Result<Self, EngineError> {
        let stopping = Arc::new(AtomicBool::new(false));
        let wish = Arc::new(Mutex::new(wish));
        let jump = Jump::default();
        let name = format!("source {}", source.name());
        let voice = Voice::of(&source, room.report.clone());
        let ended = Arc::new(AtomicBool::new(false));
        let (wished, jumps, says, stops) = (wish.clone(), jump.clone(), voice.clone(), stopping.clone());
        let ends_at = ended.clone();
        let run = Run {
            stillness: Arc::new(Stillness::of(&source)),
            source,
            room,
            ends,
            wish: wished,
            jump: jumps,
            ended: ends_at,
            voice: says,
            stopping: stops,
            present: Arc::default(),
            refuses: AtomicBool::default(),
            lacks: Mutex::default(),
        };
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            finish_all(others, GOODBYE);
            if !run.stopping.load(Ordering::Relaxed) {
                run.forever();
            }
        })?;
        Ok(Self { stopping, wish, jump, ended, voice, thread: Some(thread) })
    }

    /// Asks for it in another way. A source that cannot change while it runs starts again, which a device does not.
    pub(crate) fn set(&self, wish: Wish) {
        let mut known = self.wish.lock();
        if *known != wish {
            *known = wish;
            if let Some(thread) = &self.thread {
                thread.thread().unpark();
            }
        }
    }

    /// Lets a media file go on from another place as soon as it plays. False if it has ended: it has to be started again.
    pub(crate) fn seek(&self, to: Duration) -> bool {
        let mut jump = self.jump.lock();
        let ended = self.ended.load(Ordering::Relaxed);
        if !ended {
            *jump = Some(to);
        }
        !ended
    }

    /// Whether it is a media file that has played to its end.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }

    /// Lets it go on under another name.
    pub(crate) fn rename(&self, name: &str) {
        self.voice.rename(name);
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn ask_to_stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }

    /// Asks it to stop, without waiting, and hands over what is to be waited for. Nothing of it is left then.
    pub(crate) fn retire(&mut self) -> Option<JoinHandle<()>> {
        self.ask_to_stop();
        self.thread.take()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.ask_to_stop();
        if let Some(thread) = self.thread.take() {
            finish(thread);
        }
    }
}

/// The caps of a picture as it is wished, of any size.
fn picture(source: &Source, canvas: Canvas, wish: &Wish) -> gst::Caps {
    format_caps(wish.is_translucent(source), canvas.fps)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use klieg_studio_model::{Colour, Event, Plain, SourceState};

    use super::*;

    #[test]
    fn a_source_starts_when_what_had_its_device_has_ended_and_nobody_waits_for_that() {
        gst::init().unwrap();
        let has_ended = Arc::new(AtomicBool::new(false));
        let (let_go, asked) = channel::<()>();
        let (sender, events) = channel();
        let (ends, seen) = (has_ended.clone(), has_ended.clone());
        let device = std::thread::spawn(move || {
            asked.recv().unwrap();
            // As long as a device may take to close.
            std::thread::sleep(Duration::from_millis(200));
            ends.store(true, Ordering::SeqCst);
        });
        let report = Reporter::new(Arc::new(move |event| {
            if let Event::Source { state, .. } = event {
                let _ = sender.send((state, seen.load(Ordering::SeqCst)));
            }
        }));
        let room = || Room {
            canvas: Canvas::default(),
            time: TimeBase::start(),
            report: report.clone(),
            devices: tokio::sync::watch::channel(Devices::default()).1,
            pages: None,
            grants: Grants::default(),
        };
        let source = Source::Colour(Plain { name: "ground".to_owned(), colour: Colour::WHITE });
        let ends = || Ends { picture: Arc::default(), sound: None };
        let wish = Wish { size: (64, 36), look: Vec::new(), clear: false, on_air: false };
        let mut second = Runner::start_after(vec![device], source.clone(), room(), ends(), wish.clone()).unwrap();
        // It is replaced while it waits, and says nothing then.
        let others = second.retire().into_iter().collect();
        let third = Runner::start_after(others, source, room(), ends(), wish).unwrap();
        let_go.send(()).unwrap();
        let told = std::iter::from_fn(|| events.recv_timeout(Duration::from_secs(40)).ok());
        let told: Vec<_> = told.take(2).collect();
        assert_eq!(told, [(SourceState::Starting, true), (SourceState::Live, true)]);
        drop(third);
    }
}
