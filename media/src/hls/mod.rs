//! LL-HLS: CMAF parts and segments written from frames, playlists computed once, blocking reloads
//! (draft-pantos-rfc8216bis).
//!
//! Every broadcast has one task ([`show`]) that reads all renditions and feeds the sans-IO [`packager`]. What comes out
//! goes onto one [`shelf`] per rendition, where requests ([`http`]) find it. Nothing here is done per viewer but sending.
//!
//! | path below `/hls/{handle}/` | what |
//! | --- | --- |
//! | `index.m3u8` | multivariant playlist of the broadcast that is on |
//! | `{broadcast}/{rendition}/index.m3u8` | media playlist |
//! | `{broadcast}/{rendition}/init-{N}.mp4` | init segment |
//! | `{broadcast}/{rendition}/{MSN}.m4s` | segment |
//! | `{broadcast}/{rendition}/{MSN}.{P}.m4s` | part |

mod cadence;
mod cmaf;
mod directives;
mod format;
pub mod http;
mod multivariant;
mod packager;
mod playlist;
mod shelf;
mod show;
#[cfg(test)]
mod tests;
mod track;
mod viewers;

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::RwLock;
use uuid::Uuid;

use self::show::{Packaging, Show};
use crate::codec::TrackConfig;
use crate::stream::{Stream, StreamObserver};

/// Whether HLS players can be given this track.
pub fn carries(config: &TrackConfig) -> bool {
    format::playable(config)
}

/// Every broadcast's packager.
pub struct Hls {
    part_target: Duration,
    segment_target: Duration,
    shows: RwLock<HashMap<Uuid, Arc<Show>>>,
    myself: Weak<Self>,
}

impl Hls {
    /// Parts of about `part_target` (a little more where that fits whole frames better) and segments that end at the
    /// first keyframe after half of `segment_target`.
    pub fn new(part_target: Duration, segment_target: Duration) -> Arc<Self> {
        let segment_target = segment_target.clamp(Duration::from_secs(1), Duration::from_secs(10));
        Arc::new_cyclic(|myself| Self { part_target, segment_target, shows: RwLock::default(), myself: myself.clone() })
    }

    fn show(&self, broadcast: &Uuid) -> Option<Arc<Show>> {
        self.shows.read().get(broadcast).cloned()
    }

    fn forget(&self, stream: &Stream) {
        self.shows.write().remove(&stream.id);
    }
}

impl StreamObserver for Hls {
    fn stream_started(&self, stream: &Arc<Stream>) {
        let show = Show::new(stream.clone());
        self.shows.write().insert(stream.id, show.clone());
        let packaging = Packaging::new(show, self.part_target, self.segment_target);
        tokio::spawn(packaging.run(self.myself.clone()));
    }
}
