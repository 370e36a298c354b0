//! A client's side of a room: what is shown, what is on its way, how a lost connection is taken up again.
//!
//! Says what to send as text for the WebSocket, and takes in what comes. A connection that is lost is opened anew after a
//! growing wait, and the room joined after the last offset: nothing is shown twice, nothing is left out. What was said and
//! not answered is said again under the same nonce, which the server takes for the same message.
//!
//! What others say may be shown later than it comes, in step with a picture that is behind.

mod aside;
mod asking;
mod connection;
mod desk;
mod earlier;
pub mod emotes;
mod later;
mod lines;
pub mod mentions;
mod picture;
mod present;
mod receiving;
mod sampling;
mod segments;
mod sending;
mod silence;
pub mod slash;
#[cfg(test)]
mod tests;
mod timeline;
mod together;

use std::collections::HashMap;
use std::mem::take;
use std::sync::Arc;

use klieg_api::desk::{Act, Appeal, Card, OwnSilence, Report};
use klieg_api::emotes::Emote;
use klieg_api::live::Command;
use klieg_api::raids::Raid;
use klieg_api::room::{Cheer, Filter, Message, OwnReaction, Position, Settings, You};
use klieg_api::{Handle, Problem};
use time::OffsetDateTime;

use crate::backoff::Backoff;
use crate::notifications::News;
use asking::{Asked, Asking, said_here};
pub use desk::{People, Removal, Writings, appointed_with, changed_settings};
pub use earlier::Earlier;
use later::Later;
pub use lines::Lines;
use picture::{Late, Purse};
pub use present::{Present, Reading};
pub use segments::{Segment, is_large, segments};
pub use sending::{Outgoing, Progress};
use timeline::Timeline;
pub use together::Together;

/// Emoji over the picture that wait to be shown; more at once nobody would see.
const MOST_CHEERS: usize = 40;

/// How the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Being opened, for the first time or again.
    Connecting,
    /// In the room.
    Joined,
    /// Lost; to be opened again at that time.
    Waiting { until: u64 },
    /// Over: for good, unless one was put out and may be let in again.
    Over(Ended),
}

/// Why a room is over for this client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The session ended: log in again.
    LoggedOut,
    Banned,
    /// The channel is its creator's alone now. It is looked now and then whether it still is.
    Private,
    /// There is no such room, or not for this client.
    Refused,
    /// The server does not understand this version.
    Incompatible,
}

/// A message that waits for a moderator, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    pub message: Message,
    pub reason: String,
}

/// A room as one client sees it.
#[derive(Debug)]
pub struct Room {
    handle: Handle,
    link: Link,
    backoff: Backoff,
    /// When whoever was put out connects again.
    again: u64,
    position: Option<Position>,
    settings: Settings,
    you: You,
    pinned: Option<Message>,
    together: Together,
    emotes: Arc<[Emote]>,
    present: u64,
    /// Who is here, while that is looked at.
    here: Option<Present>,
    lines: Lines,
    /// What happened besides messages and is not seen in the picture yet.
    later: Later<Late>,
    purse: Option<Purse>,
    timeline: Timeline,
    held: Vec<Held>,
    filters: Vec<Filter>,
    sending: sending::Sending,
    asking: Asking,
    /// The time as it was told last.
    clock: u64,
    /// When the server was last heard, while there is a connection.
    heard: u64,
    /// The server's time as it was told last, and when that was.
    told_at: Option<(OffsetDateTime, u64)>,
    cheers: Vec<Cheer>,
    /// The show plays here.
    plays: bool,
    /// Emoji that this client's owner put to messages, by message.
    reacted: HashMap<String, Vec<String>>,
    /// What keeps this client's owner from writing, as it was read last, and when that is read again.
    silence: Option<OwnSilence>,
    look_at: Option<u64>,
    /// How often it was looked for in vain.
    looked: u32,
    card: Option<Card>,
    /// The desk is looked at.
    is_at_desk: bool,
    log: Vec<Act>,
    log_goes_on: bool,
    appeals: Vec<Appeal>,
    reports: Vec<Report>,
    people: People,
    removed: Option<Removal>,
    writings: Option<Writings>,
    trouble: Option<Problem>,
    news: Vec<News>,
    revision: u64,
}

impl Room {
    /// A room that is not joined yet. `seed` is different for each room that any client makes: nonces begin with it, and when it comes
    /// back after a lost connection depends on it.
    pub fn new(handle: Handle, seed: &str) -> Self {
        Self {
            handle,
            link: Link::Connecting,
            backoff: connection::backoff(seed),
            again: 0,
            position: None,
            settings: Settings::default(),
            you: You::default(),
            pinned: None,
            together: Together::default(),
            emotes: Arc::default(),
            present: 0,
            here: None,
            lines: Lines::default(),
            later: Later::default(),
            purse: None,
            timeline: Timeline::default(),
            held: Vec::new(),
            filters: Vec::new(),
            sending: sending::Sending::new(seed),
            asking: Asking::default(),
            clock: 0,
            heard: 0,
            told_at: None,
            cheers: Vec::new(),
            plays: false,
            reacted: HashMap::new(),
            silence: None,
            look_at: None,
            looked: 0,
            card: None,
            is_at_desk: false,
            log: Vec::new(),
            log_goes_on: false,
            appeals: Vec::new(),
            reports: Vec::new(),
            people: People::default(),
            removed: None,
            writings: None,
            trouble: None,
            news: Vec::new(),
            revision: 0,
        }
    }

    /// Another number when there is something else to draw.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    pub fn link(&self) -> Link {
        self.link
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn you(&self) -> &You {
        &self.you
    }

    pub fn pinned(&self) -> Option<&Message> {
        self.pinned.as_ref()
    }

    /// Polls, predictions, rewards, questions and raids.
    pub fn together(&self) -> &Together {
        &self.together
    }

    /// The channel's emotes. They are the same [`Arc`] until they change.
    pub fn emotes(&self) -> &Arc<[Emote]> {
        &self.emotes
    }

    /// The raid that goes now. Said once.
    pub fn take_going(&mut self) -> Option<Raid> {
        self.together.going.take()
    }

    /// People in the room.
    pub fn present(&self) -> u64 {
        self.present
    }

    pub fn lines(&self) -> &Lines {
        &self.lines
    }

    /// What waits for a moderator; only moderators are told.
    pub fn held(&self) -> &[Held] {
        &self.held
    }

    /// What the room does not want said; only moderators are told.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// What this client says and everybody does not see yet, oldest first.
    pub fn outgoing(&self) -> &[Outgoing] {
        self.sending.outgoing()
    }

    /// The emoji that this client's owner has put to a message, as far as it is known.
    pub fn reacted(&self, message: &str) -> &[String] {
        self.reacted.get(message).map_or(&[], Vec::as_slice)
    }

    fn take_own(&mut self, OwnReaction { message, emoji, on }: OwnReaction) {
        let mut own = self.reacted.remove(&message).unwrap_or_default();
        own.retain(|known| *known != emoji);
        if on {
            own.push(emoji);
        }
        self.set_own(message, own);
    }

    /// Most messages have none: nothing is remembered of these.
    fn set_own(&mut self, message: String, own: Vec<String>) {
        if own.is_empty() {
            self.reacted.remove(&message);
        } else {
            self.reacted.insert(message, own);
        }
    }

    /// Emoji sent over the picture since this was last asked.
    pub fn take_cheers(&mut self) -> Vec<Cheer> {
        take(&mut self.cheers)
    }

    /// Whether the show plays here: what to send. Who watches earns points; who has none to earn says nothing of it.
    pub fn set_playing(&mut self, plays: bool) -> Vec<String> {
        if std::mem::replace(&mut self.plays, plays) == plays { Vec::new() } else { self.tell_playing() }
    }

    fn tell_playing(&mut self) -> Vec<String> {
        if self.link != Link::Joined || self.you.points.is_none() {
            return Vec::new();
        }
        let watch = Command::Watch { room: self.handle.clone(), playing: self.plays };
        vec![self.ask(watch, Asked::Again)]
    }

    /// What the connection brought of notifications, which belong to no room, since this was last asked.
    pub fn take_news(&mut self) -> Vec<News> {
        take(&mut self.news)
    }

    /// Why the last request that was no message was refused, until something else is asked or said.
    pub fn trouble(&self) -> Option<&Problem> {
        self.trouble.as_ref()
    }

    /// Shows what others say and do so many milliseconds after its moment, to be in step with a picture that is as far behind.
    pub fn set_delay(&mut self, millis: u64) {
        self.lines.set_delay(millis);
        self.later.set_delay(millis);
    }

    /// In huge rooms shows as much of what others say as can be read, or everything, then also what was left out until now. `me` is whose
    /// client this is: the room's creator and who moderates are shown everything in any case.
    pub fn set_sampling(&mut self, on: bool, me: Option<&Handle>) {
        let is_creator = me == Some(&self.handle);
        self.revision += u64::from(self.lines.set_sampling(on && !is_creator, me));
    }

    fn set_emotes(&mut self, emotes: Vec<Emote>) {
        if *self.emotes != *emotes {
            self.emotes = emotes.into();
        }
    }

    /// Shows what is due. Returns when more is.
    pub fn tick(&mut self, now: u64) -> Option<u64> {
        self.clock = now;
        let before = self.lines.count();
        let next = self.lines.tick(now);
        self.revision += u64::from(self.lines.count() != before);
        while let Some(late) = self.later.take_due(now) {
            self.revision += 1;
            self.seen(now, late);
        }
        [next, self.later.due_at()].into_iter().flatten().min()
    }

    /// Whether so much is on its way that nothing can be said now.
    pub fn is_full(&self) -> bool {
        self.sending.is_full()
    }

    /// Says something: what to send, if the room is joined; else it is sent when it is. Nothing, and [`trouble`](Self::trouble), if the
    /// room [is full](Self::is_full) of what this client says.
    pub fn say(&mut self, text: String, reply: Option<&Message>, announcement: bool) -> Vec<String> {
        self.trouble = self.is_full().then(|| {
            said_here("too-many-waiting", "Too much of yours waits to be sent. Wait until it is, then send this.")
        });
        self.sending.add(text, reply, announcement);
        self.send_waiting()
    }

    /// Takes back what waits for a moderator or for its time: what to send. It is not shown as waiting once that is done.
    pub fn withdraw(&mut self, nonce: &str) -> Vec<String> {
        let Some(message) = self.sending.kept_as(nonce) else { return Vec::new() };
        let delete = Command::Delete { room: self.handle.clone(), message };
        self.request(delete).map(|(_, text)| text).into_iter().collect()
    }

    /// Takes back what was refused, or was discarded, to be written differently.
    pub fn take_back(&mut self, nonce: &str) -> Option<Outgoing> {
        self.sending.take_back(nonce)
    }

    /// Sends again what was refused.
    pub fn repeat(&mut self, nonce: &str) -> Vec<String> {
        self.sending.repeat(nonce);
        self.send_waiting()
    }
}
