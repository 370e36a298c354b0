//! Who is asking: the client's address, through trusted proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;
use crate::app::App;
use crate::config::PublicUrl;

/// Headers by which proxies say that they ask for somebody else.
const PASSED_ON: [&str; 4] = ["x-forwarded-for", "forwarded", "x-real-ip", "via"];

/// The address a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    pub ip: IpAddr,
    /// True if a proxy that we do not trust stands between: `ip` is the proxy's then.
    pub forwarded: bool,
}

impl Client {
    /// Whether a program on this machine asks, as far as that can be told. A proxy on it may ask for anybody, and need not say so:
    /// where one is trusted, or where the server is known by an address that others reach, nothing is taken for such a program. Nor is
    /// a page in a browser, which is anybody's: by the request's `headers` it says whose.
    pub fn is_local(self, headers: &HeaderMap, trusted: &[IpAddr], public_url: &PublicUrl) -> bool {
        let is_page = headers.contains_key(header::ORIGIN);
        self.ip.is_loopback() && !self.forwarded && !is_page && trusted.is_empty() && public_url.is_loopback()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().copied().ok_or_else(|| Problem::internal("the request has no client address"))
    }
}

/// Finds the client's address and puts it where handlers, here and in the live plane, look for it.
pub async fn resolve(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = client_of(peer.ip(), request.headers(), &app.config.trusted_proxies);
        request.extensions_mut().insert(client);
        if client.ip != peer.ip() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(client.ip, 0)));
        }
    }
    next.run(request).await
}

/// The nearest address that no trusted proxy vouches for: `X-Forwarded-For` is read from the right, since everything
/// further left was written by somebody else.
fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Client {
    let peer = peer.to_canonical();
    let mut client = peer;
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut hops = hops.into_iter().rev();
    while trusted.contains(&client) {
        match hops.next().map(str::parse::<IpAddr>) {
            Some(Ok(hop)) => client = hop.to_canonical(),
            Some(Err(_)) | None => break,
        }
    }
    // What cannot be read was passed on as well.
    let passed_on = PASSED_ON.iter().any(|name| headers.contains_key(*name));
    Client { ip: client, forwarded: passed_on && !trusted.contains(&peer) }
}

/// What counts as one client for a limit: an IPv4 address, or the /64 network a household has in IPv6.
pub fn limit_key(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        client_of(peer.parse().unwrap(), &headers, &trusted).ip.to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("198.51.100.7", "203.0.113.1", &[]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", "203.0.113.1", &["10.0.0.1"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", "6.6.6.6, 203.0.113.1, 10.0.0.2", &["10.0.0.1", "10.0.0.2"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", "nonsense", &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "", &["10.0.0.1"]), "10.0.0.1");
    }

    #[test]
    fn a_program_on_this_machine_is_told_from_who_comes_by_a_proxy_on_it() {
        let is_local = |peer: &str, header: Option<(&'static str, &[u8])>, trusted: &[IpAddr], public_url: &str| {
            let mut headers = HeaderMap::new();
            if let Some((name, value)) = header {
                headers.insert(name, HeaderValue::from_bytes(value).unwrap());
            }
            let public_url = PublicUrl::parse("--public-url", public_url).unwrap();
            client_of(peer.parse().unwrap(), &headers, trusted).is_local(&headers, trusted, &public_url)
        };
        let (here, there) = ("http://127.0.0.1:8080", "https://live.example.org");
        for peer in ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"] {
            assert!(is_local(peer, None, &[], here), "{peer}");
        }
        assert!(!is_local("192.0.2.1", None, &[], here));
        for header in PASSED_ON {
            for value in [&b"127.0.0.1"[..], b"", b"\xff"] {
                assert!(!is_local("127.0.0.1", Some((header, value)), &[], here), "{header}");
            }
        }
        assert!(!is_local("127.0.0.1", None, &["127.0.0.1".parse().unwrap()], here), "the proxy itself");
        assert!(!is_local("127.0.0.1", None, &[], there), "a proxy that says nothing");
        for page in [&b"http://127.0.0.1:8080"[..], b"http://evil.example:8080", b"null"] {
            assert!(!is_local("127.0.0.1", Some(("origin", page)), &[], here), "a page in a browser on it");
        }
    }

    #[test]
    fn an_ipv6_household_is_one_client() {
        let key = |text: &str| limit_key(text.parse().unwrap()).to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::9"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
