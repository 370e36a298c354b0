//! Once a second: how this computer and the stage are doing, and what to do about it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use klieg_studio_model::{Advice, Destination, Output, Severity};

use super::desk::Desk;
use super::show::is_destination;

/// A warning is left standing for so long after its reason has gone, so that it can be read.
const READABLE: Duration = Duration::from_secs(8);
/// A stage that broke is opened again, but not more often than this.
const REST: Duration = Duration::from_secs(10);

/// What may be meant so is said when it has been so for this long: a cut or a pause is over by then.
const DOUBT: Duration = Duration::from_secs(5);

/// Since when there is doubt about what viewers see and hear.
#[derive(Default)]
pub(super) struct Doubts(BTreeMap<String, Instant>);

impl Doubts {
    fn settle(&mut self, holding: Vec<Advice>, now: Instant) -> Vec<Advice> {
        self.0.retain(|known, _| holding.iter().any(|advice| advice.key == *known));
        let is_old = |advice: &Advice| {
            let since = *self.0.entry(advice.key.clone()).or_insert(now);
            now.duration_since(since) >= DOUBT
        };
        holding.into_iter().filter(is_old).collect()
    }
}

/// Warnings that stay for a while.
#[derive(Default)]
pub(super) struct Warnings(Vec<(Advice, Instant)>);

impl Warnings {
    /// What is said now: all that holds, and what held a moment ago.
    fn settle(&mut self, holding: Vec<Advice>, now: Instant) -> Vec<Advice> {
        self.0.retain(|(known, seen)| {
            known.severity == Severity::Warn
                && now.duration_since(*seen) < READABLE
                && !holding.iter().any(|advice| advice.key == known.key)
        });
        let mut said: Vec<_> = holding.into_iter().map(|advice| (advice, now)).collect();
        said.append(&mut self.0);
        self.0 = said;
        self.0.iter().map(|(advice, _)| advice.clone()).collect()
    }
}

impl Desk {
    pub(super) fn every_second(&mut self) {
        if let Some(load) = self.machine.load() {
            // In steps of a hundredth: less is no news.
            self.studio.program.load = (load * 100.0).round() / 100.0;
        }
        self.watch_disk();
        self.sweep();
        self.watch_session();
        self.age_upload();
        self.studio.silent = self.ears.silent(&self.studio, Instant::now());
        for text in self.library.failures() {
            self.notice(Severity::Bad, text);
        }
        if let Some(reason) = self.theatre.as_ref().and_then(|theatre| theatre.failure()) {
            self.recover(&reason);
        }
        let holding = self.studio.advise(&self.before);
        let now = Instant::now();
        let doubts = if self.is_busy() { self.studio.doubts() } else { Vec::new() };
        self.studio.advice = if self.is_busy() { self.warnings.settle(holding, now) } else { Vec::new() };
        self.studio.advice.extend(self.doubts.settle(doubts, now));
        self.before = self.studio.clone();
        self.changed = true;
    }

    /// The stage cannot go on: a new one is opened, and what ran on the old one is begun again.
    fn recover(&mut self, reason: &str) {
        if self.opened_at.elapsed() < REST {
            return;
        }
        tracing::error!(reason, "the stage broke");
        self.notice(Severity::Bad, format!("The programme broke ({reason}) and is started again."));
        let had_show = self.running.iter().any(is_destination);
        let running = std::mem::take(&mut self.running);
        // The replay buffer comes with the stage.
        self.open_stage();
        for output in running.into_iter().filter(|output| !matches!(output, Output::Replay(_))) {
            let known = self.studio.outputs.iter().find(|known| known.id == output.name());
            let name = known.map_or_else(|| output.name().to_owned(), |known| known.name.clone());
            let begun = match output {
                Output::File(_) => self.begin_recording_anew(),
                output => self.start_output(output, &name),
            };
            if let Err(refusal) = begun {
                self.notice(Severity::Bad, format!("{name} did not start again: {refusal}."));
            }
        }
        if !self.runs(Destination::RECORDING) {
            self.studio.recording = None;
            self.studio.outputs.retain(|known| known.id != Destination::RECORDING);
        }
        if had_show && !self.running.iter().any(is_destination) {
            return self.show_is_over("it could not be started again");
        }
        self.settle();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advice(key: &str, severity: Severity) -> Advice {
        Advice { key: key.to_owned(), severity, text: String::new(), remedy: None }
    }

    #[test]
    fn a_doubt_is_said_when_it_lasts_and_goes_with_its_reason() {
        let mut doubts = Doubts::default();
        let start = Instant::now();
        let mut said = |holding: &[&str], seconds: u64| {
            let holding = holding.iter().map(|key| advice(key, Severity::Warn)).collect();
            let said = doubts.settle(holding, start + Duration::from_secs(seconds));
            said.into_iter().map(|advice| advice.key).collect::<Vec<_>>()
        };
        assert_eq!(said(&["dark"], 0), [""; 0]);
        assert_eq!(said(&["dark", "muted"], 4), [""; 0]);
        assert_eq!(said(&["dark", "muted"], 5), ["dark"]);
        assert_eq!(said(&["muted"], 6), [""; 0]);
        assert_eq!(said(&["dark", "muted"], 9), ["muted"]);
    }

    #[test]
    fn a_warning_can_be_read_and_a_failure_goes_at_once() {
        let mut warnings = Warnings::default();
        let start = Instant::now();
        let keys = |said: Vec<Advice>| said.into_iter().map(|advice| advice.key).collect::<Vec<_>>();
        let both = vec![advice("slow", Severity::Warn), advice("gone", Severity::Bad)];
        assert_eq!(keys(warnings.settle(both, start)), ["slow", "gone"]);
        assert_eq!(keys(warnings.settle(vec![], start + Duration::from_secs(7))), ["slow"]);
        assert_eq!(keys(warnings.settle(vec![], start + Duration::from_secs(9))), [""; 0]);
    }
}
