//! LL-HLS: CMAF parts and segments written from frames, playlists computed once, blocking reloads.

pub mod http;

use std::sync::Arc;
use std::time::Duration;

use crate::stream::{Stream, StreamObserver};

/// Every broadcast's packager.
pub struct Hls {}

impl Hls {
    pub fn new(_part_target: Duration, _segment_target: Duration) -> Arc<Self> {
        Arc::new(Self {})
    }
}

impl StreamObserver for Hls {
    fn stream_started(&self, _stream: &Arc<Stream>) {}
}
