//! What every handler can reach: the domains, the live plane's hub, the limits.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;

use klieg_media::hub::Hub;

use crate::accounts::Accounts;
use crate::broadcasts::Broadcasts;
use crate::channels::Channels;
use crate::config::{self, Config, PublicUrl};
use crate::database::Database;
use crate::http::limiter::Limiter;

/// A handle to the running server's parts; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Config,
    pub public_url: PublicUrl,
    pub database: Database,
    pub accounts: Arc<Accounts>,
    pub channels: Channels,
    pub broadcasts: Broadcasts,
    pub hub: Arc<Hub>,
    pub limits: Limits,
    pub openapi: Arc<utoipa::openapi::OpenApi>,
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
}

impl Limits {
    pub fn new(rates: &config::Limits) -> Self {
        Self { sign_up: Limiter::new(rates.sign_up), refresh: Limiter::new(rates.refresh) }
    }

    /// Forgets clients that have their full burst again.
    pub fn forget_recovered(&self) {
        self.sign_up.forget_recovered();
        self.refresh.forget_recovered();
    }
}
