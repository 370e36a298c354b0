//! What moderators do: silence people, pin messages, appoint moderators, change how the room is kept.

use klieg_api::Handle;
use klieg_api::live::{Closing, Frame};
use klieg_api::room::{Event, Filter, FilterAction, Rights, Role, Settings, SettingsChange};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::keeping::{Before, Then};
use super::people::Silence;
use super::said::State;
use super::{Act, Actor, Asked, Now, Out, Record, Room, Wish, rules};
use crate::database::moment;
use crate::http::problem::{Fields, Kind, Problem};
use crate::room::filter::Placed;

/// What somebody said for so long before they are silenced is removed, in milliseconds; of what is remembered, all.
pub(super) const LATELY: i64 = 24 * 60 * 60_000;

/// Whom something is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub account: Uuid,
    pub handle: Handle,
}

impl Room {
    /// Silences somebody until then, or without a moment bans them; what they said lately is deleted. It takes the place of what
    /// silenced them before, also for a shorter time, but a ban ends only where that is said.
    pub fn silence(&mut self, asked: Asked, now: &Now, subject: &Subject, until: Option<i64>, reason: &str) {
        let actor = match self.over(asked, subject) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let is_banned = self.people.silence(subject.account, now.at).is_some_and(Silence::is_ban);
        if until.is_some() && is_banned {
            let detail = "They are banned. Lift the ban first.";
            return self.refuse(asked, Problem::new(Kind::SILENCED_ALREADY, detail).because("banned-already"), None);
        }
        let silence = Silence { until, since: now.at };
        let action = if silence.is_ban() { "ban" } else { "time_out" };
        let act = Act::new(actor, action, Some(subject.account), reason, now.at);
        let since = Some(moment(now.at - LATELY));
        self.event(Event::Silenced { who: subject.handle.clone(), until: until.map(moment), since });
        let (actor, first) = (self.people.actor(asked.client).unwrap_or(actor.into()), self.tickets + 1);
        self.delete_all_of(subject, actor, now);
        self.dismiss_questions_of(subject.account, now);
        // It comes last, so that its answer says that all of this is kept, whatever becomes of the server.
        self.keep_silence(asked, subject, Some(silence), act);
        self.answer_for_all_since(first);
        self.feel_silence(subject.account, now);
    }

    /// Lets somebody write again.
    pub fn forgive(&mut self, asked: Asked, now: &Now, subject: &Subject) {
        let actor = match self.over(asked, subject) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        if self.people.any_silence(subject.account).is_none() {
            return self.unchanged(asked, &Before::Silence { account: subject.account, silence: None });
        }
        let act = Act::new(actor, "unban", Some(subject.account), "", now.at);
        self.keep_silence(asked, subject, None, act);
        self.feel_silence(subject.account, now);
    }

    fn keep_silence(&mut self, asked: Asked, subject: &Subject, silence: Option<Silence>, act: Act) {
        let Subject { account, handle: who } = subject.clone();
        let before = Before::Silence { account, silence: self.people.any_silence(account) };
        self.people.set_silence(account, silence);
        self.keep_guard(Some(asked), Record::Silence { account, who, silence, act }, before);
    }

    /// A silence that was lifted holds again.
    pub(super) fn put_back_silence(&mut self, account: Uuid, silence: Option<Silence>, now: &Now) {
        self.people.set_silence(account, silence);
        self.feel_silence(account, now);
    }

    /// Whoever may write or may not any more is told, and whoever is banned is put out.
    fn feel_silence(&mut self, account: Uuid, now: &Now) {
        let is_banned = self.people.silence(account, now.at).is_some_and(Silence::is_ban);
        for client in self.people.connections_of(account) {
            if is_banned {
                let (room, reason) = (self.handle.clone(), "You are banned from this room.".to_owned());
                self.one(client, &Frame::Left { room, reason, banned: true });
                self.people.exit(client, now.at);
                self.out.push(Out::Exit(client));
                self.out.push(Out::Close(client, Closing::Banned));
            } else {
                self.tell_you(client, now);
            }
        }
        if is_banned {
            self.note_watching(account, now);
        }
    }

    /// What silenced somebody since then is over, as was decided and written down elsewhere. It may be told twice, late, or
    /// after something else has silenced them.
    pub fn lifted(&mut self, account: Uuid, since: i64, now: &Now) {
        self.nothing_falls_back_to(account, since);
        if self.people.any_silence(account).is_some_and(|silence| silence.since == since) {
            self.people.set_silence(account, None);
            self.tell_account(account, now);
            self.people_changed();
        }
    }

    /// Makes somebody a moderator with these rights, or those that they have, or all; or ends it.
    pub fn appoint(&mut self, asked: Asked, now: &Now, subject: &Subject, moderator: bool, rights: Option<Rights>) {
        let actor = match self.writer(asked) {
            Ok(actor) if self.people.role_of(actor) == Role::Creator && subject.account != actor => actor,
            Ok(_) => {
                let detail = "Only the creator appoints moderators, and is none.";
                return self.refuse(asked, Problem::new(Kind::FORBIDDEN, detail).because("appoints"), None);
            }
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let account = subject.account;
        let known = self.people.rights_of(account);
        let rights = moderator.then(|| rights.or(known).unwrap_or_default());
        let detail = rights.filter(|rights| !rights.are_all()).and_then(|rights| serde_json::to_string(&rights).ok());
        let action = if moderator { "appoint" } else { "dismiss" };
        let act = Act::new(actor, action, Some(account), &detail.unwrap_or_default(), now.at);
        let before = Before::Moderator { account, rights: known };
        let who = subject.handle.clone();
        self.keep_guard(Some(asked), Record::Moderator { account, who, rights, act }, before);
        self.set_moderator(account, rights, now);
    }

    fn set_moderator(&mut self, account: Uuid, rights: Option<Rights>, now: &Now) {
        let is_new = rights.is_some() && !self.people.role_of(account).moderates();
        self.people.appoint(account, rights);
        for client in self.people.connections_of(account) {
            self.tell_you(client, now);
            if is_new {
                self.tell_moderator(client);
            }
        }
    }

    /// Somebody was not made a moderator after all, or has other rights.
    pub(super) fn put_back_moderator(&mut self, account: Uuid, rights: Option<Rights>, now: &Now) {
        if self.people.rights_of(account) != rights {
            self.set_moderator(account, rights, now);
        }
    }

    /// Pins a message above the talk, or with none unpins it.
    pub fn pin(&mut self, asked: Asked, now: &Now, message: Option<String>) {
        let actor = match self.moderating(asked.client) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        if let Some(id) = &message
            && self.finds(asked, now, id, Wish::Pin)
        {
            return;
        }
        let is_shown = |id: &String| self.history.find(id).is_some_and(|said| said.state == State::Shown);
        if !message.as_ref().is_none_or(is_shown) {
            return self.refuse(asked, Problem::not_found("message"), None);
        }
        let act = Act::new(actor, if message.is_some() { "pin" } else { "unpin" }, None, "", now.at);
        let act = Act { message: message.clone(), ..act };
        self.set_pinned(Some(asked), message, Some(act));
    }

    fn set_pinned(&mut self, asked: Option<Asked>, message: Option<String>, act: Option<Act>) {
        let before = Before::Pin(self.history.pin(message.clone()));
        self.keep_then(asked, None, Record::Pinned { message, act }, Then::Put(before));
        let message = self.pinned_message();
        self.event(Event::Pinned { message });
    }

    /// What is pinned could not be kept: what was before it is.
    pub(super) fn put_back_pin(&mut self, message: Option<String>) {
        self.history.pin(message);
        let message = self.pinned_message();
        self.event(Event::Pinned { message });
    }

    /// Changes how the room is kept.
    pub fn set(&mut self, asked: Asked, now: &Now, change: &SettingsChange) {
        let changed = self
            .moderating_with(asked.client, |may| may.rules)
            .and_then(|actor| rules::change(&self.settings, change, now.at).map(|settings| (actor, settings)));
        match changed {
            Ok((_, settings)) if settings == self.settings => {
                self.unchanged(asked, &Before::Settings(Box::new(settings)));
            }
            Ok((actor, settings)) => {
                let detail = serde_json::to_string(change).unwrap_or_default();
                self.change_settings(Some(asked), settings, Act::new(actor, "settings", None, &detail, now.at));
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    pub(super) fn change_settings(&mut self, asked: Option<Asked>, settings: Settings, act: Act) {
        let before = Before::Settings(Box::new(std::mem::replace(&mut self.settings, settings.clone())));
        self.keep_guard(asked, Record::Settings { settings: settings.clone(), act }, before);
        self.event(Event::Settings { settings });
    }

    /// A change could not be kept: the room is kept as before.
    pub(super) fn put_back_settings(&mut self, settings: Settings) {
        self.settings = settings.clone();
        self.event(Event::Settings { settings });
    }

    /// Adds a filter, or changes what it does.
    pub fn add_filter(&mut self, asked: Asked, now: &Now, filter: &Filter) {
        let added = self.moderating_with(asked.client, |may| may.rules).and_then(|actor| {
            let mut fields = Fields::default();
            let added = fields.check_named("filter", self.filters.add(filter));
            fields.finish(added.map(|(filter, known)| (actor, filter, known)))
        });
        match added {
            Ok((actor, Filter { pattern, action }, known)) => {
                let act = Act::new(actor, "add_filter", None, &pattern, now.at);
                self.filters_changed(asked, pattern, Some(action), known, act);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    pub fn remove_filter(&mut self, asked: Asked, now: &Now, pattern: String) {
        let may = self.moderating_with(asked.client, |may| may.rules);
        let removed = may.map(|actor| (actor, self.filters.remove(&pattern)));
        match removed {
            Ok((_, None)) => self.unchanged(asked, &Before::Filter { pattern, filter: None }),
            Ok((actor, known)) => {
                let act = Act::new(actor, "remove_filter", None, &pattern, now.at);
                self.filters_changed(asked, pattern, None, known, act);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn filters_changed(
        &mut self,
        asked: Asked,
        pattern: String,
        action: Option<FilterAction>,
        known: Option<Placed>,
        act: Act,
    ) {
        let before = Before::Filter { pattern: pattern.clone(), filter: known };
        self.keep_guard(Some(asked), Record::Filter { pattern, action, act }, before);
        self.tell_filters();
    }

    /// A filter that was removed or softened is as it was before.
    pub(super) fn put_back_filter(&mut self, pattern: &str, filter: Option<Placed>) {
        self.filters.put_back(pattern, filter);
        self.tell_filters();
    }

    fn tell_filters(&mut self) {
        self.moderators(&Frame::Filters { room: self.handle.clone(), filters: self.filters.list() });
    }

    /// The account of a moderator who asks, if they may do things to `subject`.
    fn over(&self, asked: Asked, subject: &Subject) -> Result<Uuid, Problem> {
        let actor = self.moderating_with(asked.client, |may| may.people)?;
        if rules::may_silence(self.people.role_of(actor), self.people.role_of(subject.account)) {
            return Ok(actor);
        }
        let detail = "Nobody may do this to the creator, and only the creator to moderators.";
        Err(Problem::new(Kind::FORBIDDEN, detail).because("over-creator"))
    }

    /// Discards and deletes what somebody said: what is remembered, and of what is not, what they said lately.
    fn delete_all_of(&mut self, Subject { account, handle }: &Subject, actor: Actor, now: &Now) {
        let mut messages = self.history.held_of(*account);
        messages.extend(self.history.of_account(*account));
        if !self.history.is_full() {
            return self.remove_all(messages, actor, Some(*account), now);
        }
        let (messages, since) = (self.take_away(messages, actor, Some(*account), now), now.at - LATELY);
        self.history.clear_answers_to(handle, moment(since));
        if !messages.is_empty() {
            self.event(Event::Deleted { messages: messages.clone(), by_moderator: true });
        }
        let act = Act::new(actor, "delete_all", Some(*account), "", now.at);
        self.keep_final(None, Record::Removed { account: *account, since, messages, act });
    }

    /// Discards and deletes these messages, those that wait and those that are shown, at one stroke.
    pub(super) fn remove_all(&mut self, messages: Vec<String>, actor: Actor, subject: Option<Uuid>, now: &Now) {
        let shown = self.take_away(messages, actor, subject, now);
        if !shown.is_empty() {
            let act = Act::new(actor, "delete_all", subject, "", now.at);
            self.keep_deleted(None, shown, Some(act), true);
        }
    }

    /// Discards of these messages those that wait, and deletes from the history those that are shown: which these are.
    fn take_away(&mut self, messages: Vec<String>, actor: Actor, subject: Option<Uuid>, now: &Now) -> Vec<String> {
        let (mut held, mut shown) = (Vec::new(), Vec::new());
        for id in messages {
            if let Some(said) = self.history.discard(&id) {
                self.discarded(&said, false);
                held.push(id);
            } else if self.history.delete(&id) {
                self.unpin_if(&id);
                shown.push(id);
            }
        }
        if !held.is_empty() {
            let act = Some(Act::new(actor, "discard_all", subject, "", now.at));
            self.keep_final(None, Record::State { messages: held, state: State::Discarded, act });
        }
        shown
    }

    /// Unpins a message that is gone.
    pub(super) fn unpin_if(&mut self, id: &str) {
        if self.history.is_pinned(id) {
            self.set_pinned(None, None, None);
        }
    }
}
