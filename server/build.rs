//! Says where `cargo xtask web` writes the list of the web app's files, which the program embeds.
//!
//! The files themselves are no input here: the library, which takes long, is built beside the web app and not after it.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let list = target(&PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default())).join("web/embedded.rs");
    if let Some(folder) = list.parent() {
        fs::create_dir_all(folder)?;
    }
    // Until there is one. Never over one that was written in the meantime.
    match fs::File::create_new(&list) {
        Ok(mut file) => io::Write::write_all(&mut file, b"WebApp::UNBUILT\n")?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    println!("cargo::rustc-env=KLIEG_WEB_APP={}", list.display());
    Ok(())
}

/// The target directory. OUT_DIR is TARGET/PROFILE/build/klieg-server-HASH/out; cargo keeps what it knows of the compiler in
/// TARGET, and marks it with a tag only where it made the folder itself.
fn target(out: &Path) -> &Path {
    let is_target =
        |folder: &&Path| [".rustc_info.json", "CACHEDIR.TAG"].iter().any(|file| folder.join(file).is_file());
    out.ancestors().find(is_target).unwrap_or(out)
}
