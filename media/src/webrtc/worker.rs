//! A worker: one thread, one UDP socket, and the sessions that live on it.
//!
//! Everything a session needs happens here, one thing after another: datagrams in, frames of the broadcasts that its
//! viewers watch, timers, commands from the HTTP side. A frame is packetised once and written to every viewer; each
//! viewer's packets are then drained together, which is what makes str0m and the kernel fast.

mod commands;
mod datagrams;
mod publishing;
mod watching;

use std::collections::{HashMap, HashSet};
use std::mem;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info};
use uuid::Uuid;

pub(crate) use self::commands::{Command, Patched};
use super::addresses::Addresses;
use super::ingest::Layer;
use super::session::{Happened, Over, Role, Session};
use super::show::Show;
use super::timers::Timers;
use super::udp::{ReceiveBuffers, Udp};
use super::viewer::Outgoing;
use crate::frame::Frame;
use crate::hub::{Hub, PublishError, StopReason};
use crate::publisher::Publisher;

/// Between two parts of a backlog.
pub(crate) const CATCH_UP_INTERVAL: Duration = Duration::from_millis(6);
/// Between two looks at sessions that may have timed out.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);
/// Notes handled before the socket has its turn.
const NOTES_AT_ONCE: usize = 32;

/// From the tasks that watch broadcasts and publishers for this worker.
pub(crate) enum Note {
    Frame { show: Uuid, rendition: Arc<str>, frame: Arc<Frame> },
    ShowChanged(Uuid),
    Published { key: u64, result: Result<Box<Publisher>, PublishError> },
    KeyframeWanted { key: u64, layer: Layer },
    Stop { key: u64, reason: StopReason },
}

pub(crate) struct Worker {
    hub: Arc<Hub>,
    /// The runtime that the hub and its authority belong to.
    main: Handle,
    udp: Udp,
    addresses: Addresses,
    commands: mpsc::Receiver<Command>,
    notes: mpsc::Receiver<Note>,
    notes_in: mpsc::Sender<Note>,
    sessions: HashMap<u64, Session>,
    by_remote: HashMap<SocketAddr, u64>,
    by_ufrag: HashMap<String, u64>,
    shows: HashMap<Uuid, Show>,
    catching_up: HashSet<u64>,
    /// Publishers that ended the show while they were being let in.
    finished: HashSet<u64>,
    timers: Timers,
    buffers: ReceiveBuffers,
    /// Reused from frame to frame.
    keys: Vec<u64>,
    happened: Vec<Happened>,
}

impl Worker {
    /// Must be called inside the runtime that will run it.
    pub(crate) fn new(
        socket: std::net::UdpSocket,
        addresses: Addresses,
        commands: mpsc::Receiver<Command>,
        hub: Arc<Hub>,
        main: Handle,
    ) -> std::io::Result<Self> {
        let (notes_in, notes) = mpsc::channel(1_024);
        Ok(Self {
            hub,
            main,
            udp: Udp::new(socket)?,
            addresses,
            commands,
            notes,
            notes_in,
            sessions: HashMap::new(),
            by_remote: HashMap::new(),
            by_ufrag: HashMap::new(),
            shows: HashMap::new(),
            catching_up: HashSet::new(),
            finished: HashSet::new(),
            timers: Timers::default(),
            buffers: ReceiveBuffers::new(),
            keys: Vec::new(),
            happened: Vec::new(),
        })
    }

    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        sweep.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut catch_up = tokio::time::interval(CATCH_UP_INTERVAL);
        catch_up.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut notes = Vec::with_capacity(NOTES_AT_ONCE);
        loop {
            let due = self.timers.next();
            tokio::select! {
                () = self.udp.readable() => self.receive(),
                () = self.udp.writable(), if self.udp.is_blocked() => self.udp.resume(),
                _ = self.notes.recv_many(&mut notes, NOTES_AT_ONCE) => {
                    for note in notes.drain(..) {
                        self.note(note);
                    }
                }
                command = self.commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => break,
                },
                () = sleep_until(due), if due.is_some() => {}
                _ = catch_up.tick(), if !self.catching_up.is_empty() => self.catch_up(),
                _ = sweep.tick() => self.sweep(),
                () = shutdown.cancelled() => break,
            }
            self.fire_timers();
            self.udp.flush();
        }
        self.close_all("the server is shutting down");
    }

    fn note(&mut self, note: Note) {
        let now = Instant::now();
        match note {
            Note::Frame { show, rendition, frame } => self.frame(show, &rendition, &frame, now),
            Note::ShowChanged(show) => self.show_changed(show),
            Note::Published { key, result } => self.published(key, result, now),
            Note::KeyframeWanted { key, layer } => self.serve(key, now, |session| {
                session.request_keyframe(layer);
                session.advance(now)?;
                Ok(true)
            }),
            Note::Stop { key, reason } => {
                info!(session = key, %reason, "publisher told to stop");
                self.close(key, "the publisher must stop", false);
            }
        }
    }

    /// Lets `act` work on a session, then sends and handles what comes of it. `act` says whether there is anything.
    fn serve(&mut self, key: u64, now: Instant, act: impl FnOnce(&mut Session) -> Result<bool, Over>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (udp, addresses, happened) = (&mut self.udp, &self.addresses, &mut self.happened);
        // str0m promises no panic on remote input; should one happen all the same, it costs one session.
        let served = catch_unwind(AssertUnwindSafe(|| {
            if act(session)? { session.drain(now, udp, addresses, happened).map(Some) } else { Ok(None) }
        }));
        match served {
            Ok(Ok(Some(next))) => self.timers.set(key, &mut session.deadline, next),
            Ok(Ok(None)) => {}
            Ok(Err(Over(reason))) => self.close(key, reason, false),
            Err(_) => {
                error!(session = key, "a WebRTC session panicked and was closed");
                self.close(key, "an internal error", false);
            }
        }
        for happened in mem::take(&mut self.happened) {
            match happened {
                Happened::Connected => self.connected(key),
                Happened::Opened(layer) => self.opened(key, layer),
            }
        }
    }

    fn fire_timers(&mut self) {
        let now = Instant::now();
        while let Some((at, key)) = self.timers.pop(now) {
            let Some(session) = self.sessions.get_mut(&key) else { continue };
            let due = session.deadline.is_due(now);
            self.timers.requeue(key, &mut session.deadline, at);
            if due {
                self.serve(key, now, |session| session.advance(now).map(|()| true));
            }
        }
    }

    fn connected(&mut self, key: u64) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        if session.has_left() {
            return self.close(key, "the peer closed the connection as soon as it stood", false);
        }
        match &mut session.role {
            Role::Viewer(viewer) => {
                viewer.counted = Some(viewer.stream.count_viewer());
                debug!(session = key, broadcast = %viewer.stream.id, "viewer connected");
                let stream = viewer.stream.clone();
                let notes = self.notes_in.clone();
                let show = self.shows.entry(stream.id).or_insert_with(|| Show::new(stream, notes));
                show.viewers.insert(key);
                self.assign(key);
            }
            Role::Publisher { request, .. } => {
                let (hub, request, notes) = (self.hub.clone(), request.clone(), self.notes_in.clone());
                self.main.spawn(async move {
                    let result = hub.publish(request).await.map(Box::new);
                    let _ = notes.send(Note::Published { key, result }).await;
                });
            }
        }
    }

    fn sweep(&mut self) {
        let now = Instant::now();
        let timed_out: Vec<(u64, Over)> =
            self.sessions.iter_mut().filter_map(|(&key, session)| Some((key, session.timed_out(now)?))).collect();
        for (key, Over(reason)) in timed_out {
            self.close(key, reason, false);
        }
        for (&key, session) in &mut self.sessions {
            if let Some((viewer, _)) = session.viewer() {
                viewer.tracks.iter_mut().for_each(Outgoing::ask_again);
                if viewer.is_behind() {
                    self.catching_up.insert(key);
                }
            }
        }
        let traffic = self.udp.take_traffic();
        metrics::counter!("klieg_rtc_packets_sent_total").increment(traffic.packets);
        metrics::counter!("klieg_rtc_bytes_sent_total").increment(traffic.bytes);
        metrics::counter!("klieg_rtc_packets_dropped_total").increment(traffic.dropped);
    }

    fn close_all(&mut self, reason: &'static str) {
        let keys: Vec<u64> = self.sessions.keys().copied().collect();
        for key in keys {
            self.close(key, reason, false);
        }
        self.udp.flush();
    }

    /// Ends a session. `finished` means that its publisher ended the show.
    fn close(&mut self, key: u64, reason: &'static str, finished: bool) {
        let Some(mut session) = self.sessions.remove(&key) else { return };
        let (udp, addresses) = (&mut self.udp, &self.addresses);
        let _ = catch_unwind(AssertUnwindSafe(|| session.close(udp, addresses)));
        gauge(&session).decrement(1.0);
        self.catching_up.remove(&key);
        self.by_ufrag.retain(|_, owner| *owner != key);
        for remote in &session.remotes {
            if self.by_remote.get(remote) == Some(&key) {
                self.by_remote.remove(remote);
            }
        }
        let was_connected = session.is_connected();
        match session.role {
            Role::Publisher { ingest, .. } => {
                info!(session = key, reason, "WHIP session closed");
                // The hub goes on with the broadcast on its own runtime.
                let _main = self.main.enter();
                match ingest.into_publisher() {
                    Some(publisher) if finished => publisher.finish(),
                    // Its answer is on the way since it connected.
                    None if finished && was_connected => {
                        self.finished.insert(key);
                    }
                    publisher => drop(publisher),
                }
            }
            Role::Viewer(viewer) => {
                debug!(session = key, reason, "WHEP session closed");
                if let Some(show) = self.shows.get_mut(&viewer.show()) {
                    show.viewers.remove(&key);
                    for rendition in viewer.tracks.iter().flat_map(Outgoing::joined) {
                        show.leave(rendition.name(), key);
                    }
                    if show.viewers.is_empty() {
                        self.shows.remove(&viewer.show());
                    }
                }
            }
        }
    }
}

fn gauge(session: &Session) -> metrics::Gauge {
    match session.role {
        Role::Publisher { .. } => metrics::gauge!("klieg_whip_sessions"),
        Role::Viewer(_) => metrics::gauge!("klieg_whep_sessions"),
    }
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
