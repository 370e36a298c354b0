//! Rooms: what an idle connection costs ([`idle`]), and how many messages a core delivers to how many people; beside a room as
//! Node's `ws` and Socket.IO make it (`bench/peers`), measured by the same clients in the same run.
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

use crate::socket::{LIVE, ask, frame, join, send, until};
use crate::usage::cpu_seconds;
use crate::{Figure, idle, quantile};

/// Whose room it is.
pub const ROOM: &str = "bench";
/// One client in so many measures.
const SAMPLED: usize = 20;
/// What marks the moment at which a message was written, in microseconds of Unix time.
const MARK: &[u8] = b"sent:";
/// What lets a load happen that no crowd of people is.
pub const LIMITS: &str = "room_messages = 1000000\nroom_messages_of_all = 1000000\nroom_joins = '1000000/s'\n";

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
            Dialect::Klieg | Dialect::Ws => LIVE,
            Dialect::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        };
        ask(&mut stream, self.address(), path).await?;
        match self {
            Self::Klieg(_, creator) => {
                until(&mut stream, b"\r\n\r\n").await?;
                if speaks {
                    let token = &creator.tokens.access_token;
                    send(&mut stream, &format!(r#"{{"id":1,"do":"authenticate","token":"{token}"}}"#)).await?;
                    until(&mut stream, br#""is":"done","id":1"#).await?;
                }
                join(&mut stream, ROOM).await?;
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

pub async fn measure(idle: &[usize], seconds: u64) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
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
    // Last: for a minute the system gives no port of these to anybody who does not ask for one.
    figures.extend(idle::measure(idle).await?);
    Ok(figures)
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

/// How many milliseconds ago a message was written.
fn age(frame: &[u8]) -> Option<f64> {
    let at = frame.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let digits = frame.get(at..at + 16)?;
    let sent: u128 = str::from_utf8(digits).ok()?.parse().ok()?;
    Some(now().saturating_sub(sent) as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_says_what_the_measured_server_allows() {
        let readme = include_str!("../../README.md");
        assert!(readme.contains(&format!("[limits]\n{LIMITS}```")), "{LIMITS}");
    }
}
