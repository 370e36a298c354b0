//! The task that drives one room: takes requests in, hands frames to connections, records to the journal.
//!
//! Where several servers share the room, this one is its home: the others' connections take part through [`Links`].

mod asked;

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use klieg_api::room::Moment;
use klieg_media::authority;
use klieg_media::hub::Hub;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::Rooms;
use super::audience::Audience;
use super::input::{Coming, Inbox, Input};
use super::journal::{Entry, Journal, Outcome};
use super::links::{BEAT, Links};
use super::previews::Asker;
use super::reading::{Found, Reading};
use super::state::{Now, Out, Room, Ticket};
use super::wire::Parcel;
use crate::alerts::Teller;
use crate::bus;
use crate::cluster::Cluster;
use crate::database::{millis, now};
use crate::socket::ClientId;

/// Requests handled before frames go out.
pub(super) const BURST: usize = 256;
/// Once frames have gone to the other servers, the next are gathered for so long.
const GATHER: Duration = Duration::from_millis(15);
/// What the journal had no room for is looked at again after so long.
const AGAIN: Duration = Duration::from_millis(30);
/// A room that nobody is in is closed after so long.
pub(super) const LINGER: Duration = Duration::from_mins(1);

/// Drives a room until nobody has been in it for a while and nobody is coming.
pub(super) struct Driver {
    pub(super) room: Room,
    pub(super) channel: Uuid,
    pub(super) stream: authority::Handle,
    pub(super) hub: Arc<Hub>,
    pub(super) journal: Journal,
    pub(super) teller: Teller,
    pub(super) stop: CancellationToken,
    pub(super) reading: Reading,
    /// If other servers share it.
    pub(super) home: Option<Home>,
    /// Milliseconds by which the room's time is ahead of this server's.
    pub(super) ahead: i64,
}

/// That this server keeps the room for others as well.
pub(super) struct Home {
    pub(super) cluster: Arc<Cluster>,
    pub(super) generation: i64,
    pub(super) links: Links,
}

/// What runs while a room is driven.
struct Course {
    audience: Audience,
    /// What has been gathered for the other servers.
    abroad: BytesMut,
    /// Another server keeps the room now.
    replaced: bool,
    settled: mpsc::UnboundedSender<(Ticket, Outcome)>,
    finds: mpsc::UnboundedSender<Found>,
    rooms: Weak<Rooms>,
    /// Where the broadcast is, as another server said at that time.
    elsewhere: Option<(Moment, Instant)>,
}

/// For so long it is believed.
const BELIEVED: Duration = Duration::from_secs(BEAT.as_secs() * 3);

impl Course {
    fn elsewhere(&self) -> Option<Moment> {
        let (moment, at) = self.elsewhere.as_ref()?;
        let since = at.elapsed();
        let at_ms = moment.at_ms + since.as_millis() as u64;
        (since < BELIEVED).then(|| Moment { broadcast_id: moment.broadcast_id.clone(), at_ms })
    }
}

impl Driver {
    pub(super) async fn run(mut self, mut inbox: Inbox, rooms: Weak<Rooms>) {
        // Bounded by the records that the journal may hold.
        let (settled, mut settlements) = mpsc::unbounded_channel();
        // By what the room lets be looked up at once, and by how fast moderators, who pass that bound, may ask.
        let (finds, mut found) = mpsc::unbounded_channel();
        let mut course = Course {
            audience: Audience::default(),
            abroad: BytesMut::new(),
            replaced: false,
            settled,
            finds,
            rooms: rooms.clone(),
            elsewhere: None,
        };
        let mut inputs = Vec::with_capacity(BURST);
        // They may have changed after the room was made of what is kept and before it could be told.
        self.reading.begin();
        let start = Instant::now();
        let (mut abroad_at, mut tick_at, mut beat_at, mut empty_since) = (start, start, start, start);
        while !course.replaced {
            let abroad_due = (!course.abroad.is_empty()).then_some(abroad_at);
            let linger = self.room.is_empty().then_some(empty_since + LINGER);
            let beat_due = self.home.is_some().then_some(beat_at);
            let wake =
                [course.audience.due(), abroad_due, linger, beat_due].into_iter().flatten().fold(tick_at, Instant::min);
            let mut letter = None;
            tokio::select! {
                received = inbox.recv_many(&mut inputs, BURST) => if received == 0 { break },
                Some((ticket, outcome)) = settlements.recv() => self.settle(ticket, outcome, &mut course),
                Some(found) = found.recv() => {
                    let now = self.now(course.elsewhere());
                    match found {
                        Found::Message(found) => {
                            let (find, said) = *found;
                            self.room.found(find, said, &now);
                        }
                        Found::Before(asked, recalled) => self.room.recalled(asked, recalled),
                    }
                }
                received = bus::next_of(self.home.as_mut().map(|home| home.links.letters())) => letter = Some(received),
                emotes = self.reading.next() => self.room.set_emotes(emotes),
                () = sleep_until(wake) => {}
                () = self.stop.cancelled() => return self.end(),
            }
            while let Ok((ticket, outcome)) = settlements.try_recv() {
                self.settle(ticket, outcome, &mut course);
            }
            for coming in inputs.drain(..) {
                self.take(coming, &mut course).await;
            }
            self.read(letter, &mut course).await;
            if self.home.is_some() && Instant::now() >= beat_at {
                beat_at = Instant::now() + BEAT;
                self.beat(&mut course);
            }
            let now = self.now(course.elsewhere());
            let next = self.room.tick(&now);
            let wait = next.map_or(LINGER, |at| Duration::from_millis(at.saturating_sub(now.at).max(1).unsigned_abs()));
            tick_at = Instant::now() + wait.min(LINGER);
            if !self.carry_out(&mut course).await {
                // What follows from that is carried out soon.
                tick_at = tick_at.min(Instant::now() + AGAIN);
            }
            if Instant::now() >= abroad_at && !course.abroad.is_empty() {
                self.send_abroad(&mut course);
                abroad_at = Instant::now() + GATHER;
            }
            self.send_out();
            course.audience.send_due().await;
            if !self.room.is_empty() {
                empty_since = Instant::now();
            } else if empty_since.elapsed() >= LINGER {
                if inbox.is_empty() && rooms.upgrade().is_none_or(|rooms| rooms.close(self.channel)) {
                    break;
                }
                // Somebody still has a way in.
                empty_since = Instant::now();
            }
        }
        if course.replaced {
            if let Some(rooms) = rooms.upgrade() {
                rooms.forget(self.channel);
            }
            self.end();
            course.audience.send_away(inbox).await;
            return;
        }
        self.end();
    }

    /// The room is not kept here any more.
    fn end(&mut self) {
        let records = self.room.owes();
        if records > 0 {
            let channel = self.channel;
            tracing::error!(%channel, records, "what moderators did last is not written down, and they have to do it again");
        }
        self.tell_all(&Parcel::Over);
        self.send_out();
    }

    fn settle(&mut self, ticket: Ticket, outcome: Outcome, course: &mut Course) {
        let now = self.now(course.elsewhere());
        match outcome {
            Outcome::Kept => self.room.kept(ticket, &now),
            Outcome::Removed(messages) => self.room.removed(ticket, messages, &now),
            Outcome::Lost => self.room.lost(ticket, &now),
            Outcome::Refused => self.room.refused(ticket, &now),
            Outcome::Known(known) => self.room.known(ticket, known, &now),
            Outcome::Replaced => course.replaced = true,
        }
    }

    /// The time, and where on its timeline the broadcast is that is on: here, or else where the request came from.
    fn now(&mut self, elsewhere: Option<Moment>) -> Now {
        let on = moment_on(&self.hub, &self.stream).or(elsewhere);
        self.room.set_moment(on.clone());
        Now { at: millis(now()) + self.ahead, on }
    }

    async fn take(&mut self, (input, outbox): Coming, course: &mut Course) {
        if let (Input::Join { asked, .. }, Some(outbox)) = (&input, outbox) {
            course.audience.comes(asked.client, outbox);
        }
        let left = if let Input::Leave(client) = input { Some(client) } else { None };
        let now = self.now(course.elsewhere());
        self.handle(&now, input);
        self.carry_out(course).await;
        if let Some(client) = left {
            course.audience.gone(client);
        }
    }

    /// Does what other servers' connections ask, the given letter first: about as much as of this server's own.
    async fn read(&mut self, mut letter: Option<Bytes>, course: &mut Course) {
        let mut handled = 0;
        while handled < BURST {
            let Some(home) = &mut self.home else { return };
            let Some(bytes) = letter.take().or_else(|| home.links.letters().try_next()) else { return };
            let heard = home.links.read(&bytes, Instant::now());
            handled += heard.inputs.len().max(1);
            if let Some(on) = heard.on.clone() {
                course.elsewhere = Some((on, Instant::now()));
            }
            self.leave(heard.gone, course);
            let now = self.now(heard.on.or_else(|| course.elsewhere()));
            for input in heard.inputs {
                self.handle(&now, input);
                self.carry_out(course).await;
            }
            self.carry_out(course).await;
        }
    }

    fn beat(&mut self, course: &mut Course) {
        let Some(home) = &mut self.home else { return };
        if home.cluster.is_alive() {
            let gone = home.links.beat(Instant::now());
            self.leave(gone, course);
        } else {
            tracing::warn!(channel = %self.channel, "gives a room up: others may have taken it over");
            course.replaced = true;
        }
    }

    fn leave(&mut self, clients: Vec<ClientId>, course: &Course) {
        let now = self.now(course.elsewhere());
        for client in clients {
            self.room.leave(client, &now);
        }
    }

    /// Whether the journal had room for all that is to be kept.
    async fn carry_out(&mut self, course: &mut Course) -> bool {
        let mut lost = Vec::new();
        for out in self.room.take() {
            match out {
                Out::All(frame) => {
                    course.audience.gather(&frame);
                    if self.home.is_some() {
                        course.abroad.extend_from_slice(&frame);
                    }
                }
                Out::One(client, frames) => match course.audience.find(client) {
                    Some(outbox) => outbox.put(&frames),
                    None => self.tell(client, &Parcel::One(client, frames)),
                },
                Out::Flush(client) => {
                    course.audience.flush(client).await;
                    self.send_abroad(course);
                    self.tell(client, &Parcel::Flush(client));
                }
                Out::Snapshot(client, snapshot) => match (course.audience.find(client), &mut self.home) {
                    (Some(outbox), _) => outbox.put(&snapshot),
                    (None, Some(home)) => home.links.show(client, snapshot),
                    (None, None) => {}
                },
                Out::Enter(client) => {
                    // What was gathered is in the snapshot that it got.
                    course.audience.enter(client).await;
                    self.send_abroad(course);
                    self.tell(client, &Parcel::Enter(client));
                }
                Out::Exit(client) => {
                    course.audience.exit(client);
                    self.tell(client, &Parcel::Exit(client));
                }
                Out::Close(client, closing) => match course.audience.find(client) {
                    Some(outbox) => outbox.put_out(closing),
                    None => self.tell(client, &Parcel::Close(client, closing)),
                },
                Out::Find(find) => self.reading.find(find, course.finds.clone()),
                Out::SetOff { raid, to, raider } => {
                    if let Some(rooms) = course.rooms.upgrade() {
                        let channel = self.channel;
                        tokio::spawn(async move {
                            let may_go = rooms.takes_raid(&to, raider).await.is_ok();
                            rooms.tell(channel, Input::SetsOff { raid, may_go }).await;
                        });
                    }
                }
                Out::Raid { to, raided } => {
                    if let Some(rooms) = course.rooms.upgrade() {
                        // That room may be busy; this one does not wait for it.
                        tokio::spawn(async move { rooms.tell(to, Input::Raided(raided)).await });
                    }
                }
                Out::LookUp { account, message, link } => {
                    if let Some(rooms) = course.rooms.upgrade() {
                        rooms.look_up(Asker { room: self.channel, account }, message, link);
                    }
                }
                Out::Recall(asked, before) => self.reading.recall(asked, before, course.finds.clone()),
                Out::Absent(mention) => self.teller.named(mention),
                Out::Withdrawn(messages) => self.teller.withdrawn(messages),
                Out::Keep(ticket, record) => {
                    let generation = self.home.as_ref().map(|home| home.generation);
                    let (channel, settled) = (self.channel, course.settled.clone());
                    if !self.journal.keep(Entry { channel, generation, ticket, record, settled }) {
                        lost.push(ticket);
                    }
                }
            }
        }
        let now = self.now(course.elsewhere());
        let had_room = lost.is_empty();
        for ticket in lost {
            self.room.lost(ticket, &now);
        }
        had_room
    }

    /// Sends the other servers what was gathered for them.
    fn send_abroad(&mut self, course: &mut Course) {
        if !course.abroad.is_empty() {
            self.tell_all(&Parcel::All(course.abroad.split().freeze()));
        }
    }

    fn tell(&mut self, client: ClientId, parcel: &Parcel) {
        if let Some(home) = &mut self.home {
            home.links.tell(client, parcel);
        }
    }

    fn tell_all(&mut self, parcel: &Parcel) {
        if let Some(home) = &mut self.home {
            home.links.send_all(parcel);
        }
    }

    /// Sends other servers what they have been told.
    fn send_out(&mut self) {
        if let Some(home) = &mut self.home {
            home.links.flush();
        }
    }
}

/// Where a channel's broadcast is, if this server has it.
pub(super) fn moment_on(hub: &Hub, stream: &authority::Handle) -> Option<Moment> {
    let stream = hub.stream(stream)?;
    Some(Moment { broadcast_id: stream.id.to_string(), at_ms: stream.age().as_millis() as u64 })
}
