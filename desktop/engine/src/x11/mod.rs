//! Windows of other programs on an X11 display: which are open, and the picture of one of them; and the display's monitors.
//!
//! Windows are not captured with GStreamer's `ximagesrc`. It shows whatever covers them, and when a captured window is
//! closed, Xlib ends the program. Here the display is asked without Xlib, so that an error is a value; and it is asked
//! (Composite extension) to keep the whole window's picture, covered or not.

mod display;
mod grab;
mod heads;
mod pointer;
mod windows;

pub(crate) use display::{Display, Trouble};
pub(crate) use grab::{Grab, Picture};
pub(crate) use heads::Head;
