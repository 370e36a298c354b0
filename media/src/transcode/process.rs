//! One transcoder process: its birth, its log, its end.
//!
//! The socket is the child's standard input, so nothing has to be named, and it closes with either side: a child whose
//! server died ends by itself.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, Command};
use tracing::{debug, info, warn};
use uuid::Uuid;

/// After its socket closed, a child has this long to end by itself.
const FAREWELL: Duration = Duration::from_secs(1);

/// Killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    _counted: Counted,
}

impl Process {
    /// Starts the program. Its messages are on the socket, its log goes to ours.
    pub(super) fn start(program: &Path, broadcast: Uuid) -> io::Result<(Self, UnixStream)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let socket = UnixStream::from_std(ours)?;
        let mut child = Command::new(program)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            // Its own group: Ctrl-C reaches the server alone, which ends its children in good order.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(forward_log(stderr, broadcast));
        }
        info!(%broadcast, pid = child.id(), "transcoder started");
        Ok((Self { child, _counted: Counted::new() }, socket))
    }

    /// Waits until it ended by itself, and says how.
    pub(super) async fn ended(&mut self) -> String {
        self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string())
    }

    /// Waits for its end after its socket was closed; kills it if it takes too long.
    pub(super) async fn end(mut self) {
        if tokio::time::timeout(FAREWELL, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}

/// The program writes `LEVEL message`; libraries inside it write what they like.
async fn forward_log(stderr: ChildStderr, broadcast: Uuid) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match line.trim_start().split_once(' ') {
            Some(("ERROR" | "WARN", text)) => warn!(target: "klieg_transcoder", %broadcast, "{text}"),
            Some(("INFO", text)) => info!(target: "klieg_transcoder", %broadcast, "{text}"),
            _ => debug!(target: "klieg_transcoder", %broadcast, "{line}"),
        }
    }
}

/// One running process in the metrics.
#[derive(Debug)]
struct Counted;

impl Counted {
    fn new() -> Self {
        metrics::gauge!("klieg_transcoder_processes").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("klieg_transcoder_processes").decrement(1.0);
    }
}
