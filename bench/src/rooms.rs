//! Rooms: what an idle connection holds, and how many messages a core delivers to how many people; beside a room as Node's `ws`
//! and Socket.IO make it (`bench/peers`), measured by the same clients in the same run.
//!
//! The clients are as lean as can be, since they share the machine with what they measure: each reads what comes and counts
//! the messages in it; one in some measures how long its messages took.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use klieg_tests::process::Process;
use klieg_tests::server::{Person, Server};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::usage::{cpu_seconds, resident};
use crate::{Figure, quantile};

/// Whose room it is.
const ROOM: &str = "bench";
const PATIENCE: Duration = Duration::from_secs(20);
/// One client in so many measures.
const SAMPLED: usize = 20;
/// What marks the moment at which a message was written, in microseconds of Unix time.
const MARK: &[u8] = b"sent:";
/// What lets a load happen that no crowd of people is.
const LIMITS: &str = "room_messages = 1000000\nroom_messages_of_all = 1000000\nlive_connections = 100000\n\
    room_joins = '1000000/s'\nroom_joins_of_guests = '1000000/s'\n";

/// Whose room it is that is measured.
enum Room {
    Klieg(Server, Person),
    /// A process of `peers/room.mjs` and its address.
    Peer(Dialect, Process, String),
}

/// How a room is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Klieg,
    /// The same JSON, without logging in.
    Ws,
    SocketIo,
}

impl Dialect {
    fn name(self) -> &'static str {
        match self {
            Self::Klieg => "Klieg",
            Self::Ws => "Node ws",
            Self::SocketIo => "Socket.IO",
        }
    }

    /// What marks a message.
    fn mark(self) -> &'static [u8] {
        match self {
            Self::Klieg | Self::Ws => b"\"event\":\"message\"",
            Self::SocketIo => b"42[\"message\"",
        }
    }
}

impl Room {
    async fn open(dialect: Dialect) -> Result<Self> {
        if dialect == Dialect::Klieg {
            let server = Server::start_limited(LIMITS)?;
            let creator = server.person(ROOM).await?;
            return Ok(Self::Klieg(server, creator));
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/room.mjs");
        let kind = if dialect == Dialect::Ws { "ws" } else { "socket.io" };
        let mut process = Process::start(Command::new("node").arg(script).arg(kind).stdout(Stdio::piped()))?;
        let output = process.child().stdout.take().context("no standard output")?;
        let port = BufReader::new(output).lines().next().context("the peer did not start: npm ci in bench/peers")??;
        Ok(Self::Peer(dialect, process, format!("127.0.0.1:{port}")))
    }

    fn dialect(&self) -> Dialect {
        match self {
            Self::Klieg(..) => Dialect::Klieg,
            Self::Peer(dialect, ..) => *dialect,
        }
    }

    fn address(&self) -> &str {
        match self {
            Self::Klieg(server, _) => &server.http,
            Self::Peer(_, _, address) => address,
        }
    }

    fn pid(&self) -> u32 {
        match self {
            Self::Klieg(server, _) => server.process.id(),
            Self::Peer(_, process, _) => process.id(),
        }
    }

    /// A connection in the room, as a guest or as somebody who may speak.
    async fn join(&self, speaks: bool) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address()).await?;
        stream.set_nodelay(true)?;
        let path = match self.dialect() {
            Dialect::Klieg | Dialect::Ws => "/api/v1/live",
            Dialect::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        };
        let head = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            self.address()
        );
        stream.write_all(head.as_bytes()).await?;
        match self {
            Self::Klieg(_, creator) => {
                until(&mut stream, b"\r\n\r\n").await?;
                if speaks {
                    let token = &creator.tokens.access_token;
                    send(&mut stream, &format!(r#"{{"id":1,"do":"authenticate","token":"{token}"}}"#)).await?;
                    until(&mut stream, br#""is":"done","id":1"#).await?;
                }
                send(&mut stream, &format!(r#"{{"id":2,"do":"join","room":"{ROOM}"}}"#)).await?;
                until(&mut stream, br#""is":"done","id":2"#).await?;
            }
            Self::Peer(Dialect::SocketIo, ..) => {
                until(&mut stream, b"\"sid\"").await?;
                send(&mut stream, "40").await?;
                until(&mut stream, b"40{\"sid\"").await?;
            }
            Self::Peer(..) => until(&mut stream, b"\r\n\r\n").await?,
        }
        Ok(stream)
    }
}

/// What came, counted by all clients of a load.
#[derive(Default)]
struct Tally {
    deliveries: AtomicU64,
    is_measured: AtomicBool,
    /// Milliseconds from writing to reading.
    took: Mutex<Vec<f64>>,
}

/// A crowd in a room and how much it says.
struct Load {
    people: usize,
    /// Messages a second, of all speakers together.
    rate: u64,
    speakers: usize,
    targets: [&'static str; 2],
}

pub async fn measure(idle: usize, seconds: u64) -> Result<Vec<Figure>> {
    let mut figures = vec![idle_memory(idle).await?];
    let large = Load { people: 10_000, rate: 20, speakers: 20, targets: [">= 200,000", "<= 100 ms"] };
    let busy = Load { people: 100, rate: 1_000, speakers: 100, targets: [">= 1,000,000", "<= 50 ms"] };
    for load in [large, busy] {
        for dialect in [Dialect::Klieg, Dialect::Ws, Dialect::SocketIo] {
            match deliveries(&load, dialect, seconds).await {
                Ok(measured) => figures.extend(measured),
                Err(error) if dialect != Dialect::Klieg => eprintln!("{}: not measured: {error:#}", dialect.name()),
                Err(error) => return Err(error),
            }
        }
    }
    Ok(figures)
}

async fn idle_memory(count: usize) -> Result<Figure> {
    eprintln!("▸ {count} idle connections");
    let room = Room::open(Dialect::Klieg).await?;
    // The room and what is needed once are there before.
    let _first = room.join(false).await?;
    let before = resident(room.pid())?;
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(room.join(false).await?);
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let each = (resident(room.pid())? - before) as f64 / count as f64;
    let value = format!("{:.1} KB each", each / 1_024.0);
    Ok(Figure::new(format!("{count} idle connections in a room: memory"), value, "<= 8 KB"))
}

async fn deliveries(load: &Load, dialect: Dialect, seconds: u64) -> Result<Vec<Figure>> {
    eprintln!("▸ {} people, {} messages/s: {}", load.people, load.rate, dialect.name());
    let room = Room::open(dialect).await?;
    let tally = Arc::new(Tally::default());
    let mut tasks = JoinSet::new();
    let is_sampled = |index: usize| index.is_multiple_of(SAMPLED);
    for index in load.speakers..load.people {
        let stream = room.join(false).await.with_context(|| format!("connection {index}"))?;
        tasks.spawn(listen(stream, tally.clone(), dialect, is_sampled(index)));
    }
    // All are there before anybody speaks: a server that has enough to do with that lets nobody in any more.
    let mut speakers = Vec::with_capacity(load.speakers);
    for index in 0..load.speakers {
        speakers.push(room.join(true).await.with_context(|| format!("speaker {index}"))?.into_split());
    }
    let pause = Duration::from_secs_f64(load.speakers as f64 / load.rate as f64);
    for (index, (read, write)) in speakers.into_iter().enumerate() {
        tasks.spawn(listen(read, tally.clone(), dialect, is_sampled(index)));
        tasks.spawn(speak(write, dialect, index, pause));
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let (cpu, before) = (cpu_seconds(room.pid())?, tally.deliveries.load(Ordering::Relaxed));
    tally.is_measured.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    tally.is_measured.store(false, Ordering::Relaxed);
    let (cpu, delivered) = (cpu_seconds(room.pid())? - cpu, tally.deliveries.load(Ordering::Relaxed) - before);
    while let Some(ended) = tasks.try_join_next() {
        ended?.context("a connection ended early")?;
    }
    let mut took = std::mem::take(&mut *tally.took.lock());
    let wanted = load.rate * load.people as u64 * seconds;
    let name = format!("{} people, {} messages/s, {}", load.people, load.rate, dialect.name());
    let [per_core, slowest] = if dialect == Dialect::Klieg { load.targets } else { [""; 2] };
    let share = delivered as f64 / wanted as f64 * 100.0;
    Ok(vec![
        Figure::new(format!("{name}: a core delivers"), format!("{:.0}/s", delivered as f64 / cpu), per_core),
        Figure::new(
            format!("{name}: p99, and what arrived"),
            format!("{:.0} ms, {share:.0} %", quantile(&mut took, 0.99)),
            slowest,
        ),
    ])
}

/// Reads until these bytes have come.
async fn until(stream: &mut TcpStream, wanted: &[u8]) -> Result<()> {
    let mut seen = Vec::new();
    while !seen.windows(wanted.len()).any(|window| window == wanted) {
        let read = timeout(PATIENCE, stream.read_buf(&mut seen)).await;
        let count = read.with_context(|| {
            format!("no {:?} in {:?}", String::from_utf8_lossy(wanted), String::from_utf8_lossy(&seen))
        })??;
        ensure!(count > 0, "the connection ended: {}", String::from_utf8_lossy(&seen));
    }
    Ok(())
}

/// A text message, masked with zeros (RFC 6455 section 5.3).
async fn send(stream: &mut (impl AsyncWriteExt + Unpin), text: &str) -> Result<()> {
    let mut frame = vec![0x81];
    match text.len() {
        length @ 0..=125 => frame.push(0x80 + length as u8),
        length => {
            frame.push(0xfe);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    Ok(stream.write_all(&frame).await?)
}

fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros()
}

async fn speak(mut stream: impl AsyncWriteExt + Unpin, dialect: Dialect, index: usize, pause: Duration) -> Result<()> {
    // Speakers do not all begin at once.
    tokio::time::sleep(pause.mul_f64(index as f64 % 20.0 / 20.0)).await;
    let mut beat = tokio::time::interval(pause);
    let mut count = 0_u64;
    loop {
        beat.tick().await;
        count += 1;
        let text = format!("sent:{} a message as long as people write in a chat, number {count} of {index}", now());
        let say = format!(r#"{{"id":{count},"do":"say","room":"{ROOM}","text":"{text}","nonce":"{index}x{count}"}}"#);
        let say = if dialect == Dialect::SocketIo { format!(r#"42["say",{say}]"#) } else { say };
        send(&mut stream, &say).await?;
    }
}

async fn listen(
    mut stream: impl AsyncReadExt + Unpin,
    tally: Arc<Tally>,
    dialect: Dialect,
    is_sampled: bool,
) -> Result<()> {
    let mark = dialect.mark();
    let mut buffer = vec![0; 8 << 10];
    let mut kept = 0;
    loop {
        let count = stream.read(buffer.get_mut(kept..).unwrap_or_default()).await?;
        ensure!(count > 0, "the server closed a connection");
        let seen = buffer.get(..kept + count).unwrap_or_default();
        let mut at = 0;
        let mut messages = 0;
        // Whole frames; what is left of one is looked at again when the rest has come.
        while let Some(length) = frame(seen.get(at..).unwrap_or_default()) {
            let Some(frame) = seen.get(at..at + length) else { break };
            if frame.windows(mark.len()).take(80).any(|window| window == mark) {
                messages += 1;
                if is_sampled && tally.is_measured.load(Ordering::Relaxed) {
                    tally.took.lock().extend(age(frame));
                }
            }
            at += length;
        }
        tally.deliveries.fetch_add(messages, Ordering::Relaxed);
        let end = kept + count;
        buffer.copy_within(at..end, 0);
        kept = end - at;
        if kept == buffer.len() {
            buffer.resize(buffer.len() * 2, 0);
        }
    }
}

/// The length of the frame at the beginning, if its header is there.
fn frame(bytes: &[u8]) -> Option<usize> {
    match *bytes.get(1)? {
        126 => Some(4 + usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        127 => Some(10 + usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        length => Some(2 + usize::from(length)),
    }
}

/// How many milliseconds ago a message was written.
fn age(frame: &[u8]) -> Option<f64> {
    let at = frame.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let digits = frame.get(at..at + 16)?;
    let sent: u128 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(now().saturating_sub(sent) as f64 / 1_000.0)
}
