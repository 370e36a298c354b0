//! LL-HLS over real HTTP from a real RTMP broadcast, read by a client of our own and by ffmpeg.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use klieg_tests::encoder::Ffmpeg;
use klieg_tests::hls::{Follower, Multivariant, Part};
use klieg_tests::server::Server;
use klieg_tests::{stage, wait_for};

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
    let offered = wait_for("playlists with parts", Duration::from_secs(15), async || {
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
    check(server.data(), "video", &video_init, &video, 0.04)?;
    check(server.data(), "audio", &audio_init, &audio, 0.03)?;
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

/// Every tenth independent part decodes alone after its initialisation section, and all of them together have no gap.
fn check(folder: &Path, name: &str, initialisation: &[u8], parts: &[Part], frame: f64) -> Result<()> {
    let total: f64 = parts.iter().map(|part| part.duration).sum();
    ensure!((total - RUN.as_secs_f64()).abs() < 5.0, "{name}: {total:.2} s of parts in {RUN:?}");
    let file = folder.join(format!("{name}.mp4"));
    for part in parts.iter().filter(|part| part.independent).step_by(10) {
        std::fs::write(&file, [initialisation, &part.data].concat())?;
        let decoded =
            Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&file).args(["-f", "null", "-"]).output()?;
        let words = String::from_utf8_lossy(&decoded.stderr);
        ensure!(decoded.status.success() && words.is_empty(), "{name} {}.{}: {words}", part.sequence, part.number);
    }
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
        ensure!(pair[1] > pair[0] && pair[1] - pair[0] < frame * 1.5, "{name}: from {} s to {} s", pair[0], pair[1]);
    }
    Ok(())
}
