//! What is known of the pages that messages link to. They are looked up elsewhere, once a message is shown.

use klieg_api::room::{Event, Preview};

use super::said::{Said, State};
use super::{Out, Record, Room};
use crate::database::millis;
use crate::room::text;

impl Room {
    /// Has the first page looked up that a message links to which is about to be shown. Not for strangers, unless a moderator
    /// has seen it: nobody is to walk in and have this server call on whomever they like.
    pub(super) fn look_up(&mut self, said: &Said, is_approved: bool) {
        // A page that only one person may know of is not told that somebody wrote its address down.
        if self.private
            || self.settings.no_previews
            || !(is_approved || self.is_known(said.account, millis(said.message.at)))
        {
            return;
        }
        if let Some(link) = text::first_link(&said.message.text) {
            let (account, message) = (said.account, said.message.id.clone());
            self.out.push(Out::LookUp { account, message, link: link.to_owned() });
        }
    }

    /// What a message links to has been looked up. It may be gone by now.
    pub fn previewed(&mut self, id: &str, preview: Preview) {
        let words = [Some(&preview.url), Some(&preview.title), preview.description.as_ref(), preview.site.as_ref()];
        let is_unwanted = words.into_iter().flatten().any(|words| self.filters.catches(words).is_some());
        if self.settings.no_previews || self.private || is_unwanted {
            return;
        }
        let shown = self.history.find_mut(id).filter(|said| said.state == State::Shown);
        let Some(said) = shown.filter(|said| said.message.preview.is_none()) else { return };
        said.message.preview = Some(preview.clone());
        self.keep(None, None, Record::Preview { message: id.to_owned(), preview: preview.clone() });
        self.event(Event::Preview { message: id.to_owned(), preview });
    }
}
