//! The picture of a display or of a part of it, whatever becomes of the display's size.

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use super::grab::Picture;
use super::part::Part;
use super::pointer::Pointer;
use super::segment::Segment;
use super::windows::met;
use super::{Display, Trouble};

/// Readings that may fail in a row: between the question for its size and that for its picture a display may have become smaller.
const FAILURES: u32 = 30;

/// A display whose picture is read again and again: all of it each time. What was drawn is not asked for as it is of windows (Damage
/// extension): programs that draw past the server, as desktops with effects do, do not always tell.
pub(crate) struct Desktop {
    display: Display,
    area: Option<[u32; 4]>,
    with_pointer: bool,
    /// Whether the display may share memory; until it is found that it does not.
    shares: bool,
    segment: Option<Segment>,
    failures: u32,
}

impl Display {
    /// Whether there is anything of an area now.
    pub(crate) fn has(&self, area: Option<[u32; 4]>) -> Result<bool, Trouble> {
        let geometry = self.connection.get_geometry(self.root)?.reply()?;
        Ok(Part::within(area, (geometry.width, geometry.height)).is_some())
    }
}

impl Desktop {
    /// `area` is `[left, top, width, height]`, or all if none.
    pub(crate) fn start(display: Display, area: Option<[u32; 4]>, with_pointer: bool) -> Result<Self, Trouble> {
        display.must_have_our_order()?;
        let with_pointer = with_pointer
            && match Pointer::prepare(&display) {
                Err(Trouble::NoExtension(_)) => false,
                prepared => prepared.map(|()| true)?,
            };
        let pixels = |depth| display.connection.setup().pixmap_formats.iter().find(move |format| format.depth == depth);
        let depth = display.connection.get_geometry(display.root)?.reply()?.depth;
        if !matches!(depth, 24 | 32) || pixels(depth).is_none_or(|format| format.bits_per_pixel != 32) {
            return Err(Trouble::Unreadable(format!("it has {depth} bits of colour, 24 are needed")));
        }
        Ok(Self { display, area, with_pointer, shares: true, segment: None, failures: 0 })
    }

    /// What it shows now. Nothing if it could not tell just now.
    pub(crate) fn look(&mut self) -> Result<Option<Picture>, Trouble> {
        let Display { connection, root, .. } = &self.display;
        let geometry = connection.get_geometry(*root)?;
        let pointer = if self.with_pointer { Some(Pointer::ask(&self.display, *root)?) } else { None };
        let geometry = geometry.reply()?;
        let part = Part::within(self.area, (geometry.width, geometry.height)).ok_or(Trouble::Outside)?;
        let pointer = pointer.map(|asked| asked.answer(part)).transpose()?.flatten();
        let Some(mut pixels) = self.read(part)? else {
            self.failures += 1;
            return if self.failures > FAILURES {
                Err(Trouble::Unreadable("it refuses it".to_owned()))
            } else {
                Ok(None)
            };
        };
        self.failures = 0;
        if let Some(pointer) = pointer {
            pointer.draw(part.width.into(), &mut pixels);
        }
        Ok(Some(Picture { width: part.width, height: part.height, pixels }))
    }

    fn read(&mut self, part: Part) -> Result<Option<Vec<u8>>, Trouble> {
        let is_small = |segment: &Segment| segment.size < part.bytes();
        if self.shares && self.segment.as_ref().is_none_or(is_small) {
            if let Some(small) = self.segment.take() {
                small.give_back(&self.display)?;
            }
            self.segment = Segment::new(&self.display, part.bytes())?;
            self.shares = self.segment.is_some();
        }
        match &self.segment {
            Some(segment) => segment.read(&self.display, part),
            None => self.receive(part),
        }
    }

    /// Reads through the connection.
    fn receive(&self, part: Part) -> Result<Option<Vec<u8>>, Trouble> {
        let Display { connection, root, .. } = &self.display;
        let (left, top, all) = (part.left.cast_signed(), part.top.cast_signed(), u32::MAX);
        let image = connection.get_image(ImageFormat::Z_PIXMAP, *root, left, top, part.width, part.height, all)?;
        let whole = met(image.reply())?.map(|image| image.data).filter(|data| data.len() >= part.bytes());
        Ok(whole.map(|mut pixels| {
            pixels.truncate(part.bytes());
            pixels
        }))
    }
}
