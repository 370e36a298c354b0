//! Measures Klieg on this machine and prints a table of figures beside their targets.
//!
//! Everything runs over loopback and is bounded in time and count. Figures of a shared machine are noisy: compare runs
//! of one session, not numbers of different days.

mod added;
mod control;
mod crowd;
mod fanout;
mod http;
mod latency;
mod obs;
mod peer;
mod rooms;
mod soak;
mod studio;
mod usage;
mod viewer;

use anyhow::Result;
use clap::{Parser, ValueEnum};

#[derive(Parser)]
#[command(about = "Measures Klieg on this machine; all measurements unless some are named")]
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
    /// Idle connections whose memory is measured: server and clients need as many open files each.
    #[arg(long, default_value_t = 18_000, value_parser = clap::value_parser!(u32).range(1..=25_000))]
    idle: u32,
    /// Minutes that `soak` takes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(3..=10_000))]
    minutes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Measurement {
    /// One RTMP publisher, many WHEP viewers: the server's CPU, packets and memory.
    Fanout,
    /// What the server adds between WHIP and WHEP.
    Added,
    /// LL-HLS: segments, and a crowd on blocking reloads.
    Crowd,
    /// From the engine's canvas to a Chromium page.
    Latency,
    /// The studio's engine: CPU and frames that were not made in time.
    Studio,
    /// The engine beside OBS, which has to be installed. Only when it is named.
    Obs,
    /// The studio as the creator feels it: preview, and from the click to live.
    Control,
    /// Rooms: memory of idle connections, messages delivered by a core.
    Rooms,
    /// The studio's engine for an hour: picture and sound, lost frames, memory. Only when it is named.
    Soak,
}

/// One line of the table.
struct Figure {
    what: String,
    value: String,
    target: &'static str,
}

impl Figure {
    fn new(what: impl Into<String>, value: impl Into<String>, target: &'static str) -> Self {
        Self { what: what.into(), value: value.into(), target }
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
    let wanted = |measurement| arguments.only.is_empty() || arguments.only.contains(&measurement);
    let mut figures = Vec::new();
    if wanted(Measurement::Fanout) {
        figures.extend(fanout::measure(&arguments.viewers, arguments.seconds).await?);
    }
    if wanted(Measurement::Added) {
        figures.extend(added::measure(arguments.seconds).await?);
    }
    if wanted(Measurement::Crowd) {
        figures.extend(crowd::measure(arguments.players.into(), arguments.seconds).await?);
    }
    if wanted(Measurement::Rooms) {
        figures.extend(rooms::measure(arguments.idle as usize, arguments.seconds).await?);
    }
    if wanted(Measurement::Studio) {
        figures.extend(studio::measure(arguments.seconds)?);
    }
    if wanted(Measurement::Control) {
        figures.extend(control::measure(arguments.seconds).await?);
    }
    if arguments.only.contains(&Measurement::Obs) {
        figures.extend(obs::measure(arguments.seconds)?);
    }
    if arguments.only.contains(&Measurement::Soak) {
        figures.extend(soak::measure(arguments.minutes)?);
    }
    if wanted(Measurement::Latency) {
        figures.extend(latency::measure(arguments.seconds)?);
    }
    let width = figures.iter().map(|figure| figure.what.len()).max().unwrap_or(0);
    let value = figures.iter().map(|figure| figure.value.len()).max().unwrap_or(0);
    println!("{:width$}  {:>value$}  target", "measurement", "figure");
    for figure in figures {
        println!("{:width$}  {:>value$}  {}", figure.what, figure.value, figure.target);
    }
    Ok(())
}
