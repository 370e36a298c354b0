//! The studio's engine for an hour: whether picture and sound drift apart, whether frames are lost, whether it grows.
//!
//! A file whose picture flashes while its sound beeps, once a second, is played in a loop and recorded. Where the flashes and the
//! beeps of the recording begin is read from its first and its last minute.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::process::{Process, Signal};
use klieg_tests::program;
use serde_json::Value;

use crate::{Figure, quantile, usage};

const WIDTH: usize = 16;
const HEIGHT: usize = 9;
const FPS: usize = 30;
const RATE: usize = 48_000;
/// How much of either end is looked at.
const MINUTE: u64 = 60;
/// Distance of picture and sound at most, in milliseconds.
const APART: f64 = 40.0;

pub fn measure(minutes: u64) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let (clip, recording) = (folder.path().join("clip.mkv"), folder.path().join("show.mkv"));
    pulses(&clip)?;
    let show = folder.path().join("show.toml");
    std::fs::write(
        &show,
        format!(
            "[canvas]\nwidth = 640\nheight = 360\nfps = {FPS}\n[video]\nbitrate = 1000\n\
             [[sources]]\nname = 'pulses'\nkind = 'file'\npath = '{}'\n[[scene]]\nsource = 'pulses'\n\
             [[outputs]]\nkind = 'file'\npath = '{}'\n",
            clip.display(),
            recording.display()
        ),
    )?;
    let mut command = Command::new(program("klieg-engine")?);
    command.arg("run").arg(&show).args(["--events", "json"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut engine = Process::start(&mut command)?;
    let events = BufReader::new(engine.child().stdout.take().context("no events")?);
    let (started, whole) = (Instant::now(), Duration::from_secs(minutes * MINUTE));
    let (mut lost, mut settled, mut told) = ((0, 0), None, 0);
    for line in events.lines() {
        let event: Value = serde_json::from_str(&line?)?;
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
    ensure!(first.abs() <= APART && last.abs() <= APART, "picture and sound are {first:.0} and {last:.0} ms apart");
    let grown = (after as f64 - before as f64) / f64::from(1 << 20);
    Ok(vec![
        Figure::new(
            format!("studio, {minutes} minutes: sound behind picture, first and last minute"),
            format!("{first:.0}, {last:.0} ms"),
            "40 ms",
        ),
        Figure::new(
            format!("studio, {minutes} minutes: frames not composed, not encoded in time"),
            format!("{}, {}", lost.0, lost.1),
            "0, 0",
        ),
        Figure::new(format!("studio, {minutes} minutes: memory, grown by"), format!("{grown:.1} MiB"), ""),
    ])
}

/// Twenty seconds that flash and beep for the first tenth of every second.
fn pulses(path: &Path) -> Result<()> {
    let picture = format!("color=black:size=640x360:rate={FPS},drawbox=c=white:t=fill:enable='lt(mod(t,1),0.099)'");
    let sound = format!("aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(1000*2*PI*t),0)':s={RATE}");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound, "-t", "20"])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "flac"])
        .arg(path)
        .stdin(Stdio::null())
        .status()?;
    ensure!(made.success(), "ffmpeg did not make the clip");
    Ok(())
}

/// Milliseconds by which beeps begin behind flashes, in the minute from `from` on: the median.
fn apart(recording: &Path, from: u64) -> Result<f64> {
    let cut = |arguments: &[&str]| -> Result<Vec<u8>> {
        let read = Command::new("ffmpeg")
            // Both on one axis, the recording's: what is missing at the start is filled in. The minute is of what is read, since
            // one of what is written would count from the axis' zero.
            .args(["-v", "error", "-ss", &from.to_string(), "-t", &MINUTE.to_string(), "-copyts", "-i"])
            .arg(recording)
            .args(arguments)
            .arg("pipe:1")
            .stdin(Stdio::null())
            .output()?;
        ensure!(read.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&read.stderr));
        Ok(read.stdout)
    };
    let scaled = format!("scale={WIDTH}:{HEIGHT},fps={FPS}:start_time={from},format=gray");
    let pictures = cut(&["-an", "-vf", &scaled, "-f", "rawvideo"])?;
    let samples = cut(&[
        "-vn",
        "-ac",
        "1",
        "-af",
        &format!("aresample=async=1:first_pts={}", from * RATE as u64),
        "-f",
        "s16le",
    ])?;
    let bright = pictures
        .chunks_exact(WIDTH * HEIGHT)
        .map(|picture| picture.iter().map(|point| u32::from(*point)).sum::<u32>() / (WIDTH * HEIGHT) as u32 > 110);
    let loud = samples.chunks_exact(2).map(|sample| i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs() > 3_000);
    let flashes = onsets(bright, FPS);
    let beeps = onsets(loud, RATE);
    let mut distances: Vec<f64> = flashes
        .iter()
        .filter_map(|flash| {
            let nearest = beeps.iter().min_by(|a, b| (*a - flash).abs().total_cmp(&(*b - flash).abs()))?;
            Some((nearest - flash) * 1_000.0)
        })
        .collect();
    ensure!(distances.len() > 30, "{} flashes and {} beeps in a minute", flashes.len(), beeps.len());
    Ok(quantile(&mut distances, 0.5))
}

/// Seconds at which something begins after it was not for a quarter of a second.
fn onsets(is: impl Iterator<Item = bool>, rate: usize) -> Vec<f64> {
    let mut onsets = Vec::new();
    let mut quiet = rate;
    for (index, on) in is.enumerate() {
        if on && quiet >= rate / 4 {
            onsets.push(index as f64 / rate as f64);
        }
        quiet = if on { 0 } else { quiet + 1 };
    }
    onsets
}
