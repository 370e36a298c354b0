//! The program by itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes};
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig};
use klieg_media::time::{MediaTime, WallTime};
use klieg_media::transcode::wire::{CodedFrame, Decoder, Message, Target, VERSION};

fn transcoder() -> Command {
    Command::new(env!("CARGO_BIN_EXE_klieg-transcoder"))
}

#[test]
fn it_tells_its_version() {
    let output = transcoder().arg("--version").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("klieg-transcoder {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn it_checks_that_everything_it_needs_is_installed() {
    let output = transcoder().arg("--check").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("opusenc: found"));
}

#[test]
fn started_by_hand_it_says_what_it_is_for() {
    let output = transcoder().stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("klieg-server starts this program"));
}

/// Starts the program as the server does.
fn serving(command: &mut Command) -> (Child, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let child = command.stdin(Stdio::from(OwnedFd::from(theirs))).stderr(Stdio::null()).spawn().unwrap();
    command.stdin(Stdio::null());
    (child, ours)
}

fn send(socket: &mut UnixStream, message: &Message) {
    let (head, payload) = message.encode();
    socket.write_all(&[head, payload].concat()).unwrap();
}

fn receive(socket: &mut UnixStream, decoder: &mut Decoder) -> Message {
    loop {
        if let Some(message) = decoder.next().unwrap() {
            return message;
        }
        let mut piece = [0; 4_096];
        let read = socket.read(&mut piece).unwrap();
        assert!(read > 0, "the program went away");
        decoder.buffer().put_slice(&piece[..read]);
    }
}

fn ends_soon(mut child: Child) -> std::process::ExitStatus {
    let deadline = Instant::now() + Duration::from_secs(40);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        assert!(Instant::now() < deadline, "the program is still there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn it_ends_when_its_server_is_gone() {
    let (child, mut socket) = serving(&mut transcoder());
    assert_eq!(receive(&mut socket, &mut Decoder::default()), Message::Hello { version: VERSION });
    drop(socket);
    assert!(ends_soon(child).success());
}

#[test]
fn it_ends_when_told_to_terminate() {
    let (child, mut socket) = serving(&mut transcoder());
    receive(&mut socket, &mut Decoder::default());
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    ends_soon(child);
}

#[test]
fn garbage_from_the_socket_ends_it_with_an_error() {
    let (child, mut socket) = serving(&mut transcoder());
    socket.write_all(&[0xff; 64]).unwrap();
    assert_eq!(ends_soon(child).code(), Some(1));
}

#[test]
fn without_a_codec_it_names_the_package_to_install() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = transcoder();
    // A GStreamer with nothing but its core.
    command.env("GST_PLUGIN_SYSTEM_PATH_1_0", directory.path()).env("GST_REGISTRY", directory.path().join("registry"));
    let check = command.arg("--check").output().unwrap();
    assert!(!check.status.success());
    assert!(
        String::from_utf8_lossy(&check.stdout).contains("x264enc: MISSING, apt-get install gstreamer1.0-plugins-ugly")
    );

    let mut command = transcoder();
    command.env("GST_PLUGIN_SYSTEM_PATH_1_0", directory.path()).env("GST_REGISTRY", directory.path().join("registry"));
    let (child, mut socket) = serving(&mut command);
    send(&mut socket, &Message::Hello { version: VERSION });
    send(&mut socket, &Message::Start { rendition: 7, track: 7, target: Target::Aac { bitrate: 128_000 } });
    let config = TrackConfig::Audio(AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 });
    send(&mut socket, &Message::Config { track: 7, config });
    let frame = CodedFrame {
        pts: MediaTime::ZERO,
        dts: MediaTime::ZERO,
        captured: WallTime::now(),
        keyframe: true,
        epoch: 0,
        payload: Bytes::from_static(&[0xfc]),
    };
    send(&mut socket, &Message::Frame { track: 7, frame });
    let mut decoder = Decoder::default();
    assert_eq!(receive(&mut socket, &mut decoder), Message::Hello { version: VERSION });
    match receive(&mut socket, &mut decoder) {
        Message::Failed { rendition: 7, reason } => assert!(reason.contains("apt-get install"), "{reason}"),
        other => panic!("{other:?}"),
    }
    drop(socket);
    ends_soon(child);
}
