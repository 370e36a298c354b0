//! The web app: wasm from cargo, its JavaScript from wasm-bindgen, assets under names that change with their content.
//!
//! Owns `web/` in the target directory: `build` (cargo's), `dist` (what the server embeds) and `dist.stamp` (what
//! `dist` was made of, so that a run with nothing changed stops there).

mod bundle;
mod compress;
mod npm;
mod toolchain;

use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

/// Builds the app if anything it is made of has changed.
pub(crate) fn build(root: &Path, target: &Path, dev: bool) -> anyhow::Result<()> {
    let out = target.join("web");
    let dist = out.join(if dev { "dist-dev" } else { "dist" });
    let stamp_file = dist.with_extension("stamp");

    npm::install(&root.join("web"))?;
    let wasm = toolchain::build(root, &out.join("build"), dev)?;

    let stamp = stamp(root, &wasm)?;
    if dist.join("index.html").exists() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        println!("web app is up to date in {}", dist.display());
        return Ok(());
    }

    let bindings = out.join("bindgen");
    if bindings.exists() {
        fs::remove_dir_all(&bindings)?;
    }
    Bindgen::new()
        .input_path(&wasm)
        .out_name("klieg")
        .web(true)?
        .typescript(false)
        .demangle(dev)
        .remove_name_section(!dev)
        .remove_producers_section(true)
        .omit_default_module_path(true)
        .generate(&bindings)
        .map_err(|error| anyhow::anyhow!("wasm-bindgen: {error:#}"))?;

    let fresh = dist.with_extension("new");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    bundle::write(&root.join("web"), &root.join("ui/assets"), &bindings, &fresh)?;
    if !dev {
        compress::tree(&fresh)?;
    }
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::rename(&fresh, &dist).with_context(|| format!("cannot move the app to {}", dist.display()))?;
    fs::write(&stamp_file, stamp)?;
    println!("web app is in {}", dist.display());
    Ok(())
}

/// A digest of everything the app is made of: the wasm, the assets, the packages' versions and this program.
fn stamp(root: &Path, wasm: &Path) -> anyhow::Result<String> {
    let mut digest = Sha256::new();
    let mut files = vec![
        wasm.to_path_buf(),
        root.join("web/index.html"),
        root.join("web/package-lock.json"),
        std::env::current_exe()?,
    ];
    for folder in ["web/assets", "ui/assets"] {
        let entries = fs::read_dir(root.join(folder)).with_context(|| format!("no folder {folder}"))?;
        files.extend(entries.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()));
    }
    files.sort();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        digest.update(Sha256::digest(&bytes));
    }
    Ok(hex::encode(digest.finalize()))
}
