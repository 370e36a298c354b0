//! The window: Tauri around the director. Nothing is decided here.
//!
//! The interface calls [`commands`] and hears two events: `studio`, whenever the state has changed, and `meters`.

mod commands;
mod files;

use std::sync::Arc;

use klieg_studio_model::{Meters, Studio};
use sha2::{Digest, Sha256};
use tauri::{AppHandle, Emitter, Manager, RunEvent, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};
use tauri_plugin_window_state::StateFlags;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::director::Director;
use crate::library::Places;
use crate::studio::Open;

const MAIN: &str = "main";

/// Opens the window and runs until it is closed.
pub fn run(runtime: &Handle) -> tauri::Result<()> {
    tauri::async_runtime::set(runtime.clone());
    let mut window_state = tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED);
    if let Some(places) = Places::of_this_user() {
        window_state = window_state.with_filename(places.window().to_string_lossy());
    }
    let handle = runtime.clone();
    let app = tauri::Builder::default()
        // First, so that a second studio does nothing but show the first one.
        .plugin(
            tauri_plugin_single_instance::Builder::new()
                .callback(|app, _arguments, _folder| show(app))
                .dbus_id(bus_name())
                .build(),
        )
        .plugin(tauri_plugin_dialog::init())
        .plugin(window_state.build())
        .invoke_handler(tauri::generate_handler![
            commands::command,
            commands::state,
            files::pick_file,
            files::export_collection,
            files::open_folder,
        ])
        .setup(move |app| {
            set_up(app.handle(), &handle)?;
            Ok(())
        })
        .build(tauri::generate_context!("../tauri.conf.json"))?;
    let runtime = runtime.clone();
    app.run(move |app, event| match event {
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. }
            if app.try_state::<Director>().is_some_and(|director| is_busy(&director.latest())) =>
        {
            api.prevent_close();
            ask_to_close(app);
        }
        RunEvent::Exit => {
            if let Some(director) = app.try_state::<Director>() {
                runtime.block_on(director.close());
            }
        }
        _ => {}
    });
    Ok(())
}

/// The name by which a second studio finds the first. One with files of its own is another studio.
fn bus_name() -> String {
    const NAME: &str = "org.klieg.studio";
    match std::env::var_os("KLIEG_STUDIO_HOME").filter(|home| !home.is_empty()) {
        Some(home) => {
            let digest = hex::encode(Sha256::digest(home.as_encoded_bytes()));
            format!("{NAME}.in{}", digest.get(..12).unwrap_or_default())
        }
        None => NAME.to_owned(),
    }
}

fn set_up(app: &AppHandle, runtime: &Handle) -> tauri::Result<()> {
    match Open::of_this_user(runtime, false) {
        Ok(Open { director, places, .. }) => {
            runtime.spawn(tell_studio(app.clone(), director.watch()));
            runtime.spawn(tell_meters(app.clone(), director.meters()));
            runtime.spawn(until_told_to_stop(app.clone()));
            app.manage(director);
            app.manage(places);
            let window = app.config().app.windows.iter().find(|window| window.label == MAIN);
            let Some(window) = window else { return Err(tauri::Error::WindowNotFound) };
            WebviewWindowBuilder::from_config(app, window)?.build()?;
        }
        Err(error) => {
            tracing::error!(%error, "the studio does not open");
            let leaving = app.clone();
            app.dialog()
                .message(format!("{error}."))
                .title("Klieg Studio does not open")
                .kind(MessageDialogKind::Error)
                .show(move |_| leaving.exit(1));
        }
    }
    Ok(())
}

fn window(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(MAIN)
}

fn show(app: &AppHandle) {
    if let Some(window) = window(app) {
        // A window manager may refuse any of these; then there is nothing to do about it.
        let _ = window.show();
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
}

fn is_busy(studio: &Studio) -> bool {
    !studio.show.is_off() || studio.recording.is_some()
}

/// Closing ends what viewers see, so it is asked about.
fn ask_to_close(app: &AppHandle) {
    let leaving = app.clone();
    app.dialog()
        .message("Closing the studio ends the show and the recording.")
        .title("The show is on")
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom("End and close".to_owned(), "Stay".to_owned()))
        .show(move |end| {
            if end {
                leaving.exit(0);
            }
        });
}

async fn tell_studio(app: AppHandle, mut studio: watch::Receiver<Arc<Studio>>) {
    while studio.changed().await.is_ok() {
        let studio = studio.borrow_and_update().clone();
        if let Err(error) = app.emit("studio", &*studio) {
            tracing::warn!(%error, "the interface was not told of a change");
        }
    }
}

async fn tell_meters(app: AppHandle, mut meters: watch::Receiver<Arc<Meters>>) {
    while meters.changed().await.is_ok() {
        let meters = meters.borrow_and_update().clone();
        if let Err(error) = app.emit("meters", &*meters) {
            tracing::warn!(%error, "the interface was not told the levels");
        }
    }
}

/// A signal is no question: show and recording are ended properly, and the studio closes.
async fn until_told_to_stop(app: AppHandle) {
    crate::studio::told_to_stop().await;
    app.exit(0);
}
