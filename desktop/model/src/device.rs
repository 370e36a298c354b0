//! What is plugged in.

use serde::{Deserialize, Serialize};

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// As people know it.
    pub name: String,
    /// As a source's `device`, `display` or `window` names it.
    pub device: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    pub cameras: Vec<Device>,
    /// Microphones, and the sound of the desktop (`.monitor`).
    pub microphones: Vec<Device>,
    pub screens: Vec<Device>,
}
