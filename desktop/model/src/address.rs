//! Addresses of destinations: their hosts, what they ask for beside them, and what of them may be seen.

use crate::profile::{Destination, DestinationKind};

/// The parts of an address, as they follow each other.
struct Parts<'a> {
    /// With `://`.
    scheme: &'a str,
    /// With its port, and without a login.
    host: &'a str,
    /// With its first slash, if there is one.
    path: &'a str,
    /// With its question mark, if there is one.
    query: &'a str,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (path, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        Self { scheme, host: authority.rsplit('@').next().unwrap_or(authority), path, query }
    }
}

/// The host of an address, without its port.
pub fn host(url: &str) -> &str {
    let place = Parts::of(url).host;
    match place.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => place.split(':').next().unwrap_or(place),
    }
}

impl Destination {
    /// Whether nothing can be sent there without a stream key. Another server may want none, or have it in the address.
    pub fn needs_key(&self) -> bool {
        self.kind == DestinationKind::Klieg
    }

    /// Whether without a key no stream would have a name: by RTMP the address has it behind the application then.
    pub fn lacks_name(&self) -> bool {
        let parts = Parts::of(&self.url).path.split('/').filter(|part| !part.is_empty()).count();
        self.kind == DestinationKind::Rtmp && parts < 2
    }

    /// Its address as lists show it, for the window may be in the show: without a login, and without the query, where tokens stand.
    /// An address that is enough without a key is a key itself, so of that only the server is shown.
    pub fn shown_address(&self, has_key: bool) -> String {
        let Parts { scheme, host, path, query } = Parts::of(&self.url);
        if !has_key && !self.needs_key() {
            let rest = if path.len() + query.len() > 1 { "/…" } else { "" };
            return format!("{scheme}{host}{rest}");
        }
        format!("{scheme}{host}{path}{}", if query.is_empty() { "" } else { "?…" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(kind: DestinationKind, url: &str) -> Destination {
        Destination { id: "a".into(), name: "A".into(), kind, url: url.into(), enabled: true, layers: 1, video: None }
    }

    #[test]
    fn what_lets_one_in_is_not_shown() {
        let whip = |url| to(DestinationKind::Whip, url);
        for (url, with_key, without) in [
            ("https://a.example/whip", "https://a.example/whip", "https://a.example/…"),
            ("https://a.example/whip?token=sk", "https://a.example/whip?…", "https://a.example/…"),
            ("https://a.example?token=sk/x@y", "https://a.example?…", "https://a.example/…"),
            ("https://me:secret@a.example:8443/whip#sk", "https://a.example:8443/whip?…", "https://a.example:8443/…"),
            ("http://[::1]:8080", "http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(
                (whip(url).shown_address(true).as_str(), whip(url).shown_address(false).as_str()),
                (with_key, without)
            );
        }
        let stream = to(DestinationKind::Rtmp, "rtmp://r.example/live/sk");
        assert_eq!(stream.shown_address(false), "rtmp://r.example/…");
        // A channel's address lets nobody in.
        let channel = to(DestinationKind::Klieg, "https://k.example/tv");
        assert_eq!(channel.shown_address(false), "https://k.example/tv");
    }

    #[test]
    fn a_host_has_nothing_beside_it() {
        for url in ["a.example", "rtmp://a.example:1935/live", "https://me:secret@a.example/whip"] {
            assert_eq!(host(url), "a.example", "{url}");
        }
        // A destination without a name is called so, wherever it is shown.
        for url in ["https://a.example?sk", "https://a.example#sk", "https://a.example#me@sk"] {
            assert_eq!(host(url), "a.example", "{url}");
        }
        assert_eq!(host("http://[::1]:80/whip"), "::1");
    }

    #[test]
    fn only_a_klieg_channel_needs_a_key_and_by_rtmp_the_address_may_name_the_stream() {
        assert!(to(DestinationKind::Klieg, "https://k.example").needs_key());
        for kind in [DestinationKind::Whip, DestinationKind::Rtmp] {
            assert!(!to(kind, "x://a.example/live").needs_key());
        }
        let lacks = |kind, url| to(kind, url).lacks_name();
        for url in ["rtmp://a.example", "rtmp://a.example/live", "rtmp://a.example//live/?token=a/b"] {
            assert!(lacks(DestinationKind::Rtmp, url), "{url}");
        }
        assert!(!lacks(DestinationKind::Rtmp, "rtmp://a.example/live/show?token=a"));
        assert!(!lacks(DestinationKind::Whip, "https://a.example/whip"));
    }
}
