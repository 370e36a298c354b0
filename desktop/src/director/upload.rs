//! What the upload carries: measured, one measurement at a time, its progress in the state, and an end to it when the creator says
//! so; or as the creator says, for only a Klieg server measures it. Both are kept for the next start; a measurement is trusted for a
//! week, and only on the way to the server that it was made with.

use klieg_studio_model::Upload;
use tokio::sync::oneshot;

use super::desk::{Desk, Finish};
use super::{Refusal, now};

impl Desk {
    /// Begins to send to the account's server for some seconds. Progress and result are in the state.
    pub(super) fn measure_upload(&mut self) -> Result<(), Refusal> {
        let account = self.account.clone().ok_or(Refusal::NotSignedIn)?;
        self.not_busy("measuring takes all of the connection")?;
        if let Some(Upload::Measuring { .. }) = self.studio.upload {
            return Err(Refusal::Measuring);
        }
        let before = self.studio.upload.replace(Upload::Measuring { done: 0.0 });
        let (stop, stopped) = oneshot::channel::<()>();
        self.measuring = Some(stop);
        let (jobs, server) = (self.jobs(), account.account().server);
        let progress = move |done: f64| {
            let step: Finish = Box::new(move |desk| desk.measured_so_far(done));
            // The director may have stopped; then nobody looks.
            let _ = jobs.send(step);
        };
        let work = async move {
            tokio::select! {
                measured = account.measure_upload(progress) => Some(measured),
                // Told to stop, or dropped.
                _ = stopped => None,
            }
        };
        self.job(work, |desk, measured| {
            desk.measuring = None;
            match measured {
                Some(Ok(kbit)) => desk.upload_is(Upload::Measured { kbit, at: now(), server }),
                Some(Err(error)) => desk.studio.upload = Some(Upload::Failed { reason: error.to_string() }),
                None => desk.studio.upload = before.filter(Upload::is_known),
            }
            desk.upload_follows_account();
        });
        Ok(())
    }

    fn measured_so_far(&mut self, done: f64) {
        if let Some(Upload::Measuring { done: known }) = &mut self.studio.upload {
            *known = done.clamp(0.0, 1.0);
            self.changed = true;
        }
    }

    /// Takes the creator's word for it.
    pub(super) fn say_upload(&mut self, kbit: u32) -> Result<(), Refusal> {
        if let Some(Upload::Measuring { .. }) = self.studio.upload {
            return Err(Refusal::Measuring);
        }
        if !(Upload::LEAST..=Upload::MOST).contains(&kbit) {
            return Err(Refusal::NoSuchUpload);
        }
        self.upload_is(Upload::Said { kbit });
        Ok(())
    }

    fn upload_is(&mut self, upload: Upload) {
        self.library.keep_upload(&upload);
        self.studio.upload = Some(upload);
    }

    /// What was measured becomes old, also while the studio runs.
    pub(super) fn age_upload(&mut self) {
        self.studio.upload = self.studio.upload.take().map(|upload| upload.as_of(now()));
    }

    /// Another account's server is reached by another way: what was measured with the one before says nothing of it, nor does what is
    /// still being measured.
    pub(super) fn upload_follows_account(&mut self) {
        self.stop_measuring();
        let Some(account) = &self.studio.account else { return };
        let server = self.studio.upload.as_ref().and_then(Upload::server);
        if server.is_some_and(|server| server != account.server) {
            self.studio.upload = None;
        }
    }

    /// Ends the measurement, if one runs.
    pub(super) fn stop_measuring(&mut self) {
        self.measuring = None;
    }
}
