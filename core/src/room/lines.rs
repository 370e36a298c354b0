//! The messages that are shown, and those that come too early for the picture.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use klieg_api::Handle;
use klieg_api::room::{Badge, Message, Preview, Reaction};

use super::later::Later;

/// Messages kept to look back at.
const MOST: usize = 500;
/// Messages that a person can read in a second: where more are said, so many are shown.
const READABLE: usize = 8;
const SECOND: u64 = 1_000;

#[derive(Debug, Default)]
pub struct Lines {
    shown: VecDeque<Arc<Message>>,
    coming: Later<Arc<Message>>,
    known: HashSet<String>,
    /// Messages ever shown.
    count: u64,
    /// If more is said than can be read, a part of it is shown: not what is for or from this client's owner, ...
    is_sampling: bool,
    me: Option<Handle>,
    /// ... and as many others as there is time for: when the latest were shown, and when one was last left out.
    paced: VecDeque<u64>,
    left_out: Option<u64>,
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

    pub(super) fn has(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    pub(super) fn set_delay(&mut self, millis: u64) {
        self.coming.set_delay(millis);
    }

    /// Shows a part of what others say when it is too much to read. What mentions `me` is always shown.
    pub(super) fn set_sampling(&mut self, on: bool, me: Option<&Handle>) {
        self.is_sampling = on;
        if self.me.as_ref() != me {
            self.me = me.cloned();
        }
    }

    /// When a message was last left out because too much was said.
    pub fn left_out(&self) -> Option<u64> {
        self.left_out
    }

    /// Whether there is time to read it. What creator and moderators say, announcements and mentions are always shown.
    fn has_time(&mut self, now: u64, message: &Message) -> bool {
        let matters = message.announcement
            || message.reward.is_some()
            || message.author.badges.iter().any(|badge| matches!(badge, Badge::Creator | Badge::Moderator))
            || self.me.as_ref().is_some_and(|me| message.mentions.contains(me) || message.author.handle == *me);
        while self.paced.front().is_some_and(|at| at.saturating_add(SECOND) <= now) {
            self.paced.pop_front();
        }
        if self.is_sampling && !matters && self.paced.len() >= READABLE {
            self.left_out = Some(now);
            return false;
        }
        if !matters && self.paced.len() < READABLE {
            self.paced.push_back(now);
        }
        true
    }

    pub(super) fn replace(&mut self, messages: Vec<Message>) {
        self.coming.clear();
        self.known = messages.iter().map(|message| message.id.clone()).collect();
        self.shown = messages.into_iter().map(Arc::new).collect();
    }

    /// A message came. One's own is shown at once, and what was said while nothing was on.
    pub(super) fn add(&mut self, now: u64, message: Message, is_own: bool) {
        if !self.known.insert(message.id.clone()) {
            return;
        }
        if is_own {
            self.show(Arc::new(message));
        } else if !self.coming.is_needed() || message.on.is_none() {
            self.show_if_time(now, Arc::new(message));
        } else {
            self.coming.add(now, Arc::new(message));
        }
    }

    fn show_if_time(&mut self, now: u64, message: Arc<Message>) {
        if self.has_time(now, &message) {
            self.show(message);
        } else {
            self.known.remove(&message.id);
        }
    }

    fn show(&mut self, message: Arc<Message>) {
        if self.shown.len() == MOST
            && let Some(old) = self.shown.pop_front()
        {
            self.known.remove(&old.id);
        }
        self.shown.push_back(message);
        self.count += 1;
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
        self.shown.retain(|message| !ids.contains(&message.id));
        self.coming.retain(|message| !ids.contains(&message.id));
        let all = self.shown.iter_mut().chain(self.coming.iter_mut());
        for message in all.filter(|message| message.reply.as_ref().is_some_and(|reply| ids.contains(&reply.id))) {
            if let Some(reply) = &mut Arc::make_mut(message).reply {
                reply.text.clear();
            }
        }
    }

    /// Likewise what somebody has said that is gone, and all that they are quoted with.
    pub(super) fn delete_all_of(&mut self, who: &Handle, is_gone: impl Fn(&Message) -> bool) {
        self.shown.retain(|message| !is_gone(message));
        self.coming.retain(|message| !is_gone(message));
        let all = self.shown.iter_mut().chain(self.coming.iter_mut());
        for message in all.filter(|message| message.reply.as_ref().is_some_and(|reply| reply.author.handle == *who)) {
            if let Some(reply) = &mut Arc::make_mut(message).reply {
                reply.text.clear();
            }
        }
    }

    /// A message has these emoji now.
    pub(super) fn react(&mut self, id: &str, reactions: &[Reaction]) {
        let all = self.shown.iter_mut().chain(self.coming.iter_mut());
        for message in all.filter(|message| message.id == id) {
            Arc::make_mut(message).reactions = reactions.to_vec();
        }
    }

    /// A page that a message links to was looked up.
    pub(super) fn preview(&mut self, id: &str, preview: &Preview) {
        let all = self.shown.iter_mut().chain(self.coming.iter_mut());
        for message in all.filter(|message| message.id == id) {
            Arc::make_mut(message).preview = Some(preview.clone());
        }
    }
}
