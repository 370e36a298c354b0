//! The stage: sources, programme and mixer of a collection, on for as long as the studio is open, while outputs come and go.
//!
//! It is told what should be (a collection, a scene on air, outputs) and makes what runs match it: what has not changed is not
//! touched, what can change while it runs does, and only what cannot is replaced, scenes by a second deck that takes over
//! when it is ready. A thread of its own watches: it lets new decks take over, ends those that are done, and reports.

mod congestion;
mod cue;
mod encodes;
mod headphones;
mod outputs;
mod scenes;
mod sources;
mod standstill;
mod stinger;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use klieg_studio_model::{
    AudioSettings, Canvas, Collection, Devices, Meters, Output, OutputState, Source, Transition, VideoSettings,
};
use parking_lot::Mutex;
use tokio::sync::watch::Receiver;

use self::headphones::Headphones;
use self::outputs::Outputs;
use self::scenes::Scenes;
use self::sources::Sources;
use crate::EngineError;
use crate::cast::Grants;
use crate::encode::Prober;
use crate::ending::{GOODBYE, finish_all};
use crate::feed::Taking;
use crate::glance::Glance;
use crate::output::Control;
use crate::report::{EventSink, Reporter};
use crate::sound::Mixer;
use crate::source::Room;
use crate::switcher::Switcher;
use crate::timebase::TimeBase;
use crate::view::{Jpeg, Viewfinder};

/// Something that takes seconds, and with a driver that hangs many.
pub type Trial = Box<dyn FnOnce() + Send>;

/// How a stage is run.
#[derive(Clone)]
pub struct Options {
    pub events: EventSink,
    pub prober: Prober,
    /// What is plugged in: a source whose device was unplugged starts again when it is back.
    pub devices: Receiver<Devices>,
    /// The `klieg-engine` program, which shows web pages in a process of its own.
    pub pages: Option<PathBuf>,
    /// What the creator allowed to be shown; asked again if it is not known.
    pub grants: Grants,
    /// The output on which the creator hears what is monitored; the system's if none.
    pub monitor_output: Option<String>,
}

impl Default for Options {
    /// No one listens, encoders in hardware are not tried, nothing is known of devices, and web pages are not shown.
    fn default() -> Self {
        let devices = tokio::sync::watch::channel(Devices::default()).1;
        Self {
            events: Arc::new(|_| {}),
            prober: Prober::default(),
            devices,
            pages: None,
            grants: Grants::default(),
            monitor_output: None,
        }
    }
}

/// One of the pictures that the creator looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// What is on air.
    Programme,
    /// Studio mode: what would be on air next.
    Preview,
}

/// A collection that runs. Dropping it ends everything properly: outputs closed, files finished. What hangs is left after
/// twelve seconds, all of it together; a deck that hangs then has two more.
pub struct Stage {
    // In the order in which they are taken down.
    watcher: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
}

/// What the stage shares with the thread that watches it.
struct Shared {
    time: TimeBase,
    report: Reporter,
    prober: Prober,
    devices: Receiver<Devices>,
    pages: Option<PathBuf>,
    grants: Grants,
    canvas: Canvas,
    switcher: Arc<Switcher>,
    mixer: Mixer,
    programme: Arc<Viewfinder>,
    preview: Arc<Viewfinder>,
    glance: Arc<Glance>,
    _glances: Taking,
    state: Mutex<State>,
    failure: Mutex<Option<String>>,
    stopping: AtomicBool,
}

impl Shared {
    fn room(&self) -> Room {
        Room {
            canvas: self.canvas,
            time: self.time.clone(),
            report: self.report.clone(),
            devices: self.devices.clone(),
            pages: self.pages.clone(),
            grants: self.grants.clone(),
        }
    }
}

struct State {
    collection: Collection,
    headphones: Headphones,
    outputs: Outputs,
    scenes: Scenes,
    sources: Sources,
}

impl Stage {
    /// Starts the collection with `scene` on air. Returns as soon as it runs; sources come on their own.
    pub fn open(collection: &Collection, scene: &str, options: Options) -> Result<Self, EngineError> {
        gst::init().map_err(|error| EngineError::Init(error.to_string()))?;
        let (canvas, time) = (collection.canvas, TimeBase::start());
        let switcher = Arc::new(Switcher::new(canvas)?);
        let programme = Arc::new(Viewfinder::start(canvas, &time)?);
        let glance = Arc::new(Glance::new(canvas)?);
        let glances = {
            let glance = glance.clone();
            switcher.tap.add(move |buffer| glance.frame(buffer))
        };
        let shared = Arc::new(Shared {
            glance,
            _glances: glances,
            report: Reporter::new(options.events),
            prober: options.prober,
            devices: options.devices,
            pages: options.pages,
            grants: options.grants,
            canvas,
            mixer: Mixer::start(&time)?,
            preview: Arc::new(Viewfinder::start(canvas, &time)?),
            state: Mutex::new(State {
                collection: collection.clone(),
                headphones: Headphones::default(),
                outputs: Outputs::default(),
                scenes: Scenes::new(switcher.clone(), programme.clone()),
                sources: Sources::default(),
            }),
            failure: Mutex::default(),
            stopping: AtomicBool::new(false),
            switcher,
            programme,
            time,
        });
        {
            let mut state = shared.state.lock();
            let state = &mut *state;
            state.sources.set(collection, &shared)?;
            state.headphones.move_to(options.monitor_output, collection, &shared);
            state.headphones.set(collection, &shared);
            state.scenes.show(collection, scene, &Transition::Cut, &state.sources, &shared)?;
        }
        let watcher = {
            let shared = shared.clone();
            std::thread::Builder::new().name("stage".to_owned()).spawn(move || watch::watch(&shared))?
        };
        Ok(Self { watcher: Some(watcher), shared })
    }

    /// Makes what runs match the collection: sources start, stop or change, items move, strips and filters are set.
    /// Nothing that has not changed is disturbed. The canvas must be as it was; for another one, open another stage.
    pub fn set(&mut self, collection: &Collection) -> Result<(), EngineError> {
        if collection.canvas != self.shared.canvas {
            return Err(EngineError::Canvas);
        }
        let mut state = self.shared.state.lock();
        let state = &mut *state;
        let before = std::mem::replace(&mut state.collection, collection.clone());
        state.sources.set(collection, &self.shared)?;
        state.headphones.set(collection, &self.shared);
        state.scenes.set(&before, collection, &state.sources, &self.shared)
    }

    /// Lets the creator hear what is monitored on this output from now on, or on the system's.
    pub fn set_monitor_output(&mut self, output: Option<&str>) {
        let mut state = self.shared.state.lock();
        let State { collection, headphones, .. } = &mut *state;
        headphones.move_to(output.map(ToOwned::to_owned), collection, &self.shared);
    }

    /// Starts a source again from its beginning: a page is loaded anew, a file plays from its start. Nothing happens if there is
    /// none of that name.
    pub fn restart(&mut self, source: &str) -> Result<(), EngineError> {
        self.shared.state.lock().sources.restart(source, &self.shared)
    }

    /// Lets a media file go on from another place; one that has ended plays from there. Nothing happens if there is none of that
    /// name.
    pub fn seek(&mut self, source: &str, to: Duration) -> Result<(), EngineError> {
        self.shared.state.lock().sources.seek(source, to, &self.shared)
    }

    /// Lets the creator choose anew what a screen cast shows. Nothing happens if there is none of that name.
    pub fn choose_again(&mut self, source: &str) -> Result<(), EngineError> {
        let mut state = self.shared.state.lock();
        if let Some(Source::ScreenCast(cast)) = state.collection.source(source) {
            self.shared.grants.forget(cast.grant());
            state.sources.restart(source, &self.shared)?;
        }
        Ok(())
    }

    /// Puts a scene on air. Returns at once; the transition runs by itself.
    pub fn show(&mut self, scene: &str, transition: &Transition) -> Result<(), EngineError> {
        let mut state = self.shared.state.lock();
        let state = &mut *state;
        state.scenes.show(&state.collection, scene, transition, &state.sources, &self.shared)
    }

    /// Studio mode: composes this scene for [`View::Preview`], or none.
    pub fn preview(&mut self, scene: Option<&str>) -> Result<(), EngineError> {
        let mut state = self.shared.state.lock();
        let state = &mut *state;
        state.scenes.preview(&state.collection, scene, &state.sources, &self.shared)
    }

    /// What is to be done elsewhere before such an output can be started without a pause, if anything is: encoders are tried of
    /// which it is not known what they do.
    pub fn trial(&self, output: &Output, video: &VideoSettings) -> Option<Trial> {
        outputs::trial(&self.shared, output, video)
    }

    /// Starts an output with a name that no running output has. It connects and reconnects by itself and tells its state by
    /// events; outputs with equal settings share one encode.
    pub fn start_output(
        &mut self,
        output: &Output,
        video: &VideoSettings,
        audio: &AudioSettings,
    ) -> Result<(), EngineError> {
        outputs::start(&self.shared, output, video, *audio)
    }

    /// Ends an output properly, which goes on behind; its last event is that it has stopped. Nothing happens if there is none
    /// of that name.
    pub fn stop_output(&mut self, name: &str) {
        self.shared.state.lock().outputs.stop(name);
    }

    /// Lets outputs go on at another bitrate of the picture, in kbit/s, without a break: of all sizes that they are sent. Those
    /// that could not are answered with the reason and go on as they were; they can be begun anew.
    pub fn set_bitrate(&mut self, outputs: &[&str], bitrate: u32) -> Vec<(String, String)> {
        self.shared.state.lock().outputs.set_bitrate(outputs, bitrate)
    }

    /// Pauses a recording from this moment on, or lets it go on. The file has no gap: after a pause it goes on with a keyframe.
    pub fn pause_output(&mut self, name: &str, pause: bool) -> Result<(), EngineError> {
        let now = self.shared.time.now();
        self.control(name, if pause { Control::Pause(now) } else { Control::Resume(now) })
    }

    /// Lets a recording go on in another file from the next keyframe on, for which the encoder is asked.
    pub fn split_output(&mut self, name: &str) -> Result<(), EngineError> {
        self.control(name, Control::Split)
    }

    /// Marks the moment that was `ago` before now in a recording.
    pub fn mark_output(&mut self, name: &str, text: &str, ago: Duration) -> Result<(), EngineError> {
        let ago = gst::ClockTime::from_mseconds(ago.as_millis() as u64);
        let at = self.shared.time.now().saturating_sub(ago);
        self.control(name, Control::Mark { at, text: text.to_owned() })
    }

    /// Writes what a replay buffer holds to a file, which goes on behind; an event tells how it went. A file that exists is
    /// never overwritten: a number is put before the ending.
    pub fn save_replay(&mut self, name: &str, path: &Path) -> Result<(), EngineError> {
        self.control(name, Control::Save { path: path.to_owned() })
    }

    fn control(&self, name: &str, control: Control) -> Result<(), EngineError> {
        let heard = self.shared.state.lock().outputs.control(name, control);
        if heard { Ok(()) } else { Err(EngineError::NoOutput(name.to_owned())) }
    }

    /// The state of each running output, in the order of their start.
    pub fn outputs(&self) -> Vec<(String, OutputState)> {
        self.shared.state.lock().outputs.states()
    }

    /// Bytes that a running output has sent or written since its start. None if there is none of that name.
    pub fn written(&self, output: &str) -> Option<u64> {
        self.shared.state.lock().outputs.written(output)
    }

    /// Pictures of a view, the latest only. They are made only while somebody holds a receiver.
    pub fn pictures(&self, view: View) -> Receiver<Jpeg> {
        match view {
            View::Programme => self.shared.programme.watch(),
            View::Preview => self.shared.preview.watch(),
        }
    }

    /// What the strips and the mix sounded like since the last call.
    pub fn meters(&self) -> Meters {
        self.shared.mixer.meters()
    }

    /// Why the stage cannot go on, if it cannot: the programme or an encoder of the sound broke.
    pub fn failure(&self) -> Option<String> {
        self.shared.failure.lock().clone()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let deadline = Instant::now() + GOODBYE;
        let left = || deadline.saturating_duration_since(Instant::now());
        {
            let mut state = self.shared.state.lock();
            state.outputs.stop_all();
            state.sources.ask_to_stop();
            state.headphones = Headphones::default();
        }
        self.shared.stopping.store(true, Ordering::Relaxed);
        if let Some(watcher) = self.watcher.take() {
            watcher.thread().unpark();
            // A panic there has been printed already.
            let _ = watcher.join();
        }
        // An output that begins anew meanwhile is ended by them.
        let replacing = self.shared.state.lock().outputs.take_replacing();
        finish_all(replacing, left());
        let mut state = self.shared.state.lock();
        let ending = state.sources.take_ending().into_iter().chain(state.outputs.take_ending());
        let decks = state.scenes.take_decks();
        drop(state);
        finish_all(ending, left());
        drop(decks);
        self.shared.report.say(klieg_studio_model::Event::Stopped);
    }
}

/// How long a new deck may take to be ready; then it takes over all the same.
const SETTLING: Duration = Duration::from_millis(700);
