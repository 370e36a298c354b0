//! The few packages the apps take from npm.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// Runs `npm ci` unless what the lock file names is there already.
pub(crate) fn install(web: &Path) -> anyhow::Result<()> {
    let installed = web.join("node_modules/.package-lock.json");
    if is_newer(&installed, &web.join("package-lock.json")) {
        return Ok(());
    }
    println!("installing the web app's packages (npm ci)");
    let status = Command::new("npm")
        .args(["ci", "--omit=dev", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
        .current_dir(web)
        .status()
        .context("cannot run npm; `make setup` installs it")?;
    if !status.success() {
        bail!("npm ci failed in {}", web.display());
    }
    Ok(())
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified());
    matches!((modified(file), modified(than)), (Ok(a), Ok(b)) if a >= b)
}
