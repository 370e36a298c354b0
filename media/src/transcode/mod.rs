//! Runs `klieg-transcoder`, one process per broadcast, and speaks with it over a local socket.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::stream::{Stream, StreamObserver};

/// Every broadcast's transcoder process.
pub struct Transcoding {}

impl Transcoding {
    pub fn new(_program: Option<PathBuf>, _shutdown: CancellationToken) -> Arc<Self> {
        Arc::new(Self {})
    }
}

impl StreamObserver for Transcoding {
    fn stream_started(&self, _stream: &Arc<Stream>) {}
}
