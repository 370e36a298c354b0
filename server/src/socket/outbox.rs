//! One client's connection, as rooms see it: a place to put frames.
//!
//! A frame is written at once where the socket takes it, by whoever brings it, without waking the connection's own task:
//! that is what a crowd costs. What the socket does not take waits here, up to a limit. A client that reads so slowly that
//! the limit is reached is told so and closed; it comes back and asks for what came since.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{Buf, Bytes};
use klieg_api::live::{Closing, Frame};
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::frame;

/// Bytes that may wait for one client: what it missed, and what is said while it takes that.
const MOST_WAITING: usize = 768 << 10;
/// Bytes that the system may hold for one client, which would otherwise let megabytes wait.
const SEND_BUFFER: usize = 128 << 10;

/// One connection's sending side.
#[derive(Debug)]
pub struct Outbox {
    pub(super) stream: TcpStream,
    waiting: Mutex<Waiting>,
    /// How many rooms the client is in.
    rooms: AtomicUsize,
    /// Something waits to be written, or the connection is to close.
    pub(super) wake: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The first may have been written in part.
    frames: VecDeque<Bytes>,
    bytes: usize,
    closing: Option<Closing>,
    broken: bool,
}

/// How far writing got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flushed {
    All,
    /// The socket takes no more now.
    Partly,
    /// All was written, the close frame last, or the socket is broken.
    Over,
}

impl Outbox {
    pub(super) fn new(stream: TcpStream) -> Self {
        // A system that refuses holds more.
        let _ = socket2::SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
        Self { stream, waiting: Mutex::default(), rooms: AtomicUsize::new(0), wake: Notify::new() }
    }

    /// Sends one frame.
    pub fn send(&self, frame: &Frame) {
        self.put(&frame::text(frame));
    }

    /// Sends bytes that are whole frames.
    pub fn put(&self, frames: &Bytes) {
        let mut waiting = self.waiting.lock();
        if waiting.closing.is_some() || waiting.broken {
            return;
        }
        let mut rest = frames.clone();
        if waiting.frames.is_empty() {
            // A broken socket is noticed by the connection's own task as well, which ends it.
            match self.stream.try_write(&rest) {
                Ok(written) if written == rest.len() => return,
                Ok(written) => rest.advance(written),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(_) => waiting.broken = true,
            }
        } else if waiting.bytes + rest.len() > MOST_WAITING {
            metrics::counter!("klieg_live_slow_readers_total").increment(1);
            waiting.close(Closing::TooSlow);
            drop(waiting);
            self.wake.notify_one();
            return;
        }
        waiting.bytes += rest.len();
        waiting.frames.push_back(rest);
        drop(waiting);
        self.wake.notify_one();
    }

    /// Closes the connection once what was begun is written. The first reason counts.
    pub fn close(&self, closing: Closing) {
        self.waiting.lock().close(closing);
        self.wake.notify_one();
    }

    /// A room lets the client in.
    pub fn enter(&self) {
        self.rooms.fetch_add(1, Ordering::Relaxed);
    }

    /// The client is in it no more.
    pub fn exit(&self) {
        self.rooms.fetch_sub(1, Ordering::Relaxed);
    }

    /// A room that the client is in no more wants nothing more of it: closes the connection, unless it is in others, of which that
    /// is not the business.
    pub fn put_out(&self, closing: Closing) {
        if self.rooms.load(Ordering::Relaxed) == 0 {
            self.close(closing);
        }
    }

    /// Writes what waits, as far as the socket takes it.
    pub(super) fn flush(&self) -> Flushed {
        let mut waiting = self.waiting.lock();
        while !waiting.broken {
            let Some(front) = waiting.frames.front_mut() else {
                return if waiting.closing.is_some() { Flushed::Over } else { Flushed::All };
            };
            match self.stream.try_write(front) {
                Ok(written) => {
                    front.advance(written);
                    if front.is_empty() {
                        waiting.frames.pop_front();
                    }
                    waiting.bytes = waiting.bytes.saturating_sub(written);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Flushed::Partly,
                Err(_) => waiting.broken = true,
            }
        }
        Flushed::Over
    }

    /// Says that nothing more will come. Whether the client may still hear it.
    pub(super) fn hang_up(&self) -> bool {
        let waiting = self.waiting.lock();
        !waiting.broken && socket2::SockRef::from(&self.stream).shutdown(std::net::Shutdown::Write).is_ok()
    }

    pub(super) fn is_closing(&self) -> bool {
        let waiting = self.waiting.lock();
        waiting.closing.is_some() || waiting.broken
    }
}

impl Waiting {
    fn close(&mut self, closing: Closing) {
        if self.closing.is_some() {
            return;
        }
        self.closing = Some(closing);
        if closing == Closing::TooSlow {
            // What was begun must be finished, or the close frame would lie in the middle of it. How much of the first was
            // written is not known here, so it stays whole; the rest the client asks for when it is back.
            self.frames.truncate(1);
        }
        self.frames.push_back(frame::close(closing));
        self.bytes = self.frames.iter().map(Bytes::len).sum();
    }
}
