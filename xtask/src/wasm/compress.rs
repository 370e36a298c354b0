//! Compressed copies beside what compresses, so that the server never compresses an asset itself.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Suffixes worth compressing; fonts already are.
const SUFFIXES: &[&str] = &["js", "mjs", "css", "wasm", "svg", "webmanifest", "txt"];

/// Writes `.br` and `.gz` beside every compressible file below `folder`, and prints the large ones' sizes.
pub(crate) fn tree(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            tree(&path)?;
        } else if path.extension().and_then(|suffix| suffix.to_str()).is_some_and(|suffix| SUFFIXES.contains(&suffix)) {
            file(&path)?;
        }
    }
    Ok(())
}

fn file(path: &Path) -> anyhow::Result<()> {
    let plain = fs::read(path)?;
    let brotli = brotli(&plain).with_context(|| format!("cannot compress {}", path.display()))?;
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&plain)?;
    let gzip = gzip.finish()?;
    if plain.len() > 20_000 {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        println!("{name}: {} KB, brotli {} KB, gzip {} KB", kb(&plain), kb(&brotli), kb(&gzip));
    }
    fs::write(beside(path, "br"), brotli)?;
    fs::write(beside(path, "gz"), gzip)?;
    Ok(())
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let params =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: plain.len(), ..Default::default() };
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut out, &params)?;
    Ok(out)
}

fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn kb(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(1024)
}
