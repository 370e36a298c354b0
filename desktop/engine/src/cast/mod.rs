//! Screens and windows that the desktop lets the creator choose, in a dialog of its own: the XDG Desktop Portal's ScreenCast
//! (<https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.ScreenCast.html>), the only way on Wayland.
//!
//! Built in with the feature `portal`, which the studio has: a program without a desktop needs no D-Bus.

#![cfg_attr(not(feature = "portal"), allow(dead_code, reason = "nothing is granted without the portal"))]

mod grants;
#[cfg(feature = "portal")]
mod portal;

#[cfg(not(feature = "portal"))]
mod portal {
    use std::convert::Infallible;
    use std::os::fd::OwnedFd;

    use klieg_studio_model::ScreenCast;

    use super::{Grants, Refusal};

    /// There is none.
    pub(crate) struct Casting(Infallible);

    impl Casting {
        pub(crate) fn ask(_: &ScreenCast, _: &Grants, _: &dyn Fn() -> bool, _: &dyn Fn()) -> Result<Self, Refusal> {
            Err(Refusal::Trouble(
                "this program was built without the desktop's dialog (its feature `portal`)".to_owned(),
            ))
        }

        pub(crate) fn remote(&self) -> Result<OwnedFd, String> {
            match self.0 {}
        }

        pub(crate) fn node(&self) -> u32 {
            match self.0 {}
        }

        pub(crate) fn has_ended(&mut self) -> bool {
            match self.0 {}
        }
    }

    pub(crate) fn is_offered() -> bool {
        false
    }
}

pub use grants::Grants;
pub(crate) use portal::{Casting, is_offered};

/// Why there is no cast.
pub(crate) enum Refusal {
    /// The creator chose nothing.
    Declined,
    /// Nobody waits for it any more.
    Abandoned,
    Trouble(String),
}
