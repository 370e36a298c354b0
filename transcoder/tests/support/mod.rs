//! A live plane with the real transcoder, and sound and pictures made by real encoders.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

mod pictures;
mod sound;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use klieg_media::authority::{IngestProtocol, PublishRequest, StaticAuthority};
use klieg_media::frame::Frame;
use klieg_media::hub::Hub;
use klieg_media::publisher::Publisher;
use klieg_media::rendition::{Received, Rendition};
use klieg_media::transcode::Transcoding;
pub(crate) use pictures::*;
pub(crate) use sound::*;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// One live plane and its transcoder, found among other tests' by the name it was started under.
pub(crate) struct Studio {
    pub(crate) hub: Arc<Hub>,
    pub(crate) shutdown: CancellationToken,
    program: PathBuf,
    _directory: tempfile::TempDir,
}

impl Studio {
    pub(crate) fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("transcoder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_klieg-transcoder"), &program).unwrap();
        let shutdown = CancellationToken::new();
        let transcoding = Transcoding::new(Some(program.clone()), shutdown.clone());
        let authority = Arc::new(StaticAuthority::new([("key", "show")]));
        let hub = Hub::new(authority, vec![transcoding], Duration::from_secs(5));
        Self { hub, shutdown, program, _directory: directory }
    }

    pub(crate) async fn publish(&self, protocol: IngestProtocol) -> Publisher {
        let peer = ([127, 0, 0, 1], 1).into();
        self.hub.publish(PublishRequest { key: "key".to_owned(), protocol, peer, encoder: None }).await.unwrap()
    }

    /// The running transcoder processes.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let program = self.program.to_str().unwrap().as_bytes();
        let pids = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            command.starts_with(program).then_some(pid)
        });
        pids.collect()
    }
}

/// How long to wait for what is sure to come: a busy machine is slow, and only what is broken waits to the end.
const PATIENCE: Duration = Duration::from_secs(40);

/// Waits until `condition` holds; fails when it does not in a long time.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for a rendition by its name.
pub(crate) async fn rendition(publisher: &Arc<klieg_media::stream::Stream>, name: &str) -> Arc<Rendition> {
    eventually(name, || publisher.rendition(name).is_some()).await;
    publisher.rendition(name).unwrap()
}

/// Collects a rendition's frames from now on until told to stop.
pub(crate) fn collect(rendition: &Rendition) -> Collection {
    let mut subscription = rendition.subscribe();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let task = tokio::spawn(async move {
        let mut frames = Vec::new();
        loop {
            // What has come is taken before anything else: it came before the end.
            tokio::select! {
                biased;
                received = subscription.next() => match received {
                    Some(Received::Frame(frame)) => frames.push(frame),
                    Some(Received::Skipped(count)) => panic!("the test skipped {count} frames"),
                    None => return frames,
                },
                () = stopped.cancelled() => return frames,
            }
        }
    });
    Collection { stop, task }
}

pub(crate) struct Collection {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Vec<Arc<Frame>>>,
}

impl Collection {
    pub(crate) async fn finish(self) -> Vec<Arc<Frame>> {
        self.stop.cancel();
        self.task.await.unwrap()
    }
}

fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Bytes {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    assert!(output.status.success());
    output.stdout.into()
}
