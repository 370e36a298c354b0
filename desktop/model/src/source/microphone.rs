//! What is recorded by the system's sound server: microphones, and what the computer itself plays.

use serde::{Deserialize, Serialize};

/// A microphone, or the sound of the desktop (a device whose name ends in `.monitor`, or [`Microphone::DESKTOP`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Microphone {
    pub name: String,
    #[serde(default)]
    pub system: SoundSystem,
    /// As `klieg-engine probe` prints it; the system's default if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Microphone {
    /// What PulseAudio, and PipeWire's stand-in for it, call the sound of the output that is in use.
    pub const DESKTOP: &str = "@DEFAULT_MONITOR@";

    /// Whether it is the sound of the desktop rather than a microphone.
    pub fn is_desktop(&self) -> bool {
        self.follows_output() || self.device.as_deref().is_some_and(is_monitor)
    }

    /// Whether it is the sound of the output that is in use, whichever that is.
    pub fn follows_output(&self) -> bool {
        self.device.as_deref() == Some(Self::DESKTOP)
    }
}

/// Whether a device is what an output plays.
pub(crate) fn is_monitor(device: &str) -> bool {
    device.ends_with(".monitor")
}

/// Whether a device is what this output plays.
pub(crate) fn is_monitor_of(device: &str, output: &str) -> bool {
    device.strip_suffix(".monitor") == Some(output)
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SoundSystem {
    /// PulseAudio, or PipeWire's stand-in for it.
    #[default]
    Pulse,
    Pipewire,
}
