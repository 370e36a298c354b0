//! A link to sign in that was opened: it waits for the creator's answer, for any page can open one, and one that signed in by
//! itself would let that page choose the channel that the next show goes to.

use klieg_studio_model::{Offer, Severity};

use super::desk::{Desk, reply};
use super::show::sentence;
use super::{Answer, Refusal};
use crate::account::{Link, SignedIn};

impl Desk {
    /// Takes the place of one that was not answered.
    pub(super) fn open_link(&mut self, link: &str) {
        match link.parse::<Link>() {
            Ok(link) => {
                self.studio.offer = Some(Offer { server: link.server.to_string() });
                self.offered = Some(link);
                self.changed = true;
            }
            Err(why) => self.notice(Severity::Warn, sentence(&why.to_string())),
        }
    }

    pub(super) fn answer_offer(&mut self, accept: bool, answer: Answer) {
        if accept && let Err(refusal) = self.may_sign_in() {
            return reply(answer, Err(refusal));
        }
        self.studio.offer = None;
        let Some(link) = self.offered.take() else { return reply(answer, Err(Refusal::NoOffer)) };
        if !accept {
            return reply(answer, Ok(()));
        }
        let (keys, http) = (self.outside.keys.clone(), self.outside.http.clone());
        self.sign_in_with(async move { SignedIn::follow(http, keys, &link).await }, answer);
    }
}
