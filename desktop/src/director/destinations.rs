//! Where a show can go: destinations, their keys, and the account whose channel is one of them.

use std::sync::Arc;

use klieg_api::accounts::Me;
use klieg_studio_model::{Announcement, Destination, DestinationKind, Secret, Severity};

use super::desk::{Desk, reply};
use super::{Answer, Refusal};
use crate::account::{AccountError, SignedIn, announcement};
use crate::keys::KeyError;

/// Why nobody is signed in while a show is on.
const SIGNING_IN: &str = "signing in changes where it goes";

/// Names of keys in the keyring: destinations' ids must not meet the session's name there.
pub(super) fn key_name(id: &str) -> String {
    format!("key {id}")
}

impl Desk {
    /// Finds out whether there is a keyring, which destinations have keys, and who is signed in.
    pub(super) fn open_keyring(&mut self) {
        let keys = self.outside.keys.clone();
        self.read_keyring(async move { keys.opened().await }, |_| {});
    }

    /// Opens a keyring that could not be opened before, with what is in it and what was kept in memory meanwhile.
    pub(super) fn open_keyring_again(&mut self, answer: Answer) {
        let keys = self.outside.keys.clone();
        self.read_keyring(async move { keys.open_again().await }, |opened| {
            reply(answer, opened.map_err(Refusal::from));
        });
    }

    fn read_keyring(
        &mut self,
        opening: impl Future<Output = Result<(), KeyError>> + Send + 'static,
        then: impl FnOnce(Result<(), KeyError>) + Send + 'static,
    ) {
        let (keys, http) = (self.outside.keys.clone(), self.outside.http.clone());
        let ids: Vec<_> = self.studio.profile.destinations.iter().map(|known| known.id.clone()).collect();
        let is_signed_in = self.account.is_some();
        let work = async move {
            let opened = opening.await;
            let mut found = Vec::new();
            // One that is silent would be waited for once more for each key.
            if opened == Err(KeyError::Silent) {
                return (opened, found, None);
            }
            for id in ids {
                if let Ok(Some(_)) = keys.get(&key_name(&id)).await {
                    found.push(id);
                }
            }
            let account = if is_signed_in { None } else { SignedIn::restore(http, keys).await };
            (opened, found, account)
        };
        self.job(work, |desk, (opened, found, account)| {
            desk.studio.keyring = opened.as_ref().err().map(KeyError::consequence);
            desk.keyring_read |= opened.is_ok();
            for id in found {
                desk.has_key(&id, true);
            }
            if let Some(account) = account.filter(|_| desk.account.is_none() && !desk.changes_account) {
                desk.be_signed_in(Arc::new(account));
            }
            then(opened);
        });
    }

    /// Finds out which destinations of the profile have keys.
    pub(super) fn find_keys(&mut self) {
        self.studio.keys.clear();
        let keys = self.outside.keys.clone();
        let ids: Vec<_> = self.studio.profile.destinations.iter().map(|known| known.id.clone()).collect();
        let work = async move {
            let mut found = Vec::new();
            for id in ids {
                if let Ok(Some(_)) = keys.get(&key_name(&id)).await {
                    found.push(id);
                }
            }
            found
        };
        self.job(work, |desk, found| found.iter().for_each(|id| desk.has_key(id, true)));
    }

    fn be_signed_in(&mut self, account: Arc<SignedIn>) {
        self.studio.account = Some(account.account());
        self.account = Some(account.clone());
        self.upload_follows_account();
        let is_known = self.studio.profile.destination(Destination::CHANNEL).is_some();
        self.follow_account();
        if !is_known {
            self.find_keys();
        }
        // A server that is away now is no news: it is read again before it is needed.
        self.read_channel_of(account, |_| {});
    }

    /// Reads what viewers are told, which may have been changed on the server. What was known before is forgotten first.
    pub(super) fn read_channel(&mut self, answer: Answer) {
        let Some(account) = self.account.clone() else { return reply(answer, Err(Refusal::NotSignedIn)) };
        if !self.studio.show.is_off() {
            return reply(answer, Err(Refusal::OnAlready));
        }
        self.studio.announcement = Announcement::default();
        self.read_channel_of(account, |read| reply(answer, read.map_err(Refusal::from)));
    }

    fn read_channel_of(&self, account: Arc<SignedIn>, then: impl FnOnce(Result<(), AccountError>) + Send + 'static) {
        let (read, shows) = (account.clone(), self.shows);
        self.job(async move { read.announced().await }, move |desk, announced| {
            let is_signed_in = desk.account.as_ref().is_some_and(|now| Arc::ptr_eq(now, &account));
            desk.watch_session();
            then(announced.map(|announcement| {
                // A show that began meanwhile has told something newer.
                if is_signed_in && shows == desk.shows {
                    desk.studio.announcement = announcement;
                }
            }));
        });
    }

    /// Whether the session is over is found out by whichever call was last.
    pub(super) fn watch_session(&mut self) {
        self.studio.session_ended = self.account.as_ref().is_some_and(|account| account.has_ended());
    }

    pub(super) fn sign_in(&mut self, server: String, login: String, password: Secret, answer: Answer) {
        if password.reveal().is_empty() {
            return reply(answer, Err(Refusal::NoPassword));
        }
        let (keys, http) = (self.outside.keys.clone(), self.outside.http.clone());
        self.sign_in_with(async move { SignedIn::sign_in(http, keys, &server, &login, &password).await }, answer);
    }

    /// Signs in by `way`; the channel of the account becomes a destination, and the session before this one ends.
    pub(super) fn sign_in_with(
        &mut self,
        way: impl Future<Output = Result<(SignedIn, Me, Secret), AccountError>> + Send + 'static,
        answer: Answer,
    ) {
        if let Err(refusal) = self.may_sign_in() {
            return reply(answer, Err(refusal));
        }
        self.changes_account = true;
        self.job(way, move |desk, signed_in| match signed_in {
            Ok((account, me, key)) => desk.change_account(account, me, key, answer),
            Err(error) => {
                desk.changes_account = false;
                reply(answer, Err(error.into()));
            }
        });
    }

    /// Puts another session in the place of the one before. A show that began while it was made keeps the account it began with.
    fn change_account(&mut self, account: SignedIn, me: Me, key: Secret, answer: Answer) {
        let (keys, before) = (self.outside.keys.clone(), self.account.clone());
        let noted = self.library.places().stream_keys();
        let may = if self.studio.show.is_off() { Ok(()) } else { Err(Refusal::Busy(SIGNING_IN)) };
        self.ends_key = may.is_ok();
        let work = async move {
            let kept = match may {
                Ok(()) => keys.set(&key_name(Destination::CHANNEL), &key).await.map_err(Refusal::from),
                Err(refusal) => Err(refusal),
            };
            if let Err(refusal) = kept {
                // Nobody would know the key any more, nor the session. The server may be away by now; then they stay.
                let _ = account.sign_out().await;
                // It is still the account: nothing else changes that meanwhile.
                if let Some(before) = before {
                    let _ = before.keep().await;
                }
                return Err(refusal);
            }
            account.note_key(&noted).await;
            if let Some(before) = before {
                if let Err(error) = before.forget().await {
                    tracing::warn!(%error, "the session before this one is not ended");
                }
                // That one may have been refreshed since, and so have come into the keyring again.
                if let Err(error) = account.keep().await {
                    tracing::warn!(%error, "the keyring may have the session before this one");
                }
            }
            Ok::<_, Refusal>((account, me))
        };
        self.job(work, move |desk, signed_in| {
            (desk.changes_account, desk.ends_key) = (false, false);
            let done = signed_in.and_then(|(account, me)| {
                desk.studio.announcement = announcement(me.channel);
                desk.add_channel(&account)?;
                desk.studio.account = Some(account.account());
                desk.account = Some(Arc::new(account));
                desk.upload_follows_account();
                desk.watch_session();
                Ok(())
            });
            reply(answer, done);
        });
    }

    /// Nobody signs in on air, nor while the account changes already.
    pub(super) fn may_sign_in(&self) -> Result<(), Refusal> {
        if self.studio.show.is_off() { self.may_change_account() } else { Err(Refusal::Busy(SIGNING_IN)) }
    }

    /// One thing at a time: of two that take turns at the keyring, one would take away what the other has put there.
    fn may_change_account(&self) -> Result<(), Refusal> {
        if self.changes_account { Err(Refusal::AccountChanges) } else { Ok(()) }
    }

    /// The account's channel gets another stream key: the one before was revoked, or is lost.
    pub(super) fn renew_key(&mut self, answer: Answer) {
        let Some(account) = self.account.clone() else { return reply(answer, Err(Refusal::NotSignedIn)) };
        if let Err(refusal) = self.may_change_account() {
            return reply(answer, Err(refusal));
        }
        (self.changes_account, self.ends_key) = (true, true);
        let noted = self.library.places().stream_keys();
        let work =
            async move { account.renew_key(&noted, &key_name(Destination::CHANNEL)).await.map_err(Refusal::from) };
        self.job(work, move |desk, renewed| {
            (desk.changes_account, desk.ends_key) = (false, false);
            // Where the creator removed it, the key is for the profiles that have it.
            if renewed.is_ok() && desk.studio.profile.destination(Destination::CHANNEL).is_some() {
                desk.has_key(Destination::CHANNEL, true);
                desk.destination_changed(Destination::CHANNEL);
            }
            reply(answer, renewed);
        });
    }

    pub(super) fn sign_out(&mut self, answer: Answer) {
        let Some(account) = self.account.clone() else { return reply(answer, Err(Refusal::NotSignedIn)) };
        let may = self.not_busy("signing out takes the stream key away").and(self.may_change_account());
        if let Err(refusal) = may {
            return reply(answer, Err(refusal));
        }
        (self.changes_account, self.ends_key) = (true, true);
        let keys = self.outside.keys.clone();
        let work = async move {
            let ended = account.sign_out().await;
            (ended, keys.remove(&key_name(Destination::CHANNEL)).await)
        };
        self.job(work, move |desk, (ended, removed)| {
            (desk.changes_account, desk.ends_key) = (false, false);
            let gone = desk.account.take();
            desk.watch_session();
            desk.studio.account = None;
            desk.studio.announcement = Announcement::default();
            desk.has_key(Destination::CHANNEL, false);
            desk.studio.profile.destinations.retain(|known| known.id != Destination::CHANNEL);
            if let Err(error) = ended {
                let text = match gone.filter(|account| account.has_ended()) {
                    Some(account) => format!(
                        "You are signed out here. Your session on {} had ended before, so the stream key of this studio is \
                         still good there: delete it among your stream keys on the server.",
                        account.account().server
                    ),
                    None => format!("You are signed out here, but the server was not told: {error}."),
                };
                desk.notice(Severity::Warn, text);
            }
            let done = removed.map_err(Refusal::from).and(desk.keep_profile());
            reply(answer, done);
        });
    }

    pub(super) fn set_destination(&mut self, destination: Destination, key: Option<Secret>, answer: Answer) {
        // The last slash of a path belongs to it; only the address of a Klieg server has no path.
        let is_klieg = destination.kind == DestinationKind::Klieg;
        let url = destination.url.trim();
        let url = if is_klieg { url.trim_end_matches('/') } else { url }.to_owned();
        let destination = Destination { url, ..destination };
        if let Some(problem) = destination.problem() {
            return reply(answer, Err(Refusal::Destination(problem)));
        }
        // Copied keys often bring a line's end along.
        let key = key.map(|key| Secret::new(key.reveal().trim()));
        let is_wrong = |key: &Secret| {
            let is_missed = key.reveal().is_empty() && destination.needs_key();
            is_missed || !key.reveal().bytes().all(|b| b.is_ascii_graphic())
        };
        if key.as_ref().is_some_and(is_wrong) {
            let problem = "the key is empty or has characters that no key has; copy it again";
            return reply(answer, Err(Refusal::Destination(problem.to_owned())));
        }
        if self.studio.profile.destination(&destination.id).is_none() && self.library.has_destination(&destination.id) {
            let problem = format!("another profile has a destination with the id `{}`; choose another", destination.id);
            return reply(answer, Err(Refusal::Destination(problem)));
        }
        let (keys, id) = (self.outside.keys.clone(), destination.id.clone());
        let profile = self.studio.profile.name.clone();
        let work = async move {
            match key {
                Some(key) if key.reveal().is_empty() => keys.remove(&key_name(&id)).await.map(|()| Some(false)),
                Some(key) => keys.set(&key_name(&id), &key).await.map(|()| Some(true)),
                None => Ok(None),
            }
        };
        self.job(work, move |desk, kept: Result<Option<bool>, KeyError>| {
            if desk.studio.profile.name != profile {
                // A key whose destination is in no profile is nobody's.
                if !desk.library.has_destination(&destination.id) {
                    let keys = desk.outside.keys.clone();
                    desk.job(async move { keys.remove(&key_name(&destination.id)).await }, |_, _| {});
                }
                return reply(answer, Err(Refusal::ProfileMeanwhile));
            }
            let done = kept.map_err(Refusal::from).and_then(|has_key| {
                let id = destination.id.clone();
                if let Some(has_key) = has_key {
                    desk.has_key(&id, has_key);
                }
                let before = desk.studio.profile.destination(&id).cloned();
                let changed = has_key.is_some() || before.as_ref() != Some(&destination);
                desk.put_destination(destination);
                if changed && (has_key.is_some() || !desk.follows(before.as_ref(), &id)) {
                    desk.destination_changed(&id);
                }
                desk.keep_profile()
            });
            reply(answer, done);
        });
    }

    pub(super) fn put_destination(&mut self, destination: Destination) {
        if destination.id == Destination::CHANNEL {
            self.studio.profile.channel_removed = false;
        }
        let known = &mut self.studio.profile.destinations;
        match known.iter_mut().find(|known| known.id == destination.id) {
            Some(known) => *known = destination,
            None => known.push(destination),
        }
    }

    pub(super) fn remove_destination(&mut self, id: String, answer: Answer) {
        if self.studio.profile.destination(&id).is_none() {
            return reply(answer, Err(Refusal::NoDestinationNamed(id)));
        }
        if self.studio.outputs.iter().any(|output| output.id == id) {
            return reply(answer, Err(Refusal::Busy("the show goes there now")));
        }
        // At once, for a show may begin or another profile be taken while the keyring is waited for.
        self.studio.profile.destinations.retain(|known| known.id != id);
        self.studio.profile.channel_removed |= id == Destination::CHANNEL;
        self.has_key(&id, false);
        let kept = self.keep_profile();
        // The account's key is that of every profile, and the account's as long as somebody is signed in.
        let is_accounts = id == Destination::CHANNEL && self.account.is_some();
        if is_accounts || self.library.others_have_destination(&id) {
            return reply(answer, kept);
        }
        let keys = self.outside.keys.clone();
        self.job(async move { keys.remove(&key_name(&id)).await }, move |_, removed| {
            reply(answer, removed.map_err(Refusal::from).and(kept));
        });
    }

    pub(super) fn has_key(&mut self, id: &str, has: bool) {
        self.studio.keys.retain(|known| known != id);
        if has {
            self.studio.keys.push(id.to_owned());
        }
    }
}
