//! The hub knows every broadcast of this node: it lets publishers in, hands over on takeover, awaits the dropped.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::{info, warn};
use uuid::Uuid;

use crate::authority::{Authority, Denied, Handle, PlayRequest, PublishGrant, PublishRequest};
use crate::publisher::Publisher;
use crate::stream::{Ingest, Stream, StreamObserver, StreamState};

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
}

/// A broadcast and its publisher's session.
struct Slot {
    stream: Arc<Stream>,
    key: Uuid,
    session: Arc<Session>,
}

/// One publisher's connection to its broadcast.
#[derive(Debug)]
pub(crate) struct Session {
    stop: watch::Sender<Option<StopReason>>,
}

impl Session {
    fn new() -> Arc<Self> {
        Arc::new(Self { stop: watch::Sender::new(None) })
    }

    fn stop(&self, reason: StopReason) {
        self.stop.send_if_modified(|now| {
            let first = now.is_none();
            if first {
                *now = Some(reason);
            }
            first
        });
    }

    pub(crate) fn stopped(&self) -> Option<StopReason> {
        *self.stop.borrow()
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Option<StopReason>> {
        self.stop.subscribe()
    }
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
        })
    }

    /// Lets a publisher in, or says why not.
    ///
    /// If its channel is live already, the broadcast goes on with this publisher, and the one before is told that it was
    /// taken over.
    pub async fn publish(self: &Arc<Self>, request: PublishRequest) -> Result<Publisher, PublishError> {
        // In a task of its own: a caller that goes away midway must not leave a broadcast that began and never ends.
        let hub = self.clone();
        let admission = tokio::spawn(async move { hub.admit(request).await });
        admission.await.unwrap_or(Err(PublishError::Denied(Denied::Unavailable)))
    }

    async fn admit(self: &Arc<Self>, request: PublishRequest) -> Result<Publisher, PublishError> {
        if *self.draining.borrow() {
            return Err(PublishError::Draining);
        }
        let grant = self.authority.may_publish(&request).await?;
        let _door = self.door.lock().await;
        if *self.draining.borrow() {
            return Err(PublishError::Draining);
        }
        if let Some(publisher) = self.resume(&grant, &request) {
            return Ok(publisher);
        }
        let ingest = Ingest { protocol: request.protocol, encoder: request.encoder.clone(), reconnects: 0 };
        let stream = Arc::new(Stream::new(&grant, ingest));
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

    /// Cuts off whoever publishes with this key and ends the broadcast.
    pub fn revoke_key(self: &Arc<Self>, key: Uuid) {
        let revoked: Vec<_> = {
            let slots = self.slots.read();
            slots
                .values()
                .filter(|slot| slot.key == key)
                .map(|slot| (slot.stream.clone(), slot.session.clone()))
                .collect()
        };
        for (stream, session) in revoked {
            session.stop(StopReason::KeyRevoked);
            self.end(&stream);
        }
    }

    /// Ends a channel's broadcast, if there is one.
    pub fn end_broadcast(self: &Arc<Self>, handle: &Handle) {
        let found = self.slots.read().get(handle).map(|slot| (slot.stream.clone(), slot.session.clone()));
        if let Some((stream, session)) = found {
            session.stop(StopReason::Ended);
            self.end(&stream);
        }
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
    }

    /// The publisher of `session` is gone: for good if `finished`, else it is awaited.
    pub(crate) fn publisher_gone(self: &Arc<Self>, stream: &Arc<Stream>, session: &Arc<Session>, finished: bool) {
        if !self.is_current(stream, session) {
            return;
        }
        if finished || self.grace.is_zero() {
            self.end(stream);
            return;
        }
        let until = Instant::now() + self.grace;
        stream.set_state(StreamState::Waiting { until });
        warn!(broadcast = %stream.id, handle = %stream.handle, grace_s = self.grace.as_secs(), "publisher dropped; waiting for it to return");
        let (hub, stream, session) = (self.clone(), stream.clone(), session.clone());
        tokio::spawn(async move {
            tokio::time::sleep_until(until).await;
            if hub.is_current(&stream, &session) {
                hub.end(&stream);
            }
        });
    }

    fn is_current(&self, stream: &Stream, session: &Arc<Session>) -> bool {
        self.slots.read().get(&stream.handle).is_some_and(|slot| Arc::ptr_eq(&slot.session, session))
    }

    fn end(self: &Arc<Self>, stream: &Arc<Stream>) {
        {
            let mut slots = self.slots.write();
            if slots.get(&stream.handle).is_none_or(|slot| slot.stream.id != stream.id) {
                return;
            }
            slots.remove(&stream.handle);
        }
        stream.set_state(StreamState::Ended);
        info!(broadcast = %stream.id, handle = %stream.handle, seconds = stream.age().as_secs(), "broadcast ended");
        let (hub, stream) = (self.clone(), stream.clone());
        tokio::spawn(async move { hub.authority.broadcast_ended(&stream).await });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use tokio::sync::Notify;

    use super::*;
    use crate::authority::{IngestProtocol, StaticAuthority};

    /// Takes its time to write down that a broadcast began.
    struct Slow {
        keys: StaticAuthority,
        beginning: Notify,
        go_on: Notify,
        ended: Notify,
        count: AtomicUsize,
    }

    #[async_trait]
    impl Authority for Slow {
        async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
            self.keys.may_publish(request).await
        }

        async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
            self.keys.may_play(request).await
        }

        async fn broadcast_started(&self, _stream: &Arc<Stream>) -> Result<(), Denied> {
            self.count.fetch_add(1, Ordering::Relaxed);
            self.beginning.notify_one();
            self.go_on.notified().await;
            Ok(())
        }

        async fn broadcast_ended(&self, _stream: &Arc<Stream>) {
            self.count.fetch_sub(1, Ordering::Relaxed);
            self.ended.notify_one();
        }
    }

    #[tokio::test]
    async fn a_publisher_that_leaves_at_the_door_leaves_no_broadcast_behind() {
        let slow = Arc::new(Slow {
            keys: StaticAuthority::new([("key", "show")]),
            beginning: Notify::new(),
            go_on: Notify::new(),
            ended: Notify::new(),
            count: AtomicUsize::new(0),
        });
        let hub = Hub::new(slow.clone(), vec![], Duration::ZERO);
        let request = PublishRequest {
            key: "key".to_owned(),
            protocol: IngestProtocol::Whip,
            peer: ([127, 0, 0, 1], 1).into(),
            encoder: None,
        };
        tokio::select! {
            _ = hub.publish(request) => unreachable!("the authority has not answered"),
            () = slow.beginning.notified() => {}
        }
        slow.go_on.notify_one();
        tokio::time::timeout(Duration::from_secs(5), slow.ended.notified()).await.unwrap();
        assert_eq!(slow.count.load(Ordering::Relaxed), 0);
        assert!(hub.streams().is_empty());
    }
}
