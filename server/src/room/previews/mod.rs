//! What the pages say of themselves that messages link to, looked up by the server.
//!
//! Words only, and no picture: viewers' clients fetch nothing from strangers. A picture's host would learn the address of
//! everybody in the room, and when each was there; and a picture that passed through this server would be one that nobody
//! here has looked at, under a creator's show. What a page says is no more than its word: it is cut short, tidied as
//! messages are, and shown beside the host that it came from, which it cannot choose.
//!
//! Rooms do not wait for it. A page that was looked up is remembered, and many who link to the same page at once cost one
//! look-up. Each person and each room has a share of what is looked up, so that nobody keeps this server busy for others
//! ([`places`], and a rate). What is asked for beyond that, or while too much is on its way already, is left out: the message
//! simply has no preview.

mod page;
mod places;

use std::sync::Arc;
use std::time::{Duration, Instant};

use klieg_api::room::Preview;
use moka::Expiry;
use moka::future::Cache;
use reqwest::Url;
use uuid::Uuid;

use crate::config::Limits;
use crate::http::limiter::Limiter;
use crate::outbound::{Error, Outbound, Page};
pub(super) use places::Asker;
use places::{Place, Places, Sizes};

/// Messages that may wait for what they link to, also if somebody else's look-up brings it.
const WAITING: Sizes = Sizes { all: 256, room: 64, person: 16 };
/// Pages that are looked up at once. One room has half of the requests that [`Outbound`] makes at once.
const LOOKED_UP: Sizes = Sizes { all: 64, room: 4, person: 2 };
/// Pages remembered, and for how long: those that were found, and those that were not.
const MOST: u64 = 1_000;
const FOUND: Duration = Duration::from_hours(1);
const NOT_FOUND: Duration = Duration::from_mins(10);
/// Bytes of an address that are looked up, or shown.
const MOST_ADDRESS: usize = 2_000;

/// Looks pages up and remembers them.
pub struct Previews {
    outbound: Outbound,
    known: Cache<String, Option<Arc<Preview>>>,
    waiting: Arc<Places>,
    looked_up: Arc<Places>,
    /// Pages looked up for one person, and for one room.
    of_person: Limiter<Uuid>,
    of_room: Limiter<Uuid>,
}

/// How long each is remembered.
struct Remembered;

impl Expiry<String, Option<Arc<Preview>>> for Remembered {
    fn expire_after_create(&self, _: &String, preview: &Option<Arc<Preview>>, _: Instant) -> Option<Duration> {
        Some(if preview.is_some() { FOUND } else { NOT_FOUND })
    }
}

impl Previews {
    pub fn new(outbound: Outbound, limits: &Limits) -> Self {
        Self {
            outbound,
            known: Cache::builder().max_capacity(MOST).expire_after(Remembered).build(),
            waiting: Places::new(WAITING),
            looked_up: Places::new(LOOKED_UP),
            of_person: Limiter::new(limits.link_previews),
            of_room: Limiter::new(limits.link_previews_of_room),
        }
    }

    /// A place among those who wait, unless there are too many.
    pub(super) fn place(&self, asker: Asker) -> Option<Place> {
        let place = self.waiting.take(asker);
        if place.is_none() {
            count("limited");
        }
        place
    }

    /// Forgets who has their full share again.
    pub(super) fn forget_recovered(&self) {
        self.of_person.forget_recovered();
        self.of_room.forget_recovered();
    }

    /// What the page at this address says of itself, if there is one that says anything.
    pub(super) async fn of(&self, asker: Asker, link: &str) -> Option<Preview> {
        let mut address: Url = link.parse().ok().filter(|_| link.len() <= MOST_ADDRESS)?;
        let place = address.fragment().map(str::to_owned);
        address.set_fragment(None);
        let key = address.as_str().to_owned();
        let looked_up = self.known.try_get_with(key, self.look_up(asker, &address)).await;
        let mut preview = Preview::clone(looked_up.ok()?.as_deref()?);
        // The place within the page is the link's own unless a redirect names another (RFC 9110, section 10.2.2).
        if let Some(place) = place
            && !preview.url.contains('#')
        {
            preview.url = format!("{}#{place}", preview.url);
        }
        Some(preview)
    }

    /// What is remembered of an address. An error is not: this server was too busy, or nothing more may be looked up for
    /// `asker` now, which says nothing of the page.
    async fn look_up(&self, asker: Asker, address: &Url) -> Result<Option<Arc<Preview>>, Error> {
        let Some(_place) = self.share(asker) else {
            count("limited");
            return Err(Error::Busy);
        };
        let found = self.outbound.page(address).await;
        count(match &found {
            Ok(_) => "page",
            Err(Error::Busy) => "busy",
            Err(Error::Scheme | Error::LogIn | Error::Port(_) | Error::NotPublic) => "refused",
            Err(_) => "none",
        });
        match found {
            Ok(page) => Ok(preview(&page).map(Arc::new)),
            Err(Error::Busy) => Err(Error::Busy),
            Err(error) => {
                // Of the address no more than the host: the rest is between those who are in the room.
                tracing::debug!(%error, host = address.host_str(), "a link is shown without a preview");
                Ok(None)
            }
        }
    }

    /// One look-up of `asker`'s share, if there is one left.
    fn share(&self, asker: Asker) -> Option<Place> {
        let place = self.looked_up.take(asker)?;
        self.of_person.check(&asker.account).ok()?;
        self.of_room.check(&asker.room).ok()?;
        Some(place)
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("klieg_link_previews_total", "outcome" => outcome).increment(1);
}

/// What a page says, and where it was found: a card that leads there, whatever led here.
fn preview(page: &Page) -> Option<Preview> {
    let url = page.address.to_string();
    if url.len() > MOST_ADDRESS {
        return None;
    }
    let said = page::read(&page.html);
    Some(Preview { url, title: said.title?, description: said.description, site: said.site })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(address: &str) -> Page {
        Page { address: address.parse().unwrap(), html: "<title>A page</title>".into() }
    }

    #[test]
    fn a_card_leads_to_where_the_page_was_found() {
        let found = preview(&at("https://example.org/found?x=1")).unwrap();
        assert_eq!((found.url.as_str(), found.host()), ("https://example.org/found?x=1", "example.org"));
        assert_eq!(preview(&at(&format!("https://example.org/{}", "x".repeat(MOST_ADDRESS)))), None);
        assert_eq!(preview(&Page { html: "<p>Nothing".into(), ..at("https://example.org") }), None);
    }
}
