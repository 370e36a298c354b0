//! The hotkeys that work outside the window: the desktop is asked for their keys, and asked anew whenever they change, or their places
//! on the keyboard.
//!
//! What a key does is decided by the director; here it is only heard. A key that is held down when it is given back counts as
//! let go, so that nobody stays on air who talks by it.

#[cfg(not(target_os = "linux"))]
mod plugin;
#[cfg(target_os = "linux")]
mod x11;

use std::sync::Arc;

use klieg_studio_model::{Action, Command, Outside};
use tauri::AppHandle;
use tokio::sync::{Notify, mpsc, watch};

#[cfg(not(target_os = "linux"))]
use self::plugin::Desktop;
#[cfg(target_os = "linux")]
use self::x11::Desktop;
use super::say;
use crate::director::Director;

/// Presses that may wait. The thread that hears the keys waits when there are more.
const WAITING: usize = 64;

/// Keys are being chosen in the window: until they are, none does anything.
pub(super) struct Choosing(pub(super) watch::Sender<bool>);

/// What is heard.
enum Heard {
    Key(Action, bool),
    /// No key is listened to any more.
    AllUp,
}

/// Why this desktop lets no program hear keys outside its window, if so.
fn problem() -> Option<String> {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| !set.is_empty() && set.starts_with(value));
    let wayland = is("WAYLAND_DISPLAY", "") || is("XDG_SESSION_TYPE", "wayland");
    (cfg!(target_os = "linux") && wayland).then(|| {
        "Your desktop runs on Wayland, which lets no program hear keys outside its own window. Log in to an X11 session for \
         that; or let a key of the desktop's own settings call a script that uses remote control."
            .to_owned()
    })
}

/// Runs for as long as the studio does.
pub(super) async fn listen(app: AppHandle, director: Director, mut choosing: watch::Receiver<bool>) {
    let (heard, hearing) = mpsc::channel(WAITING);
    let moved = Arc::new(Notify::new());
    let desktop = {
        let (app, moved) = (app.clone(), moved.clone());
        let open = move || problem().map_or_else(|| Desktop::open(&app, heard, moved), Err);
        tokio::task::spawn_blocking(open).await
    };
    let desktop = match desktop {
        Ok(Ok(desktop)) => desktop,
        Ok(Err(problem)) => return director.set_outside(Outside { problem: Some(problem), taken: Vec::new() }).await,
        Err(_) => return,
    };
    tokio::spawn(act(app, director.clone(), hearing));
    let mut studio = director.watch();
    studio.mark_changed();
    let mut known = Some(Vec::new());
    loop {
        tokio::select! {
            changed = studio.changed() => if changed.is_err() { return },
            changed = choosing.changed() => if changed.is_err() { return },
            () = moved.notified() => known = None,
        }
        let chosen = *choosing.borrow_and_update();
        let mut wanted = studio.borrow_and_update().profile.hotkeys.clone();
        wanted.retain(|hotkey| hotkey.outside && !chosen);
        if known.as_ref() == Some(&wanted) {
            continue;
        }
        known = Some(wanted.clone());
        let desktop = desktop.clone();
        // The desktop's answers are waited for.
        let Ok(taken) = tokio::task::spawn_blocking(move || desktop.take(wanted)).await else { return };
        if !chosen {
            director.set_outside(Outside { problem: None, taken }).await;
        }
    }
}

/// Does one after the other, so that a key comes up after it went down. A press is answered at once, however long it takes to do
/// what it does.
async fn act(app: AppHandle, director: Director, mut hearing: mpsc::Receiver<Heard>) {
    let mut down = Vec::new();
    while let Some(heard) = hearing.recv().await {
        let presses = match heard {
            Heard::Key(action, true) => {
                if action.is_held() {
                    down.push(action.clone());
                }
                vec![(action, true)]
            }
            Heard::Key(action, false) => {
                down.retain(|known| *known != action);
                vec![(action, false)]
            }
            Heard::AllUp => down.drain(..).map(|action| (action, false)).collect(),
        };
        for (action, down) in presses {
            if let Err(refusal) = director.command(Command::Press { action, down }).await {
                say(&app, &refusal.to_string());
            }
        }
    }
}
