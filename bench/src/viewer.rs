//! A WHEP viewer that only counts: it completes ICE and DTLS, decrypts, and looks no further.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use reqwest::Client;
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, IceConnectionState, Input, Output, Rtc};
use tokio::net::UdpSocket;

/// What all viewers of a measurement have received.
#[derive(Debug, Default)]
pub struct Tally {
    pub connected: AtomicU64,
    pub packets: AtomicU64,
    pub bytes: AtomicU64,
}

/// Watches until the session ends or the task is dropped.
pub async fn watch(client: Client, url: String, tally: Arc<Tally>) -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let local = socket.local_addr()?;
    let mut rtc = Rtc::builder().set_rtp_mode(true).build(Instant::now());
    rtc.add_local_candidate(Candidate::host(local, "udp")?);
    let mut changes = rtc.sdp_api();
    changes.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
    changes.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
    let (offer, pending) = changes.apply().context("no offer")?;
    let answer = client.post(url).header("content-type", "application/sdp").body(offer.to_sdp_string()).send().await?;
    if answer.status() != 201 {
        bail!("WHEP: {} {}", answer.status(), answer.text().await?);
    }
    rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer.text().await?)?)?;

    let mut buffer = vec![0; 2048];
    loop {
        let deadline = loop {
            match rtc.poll_output()? {
                Output::Timeout(at) => break at,
                Output::Transmit(packet) => {
                    let _ = socket.try_send_to(&packet.contents, packet.destination);
                }
                Output::Event(Event::Connected) => {
                    tally.connected.fetch_add(1, Ordering::Relaxed);
                }
                Output::Event(Event::RtpPacket(packet)) => {
                    tally.packets.fetch_add(1, Ordering::Relaxed);
                    tally.bytes.fetch_add(packet.payload.len() as u64, Ordering::Relaxed);
                }
                Output::Event(Event::IceConnectionStateChange(IceConnectionState::Disconnected)) => return Ok(()),
                Output::Event(_) => {}
            }
        };
        let input = tokio::time::timeout_at(deadline.into(), socket.recv_from(&mut buffer)).await;
        let now = Instant::now();
        let event = match input {
            Ok(received) => {
                let (length, source) = received?;
                let Ok(contents) = buffer[..length].try_into() else { continue };
                Input::Receive(now, Receive { proto: Protocol::Udp, source, destination: local, contents })
            }
            Err(_) => Input::Timeout(now),
        };
        rtc.handle_input(event)?;
    }
}
