//! The hub knows every broadcast of this node: it lets publishers in, hands over on takeover, awaits the dropped.

mod session;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::RwLock;
use tokio::runtime;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use uuid::Uuid;

pub(crate) use session::Session;

use crate::authority::{Authority, Denied, Handle, PlayRequest, PublishGrant, PublishRequest};
use crate::publisher::Publisher;
use crate::stream::{Ingest, Stream, StreamObserver, StreamState};

/// Channels whose viewers are still to be asked for again. When there are more, those of every channel are.
const PERMISSIONS: usize = 256;

/// Why a publisher must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    #[error("another encoder took over this broadcast with the same key")]
    TakenOver,
    #[error("the stream key was revoked")]
    KeyRevoked,
    #[error("the server ended the broadcast")]
    Ended,
    #[error("the server is shutting down; connect again in a moment")]
    Shutdown,
}

/// Why a publisher was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("the server is shutting down; connect again in a moment")]
    Draining,
}

pub struct Hub {
    authority: Arc<dyn Authority>,
    observers: Vec<Arc<dyn StreamObserver>>,
    grace: Duration,
    slots: RwLock<HashMap<Handle, Slot>>,
    /// Publishers are let in one after another, so that two with the same key cannot both begin a broadcast.
    door: tokio::sync::Mutex<()>,
    draining: watch::Sender<bool>,
    /// Counts revoked keys, so that one revoked while its publisher is being let in does not slip through.
    revocations: AtomicU64,
    /// Channels that other people may watch than before.
    permissions: broadcast::Sender<Handle>,
    /// Counts those changes, so that a viewer who is let in during one does not slip through.
    permission_changes: AtomicU64,
    /// Where the hub's own tasks run: publishers are also dropped on threads outside the runtime.
    runtime: OnceLock<runtime::Handle>,
    /// What the authority is being told of ended broadcasts.
    endings: TaskTracker,
}

/// A broadcast and its publisher's session.
struct Slot {
    stream: Arc<Stream>,
    key: Uuid,
    session: Arc<Session>,
}

impl Hub {
    /// A hub that awaits a dropped publisher for `grace`.
    pub fn new(authority: Arc<dyn Authority>, observers: Vec<Arc<dyn StreamObserver>>, grace: Duration) -> Arc<Self> {
        Arc::new(Self {
            authority,
            observers,
            grace,
            slots: RwLock::default(),
            door: tokio::sync::Mutex::new(()),
            draining: watch::Sender::new(false),
            revocations: AtomicU64::new(0),
            permissions: broadcast::Sender::new(PERMISSIONS),
            permission_changes: AtomicU64::new(0),
            runtime: OnceLock::new(),
            endings: TaskTracker::new(),
        })
    }

    /// Whether a publisher would be let in now. Nothing begins: a session that never connects must not take over a
    /// live one.
    pub async fn check(&self, request: &PublishRequest) -> Result<PublishGrant, PublishError> {
        if self.is_draining() {
            return Err(PublishError::Draining);
        }
        Ok(self.authority.may_publish(request).await?)
    }

    /// Asks the authority whether a session may be prepared for a publisher that would be let in.
    pub(crate) async fn may_prepare(&self, grant: &PublishGrant) -> Result<(), Denied> {
        self.authority.may_prepare(grant).await
    }

    /// Lets a publisher in, or says why not.
    ///
    /// If its channel is live already, the broadcast goes on with this publisher, and the one before is told that it was
    /// taken over.
    pub async fn publish(self: &Arc<Self>, request: PublishRequest) -> Result<Publisher, PublishError> {
        // In a task of its own: a caller that goes away midway must not leave a broadcast that began and never ends.
        let hub = self.clone();
        let admission = tokio::spawn(async move { hub.let_in(request).await });
        admission.await.unwrap_or(Err(PublishError::Denied(Denied::Unavailable)))
    }

    async fn let_in(self: &Arc<Self>, request: PublishRequest) -> Result<Publisher, PublishError> {
        if *self.draining.borrow() {
            return Err(PublishError::Draining);
        }
        let _ = self.runtime.set(runtime::Handle::current());
        let revocations = self.revocations.load(Ordering::Acquire);
        let grant = self.authority.may_publish(&request).await?;
        let publisher = self.admit(&grant, &request).await?;
        if self.revocations.load(Ordering::Acquire) != revocations
            && let Err(denied) = self.authority.may_publish(&request).await
        {
            publisher.finish();
            return Err(denied.into());
        }
        Ok(publisher)
    }

    async fn admit(
        self: &Arc<Self>,
        grant: &PublishGrant,
        request: &PublishRequest,
    ) -> Result<Publisher, PublishError> {
        let _door = self.door.lock().await;
        if *self.draining.borrow() {
            return Err(PublishError::Draining);
        }
        if let Some(publisher) = self.resume(grant, request) {
            return Ok(publisher);
        }
        let stream = Arc::new(Stream::new(grant, Ingest::new(request.protocol, request.encoder.clone())));
        self.authority.broadcast_started(&stream).await?;
        let session = Session::new();
        let slot = Slot { stream: stream.clone(), key: grant.key, session: session.clone() };
        self.slots.write().insert(grant.handle.clone(), slot);
        for observer in &self.observers {
            observer.stream_started(&stream);
        }
        info!(broadcast = %stream.id, handle = %stream.handle, protocol = request.protocol.name(), peer = %request.peer, "broadcast started");
        Ok(Publisher::new(self.clone(), stream, session, grant.key))
    }

    fn resume(self: &Arc<Self>, grant: &PublishGrant, request: &PublishRequest) -> Option<Publisher> {
        let mut slots = self.slots.write();
        let slot = slots.get_mut(&grant.handle).filter(|slot| slot.stream.state() != StreamState::Ended)?;
        slot.session.stop(StopReason::TakenOver);
        slot.session = Session::new();
        slot.key = grant.key;
        slot.stream.set_ingest(request.protocol, request.encoder.clone());
        slot.stream.set_state(StreamState::Live);
        info!(broadcast = %slot.stream.id, handle = %slot.stream.handle, protocol = request.protocol.name(), peer = %request.peer, "publisher resumed the broadcast");
        Some(Publisher::new(self.clone(), slot.stream.clone(), slot.session.clone(), grant.key))
    }

    /// The broadcast of a channel, live or awaited.
    pub fn stream(&self, handle: &Handle) -> Option<Arc<Stream>> {
        self.slots.read().get(handle).map(|slot| slot.stream.clone())
    }

    /// Every broadcast of this node.
    pub fn streams(&self) -> Vec<Arc<Stream>> {
        self.slots.read().values().map(|slot| slot.stream.clone()).collect()
    }

    /// Asks the authority whether this viewer may watch.
    pub async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        self.authority.may_play(request).await
    }

    /// Other people may watch this channel than before: delivery that has sessions asks again for those who do.
    pub fn permissions_changed(&self, handle: &Handle) {
        self.permission_changes.fetch_add(1, Ordering::AcqRel);
        let _ = self.permissions.send(handle.clone());
    }

    /// How often that was.
    pub(crate) fn permission_changes(&self) -> u64 {
        self.permission_changes.load(Ordering::Acquire)
    }

    /// The channels of which that is so, from now on.
    pub(crate) fn watch_permissions(&self) -> broadcast::Receiver<Handle> {
        self.permissions.subscribe()
    }

    /// Cuts off whoever publishes with this key and ends the broadcast.
    pub fn revoke_key(self: &Arc<Self>, key: Uuid) {
        self.revocations.fetch_add(1, Ordering::AcqRel);
        self.end_where(StopReason::KeyRevoked, |slot| slot.key == key);
    }

    /// Ends a channel's broadcast, if there is one.
    pub fn end_broadcast(self: &Arc<Self>, handle: &Handle) {
        self.end_where(StopReason::Ended, |slot| slot.stream.handle == *handle);
    }

    /// True once [`drain`](Self::drain) was called: nobody new is let in.
    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// A receiver that changes when draining begins.
    pub fn watch_draining(&self) -> watch::Receiver<bool> {
        self.draining.subscribe()
    }

    /// Lets nobody new in, tells every publisher to reconnect, and ends the broadcasts of this node.
    pub async fn drain(self: &Arc<Self>) {
        self.draining.send_replace(true);
        let _door = self.door.lock().await;
        let all: Vec<_> = self.slots.write().drain().map(|(_, slot)| slot).collect();
        for slot in all {
            slot.session.stop(StopReason::Shutdown);
            slot.stream.set_state(StreamState::Ended);
            self.authority.broadcast_ended(&slot.stream).await;
        }
        self.endings.close();
        self.endings.wait().await;
    }

    /// The publisher of `session` is gone: for good if `finished`, else it is awaited. Nothing happens if another took
    /// over.
    pub(crate) fn publisher_gone(self: &Arc<Self>, stream: &Arc<Stream>, session: &Arc<Session>, finished: bool) {
        if finished || self.grace.is_zero() {
            self.end_where(StopReason::Ended, |slot| Arc::ptr_eq(&slot.session, session));
            return;
        }
        let until = Instant::now() + self.grace;
        if !self.set_state(stream, session, StreamState::Waiting { until }) {
            return;
        }
        warn!(broadcast = %stream.id, handle = %stream.handle, grace_s = self.grace.as_secs(), "publisher dropped; waiting for it to return");
        let (hub, session) = (self.clone(), session.clone());
        self.spawn(async move {
            tokio::time::sleep_until(until).await;
            hub.end_where(StopReason::Ended, |slot| Arc::ptr_eq(&slot.session, &session));
        });
    }

    /// The publisher of `session` is silent and may come back by itself within `patience`, after which it will be gone.
    pub(crate) fn publisher_silent(&self, stream: &Arc<Stream>, session: &Arc<Session>, patience: Duration) {
        let until = Instant::now() + patience + self.grace;
        if self.set_state(stream, session, StreamState::Waiting { until }) {
            warn!(broadcast = %stream.id, handle = %stream.handle, patience_s = patience.as_secs(), "publisher silent; waiting for it to be heard again");
        }
    }

    /// The publisher of `session` is heard again.
    pub(crate) fn publisher_heard(&self, stream: &Arc<Stream>, session: &Arc<Session>) {
        if self.set_state(stream, session, StreamState::Live) {
            info!(broadcast = %stream.id, handle = %stream.handle, "publisher heard again");
        }
    }

    /// Sets the state of a broadcast that is this publisher's. False if another took over, or it is over.
    fn set_state(&self, stream: &Stream, session: &Arc<Session>, state: StreamState) -> bool {
        // Under the lock, so that a publisher that returns right now is not declared missing.
        let slots = self.slots.read();
        let its = slots.get(&stream.handle).is_some_and(|slot| Arc::ptr_eq(&slot.session, session));
        if its {
            stream.set_state(state);
        }
        its
    }

    /// Ends the broadcasts that `chosen` names, with their publishers.
    fn end_where(self: &Arc<Self>, reason: StopReason, chosen: impl Fn(&Slot) -> bool) {
        // Chosen and taken out under one lock: who took over in between keeps the broadcast.
        let ended: Vec<_> = self.slots.write().extract_if(|_, slot| chosen(slot)).map(|(_, slot)| slot).collect();
        for Slot { stream, session, .. } in ended {
            session.stop(reason);
            stream.set_state(StreamState::Ended);
            info!(broadcast = %stream.id, handle = %stream.handle, seconds = stream.age().as_secs(), "broadcast ended");
            let hub = self.clone();
            self.spawn(self.endings.track_future(async move { hub.authority.broadcast_ended(&stream).await }));
        }
    }

    /// Without a runtime nobody was ever let in, and nothing is to be done.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = self.runtime.get() {
            runtime.spawn(task);
        }
    }
}
