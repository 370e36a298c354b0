//! A stage that plays nothing and takes notes of what it is told.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use klieg_engine::{EngineError, EventSink, Jpeg, Trial, View};
use klieg_studio::director::{Opener, Theatre};
use klieg_studio_model::{AudioSettings, Collection, Event, Meters, Output, OutputState, Transition, VideoSettings};
use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    told: Vec<String>,
    events: Option<EventSink>,
    outputs: Vec<Output>,
    /// What it plays.
    collection: Option<Collection>,
    /// What the next call fails with.
    fails: Option<String>,
    failure: Option<String>,
    /// The output that does not start.
    refuses: Option<String>,
    /// Whether it does not end.
    hangs: bool,
    /// Outputs that cannot have another bitrate while they run, with the reason.
    stiff: Vec<(String, String)>,
    pictures: Option<watch::Sender<Jpeg>>,
    /// While an encoder is being tried: whether it may be done.
    trial: Option<Arc<(Mutex<bool>, Condvar)>>,
}

impl Notes {
    pub(crate) fn opener(&self) -> Opener {
        let notes = self.clone();
        Arc::new(move |collection, scene, options| {
            let mut inner = notes.0.lock();
            if let Some(reason) = inner.fails.take() {
                return Err(EngineError::Pipeline(reason));
            }
            let canvas = collection.canvas;
            inner.collection = Some(collection.clone());
            inner.told.push(format!("open {} {scene} {}x{}", collection.name, canvas.width, canvas.height));
            inner.events = Some(options.events);
            inner.failure = None;
            inner.pictures = Some(watch::Sender::new(Jpeg::from([])));
            drop(inner);
            Ok(Box::new(Player(notes.clone())))
        })
    }

    /// What the stage was told since the last call.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().told)
    }

    /// The same without what it shall play: it is told so once more when a change of scenes is over, which may be at any moment.
    pub(crate) fn shown(&self) -> Vec<String> {
        self.take().into_iter().filter(|note| !note.starts_with("set ")).collect()
    }

    pub(crate) fn fail_next(&self, reason: &str) {
        self.0.lock().fails = Some(reason.to_owned());
    }

    pub(crate) fn refuse(&self, output: &str) {
        self.0.lock().refuses = Some(output.to_owned());
    }

    pub(crate) fn hang(&self, hangs: bool) {
        self.0.lock().hangs = hangs;
    }

    pub(crate) fn break_down(&self, reason: &str) {
        self.0.lock().failure = Some(reason.to_owned());
    }

    pub(crate) fn stiffen(&self, output: &str, reason: &str) {
        self.0.lock().stiff.push((output.to_owned(), reason.to_owned()));
    }

    /// What is started from now on needs an encoder that nobody has tried, and that takes until it is let go.
    pub(crate) fn try_encoders(&self) {
        self.0.lock().trial = Some(Arc::default());
    }

    pub(crate) fn tried(&self) {
        let trial = self.0.lock().trial.take().unwrap();
        *trial.0.lock() = true;
        trial.1.notify_all();
    }

    pub(crate) fn outputs(&self) -> Vec<Output> {
        self.0.lock().outputs.clone()
    }

    pub(crate) fn collection(&self) -> Collection {
        self.0.lock().collection.clone().unwrap()
    }

    pub(crate) fn happen(&self, event: Event) {
        let events = self.0.lock().events.clone().unwrap();
        events(event);
    }

    pub(crate) fn output(&self, name: &str, state: OutputState) {
        self.happen(Event::Output { name: name.to_owned(), state });
    }

    pub(crate) fn picture(&self, jpeg: &[u8]) {
        self.0.lock().pictures.as_ref().unwrap().send_replace(Jpeg::from(jpeg));
    }

    pub(crate) fn watchers(&self) -> usize {
        self.0.lock().pictures.as_ref().unwrap().receiver_count()
    }
}

struct Player(Notes);

impl Inner {
    fn told(&mut self, what: String) -> Result<(), EngineError> {
        if let Some(reason) = self.fails.take() {
            return Err(EngineError::Pipeline(reason));
        }
        self.told.push(what);
        Ok(())
    }
}

impl Player {
    fn told(&self, what: String) -> Result<(), EngineError> {
        self.0.0.lock().told(what)
    }
}

impl Theatre for Player {
    fn set(&mut self, collection: &Collection) -> Result<(), EngineError> {
        let mut inner = self.0.0.lock();
        inner.told(format!("set {} sources", collection.sources.len()))?;
        inner.collection = Some(collection.clone());
        Ok(())
    }

    fn restart(&mut self, source: &str) -> Result<(), EngineError> {
        self.told(format!("restart {source}"))
    }

    fn seek(&mut self, source: &str, to: Duration) -> Result<(), EngineError> {
        self.told(format!("seek {source} to {} ms", to.as_millis()))
    }

    fn choose_again(&mut self, source: &str) -> Result<(), EngineError> {
        self.told(format!("choose {source} again"))
    }

    fn set_monitor_output(&mut self, output: Option<&str>) {
        self.0.0.lock().told.push(format!("monitor on {}", output.unwrap_or("the system's")));
    }

    fn show(&mut self, scene: &str, transition: &Transition) -> Result<(), EngineError> {
        let how = if *transition == Transition::Cut { "cut to" } else { "go to" };
        self.told(format!("{how} {scene}"))
    }

    fn preview(&mut self, scene: Option<&str>) -> Result<(), EngineError> {
        self.told(format!("preview {}", scene.unwrap_or("nothing")))
    }

    fn trial(&self, _: &Output, _: &VideoSettings) -> Option<Trial> {
        let trial = self.0.0.lock().trial.clone()?;
        Some(Box::new(move || trial.1.wait_while(&mut trial.0.lock(), |done| !*done)))
    }

    fn start_output(&mut self, output: &Output, video: &VideoSettings, _: &AudioSettings) -> Result<(), EngineError> {
        // Who sees the note sees the output.
        let mut inner = self.0.0.lock();
        if inner.refuses.as_deref() == Some(output.name()) {
            return Err(EngineError::Pipeline("it cannot be".to_owned()));
        }
        inner.told(format!("start {} at {}", output.name(), video.bitrate))?;
        inner.outputs.push(output.clone());
        Ok(())
    }

    fn stop_output(&mut self, name: &str) {
        let mut inner = self.0.0.lock();
        inner.told.push(format!("stop {name}"));
        inner.outputs.retain(|output| output.name() != name);
    }

    fn set_bitrate(&mut self, outputs: &[&str], bitrate: u32) -> Vec<(String, String)> {
        let mut inner = self.0.0.lock();
        inner.told.push(format!("{} at {bitrate}", outputs.join(", ")));
        inner.stiff.iter().filter(|(name, _)| outputs.contains(&name.as_str())).cloned().collect()
    }

    fn pause_output(&mut self, name: &str, pause: bool) -> Result<(), EngineError> {
        self.told(format!("{} {name}", if pause { "pause" } else { "resume" }))
    }

    fn split_output(&mut self, name: &str) -> Result<(), EngineError> {
        self.told(format!("split {name}"))
    }

    fn mark_output(&mut self, name: &str, text: &str, ago: Duration) -> Result<(), EngineError> {
        self.told(format!("mark {name} {}: {text}", ago.as_millis()))
    }

    fn save_replay(&mut self, name: &str, path: &Path) -> Result<(), EngineError> {
        let name_of_file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.told(format!("save {name} {}", name_of_file.split(' ').next().unwrap_or_default()))
    }

    fn pictures(&self, _: View) -> watch::Receiver<Jpeg> {
        self.0.0.lock().pictures.as_ref().unwrap().subscribe()
    }

    fn meters(&self) -> Meters {
        Meters::default()
    }

    fn failure(&self) -> Option<String> {
        self.0.0.lock().failure.clone()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        while self.0.0.lock().hangs {
            std::thread::sleep(Duration::from_millis(5));
        }
        let mut inner = self.0.0.lock();
        inner.outputs.clear();
        inner.pictures = None;
    }
}
