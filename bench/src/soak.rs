//! The studio's engine for an hour: whether picture and sound drift apart, whether frames are lost, whether it grows.
//!
//! A file whose picture flashes while its sound beeps, once a second, is recorded. Where the flashes and the beeps of the recording begin
//! is read from its first and its last minute. The engine plays the file itself, in a loop; or another program does, by the clock of a
//! sound device, and the engine captures both (`--device`). It may be sent to a server by WHIP and RTMP meanwhile (`--sent`).

mod apart;
mod played;
mod sent;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use klieg_tests::process::{Process, Signal};
use klieg_tests::program;
use serde_json::Value;

use self::apart::apart;
use self::played::Played;
use self::sent::Sent;
use crate::{Figure, usage};

const FPS: usize = 30;
const RATE: usize = 48_000;
/// How much of either end is looked at.
const MINUTE: u64 = 60;
/// Distance of picture and sound at most, in milliseconds.
const APART: f64 = 40.0;
/// Seconds of a file that is played in a loop.
const ROUND: u64 = 20;
/// Seconds for which another program plays longer than is measured.
const BEYOND: u64 = 120;

/// How long, and with what.
#[derive(Args)]
pub struct Soak {
    /// Minutes that `soak` takes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(3..=10_000))]
    minutes: u64,
    /// `soak` captures what another program plays, by the clock of a sound device (a PulseAudio of its own) on a screen (Xvfb).
    #[arg(long)]
    device: bool,
    /// `soak` sends to a server by WHIP and RTMP as well.
    #[arg(long)]
    sent: bool,
}

pub async fn measure(soak: &Soak) -> Result<Vec<Figure>> {
    let minutes = soak.minutes;
    let folder = tempfile::tempdir()?;
    let (clip, recording) = (folder.path().join("clip.mkv"), folder.path().join("show.mkv"));
    pulses(&clip, if soak.device { minutes * MINUTE + BEYOND } else { ROUND })?;
    let played = if soak.device { Some(Played::start(folder.path(), &clip).await?) } else { None };
    let mut sent = if soak.sent { Some(Sent::start().await?) } else { None };
    let looped = || {
        format!(
            "[[sources]]\nname = 'pulses'\nkind = 'file'\npath = '{}'\n[[scene]]\nsource = 'pulses'\n",
            clip.display()
        )
    };
    let show = folder.path().join("show.toml");
    std::fs::write(
        &show,
        format!(
            "[canvas]\nwidth = 640\nheight = 360\nfps = {FPS}\n[video]\nbitrate = 1000\n\
             {}[[outputs]]\nkind = 'file'\npath = '{}'\n{}",
            played.as_ref().map_or_else(looped, Played::sources),
            recording.display(),
            sent.as_ref().map_or("", Sent::outputs),
        ),
    )?;
    let mut command = Command::new(program("klieg-engine")?);
    command.arg("run").arg(&show).args(["--events", "json"]).envs(played.as_ref().map(Played::environment));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut engine = Process::start(&mut command)?;
    let events = BufReader::new(engine.child().stdout.take().context("no events")?);
    let (started, whole) = (Instant::now(), Duration::from_secs(minutes * MINUTE));
    let (mut lost, mut settled, mut told) = ((0, 0), None, 0);
    for line in events.lines() {
        let event: Value = serde_json::from_str(&line?)?;
        if let Some(sent) = &mut sent {
            sent.hear(&event);
        }
        if event.get("event").and_then(Value::as_str) != Some("program") {
            continue;
        }
        let count = |key: &str| event.get(key).and_then(Value::as_u64).unwrap_or_default();
        lost = (count("missed"), count("skipped"));
        let passed = started.elapsed();
        // A minute until everything that is allocated once is.
        if settled.is_none() && passed >= Duration::from_secs(MINUTE) {
            settled = Some(usage::resident(engine.id())?);
        }
        if passed.as_secs() / MINUTE > told {
            told = passed.as_secs() / MINUTE;
            eprint!("\rsoaking: {told} of {minutes} minutes");
            std::io::stderr().flush()?;
        }
        if passed >= whole {
            break;
        }
    }
    eprintln!();
    ensure!(started.elapsed() >= whole, "the engine ended after {} s", started.elapsed().as_secs());
    let (before, after) = (settled.context("shorter than a minute")?, usage::resident(engine.id())?);
    engine.signal(Signal::TERM)?;
    ensure!(engine.wait(Duration::from_secs(20))?.success(), "the engine did not end properly");
    let (first, last) = (apart(&recording, 5)?, apart(&recording, minutes * MINUTE - MINUTE - 5)?);
    // The player's own part is in both of its figures, and so is the time between two looks at a screen.
    let most = if soak.device { (last - first).abs() } else { first.abs().max(last.abs()) };
    ensure!(most <= APART, "picture and sound are {first:.0} and {last:.0} ms apart");
    let grown = (after as f64 - before as f64) / f64::from(1 << 20);
    let (of, target) = if soak.device { (" of a device and a screen", "40 ms between them") } else { ("", "40 ms") };
    let mut figures = vec![
        Figure::new(
            format!("studio, {minutes} minutes{of}: sound behind picture, first and last minute"),
            format!("{first:.0}, {last:.0} ms"),
            target,
        ),
        Figure::new(
            format!("studio, {minutes} minutes: frames not composed, not encoded in time"),
            format!("{}, {}", lost.0, lost.1),
            "0, 0",
        ),
        Figure::new(format!("studio, {minutes} minutes: memory, grown by"), format!("{grown:.1} MiB"), ""),
    ];
    if let Some(sent) = &sent {
        figures.extend(sent.figures(minutes)?);
    }
    Ok(figures)
}

/// A clip that flashes and beeps for the first tenth of every second.
fn pulses(path: &Path, seconds: u64) -> Result<()> {
    let picture = format!("color=black:size=640x360:rate={FPS},drawbox=c=white:t=fill:enable='lt(mod(t,1),0.099)'");
    let sound = format!("aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(1000*2*PI*t),0)':s={RATE}");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound])
        .args(["-t", &seconds.to_string()])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "flac"])
        .arg(path)
        .stdin(Stdio::null())
        .status()?;
    ensure!(made.success(), "ffmpeg did not make the clip");
    Ok(())
}
