//! Devices as GStreamer knows them, in the words of the model.

use std::path::{Path, PathBuf};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Device, Devices};

use crate::x11::Head;

/// GStreamer's monitor of cameras and sound devices. It follows them until it is dropped.
pub(super) struct Monitor(gst::DeviceMonitor);

const CAMERAS: &str = "Video/Source";
const MICROPHONES: &str = "Audio/Source";
const OUTPUTS: &str = "Audio/Sink";
/// What plays what is monitored: its outputs are those that can be chosen.
const PLAYS: &str = "pulsesink";
/// Where the system has links to cameras under names that stay when one is plugged in again or the computer starts anew: by what
/// the camera is, and by where it is plugged in.
const LASTING: &str = "/dev/v4l";
const BEST_FIRST: [&str; 2] = ["by-id", "by-path"];

impl Monitor {
    /// None if nothing on this system tells of devices.
    pub(super) fn start() -> Option<Self> {
        // That of PipeWire 0.3 writes where it must not, and ends the whole program when it is stopped. What PipeWire has is listed
        // by PulseAudio's, for which it stands in, and by V4L2's.
        if let Some(faulty) = gst::DeviceProviderFactory::find("pipewiredeviceprovider") {
            faulty.set_rank(gst::Rank::NONE);
        }
        let monitor = gst::DeviceMonitor::new();
        for class in [CAMERAS, MICROPHONES, OUTPUTS] {
            // A class that nothing here provides is no filter.
            let _ = monitor.add_filter(Some(class), None);
        }
        monitor.start().ok().map(|()| Self(monitor))
    }

    /// Whether something came, went or got another name since the last call.
    pub(super) fn has_changed(&self) -> bool {
        let bus = self.0.bus();
        std::iter::from_fn(|| bus.pop()).count() > 0
    }

    /// Cameras, microphones and outputs of sound.
    pub(super) fn devices(&self) -> Devices {
        let all = self.0.devices();
        let of = |class: &'static str| all.iter().filter(move |device| device.has_classes(class)).map(described);
        let cameras = of(CAMERAS).map(|camera| lasting(camera, Path::new(LASTING))).collect();
        let outputs = all.iter().filter(|device| device.has_classes(OUTPUTS) && is_of(device, PLAYS)).map(described);
        Devices { cameras, microphones: of(MICROPHONES).collect(), outputs: outputs.collect(), ..Devices::default() }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Whether an element of this kind is for the device.
fn is_of(device: &gst::Device, element: &str) -> bool {
    let made = device.create_element(None).ok().and_then(|made| made.factory());
    made.is_some_and(|factory| factory.name().as_str() == element)
}

fn described(device: &gst::Device) -> Device {
    let name = device.display_name().to_string();
    let properties = device.properties();
    let property = |key: &str| properties.as_ref().and_then(|properties| properties.get::<String>(key).ok());
    let path = property("device.path").or_else(|| property("node.name"));
    // Only an element made for the device knows the name by which its property finds it.
    let own = || {
        let element = device.create_element(None).ok()?;
        element.find_property("device")?;
        element.property_value("device").get::<Option<String>>().ok().flatten()
    };
    let device = own().or(path).unwrap_or_else(|| name.clone());
    Device::new(name, device)
}

/// A camera under the best of its names, and the others. As it is where the system names none.
fn lasting(camera: Device, links: &Path) -> Device {
    let Ok(node) = std::fs::canonicalize(&camera.device) else { return camera };
    let mut names: Vec<String> = Vec::new();
    for kind in BEST_FIRST {
        let found = std::fs::read_dir(links.join(kind)).into_iter().flatten().filter_map(Result::ok);
        let mut paths: Vec<PathBuf> = found.map(|entry| entry.path()).collect();
        paths.retain(|path| std::fs::canonicalize(path).is_ok_and(|to| to == node));
        paths.sort();
        names.extend(paths.into_iter().filter_map(|path| path.into_os_string().into_string().ok()));
    }
    names.push(camera.device);
    Device { device: names.remove(0), also: names, ..Device::new(camera.name, "") }
}

/// X11 displays of this machine, by their sockets, and first the `heads` of the one that this program is on. None in a session on
/// Wayland, whose X11 displays show nothing but black.
pub(super) fn screens(heads: &[Head]) -> Vec<Device> {
    if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
        return Vec::new();
    }
    let Ok(sockets) = std::fs::read_dir("/tmp/.X11-unix") else { return Vec::new() };
    let mut found: Vec<_> = sockets
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix('X')?.parse::<u32>().ok())
        .collect();
    found.sort_unstable();
    let own = std::env::var("DISPLAY").ok().and_then(|name| number(&name));
    let of = |number: u32| screen(number, if own == Some(number) { heads } else { &[] });
    found.into_iter().flat_map(of).collect()
}

/// The number in a display's name, such as `:0` or `:0.0`. None if it is on another computer.
fn number(name: &str) -> Option<u32> {
    name.strip_prefix(':')?.split('.').next()?.parse().ok()
}

/// A display: each of its monitors if there are several, and all of it.
fn screen(number: u32, heads: &[Head]) -> Vec<Device> {
    let (device, all) = (format!(":{number}"), format!("X11 display {number}"));
    let mut shown: Vec<&Head> = Vec::new();
    for head in heads {
        // One that shows the same is no other picture.
        if shown.iter().all(|known| known.area != head.area) {
            shown.push(head);
        }
    }
    if shown.len() < 2 {
        let also = heads.iter().map(|head| head.name.clone()).collect();
        return vec![Device { also, ..Device::new(all, device) }];
    }
    let mirrors = |head: &Head| {
        let is_one = |other: &&Head| other.area == head.area && other.name != head.name;
        heads.iter().filter(is_one).map(|other| other.name.clone()).collect::<Vec<_>>()
    };
    let part = |&head: &&Head| {
        let [_, _, width, height] = head.area;
        let name = format!("{}, {width} × {height}", head.name);
        let (also, monitor) = (mirrors(head), Some(head.name.clone()));
        Device { also, monitor, area: Some(head.area), ..Device::new(name, device.as_str()) }
    };
    let mut parts: Vec<_> = shown.iter().map(part).collect();
    parts.push(Device::new(format!("{all}, whole desktop"), device.as_str()));
    parts
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_display_of_several_monitors_is_each_of_them_and_all_of_it() {
        let head = |name: &str, left| Head { name: name.to_owned(), area: [left, 0, 1_920, 1_080] };
        let keys = |heads: &[Head]| screen(0, heads).iter().map(Device::key).collect::<Vec<_>>();
        assert_eq!(keys(&[]), [":0"]);
        assert_eq!(keys(&[head("DP-1", 0)]), [":0"]);
        let two = [head("DP-2", 1_920), head("DP-1", 0)];
        assert_eq!(keys(&two), [":0 DP-2", ":0 DP-1", ":0"]);
        let [one, mirror] = [head("DP-1", 0), head("HDMI-1", 0)];
        assert_eq!(keys(&[one.clone(), mirror.clone()]), [":0"], "both show the same");
        assert_eq!(screen(0, &[one.clone(), mirror.clone()])[0].also, ["DP-1", "HDMI-1"]);
        let listed = screen(0, &[one, mirror, head("DP-2", 1_920)]);
        assert_eq!((listed.len(), &listed[0].also[..]), (3, &["HDMI-1".to_owned()][..]));
        let names: Vec<_> = screen(0, &two).into_iter().map(|device| device.name).collect();
        assert_eq!(names, ["DP-2, 1920 × 1080", "DP-1, 1920 × 1080", "X11 display 0, whole desktop"]);
        for (name, expected) in [(":7", Some(7)), (":0.1", Some(0)), ("far:0", None), ("", None)] {
            assert_eq!(number(name), expected, "{name}");
        }
    }

    #[test]
    fn a_camera_has_the_name_that_lasts_and_is_known_by_its_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let text = |name: &str| path(name).to_str().unwrap().to_owned();
        for camera in ["video0", "video2", "video4"] {
            std::fs::write(path(camera), "").unwrap();
        }
        for (link, camera) in [
            ("by-id/usb-Maker-video-index0", "../video2"),
            ("by-path/pci-1-video-index0", "../video0"),
            ("by-path/pci-2-video-index0", "../video2"),
            ("by-path/pci-3-video-index0", "../video9"),
        ] {
            std::fs::create_dir_all(path(link).parent().unwrap()).unwrap();
            symlink(camera, path(link)).unwrap();
        }
        let named = |camera: &str| {
            let found = lasting(Device::new("A camera", text(camera)), folder.path());
            [vec![found.device], found.also].concat()
        };
        let [id, pci] = ["by-id/usb-Maker-video-index0", "by-path/pci-2-video-index0"].map(text);
        assert_eq!(named("video2"), [id, pci, text("video2")]);
        assert_eq!(named("video0"), [text("by-path/pci-1-video-index0"), text("video0")]);
        assert_eq!(named("video4"), [text("video4")], "nothing lasting is known of it");
        assert_eq!(named("video9"), [text("video9")], "it has gone meanwhile");
    }
}
