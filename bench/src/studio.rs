//! The studio's engine without a window: what composing, mixing and encoding cost, and whether every frame is made.

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::process::Process;
use klieg_tests::program;
use serde_json::Value;

use crate::{Figure, usage};

/// Two pictures that move and two sounds, encoded once and recorded.
fn show(width: u32, height: u32, path: &str) -> String {
    format!(
        "[canvas]\nwidth = {width}\nheight = {height}\nfps = 30\n[video]\nbitrate = 4500\npreset = 'veryfast'\n\
         [[sources]]\nname = 'screen'\nkind = 'test'\npattern = 'smpte'\n\
         [[sources]]\nname = 'camera'\nkind = 'test'\npattern = 'ball'\n\
         [[sources]]\nname = 'music'\nkind = 'music'\n\
         [[sources]]\nname = 'voice'\nkind = 'tone'\nwave = 'pink-noise'\n\
         [[scene]]\nsource = 'screen'\n[[scene]]\nsource = 'camera'\nx = 40\ny = 40\nwidth = 320\nheight = 180\n\
         [[scene]]\nsource = 'music'\n[[scene]]\nsource = 'voice'\nvolume = 0.2\n\
         [[outputs]]\nkind = 'file'\npath = '{path}'\n"
    )
}

pub fn measure(seconds: u64) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, width, height) in [("720p30", 1280, 720), ("1080p30", 1920, 1080)] {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("show.toml");
        let recording = folder.path().join("show.mkv");
        std::fs::write(&file, show(width, height, recording.to_str().context("a path of text")?))?;
        let mut command = Command::new(program("klieg-engine")?);
        command.arg("run").arg(&file).args(["--events", "json"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut engine = Process::start(&mut command)?;
        let mut events = BufReader::new(engine.child().stdout.take().context("no events")?);
        // The first seconds are the start's.
        let before = programme(&mut events, Duration::from_secs(3))?;
        let (cpu, started) = (usage::cpu_seconds(engine.id())?, Instant::now());
        let after = programme(&mut events, Duration::from_secs(seconds))?;
        let share = (usage::cpu_seconds(engine.id())? - cpu) / started.elapsed().as_secs_f64();
        ensure!(after.0 >= before.0, "the engine counted backwards");
        figures.push(Figure::new(
            format!("studio {name}, two sources, x264 veryfast: CPU"),
            format!("{:.0} % of a core", share * 100.0),
            "OBS 29's",
        ));
        figures.push(Figure::new(
            format!("studio {name}: frames not composed, not encoded in time"),
            format!("{}, {} in {seconds} s", after.0 - before.0, after.1 - before.1),
            if width == 1280 { "0, 0" } else { "" },
        ));
    }
    Ok(figures)
}

/// Frames missed and skipped so far, after `time` of events.
fn programme(events: &mut BufReader<ChildStdout>, time: Duration) -> Result<(u64, u64)> {
    let (started, mut line) = (Instant::now(), String::new());
    loop {
        line.clear();
        ensure!(events.read_line(&mut line)? > 0, "the engine ended");
        let event: Value = serde_json::from_str(&line)?;
        let count = |key: &str| event.get(key).and_then(Value::as_u64).unwrap_or_default();
        if event.get("event").and_then(Value::as_str) == Some("program") && started.elapsed() >= time {
            return Ok((count("missed"), count("skipped")));
        }
    }
}
