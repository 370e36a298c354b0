//! The messages that are shown, and those that come too early for the picture.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use klieg_api::Handle;
use klieg_api::room::{Message, Preview, Reaction, Reply};
use time::OffsetDateTime;

use super::aside::Aside;
use super::earlier::Earlier;
use super::later::Later;
use super::sampling::Sampling;

/// Messages kept to look back at.
const MOST: usize = 500;
/// Likewise while one does look back.
const MOST_EARLIER: usize = 2_000;
/// Messages at the beginning among which the place to read back from is looked for.
const OVERLAP: usize = 10;
/// Deleted messages that are remembered, so that a copy which is on its way does not bring them back; of more the oldest is forgotten.
const DELETED: usize = 500;

#[derive(Debug, Default)]
pub struct Lines {
    shown: VecDeque<Arc<Message>>,
    coming: Later<Arc<Message>>,
    /// By their names: of what has come by itself and is shown the how manieth it was to be shown, else 0.
    known: HashMap<String, u64>,
    /// Of these, what was deleted: the latest last.
    deleted: VecDeque<String>,
    /// Messages ever shown.
    count: u64,
    sampling: Sampling,
    /// What is not shown because of that.
    aside: Aside,
    /// Whose client this is.
    me: Option<Handle>,
    earlier: Earlier,
    /// The message before which was read last, or is being read; none if what is shown has come by itself or was shortened.
    read_from: Option<String>,
    /// More is kept than is usual.
    is_looking_back: bool,
}

impl Lines {
    /// Oldest first. One that has not changed is the same [`Arc`].
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Message>> + ExactSizeIterator {
        self.shown.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    pub fn find(&self, id: &str) -> Option<&Arc<Message>> {
        self.shown.iter().rev().find(|message| message.id == id)
    }

    /// The messages of a thread that are here: the one it began with, and the answers.
    pub fn thread(&self, id: &str) -> impl Iterator<Item = &Arc<Message>> {
        self.shown
            .iter()
            .filter(move |message| message.id == id || message.reply.as_ref().is_some_and(|reply| reply.thread == id))
    }

    /// What is written in a thread answers this: what it began with, or if that is not here any more, the last answer.
    pub fn answered_in(&self, thread: &str) -> Option<&Arc<Message>> {
        self.find(thread).or_else(|| self.thread(thread).last())
    }

    pub(super) fn is_mine(&self, author: &Handle) -> bool {
        self.me.as_ref() == Some(author)
    }

    pub(super) fn has(&self, id: &str) -> bool {
        self.known.contains_key(id)
    }

    pub(super) fn set_delay(&mut self, millis: u64) {
        self.coming.set_delay(millis);
    }

    /// Shows a part of what others say when it is too much to read, or everything. What mentions or answers `me` is always shown. Whether
    /// something is shown that was left out.
    pub(super) fn set_sampling(&mut self, on: bool, me: Option<&Handle>) -> bool {
        self.sampling.is_wanted = on;
        if self.me.as_ref() != me {
            self.me = me.cloned();
        }
        self.show_aside()
    }

    /// Whose client this is keeps the room in order, and is shown everything; or does not any more.
    pub(super) fn set_keeping_order(&mut self, keeps_order: bool) {
        self.sampling.keeps_order = keeps_order;
        self.show_aside();
    }

    /// Shows what was left out, if everything is to be shown: each where it came among what is here. What came before all of that can
    /// be read back. Whether there was any.
    fn show_aside(&mut self) -> bool {
        if self.sampling.is_on() || self.aside.is_empty() {
            return false;
        }
        self.aside.forget_before(self.first());
        let mut aside = self.aside.take();
        // What came once more may be here by now.
        aside.retain(|(_, message)| !self.has(&message.id));
        let is_any = !aside.is_empty();
        for message in std::mem::take(&mut self.shown) {
            let number = self.number_of(&message.id);
            while let Some((after, before)) = aside.pop_front_if(|(after, _)| *after < number) {
                self.insert(after, before);
            }
            self.shown.push_back(message);
        }
        for (after, message) in aside {
            self.insert(after, message);
        }
        self.shorten(self.most());
        is_any
    }

    /// The how manieth the oldest that is here was to be shown, if it came by itself.
    fn first(&self) -> u64 {
        self.shown.front().map_or(0, |first| self.number_of(&first.id))
    }

    /// The how manieth a message was to be shown, if it came by itself.
    fn number_of(&self, id: &str) -> u64 {
        self.known.get(id).copied().unwrap_or(0)
    }

    /// Shows as the last something that came when so many had been shown.
    fn insert(&mut self, shown: u64, message: Arc<Message>) {
        if !self.has(&message.id) {
            self.known.insert(message.id.clone(), shown);
            self.shown.push_back(message);
        }
    }

    /// When a message was last left out because too much was said.
    pub fn left_out(&self) -> Option<u64> {
        self.sampling.left_out
    }

    /// These messages are what there is, each with how many milliseconds ago it came, if it is one that the picture may not have
    /// reached yet; and whether there may be older ones.
    pub(super) fn replace(&mut self, now: u64, messages: Vec<(Option<u64>, Message)>, more: bool) {
        self.earlier = if more { Earlier::More } else { Earlier::Begun };
        self.read_from = None;
        self.sampling.forget();
        self.coming.clear();
        self.aside.take();
        self.shown.clear();
        self.deleted.clear();
        self.known = messages.iter().map(|(_, message)| (message.id.clone(), 0)).collect();
        for (age, message) in messages {
            let message = Arc::new(message);
            match age {
                Some(age) if self.coming.is_behind(age) => self.coming.add_aged(now, age, message),
                _ => self.shown.push_back(message),
            }
        }
    }

    /// A message came that was said at that moment of the broadcast, by this client's clock; none if nothing was on. One's own is shown
    /// at once, others after what was said before them.
    pub(super) fn add(&mut self, now: u64, live_at: Option<u64>, message: Message, is_own: bool) {
        if self.has(&message.id) {
            return;
        }
        self.known.insert(message.id.clone(), 0);
        if is_own {
            self.show(Arc::new(message));
        } else if self.coming.holds_back(live_at.is_some()) {
            self.coming.add(live_at, Arc::new(message));
        } else {
            self.show_if_time(now, Arc::new(message));
        }
    }

    /// A message that waits for the picture is found to be one's own.
    pub(super) fn show_own(&mut self, id: &str) {
        if let Some(message) = self.coming.take_first(|message| message.id == id) {
            self.show(message);
        }
    }

    fn show_if_time(&mut self, now: u64, message: Arc<Message>) {
        if self.sampling.shows(now, &message, self.me.as_ref()) {
            self.show(message);
        } else {
            self.known.remove(&message.id);
            self.aside.add(self.count, message);
        }
    }

    fn show(&mut self, message: Arc<Message>) {
        self.shorten(self.most() - 1);
        self.count += 1;
        if let Some(number) = self.known.get_mut(&message.id) {
            *number = self.count;
        }
        self.shown.push_back(message);
    }

    /// Messages that are kept.
    fn most(&self) -> usize {
        if self.is_looking_back { MOST_EARLIER } else { MOST }
    }

    /// Forgets the oldest of more messages than these. Whether there were more.
    fn shorten(&mut self, most: usize) -> bool {
        let surplus = self.shown.len().saturating_sub(most);
        for old in self.shown.drain(..surplus) {
            self.known.remove(&old.id);
        }
        if surplus > 0 {
            self.earlier = Earlier::More;
            self.read_from = None;
        }
        surplus > 0
    }

    /// Whether there is something to read back to.
    pub fn earlier(&self) -> Earlier {
        self.earlier
    }

    /// The message to read back from, if that is to be done now.
    pub(super) fn begin_reading(&mut self) -> Option<String> {
        if !matches!(self.earlier, Earlier::More | Earlier::Refused) {
            return None;
        }
        if self.shown.len() >= MOST_EARLIER {
            self.earlier = Earlier::Full;
            return None;
        }
        // What a moderator approved late stands where it was shown, and was written before much that is not here: of the first few
        // messages the one that was written last is the place. What is here already comes once more, and is known.
        let first = || self.shown.iter().take(OVERLAP).max_by_key(|message| message.at).map(|first| first.id.clone());
        let from = self.read_from.clone().or_else(first)?;
        self.read_from = Some(from.clone());
        self.earlier = Earlier::Reading;
        self.look_back();
        Some(from)
    }

    /// Takes in what was said before a message, if that is what is being read.
    pub(super) fn take_earlier(&mut self, before: &str, messages: Vec<Message>, more: bool) {
        if self.earlier != Earlier::Reading || self.read_from.as_deref() != Some(before) {
            return;
        }
        let oldest = messages.first().map(|message| message.id.clone());
        // Also if everything on this page was deleted meanwhile.
        self.earlier = if more { Earlier::More } else { Earlier::Begun };
        self.read_from = oldest;
        self.aside.forget_before(self.first());
        for message in messages.into_iter().rev() {
            if !self.has(&message.id) {
                self.known.insert(message.id.clone(), 0);
                self.shown.push_front(Arc::new(message));
            }
        }
    }

    /// It is not told now.
    pub(super) fn refuse_reading(&mut self) {
        if self.earlier == Earlier::Reading {
            self.earlier = Earlier::Refused;
            self.read_from = None;
        }
    }

    /// Whoever would tell it is gone.
    pub(super) fn stop_reading(&mut self) {
        if self.earlier == Earlier::Reading {
            self.earlier = Earlier::More;
        }
    }

    /// Keeps more than is usual.
    pub(super) fn look_back(&mut self) {
        self.is_looking_back = true;
    }

    /// Keeps no more than is usual. Whether more was.
    pub(super) fn forget_earlier(&mut self) -> bool {
        self.is_looking_back = false;
        self.shorten(MOST)
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn tick(&mut self, now: u64) -> Option<u64> {
        while let Some(message) = self.coming.take_due(now) {
            self.show_if_time(now, message);
        }
        self.coming.due_at()
    }

    /// Deleted messages are gone at once, also from what answers them.
    pub(super) fn delete(&mut self, ids: &[String]) {
        self.remove(|message| ids.contains(&message.id));
        // Also what is not here: it may be in the page that is being read.
        for id in ids {
            self.remember_deleted(id);
        }
        self.unquote(|reply| ids.contains(&reply.id));
    }

    /// Likewise what somebody has said since then, also where they are quoted with it.
    pub(super) fn delete_all_of(&mut self, who: &Handle, since: OffsetDateTime) {
        self.remove(|message| message.is_by(who, since));
        self.unquote(|reply| reply.is_by(who, since));
    }

    fn unquote(&mut self, is_gone: impl Fn(&Reply) -> bool) {
        let all = self.shown.iter_mut().chain(self.coming.iter_mut()).chain(self.aside.iter_mut());
        for message in all.filter(|message| message.reply.as_ref().is_some_and(&is_gone)) {
            if let Some(reply) = &mut Arc::make_mut(message).reply {
                reply.text.clear();
            }
        }
    }

    fn remove(&mut self, is_gone: impl Fn(&Message) -> bool) {
        let here = self.shown.iter().chain(self.coming.iter());
        let ids: Vec<String> = here.filter(|message| is_gone(message)).map(|message| message.id.clone()).collect();
        self.shown.retain(|message| !is_gone(message));
        self.coming.retain(|message| !is_gone(message));
        self.aside.retain(|message| !is_gone(message));
        for id in &ids {
            self.remember_deleted(id);
        }
    }

    fn remember_deleted(&mut self, id: &str) {
        if self.deleted.iter().any(|known| known == id) {
            return;
        }
        if self.deleted.len() == DELETED
            && let Some(oldest) = self.deleted.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.known.insert(id.to_owned(), 0);
        self.deleted.push_back(id.to_owned());
    }

    /// A message has these emoji now.
    pub(super) fn react(&mut self, id: &str, reactions: &[Reaction]) {
        let all = self.shown.iter_mut().chain(self.coming.iter_mut()).chain(self.aside.iter_mut());
        for message in all.filter(|message| message.id == id) {
            Arc::make_mut(message).reactions = reactions.to_vec();
        }
    }

    /// A page that a message links to was looked up.
    pub(super) fn preview(&mut self, id: &str, preview: &Preview) {
        let all = self.shown.iter_mut().chain(self.coming.iter_mut()).chain(self.aside.iter_mut());
        for message in all.filter(|message| message.id == id) {
            Arc::make_mut(message).preview = Some(preview.clone());
        }
    }
}
