//! What keys do: hotkeys of the window and of the desktop, buttons of other programs, lines of the tray's menu.

use klieg_studio_model::{Action, Keys, Outside, Severity};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::desk::{Desk, reply};
use super::show::sentence;
use super::{Answer, Refusal};

impl Desk {
    /// Decided here rather than where the key is, so that two presses one after the other both see what is so.
    ///
    /// It is answered at once, for keys and clicks are sent one after the other: the release of push-to-talk must not wait for a
    /// server. What then keeps it from being done becomes a notice.
    pub(super) fn press(&mut self, action: &Action, down: bool, answer: Answer) {
        let mut commands = action.commands(&self.studio, down);
        let Some(last) = commands.pop() else { return reply(answer, Ok(())) };
        // Where there are several, they are alike: the last one's answer is that of all.
        for command in commands {
            self.command(command, oneshot::channel().0);
        }
        let (told, mut telling) = oneshot::channel();
        self.command(last, told);
        match telling.try_recv() {
            Ok(done) => return reply(answer, done),
            Err(TryRecvError::Closed) => return reply(answer, Err(Refusal::Closing)),
            Err(TryRecvError::Empty) => reply(answer, Ok(())),
        }
        self.job(telling, |desk, done| match done {
            // Called off by another press, or the studio closes.
            Ok(Ok(()) | Err(Refusal::EndedMeanwhile | Refusal::RecordingCalledOff)) | Err(_) => {}
            Ok(Err(refusal)) => desk.notice(Severity::Bad, sentence(&refusal.to_string())),
        });
    }

    pub(super) fn set_hotkey(&mut self, action: Action, keys: Option<Keys>, outside: bool) -> Result<(), Refusal> {
        self.studio.profile.set_hotkey(action, keys, outside).map_err(Refusal::Hotkey)?;
        self.keep_profile()
    }

    /// Whoever listens to the desktop's keys says which it hears.
    pub(super) fn set_outside(&mut self, outside: Outside) {
        self.studio.outside = outside;
        self.changed = true;
    }
}
