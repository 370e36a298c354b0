//! Several outputs at once: one encode for equal settings, and no output harms another.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use klieg_studio_model::{Event, OutputState};

use crate::nginx::Nginx;
use crate::support::decode::{pictures, sound};
use crate::support::port::Port;
use crate::support::running::{ENGINE, Running};
use crate::support::{BALL_AND_TONE, OnAir, assert_steady, wait_for};

const SHOW: &str = "
[canvas]
width = 320
height = 180
[video]
bitrate = 800
";

#[test]
fn a_destination_that_never_reads_costs_the_others_no_frame() {
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kept.mkv");
    let mut on_air = OnAir::start(&format!(
        "{SHOW}{BALL_AND_TONE}
        [[outputs]]
        name = 'deaf'
        kind = 'rtmp'
        url = 'rtmp://{}/live'
        key = 'k'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        deaf.local_addr().unwrap(),
        path.display()
    ));
    let mut encoders = 0;
    on_air.until("dropped frames, counted", |event| {
        encoders += usize::from(matches!(event, Event::Encoder(_)));
        matches!(event, Event::Health { name, dropped, .. } if name == "deaf" && *dropped > 0)
    });
    on_air.until(
        "another attempt",
        |event| matches!(event, Event::Output { name, state: OutputState::Reconnecting { .. } } if name == "deaf"),
    );
    on_air
        .until("the file's health", |event| matches!(event, Event::Health { name, dropped: 0, .. } if name == "file"));
    assert!(on_air.stop() < Duration::from_secs(20));
    assert_eq!(encoders, 1, "equal settings share one encode");
    let pictures = pictures(&path);
    assert!(pictures.len() > 60, "{}", pictures.len());
    assert_steady(&pictures, on_air.lost());
}

#[test]
fn a_recording_is_whole_before_its_disk_is_full_and_the_others_go_on() {
    let (small, large) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = small.path().join("ended.mp4");
    let mut on_air = OnAir::start(&format!(
        "{SHOW}{BALL_AND_TONE}
        [[outputs]]
        name = 'ended'
        kind = 'file'
        path = '{}'
        [[outputs]]
        name = 'other'
        kind = 'file'
        path = '{}'
        ",
        path.display(),
        large.path().join("other.mkv").display()
    ));
    on_air.frames("ended", 60.0);
    let room = 1 << 40;
    on_air.engine().watch_disk(|_| Some(room));
    let folder = small.path().to_owned();
    on_air.engine().watch_disk(|of| Some(if of == folder { 150 << 20 } else { room }));
    on_air.until(
        "why it ends",
        |event| matches!(event, Event::Warning { text } if text.contains("ended ends: the disk is nearly full, with 157 MB left")),
    );
    on_air.until(
        "its end",
        |event| matches!(event, Event::Output { name, state: OutputState::Stopped } if name == "ended"),
    );
    assert!(pictures(&path).len() >= 50, "it is whole while the show goes on");
    on_air.frames("other", 30.0);
    assert_eq!(on_air.engine().failure(), None);
    on_air.engine().watch_disk(|_| Some(0));
    let failure = on_air.engine().failure().expect("a show that goes nowhere is over");
    assert!(failure.contains("other: the disk is nearly full"), "{failure}");
    on_air.stop();
}

/// ffmpeg as an RTMP server for one publisher.
fn ffmpeg_listens(port: u16, path: &std::path::Path) -> std::process::Child {
    Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-listen", "1", "-i", &format!("rtmp://127.0.0.1:{port}/live/sk-test")])
        .args(["-c", "copy", "-f", "matroska"])
        .arg(path)
        .stdin(Stdio::null())
        .spawn()
        .expect("ffmpeg (apt-get install ffmpeg)")
}

#[test]
fn rtmp_reaches_a_server_that_comes_later() {
    let directory = tempfile::tempdir().unwrap();
    let received = directory.path().join("received.mkv");
    let held = Port::reserve();
    let port = held.number;
    let mut on_air = OnAir::start(&format!(
        "{SHOW}{BALL_AND_TONE}
        [[outputs]]
        kind = 'rtmp'
        url = 'rtmp://127.0.0.1:{port}/live'
        key = 'sk-test'
        "
    ));
    on_air.until("a refused connection", |event| {
        matches!(event, Event::Output { state: OutputState::Reconnecting { .. }, .. })
    });
    let mut server = ffmpeg_listens(port, &received);
    on_air.until_live("rtmp");
    on_air.frames("rtmp", 60.0);
    assert!(on_air.stop() < Duration::from_secs(20));
    let status = wait_for("the server's end", || server.try_wait().unwrap());
    assert!(status.success());
    assert!(pictures(&received).len() >= 45);
    assert!(sound(&received).len() >= 48_000);
}

#[test]
fn a_recording_cut_off_anywhere_still_plays() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["cut.mp4", "cut.mkv"] {
        let path = directory.path().join(name);
        let mut on_air =
            OnAir::start(&format!("{SHOW}{BALL_AND_TONE}[[outputs]]\nkind = 'file'\npath = '{}'\n", path.display()));
        on_air.until_live("file");
        on_air.frames("file", 100.0);
        // As a crash would leave it: what stands on the disk now, and nothing more.
        let copy = directory.path().join(format!("crashed-{name}"));
        std::fs::copy(&path, &copy).unwrap();
        on_air.stop();
        let frames = pictures(&copy).len();
        assert!(frames >= 45, "{name}: {frames} frames");
    }
}

#[test]
fn a_recording_plays_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["killed.mp4", "killed.mkv"] {
        let (path, show) = (folder.path().join(name), folder.path().join("show.toml"));
        let output = format!("[[outputs]]\nkind = 'file'\npath = '{}'\n", path.display());
        std::fs::write(&show, format!("{SHOW}{BALL_AND_TONE}{output}")).unwrap();
        let mut running = Running::start(Command::new(ENGINE).env("HOME", folder.path()), &show);
        running.frames(120.0);
        running.kill();
        let (frames, samples) = (pictures(&path).len(), sound(&path).len());
        assert!(frames >= 60 && samples >= 48_000, "{name}: {frames} frames, {samples} samples");
    }
}

/// Passes what comes on to `to` while it is open, and else reads nothing, as a server that hangs.
fn gate(to: u16, open: Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for encoder in listener.incoming() {
            let (open, mut encoder) = (open.clone(), encoder.unwrap());
            std::thread::spawn(move || {
                wait_while_shut(&open);
                let mut server = wait_for("the server", || TcpStream::connect(("127.0.0.1", to)).ok());
                let (mut answers, mut back) = (server.try_clone().unwrap(), encoder.try_clone().unwrap());
                std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
                let mut block = vec![0; 8_192];
                while let Ok(read @ 1..) = encoder.read(&mut block) {
                    wait_while_shut(&open);
                    if server.write_all(&block[..read]).is_err() {
                        break;
                    }
                }
                // The server shall know that this encoder has gone.
                let _ = server.shutdown(Shutdown::Both);
            });
        }
    });
    port
}

fn wait_while_shut(open: &AtomicBool) {
    while !open.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_destination_that_is_blocked_for_a_minute_on_air_costs_the_other_no_frame_and_returns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kept.mkv");
    let server = Port::reserve();
    let _nginx = Nginx::start(folder.path(), &server);
    let open = Arc::new(AtomicBool::new(true));
    let port = gate(server.number, open.clone());
    // Snow takes every bit it is given, and soon fills what the kernel keeps for a reader who does not read.
    let show = format!("{SHOW}{BALL_AND_TONE}")
        .replace("pattern = 'ball'", "pattern = 'snow'")
        .replace("bitrate = 800", "bitrate = 4000");
    let mut on_air = OnAir::start(&format!(
        "{show}
        [[outputs]]
        name = 'blocked'
        kind = 'rtmp'
        url = 'rtmp://127.0.0.1:{port}/live'
        key = 'sk-test'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        path.display()
    ));
    on_air.until_live("blocked");
    on_air.frames("blocked", 60.0);
    open.store(false, Ordering::Relaxed);
    let (mut dropped, mut attempts) = (0, 0);
    // A minute of the other's frames, in parts that are shorter than the patience of a test.
    for _ in 0..3 {
        let mut written = 0.0;
        on_air.until("twenty seconds of the other", |event| {
            match event {
                Event::Health { name, fps, dropped, .. } if name == "file" => {
                    assert_eq!(*dropped, 0);
                    written += fps;
                }
                Event::Health { name, dropped: now, .. } if name == "blocked" => dropped = *now,
                Event::Output { name, state: OutputState::Reconnecting { .. } } if name == "blocked" => attempts += 1,
                _ => {}
            }
            written >= 600.0
        });
    }
    assert!(dropped > 0 && attempts > 0, "{dropped} frames were dropped, {attempts} attempts made: was it blocked?");
    open.store(true, Ordering::Relaxed);
    on_air.until_live("blocked");
    on_air.frames("blocked", 60.0);
    on_air.stop();
    let pictures = pictures(&path);
    assert!(pictures.len() > 1_800, "{}", pictures.len());
    assert_steady(&pictures, on_air.lost());
}

/// Passes what comes on to `to`, so many bytes a second at most.
fn narrow(to: u16, rate: usize) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (mut encoder, _) = listener.accept().unwrap();
        let mut server = wait_for("the server", || TcpStream::connect(("127.0.0.1", to)).ok());
        let (mut answers, mut back) = (server.try_clone().unwrap(), encoder.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut answers, &mut back));
        let (started, mut passed, mut block) = (Instant::now(), 0, vec![0; 8_192]);
        while let Ok(read @ 1..) = encoder.read(&mut block) {
            if server.write_all(&block[..read]).is_err() {
                return;
            }
            passed += read;
            let due = Duration::from_secs_f64(passed as f64 / rate as f64);
            std::thread::sleep(due.saturating_sub(started.elapsed()));
        }
    });
    port
}

#[test]
fn the_bitrate_follows_a_connection_that_cannot_carry_it() {
    let directory = tempfile::tempdir().unwrap();
    let server = Port::reserve();
    let mut ffmpeg = ffmpeg_listens(server.number, &directory.path().join("received.mkv"));
    let port = narrow(server.number, 1_500_000 / 8);
    // Snow takes every bit it is given.
    let show = format!("{SHOW}{BALL_AND_TONE}")
        .replace("pattern = 'ball'", "pattern = 'snow'")
        .replace("bitrate = 800", "bitrate = 8000");
    let mut on_air = OnAir::start(&format!(
        "{show}
        [[outputs]]
        kind = 'rtmp'
        url = 'rtmp://127.0.0.1:{port}/live'
        key = 'sk-test'
        "
    ));
    let event = on_air.until(
        "a lower bitrate",
        |event| matches!(event, Event::Encodes { running } if running.iter().any(|encode| encode.bitrate < 6_000)),
    );
    let Event::Encodes { running } = event else { unreachable!() };
    let [encode] = &running[..] else { panic!("{running:?}") };
    assert_eq!((encode.wanted, encode.adapts, &encode.slow), (8_000, true, &vec!["rtmp".to_owned()]), "{encode:?}");
    on_air.stop();
    let _ = ffmpeg.kill();
    let _ = ffmpeg.wait();
}
