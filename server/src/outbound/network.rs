//! Networks as an operator writes them down. No I/O.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Deserialize;

use super::public::ipv4_meant_by;

/// A network: `203.0.113.0/24`, `2001:db8:7::/48`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl Network {
    /// Whether this address is in it, or stands for one of IPv4 that is.
    pub(super) fn has(&self, address: IpAddr) -> bool {
        let meant = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => ipv4_meant_by(address).map(IpAddr::V4),
        };
        self.0.contains(&address) || meant.is_some_and(|meant| self.0.contains(&meant))
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        let network = network
            .map_err(|_| format!("`{text}` is no network; write it like \"203.0.113.0/24\" or \"2001:db8:7::/48\""))?;
        match network {
            IpNet::V6(network) if network.addr().to_ipv4_mapped().is_some() => {
                Err(format!("`{text}` is a network of IPv4; write it as one"))
            }
            network => Ok(Self(network)),
        }
    }
}

impl TryFrom<String> for Network {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(network: &str, address: &str) -> bool {
        network.parse::<Network>().unwrap().has(address.parse().unwrap())
    }

    #[test]
    fn an_address_is_in_a_network_in_whatever_form() {
        for address in ["198.51.7.0", "198.51.7.255", "::ffff:198.51.7.9", "64:ff9b::198.51.7.9"] {
            assert!(has("198.51.7.0/24", address), "{address}");
        }
        for address in ["198.51.6.255", "198.51.8.0", "::ffff:198.51.8.9", "2001:4860::1"] {
            assert!(!has("198.51.7.0/24", address), "{address}");
        }
        assert!(has("198.51.7.9/24", "198.51.7.1"), "bits behind the prefix do not count");
        assert!(has("8.8.8.8", "8.8.8.8") && !has("8.8.8.8", "8.8.8.9"), "one address");
        assert!(has("2001:4860::/32", "2001:4860:4860::8888") && !has("2001:4860::/32", "2001:4861::1"));
        assert!(has("64:ff9b::/96", "64:ff9b::8.8.8.8") && !has("64:ff9b::/96", "8.8.8.8"));
    }

    #[test]
    fn what_would_deny_nothing_is_no_network() {
        for text in ["", "intern.example", "8.8.8.0/33", "8.8.8", "8.8.8.0/", "::ffff:8.8.8.0/120", "::ffff:8.8.8.8"] {
            assert!(text.parse::<Network>().unwrap_err().contains("write it"), "{text}");
        }
    }
}
