//! The devices a show can use, as GStreamer's monitors find them.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Device, Devices};

/// Looks for devices. GStreamer must have been initialised.
pub fn find() -> Devices {
    Devices { cameras: monitored("Video/Source"), microphones: monitored("Audio/Source"), screens: screens() }
}

fn monitored(class: &str) -> Vec<Device> {
    let monitor = gst::DeviceMonitor::new();
    if monitor.add_filter(Some(class), None).is_none() || monitor.start().is_err() {
        return Vec::new();
    }
    let devices = monitor.devices().iter().map(described).collect();
    monitor.stop();
    devices
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

/// X11 displays of this machine, by their sockets.
fn screens() -> Vec<Device> {
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
