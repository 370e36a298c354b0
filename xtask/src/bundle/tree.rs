//! The files of a package, laid out as they will be installed.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use flate2::{Compression, GzBuilder};

pub(super) struct Tree(PathBuf);

impl Tree {
    /// An empty one; what is left of an earlier one goes.
    pub(super) fn new(root: PathBuf) -> anyhow::Result<Self> {
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        let tree = Self(root);
        tree.folder(&tree.0.join("DEBIAN"))?;
        Ok(tree)
    }

    pub(super) fn root(&self) -> &Path {
        &self.0
    }

    pub(super) fn program(&self, path: &str, from: &Path) -> anyhow::Result<PathBuf> {
        let place = self.place(path)?;
        fs::copy(from, &place).with_context(|| from.display().to_string())?;
        fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
        Ok(place)
    }

    pub(super) fn file(&self, path: &str, from: &Path) -> anyhow::Result<()> {
        self.bytes(path, &fs::read(from).with_context(|| from.display().to_string())?)
    }

    pub(super) fn text(&self, path: &str, text: &str) -> anyhow::Result<()> {
        self.bytes(path, text.as_bytes())
    }

    /// Compressed without name and time, so that the same text makes the same file.
    pub(super) fn compressed(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let mut gzip = GzBuilder::new().write(Vec::new(), Compression::best());
        gzip.write_all(text.as_bytes())?;
        self.bytes(path, &gzip.finish()?)
    }

    /// The control file and the sums of all the others.
    pub(super) fn control(&self, text: &str) -> anyhow::Result<()> {
        let files = self.files()?;
        let names = files.iter().filter_map(|file| file.strip_prefix(&self.0).ok());
        let sums = super::run(Command::new("md5sum").args(names).current_dir(&self.0))?;
        self.text("DEBIAN/md5sums", &sums)?;
        self.text("DEBIAN/control", text)
    }

    /// What the files take on a disk, as Debian counts it.
    pub(super) fn kibibytes(&self) -> anyhow::Result<u64> {
        let lengths = self.files()?.into_iter().map(|file| Ok(fs::metadata(file)?.len().div_ceil(1_024)));
        lengths.sum()
    }

    /// All files to be installed, in order.
    fn files(&self) -> anyhow::Result<Vec<PathBuf>> {
        let (mut folders, mut files) = (vec![self.0.join("usr")], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        Ok(files)
    }

    fn bytes(&self, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
        let place = self.place(path)?;
        fs::write(&place, bytes)?;
        fs::set_permissions(&place, fs::Permissions::from_mode(0o644))?;
        Ok(())
    }

    fn place(&self, path: &str) -> anyhow::Result<PathBuf> {
        let place = self.0.join(path);
        self.folder(place.parent().context("a file stands in a folder")?)?;
        Ok(place)
    }

    /// Makes a folder that everybody may look into, whatever this user's mask is.
    fn folder(&self, folder: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(folder)?;
        for folder in folder.ancestors().take_while(|folder| folder.starts_with(&self.0)) {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }
}
