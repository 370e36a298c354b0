//! The channel of the account that is signed in, as one of the destinations.

use klieg_studio_model::{Account, Destination, DestinationKind};

use super::Refusal;
use super::desk::Desk;
use crate::account::SignedIn;

impl Desk {
    /// The account's channel becomes a destination, or takes the place of the one before.
    pub(super) fn add_channel(&mut self, account: &SignedIn) -> Result<(), Refusal> {
        let known = self.studio.profile.destination(Destination::CHANNEL);
        let destination = Destination { enabled: true, ..channel(&account.account(), known) };
        self.has_key(Destination::CHANNEL, true);
        self.put_destination(destination);
        self.keep_profile()
    }

    /// The same of a channel that the creator had removed.
    pub(super) fn add_channel_again(&mut self) -> Result<(), Refusal> {
        let account = self.studio.account.as_ref().ok_or(Refusal::NotSignedIn)?;
        if self.studio.profile.destination(Destination::CHANNEL).is_some() {
            return Ok(());
        }
        let destination = channel(account, None);
        self.put_destination(destination);
        self.find_keys();
        self.destination_changed(Destination::CHANNEL);
        self.keep_profile()
    }

    /// Another profile may know the channel of an account before, for which there is no key any more: it goes. One that the
    /// creator named is left alone.
    pub(super) fn forget_channel(&mut self) {
        let is_it = |known: &Destination| known.id == Destination::CHANNEL && known.name.starts_with('@');
        self.studio.profile.destinations.retain(|known| !is_it(known));
    }

    /// Another profile may know the channel of an account before: the key is this one's, so it goes nowhere else. One that knows
    /// none has it too, switched off, unless the creator removed it there.
    pub(super) fn follow_account(&mut self) {
        let Some(account) = &self.studio.account else { return };
        let destination = match self.studio.profile.destination(Destination::CHANNEL) {
            None if self.studio.profile.channel_removed => return,
            None => Destination { enabled: false, ..channel(account, None) },
            Some(known) => {
                let followed = channel(account, Some(known));
                // The name that a creator gave it is right for as long as it is on the same server.
                let is_named = !known.name.starts_with('@') && account.is_at(&known.url);
                Destination { name: if is_named { known.name.clone() } else { followed.name }, ..followed }
            }
        };
        self.put_destination(destination);
    }
}

/// An account's channel as a destination, set as it was.
fn channel(account: &Account, known: Option<&Destination>) -> Destination {
    let host = account.server.split("://").last().unwrap_or_default();
    Destination {
        id: Destination::CHANNEL.to_owned(),
        name: format!("@{} on {host}", account.handle),
        kind: DestinationKind::Klieg,
        url: account.server.clone(),
        enabled: known.is_none_or(|known| known.enabled),
        layers: known.map_or(1, |known| known.layers),
        video: known.and_then(|known| known.video.clone()),
    }
}
