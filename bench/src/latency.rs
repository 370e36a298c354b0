//! Glass to glass in Chromium, measured by the page itself; a script drives the browser.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::Figure;

pub fn measure(seconds: u64) -> Result<Vec<Figure>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("latency.mjs");
    let output =
        Command::new("node").arg(&script).arg(seconds.to_string()).output().context("node is needed for this")?;
    ensure!(output.status.success(), "{}: {}", script.display(), String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let mut figures = Vec::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).with_context(|| format!("not a figure: {line}"))?;
        let word = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let target = match word("path").as_str() {
            "WHIP to WHEP" => "p50 <= 200 ms",
            "RTMP to WHEP" => "p50 <= 400 ms",
            "first picture, WHEP" => "<= 1000 ms",
            "first picture, LL-HLS" => "<= 2000 ms",
            _ => "p50 <= 1500 ms",
        };
        let value = format!("p50 {:.0} ms, p95 {:.0} ms, n {:.0}", number("p50"), number("p95"), number("n"));
        figures.push(Figure::new(word("path"), value, target));
    }
    Ok(figures)
}
