//! Klieg's look: the theme (`assets/theme.css`), the components' styles and the components themselves.
//!
//! Draws and nothing else: no calls, no storage, no words of its own. (The chat keeps its own connection, by a [`socket`].) Whoever uses a component gives it its text in the
//! viewer's language, and links the style sheets.

#![expect(unused_qualifications, reason = "rsx! writes paths in full")]

mod avatar;
pub mod chat;
mod choice;
mod field;
pub mod icon;
mod notice;
pub mod socket;
mod toast;

pub use avatar::{Avatar, AvatarSize, hue};
pub use choice::{ColourWell, Entry, Number, Select, Slider, Switch};
pub use field::{Check, Field, Segments, TextArea};
pub use icon::Icon;
pub use notice::{Alert, Notice, Tone};
pub use toast::{Toast, Toasts, use_toasts, use_toasts_provider};
