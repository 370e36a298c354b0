//! The home's side of what it has with other servers: which have viewers in the room, and what these get.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use bytes::Bytes;
use klieg_api::room::Moment;
use tokio::time::Instant;
use uuid::Uuid;

use super::input::Input;
use super::wire::{self, Letter, Packer, Parcel, Says};
use crate::bus::{Bus, Subscription};
use crate::cluster::ServerId;
use crate::socket::ClientId;

/// How often both sides say that they are alive.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// A side from which nothing came for so long is taken for gone.
pub(super) const SILENCE: Duration = Duration::from_secs(4);

#[derive(Debug)]
pub(super) struct Links {
    bus: Bus,
    channel: Uuid,
    letters: Subscription,
    of: HashMap<ServerId, Link>,
}

#[derive(Debug)]
struct Link {
    id: u64,
    subject: String,
    /// What it is told in this turn of the room.
    packer: Packer,
    /// The number of the next letter.
    letter: u64,
    heard: Instant,
    clients: HashSet<ClientId>,
    /// The room as that server was told it last.
    snapshot: Option<Bytes>,
}

/// What came of a letter.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub inputs: Vec<Input>,
    /// Where the broadcast is, as the other server knows it.
    pub on: Option<Moment>,
    /// Connections that are gone with their link.
    pub gone: Vec<ClientId>,
}

impl Links {
    pub(super) fn open(bus: Bus, channel: Uuid) -> Self {
        let letters = bus.subscribe(wire::home(channel));
        Self { bus, channel, letters, of: HashMap::new() }
    }

    /// What other servers say to the home.
    pub(super) fn letters(&mut self) -> &mut Subscription {
        &mut self.letters
    }

    pub(super) fn read(&mut self, bytes: &[u8], now: Instant) -> Heard {
        let mut heard = Heard::default();
        let Some(letter) = Letter::open(bytes) else { return heard };
        match letter.says {
            Says::Note(input) => return Heard { inputs: vec![input], ..heard },
            Says::Attach => {
                heard.gone = self.detach(letter.from);
                let subject = wire::relay(self.channel, letter.from);
                let clients = HashSet::new();
                let (id, packer) = (letter.link, Packer::new(letter.link));
                let mut link = Link { id, subject, packer, letter: 1, heard: now, clients, snapshot: None };
                link.send(&self.bus, &Parcel::Attached);
                link.flush(&self.bus);
                self.of.insert(letter.from, link);
                return heard;
            }
            _ => {}
        }
        let Some(link) = self.of.get_mut(&letter.from).filter(|link| link.id == letter.link) else { return heard };
        if link.letter != letter.number {
            self.send(letter.from, &Parcel::Over);
            heard.gone = self.detach(letter.from);
            return heard;
        }
        link.letter += 1;
        link.heard = now;
        heard.on = letter.on;
        match letter.says {
            Says::Ask(inputs) => {
                for input in &inputs {
                    match input {
                        Input::Join { asked, .. } => drop(link.clients.insert(asked.client)),
                        Input::Leave(client) => drop(link.clients.remove(client)),
                        _ => {}
                    }
                }
                heard.inputs = inputs;
            }
            Says::Detach => heard.gone = self.detach(letter.from),
            Says::Beat | Says::Attach | Says::Note(_) => {}
        }
        heard
    }

    fn detach(&mut self, server: ServerId) -> Vec<ClientId> {
        let Some(mut link) = self.of.remove(&server) else { return Vec::new() };
        link.flush(&self.bus);
        link.clients.into_iter().collect()
    }

    /// Says that the home is alive. Who is gone with links that are silent.
    pub(super) fn beat(&mut self, now: Instant) -> Vec<ClientId> {
        let silent = |link: &Link| now.duration_since(link.heard) > SILENCE;
        let gone: Vec<_> = self.of.iter().filter(|(_, link)| silent(link)).map(|(server, _)| *server).collect();
        let gone = gone.into_iter().flat_map(|server| self.detach(server)).collect();
        self.send_all(&Parcel::Beat);
        gone
    }

    /// Says something to the server of a connection.
    pub(super) fn tell(&mut self, client: ClientId, parcel: &Parcel) {
        self.send(client.server(), parcel);
    }

    /// Shows the room to a connection. One snapshot for all who are shown the same: a crowd that comes at once by another server is
    /// not sent as many of them.
    pub(super) fn show(&mut self, client: ClientId, snapshot: Bytes) {
        let Some(link) = self.of.get_mut(&client.server()) else { return };
        if link.snapshot.as_ref() != Some(&snapshot) {
            link.send(&self.bus, &Parcel::Snapshot(snapshot.clone()));
            link.snapshot = Some(snapshot);
        }
        link.send(&self.bus, &Parcel::Show(client));
    }

    pub(super) fn send_all(&mut self, parcel: &Parcel) {
        for link in self.of.values_mut() {
            link.send(&self.bus, parcel);
        }
    }

    /// Sends what has been said since, in as few messages as it fits in: a room says so much in one turn.
    pub(super) fn flush(&mut self) {
        for link in self.of.values_mut() {
            link.flush(&self.bus);
        }
    }

    fn send(&mut self, server: ServerId, parcel: &Parcel) {
        if let Some(link) = self.of.get_mut(&server) {
            link.send(&self.bus, parcel);
        }
    }
}

impl Link {
    fn send(&mut self, bus: &Bus, parcel: &Parcel) {
        self.packer.put(parcel);
        let full = self.packer.full();
        self.publish(bus, full);
    }

    fn flush(&mut self, bus: &Bus) {
        let all = self.packer.all();
        self.publish(bus, all);
    }

    fn publish(&self, bus: &Bus, messages: Vec<Bytes>) {
        for message in messages {
            bus.publish(self.subject.clone(), message);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bus::Memory;

    #[tokio::test]
    async fn who_is_shown_the_same_shares_one_snapshot_at_each_server() {
        let (bus, channel) = (Bus::Memory(Arc::<Memory>::default()), Uuid::from_u128(1));
        let mut links = Links::open(bus.clone(), channel);
        let mut servers: Vec<(ServerId, Subscription, wire::Unpacker)> = [7, 8]
            .map(|server| {
                let from = ServerId(server);
                let parcels = bus.subscribe(wire::relay(channel, from));
                let letter = Letter { from, link: server.into(), number: 0, on: None, says: Says::Attach };
                links.read(&letter.pack(), Instant::now());
                (from, parcels, wire::Unpacker::new(server.into()))
            })
            .into();
        let client = |server: &ServerId, id: u64| ClientId((u64::from(server.0) << 32) | id);
        let (early, late) = (Bytes::from_static(b"early"), Bytes::from_static(b"late"));
        for (server, ..) in &servers {
            links.show(client(server, 1), early.clone());
            links.show(client(server, 2), early.clone());
            links.show(client(server, 3), late.clone());
        }
        links.flush();
        for (server, parcels, unpacker) in &mut servers {
            let (mut messages, mut came) = (0, Vec::new());
            while let Some(message) = parcels.try_next() {
                messages += 1;
                came.extend(unpacker.take(message).unwrap());
            }
            assert_eq!(messages, 2, "that it is attached, and what was said in one turn");
            let shown = [
                Parcel::Attached,
                Parcel::Snapshot(early.clone()),
                Parcel::Show(client(server, 1)),
                Parcel::Show(client(server, 2)),
                Parcel::Snapshot(late.clone()),
                Parcel::Show(client(server, 3)),
            ];
            assert_eq!(came, shown);
        }
    }
}
