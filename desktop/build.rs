//! Tells Tauri where the built interface is: outside the repository, where cargo builds. `tauri.conf.json` stands at the
//! repository's root and knows only the usual place.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=KLIEG_STUDIO_DIST");
    println!("cargo::rerun-if-changed=unbuilt");
    println!("cargo::rerun-if-changed=icons");
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let dist = dist(&out);
    // Cargo would run this script again on every build if the folder it watches did not exist.
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed={}", dist.display());
    let built = dist.join("index.html").is_file();
    let frontend = if built { dist } else { manifest.join("unbuilt") };
    let config = serde_json::json!({ "build": { "frontendDist": frontend } });
    println!("cargo::rustc-env=TAURI_CONFIG={config}");
    tauri_build::try_build(tauri_build::Attributes::new().config_path(manifest.join("../tauri.conf.json")))?;
    Ok(())
}

/// Where `cargo xtask studio` puts the interface: `KLIEG_STUDIO_DIST`, or `studio/dist` in the target directory.
fn dist(out: &Path) -> PathBuf {
    if let Some(dist) = env::var_os("KLIEG_STUDIO_DIST") {
        return dist.into();
    }
    // OUT_DIR is TARGET/PROFILE/build/klieg-studio-HASH/out. Cargo keeps what it knows of the compiler in TARGET, and marks it
    // with a tag only where it made the folder itself.
    let is_target =
        |folder: &&Path| [".rustc_info.json", "CACHEDIR.TAG"].iter().any(|file| folder.join(file).is_file());
    let target = out.ancestors().find(is_target);
    target.unwrap_or(out).join("studio/dist")
}
