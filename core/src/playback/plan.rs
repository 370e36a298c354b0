//! The state machine.

#[cfg(test)]
mod tests;

use super::{Action, Broadcast, Event, FALL_BACK, GIVE_UP, STUCK, State, Transport};
use crate::backoff::Backoff;

/// First rest before another attempt, and the longest, in milliseconds.
const FIRST_REST: u64 = 500;
const LONGEST_REST: u64 = 8_000;

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
            backoff: Backoff::new(FIRST_REST, LONGEST_REST),
            whep_failed: false,
            was_on: false,
        }
    }

    /// Rests a time of its own between attempts: those who lost the picture together do not come back together. `seed` is different for
    /// each viewer.
    #[must_use]
    pub fn seeded(self, seed: &str) -> Self {
        Self { backoff: Backoff::spread(FIRST_REST, LONGEST_REST, seed), ..self }
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
            _ if self.backoff.attempt() == 0 => State::Connecting,
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
            Event::Left => self.on_leave(),
            Event::Returned => self.on_return(now),
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

    /// Nothing is opened before the return, however long that takes.
    fn on_leave(&mut self) -> Vec<Action> {
        if self.phase != Phase::Closed {
            self.phase = Phase::Resting { until: u64::MAX };
        }
        vec![Action::Close]
    }

    fn on_return(&mut self, now: u64) -> Vec<Action> {
        // It may be another network, and what failed there may work here.
        self.whep_failed = false;
        self.backoff.reset();
        if self.broadcast.is_none() || self.is_awaiting() {
            self.phase = Phase::Closed;
            return vec![Action::Close, Action::Ask];
        }
        self.open(now).into_iter().chain([Action::Ask]).collect()
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
