//! The bridge in the studio's own window: Tauri's global object.

use js_sys::{JSON, Reflect};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::{Answer, Bridge, Ear};
use crate::browser;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["window", "__TAURI__", "core"], js_name = invoke)]
    async fn tauri_invoke(name: &str, args: JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["window", "__TAURI__", "event"], js_name = listen)]
    async fn tauri_listen(event: &str, heard: &Closure<dyn FnMut(JsValue)>) -> Result<JsValue, JsValue>;
}

/// Whether this page is in the studio's own window.
pub fn is_here() -> bool {
    browser::window()
        .and_then(|window| Reflect::get(&window, &"__TAURI__".into()).ok())
        .is_some_and(|tauri| tauri.is_object())
}

pub struct Tauri;

impl Bridge for Tauri {
    fn invoke(&self, name: &'static str, args: Value) -> Answer {
        Box::pin(async move {
            let args = JSON::parse(&args.to_string()).unwrap_or(JsValue::UNDEFINED);
            match tauri_invoke(name, args).await {
                Ok(value) => Ok(text(&value)),
                Err(error) => Err(error.as_string().unwrap_or_else(|| text(&error))),
            }
        })
    }

    fn listen(&self, event: &'static str, ear: Ear) {
        let heard = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Ok(payload) = Reflect::get(&event, &"payload".into()) {
                ear(&text(&payload));
            }
        });
        wasm_bindgen_futures::spawn_local(async move {
            if let Err(error) = tauri_listen(event, &heard).await {
                browser::report(&format!("cannot listen to {event}: {}", text(&error)));
            }
            // Heard for as long as the window is open.
            heard.forget();
        });
    }
}

/// A value as JSON text; what has none is null.
fn text(value: &JsValue) -> String {
    JSON::stringify(value).ok().and_then(|text| text.as_string()).unwrap_or_else(|| "null".to_owned())
}
