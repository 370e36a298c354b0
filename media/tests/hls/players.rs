//! Real players: ffmpeg over real HTTP, and on single parts.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use mp4_atom::{Header, Moof, ReadAtom, ReadFrom};

use crate::flv;
use crate::show::Show;

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

/// Decodes a file and returns how many frames came out. Whatever ffmpeg complains about fails the test.
fn decode(file: &Path) -> usize {
    let output = run(
        "ffprobe",
        &[
            "-v",
            "warning",
            "-count_frames",
            "-show_entries",
            "stream=nb_read_frames",
            "-of",
            "csv=p=0",
            file.to_str().unwrap(),
        ],
    );
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().trim_end_matches(',').parse().unwrap()
}

/// How many samples a part says it has.
fn samples(part: &[u8]) -> usize {
    let mut reader = std::io::Cursor::new(part);
    let header = Header::read_from(&mut reader).unwrap();
    Moof::read_atom(&header, &mut reader).unwrap().traf[0].trun[0].samples.len()
}

/// What ffmpeg does with a file, and how bad a complaint of it must be to be heard: a part that builds on others is whole, but its
/// decoder misses them.
const READ: (&str, &[&str]) = ("fatal", &["-c", "copy", "-copyinkf"]);
const DECODE: (&str, &[&str]) = ("error", &["-fps_mode", "passthrough"]);

/// How many frames ffmpeg finds in each file.
fn frames(directory: &Path, files: &[Vec<u8>], (complaints, how): (&str, &[&str])) -> Vec<usize> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", complaints]);
    for (index, file) in files.iter().enumerate() {
        let path = directory.join(format!("{index}.mp4"));
        std::fs::write(&path, file).unwrap();
        command.arg("-i").arg(path);
    }
    for index in 0..files.len() {
        command.args(["-map", &format!("{index}:0")]);
    }
    let output = command.args(how).args(["-f", "framecrc", "-"]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut found = vec![0; files.len()];
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        if let Some(stream) = line.split(',').next().and_then(|stream| stream.trim().parse::<usize>().ok()) {
            found[stream] += 1;
        }
    }
    found
}

#[tokio::test(start_paused = true)]
async fn conformance_hls_13_a_part_decodes_when_appended_alone_after_its_init_segment() {
    for clip in [flv::plain(), flv::reordered()] {
        let show = Show::playing(clip, 6).await;
        let directory = tempfile::tempdir().unwrap();
        for rendition in ["source", "aac"] {
            let playlist = show.playlist(rendition).await;
            let init = show.file(&format!("{rendition}/init-0.mp4")).await;
            let mut parts = Vec::new();
            for (msn, _, part) in playlist.parts() {
                parts.push((msn, part, show.file(&format!("{rendition}/{}", part.uri)).await));
            }
            // Each alone; and each that builds on others after those of its segment.
            let every: Vec<_> = parts.chunks(1).collect();
            let independent: Vec<_> = parts.chunks(1).filter(|part| part[0].1.independent).collect();
            let segments: Vec<_> = parts.chunk_by(|a, b| a.0 == b.0).collect();
            assert!(segments.len() >= 2 && segments.iter().all(|parts| parts[0].1.independent), "{}", playlist.text);
            for (groups, how) in [(every, READ), (independent, DECODE), (segments, DECODE)] {
                let (mut files, mut expected) = (Vec::new(), Vec::new());
                for parts in groups {
                    files.push(parts.iter().fold(init.to_vec(), |file, (_, _, data)| [&file[..], data].concat()));
                    expected.push(parts.iter().map(|(_, _, data)| samples(data)).sum::<usize>());
                }
                assert_eq!(frames(directory.path(), &files, how), expected, "{rendition}: {how:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_picture_and_sound_sent_is_in_the_segments() {
    let mut show = Show::playing(flv::reordered(), 8).await;
    show.end().await;
    let directory = tempfile::tempdir().unwrap();
    let sent = |video: bool| 2 * flv::reordered().units.iter().filter(|unit| unit.is_video() == video).count();
    for (rendition, video) in [("source", true), ("aac", false)] {
        let mut all = show.file(&format!("{rendition}/init-0.mp4")).await.to_vec();
        for segment in show.playlist(rendition).await.complete() {
            all.extend_from_slice(&show.file(&format!("{rendition}/{}", segment.uri.as_ref().unwrap())).await);
        }
        let file = directory.path().join(format!("{rendition}.mp4"));
        std::fs::write(&file, all).unwrap();
        let decoded = decode(&file);
        let missing = sent(video).saturating_sub(decoded);
        assert!(missing <= usize::from(!video) * 8, "{rendition}: {decoded} of {}", sent(video));
    }
}

#[tokio::test]
async fn ffmpeg_plays_a_live_show_over_http() {
    let show = Show::playing(flv::plain(), 6).await;
    play_with_ffmpeg(show, "/hls/ada/index.m3u8").await;
}

/// A show of six seconds that goes on, played for six seconds by an ffmpeg that knows only the address.
pub(crate) async fn play_with_ffmpeg(mut show: Show, path: &str) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}{path}", listener.local_addr().unwrap());
    let router = show.router.clone();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let player = tokio::task::spawn_blocking(move || {
        run(
            "ffmpeg",
            &["-v", "warning", "-stats", "-i", &url, "-map", "0:v", "-map", "0:a", "-t", "6", "-f", "framecrc", "-"],
        )
    });
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    // For two minutes at most: on a busy machine a player takes long to begin.
    for _ in 0..1_200 {
        if player.is_finished() {
            break;
        }
        tick.tick().await;
        show.feed(flv::plain(), 100).await;
    }
    let output = player.await.unwrap();
    server.abort();
    let (frames, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let of = |stream: &str| frames.lines().filter(|line| line.starts_with(stream)).count();
    assert!(output.status.success(), "{complaints}");
    assert!(of("0,") >= 175 && of("1,") >= 270, "{} pictures, {} sounds: {complaints}", of("0,"), of("1,"));
    for complaint in ["non monoton", "non-existing", "error while decoding", "discontinuity", "Invalid", "Failed"] {
        assert!(!complaints.contains(complaint), "{complaints}");
    }
}
