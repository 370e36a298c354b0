//! Questions to the creator: asked, voted for, answered in the show or put away.

use std::collections::{HashSet, VecDeque};

use klieg_api::live::Frame;
use klieg_api::questions::{Closed, MAX_OPEN, MAX_OWN, MAX_QUESTION, Question, QuestionVotes};
use klieg_api::room::{Counts, Event};
use uuid::Uuid;

use super::keeping::{Before, Then};
use super::news::News;
use super::rules::{Refusal, Verdict, would_wait};
use super::talk::{check_nonce, no_wait, not_here};
use super::{Act, Asked, Now, Out, Record, Room};
use crate::database::moment;
use crate::http::problem::{Fields, Kind, Problem, Wrong};
use crate::room::record::QuestionRecord;
use crate::room::text;
use crate::socket::frame;

/// Bytes of a question, and of all that are open: whoever comes gets them at once.
const MOST_QUESTION: usize = 800;
const MOST_BYTES: usize = 32 << 10;

/// A question that is open.
#[derive(Clone, Debug)]
pub struct Open {
    pub question: Question,
    pub account: Uuid,
    pub nonce: String,
    pub voters: HashSet<Uuid>,
}

/// Questions that are not open any more and are still known by their nonces.
const REMEMBERED: usize = 200;

#[derive(Debug, Default)]
pub(super) struct Questions {
    open: Vec<Open>,
    /// Whose, under which nonce, and its name.
    closed: VecDeque<(Uuid, String, String)>,
    /// Those with votes that were not told.
    changed: HashSet<String>,
    news: News,
}

impl Questions {
    pub(super) fn new(open: Vec<Open>) -> Self {
        Self { open, ..Self::default() }
    }

    pub(super) fn list(&self) -> Vec<Question> {
        self.open.iter().map(|open| open.question.clone()).collect()
    }

    /// The votes of those of which this is so, if there are any.
    pub(super) fn counts(&self, is_told: impl Fn(&str) -> bool) -> Option<Counts> {
        let told = self.open.iter().map(|open| &open.question).filter(|question| is_told(&question.id));
        let questions: Vec<QuestionVotes> =
            told.map(|question| QuestionVotes { question: question.id.clone(), votes: question.votes }).collect();
        (!questions.is_empty()).then_some(Counts::Questions { questions })
    }

    /// What an account has voted for.
    pub(super) fn voted(&self, account: Uuid) -> Vec<String> {
        let voted = self.open.iter().filter(|open| open.voters.contains(&account));
        voted.map(|open| open.question.id.clone()).collect()
    }

    /// Whether somebody wants to know it as well. Returns whether that is a change.
    fn put(&mut self, id: &str, account: Uuid, on: bool) -> bool {
        let Ok(open) = self.find(id) else { return false };
        let is_changed = if on { open.voters.insert(account) } else { open.voters.remove(&account) };
        open.question.votes = open.voters.len() as u32;
        if is_changed {
            self.changed.insert(id.to_owned());
            self.news.come();
        }
        is_changed
    }

    /// Remembers the nonce of a question that is not open any more.
    fn remember(&mut self, account: Uuid, nonce: String, id: String) {
        if self.closed.len() == REMEMBERED {
            self.closed.pop_front();
        }
        self.closed.push_back((account, nonce, id));
    }

    fn find(&mut self, id: &str) -> Result<&mut Open, Problem> {
        self.open.iter_mut().find(|open| open.question.id == id).ok_or_else(|| Problem::not_found("open question"))
    }
}

impl Room {
    /// Somebody asks the creator something.
    pub fn ask_question(&mut self, asked: Asked, now: &Now, id: Uuid, question: &str, nonce: &str) {
        let tried = self.try_ask(asked, now, id, question, nonce);
        self.refuse_if(asked, now, tried);
    }

    fn try_ask(&mut self, asked: Asked, now: &Now, id: Uuid, question: &str, nonce: &str) -> Result<(), Refusal> {
        let account = self.participant(asked, now).map_err(no_wait)?;
        let nonce = check_nonce(nonce).map_err(no_wait)?;
        let own = || self.questions.open.iter().filter(|open| open.account == account);
        if let Some(open) = own().find(|open| open.nonce == nonce) {
            let id = open.question.id.clone();
            self.said_again(asked, &id);
            return Ok(());
        }
        let was_asked = |(by, known, _): &&(Uuid, String, String)| *by == account && *known == nonce;
        if let Some((_, _, id)) = self.questions.closed.iter().find(was_asked) {
            let id = id.clone();
            self.said_again(asked, &id);
            return Ok(());
        }
        if !self.settings.questions {
            return Err(no_wait(Problem::new(Kind::NO_QUESTIONS, "No questions are taken now.")));
        }
        if own().count() >= MAX_OWN {
            let detail = format!("You have {MAX_OWN} open questions. Wait until one is answered, or take one back.");
            let problem = Problem::new(Kind::TOO_MANY, detail).because("questions-own");
            return Err(no_wait(problem.with_numbers(&[MAX_OWN as u64])));
        }
        let bytes: usize = self.questions.open.iter().map(|open| open.question.text.len()).sum();
        if self.questions.open.len() >= MAX_OPEN || bytes >= MOST_BYTES {
            let detail = "There are as many open questions as there may be. Vote for one of them.";
            return Err(no_wait(Problem::new(Kind::TOO_MANY, detail).because("questions-full")));
        }
        let mut fields = Fields::default();
        let question = fields.check_named("text", text::line(question, MAX_QUESTION).and_then(short));
        let question = fields.finish(question).map_err(no_wait)?;
        let (folded, rate) = (text::folded(&question), self.rate);
        let person = self.people.get(account).ok_or_else(|| no_wait(not_here()))?;
        let author = self.people.author_at(asked.client, &person.facts);
        match self.may_write(person, &question, &folded, now.at)? {
            Verdict::Show => {}
            Verdict::Hold(_) => return Err(would_wait()),
            // What moderators are to see first cannot be in front of everybody at once.
            Verdict::Later(_) => {
                let detail = "While what is said is shown later, no questions are taken.";
                return Err(no_wait(Problem::new(Kind::NO_QUESTIONS, detail).because("questions-delayed")));
            }
        }
        self.share_of_all(account, now)?;
        if let Some(person) = self.people.person(account) {
            person.wrote(now.at, rate, folded);
        }
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
        let may = self.may_vote_question(asked, now, id);
        let account = match may.and_then(|account| self.pace(account, now).map(|()| account)) {
            Ok(account) => account,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        if !self.questions.put(id, account, on) {
            return self.unchanged(asked, &Before::Want { question: id.to_owned(), account, on });
        }
        let record = QuestionRecord::Vote { question: id.to_owned(), account, on };
        let before = Before::Want { question: id.to_owned(), account, on: !on };
        self.keep_then(Some(asked), None, Record::Question(record), Then::Put(before));
        self.tell_voted(account, id, on);
    }

    fn may_vote_question(&mut self, asked: Asked, now: &Now, id: &str) -> Result<Uuid, Problem> {
        let account = self.participant(asked, now)?;
        if self.questions.find(id)?.account == account {
            return Err(Problem::new(Kind::FORBIDDEN, "This is your own question.").because("own-question"));
        }
        Ok(account)
    }

    fn tell_voted(&mut self, account: Uuid, question: &str, on: bool) {
        let frame = frame::text(&Frame::Wanted { room: self.handle.clone(), question: question.to_owned(), on });
        for client in self.people.connections_of(account) {
            self.out.push(Out::One(client, frame.clone()));
        }
    }

    /// A vote could not be kept: the one before it counts.
    pub(super) fn put_back_want(&mut self, id: &str, account: Uuid, on: bool) {
        if self.questions.put(id, account, on) {
            self.tell_voted(account, id, on);
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
            let detail = "Only its author and moderators may do this.";
            Err(Problem::new(Kind::FORBIDDEN, detail).because("not-yours"))
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
        if let Some(place) = self.questions.open.iter().position(|open| open.question.id == id) {
            let Open { account, nonce, .. } = self.questions.open.remove(place);
            self.questions.remember(account, nonce, id.to_owned());
        }
        self.questions.changed.remove(id);
        let record = QuestionRecord::Closed { question: id.to_owned(), how, at: now.at, act };
        self.keep_final(asked, Record::Question(record));
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

    /// A question turns out to be one that was asked long ago, whose name is `known`: what was seen of it anew is taken back.
    pub(super) fn question_known(&mut self, id: &str, known: String) {
        if let Some(Open { account, nonce, .. }) =
            self.questions.open.iter().find(|open| open.question.id == id).cloned()
        {
            self.questions.remember(account, nonce, known);
        } else if let Some((_, _, closed)) = self.questions.closed.iter_mut().find(|(_, _, closed)| closed == id) {
            *closed = known;
        }
        self.question_lost(id);
    }

    /// Tells votes. Returns when to do so, if there are any.
    pub(super) fn tell_questions(&mut self, now: &Now) -> Option<i64> {
        if let Err(due) = self.questions.news.take(now.at) {
            return due;
        }
        let changed = std::mem::take(&mut self.questions.changed);
        // None of those that are closed by now.
        if let Some(counts) = self.questions.counts(|id| changed.contains(id)) {
            self.tell_counts(counts);
        }
        None
    }
}

fn short(text: String) -> Result<String, Wrong> {
    if text.len() > MOST_QUESTION { Err(Wrong::new("marks", &[], "use fewer marks and emoji")) } else { Ok(text) }
}
