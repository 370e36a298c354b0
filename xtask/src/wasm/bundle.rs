//! Lays out what is served: `index.html`, and `assets/` where every name carries a digest of the content, so that
//! it may be cached for ever.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;
use sha2::{Digest, Sha256};

use crate::apps::App;

/// Writes the whole bundle into `dist`, which must not exist.
pub(crate) fn write(app: &App, root: &Path, bindings: &Path, dist: &Path) -> anyhow::Result<()> {
    let assets = dist.join("assets");
    let modules = root.join("web/node_modules");
    fs::create_dir_all(&assets)?;
    let mut names = Names::default();

    let (bound, name) = (folder(bindings, &assets)?, app.name);
    names.set(&format!("{name}.js"), format!("/assets/{bound}/{name}.js"));
    names.set(&format!("{name}.wasm"), format!("/assets/{bound}/{name}_bg.wasm"));

    for (from, name) in app.packages {
        let bytes = read(&modules.join(from))?;
        names.put(&assets, name, &without_source_map(bytes))?;
    }
    let mut licences = String::new();
    for package in app.licences {
        let licence = text(&modules.join(package).join("LICENSE"))?;
        licences.extend([package, "\n\n", &licence, "\n\n\n"]);
    }
    names.put(&assets, "licences.txt", licences.as_bytes())?;
    for file in app.plain {
        names.put(&assets, base(file), &read(&root.join(file))?)?;
    }
    for file in app.templates {
        let text = names.fill(&text(&root.join(file))?);
        names.put(&assets, base(file), text.as_bytes())?;
    }
    let mut style = String::new();
    for sheet in app.styles {
        style.push_str(&text(&root.join(sheet))?);
    }
    let style = squeeze(&names.fill(&style));
    names.put(&assets, "style.css", style.as_bytes())?;

    fs::write(dist.join("index.html"), names.fill(&text(&root.join(app.folder).join("index.html"))?))?;
    Ok(())
}

/// A path's last part.
fn base(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// Where each file of the bundle is served.
#[derive(Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn set(&mut self, name: &str, url: String) {
        self.0.insert(name.to_owned(), url);
    }

    fn put(&mut self, assets: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let (stem, suffix) = name.split_once('.').context("an asset has a suffix")?;
        let hashed = format!("{stem}.{}.{suffix}", digest([bytes]));
        fs::write(assets.join(&hashed), bytes)?;
        self.set(name, format!("/assets/{hashed}"));
        Ok(())
    }

    fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, url)| text.replace(&format!("{{{{{name}}}}}"), url))
    }
}

/// Copies wasm-bindgen's output, whose files name one another, into a folder named after all of them.
fn folder(from: &Path, assets: &Path) -> anyhow::Result<String> {
    let mut files = Vec::new();
    list(from, from, &mut files)?;
    files.sort();
    let name = format!("app-{}", digest(files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()])));
    for (path, bytes) in &files {
        let to = assets.join(&name).join(path);
        fs::create_dir_all(to.parent().context("a file has a folder")?)?;
        fs::write(to, bytes)?;
    }
    Ok(name)
}

fn list(top: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            list(top, &path, files)?;
        } else {
            files.push((path.strip_prefix(top)?.to_string_lossy().into_owned(), fs::read(&path)?));
        }
    }
    Ok(())
}

fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    hex::encode(&digest.finalize()[..6])
}

/// Drops the last line of a script that names a source map we do not ship.
fn without_source_map(bytes: Vec<u8>) -> Vec<u8> {
    let marker = b"\n//# sourceMappingURL=";
    match bytes.windows(marker.len()).rposition(|window| window == marker) {
        Some(at) => bytes[..at].to_vec(),
        None => bytes,
    }
}

/// Takes comments and indentation out of a style sheet; ours have no strings that hold either.
fn squeeze(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn text(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_keeps_its_rules_and_loses_its_comments() {
        assert_eq!(squeeze("/* a */\na {\n  color: red; /* b */\n}\n\n"), "a {\ncolor: red;\n}");
    }

    #[test]
    fn names_change_with_content() {
        assert_ne!(digest([b"a".as_slice()]), digest([b"b".as_slice()]));
        assert_ne!(digest([b"ab".as_slice(), b""]), digest([b"a".as_slice(), b"b"]));
    }

    #[test]
    fn scripts_lose_their_source_map() {
        assert_eq!(without_source_map(b"x()\n//# sourceMappingURL=x.map\n".to_vec()), b"x()");
    }
}
