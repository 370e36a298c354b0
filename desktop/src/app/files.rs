//! Choosing, saving and showing files, with the system's own windows. The interface names no file to be read or written: the
//! creator does.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use tauri::{AppHandle, State};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

use crate::director::Director;
use crate::library::write_whole;

/// Longest collection that is read, in bytes.
const LONGEST: u64 = 1 << 20;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Media,
    Image,
    Stinger,
    Lut,
    Collection,
}

/// Lets the creator choose a file. Its path, or the text of a collection; none if they chose none.
#[tauri::command]
pub(super) async fn pick_file(app: AppHandle, kind: Kind) -> Result<Option<String>, String> {
    let dialog = app.dialog().file();
    let dialog = match kind {
        Kind::Media => dialog.set_title("Choose a video or a sound").add_filter(
            "Video and sound",
            &["mp4", "mkv", "webm", "mov", "avi", "ts", "flv", "mp3", "m4a", "aac", "flac", "ogg", "opus", "wav"],
        ),
        Kind::Image => {
            dialog.set_title("Choose a picture").add_filter("Pictures", &["png", "jpg", "jpeg", "webp", "gif"])
        }
        Kind::Stinger => {
            dialog.set_title("Choose a video for the transition").add_filter("Video", &["webm", "mov", "mkv", "mp4"])
        }
        Kind::Lut => dialog.set_title("Choose a colour table").add_filter("Colour tables", &["cube"]),
        Kind::Collection => dialog.set_title("Choose a collection").add_filter("Collections", &["toml"]),
    };
    let Some(path) = chosen(dialog, FileDialogBuilder::pick_file).await? else { return Ok(None) };
    if matches!(kind, Kind::Collection) {
        return read(&path).map(Some);
    }
    path.into_os_string().into_string().map(Some).map_err(|_| "The name of this file cannot be written.".to_owned())
}

/// Saves the open collection where the creator wants it. The path, or none if they called it off.
#[tauri::command]
pub(super) async fn export_collection(app: AppHandle, director: State<'_, Director>) -> Result<Option<String>, String> {
    let collection = director.state().await.collection.clone();
    let text = collection.write().map_err(|error| format!("The collection cannot be written as a file: {error}."))?;
    let name: String = collection.name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { ' ' }).collect();
    let dialog = app
        .dialog()
        .file()
        .set_title("Export the collection")
        .set_file_name(format!("{}.toml", name.trim()))
        .add_filter("Collections", &["toml"]);
    let Some(path) = chosen(dialog, FileDialogBuilder::save_file).await? else { return Ok(None) };
    write_whole(&path, text.as_bytes()).map_err(|error| format!("{} was not written: {error}.", path.display()))?;
    Ok(Some(path.display().to_string()))
}

/// Shows a folder in the system's own window.
#[tauri::command]
pub(super) async fn open_folder(path: PathBuf) -> Result<(), String> {
    // A folder is shown; a file would be opened, or even run.
    if !path.is_absolute() || !path.is_dir() {
        return Err(format!("There is no folder {}.", path.display()));
    }
    let program = if cfg!(windows) {
        "explorer"
    } else if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let mut child = tokio::process::Command::new(program)
        .arg(&path)
        .spawn()
        .map_err(|error| format!("{} cannot be shown: {program}: {error}.", path.display()))?;
    tokio::spawn(async move {
        // It is waited for so that it leaves nothing behind; what it says is its own business.
        let _ = child.wait().await;
    });
    Ok(())
}

/// What the creator chose in a dialog.
async fn chosen<R: tauri::Runtime>(
    dialog: FileDialogBuilder<R>,
    open: impl FnOnce(FileDialogBuilder<R>, Box<dyn FnOnce(Option<FilePath>) + Send>),
) -> Result<Option<PathBuf>, String> {
    let (answer, answered) = oneshot::channel();
    // The dialog may outlive who asked.
    open(dialog, Box::new(move |path| drop(answer.send(path))));
    let Ok(Some(path)) = answered.await else { return Ok(None) };
    path.into_path().map(Some).map_err(|error| format!("This file is not on this computer: {error}."))
}

fn read(path: &Path) -> Result<String, String> {
    let unreadable = |reason: String| format!("{} cannot be read: {reason}.", path.display());
    let length = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > LONGEST {
        return Err(unreadable("it is too long for a collection".to_owned()));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}
