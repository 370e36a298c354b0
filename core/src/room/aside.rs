//! What was left out because more is said than can be read, kept aside: whoever wants everything after all is shown it where it was said.
//!
//! The server has told it already, and is not asked for it again by a crowd at once.

use std::collections::VecDeque;
use std::sync::Arc;

use klieg_api::room::Message;

/// Messages that are kept; of more the oldest is forgotten. With those that are shown as many as one looks back at.
const MOST: usize = 1_500;

/// In the order in which they came, each with how many had ever been shown by then.
#[derive(Debug, Default)]
pub(super) struct Aside(VecDeque<(u64, Arc<Message>)>);

impl Aside {
    pub(super) fn add(&mut self, shown: u64, message: Arc<Message>) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((shown, message));
    }

    pub(super) fn take(&mut self) -> VecDeque<(u64, Arc<Message>)> {
        std::mem::take(&mut self.0)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Arc<Message>> {
        self.0.iter_mut().map(|(_, message)| message)
    }

    /// Forgets what came before that many were shown: it can be read back.
    pub(super) fn forget_before(&mut self, shown: u64) {
        self.0.retain(|(after, _)| *after >= shown);
    }

    pub(super) fn retain(&mut self, is_kept: impl Fn(&Message) -> bool) {
        self.0.retain(|(_, message)| is_kept(message));
    }
}
