//! Who may write what, by the rules of the room.

use klieg_api::room::{FilterAction, Rights, Role, Settings, SettingsChange};
use uuid::Uuid;

use super::goals;
use super::people::Person;
use super::shield::SHIELDED;
use super::talk::not_here;
use super::{Room, Silence};
use crate::database::moment;
use crate::http::problem::{Fields, Kind, Problem, Wrong};
use crate::room::text;
use crate::socket::ClientId;

/// How long one person may not say the same again, in milliseconds.
const SAME_AGAIN: i64 = 30_000;
const MOST_SLOW: u32 = 300;
const MOST_DELAY: u32 = 10;
/// The same in milliseconds.
pub(super) const LONGEST_DELAY: i64 = 10_000;
/// Three months, in minutes.
const MOST_FOLLOWED: i32 = 129_600;

/// Why somebody may not write, and for how many milliseconds.
pub(super) type Refusal = (Problem, Option<u64>);

/// What becomes of what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Show,
    /// A moderator has to look at it, because of this.
    Hold(String),
    /// Everybody sees it then, in milliseconds since 1970; moderators do now.
    Later(i64),
}

impl Room {
    /// Whether somebody may write this. Moderators and the creator may always, at the rate of everybody.
    pub(super) fn may_write(&self, person: &Person, text: &str, folded: &str, at: i64) -> Result<Verdict, Refusal> {
        let role = self.people.role_of(person.facts.account);
        if let Some(silence) = self.people.silence(person.facts.account, at) {
            return Err(silenced(silence, at));
        }
        let slow = if role.moderates() { 0 } else { self.settings.slow_s };
        if let Some(wait) = person.wait(at, self.rate, slow) {
            let wait = std::time::Duration::from_millis(wait.unsigned_abs());
            return Err((Problem::too_many(wait), Some(wait.as_millis() as u64)));
        }
        if role.moderates() {
            return Ok(Verdict::Show);
        }
        if person.last.as_ref().is_some_and(|(last, said)| at - last < SAME_AGAIN && said == folded) {
            let detail = "You said that just now. Say something else.";
            return Err((Problem::new(Kind::SAID_ALREADY, detail).because("said-just-now"), None));
        }
        self.passes_shield(person, at)?;
        self.fits(person, text, folded, at)?;
        let caught = self.filters.catches(text);
        if caught.is_some_and(|filter| filter.action == FilterAction::Refuse) {
            let detail = "The moderators do not want this said here. Put it differently.";
            return Err((Problem::new(Kind::FILTERED, detail), None));
        }
        Ok(if let Some(filter) = caught {
            Verdict::Hold(format!("filter: {}", filter.pattern))
        } else if self.settings.hold_links && text::has_link(text) {
            Verdict::Hold("link".to_owned())
        } else if self.settings.hold_noise && text::is_noise(text) {
            Verdict::Hold("noise".to_owned())
        } else if self.settings.delay_s > 0 {
            Verdict::Later(at + i64::from(self.settings.delay_s) * 1_000)
        } else {
            Verdict::Show
        })
    }

    /// Whether the room's settings allow it.
    fn fits(&self, person: &Person, text: &str, folded: &str, at: i64) -> Result<(), Refusal> {
        let Settings { followers_min, subscribers_only, emotes_only, unique, .. } = self.settings;
        if let Some(minutes) = followers_min {
            let followed = person.follows_for(at);
            let left = i64::from(minutes) - followed.unwrap_or(0);
            if followed.is_none() {
                return Err((Problem::new(Kind::FOLLOWERS_ONLY, "Follow the channel to write here."), None));
            }
            if left > 0 {
                let detail = format!("You may write once you have followed the channel for {minutes} minutes.");
                let problem = Problem::new(Kind::FOLLOWERS_ONLY, detail).because("followers-for");
                let problem = problem.with_numbers(&[minutes.into()]);
                return Err((problem, Some(left.unsigned_abs() * 60_000)));
            }
        }
        if subscribers_only {
            return Err((Problem::new(Kind::SUBSCRIBERS_ONLY, "Only subscribers may write now."), None));
        }
        if emotes_only && !text::is_only_emoji(text, &self.emotes) {
            let detail = "Only emoji and this channel's emotes may be written now.";
            return Err((Problem::new(Kind::EMOTES_ONLY, detail), None));
        }
        if unique && self.history.has_said(folded) {
            return Err((Problem::new(Kind::SAID_ALREADY, "This was said lately. Say something new."), None));
        }
        Ok(())
    }

    /// The account of a moderator who asks.
    pub(super) fn moderating(&self, client: ClientId) -> Result<Uuid, Problem> {
        match self.people.account(client) {
            None if !self.people.is_here(client) => Err(not_here()),
            Some(account) if self.people.role_of(account).moderates() => Ok(account),
            _ => Err(Problem::new(Kind::FORBIDDEN, "Only the creator and moderators may do this.")),
        }
    }

    /// Likewise, if the creator has given them this right.
    pub(super) fn moderating_with(&self, client: ClientId, right: fn(Rights) -> bool) -> Result<Uuid, Problem> {
        let actor = self.moderating(client)?;
        if self.people.rights_of(actor).is_some_and(right) { Ok(actor) } else { Err(not_given()) }
    }
}

pub(in crate::room) fn not_given() -> Problem {
    Problem::new(Kind::FORBIDDEN, "The creator has not given you this right.").because("rights")
}

/// What is asked for with a text that a moderator would have to look at first is not taken: it may never be shown.
pub(super) fn would_wait() -> Refusal {
    let detail = "A moderator would have to look at this first. Put it differently.";
    (Problem::new(Kind::FILTERED, detail).because("would-wait"), None)
}

fn silenced(silence: Silence, at: i64) -> Refusal {
    let wait = silence.until.map(|until| (until - at).max(0).unsigned_abs());
    let problem = match wait.map(|wait| wait.div_ceil(1_000)) {
        Some(seconds) => {
            let detail = format!("A moderator silenced you; you may write again in {seconds} s.");
            Problem::new(Kind::SILENCED, detail).because("silenced-for").with_numbers(&[seconds])
        }
        None => Problem::new(Kind::SILENCED, "You are banned from this room.").because("banned"),
    };
    (problem, wait)
}

/// Whether somebody of this role may silence somebody of that one.
pub(in crate::room) fn may_silence(role: Role, subject: Role) -> bool {
    role.moderates() && (role > subject)
}

/// The settings after a change, or what to change in it.
pub(super) fn change(settings: &Settings, change: &SettingsChange, at: i64) -> Result<Settings, Problem> {
    let mut fields = Fields::default();
    let slow_s = change.slow_s.unwrap_or(settings.slow_s);
    if slow_s > MOST_SLOW {
        fields.wrong("slow_s", Wrong::range(0, MOST_SLOW.into(), "seconds"));
    }
    let delay_s = change.delay_s.unwrap_or(settings.delay_s);
    if delay_s > MOST_DELAY {
        fields.wrong("delay_s", Wrong::range(0, MOST_DELAY.into(), "seconds"));
    }
    let followers_min = match change.followers_min {
        None => settings.followers_min,
        Some(minutes @ 0..=MOST_FOLLOWED) => Some(minutes.unsigned_abs()),
        Some(-1) => None,
        Some(_) => {
            fields.wrong("followers_min", format!("use 0 to {MOST_FOLLOWED} minutes, or -1 for everybody"));
            None
        }
    };
    let goal = goals::change(&mut fields, settings.goal.as_ref(), change.goal.as_ref());
    fields.finish(Some(Settings {
        goal,
        slow_s,
        followers_min,
        subscribers_only: change.subscribers_only.unwrap_or(settings.subscribers_only),
        emotes_only: change.emotes_only.unwrap_or(settings.emotes_only),
        unique: change.unique.unwrap_or(settings.unique),
        hold_links: change.hold_links.unwrap_or(settings.hold_links),
        hold_noise: change.hold_noise.unwrap_or(settings.hold_noise),
        auto_shield: change.auto_shield.unwrap_or(settings.auto_shield),
        shielded_until: match change.shield {
            Some(true) => Some(moment(at + SHIELDED)),
            Some(false) => None,
            None => settings.shielded_until,
        },
        delay_s,
        refuses_raids: change.refuses_raids.unwrap_or(settings.refuses_raids),
        questions: change.questions.unwrap_or(settings.questions),
        no_previews: change.no_previews.unwrap_or(settings.no_previews),
    }))
}
