//! An X11 display: its picture or a part of it, which windows of other programs are open on it, the picture of one of them, and its
//! monitors.
//!
//! Nothing is captured with GStreamer's `ximagesrc`. It follows the size of a whole display, but when a monitor that it shows is
//! taken away, or a window is closed, Xlib ends the program; and of a window it shows whatever covers it. Here the display is asked
//! without Xlib, so that an error is a value; and it is asked (Composite extension) to keep a window's whole picture, covered or not.

mod desktop;
mod display;
mod grab;
mod heads;
mod part;
mod pointer;
mod segment;
mod windows;

pub(crate) use desktop::Desktop;
pub(crate) use display::{Display, Trouble};
pub(crate) use grab::{Grab, Picture};
pub(crate) use heads::Head;
