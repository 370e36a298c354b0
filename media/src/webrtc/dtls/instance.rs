//! A DTLS session as str0m drives it: datagrams and the time go in, datagrams and events come out.

#![deny(clippy::indexing_slicing)]

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use str0m::crypto::dtls::{DtlsImplError, DtlsInstance, DtlsOutput, KeyingMaterial, ProtocolVersion, SrtpProfile};

use super::aws_lc::{Connection, Read};
use super::datagrams;

/// Datagrams that may wait to be sent. Those beyond are lost, as on the network; a handshake has ten in a flight at most.
const OUTGOING: usize = 64;
/// Datagrams of the peer's application that may wait to be taken. Those beyond are lost.
const INCOMING: usize = 64;
/// The largest record (RFC 6347, 4.1.1), in bytes.
const RECORD: usize = 1 << 14;
/// The connection's clock when it begins. It must not be zero, which the library takes for "no timer".
const BEGINNING: Duration = Duration::from_secs(1);
/// Until the next call when nothing is awaited.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Handshake,
    Connected,
    /// The peer has said goodbye and is to be answered.
    Left,
    Closed,
    Failed,
}

#[derive(Debug)]
enum Happened {
    Identified(Vec<u8>),
    Keyed(Vec<u8>, SrtpProfile),
    Connected,
    Received(Vec<u8>),
    Closed,
}

#[derive(Debug)]
pub(super) struct Instance {
    connection: Connection,
    mtu: usize,
    client: Option<bool>,
    state: State,
    /// When [`handle_timeout`](DtlsInstance::handle_timeout) was last called.
    now: Instant,
    clock: Duration,
    /// A flight was sent at a time that is not known until the next `handle_timeout`: datagrams come without one. Until
    /// then the connection's clock stands still, so that the flight's timer runs from there.
    undated: bool,
    outgoing: VecDeque<Vec<u8>>,
    happened: VecDeque<Happened>,
}

impl Instance {
    pub(super) fn new(connection: Connection, mtu: usize, now: Instant) -> Self {
        Self {
            connection,
            mtu,
            client: None,
            state: State::Handshake,
            now,
            clock: BEGINNING,
            undated: false,
            outgoing: VecDeque::new(),
            happened: VecDeque::new(),
        }
    }

    /// Whether anything can still come of it.
    fn lives(&self) -> bool {
        self.client.is_some() && matches!(self.state, State::Handshake | State::Connected)
    }

    /// Goes as far as possible with what has been received.
    fn advance(&mut self) -> Result<(), DtlsImplError> {
        let result = self.handshake().and_then(|()| self.read());
        self.settle(result)
    }

    fn handshake(&mut self) -> Result<(), String> {
        if self.state != State::Handshake || !self.connection.handshake(self.clock)? {
            return Ok(());
        }
        let certificate = self.connection.peer_certificate().ok_or("the peer has no certificate")?;
        let profile = match self.connection.srtp_profile() {
            Some(1) => SrtpProfile::AES128_CM_SHA1_80,
            Some(7) => SrtpProfile::AEAD_AES_128_GCM,
            Some(8) => SrtpProfile::AEAD_AES_256_GCM,
            _ => return Err("no SRTP protection profile is agreed on".into()),
        };
        let keys = self.connection.srtp_keys(profile.keying_material_len())?;
        self.state = State::Connected;
        self.happened.extend([Happened::Identified(certificate), Happened::Keyed(keys, profile), Happened::Connected]);
        Ok(())
    }

    fn read(&mut self) -> Result<(), String> {
        let mut buffer = [0; RECORD];
        while self.state == State::Connected {
            match self.connection.read(self.clock, &mut buffer)? {
                Read::Data(length) => {
                    if let Some(data) = buffer.get(..length)
                        && self.happened.len() < INCOMING
                    {
                        self.happened.push_back(Happened::Received(data.to_vec()));
                    }
                }
                Read::Closed => {
                    self.state = State::Left;
                    self.happened.push_back(Happened::Closed);
                }
                Read::Nothing => return Ok(()),
            }
        }
        Ok(())
    }

    /// Takes what the connection wrote, an alert even if it has failed.
    fn settle(&mut self, result: Result<(), String>) -> Result<(), DtlsImplError> {
        for datagram in datagrams::cut(&self.connection.take_output(), self.mtu) {
            self.undated |= self.state == State::Handshake;
            if self.outgoing.len() < OUTGOING {
                self.outgoing.push_back(datagram);
            }
        }
        result.map_err(|reason| {
            tracing::info!(reason, "a DTLS connection failed");
            self.state = State::Failed;
            DtlsImplError::ConnectionClosed
        })
    }

    fn next_timeout(&mut self) -> Instant {
        if !self.lives() {
            return self.now + IDLE;
        }
        let left = if self.undated { Some(Duration::ZERO) } else { self.connection.timeout(self.clock) };
        self.now + left.unwrap_or(IDLE)
    }
}

impl DtlsInstance for Instance {
    fn set_active(&mut self, active: bool) {
        if self.client.is_none() {
            self.client = Some(active);
            self.connection.set_client(active);
        }
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        if !self.lives() {
            return Ok(());
        }
        self.connection.receive(packet);
        self.advance()
    }

    fn poll_output<'a>(&mut self, buf: &'a mut [u8]) -> DtlsOutput<'a> {
        let needed = match (self.happened.front(), self.outgoing.front()) {
            (Some(Happened::Identified(data) | Happened::Received(data)), _) => data.len(),
            (None, Some(datagram)) => datagram.len(),
            _ => 0,
        };
        let Some(place) = buf.get_mut(..needed) else { return DtlsOutput::BufferTooSmall { needed } };
        // Events first: a peer whose certificate is not the announced one shall not hear that it may begin.
        match self.happened.pop_front() {
            Some(Happened::Identified(certificate)) => {
                place.copy_from_slice(&certificate);
                DtlsOutput::PeerCert(place)
            }
            Some(Happened::Keyed(keys, profile)) => DtlsOutput::KeyingMaterial(KeyingMaterial::new(&keys), profile),
            Some(Happened::Connected) => DtlsOutput::Connected,
            Some(Happened::Received(data)) => {
                place.copy_from_slice(&data);
                DtlsOutput::ApplicationData(place)
            }
            Some(Happened::Closed) => DtlsOutput::CloseNotify,
            None if let Some(datagram) = self.outgoing.pop_front() => {
                place.copy_from_slice(&datagram);
                DtlsOutput::Packet(place)
            }
            None => {
                // A session lasts for hours and has seldom anything more to say.
                self.outgoing.shrink_to_fit();
                self.happened.shrink_to_fit();
                DtlsOutput::Timeout(self.next_timeout())
            }
        }
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        let passed = now.saturating_duration_since(self.now);
        self.now += passed;
        if !std::mem::take(&mut self.undated) {
            self.clock += passed;
        }
        if !self.lives() {
            return Ok(());
        }
        let result = self.connection.retransmit(self.clock);
        self.settle(result)?;
        let result = self.advance();
        // These were sent now.
        self.undated = false;
        result
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        if data.is_empty() || self.state != State::Connected || self.outgoing.len() >= OUTGOING {
            return Ok(0);
        }
        let result = self.connection.write(data);
        self.settle(result)?;
        Ok(data.len())
    }

    fn is_active(&self) -> bool {
        self.client == Some(true)
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        (self.state == State::Connected).then_some(ProtocolVersion::DTLS1_2)
    }

    fn is_closing(&self) -> bool {
        matches!(self.state, State::Left | State::Closed)
    }

    fn is_closed(&self) -> bool {
        self.state == State::Failed || (self.state == State::Closed && self.outgoing.is_empty())
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        match self.state {
            State::Connected | State::Left => {
                self.connection.shut_down();
                self.state = State::Closed;
                self.settle(Ok(()))
            }
            State::Handshake => {
                self.state = State::Closed;
                Ok(())
            }
            State::Closed | State::Failed => Ok(()),
        }
    }
}
