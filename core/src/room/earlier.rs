//! Reading back: what was said before what is shown, a page at a time, on demand.

use klieg_api::live::Command;

use super::{Asked, Link, Room};

/// Whether there is something to read back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Earlier {
    /// There may be: it can be asked for.
    More,
    /// It was asked for.
    Reading,
    /// It was asked for and not told.
    Refused,
    /// What is shown begins with the first that was ever said here and is not deleted.
    #[default]
    Begun,
    /// There is more than is kept here to look back at.
    Full,
}

impl Room {
    /// Asks for what was said before what is shown, if that may be something and is not asked for yet: what to send.
    pub fn read_earlier(&mut self) -> Vec<String> {
        if self.link != Link::Joined {
            return Vec::new();
        }
        let Some(before) = self.lines.begin_reading() else { return Vec::new() };
        self.revision += 1;
        let room = self.handle.clone();
        vec![self.ask(Command::ReadMessages { room, before }, Asked::Earlier)]
    }

    /// One looks back: more is kept than is usual, so that what is read or used does not go while others talk on.
    pub fn look_back(&mut self) {
        self.lines.look_back();
    }

    /// Nobody looks back any more: no more is kept than is usual.
    pub fn forget_earlier(&mut self) {
        self.revision += u64::from(self.lines.forget_earlier());
    }
}
