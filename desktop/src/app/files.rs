//! Choosing, saving and showing files, with the system's own windows. The interface names no file to be read or written: the
//! creator does.

mod chooser;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tauri::{AppHandle, State};

use self::chooser::Choice;
use super::opener;
use crate::director::Director;
use crate::library::write_whole;

/// Longest collection or profile that is read, in bytes.
const LONGEST: u64 = 1 << 20;
/// How long the disk of a folder that is to be shown may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Files with collections and profiles, in words, and their ending.
const COLLECTIONS: &str = "Collections";
const PROFILES: &str = "Profiles";
const TOML: &[&str] = &["toml"];

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Media,
    Image,
    Stinger,
    Lut,
    Collection,
    Profile,
}

impl Kind {
    fn choice(self) -> Choice {
        let choice = |title: &'static str, kind: &'static str, endings: &'static [&'static str]| Choice {
            title,
            kind,
            endings,
            new: None,
        };
        match self {
            Self::Media => choice(
                "Choose a video or a sound",
                "Video and sound",
                &["mp4", "mkv", "webm", "mov", "avi", "ts", "flv", "mp3", "m4a", "aac", "flac", "ogg", "opus", "wav"],
            ),
            Self::Image => choice("Choose a picture", "Pictures", &["png", "jpg", "jpeg", "webp", "gif"]),
            Self::Stinger => choice("Choose a video for the transition", "Video", &["webm", "mov", "mkv", "mp4"]),
            Self::Lut => choice("Choose a colour table", "Colour tables", &["cube"]),
            Self::Collection => choice("Choose a collection", COLLECTIONS, TOML),
            Self::Profile => choice("Choose a profile", PROFILES, TOML),
        }
    }
}

/// Lets the creator choose a file. Its path, or the text of a collection or profile; none if they chose none.
#[tauri::command]
pub(super) async fn pick_file(app: AppHandle, kind: Kind) -> Result<Option<String>, String> {
    let Some(path) = kind.choice().ask(&app).await? else { return Ok(None) };
    if matches!(kind, Kind::Collection | Kind::Profile) {
        return read(&path).map(Some);
    }
    path.into_os_string().into_string().map(Some).map_err(|_| "The name of this file cannot be written.".to_owned())
}

/// Saves the open collection where the creator wants it. The path, or none if they called it off.
#[tauri::command]
pub(super) async fn export_collection(app: AppHandle, director: State<'_, Director>) -> Result<Option<String>, String> {
    let collection = director.state().await.collection.clone();
    let text = collection.write().map_err(|error| format!("The collection cannot be written as a file: {error}."))?;
    save(&app, "Export the collection", COLLECTIONS, &collection.name, &text).await
}

/// Saves the profile in use where the creator wants it, without keys. The path, or none if they called it off.
#[tauri::command]
pub(super) async fn export_profile(app: AppHandle, director: State<'_, Director>) -> Result<Option<String>, String> {
    let profile = director.state().await.profile.clone();
    let text = profile.write().map_err(|error| format!("The profile cannot be written as a file: {error}."))?;
    save(&app, "Export the profile", PROFILES, &profile.name, &text).await
}

async fn save(
    app: &AppHandle,
    title: &'static str,
    kind: &'static str,
    name: &str,
    text: &str,
) -> Result<Option<String>, String> {
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { ' ' }).collect();
    let choice = Choice { title, kind, endings: TOML, new: Some(format!("{}.toml", name.trim())) };
    let Some(path) = choice.ask(app).await? else { return Ok(None) };
    write_whole(&path, text.as_bytes()).map_err(|error| format!("{} was not written: {error}.", path.display()))?;
    Ok(Some(path.display().to_string()))
}

/// Shows a folder in the system's own window. That for recordings is made if nothing was recorded yet.
#[tauri::command]
pub(super) async fn open_folder(director: State<'_, Director>, path: PathBuf) -> Result<(), String> {
    let (asked, is_ours) = (path.clone(), path == director.latest().recordings);
    let there = tokio::task::spawn_blocking(move || is_there(&asked, is_ours));
    match tokio::time::timeout(PATIENCE, there).await {
        Ok(Ok(there)) => there?,
        _ => return Err(format!("The disk of {} does not answer.", path.display())),
    }
    opener::open(path.as_os_str()).map_err(|error| format!("{} cannot be shown: {error}.", path.display()))
}

/// Makes the folder if it is ours. Fails with a sentence if there is none.
fn is_there(path: &Path, is_ours: bool) -> Result<(), String> {
    if is_ours {
        std::fs::create_dir_all(path).map_err(|error| format!("{} cannot be made: {error}.", path.display()))?;
    }
    // A folder is shown; a file would be opened, or even run.
    if !path.is_absolute() || !path.is_dir() {
        return Err(format!("There is no folder {}.", path.display()));
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    let unreadable = |reason: String| format!("{} cannot be read: {reason}.", path.display());
    let length = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if length > LONGEST {
        return Err(unreadable("it is too long".to_owned()));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))
}
