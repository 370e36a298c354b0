//! The channel's emotes: everybody is told which there are, and they may be written where nothing but emoji may.

use klieg_api::emotes::Emote;
use klieg_api::room::Event;

use super::Room;

impl Room {
    /// The channel has these emotes from now on.
    pub fn set_emotes(&mut self, emotes: Vec<Emote>) {
        if emotes == self.emotes {
            return;
        }
        self.emotes.clone_from(&emotes);
        self.event(Event::Emotes { emotes });
    }
}
