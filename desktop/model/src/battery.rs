//! What to say of a computer that runs on its battery: before a show, and on air when it was unplugged or runs low.

use crate::advice::Advice;
use crate::studio::{Severity, Studio};

/// The charge below which it is said on air for as long as it lasts, 0 to 1.
const LOW: f64 = 0.25;
/// The charge below which that is urgent.
const NEARLY_EMPTY: f64 = 0.1;

impl Studio {
    /// Before a show, whatever the charge: a show takes more of it than anything else does.
    pub(crate) fn battery_before_a_show(&self) -> Option<Advice> {
        let charge = percent(self.program.battery?);
        let text = format!("This computer runs on its battery, which is at {charge}: plug it in before the show.");
        Some(battery(Severity::Warn, text))
    }

    /// While something is sent or recorded. `before` is the studio one second ago.
    pub(crate) fn battery_advice(&self, before: &Self) -> Option<Advice> {
        let charge = self.program.battery?;
        if charge < LOW {
            let severity = if charge < NEARLY_EMPTY { Severity::Bad } else { Severity::Warn };
            let text = format!("The battery is at {}: plug this computer in before it goes off.", percent(charge));
            return Some(battery(severity, text));
        }
        // A cable that came out is worth a word; who never had one in was told before the show.
        before.program.battery.is_none().then(|| {
            let charge = percent(charge);
            let text =
                format!("This computer is not plugged in any more and runs on its battery, which is at {charge}.");
            battery(Severity::Warn, text)
        })
    }
}

fn battery(severity: Severity, text: String) -> Advice {
    Advice { key: "battery".to_owned(), severity, text, remedy: None }
}

fn percent(charge: f64) -> String {
    format!("{:.0} %", charge * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::{ProgramHealth, ShowState};

    fn on(battery: Option<f64>) -> Studio {
        let program = ProgramHealth { battery, ..ProgramHealth::default() };
        Studio { program, show: ShowState::Live { since: 0 }, ..Studio::default() }
    }

    fn found(said: Vec<Advice>) -> Option<(Severity, String)> {
        let battery = said.into_iter().find(|advice| advice.key == "battery");
        battery.map(|advice| (advice.severity, advice.text))
    }

    #[test]
    fn before_a_show_a_battery_is_said_at_any_charge() {
        let before = |charge| found(on(charge).preflight());
        assert_eq!(before(None), None);
        for (charge, shown) in [(1.0, "at 100 %"), (0.64, "at 64 %"), (0.05, "at 5 %")] {
            let (severity, text) = before(Some(charge)).unwrap();
            assert!(severity == Severity::Warn && text.contains(shown), "{text}");
        }
    }

    #[test]
    fn on_air_it_is_said_when_the_cable_comes_out_and_when_it_runs_low() {
        let said = |before, now| found(on(now).advise(&on(before)));
        assert_eq!(said(None, None), None);
        assert_eq!(said(Some(0.65), Some(0.64)), None, "it was said before the show");
        let (severity, text) = said(None, Some(0.64)).unwrap();
        assert!(severity == Severity::Warn && text.contains("not plugged in any more"), "{text}");
        let (severity, text) = said(Some(0.24), Some(0.24)).unwrap();
        assert!(severity == Severity::Warn && text.contains("at 24 %"), "{text}");
        let (severity, text) = said(None, Some(0.09)).unwrap();
        assert!(severity == Severity::Bad && text.contains("at 9 %"), "{text}");
        assert_eq!(said(Some(0.09), None), None, "it is plugged in");
        let idle = Studio { show: ShowState::Off, ..on(Some(0.09)) };
        assert!(idle.advise(&idle).is_empty(), "nothing runs that it could end");
    }
}
