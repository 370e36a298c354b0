//! One live connection: its task reads what the client asks, writes what could not be written at once, and notices when
//! the client is gone.
//!
//! An idle connection is this task, a socket and a place in its rooms: it owns no buffer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use klieg_api::Handle;
use klieg_api::live::Closing;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::frame::{self, Decoder, Incoming};
use super::outbox::Flushed;
use super::registry::Place;
use super::{Outbox, requests};
use crate::accounts::{Scopes, Session};
use crate::app::App;
use crate::room::{Input, RoomHandle};

/// A client from which nothing came for so long is asked whether it is there, ...
const PING_AFTER: Duration = Duration::from_secs(25);
/// ... and after so long is taken for gone.
const GONE_AFTER: Duration = Duration::from_mins(1);
/// How long a client that has to go may take to read what was begun and why it ends; who reads nothing would else keep
/// its place for ever.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long a client may take to close when it has been told everything.
const FAREWELL: Duration = Duration::from_secs(2);
/// Bytes read at a time.
const CHUNK: usize = 4 << 10;
/// Requests and pings that may come at once, and how many come back each second.
const BURST: f64 = 120.0;
const PER_SECOND: f64 = 30.0;
/// Requests that were refused for coming too fast, more than were let through since, before the connection is closed.
const PATIENCE: u32 = 500;

pub(super) struct Connection {
    pub(super) app: App,
    pub(super) outbox: Arc<Outbox>,
    pub(super) place: Place,
    pub(super) session: Option<Session>,
    /// What it is good for, if it goes by an API token; and when that ends.
    pub(super) scopes: Option<Scopes>,
    pub(super) ends_at: Option<Instant>,
    pub(super) rooms: Vec<(Handle, Arc<RoomHandle>)>,
    pace: Pace,
}

/// Serves a connection until it ends. `first` is what came along with the handshake.
pub(super) async fn run(app: App, stream: TcpStream, first: Bytes, place: Place) {
    let outbox = Arc::new(Outbox::new(stream));
    metrics::gauge!("klieg_live_connections").increment(1);
    let mut connection = Connection {
        app,
        outbox,
        place,
        session: None,
        scopes: None,
        ends_at: None,
        rooms: Vec::new(),
        pace: Pace::new(Instant::now()),
    };
    let mut decoder = Decoder::default();
    Box::pin(connection.take(&mut decoder, &first)).await;
    // Even if it is empty, the handshake's whole buffer is behind it.
    drop(first);
    connection.serve(&mut decoder).await;
    Box::pin(connection.end()).await;
    metrics::gauge!("klieg_live_connections").decrement(1);
}

impl Connection {
    async fn serve(&mut self, decoder: &mut Decoder) {
        let outbox = self.outbox.clone();
        let stop = self.place.registry().stop.clone();
        let (mut heard, mut asked) = (Instant::now(), false);
        let mut leaves_by = None;
        loop {
            let flushed = outbox.flush();
            if flushed == Flushed::Over {
                return;
            }
            if leaves_by.is_none() && outbox.is_closing() {
                leaves_by = Some(Instant::now() + LAST_WORDS);
                self.leave_rooms().await;
            }
            let due = heard + if asked { GONE_AFTER } else { PING_AFTER };
            let wake = leaves_by.unwrap_or_else(|| self.ends_at.map_or(due, |end| end.min(due)));
            tokio::select! {
                ready = outbox.stream.readable() => {
                    match ready.and_then(|()| read(&outbox)) {
                        Ok(bytes) if bytes.is_empty() => return,
                        Ok(bytes) => {
                            (heard, asked) = (Instant::now(), false);
                            // What a client says after it was told to go is not done any more.
                            if !outbox.is_closing() {
                                Box::pin(self.take(decoder, &bytes)).await;
                            }
                        }
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                        Err(_) => return,
                    }
                }
                () = outbox.wake.notified() => {}
                _ = outbox.stream.writable(), if flushed == Flushed::Partly => {}
                () = sleep_until(wake) => {
                    if leaves_by.is_some() {
                        return;
                    }
                    if self.ends_at.take_if(|end| *end <= Instant::now()).is_some() {
                        outbox.close(Closing::LoggedOut);
                    } else if asked {
                        outbox.close(Closing::Silent);
                    } else {
                        asked = true;
                        outbox.put(&frame::heartbeat());
                    }
                }
                () = stop.cancelled(), if !outbox.is_closing() => outbox.close(Closing::GoingAway),
            }
        }
    }

    /// Does what the client asks.
    async fn take(&mut self, decoder: &mut Decoder, bytes: &[u8]) {
        let mut all = Vec::new();
        let outcome = decoder.feed(bytes, |incoming| all.push(incoming));
        let mut ping = None;
        for incoming in all {
            match incoming {
                Incoming::Text(text) => requests::take(self, &text).await,
                // A ping costs as much as a request. Of those that came together the last is answered, which is for all
                // (RFC 6455, 5.5.3); one that comes too fast is not.
                Incoming::Ping(payload) if self.pace().is_ok() => ping = Some(payload),
                Incoming::Ping(_) | Incoming::Pong => {}
                Incoming::Close => self.outbox.close(Closing::Normal),
            }
            if self.outbox.is_closing() {
                return;
            }
        }
        if let Some(payload) = ping {
            self.outbox.put(&frame::pong(&payload));
        }
        if let Err(closing) = outcome {
            self.outbox.close(closing);
        }
    }

    /// What a request costs, or for how many milliseconds to wait. Too many are the end of the connection.
    pub(super) fn pace(&mut self) -> Result<(), u64> {
        let paced = self.pace.take(Instant::now());
        if paced.is_err() && self.pace.refused > PATIENCE {
            self.outbox.close(Closing::Flood);
        }
        paced
    }

    async fn leave_rooms(&mut self) {
        for (_, room) in self.rooms.drain(..) {
            room.ask(Input::Leave(self.place.client)).await;
        }
    }

    /// Leaves every room, and lets the client read the last it was told.
    async fn end(mut self) {
        if let Some(session) = self.session {
            self.place.registry().is_gone(self.place.client, session);
        }
        self.leave_rooms().await;
        let until_closed = async {
            while self.outbox.stream.readable().await.is_ok() {
                match read(&self.outbox) {
                    Ok(bytes) if bytes.is_empty() => return,
                    Err(error) if error.kind() != std::io::ErrorKind::WouldBlock => return,
                    Ok(_) | Err(_) => {}
                }
            }
        };
        if self.outbox.is_closing() && self.outbox.hang_up() {
            let _ = timeout(FAREWELL, until_closed).await;
        }
    }
}

/// What has come; empty at the end. The buffer lives only here: a connection that waits has none.
fn read(outbox: &Outbox) -> std::io::Result<Vec<u8>> {
    let mut chunk = [0; CHUNK];
    let read = outbox.stream.try_read(&mut chunk)?;
    Ok(chunk.get(..read).unwrap_or_default().to_vec())
}

/// How fast a client may ask.
struct Pace {
    left: f64,
    at: Instant,
    refused: u32,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { left: BURST, at: now, refused: 0 }
    }

    fn take(&mut self, now: Instant) -> Result<(), u64> {
        self.left = (self.left + now.duration_since(self.at).as_secs_f64() * PER_SECOND).min(BURST);
        self.at = now;
        if self.left >= 1.0 {
            self.left -= 1.0;
            // Also of a flood so many a second are let through, which must not excuse the rest.
            self.refused = self.refused.saturating_sub(1);
            Ok(())
        } else {
            self.refused += 1;
            Err(((1.0 - self.left) / PER_SECOND * 1_000.0).ceil() as u64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_so_many_a_second() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        for _ in 0..120 {
            assert_eq!(pace.take(now), Ok(()));
        }
        let wait = pace.take(now).unwrap_err();
        assert!((1..=34).contains(&wait), "{wait}");
        assert_eq!(pace.take(now + Duration::from_millis(wait)), Ok(()));
    }

    #[test]
    fn a_flood_uses_up_the_patience_and_who_is_a_little_too_fast_does_not() {
        let refused = |per_second: u32, seconds: u32| {
            let begin = Instant::now();
            let mut pace = Pace::new(begin);
            for number in 0..per_second * seconds {
                let _ = pace.take(begin + Duration::from_secs(1) * number / per_second);
            }
            pace.refused
        };
        assert!(refused(1_000, 1) > PATIENCE);
        assert!(refused(100, 20) > PATIENCE);
        assert!(refused(40, 600) < 10);
    }
}
