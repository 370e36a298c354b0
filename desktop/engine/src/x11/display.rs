//! A connection to a display, and what can go wrong with it.

use thiserror::Error;
use x11rb::connection::{Connection as _, RequestConnection};
use x11rb::errors::{ConnectionError, ReplyError, ReplyOrIdError};
use x11rb::protocol::xproto::{ImageOrder, Window};
use x11rb::rust_connection::RustConnection;

x11rb::atom_manager! {
    pub(super) Atoms: AtomsCookie {
        _NET_CLIENT_LIST,
        _NET_WM_NAME,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DESKTOP,
        _NET_WM_WINDOW_TYPE_DOCK,
        UTF8_STRING,
        WM_STATE,
    }
}

/// Why there is no picture of a window or a display, as a part of a sentence.
#[derive(Debug, Error)]
pub(crate) enum Trouble {
    #[error("the X11 display {display} does not answer ({error})")]
    NoDisplay { display: String, error: String },
    #[error("the X11 display has gone ({0})")]
    Gone(#[from] ConnectionError),
    #[error("the X11 display cannot show single windows: it has no {0} extension")]
    NoExtension(&'static str),
    #[error("no window {0} is open")]
    NotOpen(String),
    #[error("its window is minimised or on another workspace")]
    Hidden,
    #[error("its window was closed")]
    Closed,
    #[error("the X11 display has nothing where it looks: a monitor was taken away or made smaller")]
    Outside,
    #[error("the X11 display gives no picture ({0})")]
    Unreadable(String),
}

impl From<ReplyError> for Trouble {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => Self::Gone(error),
            ReplyError::X11Error(error) => Self::Unreadable(format!("{:?}", error.error_kind)),
        }
    }
}

impl From<ReplyOrIdError> for Trouble {
    fn from(error: ReplyOrIdError) -> Self {
        match error {
            ReplyOrIdError::ConnectionError(error) => Self::Gone(error),
            ReplyOrIdError::X11Error(error) => Self::Unreadable(format!("{:?}", error.error_kind)),
            ReplyOrIdError::IdsExhausted => Self::Unreadable("it has no more ids".to_owned()),
        }
    }
}

/// An X11 display.
pub(crate) struct Display {
    pub(super) connection: RustConnection,
    pub(super) root: Window,
    pub(super) atoms: Atoms,
}

impl Display {
    /// Connects to the display `name`, such as `:0`, or to that of the `DISPLAY` variable.
    pub(crate) fn open(name: Option<&str>) -> Result<Self, Trouble> {
        let failed = |error: String| {
            let display = name.map_or_else(|| "of this session".to_owned(), ToOwned::to_owned);
            Trouble::NoDisplay { display, error }
        };
        let (connection, screen) = x11rb::connect(name).map_err(|error| failed(error.to_string()))?;
        let root = connection.setup().roots.get(screen).map(|screen| screen.root);
        let root = root.ok_or_else(|| failed("it has no such screen".to_owned()))?;
        let atoms = Atoms::new(&connection)?.reply()?;
        Ok(Self { connection, root, atoms })
    }

    pub(super) fn must_have_our_order(&self) -> Result<(), Trouble> {
        if self.connection.setup().image_byte_order == ImageOrder::LSB_FIRST {
            return Ok(());
        }
        Err(Trouble::Unreadable("its bytes have another order than this computer's".to_owned()))
    }

    pub(super) fn must_have(&self, extension: &'static str) -> Result<(), Trouble> {
        match self.connection.extension_information(extension)? {
            Some(_) => Ok(()),
            None => Err(Trouble::NoExtension(extension)),
        }
    }
}
