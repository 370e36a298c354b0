//! Following what is plugged in and which windows are open, in a thread of its own.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gstreamer as gst;
use klieg_studio_model::{Devices, OpenWindow};
use tokio::sync::watch;

use super::found::{Monitor, screens};
use crate::EngineError;
use crate::cast::is_offered;
use crate::ending::finish;
use crate::x11::{Display, Head, Trouble};

/// Between two looks at what the monitor has told.
const GLANCE: Duration = Duration::from_millis(200);
/// Between two looks at the display: titles change all the time.
const DESKTOP: Duration = Duration::from_secs(1);
/// Whatever does not answer within this time hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// A watch over cameras, sound devices, screens and windows. Clones share it; it ends with the last of them.
#[derive(Clone)]
pub struct DeviceWatch {
    seen: watch::Receiver<Devices>,
    follower: Arc<Follower>,
}

/// The thread that follows. It has ended when this is dropped, unless its display hangs: libraries that it uses do not bear the
/// end of the program.
struct Follower {
    /// Who is told when all has been looked for anew.
    looks: Option<Sender<Sender<()>>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.looks = None;
        if let Some(thread) = self.thread.take() {
            finish(thread);
        }
    }
}

impl DeviceWatch {
    /// Begins to watch. What is there is known within about a second; [`DeviceWatch::look`] waits for it.
    pub fn start() -> Result<Self, EngineError> {
        gst::init().map_err(|error| EngineError::Init(error.to_string()))?;
        let (told, seen) = watch::channel(Devices::default());
        let (looks, asked) = channel();
        let thread = std::thread::Builder::new().name("devices".to_owned()).spawn(move || follow(&told, &asked))?;
        Ok(Self { seen, follower: Arc::new(Follower { looks: Some(looks), thread: Some(thread) }) })
    }

    /// What is there, as it changes.
    pub fn seen(&self) -> watch::Receiver<Devices> {
        self.seen.clone()
    }

    /// Looks for everything anew, also for a sound server that was started later, and returns what is there. Takes up to some
    /// seconds; fails where a display or a sound server hangs, and what was seen of the rest stays.
    pub fn look(&self) -> Result<Devices, EngineError> {
        let (done, wait) = channel();
        // The thread lives as long as this does. If it panicked, what it saw last stays.
        let _ = self.follower.looks.as_ref().map(|looks| looks.send(done));
        match wait.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Timeout) => Err(EngineError::DevicesHang),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Ok(self.seen.borrow().clone()),
        }
    }
}

fn follow(told: &watch::Sender<Devices>, asked: &Receiver<Sender<()>>) {
    let (mut waiting, mut desktop) = (Vec::new(), Desktop::default());
    loop {
        let monitor = Monitor::start();
        (desktop.display, desktop.looked) = (None, None);
        let screen_cast = is_offered();
        let mut known = monitor.as_ref().map(Monitor::devices).unwrap_or_default();
        // A display may hang: the rest is told before it is asked.
        tell(told, &known, screen_cast, &desktop);
        loop {
            if monitor.as_ref().is_some_and(Monitor::has_changed) {
                known = monitor.as_ref().map(Monitor::devices).unwrap_or_default();
            }
            desktop.look();
            tell(told, &known, screen_cast, &desktop);
            for done in waiting.drain(..) {
                // Who asked may not have waited.
                let _: Result<(), _> = Sender::send(&done, ());
            }
            match asked.recv_timeout(GLANCE) {
                Ok(done) => {
                    waiting.push(done);
                    // Those who asked while a display hung are answered together.
                    waiting.extend(asked.try_iter());
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

fn tell(told: &watch::Sender<Devices>, known: &Devices, screen_cast: bool, desktop: &Desktop) {
    let (screens, windows) = (screens(&desktop.heads), desktop.windows.clone());
    let now = Devices { screens, screen_cast, windows, ..known.clone() };
    told.send_if_modified(|told| std::mem::replace(told, now.clone()) != now);
}

/// The windows and the monitors of the display that this program is on, if there is one.
#[derive(Default)]
struct Desktop {
    display: Option<Display>,
    windows: Vec<OpenWindow>,
    heads: Vec<Head>,
    looked: Option<Instant>,
}

impl Desktop {
    fn look(&mut self) {
        let now = Instant::now();
        if self.looked.is_some_and(|looked| now.duration_since(looked) < DESKTOP) {
            return;
        }
        self.looked = Some(now);
        self.display = self.display.take().or_else(|| Display::open(None).ok());
        let seen = self.display.as_ref().map(|display| Ok::<_, Trouble>((display.windows()?, display.heads()?)));
        if let Some(Ok(seen)) = seen {
            (self.windows, self.heads) = seen;
        } else {
            *self = Self { looked: self.looked, ..Self::default() };
        }
    }
}
