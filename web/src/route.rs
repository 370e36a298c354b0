//! Every address of the app.

use dioxus::prelude::*;
use dioxus_router::Routable;

use crate::frame::Frame;
use crate::pages::{Channel, Following, Home, LogIn, Missing, Search, Settings, SignUp, Studio};

#[derive(Clone, Debug, PartialEq, Routable)]
#[rustfmt::skip]
pub enum Route {
    #[layout(Frame)]
        #[route("/?:category")]
        Home { category: String },
        #[route("/following")]
        Following {},
        #[route("/search?:q")]
        Search { q: String },
        #[route("/login?:next")]
        LogIn { next: String },
        #[route("/signup?:next")]
        SignUp { next: String },
        #[route("/studio")]
        Studio {},
        #[route("/settings")]
        Settings {},
        #[route("/:handle")]
        Channel { handle: String },
        #[route("/:..path")]
        Missing { path: Vec<String> },
}

impl Route {
    pub fn home() -> Self {
        Self::Home { category: String::new() }
    }

    /// The log-in page, which leads on to `next`.
    pub fn log_in(next: &Self) -> Self {
        Self::LogIn { next: next.as_next() }
    }

    /// The sign-up page, which leads on to `next`.
    pub fn sign_up(next: &Self) -> Self {
        Self::SignUp { next: next.as_next() }
    }

    /// Home is where everything leads on to that says nothing else.
    fn as_next(&self) -> String {
        if *self == Self::home() { String::new() } else { self.to_string() }
    }

    pub fn channel(handle: &klieg_api::Handle) -> Self {
        Self::Channel { handle: handle.to_string() }
    }
}
