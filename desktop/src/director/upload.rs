//! What the upload carries: measured, one measurement at a time, its progress in the state, and an end to it when the creator says
//! so; or as the creator says, for only a Klieg server measures it.

use klieg_studio_model::Upload;
use tokio::sync::oneshot;

use super::Refusal;
use super::desk::{Desk, Finish};

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
        let jobs = self.jobs();
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
            desk.studio.upload = match measured {
                Some(Ok(kbit)) => Some(Upload::Measured { kbit }),
                Some(Err(error)) => Some(Upload::Failed { reason: error.to_string() }),
                None => before.filter(|before| before.kbit().is_some()),
            };
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
        self.studio.upload = Some(Upload::Said { kbit });
        Ok(())
    }

    /// Ends the measurement, if one runs.
    pub(super) fn stop_measuring(&mut self) {
        self.measuring = None;
    }
}
