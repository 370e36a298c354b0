//! What keeps this client's owner from writing: until when and why, and what came of their appeal.
//!
//! It is read when they are silenced, and again while they wait: nobody tells who is not in the room.

use klieg_api::Handle;
use klieg_api::desk::{Appeal, OwnSilence};
use klieg_api::live::Command;
use time::{Duration, OffsetDateTime};

use super::{Asked, Ended, Link, Room};

/// Milliseconds after which it is read again, and by chance up to twice as many: while an appeal is open, while banned without one, and
/// when it is not known: it is over and one asks to be let in, or it is not written down yet, which takes the server a moment.
const APPEALING: u64 = 10_000;
const BANNED: u64 = 60_000;
const UNKNOWN: u64 = 1_000;
/// Reading it so often without finding it is enough.
const TRIES: u32 = 5;

impl Room {
    /// What keeps this client's owner from writing, as it was read last.
    pub fn silence(&self) -> Option<&OwnSilence> {
        self.silence.as_ref()
    }

    /// The last appeal of this client's owner, who is `me`.
    pub fn own_appeal(&self, me: &Handle) -> Option<&Appeal> {
        self.appeals.iter().rev().find(|appeal| appeal.who == *me)
    }

    /// What time it is by the server's clock: this client's own may be wrong. None before the room has told.
    pub fn server_time(&self, now: u64) -> Option<OffsetDateTime> {
        let (at, told) = self.told_at?;
        at.checked_add(Duration::milliseconds(i64::try_from(now.saturating_sub(told)).ok()?))
    }

    /// Something was written at that moment: it is no earlier now. The room tells the time to who comes anew, and while a computer sleeps
    /// its clock may stand still.
    pub(super) fn is_past(&mut self, now: u64, at: OffsetDateTime) {
        if self.server_time(now).is_some_and(|time| time < at) {
            self.told_at = Some((at, now));
        }
    }

    /// Until when this client's owner may not write, while that is so.
    pub fn silenced_until(&self, now: u64) -> Option<OffsetDateTime> {
        self.you.silenced_until.filter(|until| self.server_time(now).is_none_or(|time| time < *until))
    }

    /// What to ask by itself now.
    pub fn due(&mut self, now: u64) -> Vec<String> {
        let mut texts = self.read_present_again(now);
        if self.asking.is_open && self.look_at.is_some_and(|at| now >= at) {
            self.look_at = None;
            let is_let_back = self.link == Link::Over(Ended::Banned) && self.silence.is_none();
            texts.push(if is_let_back { self.ask_in() } else { self.read_silence(now) });
        }
        texts
    }

    /// Reads it, and again every ten seconds until an answer comes.
    pub(super) fn read_silence(&mut self, now: u64) -> String {
        self.look_at = Some(now.saturating_add(APPEALING));
        let room = self.handle.clone();
        self.ask(Command::ReadDesk { room }, Asked::Again)
    }

    pub(super) fn take_silence(&mut self, now: u64, silence: Option<OwnSilence>) {
        let is_banned = self.link == Link::Over(Ended::Banned);
        // Moderators are shown everybody's that are open, and what changes by itself.
        let is_appealing =
            !self.you.role.moderates() && self.appeals.last().is_some_and(|appeal| appeal.decision.is_none());
        let is_sought = self.you.silenced_until.is_some() && self.looked < TRIES;
        self.looked = if silence.is_some() { 0 } else { self.looked.saturating_add(1) };
        let wait = match &silence {
            None => (is_banned || is_sought).then_some(UNKNOWN),
            Some(_) if is_appealing => Some(APPEALING),
            Some(_) => is_banned.then_some(BANNED),
        };
        self.silence = silence;
        self.look_at = wait.map(|wait| now.saturating_add(wait).saturating_add(self.backoff.within(wait)));
    }
}
