//! How often a password may be tried, wherever one is asked for.

use std::net::IpAddr;

use super::rules::Login;
use crate::config;
use crate::http::limiter::{Limited, Limiter};

/// Counts the passwords that are tried: right ones too, so that the count is made before the hash is.
pub(super) struct Guesses {
    address: Limiter<IpAddr>,
    login: Limiter<(Login, IpAddr)>,
}

impl Guesses {
    pub(super) fn new(rates: &config::Limits) -> Self {
        Self { address: Limiter::new(rates.log_in_address), login: Limiter::new(rates.log_in) }
    }

    /// Counts one password tried from `address`, for `login` if any account can be called that.
    pub(super) fn count(&self, login: Option<&Login>, address: IpAddr) -> Result<(), Limited> {
        self.address.check(&address)?;
        match login {
            Some(login) => self.login.check(&(login.clone(), address)),
            None => Ok(()),
        }
    }

    pub(super) fn forget_recovered(&self) {
        self.address.forget_recovered();
        self.login.forget_recovered();
    }
}
