//! Who is named or answered in the room without being in it; and what calls somebody and is deleted.

use super::said::State;
use super::{Out, Room};
use crate::alerts::{Mention, Named};

impl Room {
    /// A message is kept, or is shown after it had to wait: if it is both, those whom it names or answers are told, but for who
    /// is here. A room that only its creator may enter calls nobody.
    pub(super) fn tell_absent(&mut self, id: &str) {
        let Some(said) = self.history.find(id).filter(|said| said.state == State::Shown && !self.private) else {
            return;
        };
        let message = &said.message;
        let answered = message.reply.as_ref().map(|reply| &reply.author.handle);
        let mut whom: Vec<Named> = Vec::new();
        for handle in answered.into_iter().chain(&message.mentions) {
            let is_known = whom.iter().any(|named| named.handle == *handle);
            if !is_known && *handle != message.author.handle && !self.people.is_present(handle) {
                whom.push(Named { handle: handle.clone(), is_answered: answered == Some(handle) });
            }
        }
        if !whom.is_empty() {
            self.out.push(Out::Absent(Mention { message: message.id.clone(), author: said.account, whom }));
        }
    }

    /// Those of these messages that name or answer somebody.
    pub(super) fn calling(&self, messages: &[String]) -> Vec<String> {
        let calls = |id: &&String| {
            let said = self.history.find(id).map(|said| &said.message);
            said.is_some_and(|message| message.reply.is_some() || !message.mentions.is_empty())
        };
        messages.iter().filter(calls).cloned().collect()
    }
}
