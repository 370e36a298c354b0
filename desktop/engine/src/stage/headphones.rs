//! What the creator hears: the strips that are monitored, on the output that they chose or on the system's. A sound server that ends or
//! hangs silences them, and so does an output that is unplugged: what was for headphones is not to be heard from speakers. They are
//! tried again for as long as a strip is monitored. Nobody waits for a server that hangs, and it is not asked again before it has answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Collection, Event, Monitor};

use super::Shared;
use crate::EngineError;
use crate::element::{failure, launch, named};
use crate::feed::{Feed, Taking};
use crate::format::audio_caps;

/// Blocks of 10 ms that may wait: what is heard later than that is of no use to who speaks.
const WAITING: u64 = 10;
/// Between two attempts: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long an attempt may take to play.
const PATIENCE: Duration = Duration::from_secs(10);
/// One that has lasted so long is heard.
const TRUSTED: Duration = Duration::from_secs(2);

const SILENT: &str = "the sound server does not answer";
const GONE: &str = "the output that you chose for it is not plugged in";

#[derive(Default)]
pub(super) struct Headphones {
    /// The output that was chosen.
    output: Option<String>,
    playing: Option<Playing>,
    /// When they are tried again, after they failed or could not be tried.
    again: Option<Instant>,
    /// Since when they cannot be tried, because the sound server has not answered what it was asked before.
    waits: Option<Instant>,
    /// Attempts that failed since they were heard. The first of them is said.
    failures: u32,
    asked: Asked,
}

/// Held by whatever waits for the sound server.
type Asked = Arc<()>;

struct Playing {
    // Dropped first: what is taken goes into the pipeline.
    _taking: Taking,
    pipeline: gst::Pipeline,
    since: Instant,
    has_ended: Arc<AtomicBool>,
    asked: Asked,
}

impl Headphones {
    /// Plays while a strip of the collection is monitored.
    pub(super) fn set(&mut self, collection: &Collection, shared: &Shared) {
        let wanted = collection.strips.values().any(|strip| strip.monitor != Monitor::Off);
        if !wanted {
            *self = Self { asked: self.asked.clone(), output: self.output.take(), ..Self::default() };
        } else if self.playing.is_none() && self.again.is_none() {
            self.start(Instant::now(), shared);
        }
    }

    /// Plays on this output from now on, or on the system's.
    pub(super) fn move_to(&mut self, output: Option<String>, collection: &Collection, shared: &Shared) {
        if output != self.output {
            *self = Self { asked: self.asked.clone(), output, ..Self::default() };
            self.set(collection, shared);
        }
    }

    /// Tries again if the system took no sound. To be called about once a second.
    pub(super) fn check(&mut self, shared: &Shared) {
        let now = Instant::now();
        if let Some(playing) = &self.playing {
            let gone = self.is_gone(shared).then(|| GONE.to_owned());
            match gone.or_else(|| playing.trouble(now)) {
                Some(reason) => self.fail(&reason, shared),
                None if self.failures > 0 && playing.is_heard(now) => {
                    self.failures = 0;
                    shared.report.say(Event::Warning { text: "What is monitored is heard again.".to_owned() });
                }
                None => {}
            }
        } else if self.again.is_some_and(|again| now >= again) {
            self.start(now, shared);
        }
    }

    fn start(&mut self, now: Instant, shared: &Shared) {
        if Arc::strong_count(&self.asked) > 1 {
            self.again = Some(now);
            // It may have hung before anything was monitored, as when that was switched off and on.
            if now.duration_since(*self.waits.get_or_insert(now)) >= PATIENCE && self.failures == 0 {
                self.note_failure(SILENT, shared);
            }
            return;
        }
        (self.again, self.waits) = (None, None);
        if self.is_gone(shared) {
            self.again = Some(now);
            if self.failures == 0 {
                self.note_failure(GONE, shared);
            }
            return;
        }
        match Playing::start(self.output.as_deref(), shared, self.asked.clone()) {
            Ok(playing) => self.playing = Some(playing),
            Err(error) => self.fail(&error.to_string(), shared),
        }
    }

    /// Whether the output that was chosen is not among those that there are, if any are known.
    fn is_gone(&self, shared: &Shared) -> bool {
        let Some(output) = &self.output else { return false };
        let devices = shared.devices.borrow();
        !devices.outputs.is_empty() && !devices.outputs.iter().any(|known| known.is(output))
    }

    fn fail(&mut self, reason: &str, shared: &Shared) {
        self.playing = None;
        self.again = Some(Instant::now() + pause(self.failures));
        self.note_failure(reason, shared);
    }

    fn note_failure(&mut self, reason: &str, shared: &Shared) {
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            let text = format!("You hear nothing of what is monitored: {reason}. It is tried again by itself.");
            shared.report.say(Event::Warning { text });
        }
    }
}

/// Before the next attempt, after so many that failed before the last.
fn pause(failures: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures)).min(LONGEST_PAUSE)
}

impl Playing {
    fn start(output: Option<&str>, shared: &Shared, asked: Asked) -> Result<Self, EngineError> {
        let pipeline = launch(
            "appsrc name=in ! audioconvert ! audioresample \
             ! pulsesink name=out sync=false buffer-time=60000 latency-time=10000",
        )?;
        if let Some(output) = output {
            named::<gst::Element>(&pipeline, "out")?.set_property("device", output);
        }
        Self::with(pipeline, shared, asked)
    }

    fn with(pipeline: gst::Pipeline, shared: &Shared, asked: Asked) -> Result<Self, EngineError> {
        let feed = Feed::new(named(&pipeline, "in")?, WAITING);
        feed.set_caps(&audio_caps());
        let taking = shared.mixer.monitor().add(move |buffer| feed.push(buffer.clone()));
        shared.time.rule(&pipeline);
        let has_ended = Arc::new(AtomicBool::new(false));
        let (ended, waits) = (has_ended.clone(), asked.clone());
        // In a thread of GStreamer's: a sound server that hangs must not hold up the show's state, which is locked.
        pipeline.call_async(move |pipeline| {
            // What refuses says so on the bus.
            let _ = pipeline.set_state(gst::State::Playing);
            if ended.load(Ordering::SeqCst) {
                let _ = pipeline.set_state(gst::State::Null);
            }
            drop(waits);
        });
        Ok(Self { _taking: taking, pipeline, since: Instant::now(), has_ended, asked })
    }

    /// Why it has to be started anew, if it has to.
    fn trouble(&self, now: Instant) -> Option<String> {
        let hangs = || !self.plays() && now.duration_since(self.since) >= PATIENCE;
        failure(&self.pipeline).or_else(|| hangs().then(|| SILENT.to_owned()))
    }

    fn is_heard(&self, now: Instant) -> bool {
        self.plays() && now.duration_since(self.since) >= TRUSTED
    }

    fn plays(&self) -> bool {
        self.pipeline.current_state() == gst::State::Playing
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.has_ended.store(true, Ordering::SeqCst);
        let waits = self.asked.clone();
        self.pipeline.call_async(move |pipeline| {
            // There is nothing to be done about one that does not stop.
            let _ = pipeline.set_state(gst::State::Null);
            drop(waits);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use klieg_studio_model::{Canvas, Device, Devices, Strip};
    use parking_lot::Mutex;

    use super::*;
    use crate::stage::{Options, Stage};

    fn collection() -> Collection {
        Collection { canvas: Canvas { width: 64, height: 64, fps: 5 }, ..Collection::default() }
    }

    fn stage(options: Options) -> Stage {
        let collection = collection();
        Stage::open(&collection, collection.first_scene(), options).unwrap()
    }

    /// Headphones that wait for a sound server, which hangs until what comes with them is dropped.
    fn hung(stage: &Stage) -> (Headphones, Sender<()>) {
        let (let_go, hangs) = channel::<()>();
        let (hangs, (hang, is_hung)) = (Mutex::new(hangs), channel());
        let pipeline = launch("appsrc name=in ! fakesink").unwrap();
        // Called while the state changes, which waits for it.
        pipeline.bus().unwrap().set_sync_handler(move |_, _| {
            let _ = hang.send(());
            let _ = hangs.lock().recv();
            gst::BusSyncReply::Drop
        });
        let asked = Asked::default();
        let playing = Some(Playing::with(pipeline, &stage.shared, asked.clone()).unwrap());
        is_hung.recv_timeout(4 * PATIENCE).unwrap();
        (Headphones { playing, asked, ..Headphones::default() }, let_go)
    }

    #[test]
    fn a_sound_server_that_hangs_holds_up_nobody_and_is_not_asked_again_before_it_has_answered() {
        let stage = stage(Options::default());
        let (mut headphones, let_go) = hung(&stage);
        let started = Instant::now();
        headphones.fail("it hangs", &stage.shared);
        // A pipeline that is waited for has two.
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        headphones.start(Instant::now(), &stage.shared);
        assert!(headphones.playing.is_none() && headphones.again.is_some());
        drop(let_go);
        let started = Instant::now();
        while headphones.playing.is_none() {
            assert!(started.elapsed() < 4 * PATIENCE, "it is not asked again");
            std::thread::sleep(Duration::from_millis(5));
            headphones.check(&stage.shared);
        }
    }

    #[test]
    fn monitoring_that_is_switched_off_and_on_while_the_sound_server_hangs_is_not_silent_without_a_word() {
        let (told, telling) = channel();
        let events = Arc::new(move |event: Event| {
            if let Event::Warning { text } = event {
                let _ = told.send(text);
            }
        });
        let stage = stage(Options { events, ..Options::default() });
        let (mut headphones, _let_go) = hung(&stage);
        let said = || telling.try_iter().filter(|text: &String| text.starts_with("You hear nothing")).count();
        let (off, mut on) = (collection(), collection());
        on.strips.insert("Voice".to_owned(), Strip { monitor: Monitor::Only, ..Strip::default() });
        headphones.set(&off, &stage.shared);
        headphones.set(&on, &stage.shared);
        assert_eq!(said(), 0, "it may answer in a moment");
        let later = Instant::now() + PATIENCE;
        headphones.start(later, &stage.shared);
        headphones.start(later + PATIENCE, &stage.shared);
        assert_eq!(said(), 1, "once");
    }

    #[test]
    fn an_output_that_is_not_there_is_waited_for() {
        let (told, telling) = channel();
        let events = Arc::new(move |event: Event| {
            if let Event::Warning { text } = event {
                let _ = told.send(text);
            }
        });
        let known = |name: &str| Devices { outputs: vec![Device::new(name, name)], ..Devices::default() };
        let (plug, devices) = tokio::sync::watch::channel(known("speakers"));
        let stage = stage(Options { events, devices, ..Options::default() });
        let (mut headphones, now) = (Headphones::default(), Instant::now());
        headphones.output = Some("phones".to_owned());
        for _ in 0..2 {
            headphones.start(now, &stage.shared);
            assert!(headphones.playing.is_none() && headphones.again == Some(now));
        }
        let said: Vec<String> = telling.try_iter().filter(|text: &String| text.starts_with("You hear")).collect();
        assert!(matches!(&said[..], [text] if text.contains("is not plugged in")), "{said:?}");
        plug.send_replace(known("phones"));
        assert!(!headphones.is_gone(&stage.shared));
        // Nothing is known of any.
        plug.send_replace(Devices::default());
        assert!(!headphones.is_gone(&stage.shared));
    }

    #[test]
    fn pauses_grow_to_half_a_minute() {
        let pauses: Vec<u64> = [0, 1, 2, 4, 5, 6, 1_000].map(|failures| pause(failures).as_secs()).to_vec();
        assert_eq!(pauses, [1, 2, 4, 16, 30, 30, 30]);
    }
}
