//! Runs `klieg-transcoder`, one process per broadcast, and speaks with it over a local socket.
//!
//! This module decides what is made from what ([`plan`]), keeps the process alive ([`broadcast`], [`process`]) and puts
//! what it makes beside the publisher's renditions ([`output`]). It decodes nothing itself, and nothing here can slow a
//! publisher: the process is fed from subscriptions, which lose frames rather than wait.

mod broadcast;
mod output;
mod plan;
mod process;
pub mod wire;

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::stream::{Stream, StreamObserver};

/// Every broadcast's transcoder process.
pub struct Transcoding {
    program: Option<PathBuf>,
    shutdown: CancellationToken,
}

impl Transcoding {
    /// Transcodes with `program` until `shutdown`. Without a program the server goes on, and says what it cannot do.
    pub fn new(program: Option<PathBuf>, shutdown: CancellationToken) -> Arc<Self> {
        const CONSEQUENCE: &str = "sound is delivered only in the codec it came in (an RTMP show is silent on WHEP, a \
                                   WHIP show may be on HLS), and shows with B-frames or HEVC have no WebRTC picture";
        let program = match program {
            Some(program) if program.is_file() => {
                info!(program = %program.display(), "the transcoder will be started for each broadcast that needs it");
                Some(program)
            }
            Some(program) => {
                warn!(program = %program.display(), "the transcoder program does not exist: {CONSEQUENCE}");
                None
            }
            None => {
                warn!("no transcoder program: {CONSEQUENCE}");
                None
            }
        };
        Arc::new(Self { program, shutdown })
    }
}

impl StreamObserver for Transcoding {
    fn stream_started(&self, stream: &Arc<Stream>) {
        if let Some(program) = &self.program {
            tokio::spawn(broadcast::run(program.clone(), stream.clone(), self.shutdown.clone()));
        }
    }
}
