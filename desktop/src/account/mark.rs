//! Marking a moment of the broadcast.

use std::time::Instant;

use klieg_api::chapters::{Chapter, NewMarker};
use klieg_core::call::parse;
use klieg_core::calls;

use super::{AccountError, SignedIn, wire};

impl SignedIn {
    /// Marks the moment `at`. How long ago that is, is told as late as possible: a session may have to be refreshed first.
    pub async fn mark(&self, text: &str, at: Instant) -> Result<(), AccountError> {
        let call = || {
            let ago_ms = at.elapsed().as_millis() as u64;
            calls::mark(&NewMarker { text: text.to_owned(), ago_ms })
        };
        let token = self.token().await?;
        let (status, body) = match wire::send(&self.http, &self.server, &call(), Some(&token)).await? {
            (401, _) => {
                self.session.lock().await.rejected(&token);
                let token = self.token().await?;
                wire::send(&self.http, &self.server, &call(), Some(&token)).await?
            }
            answer => answer,
        };
        let Chapter { at_ms, .. } = parse(status, &body)?;
        tracing::debug!(at_ms, "a moment of the broadcast is marked");
        Ok(())
    }
}
