//! How the interface reaches the studio: calls that are answered once, and events that come by themselves.
//!
//! In the studio's own window both go through Tauri ([`tauri`]). Anywhere else they go through a WebSocket ([`socket`]) whose
//! address stands in the page's: `?bridge=ws://…`. Values travel as JSON text.

mod socket;
mod tauri;

use std::cell::OnceCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use klieg_studio_model::Command;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::words;

/// JSON text, or a sentence that says why not.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>>>>;
/// Takes the JSON text of one event.
pub type Ear = Rc<dyn Fn(&str)>;

pub trait Bridge {
    /// `args` is an object.
    fn invoke(&self, name: &'static str, args: Value) -> Answer;
    fn listen(&self, event: &'static str, ear: Ear);
}

thread_local! {
    static BRIDGE: OnceCell<Rc<dyn Bridge>> = const { OnceCell::new() };
}

fn bridge() -> Rc<dyn Bridge> {
    BRIDGE.with(|bridge| {
        Rc::clone(bridge.get_or_init(|| {
            if tauri::is_here() { Rc::new(tauri::Tauri) } else { Rc::new(socket::Socket::from_address()) }
        }))
    })
}

async fn call<T: DeserializeOwned>(name: &'static str, args: Value) -> Result<T, String> {
    let text = bridge().invoke(name, args).await.map_err(|why| words::sentence(&why))?;
    serde_json::from_str(&text).map_err(|error| format!("The studio's answer cannot be read: {error}."))
}

/// Calls `ear` with every `event` from now on.
pub fn listen(event: &'static str, ear: impl Fn(&str) + 'static) {
    bridge().listen(event, Rc::new(ear));
}

/// Asks for something; the error is a sentence for people.
pub async fn command(command: Command) -> Result<(), String> {
    call::<Value>("command", json!({ "command": command })).await.map(|_| ())
}

/// The whole state, for the first picture.
pub async fn state() -> Result<klieg_studio_model::Studio, String> {
    call("state", json!({})).await
}

/// What kind of file to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    Media,
    Image,
    Stinger,
    /// A colour table.
    Lut,
    /// Answered with the file's text rather than its path.
    Collection,
    /// Answered with the file's text as well.
    Profile,
}

/// Lets a file be chosen; none if that was called off.
pub async fn pick(kind: Pick) -> Result<Option<String>, String> {
    let kind = match kind {
        Pick::Media => "media",
        Pick::Image => "image",
        Pick::Stinger => "stinger",
        Pick::Lut => "lut",
        Pick::Collection => "collection",
        Pick::Profile => "profile",
    };
    call("pick_file", json!({ "kind": kind })).await
}

/// Saves the open collection where the creator wants it; the path, or none if that was called off.
pub async fn export_collection() -> Result<Option<String>, String> {
    call("export_collection", json!({})).await
}

/// Saves the profile in use where the creator wants it; the path, or none if that was called off.
pub async fn export_profile() -> Result<Option<String>, String> {
    call("export_profile", json!({})).await
}

/// The families of fonts that are installed where the studio runs; none if it does not know.
pub async fn fonts() -> Result<Vec<String>, String> {
    call("fonts", json!({})).await
}

/// While keys are being chosen, none does anything outside the window either.
pub async fn choose_keys(on: bool) {
    // Anywhere but in the studio's own window there are none to be kept still.
    let _ = call::<Value>("choose_keys", json!({ "on": on })).await;
}

/// Shows a folder in the system's own window.
pub async fn open_folder(path: &str) -> Result<(), String> {
    call::<Value>("open_folder", json!({ "path": path })).await.map(|_| ())
}
