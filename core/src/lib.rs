//! The client's side of Klieg: sessions, calls, rooms and the choice of how to play a broadcast.
//!
//! Decides and never acts: no sockets, no clock, no screen. Whoever uses it sends the requests it describes, tells it what
//! happened and what time it is, and does what it answers. So it is the same in the browser, the studio and the apps, and
//! every odd case is a plain test. Times are milliseconds on any clock that does not go back.

pub mod backoff;
pub mod call;
pub mod calls;
pub mod heard;
pub mod notifications;
pub mod pages;
pub mod playback;
pub mod room;
pub mod session;

pub use call::{Call, CallError, Method};
pub use playback::Playback;
pub use session::Session;
