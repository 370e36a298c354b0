//! What moderators do: silence people, pin messages, appoint moderators, change how the room is kept.

use klieg_api::Handle;
use klieg_api::live::{Closing, Frame};
use klieg_api::room::{Event, Filter, FilterAction, Role, SettingsChange};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::history::State;
use super::people::Silence;
use super::{Act, Asked, Now, Out, Record, Room, rules};
use crate::database::moment;
use crate::http::problem::{Fields, Kind, Problem};

/// Whom something is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    pub account: Uuid,
    pub handle: Handle,
}

impl Room {
    /// Silences somebody until then, or without a moment bans them; what they said lately is deleted.
    pub fn silence(&mut self, asked: Asked, now: &Now, subject: &Subject, until: Option<i64>, reason: &str) {
        let actor = match self.over(asked, subject) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let silence = Silence { until };
        self.people.set_silence(subject.account, Some(silence));
        let action = if silence.is_ban() { "ban" } else { "time_out" };
        let act = Act::new(actor, action, Some(subject.account), reason, now.at);
        self.keep(Some(asked), None, Record::Silence { account: subject.account, silence: Some(silence), act });
        self.event(Event::Silenced { who: subject.handle.clone(), until: until.map(moment) });
        self.delete_all_of(subject.account);
        self.dismiss_questions_of(subject.account, now);
        for client in self.people.connections_of(subject.account) {
            if silence.is_ban() {
                self.people.exit(client, now.at);
                self.out.push(Out::Exit(client));
                self.out.push(Out::Close(client, Closing::Banned));
            } else {
                self.tell_you(client, now);
            }
        }
    }

    /// Lets somebody write again.
    pub fn forgive(&mut self, asked: Asked, now: &Now, subject: &Subject) {
        let actor = match self.over(asked, subject) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        if !self.people.set_silence(subject.account, None) {
            return self.done(asked, None);
        }
        let act = Act::new(actor, "unban", Some(subject.account), "", now.at);
        self.keep(Some(asked), None, Record::Silence { account: subject.account, silence: None, act });
        self.tell_account(subject.account, now);
    }

    /// Somebody may write again, as was decided and written down elsewhere.
    pub fn lifted(&mut self, account: Uuid, now: &Now) {
        self.people.set_silence(account, None);
        self.tell_account(account, now);
    }

    /// Makes somebody a moderator, or ends it.
    pub fn appoint(&mut self, asked: Asked, now: &Now, subject: &Subject, moderator: bool) {
        let actor = match self.writer(asked) {
            Ok(actor) if self.people.role_of(actor) == Role::Creator && subject.account != actor => actor,
            Ok(_) => {
                let detail = "Only the creator appoints moderators, and is none.";
                return self.refuse(asked, Problem::new(Kind::FORBIDDEN, detail).because("appoints"), None);
            }
            Err(problem) => return self.refuse(asked, problem, None),
        };
        self.people.appoint(subject.account, moderator);
        let act = Act::new(actor, if moderator { "appoint" } else { "dismiss" }, Some(subject.account), "", now.at);
        self.keep(Some(asked), None, Record::Moderator { account: subject.account, moderator, act });
        for client in self.people.connections_of(subject.account) {
            self.tell_you(client, now);
            if moderator {
                self.tell_moderator(client);
            }
        }
    }

    /// Pins a message above the talk, or with none unpins it.
    pub fn pin(&mut self, asked: Asked, now: &Now, message: Option<String>) {
        let actor = match self.moderating(asked.client) {
            Ok(actor) => actor,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let is_shown = |id: &String| self.history.find(id).is_some_and(|said| said.state == State::Shown);
        if !message.as_ref().is_none_or(is_shown) {
            return self.refuse(asked, Problem::not_found("message"), None);
        }
        let act = Act::new(actor, if message.is_some() { "pin" } else { "unpin" }, None, "", now.at);
        let act = Act { message: message.clone(), ..act };
        self.pinned.clone_from(&message);
        self.keep(Some(asked), None, Record::Pinned { message, act: Some(act) });
        let message = self.pinned_message();
        self.event(Event::Pinned { message });
    }

    /// Changes how the room is kept.
    pub fn set(&mut self, asked: Asked, now: &Now, change: &SettingsChange) {
        let changed = self
            .moderating(asked.client)
            .and_then(|actor| rules::change(&self.settings, change, now.at).map(|settings| (actor, settings)));
        match changed {
            Ok((_, settings)) if settings == self.settings => self.done(asked, None),
            Ok((actor, settings)) => {
                self.settings = settings.clone();
                let detail = serde_json::to_string(change).unwrap_or_default();
                let act = Act::new(actor, "settings", None, &detail, now.at);
                self.keep(Some(asked), None, Record::Settings { settings: settings.clone(), act });
                self.event(Event::Settings { settings });
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// Adds a filter, or changes what it does.
    pub fn add_filter(&mut self, asked: Asked, now: &Now, filter: &Filter) {
        let added = self.moderating(asked.client).and_then(|actor| {
            let mut fields = Fields::default();
            let added = fields.check_named("filter", self.filters.add(filter));
            fields.finish(added.map(|filter| (actor, filter)))
        });
        match added {
            Ok((actor, Filter { pattern, action })) => self.filters_changed(asked, actor, pattern, Some(action), now),
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    pub fn remove_filter(&mut self, asked: Asked, now: &Now, pattern: String) {
        match self.moderating(asked.client) {
            Ok(actor) if self.filters.remove(&pattern) => self.filters_changed(asked, actor, pattern, None, now),
            Ok(_) => self.done(asked, None),
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn filters_changed(&mut self, asked: Asked, actor: Uuid, pattern: String, action: Option<FilterAction>, now: &Now) {
        let name = if action.is_some() { "add_filter" } else { "remove_filter" };
        let act = Act::new(actor, name, None, &pattern, now.at);
        self.keep(Some(asked), None, Record::Filter { pattern, action, act });
        self.moderators(&Frame::Filters { room: self.handle.clone(), filters: self.filters.list() });
    }

    /// The account of a moderator who asks, if they may do things to `subject`.
    fn over(&self, asked: Asked, subject: &Subject) -> Result<Uuid, Problem> {
        let actor = self.moderating(asked.client)?;
        if rules::may_silence(self.people.role_of(actor), self.people.role_of(subject.account)) {
            return Ok(actor);
        }
        let detail = "Nobody may do this to the creator, and only the creator to moderators.";
        Err(Problem::new(Kind::FORBIDDEN, detail).because("over-creator"))
    }

    fn delete_all_of(&mut self, account: Uuid) {
        for id in self.history.held_of(account) {
            self.history.unhold(&id);
            self.moderators(&Frame::Settled { room: self.handle.clone(), message: id.clone() });
            self.keep(None, None, Record::State { messages: vec![id], state: State::Discarded, act: None });
        }
        let messages = self.history.of_account(account);
        if messages.is_empty() {
            return;
        }
        for id in &messages {
            self.history.delete(id);
            self.unpin_if(id);
        }
        self.keep_deleted(None, messages, None, true);
    }

    /// Unpins a message that is gone.
    pub(super) fn unpin_if(&mut self, id: &str) {
        if self.pinned.as_deref() == Some(id) {
            self.pinned = None;
            self.keep(None, None, Record::Pinned { message: None, act: None });
            self.event(Event::Pinned { message: None });
        }
    }
}
