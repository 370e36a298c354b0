//! The browser's odds and ends behind plain functions: none fails, each does nothing where the browser offers nothing.

use time::OffsetDateTime;
use wasm_bindgen::prelude::*;
use web_sys::{Document, Event, Storage, Window};

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
pub fn uptime() -> u64 {
    window().and_then(|window| window.performance()).map_or_else(now, |clock| clock.now() as u64)
}

pub fn report(text: &str) {
    web_sys::console::error_1(&JsValue::from_str(text));
}

pub fn clear(id: &str) {
    if let Some(element) = document().and_then(|document| document.get_element_by_id(id)) {
        element.set_inner_html("");
    }
}

pub fn focus(id: &str) {
    let element = document().and_then(|document| document.get_element_by_id(id));
    if let Some(element) = element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Whether anything has the focus.
pub fn has_focus() -> bool {
    has_focus_within("body *")
}

/// Whether something has the focus that this selects, or that is in it.
pub fn has_focus_within(selector: &str) -> bool {
    let element = document().and_then(|document| document.active_element());
    element.and_then(|element| element.closest(selector).ok().flatten()).is_some()
}

pub fn set_title(title: &str) {
    if let Some(document) = document() {
        document.set_title(&if title.is_empty() { "Klieg".to_owned() } else { format!("{title} · Klieg") });
    }
}

pub fn set_language(tag: &str) {
    if let Some(root) = document().and_then(|document| document.document_element()) {
        let _ = root.set_attribute("lang", tag);
    }
}

/// Whether the page can be seen now.
pub fn is_visible() -> bool {
    document().is_none_or(|document| document.visibility_state() == web_sys::VisibilityState::Visible)
}

/// Whether a part of the page fills the screen now.
pub fn is_full_screen() -> bool {
    document().is_some_and(|document| document.fullscreen_element().is_some())
}

/// So many milliseconds, give or take a fifth: many pages that began together do not go on together.
pub fn about(millis: u32) -> u64 {
    (f64::from(millis) * (0.8 + 0.4 * js_sys::Math::random())) as u64
}

/// Calls `act` with each event of this name that reaches the window.
pub fn listen(name: &'static str, act: impl FnMut(Event) + 'static) -> Option<Listener> {
    let window = window()?;
    let act = Closure::<dyn FnMut(Event)>::new(act);
    window.add_event_listener_with_callback(name, act.as_ref().unchecked_ref()).ok()?;
    Some(Listener { name, act })
}

/// Listens until dropped.
pub struct Listener {
    name: &'static str,
    act: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(window) = window() {
            let _ = window.remove_event_listener_with_callback(self.name, self.act.as_ref().unchecked_ref());
        }
    }
}

fn storage() -> Option<Storage> {
    window()?.local_storage().ok()?
}

/// What was kept under `klieg.NAME`.
pub fn stored(name: &str) -> Option<String> {
    storage()?.get_item(&format!("klieg.{name}")).ok()?
}

/// Keeps `value` under `klieg.NAME`, or forgets it.
pub fn store(name: &str, value: Option<&str>) {
    if let Some(storage) = storage() {
        let name = format!("klieg.{name}");
        let _ = match value {
            Some(value) => storage.set_item(&name, value),
            None => storage.remove_item(&name),
        };
    }
}

/// Puts text on the clipboard; whether it is there.
pub async fn copy(text: &str) -> bool {
    let Some(window) = window() else { return false };
    // Over plain HTTP on a name other than localhost there is no clipboard.
    if !window.is_secure_context() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}

/// `http://host:port` of this page.
pub fn origin() -> String {
    window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Follows a link, also one that another program opens.
pub fn go(link: &str) {
    if let Some(window) = window()
        && window.location().assign(link).is_err()
    {
        report("the browser follows no such link");
    }
}

/// The browser's languages, best first.
pub fn languages() -> Vec<String> {
    window()
        .map(|window| window.navigator().languages())
        .map_or_else(Vec::new, |list| list.iter().filter_map(|tag| tag.as_string()).collect())
}

/// `dark`, `light`, or what the system says.
pub fn set_theme(theme: Option<&str>) {
    store("theme", theme);
    if let Some(root) = document().and_then(|document| document.document_element()) {
        let _ = match theme {
            Some(theme) => root.set_attribute("data-theme", theme),
            None => root.remove_attribute("data-theme"),
        };
    }
}

/// A number as written in a language, such as `1,204`.
pub fn grouped(number: u64, language: &str) -> String {
    js_sys::Number::from(number as f64).to_locale_string(language).into()
}

/// A moment as written in a language, in the viewer's time zone.
pub fn moment(time: OffsetDateTime, language: &str) -> String {
    let millis = (time.unix_timestamp_nanos() / 1_000_000) as f64;
    let date = js_sys::Date::new(&JsValue::from_f64(millis));
    date.to_locale_string(language, &JsValue::UNDEFINED).into()
}

/// The day of a moment, in the viewer's time zone, such as `12/24/2026`.
pub fn day(time: OffsetDateTime, language: &str) -> String {
    let millis = (time.unix_timestamp_nanos() / 1_000_000) as f64;
    let date = js_sys::Date::new(&JsValue::from_f64(millis));
    date.to_locale_date_string(language, &JsValue::UNDEFINED).into()
}

/// The time of day of a moment, in the viewer's time zone, such as `9:41`.
pub fn time_of_day(time: OffsetDateTime, language: &str) -> String {
    let millis = (time.unix_timestamp_nanos() / 1_000_000) as f64;
    let options = js_sys::Object::new();
    for field in ["hour", "minute"] {
        let _ = js_sys::Reflect::set(&options, &field.into(), &"2-digit".into());
    }
    let date = js_sys::Date::new(&JsValue::from_f64(millis));
    date.to_locale_time_string_with_options(language, &options).into()
}

/// Where this server's live connection is.
pub fn live_address() -> String {
    let origin = origin();
    let address = origin.strip_prefix("http").map_or(origin.clone(), |rest| format!("ws{rest}"));
    format!("{address}/api/v1/live")
}

/// 96 random bits in words of the alphabet.
pub fn random() -> String {
    let part = || (js_sys::Math::random() * f64::from(u32::MAX)) as u32;
    format!("{:08x}{:08x}{:08x}", part(), part(), part())
}

/// Whole seconds since a moment, zero for the future.
pub fn seconds_since(time: OffsetDateTime) -> u64 {
    (now() / 1000).saturating_sub(u64::try_from(time.unix_timestamp()).unwrap_or_default())
}

#[wasm_bindgen]
extern "C" {
    type Locks;
    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, hold: &js_sys::Function) -> js_sys::Promise;
}

/// Held until dropped: no other window of this site holds the same.
pub struct Lock(Option<js_sys::Function>);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Waits for a lock among all windows of this site; at once where the browser has none.
pub async fn lock(name: &str) -> Lock {
    let Some(locks) = window()
        .and_then(|window| js_sys::Reflect::get(&window.navigator(), &"locks".into()).ok())
        .filter(JsValue::is_object)
    else {
        return Lock(None);
    };
    let locks: Locks = locks.unchecked_into();
    let mut release = None;
    let held = js_sys::Promise::new(&mut |resolve, _| release = Some(resolve));
    let acquired = js_sys::Promise::new(&mut |resolve, _| {
        let held = held.clone();
        let hold = Closure::once_into_js(move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
            held
        });
        let _ = locks.request(name, hold.unchecked_ref());
    });
    let _ = wasm_bindgen_futures::JsFuture::from(acquired).await;
    Lock(release)
}
