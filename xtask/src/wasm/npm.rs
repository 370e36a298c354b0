//! The few packages that the apps take from npm: files that are copied, of which nothing runs.
//!
//! So npm itself, with which Debian brings 350 packages along, is not needed: an archive is fetched by curl, compared with its
//! digest in the lock file, and unpacked by tar.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha512};

const REGISTRY: &str = "https://registry.npmjs.org";
/// In a package's folder: the digest of the archive that it is from.
const STAMP: &str = ".integrity";

/// Brings the packages in `web/node_modules` to what the lock file names. Those of a mirror if `npm_config_registry`, which npm
/// heeds as well, names one.
pub(crate) fn install(web: &Path) -> anyhow::Result<()> {
    let lock = web.join("package-lock.json");
    let lock: Value = serde_json::from_str(&fs::read_to_string(&lock).with_context(|| lock.display().to_string())?)?;
    let packages = lock.get("packages").and_then(Value::as_object).context("the lock file names no packages")?;
    let registry = std::env::var("npm_config_registry").unwrap_or_else(|_| REGISTRY.to_owned());
    for (folder, package) in packages {
        let Some(name) = folder.strip_prefix("node_modules/") else { continue };
        let text = |key: &str| package.get(key).and_then(Value::as_str).with_context(|| format!("{name} has no {key}"));
        let (version, integrity) = (text("version")?, text("integrity")?);
        let to = web.join(folder);
        if fs::read_to_string(to.join(STAMP)).is_ok_and(|known| known == integrity) {
            continue;
        }
        println!("fetching {name} {version}");
        let base = name.rsplit_once('/').map_or(name, |(_, base)| base);
        let url = format!("{}/{name}/-/{base}-{version}.tgz", registry.trim_end_matches('/'));
        fetch(&url, integrity, &to).with_context(|| format!("cannot fetch {url}"))?;
    }
    Ok(())
}

/// Puts what is in the archive at `url` into the folder `to`, if it is the one with this digest (Subresource Integrity, 3.5).
fn fetch(url: &str, integrity: &str, to: &Path) -> anyhow::Result<()> {
    // Beside its place: what is interrupted leaves nothing that looks whole.
    let new = to.with_extension("new");
    let _ = fs::remove_dir_all(&new);
    fs::create_dir_all(&new)?;
    let archive = new.join("archive.tgz");
    let quiet = ["--fail", "--silent", "--show-error", "--location", "--retry", "3", "--max-time", "120"];
    run(Command::new("curl").args(quiet).arg("--output").arg(&archive).arg(url))?;
    let digest = format!("sha512-{}", STANDARD.encode(Sha512::digest(fs::read(&archive)?)));
    ensure!(digest == integrity, "it is not what the lock file names: {digest} instead of {integrity}");
    run(Command::new("tar").arg("-xzf").arg(&archive).args(["--strip-components=1", "-C"]).arg(&new))?;
    fs::remove_file(archive)?;
    fs::write(new.join(STAMP), integrity)?;
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    Ok(fs::rename(new, to)?)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.output().with_context(|| format!("cannot run {program}; `make setup` installs it"))?;
    ensure!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr).trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_unpacked_if_it_has_the_digest_that_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let (package, archive) = (folder.path().join("package"), folder.path().join("one.tgz"));
        fs::create_dir(&package).unwrap();
        fs::write(package.join("LICENSE"), "MIT").unwrap();
        run(Command::new("tar").arg("-czf").arg(&archive).arg("-C").arg(folder.path()).arg("package")).unwrap();
        let url = format!("file://{}", archive.display());
        let integrity = format!("sha512-{}", STANDARD.encode(Sha512::digest(fs::read(&archive).unwrap())));
        let to = folder.path().join("node_modules/one");

        let refused = fetch(&url, "sha512-other", &to).unwrap_err();
        assert!(refused.to_string().contains(&integrity), "{refused}");
        assert!(!to.exists());
        fetch(&url, &integrity, &to).unwrap();
        fetch(&url, &integrity, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("LICENSE")).unwrap(), "MIT");
        assert_eq!(fs::read_to_string(to.join(STAMP)).unwrap(), integrity);
    }
}
