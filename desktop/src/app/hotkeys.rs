//! The hotkeys that work outside the window: the desktop is asked for their keys, and asked anew whenever they change.
//!
//! What a key does is decided by the director; here it is only heard. A key that is held down when it is given back counts as
//! let go, so that nobody stays on air who talks by it.

use klieg_studio_model::{Action, Command, Hotkey, Keys, Outside};
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{Code, GlobalShortcutExt, Modifiers, Shortcut, ShortcutState};
use tokio::sync::{mpsc, watch};

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
pub(super) fn problem() -> Option<String> {
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
    if let Some(problem) = problem() {
        return director.set_outside(Outside { problem: Some(problem), taken: Vec::new() }).await;
    }
    let (heard, hearing) = mpsc::channel(WAITING);
    tokio::spawn(act(app.clone(), director.clone(), hearing));
    let mut studio = director.watch();
    studio.mark_changed();
    let mut known = Vec::new();
    loop {
        tokio::select! {
            changed = studio.changed() => if changed.is_err() { return },
            changed = choosing.changed() => if changed.is_err() { return },
        }
        let chosen = *choosing.borrow_and_update();
        let mut wanted = studio.borrow_and_update().profile.hotkeys.clone();
        wanted.retain(|hotkey| hotkey.outside && !chosen);
        if wanted == known {
            continue;
        }
        known.clone_from(&wanted);
        let (app, heard) = (app.clone(), heard.clone());
        // The desktop's answers are waited for, and the window's thread as well.
        let Ok(taken) = tokio::task::spawn_blocking(move || take(&app, wanted, &heard)).await else { return };
        if !chosen {
            director.set_outside(Outside { problem: None, taken }).await;
        }
    }
}

/// Gives back all keys and asks for those of `wanted`. Which of them another program has.
fn take(app: &AppHandle, wanted: Vec<Hotkey>, heard: &mpsc::Sender<Heard>) -> Vec<Keys> {
    let desktop = app.global_shortcut();
    if let Err(error) = desktop.unregister_all() {
        tracing::warn!(%error, "the desktop keeps hotkeys that are not used any more");
    }
    // The receiver goes when the studio closes.
    let _ = heard.blocking_send(Heard::AllUp);
    let mut taken = Vec::new();
    for Hotkey { keys, action, .. } in wanted {
        let heard = heard.clone();
        let done = shortcut(&keys).map(|shortcut| {
            desktop.on_shortcut(shortcut, move |_, _, event| {
                let down = event.state == ShortcutState::Pressed;
                if down || action.is_held() {
                    let _ = heard.blocking_send(Heard::Key(action.clone(), down));
                }
            })
        });
        if !matches!(done, Some(Ok(()))) {
            tracing::warn!(%keys, ?done, "the desktop does not give these keys");
            taken.push(keys);
        }
    }
    taken
}

fn shortcut(keys: &Keys) -> Option<Shortcut> {
    let held = [
        (keys.ctrl, Modifiers::CONTROL),
        (keys.alt, Modifiers::ALT),
        (keys.shift, Modifiers::SHIFT),
        (keys.logo, Modifiers::SUPER),
    ];
    let held = held.into_iter().filter(|(held, _)| *held).fold(Modifiers::empty(), |all, (_, one)| all | one);
    Some(Shortcut::new(Some(held), keys.code().parse::<Code>().ok()?))
}

/// Does one after the other, so that a key comes up after it went down.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_model_is_one_of_the_desktop() {
        for text in [
            "M",
            "7",
            "F1",
            "F24",
            "Space",
            "Numpad0",
            "NumpadAdd",
            "AudioVolumeMute",
            "MediaTrackNext",
            "IntlBackslash",
        ] {
            assert!(shortcut(&text.parse().unwrap()).is_some(), "{text}");
        }
        let all = shortcut(&"Ctrl+Alt+Shift+Super+F9".parse().unwrap()).unwrap();
        assert_eq!(all.mods, Modifiers::CONTROL | Modifiers::ALT | Modifiers::SHIFT | Modifiers::SUPER);
    }
}
