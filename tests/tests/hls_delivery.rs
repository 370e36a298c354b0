//! LL-HLS over real HTTP from a real RTMP broadcast, read by a client of our own and by ffmpeg.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::encoder::Ffmpeg;
use klieg_tests::hls::{Follower, Multivariant, Part};
use klieg_tests::server::Server;
use klieg_tests::{PATIENCE, stage, wait_for};

/// How long the broadcast is followed without a gap.
const RUN: Duration = Duration::from_secs(180);

#[tokio::test]
async fn a_broadcast_of_three_minutes_has_no_gap() -> Result<()> {
    let _stage = stage().await;
    let server = Server::start()?;
    let ada = server.person("ada").await?;
    let key = server.stream_key(&ada).await?.key;
    let _ffmpeg = Ffmpeg::default().publish(&server.rtmp, &key, &server.data().join("ffmpeg.log"))?;
    let live = server.until_live("ada", &["source", "aac"]).await?;
    let url = server.url(&live.playback.hls);
    let offered = wait_for("playlists with parts", PATIENCE, async || {
        let offered = Multivariant::read(&server.client, &url).await?;
        for playlist in offered.video.iter().chain(&offered.audio) {
            Follower::join(&server.client, playlist).await?;
        }
        Ok(Some(offered).filter(|offered| !offered.audio.is_empty()))
    })
    .await?;

    let video = follow(&server, offered.video.first().context("no video")?);
    let audio = follow(&server, offered.audio.first().context("no audio")?);
    let ffmpeg = tokio::task::spawn_blocking(move || {
        Command::new("ffmpeg").args(["-v", "warning", "-i", &url, "-t", "30", "-f", "null", "-"]).output()
    });
    let ((video_init, video), (audio_init, audio), ffmpeg) =
        tokio::try_join!(video, audio, async { Ok(ffmpeg.await??) })?;

    let words = String::from_utf8_lossy(&ffmpeg.stderr);
    ensure!(ffmpeg.status.success() && !words.contains("rror"), "ffmpeg: {words}");
    check(server.data(), "video", &video_init, &video, 30.0)?;
    check(server.data(), "audio", &audio_init, &audio, 44_100.0 / 1_024.0)?;
    Ok(())
}

/// Follows a playlist for the whole run.
async fn follow(server: &Server, url: &str) -> Result<(bytes::Bytes, Vec<Part>)> {
    let mut follower = Follower::join(&server.client, url).await?;
    let begin = Instant::now();
    let mut parts = Vec::new();
    while begin.elapsed() < RUN {
        parts.extend(follower.advance().await?);
    }
    Ok((follower.initialisation.clone(), parts))
}

/// What ffmpeg does with a file, and how bad a complaint of it must be to be heard: a part that builds on others is whole, but its
/// decoder misses them.
const READ: (&str, &[&str]) = ("fatal", &["-c", "copy", "-copyinkf"]);
const DECODE: (&str, &[&str]) = ("error", &["-fps_mode", "passthrough"]);

/// Every part can be read alone after its initialisation section and every independent part decoded; the others decode after those of
/// their segment that come before; and all of them together have no gap.
fn check(folder: &Path, name: &str, initialisation: &[u8], parts: &[Part], rate: f64) -> Result<()> {
    let total: f64 = parts.iter().map(|part| part.duration).sum();
    ensure!((total - RUN.as_secs_f64()).abs() < 15.0, "{name}: {total:.2} s of parts in {RUN:?}");
    let every: Vec<&[Part]> = parts.chunks(1).collect();
    let independent = parts.chunks(1).filter(|part| part[0].independent).collect();
    // What was joined in its midst is no whole segment.
    let segments: Vec<&[Part]> =
        parts.chunk_by(|a, b| a.sequence == b.sequence).filter(|parts| parts[0].number == 0).collect();
    ensure!(segments.len() > 20, "{name}: only {} segments", segments.len());
    ensure!(segments.iter().all(|parts| parts[0].independent), "{name}: a segment that builds on the one before");
    for (groups, how) in [(every, READ), (independent, DECODE), (segments, DECODE)] {
        let files = groups
            .iter()
            .map(|parts| parts.iter().fold(initialisation.to_vec(), |file, part| [&file[..], &part.data].concat()));
        let counts = frames(folder, &files.collect::<Vec<_>>(), how).with_context(|| name.to_owned())?;
        for (parts, count) in groups.iter().zip(counts) {
            let (first, length) = (&parts[0], parts.iter().map(|part| part.duration).sum::<f64>());
            ensure!(
                count == (length * rate).round() as usize,
                "{name} {}.{} and {} more: {count} frames in {length} s",
                first.sequence,
                first.number,
                parts.len() - 1
            );
        }
    }
    let file = folder.join(format!("{name}.mp4"));
    let whole: Vec<u8> = parts.iter().fold(initialisation.to_vec(), |mut whole, part| {
        whole.extend_from_slice(&part.data);
        whole
    });
    std::fs::write(&file, whole)?;
    let packets = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "packet=dts_time,duration_time", "-of", "csv=p=0"])
        .arg(&file)
        .output()?;
    let times: Vec<f64> = String::from_utf8_lossy(&packets.stdout)
        .lines()
        .filter_map(|line| line.split(',').next()?.parse().ok())
        .collect();
    ensure!(times.len() > 1000, "{name}: only {} frames", times.len());
    for pair in times.windows(2) {
        ensure!(pair[1] > pair[0] && pair[1] - pair[0] < 1.8 / rate, "{name}: from {} s to {} s", pair[0], pair[1]);
    }
    Ok(())
}

/// How many frames ffmpeg finds in each file. A process takes many of them, for it begins more slowly than it reads one.
fn frames(folder: &Path, files: &[Vec<u8>], (complaints, how): (&str, &[&str])) -> Result<Vec<usize>> {
    let mut counts = Vec::new();
    for files in files.chunks(30) {
        let mut command = Command::new("ffmpeg");
        command.args(["-nostdin", "-v", complaints]);
        for (index, file) in files.iter().enumerate() {
            let path = folder.join(format!("frames-{index}.mp4"));
            std::fs::write(&path, file)?;
            command.arg("-i").arg(path);
        }
        for index in 0..files.len() {
            command.args(["-map", &format!("{index}:0")]);
        }
        let output = command.args(how).args(["-f", "framecrc", "-"]).output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && words.is_empty(), "ffmpeg: {words}");
        let mut found = vec![0; files.len()];
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            if let Some(stream) = line.split(',').next().and_then(|stream| stream.trim().parse::<usize>().ok()) {
                found[stream] += 1;
            }
        }
        counts.extend(found);
    }
    Ok(counts)
}
