//! The task that drives one room: takes requests in, hands frames to connections, records to the journal.
//!
//! What is sent to everybody is gathered for a moment, so that when much is said one write carries several messages. A large
//! room is served in pieces, so that others get their turn.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use klieg_api::room::{Moment, Position, SettingsChange};
use klieg_media::authority;
use klieg_media::hub::Hub;
use time::OffsetDateTime;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::journal::{Entry, Journal};
use super::state::{Asked, Facts, Now, Out, Question, Room, Saying, Subject, Ticket};
use crate::database::{millis, now};
use crate::http::problem::Problem;
use crate::socket::{ClientId, Outbox};

/// Requests that may wait for a room.
const QUEUE: usize = 4_096;
/// Requests handled before frames go out.
const BURST: usize = 256;
/// Once frames have gone out, the next are gathered for so long.
const GATHER: Duration = Duration::from_millis(25);
/// Connections served before others get their turn.
const PIECE: usize = 128;
/// A room that nobody is in is closed after so long.
const LINGER: Duration = Duration::from_mins(1);

/// What a room is asked.
#[derive(Debug)]
pub enum Input {
    Join {
        asked: Asked,
        outbox: Arc<Outbox>,
        facts: Option<Facts>,
        after: Option<Position>,
    },
    Leave(ClientId),
    Say(Asked, Saying),
    React {
        asked: Asked,
        message: String,
        emoji: String,
        on: bool,
    },
    Cheer(Asked, String),
    Delete(Asked, String),
    Pin(Asked, Option<String>),
    Silence {
        asked: Asked,
        subject: Subject,
        seconds: Option<u32>,
        reason: String,
    },
    Forgive(Asked, Subject),
    Review {
        asked: Asked,
        message: String,
        approve: bool,
    },
    Appoint {
        asked: Asked,
        subject: Subject,
        moderator: bool,
    },
    Set(Asked, SettingsChange),
    StartPoll(Asked, Question),
    Vote {
        asked: Asked,
        poll: String,
        option: u32,
    },
    EndPoll(Asked, String),
    Followed(Uuid, Option<OffsetDateTime>),
    /// The channel is its creator's alone from now on.
    Private,
}

impl Input {
    /// Who waits for an answer, if what they ask has to be kept.
    fn kept_for(&self) -> Option<Asked> {
        match self {
            Self::Join { .. } | Self::Leave(_) | Self::Cheer(..) | Self::Followed(..) | Self::Private => None,
            Self::Say(asked, _)
            | Self::React { asked, .. }
            | Self::Delete(asked, _)
            | Self::Pin(asked, _)
            | Self::Silence { asked, .. }
            | Self::Forgive(asked, _)
            | Self::Review { asked, .. }
            | Self::Appoint { asked, .. }
            | Self::StartPoll(asked, _)
            | Self::Vote { asked, .. }
            | Self::EndPoll(asked, _)
            | Self::Set(asked, _) => Some(*asked),
        }
    }
}

/// The way into a room.
#[derive(Debug)]
pub struct Handle {
    inputs: mpsc::Sender<Input>,
    settled: mpsc::UnboundedSender<(Ticket, bool)>,
}

impl Handle {
    pub(super) fn new() -> (Arc<Self>, Inbox) {
        let (inputs, inbox) = mpsc::channel(QUEUE);
        // Bounded by the records that the journal may hold.
        let (settled, settlements) = mpsc::unbounded_channel();
        (Arc::new(Self { inputs, settled }), Inbox { inputs: inbox, settled: settlements })
    }

    /// Asks the room; waits while it has too much to do. Whether it is there.
    pub async fn ask(&self, input: Input) -> bool {
        self.inputs.send(input).await.is_ok()
    }

    /// Asks the room unless it has too much to do. Whether it was asked.
    pub fn try_ask(&self, input: Input) -> bool {
        self.inputs.try_send(input).is_ok()
    }

    pub(super) fn settled(&self, ticket: Ticket, kept: bool) {
        // A room that is gone has nobody who waits.
        let _ = self.settled.send((ticket, kept));
    }
}

pub(super) struct Inbox {
    inputs: mpsc::Receiver<Input>,
    settled: mpsc::UnboundedReceiver<(Ticket, bool)>,
}

/// Drives a room until nobody has been in it for a while and `close` agrees that nobody is coming.
pub(super) struct Driver {
    pub(super) room: Room,
    pub(super) channel: Uuid,
    pub(super) stream: authority::Handle,
    pub(super) hub: Arc<Hub>,
    pub(super) journal: Journal,
    pub(super) handle: Arc<Handle>,
    pub(super) stop: CancellationToken,
}

/// Who gets what is sent to everybody.
#[derive(Default)]
struct Audience {
    outboxes: Vec<(ClientId, Arc<Outbox>)>,
    places: HashMap<ClientId, usize>,
    /// Connections that are joining.
    coming: HashMap<ClientId, Arc<Outbox>>,
    /// What has been gathered for all.
    gathered: BytesMut,
}

impl Driver {
    pub(super) async fn run(mut self, mut inbox: Inbox, close: impl Fn() -> bool) {
        let mut audience = Audience::default();
        let mut inputs = Vec::with_capacity(BURST);
        let (mut flush_at, mut tick_at) = (Instant::now(), Instant::now());
        let mut empty_since = Instant::now();
        loop {
            let flush_due = (!audience.gathered.is_empty()).then_some(flush_at);
            let linger = self.room.is_empty().then_some(empty_since + LINGER);
            let wake = [flush_due, Some(tick_at), linger].into_iter().flatten().min().unwrap_or(tick_at);
            tokio::select! {
                received = inbox.inputs.recv_many(&mut inputs, BURST) => if received == 0 { return },
                Some((ticket, kept)) = inbox.settled.recv() => self.settle(ticket, kept),
                () = sleep_until(wake) => {}
                () = self.stop.cancelled() => return,
            }
            while let Ok((ticket, kept)) = inbox.settled.try_recv() {
                self.settle(ticket, kept);
            }
            let now = self.now();
            for input in inputs.drain(..) {
                self.handle(&now, input, &mut audience);
                self.carry_out(&mut audience).await;
            }
            let next = self.room.tick(&now);
            let wait = next.map_or(LINGER, |at| Duration::from_millis(at.saturating_sub(now.at).max(1).unsigned_abs()));
            tick_at = Instant::now() + wait.min(LINGER);
            self.carry_out(&mut audience).await;
            if !audience.gathered.is_empty() && Instant::now() >= flush_at {
                audience.flush().await;
                flush_at = Instant::now() + GATHER;
            }
            if !self.room.is_empty() {
                empty_since = Instant::now();
            } else if empty_since.elapsed() >= LINGER && inbox.inputs.is_empty() && close() {
                return;
            }
        }
    }

    fn settle(&mut self, ticket: Ticket, kept: bool) {
        if kept {
            self.room.kept(ticket);
        } else {
            self.room.lost(ticket);
        }
    }

    /// The time, and where on its timeline the broadcast is that is on.
    fn now(&self) -> Now {
        let stream = self.hub.stream(&self.stream);
        let on =
            stream.map(|stream| Moment { broadcast_id: stream.id.to_string(), at_ms: stream.age().as_millis() as u64 });
        Now { at: millis(now()), on }
    }

    fn handle(&mut self, now: &Now, input: Input, audience: &mut Audience) {
        let room = &mut self.room;
        if let Some(asked) = input.kept_for()
            && !self.journal.has_room()
        {
            room.refuse(asked, Problem::busy(), Some(2_000));
            return;
        }
        match input {
            Input::Join { asked, outbox, facts, after } => {
                audience.coming.insert(asked.client, outbox);
                room.join(now, asked, facts, after.as_ref());
            }
            Input::Leave(client) => room.leave(client, now),
            Input::Say(asked, saying) => room.say(now, asked, Uuid::now_v7(), &saying),
            Input::React { asked, message, emoji, on } => room.react(asked, now, &message, &emoji, on),
            Input::Cheer(asked, emoji) => room.cheer(asked, now, &emoji),
            Input::Delete(asked, message) => room.delete(asked, now, &message),
            Input::Pin(asked, message) => room.pin(asked, now, message),
            Input::Silence { asked, subject, seconds, reason } => {
                let until = seconds.map(|seconds| now.at + i64::from(seconds) * 1_000);
                room.silence(asked, now, &subject, until, &reason);
            }
            Input::Forgive(asked, subject) => room.forgive(asked, now, &subject),
            Input::Review { asked, message, approve } => room.review(asked, now, &message, approve),
            Input::Appoint { asked, subject, moderator } => room.appoint(asked, now, &subject, moderator),
            Input::Set(asked, change) => room.set(asked, now, &change),
            Input::StartPoll(asked, question) => room.start_poll(asked, now, Uuid::now_v7(), &question),
            Input::Vote { asked, poll, option } => room.vote(asked, now, &poll, option),
            Input::EndPoll(asked, poll) => room.end_poll(asked, now, &poll),
            Input::Private => room.make_private(now),
            Input::Followed(account, since) => room.followed(account, since, now),
        }
    }

    async fn carry_out(&mut self, audience: &mut Audience) {
        let mut lost = Vec::new();
        for out in self.room.take() {
            match out {
                Out::All(frame) => audience.gathered.extend_from_slice(&frame),
                Out::One(client, frames) => {
                    if let Some(outbox) = audience.find(client) {
                        outbox.put(&frames);
                    }
                }
                Out::Enter(client) => {
                    // What was gathered is in the snapshot that it got.
                    audience.flush().await;
                    audience.enter(client);
                }
                Out::Exit(client) => audience.exit(client),
                Out::Close(client, closing) => {
                    if let Some(outbox) = audience.coming.get(&client) {
                        outbox.close(closing);
                    }
                }
                Out::Keep(ticket, record) => {
                    let entry = Entry { channel: self.channel, ticket, record, room: self.handle.clone() };
                    if !self.journal.keep(entry) {
                        lost.push(ticket);
                    }
                }
            }
        }
        audience.coming.clear();
        for ticket in lost {
            self.room.lost(ticket);
        }
    }
}

impl Audience {
    fn find(&self, client: ClientId) -> Option<&Arc<Outbox>> {
        let here = self.places.get(&client).and_then(|place| self.outboxes.get(*place)).map(|(_, outbox)| outbox);
        here.or_else(|| self.coming.get(&client))
    }

    fn enter(&mut self, client: ClientId) {
        if let Some(outbox) = self.coming.get(&client) {
            self.places.insert(client, self.outboxes.len());
            self.outboxes.push((client, outbox.clone()));
        }
    }

    fn exit(&mut self, client: ClientId) {
        let Some(place) = self.places.remove(&client) else { return };
        let (_, outbox) = self.outboxes.swap_remove(place);
        if let Some((moved, _)) = self.outboxes.get(place) {
            self.places.insert(*moved, place);
        }
        // It may still be told why.
        self.coming.insert(client, outbox);
    }

    /// Sends what was gathered to everybody.
    async fn flush(&mut self) {
        if self.gathered.is_empty() {
            return;
        }
        let frames: Bytes = self.gathered.split().freeze();
        for piece in self.outboxes.chunks(PIECE) {
            for (_, outbox) in piece {
                outbox.put(&frames);
            }
            if piece.len() == PIECE {
                tokio::task::yield_now().await;
            }
        }
        metrics::counter!("klieg_room_writes_total").increment(self.outboxes.len() as u64);
    }
}
