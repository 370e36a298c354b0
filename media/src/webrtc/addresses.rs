//! Which addresses a worker is reached at, and which of them a datagram came to.

use std::net::{IpAddr, SocketAddr};

use str0m::Candidate;

/// A worker's addresses as its peers see them.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    bound: SocketAddr,
    /// Put into ICE candidates, in order of preference; at least one.
    advertised: Vec<SocketAddr>,
    /// Addresses of this host, if the socket is bound to all of them.
    own: Vec<IpAddr>,
}

impl Addresses {
    /// Of a socket bound to `bound`, behind the addresses `hosts` if there are any (NAT, containers).
    pub(crate) fn new(bound: SocketAddr, hosts: &[IpAddr]) -> Self {
        let own = if bound.ip().is_unspecified() { interfaces(bound.is_ipv6()) } else { Vec::new() };
        let ips = match (hosts, bound.ip().is_unspecified()) {
            ([], true) => own.clone(),
            ([], false) => vec![bound.ip()],
            (hosts, _) => hosts.to_vec(),
        };
        let advertised = ips.into_iter().map(|ip| SocketAddr::new(ip, bound.port())).collect();
        Self { bound, advertised, own }
    }

    pub(crate) fn candidates(&self) -> impl Iterator<Item = Candidate> {
        self.advertised.iter().filter_map(|&address| Candidate::host(address, "udp").ok())
    }

    /// The candidate that a datagram for the local address `ip` was sent to. Behind a NAT the two differ.
    pub(crate) fn reached_at(&self, ip: Option<IpAddr>) -> SocketAddr {
        let ip = ip.map(|ip| ip.to_canonical());
        let exact = self.advertised.iter().find(|address| Some(address.ip()) == ip);
        let family = || self.advertised.iter().find(|address| ip.is_some_and(|ip| ip.is_ipv4() == address.is_ipv4()));
        exact.or_else(family).or_else(|| self.advertised.first()).copied().unwrap_or(self.bound)
    }

    /// The source address to give to the kernel for an answer from candidate `address`, where it matters.
    pub(crate) fn source(&self, address: SocketAddr) -> Option<IpAddr> {
        self.own.contains(&address.ip()).then_some(address.ip())
    }

    pub(crate) fn bound(&self) -> SocketAddr {
        self.bound
    }
}

/// This host's addresses, loopback last; link-local ones are of no use in a candidate.
fn interfaces(v6: bool) -> Vec<IpAddr> {
    let usable = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => !ip.is_link_local(),
        IpAddr::V6(ip) => v6 && !ip.is_unicast_link_local(),
    };
    let found = if_addrs::get_if_addrs().unwrap_or_default();
    let mut ips: Vec<IpAddr> = found.iter().map(if_addrs::Interface::ip).filter(usable).collect();
    ips.sort_by_key(IpAddr::is_loopback);
    ips.dedup();
    ips
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_address_is_the_only_candidate() {
        let addresses = Addresses::new("127.0.0.1:8189".parse().unwrap(), &[]);
        assert_eq!(addresses.candidates().count(), 1);
        assert_eq!(addresses.reached_at(None), "127.0.0.1:8189".parse().unwrap());
        assert_eq!(addresses.source("127.0.0.1:8189".parse().unwrap()), None);
    }

    #[test]
    fn behind_a_nat_the_public_address_stands_for_the_private_one() {
        let addresses = Addresses::new("0.0.0.0:8189".parse().unwrap(), &["203.0.113.7".parse().unwrap()]);
        assert_eq!(addresses.reached_at(Some("10.0.0.4".parse().unwrap())), "203.0.113.7:8189".parse().unwrap());
    }

    #[test]
    fn bound_to_everything_each_interface_is_a_candidate() {
        let addresses = Addresses::new("0.0.0.0:8189".parse().unwrap(), &[]);
        let loopback = "127.0.0.1:8189".parse().unwrap();
        assert_eq!(addresses.reached_at(Some("127.0.0.1".parse().unwrap())), loopback);
        assert_eq!(addresses.source(loopback), Some(loopback.ip()));
    }
}
