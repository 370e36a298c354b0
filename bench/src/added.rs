//! What the server itself adds between a WHIP publisher and a WHEP viewer: a publisher writes the time into each frame, a
//! viewer in the same process reads it from each packet. ICE, encryption and the loopback of both sides are in it.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::server::Server;
use str0m::Event;
use str0m::format::Codec;
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid};

use crate::peer::Peer;
use crate::{Figure, quantile, viewer};

const FRAME: Duration = Duration::from_nanos(1_000_000_000 / 30);
const KEYFRAME_EVERY: u64 = 60;
/// Bytes of a frame between keyframes: one packet.
const FRAME_BYTES: usize = 1_000;
/// Where a frame's time stands, behind start code and two bytes of slice: sixteen hexadecimal digits.
const STAMP: std::ops::Range<usize> = 2..18;

pub async fn measure(seconds: u64) -> Result<Vec<Figure>> {
    let server = Server::start()?;
    let person = server.person("bench").await?;
    let key = server.stream_key(&person).await?.key;
    let begin = Instant::now();
    let keyframe = keyframe()?;
    let publisher = tokio::spawn(publish(server.client.clone(), server.url("/whip"), key, keyframe, begin));
    let live = server.until_live("bench", &["source"]).await?;
    let mut peer = viewer::open(&server.client, &server.url(&live.playback.whep)).await?;
    let mut delays = Vec::new();
    let settled = Instant::now() + Duration::from_secs(3);
    let end = settled + Duration::from_secs(seconds);
    while Instant::now() < end {
        let seen = |event| {
            let now = begin.elapsed();
            if let Event::RtpPacket(packet) = event
                && let Some(sent) = stamp_of(&packet.payload)
                && Instant::now() > settled
            {
                delays.push(now.saturating_sub(sent).as_secs_f64() * 1e3);
            }
        };
        peer.step(Some(end), seen).await?;
    }
    publisher.abort();
    ensure!(!delays.is_empty(), "no frame came through");
    let (half, most) = (quantile(&mut delays, 0.5), quantile(&mut delays, 0.99));
    let value = format!("p50 {half:.2} ms, p99 {most:.2} ms, n {}", delays.len());
    Ok(vec![Figure::new("WHIP to WHEP, added by the server", value, "p50 <= 2 ms, p99 <= 10 ms")])
}

/// A real picture of 320x180, with parameter sets, as Annex B.
fn keyframe() -> Result<Vec<u8>> {
    let picture = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30", "-frames:v", "1"])
        .args(["-c:v", "libx264", "-profile:v", "baseline", "-bsf:v", "h264_metadata=aud=remove", "-f", "h264", "-"])
        .output()?;
    ensure!(picture.status.success(), "ffmpeg could not make a picture");
    Ok(picture.stdout)
}

async fn publish(client: reqwest::Client, url: String, key: String, keyframe: Vec<u8>, begin: Instant) -> Result<()> {
    let mut peer = Peer::new(false).await?;
    let mut changes = peer.rtc.sdp_api();
    let mid = changes.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
    let (offer, pending) = changes.apply().context("no offer")?;
    peer.negotiate(client.post(url).bearer_auth(key), offer.to_sdp_string(), pending).await.context("WHIP")?;
    let (mut connected, mut number, mut next) = (false, 0u64, Instant::now());
    loop {
        peer.step(Some(next), |event| connected |= matches!(event, Event::Connected)).await?;
        if Instant::now() < next {
            continue;
        }
        next += FRAME;
        if connected {
            let frame = if number.is_multiple_of(KEYFRAME_EVERY) { keyframe.clone() } else { stamped(begin.elapsed()) };
            write(&mut peer, mid, number, frame)?;
            number += 1;
        }
    }
}

fn write(peer: &mut Peer, mid: Mid, number: u64, frame: Vec<u8>) -> Result<()> {
    let writer = peer.rtc.writer(mid).context("no video section")?;
    let format = writer.payload_params().find(|params| params.spec().codec == Codec::H264).context("no H.264")?.pt();
    let time = MediaTime::new(number * 3_000, Frequency::NINETY_KHZ);
    writer.write(format, Instant::now(), time, frame)?;
    peer.rtc.handle_input(str0m::Input::Timeout(Instant::now()))?;
    Ok(())
}

/// A slice that nobody decodes, with a time in it.
fn stamped(time: Duration) -> Vec<u8> {
    let mut frame = vec![0, 0, 0, 1, 0x41, 0x9a];
    frame.extend_from_slice(format!("{:016x}", time.as_nanos()).as_bytes());
    frame.resize(FRAME_BYTES, 0x55);
    frame
}

fn stamp_of(payload: &[u8]) -> Option<Duration> {
    let digits = payload.get(STAMP).filter(|_| payload.first() == Some(&0x41))?;
    Some(Duration::from_nanos(u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?))
}
