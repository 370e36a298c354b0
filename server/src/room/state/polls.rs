//! Questions to the room: one at a time, one vote each. That one begins and ends is an event; how many have voted is told once a second
//! apart from these, and pushes nothing out of the history.

use std::collections::HashMap;

use klieg_api::room::{Counts, Event, Poll, PollOption};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::keeping::{Before, Then};
use super::news::News;
use super::{Act, Asked, Now, Record, Room};
use crate::database::{millis, moment};
use crate::http::problem::{Fields, Kind, Problem, Wrong};
use crate::room::text;

const OPTIONS: std::ops::RangeInclusive<usize> = 2..=6;
const SECONDS: std::ops::RangeInclusive<u32> = 15..=1_800;
const MOST_QUESTION: usize = 140;
const MOST_OPTION: usize = 60;
/// A poll that has ended is shown for so long to who comes, in milliseconds.
const SHOWN: i64 = 5 * 60_000;

#[derive(Debug, Default)]
pub(super) struct Polls {
    poll: Option<Poll>,
    votes: HashMap<Uuid, u32>,
    /// Votes that were not told.
    news: News,
}

/// What somebody wants to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub question: String,
    pub options: Vec<String>,
    pub seconds: u32,
}

impl Polls {
    pub(super) fn new(kept: Option<(Poll, Vec<(Uuid, u32)>)>) -> Self {
        let Some((mut poll, votes)) = kept else { return Self::default() };
        let votes: HashMap<Uuid, u32> = votes.into_iter().collect();
        for option in votes.values() {
            count(&mut poll, *option, 1);
        }
        Self { poll: Some(poll), votes, news: News::default() }
    }

    pub(super) fn current(&self) -> Option<&Poll> {
        self.poll.as_ref()
    }

    pub(super) fn vote_of(&self, account: Uuid) -> Option<u32> {
        self.votes.get(&account).copied()
    }

    /// Counts somebody's vote, or with none takes it out of the count. Returns the one before it.
    fn put(&mut self, account: Uuid, option: Option<u32>) -> Option<u32> {
        let before = match option {
            Some(option) => self.votes.insert(account, option),
            None => self.votes.remove(&account),
        };
        if let Some(poll) = self.poll.as_mut().filter(|_| before != option) {
            for (option, change) in [(option, 1), (before, -1)] {
                if let Some(option) = option {
                    count(poll, option, change);
                }
            }
            self.news.come();
        }
        before
    }

    fn open(&self, id: &str) -> Result<&Poll, Problem> {
        let poll = self.poll.as_ref().filter(|poll| poll.id == id).ok_or_else(|| Problem::not_found("poll"))?;
        if poll.ended { Err(Problem::new(Kind::POLL_ENDED, "This poll is over.")) } else { Ok(poll) }
    }
}

impl Room {
    /// A moderator asks the room a question.
    pub fn start_poll(&mut self, asked: Asked, now: &Now, id: Uuid, question: &Question) {
        match self.new_poll(asked, now, id, question) {
            Ok((actor, poll)) => {
                let act = Act::new(actor, "start_poll", None, &poll.question, now.at);
                self.polls = Polls { poll: Some(poll.clone()), ..Polls::default() };
                let then = Then::BeginPoll(poll.id.clone());
                self.keep_then(Some(asked), None, Record::Poll { poll: poll.clone(), act }, then);
                self.event(Event::Poll { poll });
            }
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    /// A poll could not be kept: it is none. The votes on their way to it are lost as well.
    pub(super) fn poll_lost(&mut self, id: &str) {
        let Some(poll) = self.polls.poll.take_if(|poll| poll.id == id) else { return };
        self.polls = Polls::default();
        self.event(Event::Poll { poll: Poll { ended: true, ..poll } });
    }

    fn new_poll(&self, asked: Asked, now: &Now, id: Uuid, question: &Question) -> Result<(Uuid, Poll), Problem> {
        let actor = self.moderating_with(asked.client, |may| may.events)?;
        if self.polls.poll.as_ref().is_some_and(|poll| !poll.ended) {
            return Err(Problem::new(Kind::POLL_IS_ON, "End the poll that is on, or wait for its end."));
        }
        let mut fields = Fields::default();
        let checked = check_question(&mut fields, question, "options");
        let ends_at = moment(now.at + i64::from(question.seconds) * 1_000);
        let poll = checked.map(|(question, options)| {
            let options = options.into_iter().map(|text| PollOption { text, votes: 0 }).collect();
            Poll { id: id.to_string(), question, options, ends_at, ended: false }
        });
        fields.finish(poll.map(|poll| (actor, poll)))
    }

    /// Somebody votes, or votes differently.
    pub fn vote(&mut self, asked: Asked, now: &Now, id: &str, option: u32) {
        let may = self.may_vote(asked, now, id, option);
        let account = match may.and_then(|account| self.pace(account, now).map(|()| account)) {
            Ok(account) => account,
            Err(problem) => return self.refuse(asked, problem, None),
        };
        let before = self.polls.put(account, Some(option));
        if before == Some(option) {
            return self.unchanged(asked, &Before::Vote { poll: id.to_owned(), account, option: before });
        }
        self.snapshot = None;
        let record = Record::Vote { poll: id.to_owned(), account, option };
        let before = Before::Vote { poll: id.to_owned(), account, option: before };
        self.keep_then(Some(asked), None, record, Then::Put(before));
        self.tell_account(account, now);
    }

    /// A vote could not be kept: the one before it counts.
    pub(super) fn put_back_vote(&mut self, poll: &str, account: Uuid, option: Option<u32>, now: &Now) {
        if self.polls.current().is_none_or(|current| current.id != poll) {
            return;
        }
        self.polls.put(account, option);
        self.snapshot = None;
        self.tell_account(account, now);
        // While votes are taken they are told now and then; after that nothing else would.
        if let Some(poll) = self.polls.current().filter(|poll| poll.ended) {
            let poll = poll.clone();
            self.event(Event::Poll { poll });
        }
    }

    fn may_vote(&self, asked: Asked, now: &Now, id: &str, option: u32) -> Result<Uuid, Problem> {
        let account = self.participant(asked, now)?;
        let poll = self.polls.open(id)?;
        if usize::try_from(option).is_ok_and(|option| option < poll.options.len()) {
            return Ok(account);
        }
        Err(Problem::not_found("answer"))
    }

    /// A moderator ends a poll before its time.
    pub fn end_poll(&mut self, asked: Asked, now: &Now, id: &str) {
        let ended =
            self.moderating_with(asked.client, |may| may.events).and_then(|actor| self.polls.open(id).map(|_| actor));
        match ended {
            Ok(actor) => self.finish_poll(Some(asked), Some(Act::new(actor, "end_poll", None, "", now.at)), now),
            Err(problem) => self.refuse(asked, problem, None),
        }
    }

    fn finish_poll(&mut self, asked: Option<Asked>, act: Option<Act>, now: &Now) {
        let Some(poll) = &mut self.polls.poll else { return };
        let ends_at = poll.ends_at;
        poll.ended = true;
        poll.ends_at = ends_at.min(moment(now.at));
        let poll = poll.clone();
        self.polls.news = News::default();
        // One whose time is over has ended, whether that is kept or not.
        let is_early = poll.ends_at < ends_at;
        let then = if is_early { Then::EndPoll { poll: poll.id.clone(), ends_at } } else { Then::Nothing };
        self.keep_then(asked, None, Record::PollEnded { poll: poll.id.clone(), at: now.at, act }, then);
        self.event(Event::Poll { poll });
    }

    /// The end of a poll before its time could not be kept: it goes on.
    pub(super) fn poll_goes_on(&mut self, id: &str, ends_at: OffsetDateTime) {
        let Some(poll) = self.polls.poll.as_mut().filter(|poll| poll.id == id) else { return };
        poll.ended = false;
        poll.ends_at = ends_at;
        let poll = poll.clone();
        self.event(Event::Poll { poll });
    }

    /// Tells votes, ends what is over, forgets what ended long ago. Returns when to look again.
    pub(super) fn tell_polls(&mut self, now: &Now) -> Option<i64> {
        let poll = self.polls.poll.as_ref()?;
        let ends_at = millis(poll.ends_at);
        if poll.ended {
            if now.at < ends_at + SHOWN {
                return Some(ends_at + SHOWN);
            }
            self.polls = Polls::default();
            self.snapshot = None;
            return None;
        }
        if now.at >= ends_at {
            self.finish_poll(None, None, now);
            return Some(now.at + SHOWN);
        }
        if let Err(due) = self.polls.news.take(now.at) {
            return Some(due.map_or(ends_at, |due| due.min(ends_at)));
        }
        let counts = Counts::of_poll(poll);
        self.tell_counts(counts);
        Some(ends_at)
    }
}

/// The question and its answers as they will be shown. `name` is what the request calls the answers.
pub(super) fn check_question(
    fields: &mut Fields,
    question: &Question,
    name: &'static str,
) -> Option<(String, Vec<String>)> {
    let text = fields.check_named("question", text::line(&question.question, MOST_QUESTION));
    if !OPTIONS.contains(&question.options.len()) {
        let (least, most) = (*OPTIONS.start() as u64, *OPTIONS.end() as u64);
        fields.wrong(name, Wrong::new("range", &[least, most], format!("give {least} to {most}")));
    }
    let options = question.options.iter().take(*OPTIONS.end());
    let options = options.filter_map(|option| fields.check_named(name, text::line(option, MOST_OPTION))).collect();
    if !SECONDS.contains(&question.seconds) {
        fields.wrong("seconds", Wrong::range((*SECONDS.start()).into(), (*SECONDS.end()).into(), ""));
    }
    text.map(|text| (text, options))
}

fn count(poll: &mut Poll, option: u32, change: i32) {
    if let Some(option) = usize::try_from(option).ok().and_then(|option| poll.options.get_mut(option)) {
        option.votes = option.votes.saturating_add_signed(change);
    }
}
