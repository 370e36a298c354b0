//! The system's own window for choosing a file, above the studio's.
//!
//! On Linux it is GTK's, asked for directly: Tauri's plugin opens it there as a window of its own, which goes under the studio's
//! with the next click.

use std::path::PathBuf;

use tauri::AppHandle;
use tokio::sync::oneshot;

use crate::app::window;

/// What is to be chosen.
pub(super) struct Choice {
    pub(super) title: &'static str,
    /// The files that can be chosen, in words, and their endings.
    pub(super) kind: &'static str,
    pub(super) endings: &'static [&'static str],
    /// What a new file is called unless the creator names it. None to choose one that is there.
    pub(super) new: Option<String>,
}

type Answer = oneshot::Sender<Option<PathBuf>>;

impl Choice {
    /// Lets the creator choose. None if they chose none; an error is a sentence.
    pub(super) async fn ask(self, app: &AppHandle) -> Result<Option<PathBuf>, String> {
        let (answer, answered) = oneshot::channel();
        self.open(app, answer).map_err(|error| format!("No window for choosing a file opens: {error}."))?;
        Ok(answered.await.ok().flatten())
    }

    #[cfg(target_os = "linux")]
    fn open(self, app: &AppHandle, answer: Answer) -> tauri::Result<()> {
        let studio = window(app);
        app.run_on_main_thread(move || {
            let studio = studio.and_then(|studio| studio.gtk_window().ok());
            self.show(studio.as_ref(), answer);
        })
    }

    /// To be called in GTK's thread.
    #[cfg(target_os = "linux")]
    fn show(&self, above: Option<&gtk::ApplicationWindow>, answer: Answer) {
        use std::cell::Cell;

        use gtk::prelude::*;
        use gtk::{FileChooserAction, FileChooserNative, FileFilter, ResponseType};

        let action = if self.new.is_some() { FileChooserAction::Save } else { FileChooserAction::Open };
        let chooser = FileChooserNative::new(Some(self.title), above, action, None, None);
        let filter = FileFilter::new();
        filter.set_name(Some(self.kind));
        for ending in self.endings {
            // Cameras write them in capitals.
            let either = |letter: char| format!("[{letter}{}]", letter.to_ascii_uppercase());
            filter.add_pattern(&format!("*.{}", ending.chars().map(either).collect::<String>()));
        }
        chooser.add_filter(filter);
        if let Some(name) = &self.new {
            chooser.set_current_name(name);
            chooser.set_do_overwrite_confirmation(true);
        }
        // It is there for as long as somebody holds it: until it is answered.
        let open = Cell::new(Some((answer, chooser.clone())));
        chooser.connect_response(move |chooser, response| {
            if let Some((answer, _held)) = open.take() {
                let chosen = if response == ResponseType::Accept { chooser.filename() } else { None };
                // Whoever asked may have gone.
                let _ = answer.send(chosen);
            }
        });
        chooser.show();
    }

    #[cfg(not(target_os = "linux"))]
    fn open(self, app: &AppHandle, answer: Answer) -> tauri::Result<()> {
        use tauri_plugin_dialog::{DialogExt, FilePath};

        let mut dialog = app.dialog().file().set_title(self.title).add_filter(self.kind, self.endings);
        if let Some(studio) = window(app) {
            dialog = dialog.set_parent(&studio);
        }
        // Whoever asked may have gone.
        let told = move |path: Option<FilePath>| drop(answer.send(path.and_then(|path| path.into_path().ok())));
        match self.new {
            Some(name) => dialog.set_file_name(name).save_file(told),
            None => dialog.pick_file(told),
        }
        Ok(())
    }
}
