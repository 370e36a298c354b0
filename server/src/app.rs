//! What every handler can reach: the domains, the live plane's hub, the limits.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::sync::Arc;

use klieg_media::hub::Hub;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::alerts::Alerts;
use crate::broadcasts::Broadcasts;
use crate::channels::Channels;
use crate::cluster::Cluster;
use crate::config::{self, Config, PublicUrl};
use crate::database::Database;
use crate::emotes::Emotes;
use crate::http::limiter::{Limited, Limiter};
use crate::room::Rooms;
use crate::socket::Registry;
use crate::web::WebApp;

/// A handle to the running server's parts; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub public_url: PublicUrl,
    pub database: Database,
    pub accounts: Arc<Accounts>,
    pub alerts: Arc<Alerts>,
    pub channels: Channels,
    pub emotes: Emotes,
    pub broadcasts: Broadcasts,
    pub rooms: Arc<Rooms>,
    /// The other servers, if there are any.
    pub cluster: Option<Arc<Cluster>>,
    /// Live connections.
    pub sockets: Arc<Registry>,
    pub hub: Arc<Hub>,
    /// Where RTMP really listens.
    pub rtmp: SocketAddr,
    pub limits: Limits,
    pub openapi: Arc<utoipa::openapi::OpenApi>,
    pub web_app: WebApp,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// How often clients may do what costs the server something.
pub struct Limits {
    pub sign_up: Limiter<IpAddr>,
    pub refresh: Limiter<IpAddr>,
    /// Sign-in codes made, by account.
    pub make_code: Limiter<Uuid>,
    /// Sign-in codes tried.
    pub try_code: Limiter<IpAddr>,
    /// API tokens made, by account.
    pub make_token: Limiter<Uuid>,
    /// By account.
    pub emotes: Limiter<Uuid>,
    /// By account.
    pub markers: Limiter<Uuid>,
    /// By account.
    pub upload: Limiter<Uuid>,
    /// Rooms entered, by account.
    pub join: Limiter<Uuid>,
    /// Rooms entered by guests, ...
    join_as_guest: Limiter<IpAddr>,
    /// ... also by those of this machine.
    bounds_local_guests: bool,
    /// What rooms read from the database for whoever asks, by account.
    pub look_up: Limiter<Uuid>,
    /// Likewise, for guests.
    pub look_up_as_guest: Limiter<IpAddr>,
}

impl Limits {
    pub fn new(rates: &config::Limits) -> Self {
        Self {
            sign_up: Limiter::new(rates.sign_up),
            refresh: Limiter::new(rates.refresh),
            make_code: Limiter::new(rates.sign_in_code),
            try_code: Limiter::new(rates.sign_in_code),
            make_token: Limiter::new(rates.api_token),
            emotes: Limiter::new(rates.emotes),
            markers: Limiter::new(rates.markers),
            upload: Limiter::new(rates.upload_test),
            join: Limiter::new(rates.room_joins),
            join_as_guest: Limiter::new(rates.room_joins_of_guests.unwrap_or(config::Limits::ROOM_JOINS_OF_GUESTS)),
            bounds_local_guests: rates.room_joins_of_guests.is_some(),
            look_up: Limiter::new(rates.room_look_ups),
            look_up_as_guest: Limiter::new(rates.room_look_ups_of_guests),
        }
    }

    /// Counts a room that a guest at this address enters, or says how long to wait.
    pub fn join_as_guest(&self, address: &IpAddr, is_local: bool) -> Result<(), Limited> {
        if is_local && !self.bounds_local_guests { Ok(()) } else { self.join_as_guest.check(address) }
    }

    /// Forgets clients that have their full burst again.
    pub fn forget_recovered(&self) {
        self.sign_up.forget_recovered();
        self.refresh.forget_recovered();
        self.make_code.forget_recovered();
        self.try_code.forget_recovered();
        self.make_token.forget_recovered();
        self.emotes.forget_recovered();
        self.markers.forget_recovered();
        self.upload.forget_recovered();
        self.join.forget_recovered();
        self.join_as_guest.forget_recovered();
        self.look_up.forget_recovered();
        self.look_up_as_guest.forget_recovered();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_of_this_machine_enter_rooms_as_often_as_they_like_unless_the_operator_says_how_often() {
        let (rates, address) = (config::Limits::default(), IpAddr::from([127, 0, 0, 1]));
        let is_refused =
            |limits: &Limits, is_local| (0..4_000).any(|_| limits.join_as_guest(&address, is_local).is_err());
        let limits = Limits::new(&rates);
        assert!(!is_refused(&limits, true));
        assert!(is_refused(&limits, false));
        let limits = Limits::new(&config::Limits { room_joins_of_guests: "100/min".parse().ok(), ..rates });
        assert!(is_refused(&limits, true));
    }
}
