//! A show begins: viewers are told what it is, keys are fetched, encoders are tried, and every enabled destination is started that
//! has its key or needs none.
//!
//! Only what goes to the account's own server waits for that server: who may watch has to be settled before anybody can. What it
//! did not take is told again before one of these destinations starts later in the show.

use std::sync::Arc;
use std::time::Duration;

use klieg_core::call::CallError;
use klieg_studio_model::{
    Announcement, Destination, Output, OutputState, OutputStatus, Secret, Severity, ShowState, figures,
};
use thiserror::Error;
use tokio::time::sleep;

use super::desk::{Desk, reply};
use super::destinations::key_name;
use super::show::{connecting, is_destination, output_to, sentence};
use super::{Answer, Refusal};
use crate::account::{AccountError, SignedIn};
use crate::keys::{KeyError, Keys};

/// A keyring that takes longer is spoken of: its window may be behind this one.
const SOON: Duration = Duration::from_secs(2);

const NO_ANSWER_YET: &str = "Your keyring has not answered yet. It may be asking for its password in another window.";

/// A destination's key, as the keyring answered.
pub(super) type Found = (Destination, Result<Option<Secret>, KeyError>);

/// What the account's server did not take, and why.
#[derive(Debug, Error)]
#[error("your channel did not take {}: {error}", figures::listed(&.what.named()))]
pub(super) struct Untold {
    what: Box<Announcement>,
    error: AccountError,
}

/// A show that is beginning. It is answered when all of its destinations have begun, or it is called off.
pub(super) struct Beginning {
    answer: Answer,
    has_keys: bool,
    /// Whether the recording and the replay buffer that go with the show begin.
    has_files: bool,
    /// What goes to the account's server, as soon as its keys are known and its encoders tried.
    ours: Option<Vec<Found>>,
    /// How that server took what viewers are told, as soon as it has answered.
    told: Option<Result<(), Untold>>,
}

impl Desk {
    pub(super) fn go_live(&mut self, announcement: Announcement, answer: Answer) {
        if let Err(refusal) = self.may_go_live() {
            return reply(answer, Err(refusal));
        }
        // The list before a show begins them, and both take what the show needs.
        self.stop_measuring();
        self.stop_probing();
        self.studio.show = ShowState::Starting;
        self.shows += 1;
        self.count_from_here();
        let show = self.shows;
        let wanted: Vec<_> = self.studio.profile.destinations.iter().filter(|known| known.enabled).cloned().collect();
        for destination in &wanted {
            self.studio.outputs.push(connecting(&destination.id, &destination.name));
        }
        let account = self.account.clone().filter(|_| !announcement.is_empty());
        let is_waited_for = wanted.iter().any(|to| self.studio.leads_to_account(to));
        let told = if let Some(account) = account {
            self.untold = announcement.clone();
            if is_waited_for {
                self.job(tell(account, announcement.clone()), move |desk, told| {
                    desk.told(show, announcement, told);
                });
                None
            } else {
                self.notice(Severity::Warn, not_told(&account.account().server, &announcement));
                Some(Ok(()))
            }
        } else {
            self.is_announced(announcement);
            Some(Ok(()))
        };
        self.beginning = Some(Beginning { answer, has_keys: false, has_files: false, ours: None, told });
        self.job(find(self.outside.keys.clone(), wanted), move |desk, found| {
            desk.keyring_answered(&found);
            if show != desk.shows {
                return;
            }
            if let Some(beginning) = &mut desk.beginning {
                beginning.has_keys = true;
            }
            let (outputs, video) = (desk.outputs_of(&found), desk.studio.profile.video.clone());
            desk.when_tried(&outputs, &video, move |desk| desk.begin(show, found));
        });
        self.job(async move { sleep(SOON).await }, move |desk, ()| {
            if show == desk.shows && desk.beginning.as_ref().is_some_and(|beginning| !beginning.has_keys) {
                desk.notice(Severity::Warn, NO_ANSWER_YET);
            }
        });
    }

    /// What is said of a keyring that is silent is said for as long as it is.
    fn keyring_answered(&mut self, found: &[Found]) {
        let silence = Some(KeyError::Silent.consequence());
        if found.iter().any(|(_, key)| matches!(key, Err(KeyError::Silent))) {
            self.studio.keyring = silence;
            return;
        }
        self.studio.notices.retain(|known| known.text != NO_ANSWER_YET);
        if self.studio.keyring == silence {
            // It may have been opened by now, or not, and may have more.
            self.open_keyring();
        }
    }

    /// What a show starts with.
    pub(super) fn outputs_of(&self, found: &[Found]) -> Vec<Output> {
        let server = |(destination, key): &Found| output_to(destination, key).ok();
        let profile = &self.studio.profile;
        let recording = profile.recording.with_show.then(|| self.next_recording());
        let replay = profile.replay.with_show.then(|| self.next_replay());
        found.iter().filter_map(server).chain(recording).chain(replay).collect()
    }

    fn may_go_live(&mut self) -> Result<(), Refusal> {
        if !self.studio.show.is_off() {
            return Err(Refusal::OnAlready);
        }
        if !self.studio.profile.destinations.iter().any(|known| known.enabled) {
            return Err(Refusal::NoDestination);
        }
        if self.ends_key {
            return Err(Refusal::AccountChanges);
        }
        self.stage().map(drop)
    }

    fn is_announced(&mut self, announcement: Announcement) {
        let before = std::mem::take(&mut self.studio.announcement);
        self.studio.announcement = announcement.after(before);
    }

    /// What came of telling viewers of this. Words that were not taken keep no show from them; who may watch does.
    fn have_told(&mut self, announcement: Announcement, told: Result<(), Untold>) -> Result<(), Untold> {
        match told {
            Ok(()) => self.is_announced(announcement),
            // Another attempt was taken meanwhile.
            Err(_) if self.untold.is_empty() => {}
            Err(untold) if untold.what.terms().is_empty() => {
                self.notice(Severity::Warn, sentence(&untold.to_string()));
                self.is_announced(announcement.terms());
            }
            Err(untold) => return Err(untold),
        }
        self.forget_untold();
        Ok(())
    }

    fn told(&mut self, show: u64, announcement: Announcement, told: Result<(), Untold>) {
        if show != self.shows {
            return;
        }
        let told = self.have_told(announcement, told);
        if let Some(beginning) = &mut self.beginning {
            beginning.told = Some(told);
        }
        self.begin_ours();
    }

    /// Starts what waits for nothing but its key.
    fn begin(&mut self, show: u64, found: Vec<Found>) {
        if show != self.shows {
            return;
        }
        let (ours, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(destination, _)| self.studio.leads_to_account(destination));
        if let Err(refusal) = self.start_found(others) {
            if let Some(beginning) = self.beginning.take() {
                reply(beginning.answer, Err(refusal));
            }
            return;
        }
        let has_files = self.running.iter().any(is_destination);
        if has_files {
            self.begin_files();
        }
        if let Some(beginning) = &mut self.beginning {
            (beginning.ours, beginning.has_files) = (Some(ours), has_files);
        }
        self.begin_ours();
    }

    /// Starts what goes to the account's server as soon as that knows who may watch. With it all has begun.
    fn begin_ours(&mut self) {
        let is_ready = |beginning: &mut Beginning| beginning.ours.is_some() && beginning.told.is_some();
        let Some(Beginning { answer, has_files, ours: Some(ours), told: Some(told), .. }) =
            self.beginning.take_if(is_ready)
        else {
            return;
        };
        let mut done = match told {
            Ok(()) => self.start_found(ours),
            Err(untold) => self.leave_out(&ours, &untold),
        };
        if done.is_ok() {
            // All that is left may have given up before, while these were waited for.
            self.settle();
            if self.studio.show.is_off() {
                done = Err(Refusal::EndedMeanwhile);
            }
        }
        if done.is_ok() && !has_files {
            self.begin_files();
        }
        reply(answer, done);
    }

    /// Starts these. What cannot be started is said, and answers who asked if nothing else is left of the show.
    fn start_found(&mut self, found: Vec<Found>) -> Result<(), Refusal> {
        let mut refused = Vec::new();
        for (destination, key) in found {
            // One that was changed meanwhile is no business of this: the change has started it, or will, or took it out.
            if self.runs(&destination.id) || self.studio.profile.destination(&destination.id) != Some(&destination) {
                continue;
            }
            refused.extend(self.start_destination(&destination, &key).err());
        }
        self.go_on_without(refused)
    }

    fn go_on_without(&mut self, mut refused: Vec<Refusal>) -> Result<(), Refusal> {
        let goes_on = self.has_destination();
        let last = if goes_on { None } else { refused.pop() };
        for refusal in refused {
            self.notice(Severity::Bad, sentence(&refusal.to_string()));
        }
        if !goes_on {
            self.studio.show = ShowState::Off;
            self.forget_untold();
            return Err(last.unwrap_or(Refusal::NoDestination));
        }
        self.library.set_live(Some(&self.studio.announcement));
        Ok(())
    }

    /// The account's server does not know who may watch, so nothing is sent there: viewers might be others than the creator wants.
    fn leave_out(&mut self, ours: &[Found], untold: &Untold) -> Result<(), Refusal> {
        let is_ours = |known: &OutputStatus| ours.iter().any(|(destination, _)| destination.id == known.id);
        if self.studio.outputs.iter().all(|known| known.id == Destination::RECORDING || is_ours(known)) {
            self.studio.outputs.retain(|known| !is_ours(known));
            return self.go_on_without(vec![Refusal::Untold(untold.to_string())]);
        }
        for (destination, _) in ours {
            self.is_left_out(&destination.id, untold);
        }
        Ok(())
    }

    fn is_left_out(&mut self, id: &str, untold: &Untold) {
        if let Some(status) = self.status(id) {
            status.state = OutputState::Failed { reason: untold.to_string() };
        }
    }

    /// Begins the recording and the replay buffer that go with the show.
    fn begin_files(&mut self) {
        if self.studio.profile.recording.with_show && self.studio.recording.is_none() {
            self.record_with_show();
        }
        if self.studio.profile.replay.with_show && self.studio.replay.is_none() {
            match self.start_replay() {
                Ok(()) => self.replay_with_show = true,
                Err(refusal) => self.notice(Severity::Bad, format!("No replay is kept of the show: {refusal}.")),
            }
        }
    }

    /// Fetches what a destination needs that joins a show: first of all its server is told what it does not know yet.
    pub(super) fn join_show(&mut self, destination: Destination) {
        let account = self.account.clone();
        let account = account.filter(|_| !self.untold.is_empty() && self.studio.leads_to_account(&destination));
        let (keys, show, untold) = (self.outside.keys.clone(), self.shows, self.untold.clone());
        let (name, announcement) = (key_name(&destination.id), untold.clone());
        let work = async move {
            let told = match account {
                Some(account) => Some(tell(account, untold).await),
                None => None,
            };
            (told, keys.get(&name).await)
        };
        self.job(work, move |desk, (told, key)| {
            if show != desk.shows {
                return;
            }
            if let Some(Err(untold)) = told.map(|told| desk.have_told(announcement, told)) {
                desk.is_left_out(&destination.id, &untold);
                return desk.settle();
            }
            let found = [(destination, key)];
            let (outputs, video) = (desk.outputs_of(&found), desk.studio.profile.video.clone());
            desk.when_tried(&outputs, &video, move |desk| {
                let [(destination, key)] = found;
                desk.start_changed(show, &destination, &key);
            });
        });
    }

    /// Who waits for a show that is called off waits no longer, and nothing is left to tell.
    pub(super) fn call_off(&mut self) {
        self.forget_untold();
        if let Some(beginning) = self.beginning.take() {
            reply(beginning.answer, Err(Refusal::EndedMeanwhile));
        }
    }

    /// Nothing is left to tell, so nobody reads any more that viewers are not told it.
    fn forget_untold(&mut self) {
        let untold = std::mem::take(&mut self.untold);
        if let Some(account) = &self.studio.account {
            let text = not_told(&account.server, &untold);
            self.studio.notices.retain(|known| known.text != text);
        }
    }
}

/// What is said of a show that does not go to the account's server.
fn not_told(server: &str, untold: &Announcement) -> String {
    let what = figures::listed(&untold.named());
    format!("Viewers on {server} are not told {what}: this show does not go there.")
}

/// Tells viewers what the show is. Where the server refuses, it is told once more without the words, which may be what it refuses.
async fn tell(account: Arc<SignedIn>, all: Announcement) -> Result<(), Untold> {
    let Err(error) = account.announce(&all).await else { return Ok(()) };
    let terms = all.terms();
    let is_refused = matches!(error, AccountError::Call(CallError::Problem(_)));
    if is_refused && !terms.is_empty() && terms != all && account.announce(&terms).await.is_ok() {
        return Err(Untold { what: Box::new(all.words()), error });
    }
    Err(Untold { what: Box::new(all), error })
}

/// Looks for the keys. A keyring that is silent is waited for once, and not for each of them.
async fn find(keys: Keys, wanted: Vec<Destination>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for destination in wanted {
        let is_silent = matches!(found.last(), Some((_, Err(KeyError::Silent))));
        let key = if is_silent { Err(KeyError::Silent) } else { keys.get(&key_name(&destination.id)).await };
        found.push((destination, key));
    }
    found
}

#[cfg(test)]
mod tests {
    use klieg_studio_model::DestinationKind;
    use tokio::time::Instant;

    use super::*;
    use crate::keys::Removals;

    #[tokio::test(start_paused = true)]
    async fn a_keyring_that_is_silent_is_waited_for_once() {
        let (_opens, never) = std::sync::mpsc::channel::<()>();
        let never = parking_lot::Mutex::new(never);
        let silent = move || {
            let _ = never.lock().recv();
            Err(KeyError::Silent)
        };
        let home = tempfile::tempdir().unwrap();
        let keys = Keys::start(Box::new(silent), Removals::at(home.path().join("removals.json")));
        let destination = |id: &str| Destination {
            id: id.into(),
            name: id.into(),
            kind: DestinationKind::Rtmp,
            url: "rtmp://tube.example/live".into(),
            enabled: true,
            layers: 1,
            video: None,
        };
        let start = Instant::now();
        let found = find(keys.unwrap(), ["a", "b", "c"].map(destination).to_vec()).await;
        assert!(found.iter().all(|(_, key)| *key == Err(KeyError::Silent)) && found.len() == 3, "{found:?}");
        assert!(start.elapsed() < Duration::from_secs(61), "{:?}", start.elapsed());
    }
}
