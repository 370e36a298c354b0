//! How often a password may be tried, wherever one is asked for: from one address, from one address for one login, and
//! from everywhere for one login.
//!
//! The last one stands against guesses at one account that come from thousands of addresses. It must not become a way to
//! lock the account's owner out, so it does not count addresses at which the account's owner has been at home lately:
//! there, only the limits per address hold. It also never closes for a fixed time; it lets through what its rate allows.
//! Sessions that are open go on whatever happens here.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, RateLimiter};

use super::rules::Login;
use crate::config;
use crate::config::Rate;
use crate::http::limiter::{Limited, Limiter};

/// Logins whose attempts are counted at once. Beyond that the least tried are forgotten, so that a flood of made-up
/// logins neither fills the memory nor hides the one that is under attack.
const MOST_LOGINS: u64 = 100_000;
/// Homes remembered at once, and for how long. Kept in memory: after a restart an open session makes its address
/// familiar again with its next refresh.
const MOST_HOMES: u64 = 100_000;
const FAMILIAR_FOR: Duration = Duration::from_hours(30 * 24);

/// Counts the passwords that are tried: right ones too, so that the count is made before the hash is.
pub(super) struct Guesses {
    address: Limiter<IpAddr>,
    pair: Limiter<(Login, IpAddr)>,
    login: moka::future::Cache<Login, Arc<DefaultDirectRateLimiter>>,
    login_rate: Rate,
    clock: DefaultClock,
    /// Accounts and the addresses from which somebody proved lately that the account is theirs.
    homes: moka::future::Cache<(String, IpAddr), ()>,
}

impl Guesses {
    pub(super) fn new(rates: &config::Limits) -> Self {
        let rate = rates.log_in_account;
        Self {
            address: Limiter::new(rates.log_in_address),
            pair: Limiter::new(rates.log_in),
            // Whoever is not tried for as long as a whole burst takes to recover has recovered.
            login: moka::future::Cache::builder().max_capacity(MOST_LOGINS).time_to_idle(rate.period()).build(),
            login_rate: rate,
            clock: DefaultClock::default(),
            homes: moka::future::Cache::builder().max_capacity(MOST_HOMES).time_to_idle(FAMILIAR_FOR).build(),
        }
    }

    /// Counts one password tried from `address`, for `login` if any account can be called that. To be called before
    /// anything is looked up.
    pub(super) fn count(&self, login: Option<&Login>, address: IpAddr) -> Result<(), Limited> {
        self.address.check(&address)?;
        match login {
            Some(login) => self.pair.check(&(login.clone(), address)),
            None => Ok(()),
        }
    }

    /// Counts it among those from everywhere, unless `account`, which the login may belong to, is at home there. A login
    /// without an account is counted alike, so that the answer does not tell whether there is one; and a handle apart
    /// from the address of the same account, so that it does not tell that they belong together.
    pub(super) async fn count_everywhere(
        &self,
        login: &Login,
        account: Option<&str>,
        address: IpAddr,
    ) -> Result<(), Limited> {
        if let Some(account) = account
            && self.homes.contains_key(&(account.to_owned(), address))
        {
            return Ok(());
        }
        let fresh = async { Arc::new(RateLimiter::direct(self.login_rate.quota())) };
        let limiter = self.login.get_with(login.clone(), fresh).await;
        limiter.check().map_err(|until| Limited(until.wait_time_from(self.clock.now())))
    }

    /// Somebody proved at `address` that the account is theirs.
    pub(super) async fn at_home(&self, account: &str, address: IpAddr) {
        self.homes.insert((account.to_owned(), address), ()).await;
    }

    pub(super) fn forget_recovered(&self) {
        self.address.forget_recovered();
        self.pair.forget_recovered();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        std::net::Ipv4Addr::from(0x0a00_0000 + n).into()
    }

    fn guesses() -> Guesses {
        Guesses::new(&config::Limits { log_in_account: "20/h".parse().unwrap(), ..config::Limits::default() })
    }

    #[tokio::test]
    async fn guesses_at_one_account_from_many_addresses_are_limited() {
        let (guesses, login) = (guesses(), Login::Handle("ada".into()));
        for n in 0..20 {
            assert_eq!(guesses.count_everywhere(&login, Some("1"), address(n)).await, Ok(()));
        }
        let Limited(wait) = guesses.count_everywhere(&login, Some("1"), address(99)).await.unwrap_err();
        assert!(wait <= Duration::from_mins(3), "{wait:?}");
        let other = Login::Handle("bob".into());
        assert_eq!(guesses.count_everywhere(&other, Some("2"), address(99)).await, Ok(()));
    }

    #[tokio::test]
    async fn who_is_at_home_is_not_locked_out_by_an_attack_from_elsewhere() {
        let (guesses, login) = (guesses(), Login::Handle("ada".into()));
        guesses.at_home("1", address(1)).await;
        for n in 0..100 {
            let _ = guesses.count_everywhere(&login, Some("1"), address(n + 2)).await;
        }
        assert!(guesses.count_everywhere(&login, Some("1"), address(3)).await.is_err());
        assert_eq!(guesses.count_everywhere(&login, Some("1"), address(1)).await, Ok(()));
        // At home for one account is not at home for another.
        assert!(guesses.count_everywhere(&login, Some("2"), address(1)).await.is_err());
    }

    #[tokio::test]
    async fn a_login_without_an_account_is_counted_like_one_with() {
        let (guesses, login) = (guesses(), Login::Email("nobody@example.org".into()));
        let mut let_in = 0;
        for n in 0..30 {
            let_in += u32::from(guesses.count_everywhere(&login, None, address(n)).await.is_ok());
        }
        assert_eq!(let_in, 20);
    }
}
