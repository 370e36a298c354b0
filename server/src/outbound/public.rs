//! Which addresses of the network belong to the public, by IANA's registries of special addresses (RFC 6890). No I/O.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether it is the address of one host that anybody can reach: not of this machine, its network, its cloud, of many hosts
/// at once or of none; nor a form that leads to such a one.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_special = matches!(
        address.octets(),
        // This network, a private one, this machine; many hosts, reserved, all hosts.
        [0 | 10 | 127 | 224..=255, ..]
        // The link (with the metadata of most clouds), more private ones.
        | [169, 254, ..] | [172, 16..=31, ..] | [192, 168, ..]
        // Between providers and their customers (with the metadata of one cloud).
        | [100, 64..=127, ..]
        // Protocols (with the metadata of another), documentation, relays to IPv6, benchmarks.
        | [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _]
        // What Azure's machines ask about themselves: a public address that means something else there.
        | [168, 63, 129, 16]
    );
    !is_special
}

/// The address of IPv4 that a connection to this one of IPv6 goes to: as it is written in IPv6, and as a network without IPv4
/// reaches it (NAT64).
pub(super) fn ipv4_meant_by(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

/// Of IPv6 only what is given to hosts as of now, 2000::/3, is public, and what stands for a public address of IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(meant) = ipv4_meant_by(address) {
        return is_public_v4(meant);
    }
    match address.segments() {
        // Protocols and benchmarks, with the tunnels of Teredo; documentation, twice; the tunnels of 6to4. Both kinds of
        // tunnel lead to an address of IPv4 and are given up (RFC 7526): no page is to be found there.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_public_is_told_from_what_is_not() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "168.63.129.15",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::",
            "2001:db7::",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2a00::1",
            "3fff:1000::",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
        ];
        for address in public {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
        let special = [
            // This network, and none.
            "0.0.0.0",
            "0.1.2.3",
            "::",
            // This machine.
            "127.0.0.1",
            "127.255.255.254",
            "::1",
            // Private, and between providers and customers.
            "10.0.0.1",
            "10.255.255.255",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "fc00::1",
            "fdff:ffff::1",
            // The link, the site.
            "169.254.0.1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            // Metadata of clouds.
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "fd00:ec2::254",
            "fd20:ce::254",
            // Protocols, documentation, benchmarks.
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:1ff:ffff::",
            "2001:db8::1",
            "3fff::1",
            "100::1",
            // Many hosts, reserved, all hosts.
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "ff02::1",
            "4000::1",
            "5f00::1",
            // Forms that lead to such a one.
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::127.0.0.1",
            "64:ff9b::192.168.1.1",
            "64:ff9b:1::8.8.8.8",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2002:808:808::1",
            "2001:0:808:808::f5ff:fffe",
        ];
        for address in special {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_form_of_an_address_makes_it_more_public(number in any::<u32>()) {
            let v4 = Ipv4Addr::from(number);
            let [a, b, c, d] = v4.octets();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for form in [
                v4.to_ipv6_mapped(),
                v4.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ] {
                prop_assert!(is_public(v4.into()) || !is_public(form.into()), "{form}");
            }
            let std_says = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast()
                || v4.is_documentation() || v4.is_multicast() || v4.is_unspecified();
            prop_assert!(!(std_says && is_public(v4.into())), "{v4}");
        }
    }
}
