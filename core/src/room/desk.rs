//! What moderators read at the desk: who somebody is, who keeps order and who is silenced, what was done, appeals and reports.
//! While they look, what changes is read again.

use klieg_api::Handle;
use klieg_api::desk::{Act, Appeal, Card, Fate, Keeper, Removed, Report, Silence, Silenced, UnwrittenRights, Written};
use klieg_api::live::Command;
use klieg_api::room::{Message, Rights, Role, SettingsChange};

use super::{Asked, Link, Room};

/// Messages of one person to which what they go on saying is added; of more the oldest is forgotten, and can be read again.
const MOST_WRITTEN: usize = 2_000;

/// The people of a room that its moderators have to know of, as far as they were read.
#[derive(Debug, Default)]
pub struct People {
    pub moderators: Vec<Keeper>,
    pub silenced: Vec<Silenced>,
    /// There are more who are silenced, after the last of these.
    pub more: bool,
    /// The first page was read.
    is_read: bool,
    /// What holds, could not be written down yet, and is not what the desk says.
    unwritten: Vec<Change>,
}

/// What holds of somebody of whom the desk tells.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    /// They keep order with these rights, or not any more.
    Rights(Handle, Option<Rights>),
    /// They may not write.
    Silence(Silenced),
}

impl People {
    /// Takes in a page: the first, or the one after what is known.
    pub(super) fn take(
        &mut self,
        after: Option<&Handle>,
        moderators: Vec<Keeper>,
        silenced: Vec<Silenced>,
        more: bool,
    ) {
        if after.is_none() {
            // What was read of later pages stays, if there is anything after this one.
            let last = silenced.last().map(|last| last.who.clone());
            let mut later = std::mem::take(&mut self.silenced);
            later.retain(|known| {
                let is_later = last.as_ref().is_some_and(|last| known.who.as_str() > last.as_str());
                more && is_later && self.unwritten_silence(&known.who).is_none()
            });
            self.is_read = true;
            self.more = if later.is_empty() { more } else { self.more };
            self.moderators = moderators;
            self.silenced = silenced.into_iter().chain(later).collect();
        } else if self.silenced.last().map(|last| &last.who) == after {
            self.silenced.extend(silenced);
            self.more = more;
        }
        self.apply_unwritten();
    }

    fn apply_unwritten(&mut self) {
        for change in &self.unwritten {
            match change {
                Change::Rights(who, Some(rights)) => {
                    for keeper in self.moderators.iter_mut().filter(|keeper| keeper.who == *who) {
                        keeper.rights = *rights;
                    }
                }
                Change::Rights(who, None) => self.moderators.retain(|keeper| keeper.who != *who),
                Change::Silence(silenced) => {
                    let place = self.silenced.partition_point(|known| known.who.as_str() < silenced.who.as_str());
                    match self.silenced.get_mut(place) {
                        Some(known) if known.who == silenced.who => known.clone_from(silenced),
                        Some(_) => self.silenced.insert(place, silenced.clone()),
                        // They may stand on a page that was not read yet.
                        None if self.is_read && !self.more => self.silenced.push(silenced.clone()),
                        None => {}
                    }
                }
            }
        }
    }

    /// Takes in what is not written down, in place of what was not before. Of that, what is written is read next; until then it stands.
    fn take_unwritten(&mut self, rights: Vec<UnwrittenRights>, silenced: Vec<Silenced>) {
        let rights = rights.into_iter().map(|UnwrittenRights { who, rights }| Change::Rights(who, rights));
        self.unwritten = rights.chain(silenced.into_iter().map(Change::Silence)).collect();
        self.apply_unwritten();
    }

    /// What is not written down is told anew, if there is any.
    pub(super) fn forget_unwritten(&mut self) {
        self.unwritten.clear();
    }

    /// Whether what somebody may do is not written down yet.
    pub fn are_rights_unwritten(&self, who: &Handle) -> bool {
        self.unwritten.iter().any(|change| matches!(change, Change::Rights(of, _) if of == who))
    }

    /// Whether it is not written down yet that somebody may not write.
    pub fn is_silence_unwritten(&self, who: &Handle) -> bool {
        self.unwritten_silence(who).is_some()
    }

    /// Whether somebody keeps order no more, which the desk does not say yet.
    fn is_dismissed(&self, who: &Handle) -> bool {
        self.unwritten.iter().any(|change| matches!(change, Change::Rights(of, None) if of == who))
    }

    /// What keeps somebody from writing, which the desk does not say yet.
    fn unwritten_silence(&self, who: &Handle) -> Option<&Silence> {
        self.unwritten.iter().find_map(|change| match change {
            Change::Silence(silenced) if silenced.who == *who => Some(&silenced.silence),
            _ => None,
        })
    }
}

/// What one act of the log removed, as far as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Removal {
    pub act: i64,
    pub messages: Vec<Removed>,
    /// There are more after the last of these.
    pub more: bool,
}

/// What somebody wrote in the room, as far as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Writings {
    pub who: Handle,
    /// The latest first.
    pub messages: Vec<Written>,
    /// There are more before the last of these.
    pub more: bool,
}

/// What somebody changed about how a room is kept, if the log says that they did. None if it is too long for the log, or of a later
/// version.
pub fn changed_settings(act: &Act) -> Option<SettingsChange> {
    (act.action == "settings").then(|| serde_json::from_str(&act.detail).ok()).flatten()
}

/// The rights that somebody was made a moderator with, if the log says that they were, and not with all.
pub fn appointed_with(act: &Act) -> Option<Rights> {
    (act.action == "appoint").then(|| serde_json::from_str(&act.detail).ok()).flatten()
}

impl Room {
    /// Somebody who was looked at last.
    pub fn card(&self) -> Option<&Card> {
        self.card.as_ref()
    }

    pub(super) fn take_card(&mut self, mut card: Card) {
        if card.role == Role::Moderator && self.people.is_dismissed(&card.who) {
            card.role = Role::Viewer;
        }
        if let Some(file) = &mut card.file
            && let Some(silence) = self.people.unwritten_silence(&card.who)
        {
            file.silence = Some(silence.clone());
        }
        self.card = Some(card);
    }

    /// Takes in what of people holds and is not written down.
    pub(super) fn take_unwritten(&mut self, rights: Vec<UnwrittenRights>, silenced: Vec<Silenced>) {
        self.people.take_unwritten(rights, silenced);
        if let Some(card) = self.card.take() {
            self.take_card(card);
        }
    }

    /// What was done in the room, as far as it was read, the latest first; and whether there is more.
    pub fn log(&self) -> (&[Act], bool) {
        (&self.log, self.log_goes_on)
    }

    /// Appeals and reports as they were read last: for moderators those that are open, for others their own.
    pub fn desk(&self) -> (&[Appeal], &[Report]) {
        (&self.appeals, &self.reports)
    }

    /// Who keeps the room in order, and who is silenced, as it was read last.
    pub fn people(&self) -> &People {
        &self.people
    }

    /// What an act of the log removed that was asked for last.
    pub fn removed(&self) -> Option<&Removal> {
        self.removed.as_ref()
    }

    /// Takes in a page of it: the first, or the one after what is known.
    pub(super) fn take_removed(&mut self, act: i64, after: Option<&str>, messages: Vec<Removed>, more: bool) {
        match &mut self.removed {
            _ if after.is_none() => self.removed = Some(Removal { act, messages, more }),
            Some(known) if known.act == act && known.messages.last().map(|last| last.message.as_str()) == after => {
                known.messages.extend(messages);
                known.more = more;
            }
            _ => {}
        }
    }

    /// What somebody wrote whose messages were asked for last.
    pub fn writings(&self) -> Option<&Writings> {
        self.writings.as_ref()
    }

    /// Takes in a page of it: the first, or the one before what is known.
    pub(super) fn take_writings(&mut self, who: Handle, before: Option<&str>, messages: Vec<Written>, more: bool) {
        match &mut self.writings {
            _ if before.is_none() => self.writings = Some(Writings { who, messages, more }),
            Some(known) if known.who == who && known.messages.last().map(|last| last.message.as_str()) == before => {
                known.messages.extend(messages);
                known.more = more;
            }
            _ => {}
        }
    }

    /// Something more was said in the room, maybe by them.
    pub(super) fn written_more(&mut self, message: &Message) {
        if let Some(writings) = self.writings.as_mut().filter(|writings| writings.who == message.author.handle) {
            let (id, text) = (message.id.clone(), message.text.clone());
            // What a moderator approved stands there already.
            writings.messages.retain(|known| known.message != id);
            writings.messages.insert(0, Written { message: id, text, at: message.at, fate: Fate::Shown });
            if writings.messages.len() > MOST_WRITTEN {
                writings.messages.truncate(MOST_WRITTEN);
                writings.more = true;
            }
        }
    }

    /// Some of what they wrote is deleted.
    pub(super) fn written_deleted(&mut self, is_deleted: impl Fn(&Handle, &Written) -> bool) {
        if let Some(Writings { who, messages, .. }) = &mut self.writings {
            for written in messages.iter_mut().filter(|written| is_deleted(who, written)) {
                written.fate = Fate::Deleted;
            }
        }
    }

    /// Whether the desk is looked at: while it is, its people, the log, appeals and reports are read, and read again when they change. What
    /// to send.
    pub fn look_at_desk(&mut self, on: bool) -> Vec<String> {
        self.is_at_desk = on;
        self.read_desk(true)
    }

    /// Reads what there is at the desk; its people if they may have changed.
    pub(super) fn read_desk(&mut self, people: bool) -> Vec<String> {
        if !self.is_at_desk || self.link != Link::Joined || !self.you.role.moderates() {
            return Vec::new();
        }
        let room = || self.handle.clone();
        let mut commands = vec![Command::ReadDesk { room: room() }, Command::ReadLog { room: room(), before: None }];
        if people {
            commands.push(Command::ReadPeople { room: room(), after: None });
        }
        commands.into_iter().map(|command| self.ask(command, Asked::Again)).collect()
    }

    /// Takes in a page of the log, the latest act first; after it there may be more.
    pub(super) fn take_log(&mut self, mut acts: Vec<Act>, more: bool) {
        let known = self.log.first().zip(self.log.last()).map(|(first, last)| (first.id, last.id));
        let page = acts.first().zip(acts.last()).map(|(first, last)| (first.id, last.id));
        match (known, page) {
            // It goes on from what is known.
            (Some((_, known)), Some((next, _))) if next < known => self.log.extend(acts),
            // It begins with what is new, and reaches what is known, which has gone on already.
            (Some((known, _)), Some((_, last))) if last <= known => {
                acts.retain(|act| act.id > known);
                self.log.splice(..0, acts);
                return;
            }
            _ => self.log = acts,
        }
        self.log_goes_on = more;
    }

    /// Forgets what only moderators are told: whoever was one is none any more.
    pub(super) fn forget_desk(&mut self) {
        self.held.clear();
        self.filters.clear();
        self.log.clear();
        self.log_goes_on = false;
        self.appeals.clear();
        self.reports.clear();
        self.people = People::default();
        self.removed = None;
        self.writings = None;
        self.together.redemptions.clear();
        if let Some(card) = &mut self.card {
            card.file = None;
        }
    }
}
