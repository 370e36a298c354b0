//! Measures Klieg on this machine and prints a table of figures beside their targets.
//!
//! Everything runs over loopback and is bounded in time and count. Figures of a shared machine are noisy: compare runs
//! of one session, not numbers of different days.
//!
//! `make bench` is reckoned to take a quarter of an hour. `make bench ONLY=studio` makes one measurement, and options go along:
//! `make bench ONLY="rooms --idle 10000"`. What takes longer, or needs what `make setup` does not install, runs only when it is
//! named: `make bench ONLY=obs`, `make soak`. One that fails says why, and the others go on.
//!
//! A share of a core is what a process and its threads used of one: two cores are 200 %. A target stands where there is one;
//! a figure without one tells what the others are made of.

mod added;
mod crowd;
mod fanout;
mod http;
mod idle;
mod obs;
mod peer;
mod rooms;
mod script;
mod soak;
mod socket;
mod studio;
mod usage;
mod viewer;

use std::time::Instant;

use anyhow::{Result, ensure};
use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Measures Klieg on this machine: whatever takes minutes, unless some are named")]
struct Arguments {
    #[arg(value_enum)]
    only: Vec<Measurement>,
    /// Seconds each load is measured, after it has settled.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=120))]
    seconds: u64,
    /// Numbers of WHEP viewers.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 50, 200])]
    viewers: Vec<usize>,
    /// Players that wait on blocking reloads.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u16).range(1..=15_000))]
    players: u16,
    /// Numbers of idle connections whose memory is measured. Where a server may not have as many open files, several share the
    /// room, which needs nats-server.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 25_000, 50_000],
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    idle: Vec<u32>,
    #[command(flatten)]
    soak: soak::Soak,
    #[command(flatten)]
    hold: idle::Hold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// One RTMP publisher, many WHEP viewers: the server's CPU, packets and memory.
    Fanout,
    /// What the server adds between WHIP and WHEP.
    Added,
    /// LL-HLS: segments, and a crowd on blocking reloads.
    Crowd,
    /// Rooms: memory and CPU of idle connections, messages delivered by a core.
    Rooms,
    /// The studio: its engine's CPU and lost frames; its window and its interface in Chromium, with the preview, with ten sources
    /// and a hand that drags one of them; and from the click to being live and seen.
    Studio,
    /// From the engine's canvas to a Chromium page.
    Latency,
    /// The engine beside OBS, which has to be installed. Only when it is named.
    Obs,
    /// A page in whose chat thousands of messages come: how evenly Chromium draws.
    Reading,
    /// The studio's engine for an hour: picture and sound, lost frames, memory. Only when it is named.
    Soak,
}

impl Measurement {
    /// Whether it runs when none is named.
    fn is_usual(self) -> bool {
        !matches!(self, Self::Obs | Self::Soak)
    }

    async fn make(self, arguments: &Arguments) -> Result<Vec<Figure>> {
        let seconds = arguments.seconds;
        match self {
            Self::Fanout => fanout::measure(&arguments.viewers, seconds).await,
            Self::Added => added::measure(seconds).await,
            Self::Crowd => crowd::measure(arguments.players.into(), seconds).await,
            Self::Rooms => {
                let idle: Vec<usize> = arguments.idle.iter().map(|count| *count as usize).collect();
                rooms::measure(&idle, seconds).await
            }
            Self::Reading => script::measure("reading.mjs", seconds),
            Self::Studio => {
                let mut figures = studio::measure(seconds)?;
                figures.extend(script::measure("studio.mjs", seconds)?);
                Ok(figures)
            }
            Self::Latency => script::measure("latency.mjs", seconds),
            Self::Obs => obs::measure(seconds),
            Self::Soak => soak::measure(&arguments.soak).await,
        }
    }
}

/// One line of the table.
struct Figure {
    what: String,
    value: String,
    target: String,
}

impl Figure {
    fn new(what: impl Into<String>, value: impl Into<String>, target: impl Into<String>) -> Self {
        Self { what: what.into(), value: value.into(), target: target.into() }
    }
}

/// The value below which a fraction of the values lie.
fn quantile(values: &mut [f64], fraction: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = (values.len() as f64 * fraction) as usize;
    values.get(index.min(values.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    usage::open_files();
    if let Some(server) = arguments.hold.server {
        return arguments.hold.run(server).await;
    }
    let is_wanted =
        |one: Measurement| if arguments.only.is_empty() { one.is_usual() } else { arguments.only.contains(&one) };
    let (mut figures, mut failed) = (Vec::new(), Vec::new());
    for one in Measurement::value_variants().iter().copied().filter(|one| is_wanted(*one)) {
        let begun = Instant::now();
        match one.make(&arguments).await {
            Ok(measured) => figures.extend(measured),
            Err(error) => {
                eprintln!("{one:?} could not be measured: {error:#}");
                failed.push(one);
            }
        }
        eprintln!("▸ {one:?} took {} s", begun.elapsed().as_secs());
    }
    let width = figures.iter().map(|figure| figure.what.len()).max().unwrap_or(0);
    let value = figures.iter().map(|figure| figure.value.len()).max().unwrap_or(0);
    println!("{:width$}  {:>value$}  target", "measurement", "figure");
    for figure in figures {
        println!("{:width$}  {:>value$}  {}", figure.what, figure.value, figure.target);
    }
    ensure!(failed.is_empty(), "not measured: {failed:?}");
    Ok(())
}
