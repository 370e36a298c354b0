//! RTMP: a session is a pipeline, rebuilt for each.
//!
//! `rtmp2sink` can hang in any call to the network: a watchdog on the bytes that it really sent ends such a session. `flvmux`
//! starts only when each of its pads has data; the programme always has both.

use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Key, VideoCodec};

use super::flow::Flow;
use super::mux::Muxing;
use super::{Failure, Line};
use crate::element::named;
use crate::fanout::Kind;

/// How long the sink may send nothing.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the end of a session may take.
const FAREWELL: Duration = Duration::from_millis(1_500);
/// The handshake takes less than this, in bytes; beyond it, media has left.
const HANDSHAKE: u64 = 8_192;

#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) key: Option<Key>,
}

impl Target {
    fn location(&self) -> String {
        let url = self.url.trim_end_matches('/');
        self.key.as_ref().map_or_else(|| url.to_owned(), |key| format!("{url}/{}", key.reveal()))
    }
}

/// Runs until the show stops or something breaks.
pub(super) async fn session(target: &Target, line: &mut Line) -> Result<(), Failure> {
    let muxer = "flvmux name=mux streamable=true ! rtmp2sink name=sink sync=false async=false";
    let muxing = Muxing::start(muxer, VideoCodec::H264, ["video", "audio"], |pipeline| {
        named::<gst::Element>(pipeline, "sink")?.set_property("location", target.location());
        Ok(())
    })?;
    let sink = muxing.sink()?;
    let mut flow = Flow::new(PATIENCE, Instant::now());
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    // The destination's time starts at zero.
    let (mut first, mut counted, mut frames) = (None, 0, 0);
    line.open();
    loop {
        tokio::select! {
            packet = line.packets.recv(), if !muxing.is_full() => {
                let Some(packet) = packet else { break };
                frames += u64::from(packet.kind == Kind::Video);
                if let Some(pts) = packet.pts.checked_sub(*first.get_or_insert(packet.pts)) {
                    muxing.push(packet, pts);
                }
            }
            _ = tick.tick() => {
                muxing.check()?;
                let written = written(&sink);
                if written > counted {
                    line.sent.add((written - counted) as usize, std::mem::take(&mut frames));
                    counted = written;
                }
                if written > HANDSHAKE {
                    line.live();
                }
                if flow.stalled(written, Instant::now()) {
                    let seconds = PATIENCE.as_secs();
                    return Err(Failure::retry(format!("nothing could be sent for {seconds} seconds")));
                }
            }
            () = async { let _ = line.stopping.wait_for(|stop| *stop).await; } => break,
        }
    }
    muxing.end();
    let until = Instant::now() + FAREWELL;
    while Instant::now() < until {
        // What broke it ends it as well.
        if muxing.has_ended(gst::ClockTime::ZERO).unwrap_or(true) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracing::warn!("the destination did not take the end of the show in time");
    Ok(())
}

/// How much the sink has really sent, in bytes.
fn written(sink: &gst::Element) -> u64 {
    let stats = sink.property::<Option<gst::Structure>>("stats");
    stats.and_then(|stats| stats.get::<u64>("out-bytes-total").ok()).unwrap_or_default()
}
