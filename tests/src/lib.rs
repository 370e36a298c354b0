//! The stage on which whole programs are tested and measured: a real server in a directory of its own, real encoders.
//!
//! Programs come from the folder in `KLIEG_BIN`, where `make build` puts them. Everything a stage starts ends with it.

pub mod encoder;
pub mod hls;
pub mod nats;
pub mod process;
pub mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::{Mutex, MutexGuard};

/// How long to wait for what is sure to come: a busy machine is slow, and only what is broken waits to the end.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The path of one of Klieg's programs.
pub fn program(name: &str) -> Result<PathBuf> {
    let folder = std::env::var_os("KLIEG_BIN").context(
        "KLIEG_BIN is not set: it names the folder with klieg-server, klieg-transcoder and klieg-engine (make test sets it)",
    )?;
    let path = PathBuf::from(folder).join(name);
    if !path.is_file() {
        bail!("{} is not there: run make build first", path.display());
    }
    Ok(path)
}

/// Whole programs run one test at a time: each is measured against the clock on the wall, and the cores are few.
pub async fn stage() -> MutexGuard<'static, ()> {
    static STAGE: Mutex<()> = Mutex::const_new(());
    STAGE.lock().await
}

/// Polls `probe` until it answers, for `patience` at most; `what` says in words what was awaited.
pub async fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut probe: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + patience;
    loop {
        let outcome = probe().await;
        match outcome {
            Ok(Some(found)) => return Ok(found),
            _ if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(50)).await,
            Ok(None) => bail!("{what}: not within {patience:?}"),
            Err(error) => return Err(error.context(format!("{what}: not within {patience:?}"))),
        }
    }
}
