//! A worker: one thread, one UDP socket, and the sessions that live on it.
//!
//! Everything a session needs happens here, one thing after another: datagrams in, frames of the broadcasts that its
//! viewers watch, timers, commands from the HTTP side. A frame is packetised once and written to every viewer; each
//! viewer's packets are then drained together, which is what makes str0m and the kernel fast.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::ice::StunMessage;
use str0m::net::{Protocol, Receive};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use uuid::Uuid;

use super::addresses::Addresses;
use super::ingest::Layer;
use super::offer::Fragment;
use super::session::{Happened, Over, Role, Session};
use super::show::{Anchor, Show, choose};
use super::timers::Timers;
use super::udp::{ReceiveBuffers, Udp};
use super::viewer::{Undecodable, ask_again};
use crate::frame::Frame;
use crate::hub::{Hub, PublishError, StopReason};
use crate::publisher::Publisher;
use crate::stream::StreamState;

/// Between two parts of a backlog.
pub(crate) const CATCH_UP_INTERVAL: Duration = Duration::from_millis(6);
/// Between two looks at sessions that may have timed out.
const SWEEP_INTERVAL: Duration = Duration::from_millis(500);
/// Notes handled before the socket has its turn.
const NOTES_AT_ONCE: usize = 32;
/// Full receive batches handled before the rest has its turn.
const RECEIVES_AT_ONCE: usize = 8;

/// From the HTTP side.
pub(crate) enum Command {
    Open {
        key: u64,
        session: Box<Session>,
    },
    Patch {
        key: u64,
        fragment: Fragment,
        reply: oneshot::Sender<Patched>,
    },
    /// Replies whether the answer was accepted.
    Answer {
        key: u64,
        answer: String,
        reply: oneshot::Sender<bool>,
    },
    Close {
        key: u64,
        reply: oneshot::Sender<()>,
    },
    Drain {
        reply: oneshot::Sender<()>,
    },
}

/// What became of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Patched {
    Taken,
    /// ICE restarted; the fragment that answers.
    Restarted(String),
    Refused,
}

/// From the tasks that watch broadcasts and publishers for this worker.
pub(crate) enum Note {
    Frame { show: Uuid, rendition: Arc<str>, frame: Arc<Frame> },
    ShowChanged(Uuid),
    Published { key: u64, result: Result<Publisher, PublishError> },
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

    fn receive(&mut self) {
        for _ in 0..RECEIVES_AT_ONCE {
            let mut buffers = mem::replace(&mut self.buffers, ReceiveBuffers::empty());
            let received = self.udp.receive(&mut buffers);
            let now = Instant::now();
            if received {
                for (remote, local, datagram) in buffers.datagrams() {
                    self.datagram(remote, local, datagram, now);
                }
            }
            self.buffers = buffers;
            if !received {
                return;
            }
        }
    }

    fn datagram(&mut self, remote: SocketAddr, local: Option<IpAddr>, datagram: &[u8], now: Instant) {
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let named = self.named(datagram);
        let Some(key) = named.or_else(|| self.by_remote.get(&remote).copied()) else { return };
        let local = self.addresses.reached_at(local);
        let Ok(datagram) = Receive::new(Protocol::Udp, remote, local, datagram) else { return };
        let mut accepted = false;
        self.serve(key, now, |session| {
            accepted = session.receive(datagram, now)?;
            Ok(accepted)
        });
        // Only STUN that proved to know the session's password makes an address the session's.
        if accepted && named.is_some() && self.by_remote.get(&remote) != Some(&key) && self.sessions.contains_key(&key)
        {
            self.by_remote.insert(remote, key);
            let forgotten = self.sessions.get_mut(&key).and_then(|session| session.remember(remote));
            if let Some(forgotten) = forgotten {
                self.by_remote.remove(&forgotten);
            }
        }
    }

    /// The session that a STUN request names.
    fn named(&self, datagram: &[u8]) -> Option<u64> {
        if datagram.first().is_none_or(|&first| first > 1) {
            return None;
        }
        let message = StunMessage::parse(datagram).ok()?;
        let (local, _) = message.split_username()?;
        self.by_ufrag.get(local).copied()
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

    fn command(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Open { key, session } => self.open(key, *session),
            Command::Patch { key, fragment, reply } => {
                let mut patched = None;
                self.serve(key, now, |session| {
                    patched = Some(session.patch(&fragment));
                    session.advance(now)?;
                    Ok(true)
                });
                if let (Some(Patched::Restarted(_)), Some(session)) = (&patched, self.sessions.get_mut(&key)) {
                    self.by_ufrag.insert(session.local_ufrag(), key);
                }
                let _ = patched.map(|patched| reply.send(patched));
            }
            Command::Answer { key, answer, reply } => {
                let mut accepted = false;
                self.serve(key, now, |session| {
                    accepted = session.answer(&answer);
                    session.advance(now)?;
                    Ok(true)
                });
                let _ = reply.send(accepted);
            }
            Command::Close { key, reply } => {
                self.close(key, "it was deleted", true);
                let _ = reply.send(());
            }
            Command::Drain { reply } => {
                self.close_all("the server is shutting down");
                let _ = reply.send(());
            }
        }
    }

    fn open(&mut self, key: u64, mut session: Session) {
        let now = Instant::now();
        self.by_ufrag.insert(session.local_ufrag(), key);
        gauge(&session).increment(1.0);
        self.timers.set(key, &mut session.deadline, now);
        self.sessions.insert(key, session);
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
                    let result = hub.publish(request).await;
                    let _ = notes.send(Note::Published { key, result }).await;
                });
            }
        }
    }

    fn published(&mut self, key: u64, result: Result<Publisher, PublishError>, now: Instant) {
        let publisher = match result {
            Ok(publisher) if self.sessions.contains_key(&key) => publisher,
            Ok(publisher) => {
                let _main = self.main.enter();
                drop(publisher);
                return;
            }
            Err(error) => {
                warn!(session = key, %error, "publisher connected but was not let in");
                return self.close(key, "it was not let in", false);
            }
        };
        let mut stop = publisher.watch_stop();
        let notes = self.notes_in.clone();
        if let Some(session) = self.sessions.get_mut(&key) {
            session.tasks.spawn(async move {
                if let Ok(reason) = stop.wait_for(Option::is_some).await.map(|reason| *reason) {
                    let reason = reason.unwrap_or(StopReason::Ended);
                    let _ = notes.send(Note::Stop { key, reason }).await;
                }
            });
        }
        let mut happened = Vec::new();
        self.serve(key, now, |session| {
            session.admit(publisher, now, &mut happened)?;
            session.advance(now)?;
            Ok(true)
        });
        for happened in happened {
            if let Happened::Opened(layer) = happened {
                self.opened(key, layer);
            }
        }
    }

    /// A publisher's layer has become a rendition: its viewers' wishes for keyframes go to the publisher from now on.
    fn opened(&mut self, key: u64, layer: Layer) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Role::Publisher { ingest, .. } = &session.role else { return };
        let (Some(publisher), Some(name)) = (ingest.publisher(), ingest.rendition(layer)) else { return };
        let Some(rendition) = publisher.stream().rendition(name) else { return };
        let mut wanted = rendition.keyframe_requests();
        let notes = self.notes_in.clone();
        session.tasks.spawn(async move {
            while wanted.changed().await.is_ok() {
                if notes.send(Note::KeyframeWanted { key, layer }).await.is_err() {
                    return;
                }
            }
        });
    }

    fn frame(&mut self, show: Uuid, rendition: &str, frame: &Arc<Frame>, now: Instant) {
        let Some(show) = self.shows.get_mut(&show) else { return };
        show.anchor.observe(frame, now);
        let anchor = show.anchor;
        let id = show.stream.id;
        let Some(feed) = show.feed(rendition) else { return };
        if !feed.reorders && feed.rendition.reorders() {
            feed.reorders = true;
            return self.show_changed(id);
        }
        let mut keys = mem::take(&mut self.keys);
        keys.extend(&feed.viewers);
        for &key in &keys {
            let Some((viewer, _)) = self.sessions.get_mut(&key).and_then(Session::viewer) else { continue };
            for track in &mut viewer.tracks {
                if track.rendition.as_ref().is_some_and(|joined| joined.name() == rendition) {
                    track.take(frame);
                }
            }
            if !self.catching_up.contains(&key) {
                while self.write(key, anchor, now) {}
            }
        }
        keys.clear();
        self.keys = keys;
    }

    /// Sends the next part of what a viewer has waiting. Returns whether there is more.
    fn write(&mut self, key: u64, anchor: Anchor, now: Instant) -> bool {
        let mut more = false;
        self.serve(key, now, |session| {
            let Some((viewer, rtc)) = session.viewer() else { return Ok(false) };
            if !viewer.is_behind() {
                return Ok(false);
            }
            for track in &mut viewer.tracks {
                track.write(rtc, |place| anchor.moment(place, now)).map_err(undecodable)?;
            }
            more = viewer.is_behind();
            session.advance(now)?;
            Ok(true)
        });
        more
    }

    fn catch_up(&mut self) {
        let now = Instant::now();
        let keys: Vec<u64> = self.catching_up.iter().copied().collect();
        for key in keys {
            let show = self.sessions.get_mut(&key).and_then(Session::viewer).map(|(viewer, _)| viewer.show());
            let anchor = show.and_then(|show| self.shows.get(&show)).map(|show| show.anchor);
            if !anchor.is_some_and(|anchor| self.write(key, anchor, now)) {
                self.catching_up.remove(&key);
            }
        }
    }

    /// A broadcast has new renditions, has changed state, or is over.
    fn show_changed(&mut self, id: Uuid) {
        let Some(show) = self.shows.get_mut(&id) else { return };
        show.watch_renditions();
        let viewers: Vec<u64> = show.viewers.iter().copied().collect();
        let over = show.stream.state() == StreamState::Ended;
        for key in viewers {
            if over {
                self.close(key, "the broadcast ended", false);
            } else {
                self.assign(key);
            }
        }
    }

    /// Gives each of a viewer's tracks the best rendition there is now.
    fn assign(&mut self, key: u64) {
        let Some((viewer, _)) = self.sessions.get_mut(&key).and_then(Session::viewer) else { return };
        let stream = viewer.stream.clone();
        let Some(show) = self.shows.get_mut(&stream.id) else { return };
        for track in &mut viewer.tracks {
            let best = choose(&stream, track.kind, |codec| track.decodes(codec));
            let current = track.rendition.clone();
            // What is joined stays until there is something better, unless it cannot be shown after all.
            let stays = match (&current, &best) {
                (Some(current), Some(best)) => Arc::ptr_eq(current, best),
                (Some(current), None) => !current.reorders(),
                (None, best) => best.is_none(),
            };
            if stays {
                continue;
            }
            if let Some(current) = current {
                show.leave(current.name(), key);
                track.leave();
            }
            let Some(best) = best else { continue };
            show.join(&best, key);
            track.join(&best, &stream);
            debug!(session = key, rendition = best.name(), "viewer joined a rendition");
        }
        if viewer.is_behind() {
            self.catching_up.insert(key);
        }
    }

    fn sweep(&mut self) {
        let now = Instant::now();
        let timed_out: Vec<(u64, Over)> =
            self.sessions.iter().filter_map(|(&key, session)| Some((key, session.timed_out(now)?))).collect();
        for (key, Over(reason)) in timed_out {
            self.close(key, reason, false);
        }
        for session in self.sessions.values_mut() {
            if let Some((viewer, _)) = session.viewer() {
                viewer.tracks.iter().for_each(ask_again);
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
        match session.role {
            Role::Publisher { ingest, .. } => {
                info!(session = key, reason, "WHIP session closed");
                // The hub goes on with the broadcast on its own runtime.
                let _main = self.main.enter();
                match ingest.into_publisher() {
                    Some(publisher) if finished => publisher.finish(),
                    publisher => drop(publisher),
                }
            }
            Role::Viewer(viewer) => {
                debug!(session = key, reason, "WHEP session closed");
                if let Some(show) = self.shows.get_mut(&viewer.show()) {
                    show.viewers.remove(&key);
                    for rendition in viewer.tracks.iter().filter_map(|track| track.rendition.as_ref()) {
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

fn undecodable(Undecodable: Undecodable) -> Over {
    Over("the broadcast changed to a codec that the viewer did not agree to")
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
