//! Markers: a moment goes into the recording, and to the server where the show goes to the signed-in account's channel.

use std::time::{Duration, Instant};

use klieg_studio_model::{Destination, MAX_MARKER, MAX_MARKER_AGO, Severity};

use super::desk::{Desk, reply};
use super::{Answer, Refusal};

impl Desk {
    /// Answered when the server has it, if it goes there.
    pub(super) fn mark(&mut self, text: &str, ago: u32, answer: Answer) {
        let asked = Instant::now();
        let text = text.trim().to_owned();
        if text.chars().count() > MAX_MARKER || text.chars().any(char::is_control) {
            return reply(answer, Err(Refusal::MarkerText));
        }
        if ago > MAX_MARKER_AGO {
            return reply(answer, Err(Refusal::MarkerAge));
        }
        let ago = Duration::from_millis(ago.into());
        let places = self.studio.marks();
        let account = self.account.clone().filter(|_| places.broadcast);
        if !places.recording && account.is_none() {
            return reply(answer, Err(Refusal::NothingToMark));
        }
        if places.recording {
            let marked = self.stage().and_then(|stage| Ok(stage.mark_output(Destination::RECORDING, &text, ago)?));
            match (marked, &mut self.studio.recording) {
                (Ok(()), Some(recording)) => recording.markers += 1,
                (Ok(()), None) => {}
                (Err(refusal), _) => return reply(answer, Err(refusal)),
            }
        }
        let Some(account) = account else { return reply(answer, Ok(())) };
        // The time on the way to the server does not count.
        let work = async move { account.mark(&text, asked.checked_sub(ago).unwrap_or(asked)).await };
        self.job(work, move |desk, marked| {
            let done = match marked {
                Err(error) if places.recording => {
                    desk.notice(Severity::Warn, format!("The marker is in the recording only: {error}."));
                    Ok(())
                }
                marked => marked.map_err(Refusal::from),
            };
            reply(answer, done);
        });
    }
}
