//! LL-HLS over plain HTTP, straight from the server: how many bits of segments a core sends, and what a crowd costs that
//! waits on blocking reloads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use klieg_tests::hls::{Multivariant, newest_part};
use klieg_tests::server::Server;
use klieg_tests::wait_for;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Figure;
use crate::fanout::publish;
use crate::http::Connection;
use crate::usage::cpu_seconds;

/// Connections that ask without pause.
const CONNECTIONS: usize = 8;

/// What came, counted by all connections of a load.
#[derive(Default)]
struct Tally {
    answers: AtomicU64,
    bytes: AtomicU64,
}

/// What a load got and what it cost the server.
struct Load {
    answers: f64,
    bytes: f64,
    cpu: f64,
    wall: f64,
}

impl Tally {
    fn count(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.answers.fetch_add(1, Ordering::Relaxed);
    }
}

impl Load {
    /// Lets a load run for a while and reads its cost.
    async fn measure(pid: u32, tally: &Tally, seconds: u64) -> Result<Self> {
        let now = || (tally.answers.load(Ordering::Relaxed), tally.bytes.load(Ordering::Relaxed));
        let (cpu, (answers, bytes), begin) = (cpu_seconds(pid)?, now(), Instant::now());
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        Ok(Self {
            answers: (now().0 - answers) as f64,
            bytes: (now().1 - bytes) as f64,
            cpu: cpu_seconds(pid)? - cpu,
            wall: begin.elapsed().as_secs_f64(),
        })
    }
}

pub async fn measure(players: usize, seconds: u64) -> Result<Vec<Figure>> {
    let server = Server::start()?;
    let person = server.person("bench").await?;
    let key = server.stream_key(&person).await?.key;
    let _publisher = publish(&server, &key, true)?;
    let live = server.until_live("bench", &["source", "aac"]).await?;
    let playlist = wait_for("a playlist", Duration::from_secs(20), async || {
        Ok(Multivariant::read(&server.client, &server.url(&live.playback.hls)).await?.video.into_iter().next())
    })
    .await?;
    let segment = wait_for("a segment", Duration::from_secs(20), async || {
        let text = server.client.get(&playlist).send().await?.text().await?;
        Ok(text.lines().rfind(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned))
    })
    .await?;
    let path = |url: &str| -> Result<String> { Ok(reqwest::Url::parse(url)?.path().to_owned()) };
    let segment = path(reqwest::Url::parse(&playlist)?.join(&segment)?.as_str())?;
    let playlist = path(&playlist)?;

    let sent = hammer(&server, &segment, seconds.min(8)).await?;
    let plain = hammer(&server, &playlist, seconds.min(5)).await?;
    let each = plain.cpu / plain.answers;
    let crowd = crowd(&server, &playlist, players, seconds).await?;
    let waiting = (crowd.cpu - crowd.answers * each) / crowd.wall * 100.0;
    let name = format!("{players} players on blocking reloads");
    Ok(vec![
        Figure::new("LL-HLS segments", format!("{:.1} Gbit/s per core", sent.bytes * 8e-9 / sent.cpu), ">= 5"),
        Figure::new("playlist, asked for without waiting", format!("{:.1} us of CPU each", each * 1e6), ""),
        Figure::new(
            format!("{name}: answered"),
            format!("{:.0} playlists/s, {:.0} Mbit/s", crowd.answers / crowd.wall, crowd.bytes * 8e-6 / crowd.wall),
            "",
        ),
        Figure::new(format!("{name}: CPU"), format!("{:.0} % of a core", crowd.cpu / crowd.wall * 100.0), ""),
        Figure::new(format!("{name}: CPU beyond the answers themselves"), format!("{waiting:.0} % of a core"), "<= 10"),
    ])
}

/// A few connections ask for one path as fast as they can.
async fn hammer(server: &Server, path: &str, seconds: u64) -> Result<Load> {
    let tally = Arc::new(Tally::default());
    let mut tasks = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let connection = Connection::open(&server.http, 256 << 10).await?;
        tasks.spawn(ask(connection, path.to_owned(), tally.clone()));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let load = Load::measure(server.process.id(), &tally, seconds).await?;
    ended(&mut tasks)?;
    Ok(load)
}

async fn ask(mut connection: Connection, path: String, tally: Arc<Tally>) -> Result<()> {
    loop {
        tally.count(connection.get(&path).await?);
    }
}

/// Players that each wait for the next part, and ask for the one after it when they have their answer.
async fn crowd(server: &Server, path: &str, players: usize, seconds: u64) -> Result<Load> {
    let tally = Arc::new(Tally::default());
    let begin =
        wait_for("a part", Duration::from_secs(10), async || newest_part(&server.get(path).await?.text().await?));
    let begin = begin.await?;
    let (newest, newest_out) = watch::channel(begin);
    let mut tasks = JoinSet::new();
    for _ in 0..players {
        let connection = Connection::open(&server.http, 4 << 10).await?;
        tasks.spawn(play(connection, path.to_owned(), newest_out.clone(), tally.clone()));
    }
    // One player reads what the playlist says, for all.
    let (client, url) = (server.client.clone(), server.url(path));
    tasks.spawn(async move {
        loop {
            let (sequence, part) = *newest.borrow();
            let text =
                client.get(format!("{url}?_HLS_msn={sequence}&_HLS_part={}", part + 1)).send().await?.text().await?;
            newest.send_replace(newest_part(&text)?.context("a playlist without parts")?);
        }
    });
    tokio::time::sleep(Duration::from_secs(3)).await;
    let load = Load::measure(server.process.id(), &tally, seconds).await?;
    ended(&mut tasks)?;
    Ok(load)
}

async fn play(
    mut connection: Connection,
    path: String,
    mut newest: watch::Receiver<(u64, u64)>,
    tally: Arc<Tally>,
) -> Result<()> {
    loop {
        let (sequence, part) = *newest.borrow_and_update();
        tally.count(connection.get(&format!("{path}?_HLS_msn={sequence}&_HLS_part={}", part + 1)).await?);
        newest.changed().await?;
    }
}

/// The error of a connection that did not hold.
fn ended(tasks: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = tasks.try_join_next() {
        ended?.context("a connection ended early")?;
    }
    Ok(())
}
