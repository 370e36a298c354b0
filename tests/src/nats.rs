//! A real `nats-server` on a port of its own, over which servers find each other.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::Process;
use crate::{PATIENCE, wait_for};

/// A running `nats-server`, from Debian's package of this name.
#[derive(Debug)]
pub struct Nats {
    pub url: String,
    _process: Process,
    _folder: TempDir,
}

impl Nats {
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new("nats-server");
        command.args(["--addr", "127.0.0.1", "--port", "-1", "--ports_file_dir"]).arg(folder.path());
        let process = Process::start(command.stderr(Stdio::null())).context("Debian's package nats-server has it")?;
        let ports = folder.path().join(format!("nats-server_{}.ports", process.id()));
        let url = wait_for("NATS", PATIENCE, async || {
            let ports: Value = serde_json::from_slice(&std::fs::read(&ports)?)?;
            Ok(ports.pointer("/nats/0").and_then(Value::as_str).map(str::to_owned))
        })
        .await?;
        Ok(Self { url, _process: process, _folder: folder })
    }
}
