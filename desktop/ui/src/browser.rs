//! The browser's odds and ends behind plain functions: none fails, each does nothing where the browser offers nothing.

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, HtmlElement, Storage, UrlSearchParams, Window};

pub fn window() -> Option<Window> {
    web_sys::window()
}

pub fn document() -> Option<Document> {
    window()?.document()
}

/// Milliseconds of Unix time.
pub fn now() -> u64 {
    js_sys::Date::now() as u64
}

/// Milliseconds that only go forward.
pub fn uptime() -> f64 {
    window().and_then(|window| window.performance()).map_or_else(js_sys::Date::now, |clock| clock.now())
}

pub fn report(text: &str) {
    web_sys::console::error_1(&JsValue::from_str(text));
}

/// A parameter of the page's address.
pub fn parameter(name: &str) -> Option<String> {
    let search = window()?.location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// Calls `act` before the next picture is drawn.
pub fn next_frame(act: impl FnOnce() + 'static) {
    if let Some(window) = window() {
        let _ = window.request_animation_frame(Closure::once_into_js(act).unchecked_ref());
    }
}

/// Moves the focus among what can be focused inside an element. `to` is told what has it now, and says what is to have it.
pub fn focus_within(element: &Element, selector: &str, to: impl FnOnce(Option<usize>) -> Option<usize>) {
    let Ok(found) = element.query_selector_all(selector) else { return };
    let all: Vec<HtmlElement> =
        (0..found.length()).filter_map(|place| found.get(place)?.dyn_into::<HtmlElement>().ok()).collect();
    let active = document().and_then(|document| document.active_element());
    let now = all.iter().position(|element| Some(element.unchecked_ref::<Element>()) == active.as_ref());
    if let Some(element) = to(now).and_then(|next| all.get(next)) {
        let _ = element.focus();
    }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// What was kept under `klieg.NAME`.
pub fn kept(name: &str) -> Option<String> {
    storage()?.get_item(&format!("klieg.{name}")).ok()?
}

/// Keeps `value` under `klieg.NAME`.
pub fn keep(name: &str, value: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&format!("klieg.{name}"), value);
    }
}

/// The time of day of a moment in milliseconds of Unix time, here.
pub fn time_of_day(at: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// The day and the time of day of a moment in milliseconds of Unix time, here.
pub fn day_and_time(at: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at as f64));
    let (year, month, day) = (date.get_full_year(), date.get_month() + 1, date.get_date());
    format!("{year}-{month:02}-{day:02} {}", time_of_day(at))
}

/// 96 random bits in words of the alphabet.
pub fn random() -> String {
    let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{:08x}{:08x}{:08x}", part(), part(), part())
}

pub fn theme() -> Option<String> {
    document()?.document_element()?.get_attribute("data-theme")
}

/// `dark` or `light`, here and the next time.
pub fn set_theme(theme: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item("klieg.theme", theme);
    }
    if let Some(root) = document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("data-theme", theme);
    }
}
