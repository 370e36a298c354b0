//! Does what the playback plan decides, and tells it what happens.
//!
//! One driver belongs to one `<video>`. A beat four times a second looks whether the picture moves; everything else follows
//! from the plan. Dropping the last handle ends the beat and closes what is open.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use dioxus::prelude::*;
use gloo_timers::future::TimeoutFuture;
use klieg_api::channels::{Channel, LiveState, Visibility};
use klieg_core::playback::{Action, Broadcast, Event, State, Transport};
use klieg_core::{CallError, Playback, calls};
use wasm_bindgen_futures::spawn_local;

use super::hls::{Hls, Level};
use super::picture::Picture;
use super::whep::{self, Whep};
use crate::{browser, client};

/// Milliseconds between two looks at the picture.
const BEAT: u32 = 250;
/// Milliseconds without a new frame that count as standing still.
const STILL: u64 = 1_500;
/// Milliseconds until the server counts a viewer by HLS; one by WHEP counts at once.
const HLS_COUNTS: u64 = 2_000;

/// What the viewer sees of the player's inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub state: State,
    pub transport: Transport,
    pub choice: Option<Transport>,
    /// Milliseconds, while it is known.
    pub latency: Option<u32>,
    /// What LL-HLS offers; empty with WHEP.
    pub levels: Vec<Level>,
    /// The chosen level's number; -1 for automatic.
    pub level: i32,
    pub paused: bool,
    pub muted: bool,
    pub volume: f64,
}

impl Snapshot {
    pub fn new() -> Self {
        Self {
            state: State::Connecting,
            transport: Transport::Whep,
            choice: None,
            latency: None,
            levels: Vec::new(),
            level: -1,
            paused: false,
            muted: true,
            volume: 1.0,
        }
    }
}

enum Open {
    Nothing,
    Whep(Rc<Whep>),
    Hls(Rc<Hls>),
}

pub struct Driver {
    pub picture: Picture,
    plan: RefCell<Playback>,
    open: RefCell<Open>,
    /// The attempt whose transport may be used; what finishes opening under another number is dropped.
    attempt: Cell<u32>,
    moved_at: Cell<u64>,
    asked_at: Cell<u64>,
    /// The attempt whose first picture was seen, and when the server will have counted this viewer, until it was asked.
    seen: Cell<u32>,
    counted_at: Cell<Option<u64>>,
    asking: Cell<bool>,
    paused: Cell<bool>,
    /// The page is gone, and its signals with it.
    stopped: Cell<bool>,
    latency: Cell<Option<f64>>,
    levels: RefCell<Vec<Level>>,
    level: Cell<i32>,
    channel: Signal<Channel>,
    snapshot: Signal<Snapshot>,
}

impl Driver {
    /// Starts to play `channel` on `picture`, and keeps both signals up to date.
    pub fn start(picture: Picture, channel: Signal<Channel>, snapshot: Signal<Snapshot>) -> Rc<Self> {
        let choice = match browser::stored("transport").as_deref() {
            _ if !whep::is_supported() => Some(Transport::Hls),
            Some("whep") => Some(Transport::Whep),
            Some("hls") => Some(Transport::Hls),
            _ => None,
        };
        let driver = Rc::new(Self {
            picture,
            plan: RefCell::new(Playback::new(choice).seeded(&browser::random())),
            open: RefCell::new(Open::Nothing),
            attempt: Cell::new(0),
            moved_at: Cell::new(0),
            asked_at: Cell::new(browser::uptime()),
            seen: Cell::new(0),
            counted_at: Cell::new(None),
            asking: Cell::new(false),
            paused: Cell::new(false),
            stopped: Cell::new(false),
            latency: Cell::new(None),
            levels: RefCell::default(),
            level: Cell::new(-1),
            channel,
            snapshot,
        });
        let known = broadcast(&channel.peek());
        driver.tell(Event::Channel(known));
        spawn_local(Self::beat(Rc::downgrade(&driver)));
        driver
    }

    async fn beat(driver: Weak<Self>) {
        let mut beats = 0_u32;
        loop {
            // No later than something is due.
            let due = driver.upgrade().and_then(|driver| driver.plan.borrow().deadline());
            let wait = due.map_or(BEAT, |at| at.saturating_sub(browser::uptime()).clamp(1, u64::from(BEAT)) as u32);
            TimeoutFuture::new(wait).await;
            let Some(driver) = driver.upgrade().filter(|driver| !driver.stopped.get()) else { return };
            beats = beats.wrapping_add(1);
            driver.look();
            driver.tell(Event::Tick);
            let every = driver.plan.borrow().ask_every();
            let now = browser::uptime();
            let counted = !driver.asking.get() && driver.counted_at.get().is_some_and(|at| now >= at);
            if counted || now.saturating_sub(driver.asked_at.get()) >= every && browser::is_visible() {
                driver.counted_at.set(driver.counted_at.get().filter(|at| now < *at));
                driver.ask();
            }
            if beats.is_multiple_of(4) {
                driver.measure().await;
            }
            driver.publish();
        }
    }

    /// Looks whether the picture moves.
    fn look(self: &Rc<Self>) {
        let (now, attempt) = (browser::uptime(), self.attempt.get());
        if self.picture.has_moved() {
            self.moved_at.set(now);
            if !matches!(*self.open.borrow(), Open::Nothing) {
                self.picture.thaw();
                if self.seen.replace(attempt) != attempt {
                    let counts = if matches!(*self.open.borrow(), Open::Hls(_)) { HLS_COUNTS } else { 0 };
                    self.counted_at.set(Some(now + counts));
                }
                self.tell(Event::Moving { attempt });
            }
        } else if now.saturating_sub(self.moved_at.get()) >= STILL && !self.paused.get() && browser::is_visible() {
            self.tell(Event::Stuck { attempt });
        }
    }

    fn tell(self: &Rc<Self>, event: Event) {
        if self.stopped.get() {
            return;
        }
        let actions = self.plan.borrow_mut().on(browser::uptime(), event);
        for action in actions {
            match action {
                Action::Ask => self.ask(),
                Action::Close => self.close(),
                Action::Open { transport, attempt } => {
                    self.close();
                    self.attempt.set(attempt);
                    let driver = self.clone();
                    spawn_local(async move { driver.open(transport, attempt).await });
                }
            }
        }
    }

    fn close(&self) {
        self.picture.freeze();
        self.attempt.set(0);
        self.latency.set(None);
        self.levels.borrow_mut().clear();
        self.level.set(-1);
        let open = self.open.replace(Open::Nothing);
        self.picture.clear();
        drop(open);
    }

    async fn open(self: Rc<Self>, transport: Transport, attempt: u32) {
        let Some(playback) = self.channel.peek().live.as_ref().map(|live| live.playback.clone()) else { return };
        let (weak, broken) = (Rc::downgrade(&self), Rc::downgrade(&self));
        let on_broken = move || {
            if let Some(driver) = broken.upgrade() {
                driver.tell(Event::Failed { attempt, retry_after: None });
            }
        };
        let opened = match transport {
            Transport::Whep => {
                let token = client::token().await.unwrap_or_default();
                let on_media = move |media: &web_sys::MediaStream| {
                    if let Some(driver) = weak.upgrade().filter(|driver| driver.attempt.get() == attempt) {
                        driver.picture.show(media);
                        driver.play();
                    }
                };
                let whep = Whep::open(&playback.whep, token.as_deref(), on_media, on_broken).await;
                whep.map(Open::Whep).map_err(|refused| refused.retry_after)
            }
            Transport::Hls => {
                let on_levels = move |levels| {
                    if let Some(driver) = weak.upgrade().filter(|driver| driver.attempt.get() == attempt) {
                        *driver.levels.borrow_mut() = levels;
                        driver.play();
                    }
                };
                let url = self.hls_address(&playback.hls).await;
                let hls = Hls::open(&url, &self.picture.video, on_levels, on_broken).await;
                hls.map(Open::Hls).map_err(|_| None)
            }
        };
        if self.attempt.get() != attempt {
            return;
        }
        match opened {
            Ok(open) => {
                *self.open.borrow_mut() = open;
                self.play();
            }
            Err(retry_after) => self.tell(Event::Failed { attempt, retry_after }),
        }
    }

    /// Asks the server what is on, unless it is being asked.
    fn ask(self: &Rc<Self>) {
        if self.asking.replace(true) {
            return;
        }
        self.asked_at.set(browser::uptime());
        let driver = Rc::downgrade(self);
        let handle = self.channel.peek().handle.clone();
        spawn_local(async move {
            let answer = client::send::<Channel>(calls::channel(handle.as_str())).await;
            let Some(driver) = driver.upgrade().filter(|driver| !driver.stopped.get()) else { return };
            driver.asking.set(false);
            let known = match answer {
                Ok(channel) => {
                    let known = broadcast(&channel);
                    let mut signal = driver.channel;
                    if *signal.peek() != channel {
                        signal.set(channel);
                    }
                    known
                }
                // The channel is gone, or closed to this viewer.
                Err(CallError::Problem(problem)) if matches!(problem.status, 403 | 404) => None,
                // No answer says nothing about the show.
                Err(_) => return,
            };
            driver.tell(Event::Channel(known));
            driver.publish();
        });
    }

    async fn measure(&self) {
        let latency = {
            let whep = match &*self.open.borrow() {
                Open::Whep(whep) => Ok(whep.clone()),
                Open::Hls(hls) => Err(hls.keep_up()),
                Open::Nothing => Err(None),
            };
            match whep {
                Ok(whep) => whep.latency().await,
                Err(latency) => latency,
            }
        };
        // Smoothed, so that the readout can be read.
        let smooth = latency.map(|now| self.latency.get().map_or(now, |before| before * 0.6 + now * 0.4));
        self.latency.set(smooth);
    }

    fn publish(&self) {
        if self.stopped.get() {
            return;
        }
        let video = &self.picture.video;
        let plan = self.plan.borrow();
        let state = plan.state();
        let next = Snapshot {
            state,
            transport: plan.transport(),
            choice: plan.choice(),
            latency: self.latency.get().filter(|_| state == State::Playing).map(|ms| ms.max(0.0) as u32),
            levels: self.levels.borrow().clone(),
            level: self.level.get(),
            paused: self.paused.get(),
            muted: video.muted(),
            volume: video.volume(),
        };
        let mut snapshot = self.snapshot;
        if *snapshot.peek() != next {
            snapshot.set(next);
        }
    }

    /// Where to play by HLS. A private channel wants a token, which browsers can only show in the address.
    async fn hls_address(&self, address: &str) -> String {
        let private = self.channel.peek().visibility == Visibility::Private;
        match client::token().await {
            Ok(Some(token)) if private => format!("{address}?token={token}"),
            _ => address.to_owned(),
        }
    }

    /// Plays unless the viewer paused.
    fn play(self: &Rc<Self>) {
        if !self.paused.get() {
            let driver = self.clone();
            spawn_local(async move { driver.picture.play().await });
        }
    }

    pub fn toggle_paused(self: &Rc<Self>) {
        let paused = !self.paused.get();
        self.paused.set(paused);
        self.moved_at.set(browser::uptime());
        if paused {
            let _ = self.picture.video.pause();
        } else {
            if let Open::Hls(hls) = &*self.open.borrow() {
                hls.seek_to_live();
            }
            // How far the picture that stood was behind says nothing of the one that goes on.
            self.latency.set(None);
            self.play();
        }
        self.publish();
    }

    pub fn toggle_muted(&self) {
        self.picture.set_muted(!self.picture.video.muted());
        self.publish();
    }

    pub fn set_volume(&self, volume: f64) {
        self.picture.set_volume(volume);
        self.publish();
    }

    /// Keeps to one transport from now on, also at the next visit; `None` leaves the choice to the player.
    pub fn choose(self: &Rc<Self>, choice: Option<Transport>) {
        browser::store("transport", choice.map(Transport::as_str));
        self.tell(Event::Choose(choice));
        self.publish();
    }

    pub fn transport(&self) -> Transport {
        self.plan.borrow().transport()
    }

    pub fn choose_level(&self, level: i32) {
        self.level.set(level);
        if let Open::Hls(hls) = &*self.open.borrow() {
            hls.choose(level);
        }
        self.publish();
    }

    /// Lets go of the connection, because the browser may never come back to this page.
    pub fn leave(self: &Rc<Self>) {
        self.tell(Event::Left);
        self.publish();
    }

    /// The browser kept the page and shows it again.
    pub fn come_back(self: &Rc<Self>) {
        self.tell(Event::Returned);
        self.publish();
    }

    /// Ends everything: the page is being left.
    pub fn stop(&self) {
        self.stopped.set(true);
        self.close();
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.close();
    }
}

fn broadcast(channel: &Channel) -> Option<Broadcast> {
    let live = channel.live.as_ref()?;
    Some(Broadcast { id: live.broadcast_id.clone(), waiting: live.state == LiveState::Waiting })
}
