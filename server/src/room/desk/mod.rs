//! The desk of a room: who somebody is and what they wrote, who keeps order and who is silenced, what was done, appeals and reports.
//!
//! Works on the database and not on the room as it runs, so that it is open to those who are banned, and costs the room
//! nothing. What it changes there, the end of a ban, the room is told.

mod log;
mod people;
mod storage;
mod written;

use std::time::Duration;

use klieg_api::Handle;
use klieg_api::desk::{Card, File, MAX_WORDS, OwnSilence};
use klieg_api::live::{Command, Frame};
use klieg_api::room::{Rights, Role};
use uuid::Uuid;

use super::record::{Act, Actor};
use super::state::{may_silence, not_given};
use super::storage as room_storage;
use super::{Error, Input, Rooms, text};
use crate::accounts::Session;
use crate::database::{millis, moment, now};
use crate::http::problem::{Fields, Kind, Problem};

pub(super) use storage::rights;

/// Reports of one person that may be open in a room.
const MOST_REPORTS: i64 = 20;
/// A report that was dealt with is not made again for so long.
const REOPENED_AFTER: Duration = Duration::from_mins(10);
/// Notes about one person.
const MOST_NOTES: i64 = 100;

/// Who asks at the desk of which room.
struct Desk<'a> {
    rooms: &'a Rooms,
    channel: Uuid,
    creator: Uuid,
    session: Option<Session>,
    role: Role,
    rights: Rights,
}

impl Rooms {
    /// Does what a command asks of the desk; no frame says that it is simply done.
    pub async fn at_desk(&self, session: Option<Session>, id: u64, command: Command) -> Result<Option<Frame>, Problem> {
        let room = command.room().cloned().ok_or(Error::NoChannel)?;
        let (channel, creator) = self.visible(&room, session).await?;
        let (role, rights) = (Role::Guest, Rights::NONE);
        let mut desk = Desk { rooms: self, channel, creator, session, role, rights };
        if let Some(session) = session {
            (desk.role, desk.rights) = desk.rights_of(session.account).await?;
        }
        let is_read = matches!(
            command,
            Command::Look { .. }
                | Command::ReadLog { .. }
                | Command::ReadRemoved { .. }
                | Command::ReadMessagesOf { .. }
                | Command::ReadDesk { .. }
                | Command::ReadPeople { .. }
        );
        let mut is_changed = !is_read;
        let answer = match command {
            Command::Look { who, .. } => Some(Frame::Card { id, room, card: desk.card(who).await? }),
            Command::ReadLog { before, .. } => {
                desk.moderator()?;
                let (acts, more) = log::acts(&self.database, channel, before).await?;
                Some(Frame::Log { id, room, acts, more })
            }
            Command::ReadDesk { .. } => {
                let database = &self.database;
                let account = desk.somebody()?;
                let mine = (!desk.role.moderates()).then_some(account);
                let appeals = storage::appeals(database, channel, mine).await?;
                let reports =
                    if mine.is_none() { storage::reports(database, channel, account).await? } else { Vec::new() };
                let silence = storage::silence(database, channel, account).await?;
                let silence = silence.map(|(silence, since)| OwnSilence {
                    until: silence.until,
                    reason: silence.reason,
                    since: moment(since),
                });
                Some(Frame::Desk { id, room, appeals, reports, silence })
            }
            Command::ReadRemoved { act, after, .. } => {
                desk.moderator()?;
                let (messages, more) = log::removed(&self.database, channel, act, after.as_deref()).await?;
                Some(Frame::Removed { id, room, act, after, messages, more })
            }
            Command::ReadMessagesOf { who, before, .. } => {
                desk.moderator()?;
                let account = self.subject(&who).await?.account;
                let (messages, more) = written::by(&self.database, channel, account, before.as_deref()).await?;
                Some(Frame::MessagesOf { id, room, who, before, messages, more })
            }
            Command::ReadPeople { after, .. } => {
                desk.moderator()?;
                let moderators = match after {
                    Some(_) => Vec::new(),
                    None => people::moderators(&self.database, channel).await?,
                };
                let (silenced, more) = people::silenced(&self.database, channel, after.as_ref()).await?;
                Some(Frame::People { id, room, after, moderators, silenced, more })
            }
            Command::Note { who, text, .. } => desk.note(&who, &text).await?,
            Command::RemoveNote { note, .. } => desk.remove_note(&note).await?,
            Command::Appeal { text, .. } => desk.appeal(&text).await?,
            Command::Decide { appeal, accept, answer, .. } => desk.decide(&appeal, accept, &answer).await?,
            Command::Report { who, message, reason, .. } => {
                is_changed = desk.report(&who, message, &reason).await?;
                None
            }
            Command::Resolve { report, .. } => desk.resolve(&report).await?,
            _ => return Err(Problem::new(Kind::MALFORMED, "This is not for the desk.")),
        };
        if is_changed {
            self.tell(channel, Input::DeskChanged).await;
        }
        Ok(answer)
    }
}

/// Nothing is answered but that it is done.
type Done = Result<Option<Frame>, Problem>;

impl Desk<'_> {
    async fn role_of(&self, account: Uuid) -> Result<Role, Problem> {
        if account == self.creator {
            return Ok(Role::Creator);
        }
        let rights = rights(&self.rooms.database, self.channel, account).await?;
        Ok(if rights.is_some() { Role::Moderator } else { Role::Viewer })
    }

    /// What somebody is here and may do: a moderator who is banned keeps nothing in order.
    async fn rights_of(&self, account: Uuid) -> Result<(Role, Rights), Problem> {
        if account == self.creator {
            return Ok((Role::Creator, Rights::ALL));
        }
        let nobody = (Role::Viewer, Rights::NONE);
        let Some(rights) = rights(&self.rooms.database, self.channel, account).await? else { return Ok(nobody) };
        let silence = storage::silence(&self.rooms.database, self.channel, account).await?;
        let is_banned = silence.is_some_and(|(silence, _)| silence.until.is_none());
        Ok(if is_banned { nobody } else { (Role::Moderator, rights) })
    }

    fn somebody(&self) -> Result<Uuid, Problem> {
        let log_in = || Problem::new(Kind::UNAUTHENTICATED, "Log in to take part.");
        self.session.map(|session| session.account).ok_or_else(log_in)
    }

    fn moderator(&self) -> Result<Actor, Problem> {
        let account = self.somebody()?;
        if self.role.moderates() {
            return Ok(Actor { account, by: self.session.map(|session| session.id) });
        }
        Err(Problem::new(Kind::FORBIDDEN, "Only the creator and moderators may do this."))
    }

    async fn card(&self, who: Handle) -> Result<Card, Problem> {
        let database = &self.rooms.database;
        let account = self.rooms.subject(&who).await?.account;
        let facts = room_storage::facts(database, self.channel, account, None).await?.ok_or(Error::NoAccount)?;
        let file = if self.role.moderates() {
            Some(File {
                messages: storage::messages_of(database, self.channel, account).await?,
                silence: storage::silence(database, self.channel, account).await?.map(|(silence, _)| silence),
                notes: storage::notes(database, self.channel, account).await?,
                acts: log::acts_on(database, self.channel, account).await?,
            })
        } else {
            None
        };
        let (role, since) = (self.role_of(account).await?, storage::since(database, account).await?);
        Ok(Card { who, name: facts.name, role, since, follows_since: facts.follows_since, file })
    }

    async fn note(&self, who: &Handle, text: &str) -> Done {
        let actor = self.moderator()?;
        let text = words("text", text)?;
        let subject = self.rooms.subject(who).await?;
        let database = &self.rooms.database;
        if storage::notes(database, self.channel, subject.account).await?.len() as i64 >= MOST_NOTES {
            let detail = format!("There are {MOST_NOTES} notes. Remove some first.");
            return Err(Problem::new(Kind::TOO_MANY, detail)
                .because("notes-full")
                .with_numbers(&[MOST_NOTES.unsigned_abs()]));
        }
        let act = Act::new(actor, "note", Some(subject.account), &text, millis(now()));
        storage::add_note(database, self.channel, subject.account, &act).await?;
        Ok(None)
    }

    async fn remove_note(&self, note: &str) -> Done {
        let actor = self.moderator()?;
        let act = Act::new(actor, "remove_note", None, "", millis(now()));
        let removed = storage::remove_note(&self.rooms.database, self.channel, note, act).await?;
        if removed { Ok(None) } else { Err(Problem::not_found("note")) }
    }

    async fn appeal(&self, text: &str) -> Done {
        let account = self.somebody()?;
        let text = words("text", text)?;
        let database = &self.rooms.database;
        let silence = storage::silence(database, self.channel, account).await?;
        let not_silenced = || Problem::new(Kind::NOT_SILENCED, "You may write here.");
        let (_, since) = silence.ok_or_else(not_silenced)?;
        if storage::add_appeal(database, self.channel, account, &text, since).await? {
            return Ok(None);
        }
        Err(Problem::new(Kind::APPEALED_ALREADY, "You have appealed. A moderator decides."))
    }

    async fn decide(&self, appeal: &str, accept: bool, answer: &str) -> Done {
        let actor = self.moderator()?;
        if !self.rights.people {
            return Err(not_given());
        }
        let answer = if answer.trim().is_empty() { String::new() } else { words("answer", answer)? };
        let open = || Problem::not_found("open appeal");
        let database = &self.rooms.database;
        let (appellant, at) = storage::appellant(database, self.channel, appeal).await?.ok_or_else(open)?;
        if !may_silence(self.role, self.role_of(appellant).await?) {
            let detail = "Who may not silence somebody does not decide their appeal.";
            return Err(Problem::new(Kind::FORBIDDEN, detail).because("over-creator"));
        }
        let silence = storage::silence(database, self.channel, appellant).await?;
        if accept && silence.is_some_and(|(_, since)| since > at) {
            let detail =
                "They were silenced anew since they appealed: let them back among who is silenced, or reject this.";
            return Err(Problem::new(Kind::SILENCED_ALREADY, detail).because("silenced-anew"));
        }
        let action = if accept { "accept" } else { "reject" };
        let act = Act::new(actor, action, None, &answer, millis(now()));
        let decided = storage::decide(database, self.channel, appeal, accept, act).await?;
        let (account, lifted) = decided.ok_or_else(open)?;
        if let Some(since) = lifted {
            self.rooms.tell(self.channel, Input::Lifted(account, since)).await;
        }
        Ok(None)
    }

    /// Whether it says anything new to the moderators: of the channel's owner, [the operator](super::reported) is told.
    async fn report(&self, who: &Handle, message: Option<String>, reason: &str) -> Result<bool, Problem> {
        let reporter = self.somebody()?;
        let reason = words("reason", reason)?;
        let subject = self.rooms.subject(who).await?;
        if subject.account == reporter {
            return Err(Problem::new(Kind::FORBIDDEN, "This is you.").because("yourself"));
        }
        let database = &self.rooms.database;
        if let Some(message) = &message
            && !storage::is_by(database, self.channel, message, subject.account).await?
        {
            return Err(Problem::not_found("message of theirs"));
        }
        if storage::open_reports_of(database, self.channel, reporter).await? >= MOST_REPORTS {
            let detail = "The moderators have many reports of yours. Wait for them.";
            return Err(Problem::new(Kind::TOO_MANY, detail).because("reports-many"));
        }
        let message = message.unwrap_or_default();
        if let Some(at) = storage::resolved_at(database, self.channel, subject.account, reporter, &message).await? {
            let since = Duration::from_millis(millis(now()).saturating_sub(at).unsigned_abs());
            if since < REOPENED_AFTER {
                return Err(Problem::too_many(REOPENED_AFTER.saturating_sub(since)));
            }
        }
        let account = subject.account;
        let is_new = storage::add_report(database, self.channel, account, reporter, &message, &reason).await?;
        if is_new && account == self.creator {
            tracing::warn!(channel = %who, "the owner of a channel is reported; `klieg-server admin reports` has it");
        }
        Ok(is_new && account != self.creator)
    }

    async fn resolve(&self, report: &str) -> Done {
        let actor = self.moderator()?;
        let act = Act::new(actor, "resolve", None, "", millis(now()));
        let resolved = storage::resolve(&self.rooms.database, self.channel, report, act).await?;
        if resolved { Ok(None) } else { Err(Problem::not_found("open report")) }
    }
}

fn words(field: &str, words: &str) -> Result<String, Problem> {
    let mut fields = Fields::default();
    let words = fields.check_named(field, text::line(words, MAX_WORDS));
    fields.finish(words)
}
