//! Memory that the display's server and this program share, through which pictures come without passing the connection.
//!
//! The server makes it and hands its file over (MIT-SHM 1.2), which is read like any other: one more copy than a mapping costs,
//! and nothing that another program changes is ever borrowed.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::protocol::shm::{self, ConnectionExt as _, Seg};
use x11rb::protocol::xproto::ImageFormat;

use super::part::Part;
use super::windows::met;
use super::{Display, Trouble};

pub(super) struct Segment {
    id: Seg,
    memory: File,
    /// In bytes.
    pub(super) size: usize,
}

impl Segment {
    /// None where the display shares no memory, as one on another computer.
    pub(super) fn new(display: &Display, size: usize) -> Result<Option<Self>, Trouble> {
        let connection = &display.connection;
        if connection.extension_information(shm::X11_EXTENSION_NAME)?.is_none() {
            return Ok(None);
        }
        // Older ones take only memory that is known to the whole system by a number.
        let version = met(connection.shm_query_version()?.reply())?;
        if version.is_none_or(|version| (version.major_version, version.minor_version) < (1, 2)) {
            return Ok(None);
        }
        let (id, length) = (connection.generate_id()?, u32::try_from(size).unwrap_or(u32::MAX));
        let shared = met(connection.shm_create_segment(id, length, false)?.reply())?;
        Ok(shared.map(|shared| Self { id, memory: File::from(shared.shm_fd), size }))
    }

    /// The rows of a part of the display, which fits. None if the display could not give it just now.
    pub(super) fn read(&self, display: &Display, part: Part) -> Result<Option<Vec<u8>>, Trouble> {
        let (left, top) = (part.left.cast_signed(), part.top.cast_signed());
        let (all, format) = (u32::MAX, u8::from(ImageFormat::Z_PIXMAP));
        let image = display.connection.shm_get_image(
            display.root,
            left,
            top,
            part.width,
            part.height,
            all,
            format,
            self.id,
            0,
        )?;
        if met(image.reply())?.is_none() {
            return Ok(None);
        }
        let mut pixels = vec![0; part.bytes()];
        let read = self.memory.read_exact_at(&mut pixels, 0);
        read.map_err(|error| Trouble::Unreadable(format!("what it shares cannot be read: {error}")))?;
        Ok(Some(pixels))
    }

    /// Lets the display forget it.
    pub(super) fn give_back(self, display: &Display) -> Result<(), Trouble> {
        display.connection.shm_detach(self.id)?.ignore_error();
        Ok(())
    }
}
