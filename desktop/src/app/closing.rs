//! Ending what viewers see, from outside of the interface: it is asked about first.

use klieg_studio_model::{Command, Studio};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind, MessageDialogResult};

use super::tray::Shown;
use super::{say, window};
use crate::director::Director;

const END: &str = "End and close";
const HIDE: &str = "Go on, hide the window";
const STAY: &str = "Stay";

/// Whether closing would end something.
pub(super) fn is_busy(app: &AppHandle) -> bool {
    app.try_state::<Director>().is_some_and(|director| runs(&director.latest()))
}

fn runs(studio: &Studio) -> bool {
    !studio.show.is_off() || studio.recording.is_some() || studio.replay.is_some()
}

/// What closing ends, in a sentence.
fn consequence(studio: &Studio) -> &'static str {
    match (studio.show.is_off(), studio.recording.is_some()) {
        (false, true) => "Closing the studio ends the show and the recording.",
        (false, false) => "Closing the studio ends the show.",
        (true, true) => "Closing the studio ends the recording.",
        (true, false) => "Closing the studio forgets what the replay buffer holds.",
    }
}

/// What runs, as a title.
fn reason(studio: &Studio) -> &'static str {
    match (studio.show.is_off(), studio.recording.is_some()) {
        (false, _) => "The show is on",
        (true, true) => "The recording runs",
        (true, false) => "The replay buffer runs",
    }
}

/// Closes the studio, at once if nothing runs.
pub(super) fn quit(app: &AppHandle) {
    if is_busy(app) { ask_to_close(app) } else { app.exit(0) }
}

/// Closing ends what viewers see. Where a tray shows how to come back, the window alone can go.
pub(super) fn ask_to_close(app: &AppHandle) {
    let Some(director) = app.try_state::<Director>() else { return app.exit(0) };
    let studio = director.latest();
    let hides = app.try_state::<Shown>().is_some_and(|shown| shown.is_so());
    let buttons = if hides {
        MessageDialogButtons::YesNoCancelCustom(END.to_owned(), HIDE.to_owned(), STAY.to_owned())
    } else {
        MessageDialogButtons::OkCancelCustom(END.to_owned(), STAY.to_owned())
    };
    let leaving = app.clone();
    app.dialog()
        .message(consequence(&studio))
        .title(reason(&studio))
        .kind(MessageDialogKind::Warning)
        .buttons(buttons)
        .show_with_result(move |chosen| match chosen {
            MessageDialogResult::Yes | MessageDialogResult::Ok => leaving.exit(0),
            MessageDialogResult::Custom(text) if text == END => leaving.exit(0),
            MessageDialogResult::No => hide(&leaving),
            MessageDialogResult::Custom(text) if text == HIDE => hide(&leaving),
            _ => {}
        });
}

fn hide(app: &AppHandle) {
    if let Some(window) = window(app)
        && let Err(error) = window.hide()
    {
        say(app, &format!("The window does not hide: {error}."));
    }
}

/// Asks before a show is ended by a click that may have been meant for another line.
pub(super) fn ask_to_end(app: &AppHandle) {
    let ending = app.clone();
    app.dialog()
        .message("Viewers see the show end.")
        .title("End the show?")
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom("End the show".to_owned(), STAY.to_owned()))
        .show(move |end| {
            let Some(director) = ending.try_state::<Director>().filter(|_| end) else { return };
            let (director, app) = (director.inner().clone(), ending.clone());
            tauri::async_runtime::spawn(async move {
                // It may have ended meanwhile.
                if !director.latest().show.is_off()
                    && let Err(refusal) = director.command(Command::EndShow).await
                {
                    say(&app, &refusal.to_string());
                }
            });
        });
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{RecordingState, ReplayState, ShowState};

    use super::*;

    #[test]
    fn what_runs_is_called_what_it_is() {
        let replay = Studio { replay: Some(ReplayState::default()), ..Studio::default() };
        assert_eq!(reason(&replay), "The replay buffer runs");
        assert!(consequence(&replay).contains("replay buffer"));
        let recording = Studio { recording: Some(RecordingState::default()), ..replay };
        assert_eq!(reason(&recording), "The recording runs");
        let show = Studio { show: ShowState::Starting, ..recording };
        assert_eq!(reason(&show), "The show is on");
        assert!(consequence(&show).ends_with("the show and the recording."));
    }
}
