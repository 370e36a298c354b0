//! What the interface asks of the director.

use klieg_studio_model::{Command, Studio};
use tauri::State;

use super::hotkeys::Choosing;
use crate::director::Director;

/// Answered with nothing, or with a sentence that says why it was not done.
#[tauri::command]
pub(super) async fn command(director: State<'_, Director>, command: Command) -> Result<(), String> {
    director.command(command).await.map_err(|refusal| refusal.to_string())
}

/// All of the state, with whatever was answered before.
#[tauri::command]
pub(super) async fn state(director: State<'_, Director>) -> Result<Studio, String> {
    Ok(Studio::clone(&*director.state().await))
}

/// The families of fonts that are installed here; none where the system does not tell.
#[tauri::command]
pub(super) async fn fonts() -> Vec<String> {
    crate::fonts::installed().await
}

/// While the creator presses the keys that a hotkey shall have, no hotkey outside the window does anything.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands the state over so")]
pub(super) fn choose_keys(choosing: State<'_, Choosing>, on: bool) {
    choosing.0.send_replace(on);
}
