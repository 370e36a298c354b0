//! The source `screen`: an X11 display, a part of it, or one of its monitors wherever that stands, at the canvas' rate and in whatever
//! size it has at the moment.

use klieg_studio_model::{Canvas, Device, Devices, Screen, Source};
use tokio::sync::watch::Receiver;

use super::build::Built;
use super::window::play;
use crate::EngineError;
use crate::x11::{Desktop, Display, Trouble};

/// Fails with a reason if the display does not answer.
pub(super) fn build(screen: &Screen, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let part = part(screen);
    let start = || Desktop::start(Display::open(screen.display.as_deref())?, part, screen.cursor);
    let mut desktop = start().map_err(|trouble: Trouble| EngineError::Source(trouble.to_string()))?;
    Ok(Built { part, ..play(move || desktop.look(), canvas, tail)? })
}

/// Whether the display has anything of what is shown. False if it does not answer.
pub(super) fn is_there(screen: &Screen) -> bool {
    let look = || -> Result<bool, Trouble> { Display::open(screen.display.as_deref())?.has(part(screen)) };
    look().unwrap_or(false)
}

/// The part of the display that is shown: where its monitor stands now, or what the source says itself.
fn part(screen: &Screen) -> Option<[u32; 4]> {
    let stands = |name: &String| {
        let heads = Display::open(screen.display.as_deref()).and_then(|display| display.heads()).ok()?;
        heads.into_iter().find(|head| head.name == *name).map(|head| head.area)
    };
    screen.monitor.as_ref().and_then(stands).or(screen.area)
}

/// A monitor that is shown, which may be put elsewhere meanwhile, or be away and come back.
pub(super) struct Monitor {
    screen: Screen,
    shown: Option<[u32; 4]>,
    /// The screens when the display was asked last.
    listed: Vec<Device>,
}

impl Monitor {
    /// None of a source that names none.
    pub(super) fn of(source: &Source, built: &Built) -> Option<Self> {
        match source {
            Source::Screen(screen) if screen.monitor.is_some() => {
                Some(Self { screen: screen.clone(), shown: built.part, listed: Vec::new() })
            }
            _ => None,
        }
    }

    /// Whether another part of the display is to be shown. The display is asked only when the screens have changed.
    pub(super) fn has_moved(&mut self, devices: &Receiver<Devices>) -> bool {
        {
            let devices = devices.borrow();
            if devices.screens == self.listed {
                return false;
            }
            self.listed.clone_from(&devices.screens);
        }
        part(&self.screen) != self.shown
    }
}
