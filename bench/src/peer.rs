//! One WebRTC peer: a session of str0m and the socket it lives on.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use reqwest::RequestBuilder;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};
use tokio::net::UdpSocket;

pub struct Peer {
    pub rtc: Box<Rtc>,
    socket: UdpSocket,
    local: SocketAddr,
    buffer: Vec<u8>,
}

impl Peer {
    /// A session with a loopback address of its own, nothing offered yet.
    pub async fn new(rtp: bool) -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let local = socket.local_addr()?;
        let mut rtc = Box::new(Rtc::builder().set_rtp_mode(rtp).build(Instant::now()));
        rtc.add_local_candidate(Candidate::host(local, "udp")?);
        Ok(Self { rtc, socket, local, buffer: vec![0; 2048] })
    }

    /// Sends an offer to a WHIP or WHEP endpoint and takes its answer.
    pub async fn negotiate(&mut self, request: RequestBuilder, offer: String, pending: SdpPendingOffer) -> Result<()> {
        let answer = request.header("content-type", "application/sdp").body(offer).send().await?;
        if answer.status() != 201 {
            bail!("{} {}", answer.status(), answer.text().await?);
        }
        self.rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer.text().await?)?)?;
        Ok(())
    }

    /// Sends what is due, reports what happened, and waits for one datagram or `until`.
    pub async fn step(&mut self, until: Option<Instant>, mut on: impl FnMut(Event)) -> Result<()> {
        let deadline = loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => break at,
                Output::Transmit(packet) => {
                    let _ = self.socket.try_send_to(&packet.contents, packet.destination);
                }
                Output::Event(event) => on(event),
            }
        };
        let deadline = until.map_or(deadline, |until| deadline.min(until));
        let input = tokio::time::timeout_at(deadline.into(), self.socket.recv_from(&mut self.buffer)).await;
        let now = Instant::now();
        let event = match input {
            Ok(received) => {
                let (length, source) = received?;
                let datagram = self.buffer.get(..length).context("a datagram longer than the buffer")?;
                let Ok(contents) = datagram.try_into() else { return Ok(()) };
                Input::Receive(now, Receive { proto: Protocol::Udp, source, destination: self.local, contents })
            }
            Err(_) => Input::Timeout(now),
        };
        self.rtc.handle_input(event)?;
        Ok(())
    }
}
