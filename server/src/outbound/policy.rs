//! What may be called on.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use serde::Deserialize;

use super::{Error, Network, is_public};

/// What may be called on besides public addresses on the usual ports. Its parts but the time are the table `[outbound]` of
/// the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub ports: Vec<u16>,
    /// Addresses that are called on although they are not public.
    pub addresses: Vec<IpAddr>,
    /// Networks that are not called on although they are public, nor if `addresses` has one of theirs.
    pub deny: Vec<Network>,
    /// How long others may take for one page, names and redirects included.
    #[serde(skip)]
    pub time: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self { ports: vec![80, 443], addresses: Vec::new(), deny: Vec::new(), time: Duration::from_secs(5) }
    }
}

impl Policy {
    /// Whether this address of the network may be connected to.
    pub(super) fn admits(&self, address: IpAddr) -> bool {
        let is_denied = self.deny.iter().any(|network| network.has(address));
        !is_denied && (is_public(address) || self.addresses.contains(&address))
    }

    /// Whether this may be called on, as far as can be said before its name is resolved. A host that is written as a number
    /// is looked at here, since no resolver is asked for it.
    pub(super) fn check(&self, address: &Url) -> Result<(), Error> {
        if !matches!(address.scheme(), "http" | "https") {
            return Err(Error::Scheme);
        }
        if !address.username().is_empty() || address.password().is_some() {
            return Err(Error::LogIn);
        }
        let port = address.port_or_known_default().unwrap_or_default();
        if !self.ports.contains(&port) {
            return Err(Error::Port(port));
        }
        let host = address.host_str().unwrap_or_default();
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(number) if !self.admits(number) => Err(Error::NotPublic),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str) -> Result<(), Error> {
        Policy::default().check(&address.parse().unwrap())
    }

    #[test]
    fn an_address_is_looked_at_however_it_is_written() {
        for good in
            ["https://example.org", "http://example.org:80/x?y", "https://1.1.1.1/", "http://[2606:4700::1111]/"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, error) in [
            ("ftp://example.org", Error::Scheme),
            ("file:///etc/passwd", Error::Scheme),
            ("gopher://example.org:80", Error::Scheme),
            ("data:text/html,x", Error::Scheme),
            ("https://user@example.org", Error::LogIn),
            ("https://:secret@example.org", Error::LogIn),
            ("https://example.org:8443", Error::Port(8443)),
            ("http://example.org:22", Error::Port(22)),
            ("http://127.0.0.1", Error::NotPublic),
            ("http://127.1", Error::NotPublic),
            ("http://2130706433", Error::NotPublic),
            ("http://0x7f000001", Error::NotPublic),
            ("http://0177.0.0.01", Error::NotPublic),
            ("http://127.0.0.1.", Error::NotPublic),
            ("http://１２７.0.0.1", Error::NotPublic),
            ("http://0", Error::NotPublic),
            ("http://[::1]", Error::NotPublic),
            ("http://[::ffff:10.0.0.1]", Error::NotPublic),
            ("http://[::ffff:a00:1]", Error::NotPublic),
            ("http://169.254.169.254/latest/meta-data/", Error::NotPublic),
        ] {
            assert_eq!(check(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn what_the_operator_names_may_be_called_on_and_nothing_beside_it() {
        let policy = Policy { ports: vec![8080], addresses: vec!["10.0.0.5".parse().unwrap()], ..Policy::default() };
        let check = |address: &str| policy.check(&address.parse().unwrap());
        assert_eq!(check("http://10.0.0.5:8080"), Ok(()));
        assert_eq!(check("http://10.0.0.6:8080"), Err(Error::NotPublic));
        assert_eq!(check("http://10.0.0.5"), Err(Error::Port(80)));
    }

    #[test]
    fn a_network_that_the_operator_denies_is_as_good_as_private() {
        let deny = ["8.8.0.0/16", "2606:4700::/32"].map(|network| network.parse().unwrap()).to_vec();
        let addresses = vec!["8.8.8.8".parse().unwrap()];
        let policy = Policy { addresses, deny, ..Policy::default() };
        for bad in [
            "http://8.8.4.4",
            "http://134743044",
            "http://[::ffff:8.8.4.4]",
            "http://[64:ff9b::808:404]",
            "http://[2606:4700::1111]",
            "http://8.8.8.8",
        ] {
            assert_eq!(policy.check(&bad.parse().unwrap()), Err(Error::NotPublic), "{bad}");
        }
        for good in ["http://8.9.0.1", "http://[2606:4701::1]"] {
            assert_eq!(policy.check(&good.parse().unwrap()), Ok(()), "{good}");
        }
    }
}
