//! Publishers' sessions once they are connected.

use std::time::Instant;

use tracing::warn;

use super::{Note, Worker};
use crate::hub::{PublishError, StopReason};
use crate::publisher::Publisher;
use crate::webrtc::ingest::Layer;
use crate::webrtc::session::{Happened, Role};

impl Worker {
    pub(super) fn published(&mut self, key: u64, result: Result<Box<Publisher>, PublishError>, now: Instant) {
        let finished = self.finished.remove(&key);
        let publisher = match result {
            Ok(publisher) if self.sessions.contains_key(&key) => publisher,
            Ok(publisher) => {
                // The hub goes on with the broadcast on its own runtime.
                let _main = self.main.enter();
                return if finished { publisher.finish() } else { drop(publisher) };
            }
            Err(error) => {
                warn!(session = key, %error, "publisher connected but was not let in");
                return self.close(key, "it was not let in", false);
            }
        };
        let mut stop = publisher.watch_stop();
        let notes = self.notes_in.clone();
        if let Some(session) = self.sessions.get_mut(&key) {
            session.tasks.spawn(async move {
                if let Ok(reason) = stop.wait_for(Option::is_some).await.map(|reason| *reason) {
                    let reason = reason.unwrap_or(StopReason::Ended);
                    let _ = notes.send(Note::Stop { key, reason }).await;
                }
            });
        }
        let mut happened = Vec::new();
        self.serve(key, now, |session| {
            session.admit(*publisher, now, &mut happened)?;
            session.advance(now)?;
            Ok(true)
        });
        for happened in happened {
            if let Happened::Opened(layer) = happened {
                self.opened(key, layer);
            }
        }
    }

    /// A publisher's layer has become a rendition: its viewers' wishes for keyframes go to the publisher from now on.
    pub(super) fn opened(&mut self, key: u64, layer: Layer) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let Role::Publisher { ingest, .. } = &session.role else { return };
        let (Some(publisher), Some(name)) = (ingest.publisher(), ingest.rendition(layer)) else { return };
        let Some(rendition) = publisher.stream().rendition(name) else { return };
        let mut wanted = rendition.keyframe_requests();
        let notes = self.notes_in.clone();
        session.tasks.spawn(async move {
            while wanted.changed().await.is_ok() {
                if notes.send(Note::KeyframeWanted { key, layer }).await.is_err() {
                    return;
                }
            }
        });
    }
}
