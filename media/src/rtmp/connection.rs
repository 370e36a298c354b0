//! One connection: the task between a socket, a [`Session`] and a [`Publisher`].

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::door::Place;
use super::flv::{self, Packet, TagError};
use super::session::{Event, Session, SessionError};
use super::tracks::Tracks;
use crate::authority::{Denied, IngestProtocol, PublishRequest};
use crate::codec::{Codec, Kind};
use crate::hub::{Hub, PublishError, StopReason};
use crate::publisher::Publisher;

/// Handshake and `publish` must be done by then.
const DOOR_TIME: Duration = Duration::from_secs(10);
/// A publisher that sends nothing for so long is gone.
const IDLE_TIME: Duration = Duration::from_secs(15);
/// A client that takes none of our few bytes for so long is gone.
const WRITE_TIME: Duration = Duration::from_secs(5);
/// For a client to read why it is sent away before its connection is reset.
const FAREWELL_TIME: Duration = Duration::from_secs(1);
/// Read at most this many bytes at once.
const READ_SIZE: usize = 64 << 10;

/// How a connection came to its end.
#[derive(Debug, thiserror::Error)]
enum Ending {
    #[error("it closed the connection")]
    Closed,
    #[error("it ended the broadcast")]
    Finished,
    #[error("it sent nothing for {} s", IDLE_TIME.as_secs())]
    Idle,
    #[error("it did not publish within {} s", DOOR_TIME.as_secs())]
    Late,
    #[error("it waited longest when too many did")]
    Crowded,
    #[error(transparent)]
    Denied(#[from] PublishError),
    #[error(transparent)]
    Stopped(#[from] StopReason),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Socket(#[from] std::io::Error),
}

/// Serves an encoder until it leaves or must leave.
pub(super) async fn serve(
    socket: TcpStream,
    peer: SocketAddr,
    hub: Arc<Hub>,
    place: Place,
    shutdown: CancellationToken,
) {
    let _ = socket.set_nodelay(true);
    let connections = metrics::gauge!("klieg_rtmp_connections");
    connections.increment(1.0);
    let mut connection = Connection { socket, session: Session::default(), input: BytesMut::new() };
    match connection.publish(peer, &hub, place, &shutdown).await {
        Ok(mut publisher) => {
            let ending = connection.media(&mut publisher, peer).await;
            info!(broadcast = %publisher.stream().id, %peer, reason = %ending, "encoder left");
            if matches!(ending, Ending::Finished) {
                publisher.finish();
            } else {
                drop(publisher);
            }
            connection.farewell(&ending).await;
        }
        Err(ending) => {
            match &ending {
                Ending::Denied(denied) => info!(%peer, reason = %denied, "publisher refused"),
                other => debug!(%peer, reason = %other, "connection ended before it published"),
            }
            connection.farewell(&ending).await;
        }
    }
    connections.decrement(1.0);
}

struct Connection {
    socket: TcpStream,
    session: Session,
    input: BytesMut,
}

impl Connection {
    /// From the first byte to a publisher that was let in.
    async fn publish(
        &mut self,
        peer: SocketAddr,
        hub: &Arc<Hub>,
        place: Place,
        shutdown: &CancellationToken,
    ) -> Result<Publisher, Ending> {
        let deadline = Instant::now() + DOOR_TIME;
        let (key, encoder) = tokio::select! {
            asked = timeout_at(deadline, self.asked()) => asked.map_err(|_| Ending::Late)??,
            () = place.sent_away() => return Err(Ending::Crowded),
            () = shutdown.cancelled() => return Err(PublishError::Draining.into()),
        };
        let request = PublishRequest { key, protocol: IngestProtocol::Rtmp, peer, encoder };
        let publisher = timeout_at(deadline, hub.publish(request)).await.map_err(|_| Ending::Late)??;
        self.session.accept();
        self.flush().await?;
        Ok(publisher)
    }

    /// Reads until the encoder asks to publish: its key and its name.
    async fn asked(&mut self) -> Result<(String, Option<String>), Ending> {
        loop {
            let event = self.session.receive(&mut self.input);
            if let Ok(Some(Event::Publish { key, encoder })) = event {
                return Ok((key, encoder));
            }
            if event?.is_none() {
                self.flush().await?;
                self.read().await?;
            }
        }
    }

    /// Takes media until the end, whatever that is.
    async fn media(&mut self, publisher: &mut Publisher, peer: SocketAddr) -> Ending {
        let bytes = metrics::counter!("klieg_ingest_bytes_total", "protocol" => IngestProtocol::Rtmp.name());
        let mut stop = publisher.watch_stop();
        let mut intake = Intake { tracks: Tracks::default(), told: HashSet::new(), peer };
        loop {
            if let Err(ending) = self.take_events(publisher, &mut intake) {
                return ending;
            }
            if let Err(ending) = self.flush().await {
                return ending;
            }
            let read = tokio::select! {
                biased;
                reason = stop.wait_for(Option::is_some) => {
                    return Ending::Stopped(reason.ok().and_then(|reason| *reason).unwrap_or(StopReason::Ended));
                }
                read = timeout(IDLE_TIME, self.read()) => read.unwrap_or(Err(Ending::Idle)),
            };
            match read {
                Ok(count) => bytes.increment(count as u64),
                Err(ending) => return ending,
            }
        }
    }

    /// Works off what was read.
    fn take_events(&mut self, publisher: &mut Publisher, intake: &mut Intake) -> Result<(), Ending> {
        while let Some(event) = self.session.receive(&mut self.input)? {
            match event {
                Event::Audio { timestamp, body } => intake.take(publisher, timestamp, flv::audio(body))?,
                Event::Video { timestamp, body } => intake.take(publisher, timestamp, flv::video(body))?,
                Event::Encoder(name) => publisher.set_encoder(name),
                Event::Finished => return Err(Ending::Finished),
                Event::Publish { .. } => {}
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<usize, Ending> {
        self.input.reserve(READ_SIZE);
        match self.socket.read_buf(&mut self.input).await? {
            0 => Err(Ending::Closed),
            count => Ok(count),
        }
    }

    async fn flush(&mut self) -> Result<(), Ending> {
        let out = self.session.output();
        if out.is_empty() { Ok(()) } else { self.write(&out).await }
    }

    async fn write(&mut self, out: &[u8]) -> Result<(), Ending> {
        let late = |_| std::io::Error::from(std::io::ErrorKind::TimedOut);
        timeout(WRITE_TIME, self.socket.write_all(out)).await.map_err(late)??;
        Ok(())
    }

    /// Says why, then closes so that the encoder can still read it: bytes that arrive after a close reset the connection
    /// and take the answer with them.
    async fn farewell(mut self, ending: &Ending) {
        match ending {
            Ending::Closed | Ending::Socket(_) | Ending::Crowded => return,
            Ending::Idle | Ending::Late | Ending::Finished | Ending::Session(_) => {}
            Ending::Denied(PublishError::Denied(Denied::Unauthorized)) => {
                self.session.refuse("NetStream.Publish.Unauthorized", "The stream key is not valid.");
            }
            Ending::Denied(denied) => {
                self.session.refuse("NetStream.Publish.BadName", &format!("You cannot publish: {denied}."));
            }
            Ending::Stopped(StopReason::Shutdown) => {
                self.session.refuse("NetConnection.Connect.Closed", &format!("{}.", StopReason::Shutdown));
            }
            Ending::Stopped(reason) => {
                self.session.refuse("NetStream.Publish.BadName", &format!("The broadcast stops: {reason}."));
            }
        }
        let last_words = self.session.output();
        if last_words.is_empty() || self.write(&last_words).await.is_err() || self.socket.shutdown().await.is_err() {
            return;
        }
        let _ = timeout(FAREWELL_TIME, async {
            loop {
                self.input.clear();
                if self.read().await.is_err() {
                    return;
                }
            }
        })
        .await;
    }
}

/// From tags to the publisher, with what the operator was already told about this connection.
struct Intake {
    tracks: Tracks,
    told: HashSet<String>,
    peer: SocketAddr,
}

impl Intake {
    fn take(
        &mut self,
        publisher: &mut Publisher,
        timestamp: u32,
        packet: Result<Packet, TagError>,
    ) -> Result<(), StopReason> {
        let packet = match packet {
            Ok(packet) => packet,
            Err(error) => {
                self.tell_once(publisher, &error.to_string());
                return Ok(());
            }
        };
        match self.tracks.accept(timestamp, packet) {
            Ok(Some(frame)) => {
                let name = match frame.config.kind() {
                    Kind::Video => "source",
                    Kind::Audio if frame.config.codec() == Codec::Opus => "opus",
                    Kind::Audio => "aac",
                };
                publisher.push(name, frame)
            }
            Ok(None) => Ok(()),
            Err(error) => {
                self.tell_once(publisher, &error.to_string());
                Ok(())
            }
        }
    }

    /// Tells operator and creator of a problem the first time it occurs. Few, because each names a codec, a type or a track.
    fn tell_once(&mut self, publisher: &Publisher, problem: &str) {
        const MOST: usize = 16;
        if self.told.len() < MOST && self.told.insert(problem.to_owned()) {
            warn!(broadcast = %publisher.stream().id, peer = %self.peer, problem, "part of what the encoder sends is ignored");
            publisher.stream().ignore(problem.to_owned());
        }
    }
}
