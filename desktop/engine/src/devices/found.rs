//! Devices as GStreamer knows them, in the words of the model.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Device, Devices};

/// GStreamer's monitor of cameras and sound devices. It follows them until it is dropped.
pub(super) struct Monitor(gst::DeviceMonitor);

const CAMERAS: &str = "Video/Source";
const MICROPHONES: &str = "Audio/Source";

impl Monitor {
    /// None if nothing on this system tells of devices.
    pub(super) fn start() -> Option<Self> {
        // That of PipeWire 0.3 writes where it must not, and ends the whole program when it is stopped. What PipeWire has is listed
        // by PulseAudio's, for which it stands in, and by V4L2's.
        if let Some(faulty) = gst::DeviceProviderFactory::find("pipewiredeviceprovider") {
            faulty.set_rank(gst::Rank::NONE);
        }
        let monitor = gst::DeviceMonitor::new();
        for class in [CAMERAS, MICROPHONES] {
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

    /// Cameras, microphones and screens.
    pub(super) fn devices(&self) -> Devices {
        let all = self.0.devices();
        let of = |class: &str| all.iter().filter(|device| device.has_classes(class)).map(described).collect();
        Devices { cameras: of(CAMERAS), microphones: of(MICROPHONES), ..Devices::default() }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.0.stop();
    }
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
    Device { name, device }
}

/// X11 displays of this machine, by their sockets. None in a session on Wayland, whose X11 displays show nothing but black.
pub(super) fn screens() -> Vec<Device> {
    if std::env::var_os("WAYLAND_DISPLAY").is_some_and(|name| !name.is_empty()) {
        return Vec::new();
    }
    let Ok(sockets) = std::fs::read_dir("/tmp/.X11-unix") else { return Vec::new() };
    let mut found: Vec<_> = sockets
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix('X')?.parse::<u32>().ok())
        .collect();
    found.sort_unstable();
    found
        .into_iter()
        .map(|number| Device { name: format!("X11 display {number}"), device: format!(":{number}") })
        .collect()
}
