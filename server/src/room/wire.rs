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
    Ask(Input),
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

/// Link (8 bytes), number (8), kind (1), client (8).
const HEAD: usize = 25;
/// In the kind: the rest follows in the next.
const MORE: u8 = 0x80;

/// A parcel as messages of the bus: more than one if it is large.
pub(super) fn pack(link: u64, number: &mut u64, parcel: &Parcel) -> Vec<Bytes> {
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
    let mut messages = Vec::with_capacity(1);
    loop {
        let (now, later) = rest.split_at(rest.len().min(bus::MOST - HEAD));
        let mut message = BytesMut::with_capacity(HEAD + now.len());
        message.put_u64(link);
        message.put_u64(*number);
        message.put_u8(kind | if later.is_empty() { 0 } else { MORE });
        message.put_u64(client);
        message.put_slice(now);
        messages.push(message.freeze());
        *number += 1;
        rest = later;
        if rest.is_empty() {
            return messages;
        }
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

    /// The parcel that is whole with this message, if one is. What belongs to another link is passed over.
    pub(super) fn take(&mut self, mut message: Bytes) -> Result<Option<Parcel>, Gap> {
        if message.len() < HEAD || message.get_u64() != self.link {
            return Ok(None);
        }
        if message.get_u64() != self.next {
            return Err(Gap);
        }
        self.next += 1;
        let kind = message.get_u8();
        let client = ClientId(message.get_u64());
        if kind & MORE != 0 {
            self.begun.extend_from_slice(&message);
            return Ok(None);
        }
        if !self.begun.is_empty() {
            self.begun.extend_from_slice(&message);
            message = self.begun.split().freeze();
        }
        let parcel = match kind {
            0 => Parcel::Attached,
            1 => Parcel::Beat,
            2 => Parcel::All(message),
            3 => Parcel::One(client, message),
            4 => Parcel::Enter(client),
            5 => Parcel::Exit(client),
            6 if message.len() == 2 => Parcel::Close(client, Closing::of(message.get_u16()).ok_or(Gap)?),
            7 => Parcel::Over,
            8 => Parcel::Snapshot(message),
            9 => Parcel::Show(client),
            10 => Parcel::Flush(client),
            _ => return Err(Gap),
        };
        Ok(Some(parcel))
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
        let (mut number, mut unpacker, mut came) = (0, Unpacker::new(5), Vec::new());
        for parcel in &parcels {
            for message in pack(5, &mut number, parcel) {
                assert!(message.len() <= bus::MOST);
                came.extend(unpacker.take(message).unwrap());
            }
        }
        assert_eq!(came, parcels);
    }

    #[test]
    fn what_is_missing_is_noticed_and_what_is_foreign_passed_over() {
        let mut number = 0;
        let first = pack(5, &mut number, &Parcel::Attached).remove(0);
        let _lost = pack(5, &mut number, &Parcel::Beat);
        let third = pack(5, &mut number, &Parcel::Beat).remove(0);
        let foreign = pack(6, &mut 0, &Parcel::Attached).remove(0);
        let mut unpacker = Unpacker::new(5);
        assert_eq!(unpacker.take(foreign), Ok(None));
        assert_eq!(unpacker.take(Bytes::from_static(b"short")), Ok(None));
        assert_eq!(unpacker.take(first), Ok(Some(Parcel::Attached)));
        assert_eq!(unpacker.take(third), Err(Gap));
    }
}
