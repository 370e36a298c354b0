//! What viewers have of a show: a show goes on while nobody is reached, and says so.

use crate::event::OutputState;
use crate::profile::Destination;
use crate::studio::{ShowState, Studio};

/// What a show is for those who watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    #[default]
    Off,
    /// Nobody was reached yet.
    Connecting,
    /// At least one destination takes the show, which was live first at `since`: Unix time in milliseconds.
    Live {
        since: u64,
    },
    /// It was live, and no destination takes it now.
    Reconnecting {
        since: u64,
        /// How often it was tried in a row, where that was longest.
        attempt: u32,
    },
    Ending,
}

impl Reach {
    /// Since when the show is on, reached or not.
    pub const fn since(self) -> Option<u64> {
        match self {
            Self::Live { since } | Self::Reconnecting { since, .. } => Some(since),
            Self::Off | Self::Connecting | Self::Ending => None,
        }
    }
}

impl Studio {
    pub fn reach(&self) -> Reach {
        let since = match self.show {
            ShowState::Off => return Reach::Off,
            ShowState::Starting => return Reach::Connecting,
            ShowState::Ending => return Reach::Ending,
            ShowState::Live { since } => since,
        };
        let destinations = || self.outputs.iter().filter(|output| output.id != Destination::RECORDING);
        if destinations().any(|output| output.state == OutputState::Live) {
            return Reach::Live { since };
        }
        let attempt = destinations().filter_map(|output| match output.state {
            OutputState::Reconnecting { attempt, .. } => Some(attempt),
            _ => None,
        });
        Reach::Reconnecting { since, attempt: attempt.max().unwrap_or(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::OutputStatus;

    #[test]
    fn a_show_that_nobody_takes_any_more_is_not_live() {
        let away = |attempt| OutputState::Reconnecting { attempt, reason: "no answer".into() };
        let failed = OutputState::Failed { reason: "not authorised".into() };
        let mut studio = Studio { show: ShowState::Live { since: 7 }, ..Studio::default() };
        let mut reach = |states: [OutputState; 2]| {
            let [a, b] = states;
            let recording = OutputStatus::new(Destination::RECORDING, "Recording", OutputState::Live);
            studio.outputs = vec![OutputStatus::new("a", "A", a), OutputStatus::new("b", "B", b), recording];
            studio.reach()
        };
        assert_eq!(reach([OutputState::Live, away(3)]), Reach::Live { since: 7 });
        assert_eq!(reach([away(1), away(3)]), Reach::Reconnecting { since: 7, attempt: 3 });
        assert_eq!(reach([failed.clone(), OutputState::Connecting]), Reach::Reconnecting { since: 7, attempt: 1 });
        studio.show = ShowState::Starting;
        assert_eq!(studio.reach(), Reach::Connecting);
        assert_eq!((Reach::Reconnecting { since: 7, attempt: 1 }.since(), Reach::Off.since()), (Some(7), None));
    }
}
