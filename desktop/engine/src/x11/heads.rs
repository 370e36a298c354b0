//! Which monitors a display has: each shows a part of the one picture that the display has of them all (RandR extension).

use x11rb::connection::RequestConnection as _;
use x11rb::protocol::randr::{self, ConnectionExt as _};
use x11rb::protocol::xproto::ConnectionExt as _;

use super::windows::met;
use super::{Display, Trouble};

/// Monitors that are listed; more are left out.
const MOST: usize = 32;

/// A monitor, and its part of the display: left, top, width and height in pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: String,
    pub(crate) area: [u32; 4],
}

impl Display {
    /// The monitors, the main one first. None of a display that does not tell.
    pub(crate) fn heads(&self) -> Result<Vec<Head>, Trouble> {
        let connection = &self.connection;
        if connection.extension_information(randr::X11_EXTENSION_NAME)?.is_none() {
            return Ok(Vec::new());
        }
        // Older servers know no monitors.
        let version = met(connection.randr_query_version(1, 5)?.reply())?;
        if version.is_none_or(|version| (version.major_version, version.minor_version) < (1, 5)) {
            return Ok(Vec::new());
        }
        let Some(mut listed) = met(connection.randr_get_monitors(self.root, true)?.reply())? else {
            return Ok(Vec::new());
        };
        listed.monitors.sort_by_key(|monitor| !monitor.primary);
        let mut heads = Vec::new();
        for monitor in listed.monitors.into_iter().take(MOST) {
            let name = met(connection.get_atom_name(monitor.name)?.reply())?;
            let corner = (u32::try_from(monitor.x), u32::try_from(monitor.y));
            if let (Some(name), (Ok(left), Ok(top))) = (name, corner) {
                let area = [left, top, monitor.width.into(), monitor.height.into()];
                heads.push(Head { name: String::from_utf8_lossy(&name.name).into_owned(), area });
            }
        }
        Ok(heads)
    }
}
