//! What the studio is called and says of itself, from `tauri.conf.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::Value;

pub(super) struct About {
    pub(super) name: String,
    /// The program's, and the package's.
    pub(super) program: String,
    pub(super) identifier: String,
    pub(super) version: String,
    pub(super) depends: Vec<String>,
    recommends: Vec<String>,
    publisher: String,
    license: String,
    short: String,
    long: String,
    icons: Vec<String>,
}

impl About {
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(root.join("tauri.conf.json")).context("tauri.conf.json")?;
        let all: Value = serde_json::from_str(&text).context("tauri.conf.json")?;
        let text = |at: &str| -> anyhow::Result<String> {
            let found = all.pointer(at).and_then(Value::as_str);
            found.map(str::to_owned).with_context(|| format!("tauri.conf.json has no text at {at}"))
        };
        let list = |at: &str| -> anyhow::Result<Vec<String>> {
            let found = all.pointer(at).and_then(Value::as_array);
            let found = found.with_context(|| format!("tauri.conf.json has no list at {at}"))?;
            Ok(found.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        Ok(Self {
            name: text("/productName")?,
            program: text("/mainBinaryName")?,
            identifier: text("/identifier")?,
            version: text("/version")?,
            publisher: text("/bundle/publisher")?,
            license: text("/bundle/license")?,
            short: text("/bundle/shortDescription")?,
            long: text("/bundle/longDescription")?,
            icons: list("/bundle/icon")?,
            depends: list("/bundle/linux/deb/depends")?,
            recommends: list("/bundle/linux/deb/recommends")?,
        })
    }

    /// A template of `desktop/packaging`, filled in. `day` is the release's.
    pub(super) fn fill(&self, template: &str, day: &str) -> String {
        let words: [(&str, &str); 9] = [
            ("{name}", &self.name),
            ("{program}", &self.program),
            ("{identifier}", &self.identifier),
            ("{version}", &self.version),
            ("{publisher}", &self.publisher),
            ("{license}", &self.license),
            ("{short}", &self.short),
            ("{long}", &self.long),
            ("{date}", day),
        ];
        words.iter().fold(template.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    /// The package's control file.
    pub(super) fn control(&self, architecture: &str, depends: &[String], kibibytes: u64) -> String {
        let Self { program, version, publisher, recommends, short, long, .. } = self;
        let (depends, recommends) = (depends.join(", "), recommends.join(", "));
        format!(
            "Package: {program}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {publisher}\n\
             Installed-Size: {kibibytes}\nDepends: {depends}\nRecommends: {recommends}\nSection: video\n\
             Priority: optional\nDescription: {short}\n {long}\n"
        )
    }

    /// The icons that are PNG files, by the length of their sides.
    pub(super) fn icons(&self, root: &Path) -> anyhow::Result<BTreeMap<u32, PathBuf>> {
        let pictures =
            self.icons.iter().filter(|icon| Path::new(icon).extension().is_some_and(|ending| ending == "png"));
        let sized = pictures.map(|icon| {
            let path = root.join(icon);
            let side = side(&path).with_context(|| path.display().to_string())?;
            Ok((side, path))
        });
        sized.collect()
    }
}

/// The side of a square PNG, in pixels: width and height stand behind the signature and the name of the first chunk (PNG,
/// section 11.2.2).
fn side(path: &Path) -> anyhow::Result<u32> {
    let bytes = fs::read(path)?;
    let number = |from: usize| bytes.get(from..from + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes);
    let (width, height) = number(16).zip(number(20)).context("no PNG")?;
    ensure!(bytes.starts_with(b"\x89PNG\r\n\x1a\n") && width == height, "no square PNG");
    Ok(width)
}
