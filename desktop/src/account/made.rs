//! Stream keys that this studio made on servers, by their ids, in a file beside the keyring.
//!
//! A session that a keyring did not keep is forgotten with the studio, and nobody would ever end the key that was made for it: so
//! the next one does, knowing it from here. An id tells keys apart and opens nothing.

use std::fs;
use std::path::Path;

use klieg_core::call::{CallError, accept};
use klieg_core::calls;
use klieg_studio_model::Secret;
use serde::{Deserialize, Serialize};

use super::{AccountError, NewStreamKey, SignedIn};
use crate::library::write_private;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    server: String,
    handle: String,
    stream_key: String,
}

impl SignedIn {
    /// Writes down which stream key was made for this studio, and ends those that it made before on the same channel.
    pub async fn note_key(&self, file: &Path) {
        let Some(stream_key) = self.stream_key.lock().clone() else { return };
        let made = Made { server: self.server.to_string(), handle: self.handle.clone(), stream_key };
        let text = fs::read_to_string(file).unwrap_or_default();
        // What cannot be read was written by nobody, or by hand.
        let known: Vec<Made> = serde_json::from_str(&text).unwrap_or_default();
        let mut kept = vec![made.clone()];
        for before in known.into_iter().filter(|before| *before != made) {
            let is_of_another = (&before.server, &before.handle) != (&made.server, &made.handle);
            if is_of_another {
                kept.push(before);
            } else if let Err(error) = self.end_key(&before.stream_key).await {
                tracing::warn!(%error, "a stream key of an earlier session is not ended");
                kept.push(before);
            }
        }
        let written = serde_json::to_vec_pretty(&kept).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|text| write_private(file, &text)) {
            tracing::warn!(path = %file.display(), %error, "the stream key's id is not noted");
        }
    }

    /// Makes another stream key for this studio. The one before it ends when this one is in the keyring, under `name`.
    pub async fn renew_key(&self, file: &Path, name: &str) -> Result<(), AccountError> {
        // One that was made before there was such a file is in it then.
        self.note_key(file).await;
        let made: NewStreamKey = self.call(&calls::make_stream_key()).await?;
        if let Err(error) = self.keys.set(name, &Secret::new(made.key)).await {
            if let Err(error) = self.end_key(&made.id).await {
                tracing::warn!(%error, "a stream key that nobody keeps is not ended");
            }
            return Err(error.into());
        }
        *self.stream_key.lock() = Some(made.id);
        // It is in the keyring, and so it is renewed.
        if let Err(error) = self.keep().await {
            tracing::warn!(%error, "the session does not know its new stream key");
        }
        self.note_key(file).await;
        Ok(())
    }

    /// Ends a stream key. One that the server does not know has ended.
    async fn end_key(&self, id: &str) -> Result<(), CallError> {
        let (status, body) = self.send(&calls::revoke_stream_key(id)).await?;
        if status == 404 { Ok(()) } else { accept(status, &body) }
    }
}
