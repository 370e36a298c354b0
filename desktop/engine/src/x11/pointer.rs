//! The mouse pointer, drawn into the picture of a window or a display.

use x11rb::cookie::Cookie;
use x11rb::protocol::xfixes::{self, ConnectionExt as _, GetCursorImageReply};
use x11rb::protocol::xproto::{ConnectionExt as _, QueryPointerReply, Window};
use x11rb::rust_connection::RustConnection;

use super::part::Part;
use super::windows::met;
use super::{Display, Trouble};

/// The pointer over what is read: where its picture begins, in pixels of that, and which of the pointer's pictures it is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pointer {
    left: i32,
    top: i32,
    serial: u32,
    size: (usize, usize),
    /// Rows of ARGB, colours multiplied with alpha.
    pixels: Vec<u32>,
}

/// What was asked, until it is answered.
pub(super) struct Asked<'a> {
    place: Cookie<'a, RustConnection, QueryPointerReply>,
    image: Cookie<'a, RustConnection, GetCursorImageReply>,
}

impl Pointer {
    pub(super) fn prepare(display: &Display) -> Result<(), Trouble> {
        display.must_have(xfixes::X11_EXTENSION_NAME)?;
        display.connection.xfixes_query_version(2, 0)?.reply()?;
        Ok(())
    }

    pub(super) fn ask(display: &Display, window: Window) -> Result<Asked<'_>, Trouble> {
        let place = display.connection.query_pointer(window)?;
        Ok(Asked { place, image: display.connection.xfixes_get_cursor_image()? })
    }

    /// Draws itself over rows of 32-bit pixels, blue first.
    pub(super) fn draw(&self, width: usize, pixels: &mut [u8]) {
        for (line, row) in (self.top..).zip(self.pixels.chunks(self.size.0.max(1))) {
            let Some(target) = usize::try_from(line).ok().and_then(|line| pixels.chunks_mut(width * 4).nth(line))
            else {
                continue;
            };
            for (column, argb) in (self.left..).zip(row) {
                let place = usize::try_from(column).ok().and_then(|column| target.chunks_exact_mut(4).nth(column));
                if let Some([blue, green, red, _]) = place {
                    let [own_blue, own_green, own_red, alpha] = argb.to_le_bytes();
                    for (below, own) in [(blue, own_blue), (green, own_green), (red, own_red)] {
                        let rest = u16::from(*below) * u16::from(255 - alpha) / 255;
                        *below = own.saturating_add(rest as u8);
                    }
                }
            }
        }
    }
}

impl Asked<'_> {
    /// The pointer, if it is over a part of the window.
    pub(super) fn answer(self, part: Part) -> Result<Option<Pointer>, Trouble> {
        let (Some(place), Some(image)) = (met(self.place.reply())?, met(self.image.reply())?) else { return Ok(None) };
        let (x, y) = (i32::from(place.win_x) - i32::from(part.left), i32::from(place.win_y) - i32::from(part.top));
        let over = |at: i32, side: u16| (0..i32::from(side)).contains(&at);
        if !place.same_screen || !over(x, part.width) || !over(y, part.height) {
            return Ok(None);
        }
        Ok(Some(Pointer {
            left: x - i32::from(image.xhot),
            top: y - i32::from(image.yhot),
            serial: image.cursor_serial,
            size: (image.width.into(), image.height.into()),
            pixels: image.cursor_image,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_at_the_edge_is_cut_off_and_what_is_clear_in_it_shows_what_is_below() {
        let (red, half, clear) = (0xffff_0000, 0x8080_0000, 0);
        let pointer =
            Pointer { left: -1, top: 1, serial: 1, size: (3, 2), pixels: vec![red, half, clear, red, red, red] };
        let mut pixels = vec![100; 2 * 2 * 4];
        pointer.draw(2, &mut pixels);
        let below = [100, 100, 100, 100];
        assert_eq!(pixels.chunks(4).collect::<Vec<_>>(), [&below[..], &below, &[49, 49, 177, 100], &below]);
    }
}
