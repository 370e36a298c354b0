//! Keys that the desktop lets the studio hear wherever they are pressed, by Tauri's plugin: where there is no X server.

use std::sync::Arc;

use klieg_studio_model::{Hotkey, Keys};
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{Code, GlobalShortcutExt, Modifiers, Shortcut, ShortcutState};
use tokio::sync::{Notify, mpsc};

use super::Heard;

/// The keys of the desktop.
#[derive(Clone)]
pub(super) struct Desktop {
    app: AppHandle,
    heard: mpsc::Sender<Heard>,
}

impl Desktop {
    /// Where keys have moved to is the plugin's business.
    pub(super) fn open(app: &AppHandle, heard: mpsc::Sender<Heard>, _moved: Arc<Notify>) -> Result<Self, String> {
        Ok(Self { app: app.clone(), heard })
    }

    /// Gives back all keys and asks for those of `wanted`. Which of them another program has.
    pub(super) fn take(&self, wanted: Vec<Hotkey>) -> Vec<Keys> {
        let desktop = self.app.global_shortcut();
        if let Err(error) = desktop.unregister_all() {
            tracing::warn!(%error, "the desktop keeps hotkeys that are not used any more");
        }
        // The receiver goes when the studio closes.
        let _ = self.heard.blocking_send(Heard::AllUp);
        let mut taken = Vec::new();
        for Hotkey { keys, action, .. } in wanted {
            let heard = self.heard.clone();
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
