//! Lets a page be heard.
//!
//! `wpesrc` takes a page's sound out of WebKit by an extension. It looks for it beside its plugin, and otherwise where it was
//! installed; but Debian's 1.22 has a wrong path compiled in (`x86_64-1-gnu`). So where the extension is not beside the plugin,
//! both are put side by side, as links in a folder of the user's, and the plugin is taken from there.

use std::io;
use std::path::{Path, PathBuf};

use gstreamer as gst;
use gstreamer::prelude::*;

/// The extension's folder, as `wpesrc` looks for it.
const BESIDE: &str = "wpe-extension";
/// Where distributions put it, seen from the plugin's folder.
const INSTALLED: &str = "../gst-plugins-bad/wpe-extension";

/// Makes `wpesrc` find its extension. Before this process uses it; an error costs only the sound.
pub(super) fn provide() -> Result<(), String> {
    let plugin = gst::ElementFactory::find("wpesrc").and_then(|factory| factory.plugin());
    let Some(plugin) = plugin.and_then(|plugin| plugin.filename()) else { return Ok(()) };
    let folder = plugin.parent().unwrap_or(Path::new("/"));
    if folder.join(BESIDE).is_dir() {
        return Ok(());
    }
    let extension = folder.join(INSTALLED);
    let extension = extension.canonicalize().map_err(|error| format!("{}: {error}", extension.display()))?;
    let place = side_by_side(&plugin, &extension).map_err(|error| error.to_string())?;
    gst::Plugin::load_file(place).map_err(|error| error.to_string())?;
    Ok(())
}

fn side_by_side(plugin: &Path, extension: &Path) -> io::Result<PathBuf> {
    let own = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let folder = own.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let folder = folder.ok_or_else(|| io::Error::other("this user has no folder for caches"))?.join("klieg-engine/wpe");
    std::fs::create_dir_all(&folder)?;
    let place = folder.join(plugin.file_name().unwrap_or_default());
    for (link, target) in [(&place, plugin), (&folder.join(BESIDE), extension)] {
        if std::fs::read_link(link).is_ok_and(|known| known == target) {
            continue;
        }
        match std::fs::remove_file(link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        match std::os::unix::fs::symlink(target, link) {
            // Another page was faster.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    Ok(place)
}
