//! The web app: what viewers and creators see in a browser.
//!
//! Asks the server through [`client`], decides with `klieg-core`, draws with `klieg-ui`. Holds no rules of its own.

#![expect(unreachable_pub, reason = "in a binary, `pub` says: used beyond its module")]
#![expect(unused_qualifications, reason = "rsx! writes paths in full")]

mod address_bar;
mod bell;
mod browser;
mod card;
mod chat;
mod client;
mod frame;
mod i18n;
mod pages;
mod player;
mod route;
mod search_box;

use std::rc::Rc;

use dioxus::prelude::*;
use dioxus_router::Router;

use crate::route::Route;

fn main() {
    std::panic::set_hook(Box::new(|info| browser::report(&info.to_string())));
    i18n::init();
    client::init();
    browser::clear("main");
    let history = Rc::new(address_bar::AddressBar::default());
    dioxus_web::launch::launch_cfg(App, dioxus_web::Config::new().history(history));
}

#[component]
fn App() -> Element {
    let toasts = klieg_ui::use_toasts_provider();
    rsx! {
        Router::<Route> {}
        {toasts.view()}
    }
}
