//! The room of a channel that another server keeps: connections of this one take part in it through the bus.
//!
//! A relay decides nothing. When it loses touch with the home its connections are closed and invited back: by then the room
//! has a home again, perhaps here, and each client takes up where it was.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use klieg_media::authority;
use klieg_media::hub::Hub;
use tokio::time::{Instant, interval, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Rooms;
use super::audience::Audience;
use super::driver::{BURST, LINGER, moment_on};
use super::input::{Coming, Inbox, Input};
use super::links::{BEAT, SILENCE};
use super::wire::{self, Letter, Parcel, Says, Unpacker};
use crate::bus::Subscription;
use crate::cluster::Cluster;

/// How long a home may take to answer before it is asked again.
const ANSWER: Duration = Duration::from_millis(300);

pub(super) struct Relay {
    channel: Uuid,
    stream: authority::Handle,
    hub: Arc<Hub>,
    cluster: Arc<Cluster>,
    link: u64,
    letters: u64,
    parcels: Subscription,
    unpacker: Unpacker,
}

impl Relay {
    /// Attaches this server to the room's home, if that answers soon.
    pub(super) async fn attach(
        cluster: &Arc<Cluster>,
        hub: &Arc<Hub>,
        channel: Uuid,
        stream: &authority::Handle,
    ) -> Option<Self> {
        let link = rand::random();
        let parcels = cluster.bus.subscribe(wire::relay(channel, cluster.id));
        let (cluster, hub, stream) = (cluster.clone(), hub.clone(), stream.clone());
        let unpacker = Unpacker::new(link);
        let mut relay = Self { channel, stream, hub, cluster, link, letters: 0, parcels, unpacker };
        relay.say(Says::Attach);
        let attached = async {
            while let Some(message) = relay.parcels.next().await {
                if let Ok(Some(Parcel::Attached)) = relay.unpacker.take(message) {
                    return true;
                }
            }
            false
        };
        let attached = timeout(ANSWER, attached).await.unwrap_or(false);
        attached.then_some(relay)
    }

    fn say(&mut self, says: Says) {
        let on = matches!(says, Says::Ask(_) | Says::Beat).then(|| moment_on(&self.hub, &self.stream)).flatten();
        let letter = Letter { from: self.cluster.id, link: self.link, number: self.letters, on, says };
        self.letters += 1;
        self.cluster.bus.publish(wire::home(self.channel), letter.pack());
    }

    /// Serves connections until the home is gone, or nobody has been here for a while.
    pub(super) async fn run(mut self, mut inbox: Inbox, rooms: Weak<Rooms>, stop: CancellationToken) {
        let mut audience = Audience::default();
        // As the home has told it last, for whomever it shows it to.
        let mut snapshot = Bytes::new();
        let mut inputs = Vec::with_capacity(BURST);
        let mut beat = interval(BEAT);
        let (mut heard, mut empty_since) = (Instant::now(), Instant::now());
        loop {
            let due = audience.due();
            tokio::select! {
                received = inbox.recv_many(&mut inputs, BURST) => if received == 0 { return self.say(Says::Detach) },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                parcel = self.parcels.next() => {
                    let Some(message) = parcel else { break };
                    heard = Instant::now();
                    match self.unpacker.take(message) {
                        Ok(Some(Parcel::Over)) | Err(_) => break,
                        Ok(Some(Parcel::Snapshot(frame))) => snapshot = frame,
                        Ok(Some(parcel)) => hand_on(&mut audience, &snapshot, parcel).await,
                        Ok(None) => {}
                    }
                }
                _ = beat.tick() => {
                    if heard.elapsed() > SILENCE {
                        break;
                    }
                    self.say(Says::Beat);
                }
                () = stop.cancelled() => return self.say(Says::Detach),
            }
            for coming in inputs.drain(..) {
                self.pass(&mut audience, coming);
            }
            audience.send_due().await;
            if !audience.is_empty() {
                empty_since = Instant::now();
            } else if empty_since.elapsed() >= LINGER {
                if inbox.is_empty() && rooms.upgrade().is_none_or(|rooms| rooms.close(self.channel)) {
                    return self.say(Says::Detach);
                }
                empty_since = Instant::now();
            }
        }
        if let Some(rooms) = rooms.upgrade() {
            rooms.forget(self.channel);
        }
        self.say(Says::Detach);
        audience.send_away(inbox).await;
    }

    fn pass(&mut self, audience: &mut Audience, (input, outbox): Coming) {
        if let (Input::Join { asked, .. }, Some(outbox)) = (&input, outbox) {
            audience.comes(asked.client, outbox);
        }
        if let Input::Leave(client) = input {
            audience.gone(client);
        }
        self.say(Says::Ask(input));
    }
}

async fn hand_on(audience: &mut Audience, snapshot: &Bytes, parcel: Parcel) {
    match parcel {
        Parcel::All(frames) => audience.gather(&frames),
        Parcel::One(client, frames) => {
            if let Some(outbox) = audience.find(client) {
                outbox.put(&frames);
            }
        }
        Parcel::Show(client) => {
            if let Some(outbox) = audience.find(client) {
                outbox.put(snapshot);
            }
        }
        Parcel::Flush(client) => audience.flush(client).await,
        Parcel::Enter(client) => audience.enter(client).await,
        Parcel::Exit(client) => audience.exit(client),
        Parcel::Close(client, closing) => {
            if let Some(outbox) = audience.find(client) {
                outbox.put_out(closing);
            }
        }
        Parcel::Attached | Parcel::Beat | Parcel::Over | Parcel::Snapshot(_) => {}
    }
}
