//! What the home of a room and the servers whose viewers are in it say to each other on the bus.
//!
//! A server asks in JSON ([`Letter`]), which is little; the home answers with what its clients get, as bytes that are handed
//! on as they are ([`Parcel`]). Both are numbered: whoever misses one ends the link, and the clients come again.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use klieg_api::live::Closing;
use klieg_api::room::Moment;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::input::Input;
use crate::bus;
use crate::cluster::ServerId;
use crate::socket::ClientId;

/// Where the home of a room listens.
pub(super) fn home(channel: Uuid) -> String {
    format!("klieg.room.{channel}.home")
}

/// Where a server listens that has viewers in it.
pub(super) fn relay(channel: Uuid, server: ServerId) -> String {
    format!("klieg.room.{channel}.to.{:08x}", server.0)
}

/// What a server says to the home.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Letter {
    pub from: ServerId,
    /// Drawn anew each time a server attaches itself.
    pub link: u64,
    /// Counts up from 0.
    pub number: u64,
    /// Where the broadcast is, if that server has it.
    pub on: Option<Moment>,
    pub says: Says,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Says {
    /// Send what this room says. Repeated until it is answered.
    Attach,
    /// This server is alive.
    Beat,
    /// What its connections ask, in their order: as much of it as came at once.
    Ask(Vec<Input>),
    /// Nobody is here any more.
    Detach,
    /// Something to know, from whoever: it is not numbered and has no link.
    Note(Input),
}

impl Letter {
    pub(super) fn pack(&self) -> Bytes {
        // Plain data with string keys, which always serialises.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    pub(super) fn open(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// What the home says to a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Parcel {
    /// The first of a link.
    Attached,
    /// The home is alive.
    Beat,
    /// For everybody who is in.
    All(Bytes),
    One(ClientId, Bytes),
    Enter(ClientId),
    Exit(ClientId),
    Close(ClientId, Closing),
    /// The home is none any more.
    Over,
    /// The room as it is, for those whom it is shown to until the next.
    Snapshot(Bytes),
    /// This one is shown the room as it is.
    Show(ClientId),
    /// What everybody was to be sent until now goes to this one before what follows.
    Flush(ClientId),
}

/// Link (8 bytes) and number (8), before the parcels of a message.
const HEAD: usize = 16;
/// Kind (1), client (8) and length (4), before what a message has of a parcel.
const PARCEL: usize = 13;
/// In the kind: the rest follows in the next message.
const MORE: u8 = 0x80;

/// Puts what the home says to one server into messages of the bus: as many parcels into one as it takes, and one that is larger into
/// several.
#[derive(Debug)]
pub(super) struct Packer {
    link: u64,
    /// That of the message which is being filled.
    number: u64,
    message: BytesMut,
    full: Vec<Bytes>,
}

impl Packer {
    pub(super) fn new(link: u64) -> Self {
        Self { link, number: 0, message: BytesMut::new(), full: Vec::new() }
    }

    pub(super) fn put(&mut self, parcel: &Parcel) {
        let code: Bytes;
        let (kind, client, mut rest) = match parcel {
            Parcel::Attached => (0, 0, &[][..]),
            Parcel::Beat => (1, 0, &[][..]),
            Parcel::All(frames) => (2, 0, &frames[..]),
            Parcel::One(client, frames) => (3, client.0, &frames[..]),
            Parcel::Enter(client) => (4, client.0, &[][..]),
            Parcel::Exit(client) => (5, client.0, &[][..]),
            Parcel::Close(client, closing) => {
                code = Bytes::copy_from_slice(&closing.code().to_be_bytes());
                (6, client.0, &code[..])
            }
            Parcel::Over => (7, 0, &[][..]),
            Parcel::Snapshot(frame) => (8, 0, &frame[..]),
            Parcel::Show(client) => (9, client.0, &[][..]),
            Parcel::Flush(client) => (10, client.0, &[][..]),
        };
        loop {
            if self.message.len() + PARCEL + rest.len() > bus::MOST {
                self.close();
            }
            if self.message.is_empty() {
                self.message.put_u64(self.link);
                self.message.put_u64(self.number);
            }
            let (now, later) = rest.split_at(rest.len().min(bus::MOST - PARCEL - self.message.len()));
            self.message.put_u8(kind | if later.is_empty() { 0 } else { MORE });
            self.message.put_u64(client);
            self.message.put_u32(now.len() as u32);
            self.message.put_slice(now);
            rest = later;
            if rest.is_empty() {
                return;
            }
        }
    }

    fn close(&mut self) {
        if !self.message.is_empty() {
            self.full.push(self.message.split().freeze());
            self.number += 1;
        }
    }

    /// The messages that take nothing more.
    pub(super) fn full(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.full)
    }

    /// All messages, also the one that is being filled.
    pub(super) fn all(&mut self) -> Vec<Bytes> {
        self.close();
        self.full()
    }
}

/// Puts together what the home of one link says.
#[derive(Debug)]
pub(super) struct Unpacker {
    link: u64,
    next: u64,
    begun: BytesMut,
}

/// Something is missing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap;

impl Unpacker {
    pub(super) fn new(link: u64) -> Self {
        Self { link, next: 0, begun: BytesMut::new() }
    }

    /// The parcels that are whole with this message. What belongs to another link is passed over.
    pub(super) fn take(&mut self, mut message: Bytes) -> Result<Vec<Parcel>, Gap> {
        if message.len() < HEAD || message.get_u64() != self.link {
            return Ok(Vec::new());
        }
        if message.get_u64() != self.next {
            return Err(Gap);
        }
        self.next += 1;
        let mut parcels = Vec::new();
        while !message.is_empty() {
            if message.len() < PARCEL {
                return Err(Gap);
            }
            let kind = message.get_u8();
            let client = ClientId(message.get_u64());
            let length = message.get_u32() as usize;
            if message.len() < length {
                return Err(Gap);
            }
            let mut content = message.split_to(length);
            if kind & MORE != 0 {
                self.begun.extend_from_slice(&content);
                continue;
            }
            if !self.begun.is_empty() {
                self.begun.extend_from_slice(&content);
                content = self.begun.split().freeze();
            }
            parcels.push(match kind {
                0 => Parcel::Attached,
                1 => Parcel::Beat,
                2 => Parcel::All(content),
                3 => Parcel::One(client, content),
                4 => Parcel::Enter(client),
                5 => Parcel::Exit(client),
                6 if content.len() == 2 => Parcel::Close(client, Closing::of(content.get_u16()).ok_or(Gap)?),
                7 => Parcel::Over,
                8 => Parcel::Snapshot(content),
                9 => Parcel::Show(client),
                10 => Parcel::Flush(client),
                _ => return Err(Gap),
            });
        }
        Ok(parcels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parcels_come_as_they_were_packed_however_large() {
        let large = Bytes::from(vec![7; bus::MOST * 2 + 5]);
        let parcels = [
            Parcel::Attached,
            Parcel::All(Bytes::from_static(b"all")),
            Parcel::One(ClientId(9), large.clone()),
            Parcel::Snapshot(large),
            Parcel::Show(ClientId(9)),
            Parcel::Flush(ClientId(9)),
            Parcel::Enter(ClientId(u64::MAX)),
            Parcel::Close(ClientId(1), Closing::Banned),
            Parcel::Exit(ClientId(1)),
            Parcel::Beat,
            Parcel::Over,
        ];
        let (mut packer, mut unpacker) = (Packer::new(5), Unpacker::new(5));
        for together in [true, false] {
            let mut messages = Vec::new();
            for parcel in &parcels {
                packer.put(parcel);
                messages.extend(if together { packer.full() } else { packer.all() });
            }
            messages.extend(packer.all());
            assert!(messages.iter().all(|message| message.len() <= bus::MOST));
            // Two of the parcels take three each, with others in the last.
            let fewest = if together { 7 } else { parcels.len() + 4 };
            assert_eq!(messages.len(), fewest);
            let came: Vec<Parcel> = messages.into_iter().flat_map(|message| unpacker.take(message).unwrap()).collect();
            assert_eq!(came, parcels);
        }
    }

    #[test]
    fn what_is_missing_is_noticed_and_what_is_foreign_passed_over() {
        let message = |packer: &mut Packer, parcel: Parcel| {
            packer.put(&parcel);
            packer.all().remove(0)
        };
        let mut packer = Packer::new(5);
        let first = message(&mut packer, Parcel::Attached);
        let _lost = message(&mut packer, Parcel::Beat);
        let third = message(&mut packer, Parcel::Beat);
        let foreign = message(&mut Packer::new(6), Parcel::Attached);
        let mut unpacker = Unpacker::new(5);
        assert_eq!(unpacker.take(foreign), Ok(Vec::new()));
        assert_eq!(unpacker.take(Bytes::from_static(b"short")), Ok(Vec::new()));
        let cut = first.slice(..first.len() - 1);
        assert_eq!(Unpacker::new(5).take(cut), Err(Gap));
        assert_eq!(unpacker.take(first), Ok(vec![Parcel::Attached]));
        assert_eq!(unpacker.take(third), Err(Gap));
    }
}
