//! The window: Tauri around the director. Nothing is decided here.
//!
//! The interface calls [`commands`] and hears three events: `studio`, whenever the state has changed, `meters`, and `say`, a
//! sentence for the creator. Beside the window there are the desktop's keys ([`hotkeys`]), its tray ([`tray`]), its links, and its
//! browser for the links of the window ([`opener`]).

mod closing;
mod commands;
mod files;
mod hotkeys;
mod opener;
mod policy;
mod tray;

use std::sync::Arc;

use klieg_studio_model::{Meters, Studio};
use sha2::{Digest, Sha256};
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Emitter, Manager, RunEvent, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tauri_plugin_dialog::{DialogExt, MessageDialogKind};
use tauri_plugin_window_state::StateFlags;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::account::SCHEME;
use crate::director::Director;
use crate::library::Places;
use crate::studio::{Open, OpenError, Prepared, told_to_stop};

const MAIN: &str = "main";

/// Opens the window and runs until it is closed. `link` is one that the studio was started with.
pub fn run(runtime: &Handle, link: Option<String>) -> tauri::Result<()> {
    tauri::async_runtime::set(runtime.clone());
    let mut window_state = tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED);
    if let Some(places) = Places::of_this_user() {
        window_state = window_state.with_filename(places.window().to_string_lossy());
    }
    // Before the window, whose policy names the port. Why there is none is said when this is the only studio.
    let prepared = Prepared::of_this_user();
    let mut context = tauri::generate_context!("../tauri.conf.json");
    if let Ok(prepared) = &prepared {
        policy::let_pictures_in(context.config_mut(), prepared.port());
    }
    let handle = runtime.clone();
    let builder = tauri::Builder::default()
        // First, so that a second studio does nothing but show the first one and hand its link over.
        .plugin(
            tauri_plugin_single_instance::Builder::new()
                .callback(|app, arguments, _folder| come_again(app, arguments))
                .dbus_id(bus_name())
                .build(),
        )
        .plugin(tauri_plugin_dialog::init())
        .plugin(window_state.build())
        .invoke_handler(tauri::generate_handler![
            commands::command,
            commands::state,
            commands::fonts,
            commands::choose_keys,
            files::pick_file,
            files::export_collection,
            files::export_profile,
            files::open_folder,
        ])
        .setup(move |app| {
            set_up(app.handle(), &handle, prepared, link)?;
            Ok(())
        });
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_global_shortcut::Builder::new().build());
    let app = builder.build(context)?;
    let runtime = runtime.clone();
    app.run(move |app, event| match event {
        RunEvent::WindowEvent { event: WindowEvent::CloseRequested { api, .. }, .. } if closing::is_busy(app) => {
            api.prevent_close();
            closing::ask_to_close(app);
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

fn set_up(
    app: &AppHandle,
    runtime: &Handle,
    prepared: Result<Prepared, OpenError>,
    link: Option<String>,
) -> tauri::Result<()> {
    match prepared.and_then(|prepared| prepared.open(runtime, false)) {
        Ok(Open { director, places, .. }) => {
            runtime.spawn(tell_studio(app.clone(), director.watch()));
            runtime.spawn(tell_meters(app.clone(), director.meters()));
            runtime.spawn(stop_when_told(app.clone(), told_to_stop(runtime)));
            let (choosing, chosen) = watch::channel(false);
            app.manage(hotkeys::Choosing(choosing));
            runtime.spawn(hotkeys::listen(app.clone(), director.clone(), chosen));
            let shown = tray::Shown::default();
            app.manage(shown.clone());
            runtime.spawn(tray::run(app.clone(), director.clone(), shown));
            if let Some(link) = link {
                let director = director.clone();
                runtime.spawn(async move { director.open_link(link).await });
            }
            app.manage(director);
            app.manage(places);
            let window = app.config().app.windows.iter().find(|window| window.label == MAIN);
            let Some(window) = window else { return Err(tauri::Error::WindowNotFound) };
            let (going, leaving) = (app.clone(), app.clone());
            WebviewWindowBuilder::from_config(app, window)?
                .on_navigation(move |url| opener::may_go(&going, url))
                .on_new_window(move |url, _| {
                    opener::leave(&leaving, &url);
                    NewWindowResponse::Deny
                })
                .build()?;
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

/// Somebody started a second studio: by hand, or by a link.
fn come_again(app: &AppHandle, arguments: Vec<String>) {
    show(app);
    let link = arguments.into_iter().find(|argument| argument.starts_with(SCHEME));
    if let (Some(link), Some(director)) = (link, app.try_state::<Director>()) {
        let director = director.inner().clone();
        tauri::async_runtime::spawn(async move { director.open_link(link).await });
    }
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

/// Shows the creator a sentence in the window.
fn say(app: &AppHandle, sentence: &str) {
    if let Err(error) = app.emit("say", sentence) {
        tracing::warn!(%error, sentence, "the interface was not told");
    }
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
async fn stop_when_told(app: AppHandle, told: impl Future<Output = ()>) {
    told.await;
    app.exit(0);
}
