//! What is plugged in.

use serde::{Deserialize, Serialize};

use crate::source::{Screen, Source, is_monitor};

/// One device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// As people know it.
    pub name: String,
    /// As a source's `device`, `display` or `window` names it.
    pub device: String,
    /// What else a source may name it: of a camera, what it is called until it is plugged in again, such as `/dev/video0`; of a
    /// display with one monitor, that monitor; of a monitor, those that show the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Of one monitor of several: its name, as a screen's `monitor` has it. It stays when monitors are arranged in another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor: Option<String>,
    /// Of one monitor of several: its part of the display now, as a screen's `area` has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<[u32; 4]>,
}

impl Device {
    pub fn new(name: impl Into<String>, device: impl Into<String>) -> Self {
        Self { name: name.into(), device: device.into(), ..Self::default() }
    }

    /// What tells it from the others of its kind: monitors are parts of one display.
    pub fn key(&self) -> String {
        match &self.monitor {
            Some(monitor) => format!("{} {monitor}", self.device),
            None => self.device.clone(),
        }
    }

    /// Whether a source that names its device so means this one.
    pub fn is(&self, named: &str) -> bool {
        self.device == named || self.also.iter().any(|also| also == named)
    }

    /// Whether it is what a source shows: the monitor that it names, or the display, all of it or a part.
    pub fn is_shown_by(&self, screen: &Screen) -> bool {
        let is_display = match &screen.display {
            Some(display) => *display == self.device,
            // Without a name it is the main screen, whichever that is.
            None => screen.monitor.is_some(),
        };
        is_display
            && match &screen.monitor {
                Some(monitor) => self.monitor.as_ref() == Some(monitor) || self.also.contains(monitor),
                None => self.monitor.is_none(),
            }
    }
}

/// A window that is open. Either of its names may be empty, not both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenWindow {
    /// The class of the program's windows.
    pub application: String,
    pub title: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    pub cameras: Vec<Device>,
    /// Microphones, and the sound of the desktop (`.monitor`).
    pub microphones: Vec<Device>,
    /// What plays sound: speakers, headphones.
    #[serde(default)]
    pub outputs: Vec<Device>,
    pub screens: Vec<Device>,
    /// Whether the desktop has a dialog in which a screen or a window can be chosen.
    #[serde(default)]
    pub screen_cast: bool,
    /// Of the display that the studio is on.
    #[serde(default)]
    pub windows: Vec<OpenWindow>,
}

impl Devices {
    /// Whether there is an output, so that there is sound of the desktop.
    pub fn has_output(&self) -> bool {
        self.microphones.iter().any(|device| is_monitor(&device.device))
    }

    /// Whether the device that a source names is plugged in; for the sound of the output that is in use, any output. None of a
    /// source that has no device, or takes whatever is there: sound servers write names of that kind with an `@`.
    pub fn has(&self, source: &Source) -> Option<bool> {
        let (known, wanted) = match source {
            Source::Camera(camera) => (&self.cameras, camera.device.to_str()?),
            Source::Microphone(microphone) if microphone.follows_output() => return Some(self.has_output()),
            Source::Microphone(microphone) => {
                (&self.microphones, microphone.device.as_deref().filter(|name| !name.starts_with('@'))?)
            }
            _ => return None,
        };
        Some(known.iter().any(|device| device.is(wanted)))
    }
}
