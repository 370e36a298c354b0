//! Who is asking: the client's address, through trusted proxies.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;

use super::problem::Problem;
use crate::app::App;

/// The address a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    pub ip: IpAddr,
    /// True if a proxy that we do not trust stands between: `ip` is the proxy's then.
    pub forwarded: bool,
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
    let mut client = peer.to_canonical();
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
    let unread = hops.next().is_some() || headers.contains_key("forwarded");
    Client { ip: client, forwarded: unread && !trusted.contains(&peer) }
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
    fn an_ipv6_household_is_one_client() {
        let key = |text: &str| limit_key(text.parse().unwrap()).to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::9"));
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
