//! Idle connections in a room: what each holds of the server's memory, and what all of them cost while nothing happens.
//!
//! Clients are processes of this program ([`Hold`]), each with an address of its own, 127.0.0.2 and so on, because ports are
//! counted by address. Where one server may not have as many open files as there are connections, several share the room over
//! NATS, and what is told is their sum.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::nats::Nats;
use klieg_tests::process::Process;
use klieg_tests::server::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use crate::Figure;
use crate::rooms::{LIMITS, ROOM};
use crate::socket::{LIVE, ask, join, until};
use crate::usage::{cpu_seconds, open_files, resident};

/// What a server takes unless its configuration says otherwise: `max_connections`.
const OF_A_SERVER: usize = 50_000;
/// Open files of a process that are no connections.
const SPARE: usize = 500;
/// Connections of one process and so of one address: Linux lends an address 28,232 ports.
const OF_AN_ADDRESS: usize = 25_000;
/// Connections that a process makes at once.
const AT_ONCE: usize = 32;
/// Until everybody has been told how many are there.
const SETTLING: Duration = Duration::from_secs(5);
/// In so long each connection is asked once whether it is there.
const AT_REST: Duration = Duration::from_secs(25);
/// What the server asks with, besides a ping; and the answer to that, masked with zeros (RFC 6455 section 5.5.3).
const HEARTBEAT: &[u8] = br#"{"is":"heartbeat"}"#;
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

/// A server, and the processes that hold its connections.
struct Site {
    /// They go first: without their server they would complain.
    clients: Vec<Process>,
    held: usize,
    server: Server,
    /// Resident when the room was there and nobody in it.
    before: u64,
}

/// Memory and CPU at each of these numbers of connections, the smaller first.
pub async fn measure(counts: &[usize]) -> Result<Vec<Figure>> {
    let mut counts = counts.to_vec();
    counts.sort_unstable();
    let files = open_files();
    let room = files.saturating_sub(SPARE).min(OF_A_SERVER);
    ensure!(room > 0, "a process may have {files} open files: raise the limit (ulimit -Hn)");
    let nats = if counts.last().is_some_and(|most| *most > room) { Some(Nats::start().await?) } else { None };
    let mut sites: Vec<Site> = Vec::new();
    let (mut figures, mut held) = (Vec::new(), 0);
    for count in counts {
        eprintln!("▸ {count} idle connections");
        while held < count {
            if sites.last().is_none_or(|site| site.held == room) {
                let site = Site::open(nats.as_ref(), sites.first()).await?;
                sites.push(site);
            }
            let address = 2 + sites.iter().map(|site| site.clients.len()).sum::<usize>();
            let site = sites.last_mut().context("no server")?;
            let more = (count - held).min(room - site.held).min(OF_AN_ADDRESS);
            site.seat(more, Ipv4Addr::new(127, 0, 0, u8::try_from(address)?))?;
            held += more;
        }
        tokio::time::sleep(SETTLING).await;
        let begin = (cpu(&sites)?, Instant::now());
        tokio::time::sleep(AT_REST).await;
        let share = (cpu(&sites)? - begin.0) / begin.1.elapsed().as_secs_f64();
        let mut grown = 0_u64;
        for site in &mut sites {
            ensure!(site.clients.iter_mut().all(Process::is_running), "connections were lost: see above");
            grown += resident(site.server.process.id())?.saturating_sub(site.before);
        }
        let servers = if sites.len() > 1 { format!(" of {} servers", sites.len()) } else { String::new() };
        let name = format!("{count} idle connections in a room{servers}");
        let each = grown as f64 / count as f64 / 1_024.0;
        figures.push(Figure::new(format!("{name}: memory"), format!("{each:.1} KB each"), "<= 8 KB"));
        figures.push(Figure::new(format!("{name}: CPU"), format!("{:.1} % of a core", share * 100.0), ""));
    }
    Ok(figures)
}

/// CPU seconds that all servers have used.
fn cpu(sites: &[Site]) -> Result<f64> {
    sites.iter().map(|site| cpu_seconds(site.server.process.id())).sum()
}

impl Site {
    /// A server of its own, or one more for the room of the `first`.
    async fn open(nats: Option<&Nats>, first: Option<&Self>) -> Result<Self> {
        let mut arguments = Vec::new();
        if let Some(nats) = nats {
            arguments.extend(["--nats".to_owned(), nats.url.clone()]);
        }
        if let Some(first) = first {
            let database = first.server.data().join("klieg.db");
            arguments.extend(["--database".to_owned(), format!("sqlite://{}", database.display())]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let server = Server::start_in(tempfile::tempdir()?, LIMITS, &arguments)?;
        if first.is_none() {
            server.person(ROOM).await?;
        }
        // What is needed once is there before: a room stays for a minute when the last has left.
        drop(enter(server.http.parse()?, Ipv4Addr::LOCALHOST).await?);
        let before = resident(server.process.id())?;
        Ok(Self { clients: Vec::new(), held: 0, server, before })
    }

    /// Starts a process that holds so many more connections, and waits until it does.
    fn seat(&mut self, count: usize, from: Ipv4Addr) -> Result<()> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--hold", &self.server.http, "--connections", &count.to_string(), "--from", &from.to_string()]);
        let mut process = Process::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
        let output = process.child().stdout.take().context("no standard output")?;
        BufReader::new(output).lines().next().context("connections were not made: see above")??;
        self.clients.push(process);
        self.held += count;
        Ok(())
    }
}

/// What makes this process one of those that hold connections.
#[derive(Debug, clap::Args)]
pub struct Hold {
    /// The server's address.
    #[arg(long = "hold", hide = true)]
    pub server: Option<SocketAddrV4>,
    #[arg(long, hide = true, default_value_t = 1)]
    connections: usize,
    /// The address that they come from.
    #[arg(long, hide = true, default_value_t = Ipv4Addr::LOCALHOST)]
    from: Ipv4Addr,
}

impl Hold {
    /// Makes the connections, says so with a line, and holds them until its standard input ends.
    pub async fn run(self, server: SocketAddrV4) -> Result<()> {
        let Self { connections, from, .. } = self;
        let (inside, mut arrivals) = mpsc::channel(AT_ONCE);
        let entrance = Arc::new(Semaphore::new(AT_ONCE));
        let mut tasks = JoinSet::new();
        for _ in 0..connections {
            let (inside, entrance) = (inside.clone(), entrance.clone());
            tasks.spawn(async move {
                let turn = entrance.acquire().await?;
                let stream = enter(server, from).await?;
                drop(turn);
                inside.send(()).await?;
                wait(stream).await
            });
        }
        let mut arrived = 0;
        while arrived < connections {
            tokio::select! {
                Some(()) = arrivals.recv() => arrived += 1,
                Some(ended) = tasks.join_next() => ended??,
            }
        }
        println!("{arrived} connections");
        // Whoever wanted them is gone.
        std::thread::spawn(|| {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            std::process::exit(0);
        });
        while let Some(ended) = tasks.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// A connection from an address of this computer, in the room as a guest.
async fn enter(server: SocketAddrV4, from: Ipv4Addr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // Ports of an earlier run, which rest for a minute, may be had again.
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddrV4::new(from, 0).into())?;
    let mut stream = socket.connect(server.into()).await?;
    stream.set_nodelay(true)?;
    ask(&mut stream, &server.to_string(), LIVE).await?;
    until(&mut stream, b"\r\n\r\n").await?;
    join(&mut stream, ROOM).await?;
    Ok(stream)
}

/// Says that it is there whenever it is asked, until the server ends the connection, which it should not.
async fn wait(mut stream: TcpStream) -> Result<()> {
    let mut came = Vec::<u8>::with_capacity(1_024);
    loop {
        let count = stream.read_buf(&mut came).await?;
        ensure!(count > 0, "the server closed a connection");
        if is_asked(&mut came) {
            stream.write_all(&PONG).await?;
        }
    }
}

/// Whether the server asks in what came. What may be the beginning of a question stays, in front of what comes next.
fn is_asked(came: &mut Vec<u8>) -> bool {
    let is_asked = came.windows(HEARTBEAT.len()).any(|bytes| bytes == HEARTBEAT);
    came.drain(..came.len().saturating_sub(HEARTBEAT.len() - 1));
    is_asked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_heard_once_wherever_it_is_split() {
        let text = [&b"\x81\x12"[..], HEARTBEAT, b"\x81\x0cof something"].concat();
        for split in 0..=text.len() {
            let (mut came, mut asked) = (Vec::new(), 0);
            for part in [&text[..split], &text[split..]] {
                came.extend_from_slice(part);
                asked += u32::from(is_asked(&mut came));
            }
            assert_eq!(asked, 1, "split at {split}");
        }
    }
}
