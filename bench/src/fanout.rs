//! One publisher, many WHEP viewers: what the server itself spends on them.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::process::Process;
use klieg_tests::server::Server;
use klieg_tests::wait_for;

use crate::Figure;
use crate::usage::{cpu_seconds, resident};
use crate::viewer::{Tally, watch};

/// A show of 1.5 Mbit/s that costs next to nothing to send: encoded once, then read from the file at its own pace.
pub fn publish(server: &Server, key: &str, sound: bool) -> Result<Process> {
    let file = server.data().join("show.flv");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30,noise=alls=20:allf=t"])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", "20"])
        .args(["-c:v", "libx264", "-preset", "superfast", "-bf", "0", "-g", "60", "-pix_fmt", "yuv420p"])
        .args(["-b:v", "1500k", "-minrate", "1500k", "-maxrate", "1500k", "-bufsize", "750k", "-nal-hrd", "cbr"])
        .args(["-c:a", "aac", "-b:a", "128k"])
        .args(if sound { &[][..] } else { &["-an"] })
        .arg(&file)
        .status()?;
    ensure!(made.success(), "ffmpeg could not make the show");
    Process::start(
        Command::new("ffmpeg")
            .args(["-v", "error", "-re", "-stream_loop", "-1", "-i"])
            .arg(&file)
            .args(["-c", "copy", "-f", "flv", &format!("rtmp://{}/live/{key}", server.rtmp)])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )
}

/// A show with sound for each number of viewers, and one without for the largest.
pub async fn measure(viewers: &[usize], seconds: u64) -> Result<Vec<Figure>> {
    let mut figures = watched(viewers, true, seconds).await?;
    if let Some(&most) = viewers.iter().max().filter(|&&most| most > 1) {
        figures.extend(watched(&[most], false, seconds).await?);
    }
    Ok(figures)
}

async fn watched(viewers: &[usize], sound: bool, seconds: u64) -> Result<Vec<Figure>> {
    let server = Server::start()?;
    let pid = server.process.id();
    let mut figures = Vec::new();
    if sound {
        figures.push(Figure::new("server at rest", megabytes(resident(pid)?), "<= 60 MB"));
    }
    let bench = server.person("bench").await?;
    let key = server.stream_key(&bench).await?.key;
    let _publisher = publish(&server, &key, sound)?;
    let live = server.until_live("bench", if sound { &["source", "opus"] } else { &["source"] }).await?;
    let url = server.url(&live.playback.whep);

    let mut one = None;
    for &count in viewers {
        let tally = Arc::new(Tally::default());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..count {
            tasks.spawn(watch(server.client.clone(), url.clone(), tally.clone()));
        }
        wait_for("every viewer connected", Duration::from_secs(60), async || {
            Ok((tally.connected.load(Ordering::Relaxed) == count as u64).then_some(()))
        })
        .await?;
        tokio::time::sleep(Duration::from_secs(2)).await;

        let (cpu, packets, bytes, begin) = (
            cpu_seconds(pid)?,
            tally.packets.load(Ordering::Relaxed),
            tally.bytes.load(Ordering::Relaxed),
            Instant::now(),
        );
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let wall = begin.elapsed().as_secs_f64();
        let cpu = cpu_seconds(pid)? - cpu;
        let packets = (tally.packets.load(Ordering::Relaxed) - packets) as f64;
        let megabits = (tally.bytes.load(Ordering::Relaxed) - bytes) as f64 * 8.0 / 1e6;
        let memory = resident(pid)?;

        let name = format!("WHEP, {count} viewers{}", if sound { "" } else { ", no sound" });
        figures.push(Figure::new(format!("{name}: server CPU"), format!("{:.1} % of a core", cpu / wall * 100.0), ""));
        figures.push(Figure::new(
            format!("{name}: sent"),
            format!("{:.0} packets/s, {:.0} Mbit/s", packets / wall, megabits / wall),
            "",
        ));
        figures.push(Figure::new(format!("{name}: server memory"), megabytes(memory), ""));
        if count > 1 {
            figures.push(Figure::new(
                format!("{name}: packets per core and second"),
                format!("{:.0}", packets / cpu),
                ">= 170000",
            ));
            figures.push(Figure::new(format!("{name}: Mbit/s per core"), format!("{:.0}", megabits / cpu), ">= 1500"));
        }
        match one {
            None => one = Some(memory),
            Some(one) if count > 1 => {
                let each = memory.saturating_sub(one) / (count as u64 - 1) / 1000;
                figures.push(Figure::new(format!("{name}: memory each"), format!("{each} KB"), "<= 150 KB"));
            }
            Some(_) => {}
        }
        while let Some(ended) = tasks.try_join_next() {
            ended?.context("a viewer ended early")?;
        }
        tasks.shutdown().await;
    }
    Ok(figures)
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
