//! The socket to the server: one thread writes, one reads.

use std::io::{IoSlice, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{SyncSender, sync_channel};

use klieg_media::transcode::wire::{Decoder, Message};
use tracing::debug;

/// Messages on their way into the socket. When it is full whoever sends waits: the server always reads.
const QUEUE: usize = 256;
const READ: usize = 64 << 10;

/// Takes messages for the server.
#[derive(Clone)]
pub(crate) struct Outbox(SyncSender<Message>);

impl Outbox {
    /// Sends a message; without a server it is lost, and the program about to end.
    pub(crate) fn send(&self, message: Message) {
        let _ = self.0.send(message);
    }
}

/// Starts the thread that writes.
pub(crate) fn write_to(mut socket: UnixStream) -> Outbox {
    let (sender, receiver) = sync_channel::<Message>(QUEUE);
    std::thread::spawn(move || {
        for message in receiver {
            let (head, payload) = message.encode();
            if let Err(error) = write_both(&mut socket, &head, &payload) {
                debug!("the socket is closed: {error}");
                return;
            }
        }
    });
    Outbox(sender)
}

fn write_both(socket: &mut UnixStream, head: &[u8], payload: &[u8]) -> std::io::Result<()> {
    let written = socket.write_vectored(&[IoSlice::new(head), IoSlice::new(payload)])?;
    socket.write_all(head.get(written..).unwrap_or_default())?;
    socket.write_all(payload.get(written.saturating_sub(head.len())..).unwrap_or_default())
}

/// Reads until the server closes the socket or says goodbye.
pub(crate) fn read_from(mut socket: UnixStream, mut take: impl FnMut(Message)) -> anyhow::Result<()> {
    let mut decoder = Decoder::default();
    loop {
        let buffer = decoder.buffer();
        let start = buffer.len();
        buffer.resize(start + READ, 0);
        let read = match socket.read(buffer.get_mut(start..).unwrap_or_default()) {
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                buffer.truncate(start);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        buffer.truncate(start + read);
        if read == 0 {
            return Ok(());
        }
        while let Some(message) = decoder.next()? {
            if message == Message::Bye {
                return Ok(());
            }
            take(message);
        }
    }
}
