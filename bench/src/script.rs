//! Measurements in a browser: a script beside this crate drives it, and prints a line of JSON for each figure (`figures.mjs`).

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::Figure;

pub fn measure(name: &str, seconds: u64) -> Result<Vec<Figure>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let mut command = Command::new("node");
    command.arg(&script).arg(seconds.to_string()).stderr(Stdio::inherit());
    let output = command.output().context("node is needed for this: make setup")?;
    ensure!(output.status.success(), "{name} ended early: see above");
    let figure = |line: &str| -> Result<Figure> {
        let row: Value = serde_json::from_str(line).with_context(|| format!("not a figure: {line}"))?;
        let word = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
        Ok(Figure::new(word("what"), word("value"), word("target")))
    };
    String::from_utf8(output.stdout)?.lines().map(figure).collect()
}
