//! A node that listens, encoders that publish to it, and patience with a deadline.

use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use klieg_media::authority::{Handle, StaticAuthority};
use klieg_media::frame::Frame;
use klieg_media::hub::Hub;
use klieg_media::rendition::{Received, Rendition, Subscription};
use klieg_media::rtmp::{self, Rtmp};
use klieg_media::stream::Stream;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Longer than anything here takes, so that a hang is an error and a slow machine is not.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const KEY: &str = "secret-key";

pub(crate) struct Node {
    pub(crate) hub: Arc<Hub>,
    pub(crate) rtmp: Rtmp,
    pub(crate) key: Uuid,
    pub(crate) shutdown: CancellationToken,
}

impl Node {
    pub(crate) async fn start(grace: Duration) -> Self {
        let authority = StaticAuthority::new([(KEY, "ada"), ("bobs-key", "bob")]);
        let key = authority.grant(KEY).unwrap().key;
        let hub = Hub::new(Arc::new(authority), Vec::new(), grace);
        let shutdown = CancellationToken::new();
        let rtmp = rtmp::listen(([127, 0, 0, 1], 0).into(), hub.clone(), shutdown.clone()).await.unwrap();
        Self { hub, rtmp, key, shutdown }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.rtmp.address()
    }

    pub(crate) fn url(&self, key: &str) -> String {
        format!("rtmp://{}/live/{key}", self.address())
    }

    pub(crate) fn stream(&self) -> Option<Arc<Stream>> {
        self.hub.stream(&Handle::new("ada"))
    }

    /// Waits until the channel has a broadcast.
    pub(crate) async fn live(&self) -> Arc<Stream> {
        eventually("a broadcast", || self.stream()).await
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Waits until `check` finds something.
pub(crate) async fn eventually<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) async fn rendition(stream: &Stream, name: &str) -> Arc<Rendition> {
    eventually(name, || stream.rendition(name)).await
}

/// The next `count` frames.
pub(crate) async fn frames(subscription: &mut Subscription, count: usize) -> Vec<Arc<Frame>> {
    let mut frames = Vec::new();
    while frames.len() < count {
        match timeout(PATIENCE, subscription.next()).await.expect("frames came too slowly") {
            Some(Received::Frame(frame)) => frames.push(frame),
            Some(Received::Skipped(_)) => {}
            None => panic!("the rendition is gone"),
        }
    }
    frames
}

/// An encoder in a process of its own, killed when dropped.
pub(crate) struct Encoder(Child);

impl Encoder {
    /// ffmpeg with a moving picture of 320x180 at 25 frames a second, B-frames, a keyframe a second, and a tone.
    pub(crate) fn ffmpeg(url: &str) -> Self {
        let source = "-re -f lavfi -i testsrc2=size=320x180:rate=25 -f lavfi -i sine=frequency=440:sample_rate=48000";
        let codecs = "-c:v libx264 -preset ultrafast -bf 2 -g 25 -pix_fmt yuv420p -c:a aac -b:a 96k -ac 2 -f flv";
        Self::ffmpeg_with(&format!("{source} {codecs}"), url)
    }

    pub(crate) fn ffmpeg_with(arguments: &str, url: &str) -> Self {
        let base = ["-hide_banner", "-nostdin", "-loglevel", "warning"];
        Self::spawn("ffmpeg", base.into_iter().chain(arguments.split_whitespace()).chain([url]))
    }

    pub(crate) fn spawn<'a>(program: &str, arguments: impl Iterator<Item = &'a str>) -> Self {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        Self(command.spawn().unwrap_or_else(|error| panic!("{program}: {error}")))
    }

    pub(crate) async fn kill(&mut self) {
        self.0.kill().await.unwrap();
    }

    /// Asks it to end the show in good order.
    pub(crate) async fn interrupt(&mut self) {
        let id = self.0.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
    }

    /// Waits until it exits: how, and what it said.
    pub(crate) async fn exit(mut self) -> (ExitStatus, String) {
        let mut said = String::new();
        let mut stderr = self.0.stderr.take().unwrap();
        let exit = async {
            let _ = stderr.read_to_string(&mut said).await;
            self.0.wait().await.unwrap()
        };
        let status = timeout(PATIENCE, exit).await.expect("the encoder did not exit");
        (status, said)
    }
}
