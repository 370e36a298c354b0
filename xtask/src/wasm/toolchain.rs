//! Which compiler builds for wasm: rustup's target where it is installed, else the distribution's own compiler, which
//! comes with the standard library's source and builds it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::apps::App;

const TARGET: &str = "wasm32-unknown-unknown";

/// Compiles the packages of the apps, side by side as far as there are cores. What they share is compiled once.
pub(crate) fn compile(apps: &[&App], root: &Path, target_dir: &Path, dev: bool) -> anyhow::Result<()> {
    let mut cargo = cargo()?;
    cargo
        .current_dir(root)
        .args(["build", "--target", TARGET, "--profile", if dev { "dev" } else { "wasm" }])
        .args(apps.iter().flat_map(|app| ["--package", app.package]))
        .env("CARGO_TARGET_DIR", target_dir);
    let names = apps.iter().map(|app| app.what).collect::<Vec<_>>().join(" and the ");
    if apps.iter().any(|app| !wasm(app, target_dir, dev).exists()) {
        println!("building the {names} for the first time: this takes several minutes");
    }
    let status = cargo.status().context("cannot run cargo")?;
    if !status.success() {
        bail!("the {names} does not compile");
    }
    Ok(())
}

/// Where the compiled app is.
pub(crate) fn wasm(app: &App, target_dir: &Path, dev: bool) -> PathBuf {
    let folder = if dev { "debug" } else { "wasm" };
    target_dir.join(TARGET).join(folder).join(app.package).with_extension("wasm")
}

fn cargo() -> anyhow::Result<Command> {
    if rustup_has_target() {
        return Ok(clean("cargo"));
    }
    let (cargo, rustc) = (Path::new("/usr/bin/cargo"), Path::new("/usr/bin/rustc"));
    let linker =
        ["wasm-ld", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19", "wasm-ld-18"].into_iter().find(|name| on_path(name));
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std");
    match linker {
        Some(linker) if cargo.exists() && rustc.exists() && source.exists() => {
            let mut command = clean(cargo);
            // The distribution ships no wasm standard library, so cargo builds it from the source beside the compiler,
            // without what prints backtraces.
            command
                .env("RUSTC", rustc)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
            Ok(command)
        }
        _ => bail!(
            "no compiler for {TARGET}: run `rustup target add {TARGET}`, or `make setup` on Debian and Ubuntu, which \
             installs rustc-web, cargo-web, rust-web-src and lld"
        ),
    }
}

/// A cargo that does not inherit what the cargo running this program set for itself.
fn clean(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    for name in
        ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER"]
    {
        command.env_remove(name);
    }
    command
}

fn rustup_has_target() -> bool {
    let output = clean("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| {
        output.status.success() && Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    }) && on_path("rustup")
}

fn on_path(name: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(name).is_file()))
}
