//! Embeds the built web app, or, where there is none, the page that says so.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=KLIEG_WEB_DIST");
    println!("cargo::rerun-if-changed=migrations");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let dist = dist(&out);
    // Cargo would run this script again on every build if the folder it watches did not exist.
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed={}", dist.display());
    let built = dist.join("index.html").is_file();
    let folder =
        if built { dist } else { PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("unbuilt") };
    let mut files = Vec::new();
    collect(&folder, &folder, &mut files)?;
    files.sort();

    let mut source = format!("pub(super) const BUILT: bool = {built};\npub(super) static FILES: &[File] = &[\n");
    let include = |name: &str| format!("include_bytes!({:?})", folder.join(name).to_string_lossy());
    for name in files.iter().filter(|name| !is_encoding_of_another(name, &files)) {
        let encoded = |suffix: &str| {
            let encoded = format!("{name}.{suffix}");
            if files.contains(&encoded) { format!("Some({})", include(&encoded)) } else { "None".to_owned() }
        };
        let path = folder.join(name);
        let _ = writeln!(
            source,
            "    File {{ name: {name:?}, etag: \"\\\"{:016x}\\\"\", plain: {}, brotli: {}, gzip: {} }},",
            hash(&fs::read(&path)?),
            include(name),
            encoded("br"),
            encoded("gz"),
        );
        println!("cargo::rerun-if-changed={}", path.display());
    }
    source.push_str("];\n");
    fs::write(out.join("web.rs"), source)
}

/// Where `cargo xtask web` puts the web app: `KLIEG_WEB_DIST`, or `web/dist` in the target directory.
fn dist(out: &Path) -> PathBuf {
    if let Some(dist) = env::var_os("KLIEG_WEB_DIST") {
        return dist.into();
    }
    // OUT_DIR is TARGET/PROFILE/build/klieg-server-HASH/out. Cargo keeps what it knows of the compiler in TARGET, and marks it
    // with a tag only where it made the folder itself.
    let is_target =
        |folder: &&Path| [".rustc_info.json", "CACHEDIR.TAG"].iter().any(|file| folder.join(file).is_file());
    let target = out.ancestors().find(is_target);
    target.unwrap_or(out).join("web/dist")
}

fn is_encoding_of_another(name: &str, files: &[String]) -> bool {
    [".br", ".gz"]
        .iter()
        .filter_map(|suffix| name.strip_suffix(suffix))
        .any(|plain| files.iter().any(|file| file == plain))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            files.push(name.replace('\\', "/"));
        }
    }
    Ok(())
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
