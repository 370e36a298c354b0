//! How far picture and sound are apart in a recording of flashes and beeps.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use super::{FPS, MINUTE, RATE};
use crate::quantile;

const WIDTH: usize = 16;
const HEIGHT: usize = 9;

/// Milliseconds by which beeps begin behind flashes, in the minute from `from` on: the median.
pub(super) fn apart(recording: &Path, from: u64) -> Result<f64> {
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
