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

    /// The log-in page, which leads back here.
    pub fn log_in(next: &Self) -> Self {
        Self::LogIn { next: next.to_string() }
    }

    pub fn channel(handle: &klieg_api::Handle) -> Self {
        Self::Channel { handle: handle.to_string() }
    }
}
