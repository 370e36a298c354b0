//! Whether what the creator hears gets into the show a second time, by the sound of the computer.

use super::List;
use crate::advice::Remedy;
use crate::sound::Monitor;
use crate::source::{Source, is_monitor_of};
use crate::studio::{Severity, Studio};

impl Studio {
    pub(super) fn check_monitoring(&self, list: &mut List) {
        let is_heard = |source: &str, gain: f64| gain > 0.0 && !self.collection.strip(source).muted;
        let mut heard = self.heard().into_iter().filter(|(source, gain)| is_heard(source, *gain));
        if let Some((source, _)) = heard.find(|(source, _)| self.takes_monitoring_along(source)) {
            let text = format!(
                "{source} takes along what you monitor: viewers hear it twice, or although it is for you alone. Monitor on another output."
            );
            list.say("monitoring", Severity::Warn, text, Some(Remedy::MonitorOutput));
        }
    }

    /// Whether a source is the sound of the output on which is heard what is monitored, and something is. An output that is chosen may be
    /// the system's as well, which nobody knows here.
    pub fn takes_monitoring_along(&self, source: &str) -> bool {
        let Some(Source::Microphone(microphone)) = self.collection.source(source) else { return false };
        let is_same = match &self.profile.monitor_output {
            None => microphone.follows_output(),
            Some(output) => microphone.device.as_deref().is_some_and(|device| is_monitor_of(device, output)),
        };
        is_same && self.collection.strips.values().any(|strip| strip.monitor != Monitor::Off)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{keys, ready};
    use super::*;
    use crate::edit::Edit;
    use crate::sound::Strip;
    use crate::source::{Microphone, SoundSystem};

    #[test]
    fn what_is_monitored_on_an_output_whose_sound_is_in_the_show_is_said() {
        let mut studio = ready();
        let hears = |studio: &mut Studio, device: &str| {
            let (name, system, device) = ("computer".to_owned(), SoundSystem::Pulse, Some(device.to_owned()));
            let source = Source::Microphone(Microphone { name, system, device });
            let edit = match studio.collection.source("computer") {
                Some(_) => Edit::SetSource { name: "computer".into(), source },
                None => Edit::AddSource { source, scene: "Scene".into() },
            };
            studio.collection.apply(edit).unwrap();
            keys(studio)
        };
        assert!(hears(&mut studio, Microphone::DESKTOP).is_empty(), "nothing is monitored");
        studio.collection.strips.insert("mic".into(), Strip { monitor: Monitor::Only, ..Strip::default() });
        assert_eq!(hears(&mut studio, Microphone::DESKTOP), ["monitoring"]);
        assert!(hears(&mut studio, "speakers.monitor").is_empty());
        studio.profile.monitor_output = Some("speakers".to_owned());
        assert_eq!(hears(&mut studio, "speakers.monitor"), ["monitoring"]);
        assert!(hears(&mut studio, "speakers").is_empty(), "that is no output's sound");
        assert!(hears(&mut studio, Microphone::DESKTOP).is_empty(), "it may be another");
        hears(&mut studio, "speakers.monitor");
        studio.collection.strips.insert("computer".into(), Strip { muted: true, ..Strip::default() });
        assert_eq!(keys(&studio), ["muted computer"]);
    }
}
