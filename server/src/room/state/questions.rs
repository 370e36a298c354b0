//! Questions to the creator: asked, voted for, answered in the show or put away.

use std::collections::{HashMap, HashSet};

use klieg_api::live::Frame;
use klieg_api::questions::{Closed, MAX_OPEN, MAX_OWN, MAX_QUESTION, Question};
use klieg_api::room::Event;
use uuid::Uuid;

use super::rules::{Refusal, Verdict};
use super::talk::{check_nonce, no_wait, not_here};
use super::{Act, Asked, Now, Record, Room, Then};
use crate::database::moment;
use crate::http::problem::{Fields, Kind, Problem};
use crate::room::record::QuestionRecord;
use crate::room::text;

/// Votes are told at most this often, in milliseconds.
const TOLD_EVERY: i64 = 1_000;

/// A question that is open.
#[derive(Clone, Debug)]
pub struct Open {
    pub question: Question,
    pub account: Uuid,
    pub nonce: String,
    pub voters: HashSet<Uuid>,
}

#[derive(Debug, Default)]
pub(super) struct Questions {
    open: Vec<Open>,
    /// Those with votes that were not told.
    news: HashSet<String>,
    told_at: i64,
}

impl Questions {
    pub(super) fn new(open: Vec<Open>) -> Self {
        Self { open, ..Self::default() }
    }

    pub(super) fn list(&self) -> Vec<Question> {
        self.open.iter().map(|open| open.question.clone()).collect()
    }

    /// What an account has voted for.
    pub(super) fn voted(&self, account: Uuid) -> Vec<String> {
        let voted = self.open.iter().filter(|open| open.voters.contains(&account));
        voted.map(|open| open.question.id.clone()).collect()
    }

    fn find(&mut self, id: &str) -> Result<&mut Open, Problem> {
        self.open.iter_mut().find(|open| open.question.id == id).ok_or_else(|| Problem::not_found("open question"))
    }
}

impl Room {
    /// Somebody asks the creator something.
    pub fn ask_question(&mut self, asked: Asked, now: &Now, id: Uuid, question: &str, nonce: &str) {
        if let Err(refusal) = self.try_ask(asked, now, id, question, nonce) {
            let (problem, wait) = *refusal;
            self.refuse(asked, problem, wait);
        }
    }

    fn try_ask(&mut self, asked: Asked, now: &Now, id: Uuid, question: &str, nonce: &str) -> Result<(), Refusal> {
        let account = self.participant(asked, now).map_err(no_wait)?;
        let nonce = check_nonce(nonce).map_err(no_wait)?;
        let own = || self.questions.open.iter().filter(|open| open.account == account);
        if let Some(open) = own().find(|open| open.nonce == nonce) {
            let id = open.question.id.clone();
            self.done(asked, Some(id));
            return Ok(());
        }
        if !self.settings.questions {
            return Err(no_wait(Problem::new(Kind::NO_QUESTIONS, "No questions are taken now.")));
        }
        if own().count() >= MAX_OWN {
            let detail = format!("You have {MAX_OWN} open questions. Wait until one is answered, or take one back.");
            return Err(no_wait(Problem::new(Kind::TOO_MANY, detail)));
        }
        if self.questions.open.len() >= MAX_OPEN {
            let detail = format!("There are {MAX_OPEN} open questions. Vote for one of them.");
            return Err(no_wait(Problem::new(Kind::TOO_MANY, detail)));
        }
        let mut fields = Fields::default();
        let question = fields.check("text", text::line(question, MAX_QUESTION));
        let question = fields.finish(question).map_err(no_wait)?;
        let (folded, rate) = (text::folded(&question), self.rate);
        let person = self.people.get(account).ok_or_else(|| no_wait(not_here()))?;
        let facts = person.facts.clone();
        if let Verdict::Hold(_) = self.may_write(person, &question, &folded, now.at)? {
            let detail = "A moderator would have to look at this first. Put it differently.";
            return Err(no_wait(Problem::new(Kind::FILTERED, detail)));
        }
        if let Some(person) = self.people.person(account) {
            person.wrote(now.at, rate, folded);
        }
        let author = self.people.author(&facts);
        let question = Question { id: id.to_string(), author, text: question, votes: 0, at: moment(now.at) };
        let open = Open { question: question.clone(), account, nonce, voters: HashSet::new() };
        let (record, then) = (QuestionRecord::Asked(Box::new(open.clone())), Then::Ask(question.id.clone()));
        self.keep_then(Some(asked), Some(question.id.clone()), Record::Question(record), then);
        self.questions.open.push(open);
        self.event(Event::Question { question });
        Ok(())
    }

    /// Somebody wants to know it as well, or not any more.
    pub fn vote_question(&mut self, asked: Asked, now: &Now, id: &str, on: bool) {
        let account = match self.may_vote_question(asked, now, id) {
            Ok(account) => account,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let Ok(open) = self.questions.find(id) else { return };
        let changed = if on { open.voters.insert(account) } else { open.voters.remove(&account) };
        if !changed {
            return self.done(asked, None);
        }
        open.question.votes = open.voters.len() as u32;
        self.questions.news.insert(id.to_owned());
        self.snapshot = None;
        let record = QuestionRecord::Vote { question: id.to_owned(), account, on };
        self.keep(Some(asked), None, Record::Question(record));
        self.tell_voted(account);
    }

    fn may_vote_question(&mut self, asked: Asked, now: &Now, id: &str) -> Result<Uuid, Problem> {
        let account = self.participant(asked, now)?;
        if self.questions.find(id)?.account == account {
            return Err(Problem::new(Kind::FORBIDDEN, "This is your own question."));
        }
        Ok(account)
    }

    fn tell_voted(&mut self, account: Uuid) {
        for client in self.people.connections_of(account) {
            let questions = self.questions.voted(account);
            self.one(client, &Frame::Voted { room: self.handle.clone(), questions });
        }
    }

    /// A moderator closes a question, or its author takes it back.
    pub fn close_question(&mut self, asked: Asked, now: &Now, id: &str, answered: bool) {
        let closed = self.writer(asked).and_then(|actor| {
            let moderates = self.people.role_of(actor).moderates();
            let author = self.questions.find(id)?.account;
            if moderates || (actor == author && !answered) {
                return Ok((actor, author));
            }
            Err(Problem::new(Kind::FORBIDDEN, "Only its author and moderators may do this."))
        });
        match closed {
            Ok((actor, author)) => {
                let how = if answered { Closed::Answered } else { Closed::Dismissed };
                let action = if answered { "answer_question" } else { "dismiss_question" };
                let act = (actor != author).then(|| Act::new(actor, action, Some(author), "", now.at));
                self.end_question(Some(asked), id, how, act, now);
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn end_question(&mut self, asked: Option<Asked>, id: &str, how: Closed, act: Option<Act>, now: &Now) {
        self.questions.open.retain(|open| open.question.id != id);
        self.questions.news.remove(id);
        let record = QuestionRecord::Closed { question: id.to_owned(), how, at: now.at, act };
        self.keep(asked, None, Record::Question(record));
        self.event(Event::QuestionClosed { question: id.to_owned(), how });
    }

    /// What somebody asked is put away: they were silenced.
    pub(super) fn dismiss_questions_of(&mut self, account: Uuid, now: &Now) {
        let own = self.questions.open.iter().filter(|open| open.account == account);
        let own: Vec<String> = own.map(|open| open.question.id.clone()).collect();
        for id in own {
            self.end_question(None, &id, Closed::Dismissed, None, now);
        }
    }

    /// A question could not be kept.
    pub(super) fn question_lost(&mut self, id: &str) {
        self.questions.open.retain(|open| open.question.id != id);
        self.event(Event::QuestionClosed { question: id.to_owned(), how: Closed::Dismissed });
    }

    /// Tells votes. Returns when to do so, if there are any.
    pub(super) fn tell_questions(&mut self, now: &Now) -> Option<i64> {
        if self.questions.news.is_empty() {
            return None;
        }
        let due = self.questions.told_at + TOLD_EVERY;
        if now.at < due {
            return Some(due);
        }
        self.questions.told_at = now.at;
        let news = std::mem::take(&mut self.questions.news);
        let open: HashMap<&str, &Open> =
            self.questions.open.iter().map(|open| (open.question.id.as_str(), open)).collect();
        let told: Vec<Question> =
            news.iter().filter_map(|id| open.get(id.as_str())).map(|open| open.question.clone()).collect();
        for question in told {
            self.event(Event::Question { question });
        }
        None
    }
}
