//! The icon in the desktop's tray: what the studio does, and the few things one wants without looking for its window.
//!
//! It speaks StatusNotifierItem over D-Bus, so no library of the desktop is linked. Where there is no tray nothing happens; where
//! one comes later the icon appears then.

mod icon;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use klieg_studio_model::{Action, Command, Reach, Studio};
use ksni::menu::{CheckmarkItem, StandardItem};
use ksni::{Icon, MenuItem, OfflineReason, ToolTip, TrayMethods};
use tauri::AppHandle;
use tokio::sync::mpsc;

use super::{closing, say, show};
use crate::director::Director;
use icon::Badge;

/// Wishes that may wait; who clicks faster is not heard.
const WAITING: usize = 8;

/// Whether a tray shows the icon: only then may the window hide.
#[derive(Clone, Default)]
pub(super) struct Shown(Arc<AtomicBool>);

impl Shown {
    pub(super) fn is_so(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a line of the menu asks for.
enum Wish {
    Show,
    Act(Action),
    EndShow,
    Quit,
}

/// What the icon and its menu say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Looks {
    show: Badge,
    /// Whether it was live before it came to wait.
    dropped: bool,
    recording: bool,
    has_microphones: bool,
    muted: bool,
}

impl Looks {
    fn of(studio: &Studio) -> Self {
        let reach = studio.reach();
        let show = match reach {
            Reach::Off => Badge::None,
            Reach::Connecting | Reach::Reconnecting { .. } | Reach::Ending => Badge::Waiting,
            Reach::Live { .. } => Badge::Live,
        };
        Self {
            show,
            dropped: matches!(reach, Reach::Reconnecting { .. }),
            recording: studio.recording.is_some(),
            has_microphones: studio.has_microphones(),
            muted: studio.are_microphones_muted(),
        }
    }

    fn badge(self) -> Badge {
        if self.show == Badge::None && self.recording { Badge::Recording } else { self.show }
    }

    fn words(self) -> &'static str {
        match (self.show, self.recording) {
            (Badge::Live, false) => "Live",
            (Badge::Live, true) => "Live and recording",
            (Badge::Waiting, _) if self.dropped => "Reconnecting",
            (Badge::Waiting, _) => "Connecting",
            (_, true) => "Recording",
            (_, false) => "Off air",
        }
    }
}

struct Item {
    wishes: mpsc::Sender<Wish>,
    looks: Looks,
    /// Red, green, blue and opacity of 32 by 32 pixels.
    picture: icon::Picture,
    shown: Shown,
}

impl Item {
    fn wish(&self, wish: Wish) {
        if self.wishes.try_send(wish).is_err() {
            tracing::warn!("the studio is busy with what was clicked before");
        }
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "klieg-studio".to_owned()
    }

    fn title(&self) -> String {
        "Klieg Studio".to_owned()
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        let icon::Picture { side, .. } = self.picture;
        vec![Icon { width: side, height: side, data: self.picture.with(self.looks.badge()) }]
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: format!("Klieg Studio: {}", self.looks.words()), ..ToolTip::default() }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.wish(Wish::Show);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        let line = |label: &str, wish: fn() -> Wish| StandardItem {
            label: label.to_owned(),
            activate: Box::new(move |this: &mut Self| this.wish(wish())),
            ..StandardItem::default()
        };
        let looks = self.looks;
        let show = match looks.show {
            Badge::None | Badge::Recording => line("Go live", || Wish::Act(Action::GoLive)),
            Badge::Waiting | Badge::Live => line("End the show…", || Wish::EndShow),
        };
        // What the line says, whatever has become of it since.
        let record = if looks.recording {
            line("Stop recording", || Wish::Act(Action::StopRecording))
        } else {
            line("Start recording", || Wish::Act(Action::StartRecording))
        };
        vec![
            line("Show the window", || Wish::Show).into(),
            MenuItem::Separator,
            show.into(),
            record.into(),
            CheckmarkItem {
                label: "Mute microphones".to_owned(),
                enabled: looks.has_microphones,
                checked: looks.muted,
                activate: Box::new(|this: &mut Self| this.wish(Wish::Act(Action::MuteMicrophones))),
                ..CheckmarkItem::default()
            }
            .into(),
            MenuItem::Separator,
            line("Quit", || Wish::Quit).into(),
        ]
    }

    fn watcher_online(&self) {
        self.shown.0.store(true, Ordering::Relaxed);
    }

    fn watcher_offline(&self, _reason: OfflineReason) -> bool {
        self.shown.0.store(false, Ordering::Relaxed);
        // A tray that comes back shows the icon again.
        true
    }
}

/// Shows the icon for as long as the studio runs.
pub(super) async fn run(app: AppHandle, director: Director, shown: Shown) {
    let Some(picture) = app.default_window_icon().map(icon::Picture::of) else { return };
    let mut studio = director.watch();
    let looks = Looks::of(&studio.borrow_and_update());
    let (wishes, mut wished) = mpsc::channel(WAITING);
    // Unless it is said otherwise while the icon is handed over: a tray that is there from the beginning is not announced.
    shown.0.store(true, Ordering::Relaxed);
    let item = Item { wishes, looks, picture, shown: shown.clone() };
    let handle = match item.assume_sni_available(true).spawn().await {
        Ok(handle) => handle,
        Err(error) => {
            shown.0.store(false, Ordering::Relaxed);
            tracing::info!(%error, "there is no tray");
            return;
        }
    };
    let mut before = looks;
    loop {
        tokio::select! {
            changed = studio.changed() => {
                if changed.is_err() {
                    break;
                }
                let looks = Looks::of(&studio.borrow_and_update());
                if looks != before {
                    before = looks;
                    handle.update(move |item| item.looks = looks).await;
                }
            }
            Some(wish) = wished.recv() => match wish {
                Wish::Show => show(&app),
                Wish::EndShow => closing::ask_to_end(&app),
                Wish::Quit => closing::quit(&app),
                Wish::Act(action) => {
                    if let Err(refusal) = director.command(Command::Press { action, down: true }).await {
                        // The sentence is in the window.
                        show(&app);
                        say(&app, &refusal.to_string());
                    }
                }
            },
        }
    }
    handle.shutdown().await;
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::{OutputState, OutputStatus, ShowState};

    use super::*;

    #[test]
    fn the_lamp_is_red_only_while_somebody_takes_the_show() {
        let looks = |state: OutputState| {
            let outputs = vec![OutputStatus::new("a", "A", state)];
            Looks::of(&Studio { show: ShowState::Live { since: 0 }, outputs, ..Studio::default() })
        };
        let live = looks(OutputState::Live);
        assert_eq!((live.badge(), live.words()), (Badge::Live, "Live"));
        let dropped = looks(OutputState::Reconnecting { attempt: 2, reason: "no answer".into() });
        assert_eq!((dropped.badge(), dropped.words()), (Badge::Waiting, "Reconnecting"));
        let starting = Looks::of(&Studio { show: ShowState::Starting, ..Studio::default() });
        assert_eq!((starting.badge(), starting.words()), (Badge::Waiting, "Connecting"));
    }
}
