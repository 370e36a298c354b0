//! How this computer is seen from outside: STUN servers say from where they were asked (RFC 8489). They are asked from the sockets by
//! which media leaves, since a router on the way gives each socket an address of its own.

use std::net::SocketAddr;
use std::time::Instant;

use turn_client_proto::stun::Instant as Moment;
use turn_client_proto::stun::agent::{StunAgent, StunAgentPollRet};
use turn_client_proto::stun::types::TransportType;
use turn_client_proto::stun::types::attribute::XorMappedAddress;
use turn_client_proto::stun::types::message::{BINDING, Message, MessageWriteVec};
use turn_client_proto::stun::types::prelude::*;

use super::sockets::Datagram;

/// What one socket asks.
pub(super) struct Reflection {
    agent: StunAgent,
    started: Instant,
}

/// What a datagram is to a socket that asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// From here the socket was heard.
    From(SocketAddr),
    /// The server did not say.
    Nothing,
    /// It answers nothing that was asked.
    Other,
}

impl Reflection {
    /// Of the socket that has this address.
    pub(super) fn of(local: SocketAddr) -> Self {
        Self { agent: StunAgent::builder(TransportType::Udp, local).build(), started: Instant::now() }
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.agent.local_addr()
    }

    /// What is to be sent to a server to ask it.
    pub(super) fn ask(&mut self, server: SocketAddr) -> Vec<u8> {
        let (now, question) = (self.now(), Message::builder_request(BINDING, MessageWriteVec::new()).finish());
        match self.agent.send_request(question, server, now) {
            Ok(sent) => sent.data.to_vec(),
            Err(error) => {
                tracing::debug!(%error, %server, "a STUN server is not asked");
                Vec::new()
            }
        }
    }

    /// What is to be sent again, and to whom, since no answer came.
    pub(super) fn due(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        let now = self.now();
        while let StunAgentPollRet::TransactionTimedOut(_) = self.agent.poll(now) {
            tracing::debug!(local = %self.local(), "a STUN server does not answer");
        }
        let mut due = Vec::new();
        while let Some(question) = self.agent.poll_transmit(now) {
            due.push((question.to, question.data.to_vec()));
        }
        due
    }

    pub(super) fn hear(&mut self, datagram: &Datagram) -> Answer {
        let Ok(message) = Message::from_bytes(&datagram.bytes) else { return Answer::Other };
        let asked = self.agent.request_transaction(message.transaction_id()).map(|asked| asked.peer_address());
        let now = self.now();
        if asked != Some(datagram.source) || !self.agent.handle_stun_message_with_time(&message, datagram.source, now) {
            return Answer::Other;
        }
        let seen = message.attribute::<XorMappedAddress>();
        seen.map_or(Answer::Nothing, |seen| Answer::From(seen.addr(message.transaction_id())))
    }

    fn now(&self) -> Moment {
        Moment::from_std(self.started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> SocketAddr {
        ([192, 0, 2, 7], port).into()
    }

    fn from(source: SocketAddr, bytes: Vec<u8>) -> Datagram {
        Datagram { source, destination: at(1), bytes }
    }

    #[test]
    fn a_server_that_was_asked_says_from_where_and_nobody_else_does() {
        let mut socket = Reflection::of(at(1));
        let question = socket.ask(at(3478));
        let question = Message::from_bytes(&question).unwrap();
        let mut answer = Message::builder_success(&question, MessageWriteVec::new());
        answer.add_attribute(&XorMappedAddress::new(at(40_000), question.transaction_id())).unwrap();
        let answer = answer.finish();
        assert_eq!(socket.hear(&from(at(3479), answer.clone())), Answer::Other, "another server");
        assert_eq!(socket.hear(&from(at(3478), answer.clone())), Answer::From(at(40_000)));
        assert_eq!(socket.hear(&from(at(3478), answer)), Answer::Other, "once more");
        for bytes in [Vec::new(), vec![0x80; 40], socket.ask(at(5))] {
            assert_eq!(socket.hear(&from(at(3478), bytes)), Answer::Other);
        }
    }

    #[test]
    fn an_answer_that_says_nothing_is_taken_from_the_rest_as_well() {
        let mut socket = Reflection::of(at(1));
        let question = socket.ask(at(3478));
        let question = Message::from_bytes(&question).unwrap();
        let answer = Message::builder_success(&question, MessageWriteVec::new()).finish();
        assert_eq!(socket.hear(&from(at(3478), answer)), Answer::Nothing);
        assert!(socket.due().is_empty());
    }
}
