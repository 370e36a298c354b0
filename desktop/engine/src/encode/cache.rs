//! What encoders in hardware did when they were tried last: that they worked, or refused to. It holds for as long as the driver is the
//! same, and saves each show the second that a trial takes. That one hung or was too slow is not kept here: it may have been that once.
//!
//! And what came of each, in software as well, when the creator had all of them tried: for the creator to read, and to tell before a
//! show whether this computer is fast enough. Nothing is chosen by it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::Canvas;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use super::probe::Measured;
use crate::kept;

/// Held from reading the file until it is written, so that no result is lost to another.
static CHANGING: Mutex<()> = Mutex::new(());

/// A file of results, by encoder and size.
#[derive(Clone, Debug)]
pub struct ProbeCache(PathBuf);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Known(BTreeMap<String, Tried>);

#[derive(Debug, Serialize, Deserialize)]
struct Tried {
    driver: String,
    result: Result<Measured, String>,
    /// When the creator asked, Unix time in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<u64>,
}

/// What came of trying an encoder when the creator asked for it last.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub result: Result<Measured, String>,
    /// Whether that was long ago, or with another driver.
    pub is_old: bool,
}

/// How long what the creator asked for is trusted, in seconds: a week.
const TRUSTED: u64 = 7 * 24 * 3_600;

impl ProbeCache {
    /// Results in this file, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// What is known of an encoder, if its driver is still the same.
    pub(super) fn get(&self, element: &str, canvas: Canvas) -> Option<Result<Measured, String>> {
        let known = kept::read::<Known>(&self.0).0.remove(&key(element, canvas))?;
        (known.driver == driver(element)).then_some(known.result)
    }

    /// Keeps a result. One that cannot be written is found out again the next time.
    pub(super) fn put(&self, element: &str, canvas: Canvas, result: &Result<Measured, String>) {
        let _alone = CHANGING.lock();
        let mut known = kept::read::<Known>(&self.0);
        let tried = Tried { driver: driver(element), result: result.clone(), asked: None };
        known.0.insert(key(element, canvas), tried);
        self.write(&known);
    }

    /// Keeps what the creator asked for at `now`, Unix time in seconds.
    pub(super) fn put_asked(&self, element: &str, canvas: Canvas, result: &Result<Measured, String>, now: u64) {
        let _alone = CHANGING.lock();
        let mut known = kept::read::<Known>(&self.0);
        let tried = Tried { driver: driver(element), result: result.clone(), asked: Some(now) };
        known.0.insert(asked_key(element, canvas), tried);
        self.write(&known);
    }

    /// What came of an encoder when the creator asked last, as of `now`, Unix time in seconds.
    pub(super) fn asked(&self, element: &str, canvas: Canvas, now: u64) -> Option<Asked> {
        let Tried { driver: with, result, asked } =
            kept::read::<Known>(&self.0).0.remove(&asked_key(element, canvas))?;
        let is_old = asked?.abs_diff(now) > TRUSTED || with != driver(element);
        Some(Asked { result, is_old })
    }

    /// Forgets what an encoder did, at any size.
    pub(super) fn forget(&self, element: &str) {
        let _alone = CHANGING.lock();
        let mut known = kept::read::<Known>(&self.0);
        known.0.retain(|key, _| !key.starts_with(&format!("{element} ")));
        self.write(&known);
    }

    fn write(&self, known: &Known) {
        if let Err(error) = kept::write(&self.0, known) {
            tracing::debug!(%error, path = %self.0.display(), "what the encoders did is not kept");
        }
    }
}

fn key(element: &str, Canvas { width, height, fps }: Canvas) -> String {
    format!("{element} {width}x{height} at {fps}")
}

fn asked_key(element: &str, canvas: Canvas) -> String {
    format!("asked {}", key(element, canvas))
}

/// What changes when an encoder's driver does: the kernel, the plugin, the card, the libraries that drive it.
fn driver(element: &str) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default().trim().to_owned();
    let plugin = gst::ElementFactory::find(element).and_then(|factory| factory.plugin());
    let mut parts = vec![read("/proc/sys/kernel/osrelease"), read("/sys/module/nvidia/version")];
    parts.extend(plugin.map(|plugin| format!("{} {}", plugin.plugin_name(), plugin.version())));
    for card in entries(Path::new("/sys/class/drm")) {
        let [vendor, device] = ["device/vendor", "device/device"].map(|name| card.join(name));
        parts.extend([vendor, device].map(|path| read(&path.to_string_lossy())));
    }
    for folder in ["/usr/lib/x86_64-linux-gnu/dri", "/usr/lib/aarch64-linux-gnu/dri", "/usr/lib64/dri", "/usr/lib/dri"]
    {
        for library in entries(Path::new(folder)) {
            let modified = std::fs::metadata(&library).and_then(|data| data.modified()).ok();
            let seconds = modified.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            parts.push(format!("{} {}", library.display(), seconds.map_or(0, |seconds| seconds.as_secs())));
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.join("; ")
}

/// What is in a folder, in order.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = found.map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANVAS: Canvas = Canvas { width: 1280, height: 720, fps: 30 };

    #[test]
    fn what_was_tried_is_known_until_the_driver_changes() {
        gst::init().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let cache = ProbeCache::at(folder.path().join("deeper/encoders.json"));
        assert_eq!(cache.get("vah264enc", CANVAS), None);
        let worked = Ok(Measured { frames: 15, fps: 240.0 });
        cache.put("vah264enc", CANVAS, &worked);
        cache.put("nvh264enc", CANVAS, &Err("it does not start".to_owned()));
        assert_eq!(cache.get("vah264enc", CANVAS), Some(worked));
        assert_eq!(cache.get("nvh264enc", CANVAS), Some(Err("it does not start".to_owned())));
        assert_eq!(cache.get("vah264enc", Canvas { fps: 60, ..CANVAS }), None);
        cache.forget("nvh264enc");
        assert_eq!(cache.get("nvh264enc", CANVAS), None);
        // As another driver would have left it.
        let text = std::fs::read_to_string(&cache.0).unwrap();
        std::fs::write(&cache.0, text.replace(&driver("vah264enc"), "another")).unwrap();
        assert_eq!(cache.get("vah264enc", CANVAS), None);
        std::fs::write(&cache.0, "{ half of").unwrap();
        assert_eq!(cache.get("nvh264enc", CANVAS), None);
    }

    #[test]
    fn what_the_creator_asked_for_is_told_for_a_week_and_decides_nothing() {
        const NOW: u64 = 2_000_000_000;
        gst::init().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let cache = ProbeCache::at(folder.path().join("encoders.json"));
        let slow = Ok(Measured { frames: 60, fps: 12.0 });
        cache.put_asked("x264enc", CANVAS, &slow, NOW);
        cache.put_asked("nvh264enc", CANVAS, &Err("its test hung".to_owned()), NOW);
        let told = |element: &str, now: u64| cache.asked(element, CANVAS, now);
        assert_eq!(told("x264enc", NOW), Some(Asked { result: slow.clone(), is_old: false }));
        assert!(!told("nvh264enc", NOW + TRUSTED).unwrap().is_old);
        assert!(told("x264enc", NOW + TRUSTED + 1).unwrap().is_old);
        assert_eq!(told("vah264enc", NOW), None);
        assert_eq!(cache.asked("x264enc", Canvas { fps: 60, ..CANVAS }, NOW), None);
        assert_eq!((cache.get("x264enc", CANVAS), cache.get("nvh264enc", CANVAS)), (None, None));
        let text = std::fs::read_to_string(&cache.0).unwrap();
        std::fs::write(&cache.0, text.replace(&driver("x264enc"), "another")).unwrap();
        assert!(told("x264enc", NOW).unwrap().is_old);
    }
}
