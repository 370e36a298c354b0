//! The list of an app's files, as a Rust expression that the server includes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

/// Writes a `klieg_server::web::WebApp` of everything in `folder` to the file `list` beside it, unless it says so already.
pub(crate) fn list(folder: &Path, list: &Path) -> anyhow::Result<()> {
    let root = folder.file_name().and_then(|name| name.to_str()).context("the app's folder has no name")?;
    let mut names = Vec::new();
    collect(folder, folder, &mut names)?;
    names.sort();
    let include = |name: &str| format!("include_bytes!({:?})", format!("{root}/{name}"));
    let mut text = String::from("WebApp { built: true, files: &[\n");
    for name in names.iter().filter(|name| !is_encoding_of_another(name, &names)) {
        let encoded = |suffix: &str| {
            let encoded = format!("{name}.{suffix}");
            if names.contains(&encoded) { format!("Some({})", include(&encoded)) } else { "None".to_owned() }
        };
        let digest = Sha256::digest(fs::read(folder.join(name))?);
        writeln!(
            text,
            "    klieg_server::web::File {{ name: {name:?}, etag: \"\\\"{}\\\"\", plain: {}, brotli: {}, gzip: {} }},",
            hex::encode(&digest[..8]),
            include(name),
            encoded("br"),
            encoded("gz"),
        )?;
    }
    text.push_str("] }\n");
    if fs::read_to_string(list).is_ok_and(|old| old == text) {
        return Ok(());
    }
    // Whole or not at all: the server may be compiled at this moment.
    let fresh = list.with_extension("new");
    fs::write(&fresh, text)?;
    fs::rename(&fresh, list).with_context(|| format!("cannot write {}", list.display()))
}

fn is_encoding_of_another(name: &str, names: &[String]) -> bool {
    [".br", ".gz"]
        .iter()
        .filter_map(|suffix| name.strip_suffix(suffix))
        .any(|plain| names.iter().any(|name| name == plain))
}

fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(root, &path, names)?;
        } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
            names.push(name.replace('\\', "/"));
        }
    }
    Ok(())
}
