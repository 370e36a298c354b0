//! The state machine.

use super::{Action, Broadcast, Event, FALL_BACK, GIVE_UP, STUCK, State, Transport};
use crate::backoff::Backoff;

/// One viewer's player on one channel.
#[derive(Debug)]
pub struct Playback {
    broadcast: Option<Broadcast>,
    choice: Option<Transport>,
    /// What is open, or was last.
    transport: Transport,
    attempt: u32,
    phase: Phase,
    backoff: Backoff,
    /// WHEP showed nothing on this broadcast: prefer LL-HLS.
    whep_failed: bool,
    /// Something was on and is over.
    was_on: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Opening { since: u64 },
    Moving,
    Stuck { since: u64 },
    Resting { until: u64 },
}

impl Default for Playback {
    fn default() -> Self {
        Self::new(None)
    }
}

impl Playback {
    /// A player that keeps to `choice`, or chooses by itself.
    pub fn new(choice: Option<Transport>) -> Self {
        Self {
            broadcast: None,
            choice,
            transport: choice.unwrap_or(Transport::Whep),
            attempt: 0,
            phase: Phase::Closed,
            backoff: Backoff::new(500, 8_000),
            whep_failed: false,
            was_on: false,
        }
    }

    /// What is open, or would be.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// What the viewer chose, if anything.
    pub fn choice(&self) -> Option<Transport> {
        self.choice
    }

    pub fn state(&self) -> State {
        let Some(broadcast) = &self.broadcast else {
            return if self.was_on { State::Ended } else { State::Offline };
        };
        match self.phase {
            Phase::Moving => State::Playing,
            _ if broadcast.waiting => State::Awaiting,
            Phase::Stuck { .. } => State::Stalled,
            Phase::Opening { .. } | Phase::Closed if self.backoff.attempt() == 0 => State::Connecting,
            Phase::Opening { .. } | Phase::Closed | Phase::Resting { .. } => {
                State::Reconnecting(self.backoff.attempt())
            }
        }
    }

    /// When to send [`Event::Tick`], if nothing else happens before.
    pub fn deadline(&self) -> Option<u64> {
        match self.phase {
            Phase::Opening { since } => Some(since.saturating_add(self.patience())),
            Phase::Stuck { since } if !self.is_awaiting() => Some(since.saturating_add(STUCK)),
            Phase::Resting { until } => Some(until),
            Phase::Closed | Phase::Moving | Phase::Stuck { .. } => None,
        }
    }

    /// How often to ask the server what is on, in milliseconds.
    pub fn ask_every(&self) -> u64 {
        match self.state() {
            State::Playing | State::Offline | State::Ended => 10_000,
            State::Connecting | State::Stalled | State::Reconnecting(_) | State::Awaiting => 3_000,
        }
    }

    /// Takes in what happened at `now`, and answers what to do, in order.
    pub fn on(&mut self, now: u64, event: Event) -> Vec<Action> {
        match event {
            Event::Channel(broadcast) => self.on_channel(now, broadcast),
            Event::Choose(choice) => self.on_choice(now, choice),
            Event::Moving { attempt } if attempt == self.attempt && self.is_open() => {
                self.phase = Phase::Moving;
                self.backoff.reset();
                Vec::new()
            }
            Event::Stuck { attempt } if attempt == self.attempt && self.phase == Phase::Moving => {
                self.phase = Phase::Stuck { since: now };
                vec![Action::Ask]
            }
            Event::Failed { attempt, retry_after } if attempt == self.attempt && self.is_open() => {
                self.fail(now, retry_after)
            }
            Event::Tick => self.on_tick(now),
            Event::Moving { .. } | Event::Stuck { .. } | Event::Failed { .. } => Vec::new(),
        }
    }

    fn on_channel(&mut self, now: u64, broadcast: Option<Broadcast>) -> Vec<Action> {
        let before = std::mem::replace(&mut self.broadcast, broadcast);
        let Some(broadcast) = &self.broadcast else {
            if before.is_none() {
                return Vec::new();
            }
            self.was_on = true;
            self.phase = Phase::Closed;
            return vec![Action::Close];
        };
        let is_other = before.as_ref().is_none_or(|before| before.id != broadcast.id);
        if is_other {
            self.whep_failed = false;
            self.backoff.reset();
        }
        if broadcast.waiting {
            return match self.phase {
                // Another broadcast that already waits: nothing to see on the old connection.
                _ if is_other && self.phase != Phase::Closed => {
                    self.phase = Phase::Closed;
                    vec![Action::Close]
                }
                _ => Vec::new(),
            };
        }
        match self.phase {
            Phase::Closed => self.open(now),
            _ if is_other => self.open(now),
            // The publisher is back: give the open connection its time from here.
            Phase::Stuck { .. } if before.is_some_and(|before| before.waiting) => {
                self.phase = Phase::Stuck { since: now };
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn on_choice(&mut self, now: u64, choice: Option<Transport>) -> Vec<Action> {
        self.choice = choice;
        self.whep_failed = false;
        self.backoff.reset();
        let wanted = self.preferred();
        if self.broadcast.is_none() || (wanted == self.transport && self.is_open()) {
            self.transport = wanted;
            return Vec::new();
        }
        self.open(now)
    }

    fn on_tick(&mut self, now: u64) -> Vec<Action> {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Vec::new();
        }
        match self.phase {
            Phase::Resting { .. } if self.is_awaiting() => {
                self.phase = Phase::Closed;
                Vec::new()
            }
            Phase::Resting { .. } => self.open(now),
            _ => self.fail(now, None),
        }
    }

    fn fail(&mut self, now: u64, retry_after: Option<u64>) -> Vec<Action> {
        let was_opening = matches!(self.phase, Phase::Opening { .. });
        if self.choice.is_none() {
            let falls_back = self.transport == Transport::Whep && was_opening;
            // LL-HLS failing too gives WHEP another chance.
            self.whep_failed = falls_back;
            if falls_back && !self.is_awaiting() {
                return self.open(now).into_iter().chain([Action::Ask]).collect();
            }
        }
        let wait = self.backoff.step().max(retry_after.unwrap_or(0));
        self.phase = Phase::Resting { until: now.saturating_add(wait) };
        vec![Action::Close, Action::Ask]
    }

    fn open(&mut self, now: u64) -> Vec<Action> {
        self.transport = self.preferred();
        self.attempt = self.attempt.wrapping_add(1);
        self.phase = Phase::Opening { since: now };
        vec![Action::Open { transport: self.transport, attempt: self.attempt }]
    }

    fn preferred(&self) -> Transport {
        self.choice.unwrap_or(if self.whep_failed { Transport::Hls } else { Transport::Whep })
    }

    fn patience(&self) -> u64 {
        if self.choice.is_none() && self.transport == Transport::Whep { FALL_BACK } else { GIVE_UP }
    }

    fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Closed | Phase::Resting { .. })
    }

    fn is_awaiting(&self) -> bool {
        self.broadcast.as_ref().is_some_and(|broadcast| broadcast.waiting)
    }
}

#[cfg(test)]
mod tests {
    use Transport::{Hls, Whep};

    use super::*;

    fn on(id: &str) -> Event {
        Event::Channel(Some(Broadcast { id: id.into(), waiting: false }))
    }

    fn waiting(id: &str) -> Event {
        Event::Channel(Some(Broadcast { id: id.into(), waiting: true }))
    }

    fn opens(actions: &[Action]) -> Option<(Transport, u32)> {
        actions.iter().find_map(|action| match action {
            Action::Open { transport, attempt } => Some((*transport, *attempt)),
            _ => None,
        })
    }

    /// A player whose first WHEP attempt moves.
    fn playing() -> Playback {
        let mut playback = Playback::default();
        assert_eq!(opens(&playback.on(0, on("a"))), Some((Whep, 1)));
        playback.on(200, Event::Moving { attempt: 1 });
        assert_eq!(playback.state(), State::Playing);
        playback
    }

    #[test]
    fn a_channel_that_goes_live_starts_by_itself() {
        let mut playback = Playback::default();
        assert_eq!(playback.on(0, Event::Channel(None)), []);
        assert_eq!(playback.state(), State::Offline);
        assert_eq!(opens(&playback.on(10_000, on("a"))), Some((Whep, 1)));
        assert_eq!(playback.state(), State::Connecting);
    }

    #[test]
    fn whep_without_a_picture_gives_way_to_hls_after_three_seconds() {
        let mut playback = Playback::default();
        playback.on(0, on("a"));
        assert_eq!(playback.on(2_999, Event::Tick), []);
        assert_eq!(opens(&playback.on(3_000, Event::Tick)), Some((Hls, 2)));
        assert_eq!(playback.on(3_100, Event::Moving { attempt: 1 }), [], "the first attempt says nothing any more");
        assert_eq!(playback.state(), State::Connecting);
        playback.on(3_500, Event::Moving { attempt: 2 });
        assert_eq!((playback.state(), playback.transport()), (State::Playing, Hls));
    }

    #[test]
    fn whep_refused_gives_way_to_hls_at_once() {
        let mut playback = Playback::default();
        playback.on(0, on("a"));
        assert_eq!(opens(&playback.on(50, Event::Failed { attempt: 1, retry_after: None })), Some((Hls, 2)));
    }

    #[test]
    fn a_chosen_transport_is_kept_to_and_retried_no_sooner_than_the_server_says() {
        let mut playback = Playback::new(Some(Whep));
        playback.on(0, on("a"));
        assert_eq!(playback.on(FALL_BACK, Event::Tick), []);
        assert_eq!(
            playback.on(4_000, Event::Failed { attempt: 1, retry_after: Some(2_000) }),
            [Action::Close, Action::Ask]
        );
        assert_eq!(playback.state(), State::Reconnecting(1));
        assert_eq!(playback.deadline(), Some(6_000));
        assert_eq!(opens(&playback.on(6_000, Event::Tick)), Some((Whep, 2)));
        playback.on(6_500, Event::Failed { attempt: 2, retry_after: None });
        assert_eq!(playback.deadline(), Some(7_500));
    }

    #[test]
    fn a_viewer_switches_there_and_back() {
        let mut playback = playing();
        assert_eq!(opens(&playback.on(1_000, Event::Choose(Some(Hls)))), Some((Hls, 2)));
        assert_eq!(playback.state(), State::Connecting);
        playback.on(1_500, Event::Moving { attempt: 2 });
        assert_eq!(playback.on(1_600, Event::Choose(Some(Hls))), []);
        assert_eq!(opens(&playback.on(2_000, Event::Choose(Some(Whep)))), Some((Whep, 3)));
    }

    #[test]
    fn a_publisher_that_drops_is_awaited_on_the_same_connection() {
        let mut playback = playing();
        assert_eq!(playback.on(5_000, Event::Stuck { attempt: 1 }), [Action::Ask]);
        assert_eq!(playback.state(), State::Stalled);
        playback.on(5_100, waiting("a"));
        assert_eq!(playback.state(), State::Awaiting);
        assert_eq!(playback.deadline(), None);
        assert_eq!(playback.on(25_000, Event::Tick), []);
        playback.on(25_000, on("a"));
        assert_eq!(playback.on(25_300, Event::Moving { attempt: 1 }), []);
        assert_eq!(playback.state(), State::Playing);
    }

    #[test]
    fn a_picture_that_stays_stuck_is_opened_anew() {
        let mut playback = playing();
        playback.on(5_000, Event::Stuck { attempt: 1 });
        assert_eq!(playback.on(11_000, Event::Tick), [Action::Close, Action::Ask]);
        assert_eq!(opens(&playback.on(11_500, Event::Tick)), Some((Whep, 2)));
        assert_eq!(playback.state(), State::Reconnecting(1));
    }

    #[test]
    fn the_end_closes_and_a_new_show_opens() {
        let mut playback = playing();
        assert_eq!(playback.on(9_000, Event::Channel(None)), [Action::Close]);
        assert_eq!(playback.state(), State::Ended);
        assert_eq!(playback.on(9_100, Event::Moving { attempt: 1 }), []);
        assert_eq!(playback.state(), State::Ended);
        assert_eq!(opens(&playback.on(60_000, on("b"))), Some((Whep, 2)));
    }

    #[test]
    fn another_broadcast_seen_without_a_pause_is_opened() {
        let mut playback = playing();
        assert_eq!(opens(&playback.on(9_000, on("b"))), Some((Whep, 2)));
    }

    #[test]
    fn arriving_while_the_publisher_is_away_waits_and_then_opens() {
        let mut playback = Playback::default();
        assert_eq!(playback.on(0, waiting("a")), []);
        assert_eq!(playback.state(), State::Awaiting);
        assert_eq!(opens(&playback.on(3_000, on("a"))), Some((Whep, 1)));
    }

    #[test]
    fn both_failing_alternates_with_growing_pauses() {
        let mut playback = Playback::default();
        playback.on(0, on("a"));
        let mut now = 0;
        let mut seen = Vec::new();
        for attempt in 1..=6 {
            seen.push(playback.transport());
            let actions = playback.on(now, Event::Failed { attempt, retry_after: None });
            if opens(&actions).is_none() {
                now = playback.deadline().unwrap();
                assert!(opens(&playback.on(now, Event::Tick)).is_some());
            }
        }
        assert_eq!(seen, [Whep, Hls, Whep, Hls, Whep, Hls]);
        assert_eq!(now, 500 + 1_000 + 2_000);
    }

    fn event() -> impl proptest::strategy::Strategy<Value = Event> {
        use proptest::prelude::*;
        let broadcast = (any::<bool>(), 0_u8..3).prop_map(|(waiting, id)| Broadcast { id: id.to_string(), waiting });
        prop_oneof![
            proptest::option::of(broadcast).prop_map(Event::Channel),
            (0_u32..20).prop_map(|attempt| Event::Moving { attempt }),
            (0_u32..20).prop_map(|attempt| Event::Stuck { attempt }),
            (0_u32..20, proptest::option::of(0_u64..5_000))
                .prop_map(|(attempt, retry_after)| Event::Failed { attempt, retry_after }),
            proptest::option::of(prop_oneof![Just(Whep), Just(Hls)]).prop_map(Event::Choose),
            Just(Event::Tick),
        ]
    }

    proptest::proptest! {
        #[test]
        fn whatever_happens_a_live_channel_is_never_left_without_a_next_step(
            events in proptest::collection::vec((0_u64..4_000, event()), 1..80),
        ) {
            let mut playback = Playback::default();
            let (mut now, mut open) = (0, None);
            for (wait, event) in events {
                now += wait;
                for action in playback.on(now, event) {
                    match action {
                        Action::Open { transport, attempt } => {
                            assert!(open.is_none_or(|(_, before)| before < attempt), "attempts only grow");
                            open = Some((transport, attempt));
                        }
                        Action::Close => open = None,
                        Action::Ask => {}
                    }
                }
                match playback.state() {
                    State::Playing => assert!(open.is_some()),
                    State::Offline | State::Ended => assert!(open.is_none()),
                    State::Connecting | State::Stalled | State::Reconnecting(_) => {
                        assert!(playback.deadline().is_some(), "{playback:?}");
                    }
                    State::Awaiting => {}
                }
                if let Some((transport, _)) = open {
                    assert_eq!(transport, playback.transport());
                }
                if let Some(choice) = playback.choice() {
                    assert_eq!(choice, playback.transport());
                }
            }
        }
    }
}
