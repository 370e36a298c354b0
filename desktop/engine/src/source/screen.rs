//! The source `screen`: an X11 display, a part of it, or one of its monitors wherever that stands, at the canvas' rate.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Canvas, Device, Devices, Screen, Source};
use tokio::sync::watch::Receiver;

use super::build::{Built, PICTURE_OUT, ends, fitted};
use crate::EngineError;
use crate::element::{launch, make, named};
use crate::x11::Display;

pub(super) fn build(screen: &Screen, canvas: Canvas, tail: &str) -> Result<Built, EngineError> {
    let pipeline = launch(&format!(
        "capsfilter name=mode caps=video/x-raw,framerate={}/1 ! {} ! {PICTURE_OUT}",
        canvas.fps,
        fitted(tail)
    ))?;
    // Linked last: linking already looks at the display.
    let source = make("ximagesrc")?.create().property("use-damage", false).build()?;
    if let Some(display) = &screen.display {
        source.set_property("display-name", display);
    }
    source.set_property("show-pointer", screen.cursor);
    let part = part(screen);
    if let Some([left, top, width, height]) = part {
        source.set_property("startx", left);
        source.set_property("starty", top);
        source.set_property("endx", left.saturating_add(width).saturating_sub(1));
        source.set_property("endy", top.saturating_add(height).saturating_sub(1));
    }
    pipeline.add(&source)?;
    source.link(&named::<gst::Element>(&pipeline, "mode")?)?;
    Ok(Built { part, ..ends(pipeline) })
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
