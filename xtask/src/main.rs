//! `cargo xtask`: the steps of the build that cargo alone cannot do.

mod apps;
mod bundle;
mod icons;
mod wasm;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Builds the web app, the studio's interface and what they are made of")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the web app into `web/dist` of the target directory, from where the server's program takes it.
    Web {
        /// Unoptimised, without compressed copies, into `web/dist-dev`: for work on the app itself.
        #[arg(long)]
        dev: bool,
    },
    /// Builds the studio's interface into `studio/dist` of the target directory, from where the studio takes it.
    Studio {
        /// Unoptimised: for work on the interface itself.
        #[arg(long)]
        dev: bool,
    },
    /// Builds both.
    Apps {
        /// Compiles them, which takes long, and leaves their folders as they are: other programs may be reading them.
        #[arg(long)]
        compile: bool,
    },
    /// Packs the release build of the studio into `bundle/klieg-studio_VERSION_ARCHITECTURE.deb` of the target directory.
    Bundle {
        /// The unoptimised build: for work on the package itself.
        #[arg(long)]
        dev: bool,
    },
    /// Writes `ui/src/icon/lucide.rs` anew from the icon package.
    Icons,
}

fn main() -> anyhow::Result<()> {
    let root = workspace_root()?;
    match Args::parse().task {
        Task::Web { dev } => wasm::build(&[&apps::WEB], &root, &target_dir(&root), dev),
        Task::Studio { dev } => wasm::build(&[&apps::STUDIO], &root, &target_dir(&root), dev),
        Task::Apps { compile: true } => wasm::compile(&apps::ALL, &root, &target_dir(&root), false),
        Task::Apps { compile: false } => wasm::build(&apps::ALL, &root, &target_dir(&root), false),
        Task::Bundle { dev } => {
            println!("{}", bundle::build(&root, &target_dir(&root), dev)?.display());
            Ok(())
        }
        Task::Icons => icons::generate(&root),
    }
}

fn workspace_root() -> anyhow::Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).context("xtask stands in the workspace")
}

/// `CARGO_TARGET_DIR`, or `target` in the workspace.
fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}
