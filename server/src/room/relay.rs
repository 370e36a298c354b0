//! The room of a channel that another server keeps: connections of this one take part in it through the bus.
//!
//! A relay decides nothing. When it loses touch with the home its connections are closed and invited back: by then the room
//! has a home again, perhaps here, and each client takes up where it was.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use klieg_api::live::MAX_REQUEST;
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
use crate::bus::{self, Subscription};
use crate::cluster::Cluster;

/// How long a home may take to answer before it is asked again.
const ANSWER: Duration = Duration::from_millis(300);
/// Requests in one letter: of the largest there are, no more than the bus carries at once.
const TOGETHER: usize = 24;
const _: () = assert!(TOGETHER * (MAX_REQUEST + (4 << 10)) <= bus::MOST);

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
                if relay.unpacker.take(message).is_ok_and(|parcels| parcels.contains(&Parcel::Attached)) {
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
                    let Ok(parcels) = self.unpacker.take(message) else { break };
                    if !hand_on(&mut audience, &mut snapshot, parcels).await {
                        break;
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
            self.pass(&mut audience, inputs.drain(..));
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

    /// Passes on what connections of this server ask, together.
    fn pass(&mut self, audience: &mut Audience, coming: impl Iterator<Item = Coming>) {
        let mut asked = Vec::new();
        for (input, outbox) in coming {
            if let (Input::Join { asked, .. }, Some(outbox)) = (&input, outbox) {
                audience.comes(asked.client, outbox);
            }
            if let Input::Leave(client) = input {
                audience.gone(client);
            }
            asked.push(input);
            if asked.len() == TOGETHER {
                self.say(Says::Ask(std::mem::take(&mut asked)));
            }
        }
        if !asked.is_empty() {
            self.say(Says::Ask(asked));
        }
    }
}

/// Hands on what the home says. Whether it still is the home.
async fn hand_on(audience: &mut Audience, snapshot: &mut Bytes, parcels: Vec<Parcel>) -> bool {
    for parcel in parcels {
        match parcel {
            Parcel::All(frames) => audience.gather(&frames),
            Parcel::One(client, frames) => {
                if let Some(outbox) = audience.find(client) {
                    outbox.put(&frames);
                }
            }
            Parcel::Snapshot(frame) => *snapshot = frame,
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
            Parcel::Over => return false,
            Parcel::Attached | Parcel::Beat => {}
        }
    }
    true
}
