//! Desktop sound: what the computer plays, on whichever output is in use.
//!
//! PulseAudio looks up [`Microphone::DESKTOP`] when a stream begins, and leaves the stream there when the creator chooses another
//! output; when the output goes, it gives it a microphone. So the stream is asked to be at the output in use all the time, which is
//! nothing where it is there already; and one that was moved is begun anew, for what it missed meanwhile would make it late for good.
//! PipeWire's own streams follow by themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Microphone, SoundSystem, Source};

use super::build::Built;

/// Where a stream was moved is remembered by the system for the next one of this program, which may be a microphone's: not of this one.
const OF_PULSE: &str =
    "props, module-stream-restore.id=(string)klieg-desktop-sound, state.restore-target=(string)false";
/// Without a target, what is captured is the output in use.
const OF_PIPEWIRE: &str = "props, stream.capture.sink=(string)true";
/// What PulseAudio's element says of where its stream is.
const WHERE: &str = "current-device";

/// Lets a sound system's element hear the output that is in use.
pub(super) fn hear(device: &gst::Element, system: SoundSystem) {
    match system {
        SoundSystem::Pulse => {
            device.set_property_from_str("stream-properties", OF_PULSE);
            device.set_property("device", Microphone::DESKTOP);
        }
        SoundSystem::Pipewire => device.set_property_from_str("stream-properties", OF_PIPEWIRE),
    }
}

/// Keeps a running stream at the output that is in use.
pub(super) struct Follower {
    device: gst::Element,
    /// Whether something of the stream has changed since it was last looked at.
    has_changed: Arc<AtomicBool>,
    /// Where the stream began, once that is known.
    began: Option<String>,
}

impl Follower {
    /// None of a source that hears one device, or follows by itself.
    pub(super) fn of(source: &Source, built: &Built) -> Option<Self> {
        match source {
            Source::Microphone(microphone)
                if microphone.follows_output() && microphone.system == SoundSystem::Pulse =>
            {
                built.pipeline.by_name("device").map(Self::new)
            }
            _ => None,
        }
    }

    fn new(device: gst::Element) -> Self {
        let has_changed = Arc::new(AtomicBool::new(true));
        let told = has_changed.clone();
        device.connect_notify(Some(WHERE), move |_, _| told.store(true, Ordering::Relaxed));
        Self { device, has_changed, began: None }
    }

    /// Whether the stream of a pipeline that plays was moved since it began. The sound server is waited for only when it says that
    /// something has changed.
    pub(super) fn has_moved(&mut self) -> bool {
        self.device.set_property("device", Microphone::DESKTOP);
        if !self.has_changed.swap(false, Ordering::Relaxed) {
            return false;
        }
        // Empty while the server does not say.
        let Some(now) = self.device.property::<Option<String>>(WHERE).filter(|name| !name.is_empty()) else {
            return false;
        };
        let has_moved = self.began.as_ref().is_some_and(|began| *began != now);
        self.began.get_or_insert(now);
        has_moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_asked_for_what_it_knows() {
        gst::init().unwrap();
        let element = gst::ElementFactory::make("pulsesrc").build().expect("gstreamer1.0-pulseaudio");
        hear(&element, SoundSystem::Pulse);
        assert_eq!(element.property::<Option<String>>("device").as_deref(), Some("@DEFAULT_MONITOR@"));
        let properties = element.property::<gst::Structure>("stream-properties");
        assert_eq!(properties.get::<String>("module-stream-restore.id").unwrap(), "klieg-desktop-sound");
        assert_eq!(properties.get::<String>("state.restore-target").unwrap(), "false");
        // Nothing is known of a stream that has not begun.
        assert!(!Follower::new(element).has_moved());
    }
}
