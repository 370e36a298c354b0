//! The browser's history, with addresses that say only what there is to say: `/signup`, not `/signup?next=`.

use std::sync::Arc;

use dioxus::prelude::History;
use dioxus_web::WebHistory;

#[derive(Default)]
pub struct AddressBar(WebHistory);

impl History for AddressBar {
    fn current_route(&self) -> String {
        self.0.current_route()
    }

    fn current_prefix(&self) -> Option<String> {
        self.0.current_prefix()
    }

    fn go_back(&self) {
        self.0.go_back();
    }

    fn go_forward(&self) {
        self.0.go_forward();
    }

    fn push(&self, route: String) {
        self.0.push(brief(&route));
    }

    fn replace(&self, route: String) {
        self.0.replace(brief(&route));
    }

    fn external(&self, url: String) -> bool {
        self.0.external(url)
    }

    fn updater(&self, callback: Arc<dyn Fn() + Send + Sync>) {
        self.0.updater(callback);
    }
}

/// The address without the parameters that hold nothing.
fn brief(route: &str) -> String {
    let Some((path, query)) = route.split_once('?') else { return route.to_owned() };
    let telling: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !pair.ends_with('=')).collect();
    if telling.is_empty() { path.to_owned() } else { format!("{path}?{}", telling.join("&")) }
}
