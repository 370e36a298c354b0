//! The picture of one window, whether something covers it or not.

use x11rb::connection::Connection;
use x11rb::protocol::composite::{self, ConnectionExt as _, Redirect};
use x11rb::protocol::damage::{self, ConnectionExt as _, ReportLevel};
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat, MapState, Pixmap, Window};
use x11rb::protocol::{Event, xfixes};

use super::part::Part;
use super::pointer::Pointer;
use super::windows::met;
use super::{Display, Trouble};

/// Readings that may fail in a row: a window that changes its size does not answer for a moment.
const FAILURES: u32 = 30;

/// A picture: rows of 32-bit pixels, blue first, the fourth byte without meaning.
pub(crate) struct Picture {
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) pixels: Vec<u8>,
}

/// A window whose picture is read again and again.
pub(crate) struct Grab {
    display: Display,
    window: Window,
    /// The number under which its picture is asked for.
    pixmap: Pixmap,
    with_pointer: bool,
    /// Whether something was drawn since it was read.
    stale: bool,
    failures: u32,
    size: (u16, u16),
    pointer: Option<Pointer>,
    /// The last picture, without the pointer.
    pixels: Vec<u8>,
}

/// What a window says of itself.
struct Asked {
    /// Width and height in pixels.
    size: (u16, u16),
    /// The width of its border.
    border: u16,
    /// If it is over the window.
    pointer: Option<Pointer>,
}

impl Grab {
    pub(crate) fn start(display: Display, window: Window, with_pointer: bool) -> Result<Self, Trouble> {
        display.must_have_our_order()?;
        for extension in [xfixes::X11_EXTENSION_NAME, composite::X11_EXTENSION_NAME, damage::X11_EXTENSION_NAME] {
            display.must_have(extension)?;
        }
        let connection = &display.connection;
        Pointer::prepare(&display)?;
        connection.composite_query_version(0, 4)?.reply()?;
        connection.damage_query_version(1, 1)?.reply()?;
        let closed = |error: Trouble| match error {
            Trouble::Unreadable(_) => Trouble::Closed,
            other => other,
        };
        let redirected = connection.composite_redirect_window(window, Redirect::AUTOMATIC)?.check();
        redirected.map_err(|error| closed(error.into()))?;
        let watched = connection.damage_create(connection.generate_id()?, window, ReportLevel::NON_EMPTY)?.check();
        watched.map_err(|error| closed(error.into()))?;
        let pixmap = connection.generate_id()?;
        Ok(Self {
            display,
            window,
            pixmap,
            with_pointer,
            stale: true,
            failures: 0,
            size: (0, 0),
            pointer: None,
            pixels: Vec::new(),
        })
    }

    /// What the window shows now, if that is something else than the last time.
    pub(crate) fn look(&mut self) -> Result<Option<Picture>, Trouble> {
        let Asked { size, border, pointer } = self.ask()?;
        let connection = &self.display.connection;
        while let Some(event) = connection.poll_for_event()? {
            if let Event::DamageNotify(drawn) = event {
                connection.damage_subtract(drawn.damage, x11rb::NONE, x11rb::NONE)?;
                self.stale = true;
            }
        }
        if self.stale || size != self.size {
            if !self.read(size, border)? {
                return Ok(None);
            }
        } else if pointer == self.pointer {
            return Ok(None);
        }
        self.pointer = pointer;
        let mut pixels = self.pixels.clone();
        if let Some(pointer) = &self.pointer {
            pointer.draw(size.0.into(), &mut pixels);
        }
        Ok(Some(Picture { width: size.0, height: size.1, pixels }))
    }

    fn ask(&self) -> Result<Asked, Trouble> {
        let connection = &self.display.connection;
        let attributes = connection.get_window_attributes(self.window)?;
        let geometry = connection.get_geometry(self.window)?;
        let pointer = if self.with_pointer { Some(Pointer::ask(&self.display, self.window)?) } else { None };
        let (Some(attributes), Some(geometry)) = (met(attributes.reply())?, met(geometry.reply())?) else {
            return Err(Trouble::Closed);
        };
        if attributes.map_state != MapState::VIEWABLE {
            return Err(Trouble::Hidden);
        }
        let size = (geometry.width, geometry.height);
        // A window has at least one pixel.
        let all = Part::within(None, size);
        let pointer = pointer.zip(all).map(|(asked, all)| asked.answer(all)).transpose()?.flatten();
        Ok(Asked { size, border: geometry.border_width, pointer })
    }

    /// Reads the picture. False if the window could not give one just now.
    fn read(&mut self, size: (u16, u16), border: u16) -> Result<bool, Trouble> {
        let connection = &self.display.connection;
        // Named anew each time: after a change of size, or after it was hidden, a window draws into another one.
        connection.composite_name_window_pixmap(self.window, self.pixmap)?.ignore_error();
        let inset = border.cast_signed();
        let all = u32::MAX;
        let image = connection.get_image(ImageFormat::Z_PIXMAP, self.pixmap, inset, inset, size.0, size.1, all)?;
        connection.free_pixmap(self.pixmap)?.ignore_error();
        let Some(image) = met(image.reply())? else {
            self.failures += 1;
            if self.failures > FAILURES {
                return Err(Trouble::Unreadable("its picture is not kept".to_owned()));
            }
            return Ok(false);
        };
        let bytes = usize::from(size.0) * usize::from(size.1) * 4;
        if image.depth < 24 || image.data.len() < bytes {
            return Err(Trouble::Unreadable(format!("it has {} bits of colour, 24 are needed", image.depth)));
        }
        self.pixels = image.data;
        self.pixels.truncate(bytes);
        self.size = size;
        self.failures = 0;
        self.stale = false;
        Ok(true)
    }
}
