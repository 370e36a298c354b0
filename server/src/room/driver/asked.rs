//! What a room is asked, as it is told the room.

use uuid::Uuid;

use super::Driver;
use crate::http::problem::Problem;
use crate::room::input::Input;
use crate::room::state::{Checked, Now};

impl Driver {
    /// Hands it to the room, unless it is to be kept and the journal has no room for that.
    pub(super) fn handle(&mut self, now: &Now, input: Input) {
        let room = &mut self.room;
        if let Some(asked) = input.kept_for()
            && !self.journal.has_room(room.on_their_way())
        {
            room.refuse(asked, Problem::busy(), Some(2_000));
            return;
        }
        match input {
            Input::Join { asked, facts, after } => room.join(now, asked, facts, after.as_ref()),
            Input::Leave(client) => room.leave(client, now),
            Input::Watch(asked, playing) => room.plays(asked, now, playing),
            Input::Say(asked, saying) => room.say(now, asked, Uuid::now_v7(), &saying),
            Input::React { asked, message, emoji, on } => room.react(asked, now, &message, &emoji, on),
            Input::Cheer(asked, emoji) => room.cheer(asked, now, &emoji),
            Input::Delete(asked, message) => room.delete(asked, now, &message),
            Input::TakeBack(asked, message) => room.take_back(asked, now, &message),
            Input::Pin(asked, message) => room.pin(asked, now, message),
            Input::ReadMessages(asked, before) => room.read_messages(asked, before),
            Input::ReadPresent(asked, after) => room.read_present(asked, after),
            Input::Silence { asked, subject, seconds, reason } => {
                let until = seconds.map(|seconds| now.at + i64::from(seconds) * 1_000);
                room.silence(asked, now, &subject, until, &reason);
            }
            Input::Forgive(asked, subject) => room.forgive(asked, now, &subject),
            Input::Review { asked, message, approve } => room.review(asked, now, &message, approve),
            Input::DiscardHeld(asked, messages) => room.discard_held(asked, now, messages),
            Input::Appoint { asked, subject, moderator, rights } => {
                room.appoint(asked, now, &subject, moderator, rights);
            }
            Input::Set(asked, change) => room.set(asked, now, &change),
            Input::Together(asked, together) => together.happen(room, asked, now),
            Input::AddFilter(asked, filter) => room.add_filter(asked, now, &filter),
            Input::RemoveFilter(asked, pattern) => room.remove_filter(asked, now, pattern),
            Input::Lifted(account, since) => room.lifted(account, since, now),
            Input::Checked(checked) => {
                let begun = checked.begun + self.ahead;
                room.checked(&Checked { begun, ..checked }, now);
            }
            Input::DeskChanged => room.desk_changed(),
            Input::SetsOff { raid, may_go } => room.sets_off(&raid, may_go, now),
            Input::Raided(raided) => room.raided(raided, now),
            Input::Private(private) => room.set_private(private, now),
            Input::Followed(account, since, followers) => room.followed(account, since, followers, now),
            Input::Previewed { message, preview } => room.previewed(&message, preview),
            Input::EmotesChanged => self.reading.begin(),
        }
    }
}
