//! An app for the browser: wasm from cargo, its JavaScript from wasm-bindgen, assets under names that change with their
//! content.
//!
//! Owns the app's folder in the target directory: `dist`, `dist.stamp` (what `dist` was made of, so that a run with nothing
//! changed stops there), `bindgen`, and `embedded.rs` for what the server embeds; and `web/build`, cargo's, which all apps share.

mod bundle;
mod compress;
mod embed;
mod npm;
mod toolchain;

use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::apps::App;

/// Compiles the apps and makes nothing of them yet.
pub(crate) fn compile(apps: &[&App], root: &Path, target: &Path, dev: bool) -> anyhow::Result<()> {
    toolchain::compile(apps, root, &target.join("web/build"), dev)
}

/// Builds those of the apps of which something has changed.
pub(crate) fn build(apps: &[&App], root: &Path, target: &Path, dev: bool) -> anyhow::Result<()> {
    npm::install(&root.join("web"))?;
    compile(apps, root, target, dev)?;
    apps.iter().try_for_each(|app| assemble(app, root, target, dev))
}

/// The app's folder, of what was compiled.
fn assemble(app: &App, root: &Path, target: &Path, dev: bool) -> anyhow::Result<()> {
    let out = target.join(app.out);
    let dist = out.join(if dev { app.dev_dist } else { "dist" });
    let stamp_file = dist.with_extension("stamp");

    let wasm = toolchain::wasm(app, &target.join("web/build"), dev);
    let stamp = stamp(app, root, &wasm)?;
    if dist.join("index.html").exists() && fs::read_to_string(&stamp_file).is_ok_and(|old| old == stamp) {
        println!("{} is up to date in {}", app.what, dist.display());
        return embed(app, &dist);
    }

    let bindings = out.join("bindgen");
    if bindings.exists() {
        fs::remove_dir_all(&bindings)?;
    }
    Bindgen::new()
        .input_path(&wasm)
        .out_name(app.name)
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
    bundle::write(app, root, &bindings, &fresh)?;
    if app.embedded && !dev {
        compress::tree(&fresh)?;
    }
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    fs::rename(&fresh, &dist).with_context(|| format!("cannot move the app to {}", dist.display()))?;
    fs::write(&stamp_file, stamp)?;
    println!("{} is in {}", app.what, dist.display());
    embed(app, &dist)
}

fn embed(app: &App, dist: &Path) -> anyhow::Result<()> {
    if app.embedded { embed::list(dist, &dist.with_file_name("embedded.rs")) } else { Ok(()) }
}

/// A digest of everything the app is made of: the wasm, the assets, the packages' versions and this program.
fn stamp(app: &App, root: &Path, wasm: &Path) -> anyhow::Result<String> {
    let mut digest = Sha256::new();
    let mut files = vec![
        wasm.to_path_buf(),
        root.join(app.folder).join("index.html"),
        root.join("web/package-lock.json"),
        std::env::current_exe()?,
    ];
    files.extend([app.plain, app.templates, app.styles].into_iter().flatten().map(|file| root.join(file)));
    files.sort();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        digest.update(Sha256::digest(&bytes));
    }
    Ok(hex::encode(digest.finalize()))
}
