//! A WHEP viewer that only counts: it completes ICE and DTLS, decrypts, and looks no further.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use reqwest::Client;
use str0m::media::{Direction, MediaKind};
use str0m::{Event, IceConnectionState};

use crate::peer::Peer;

/// What all viewers of a measurement have received.
#[derive(Debug, Default)]
pub struct Tally {
    pub connected: AtomicU64,
    pub packets: AtomicU64,
    pub bytes: AtomicU64,
}

/// A viewer that has asked for sound and picture.
pub async fn open(client: &Client, url: &str) -> Result<Peer> {
    let mut peer = Peer::new(true).await?;
    let mut changes = peer.rtc.sdp_api();
    changes.add_media(MediaKind::Audio, Direction::RecvOnly, None, None, None);
    changes.add_media(MediaKind::Video, Direction::RecvOnly, None, None, None);
    let (offer, pending) = changes.apply().context("no offer")?;
    peer.negotiate(client.post(url), offer.to_sdp_string(), pending).await.context("WHEP")?;
    Ok(peer)
}

/// Watches until the session ends or the task is dropped.
pub async fn watch(client: Client, url: String, tally: Arc<Tally>) -> Result<()> {
    let mut peer = open(&client, &url).await?;
    let mut over = false;
    while !over {
        let seen = |event| match event {
            Event::Connected => {
                tally.connected.fetch_add(1, Ordering::Relaxed);
            }
            Event::RtpPacket(packet) => {
                tally.packets.fetch_add(1, Ordering::Relaxed);
                tally.bytes.fetch_add(packet.payload.len() as u64, Ordering::Relaxed);
            }
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => over = true,
            _ => {}
        };
        peer.step(None, seen).await?;
    }
    Ok(())
}
