//! Profiles: taking another one, adding, copying and removing them. Keys follow the destinations they belong to; what the studio is
//! told of the whole computer (`welcomed`, `remote`) is no part of the change.

use klieg_studio_model::{Destination, DestinationKind, Profile};

use super::desk::{Desk, reply};
use super::destinations::key_name;
use super::{Answer, Refusal};
use crate::keys::KeyError;

/// Letters of an `id` that a copy keeps of it.
const KEPT: usize = 40;

impl Desk {
    pub(super) fn open_profile(&mut self, name: &str) -> Result<(), Refusal> {
        if name == self.studio.profile.name {
            return Ok(());
        }
        self.may_take()?;
        let profile = self.library.take_profile(name)?;
        self.use_profile(profile)
    }

    pub(super) fn new_profile(&mut self, name: &str) -> Result<(), Refusal> {
        let destinations = self.channel().into_iter().collect();
        self.add_profile(Profile { name: name.trim().to_owned(), destinations, ..Profile::default() })
    }

    /// Answered when the keys are copied: what is changed in the copy must not change the original's.
    pub(super) fn duplicate_profile(&mut self, name: &str, answer: Answer) {
        let mut copy = Profile { name: name.trim().to_owned(), ..self.studio.profile.clone() };
        if let Err(refusal) = self.may_add(&copy) {
            return reply(answer, Err(refusal));
        }
        let (copied, keys) = (renew(&mut copy), self.outside.keys.clone());
        let work = async move {
            for (from, to) in copied {
                if let Some(key) = keys.get(&key_name(&from)).await? {
                    keys.set(&key_name(&to), &key).await?;
                }
            }
            Ok::<_, KeyError>(())
        };
        self.job(work, move |desk, copied| {
            let done = copied.map_err(Refusal::from).and_then(|()| desk.add_profile(copy));
            reply(answer, done);
        });
    }

    pub(super) fn rename_profile(&mut self, name: &str) -> Result<(), Refusal> {
        let renamed = Profile { name: name.trim().to_owned(), ..self.studio.profile.clone() };
        fits(&renamed)?;
        self.library.keep_profile(&renamed)?;
        self.studio.profile = renamed;
        self.studio.profiles = self.library.profiles();
        Ok(())
    }

    /// Answered when its keys are gone too.
    pub(super) fn remove_profile(&mut self, name: &str, answer: Answer) {
        let gone = match self.library.remove_profile(name) {
            Ok(gone) => gone,
            Err(error) => return reply(answer, Err(error.into())),
        };
        self.studio.profiles = self.library.profiles();
        let ids = gone.destinations.into_iter().map(|known| known.id);
        // The account's key is that of every profile.
        let ids: Vec<_> = ids.filter(|id| id != Destination::CHANNEL && !self.library.has_destination(id)).collect();
        let keys = self.outside.keys.clone();
        let work = async move {
            for id in ids {
                keys.remove(&key_name(&id)).await?;
            }
            Ok::<_, KeyError>(())
        };
        self.job(work, |_, removed| reply(answer, removed.map_err(Refusal::from)));
    }

    /// A file of somebody else must get at no key that is in the keyring, so its destinations get ids that nobody has.
    pub(super) fn import_profile(&mut self, text: &str) -> Result<(), Refusal> {
        let mut profile = Profile::read(text)?;
        profile.name = self.library.free_profile_name(&profile.name);
        profile.destinations.retain(|known| known.kind != DestinationKind::Klieg && known.id != Destination::CHANNEL);
        renew(&mut profile);
        profile.channel_removed = false;
        if let Some(channel) = self.channel() {
            profile.destinations.insert(0, channel);
        }
        // These are a place and a device of the computer where it was written.
        profile.recording.folder = None;
        profile.monitor_output = None;
        self.add_profile(profile)
    }

    /// The account's channel, which new profiles have too.
    fn channel(&self) -> Option<Destination> {
        self.studio.profile.destination(Destination::CHANNEL).cloned()
    }

    fn may_take(&self) -> Result<(), Refusal> {
        self.not_busy("another profile has another encoding and other destinations")
    }

    fn may_add(&self, profile: &Profile) -> Result<(), Refusal> {
        self.may_take()?;
        fits(profile)?;
        Ok(self.library.check_profile(&profile.name)?)
    }

    fn add_profile(&mut self, profile: Profile) -> Result<(), Refusal> {
        self.may_add(&profile)?;
        self.library.add_profile(&profile)?;
        self.use_profile(profile)
    }

    fn use_profile(&mut self, profile: Profile) -> Result<(), Refusal> {
        let (welcomed, remote) = (self.studio.profile.welcomed, self.studio.profile.remote);
        let before = std::mem::replace(&mut self.studio.profile, Profile { welcomed, remote, ..profile });
        self.monitor_on_another(before.monitor_output.as_deref());
        self.encodings += 1;
        self.studio.recordings = self.recordings();
        if self.keyring_read && self.account.is_none() {
            self.forget_channel();
        }
        self.follow_account();
        self.find_keys();
        self.replay_when_tried();
        let kept = self.keep_profile();
        self.studio.profiles = self.library.profiles();
        kept
    }
}

/// Gives the destinations ids of their own, but for the account's channel. What they were, and what they are.
fn renew(profile: &mut Profile) -> Vec<(String, String)> {
    let mut renewed = Vec::new();
    for destination in profile.destinations.iter_mut().filter(|known| known.id != Destination::CHANNEL) {
        let kept: String = destination.id.chars().take(KEPT).collect();
        let id = format!("{kept}-{:08x}", rand::random::<u32>());
        renewed.push((std::mem::replace(&mut destination.id, id.clone()), id));
    }
    renewed
}

fn fits(profile: &Profile) -> Result<(), Refusal> {
    profile.problem().map_or(Ok(()), |problem| Err(Refusal::Profile(problem)))
}
