//! Addresses of the configuration: sockets, the public URL, the database.

use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use super::ConfigError;

/// Where people reach a server: scheme and authority, no path, no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// `name` is the setting that the URL was given to.
    pub(crate) fn parse(name: &'static str, url: &str) -> Result<Self, ConfigError> {
        let invalid = |reason: &str| ConfigError::Invalid { name, value: url.to_owned(), reason: reason.to_owned() };
        let uri: axum::http::Uri =
            url.trim_end_matches('/').parse().map_err(|_| invalid("write it like https://live.example.org"))?;
        match (uri.scheme_str(), uri.authority()) {
            (Some(scheme @ ("http" | "https")), Some(authority)) => {
                if uri.path() != "/" && !uri.path().is_empty() || uri.query().is_some() {
                    return Err(invalid("it has only a scheme, a host and perhaps a port"));
                }
                Ok(Self(format!("{scheme}://{authority}")))
            }
            _ => Err(invalid("it begins with http:// or https://")),
        }
    }

    pub(super) fn of_listener(address: SocketAddr) -> Self {
        let host: IpAddr = match address.ip() {
            ip if ip.is_unspecified() && ip.is_ipv4() => std::net::Ipv4Addr::LOCALHOST.into(),
            ip if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        Self(format!("http://{}", SocketAddr::new(host, address.port())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host alone, an IPv6 address in its brackets.
    pub fn host(&self) -> String {
        let uri = self.0.parse::<axum::http::Uri>().ok();
        uri.and_then(|uri| uri.host().map(str::to_owned)).unwrap_or_default()
    }

    /// True if only this machine can reach that URL.
    pub fn is_loopback(&self) -> bool {
        let authority = self.0.split_once("://").map_or("", |(_, authority)| authority);
        let host = if let Some(bracketed) = authority.strip_prefix('[') {
            bracketed.split(']').next().unwrap_or_default()
        } else {
            authority.split(':').next().unwrap_or_default()
        };
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The socket address in `text`, or in `default`. A host name stands for its first address.
pub(super) fn socket(name: &'static str, text: Option<&String>, default: &str) -> Result<SocketAddr, ConfigError> {
    let text = text.map_or(default, String::as_str);
    let invalid = || ConfigError::Invalid {
        name,
        value: text.to_owned(),
        reason: "write an address and a port, such as 127.0.0.1:8080".to_owned(),
    };
    text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next()).ok_or_else(invalid)
}

/// The file of a `sqlite:` URL.
pub(super) fn database(url: Option<&str>, data: &Path) -> Result<PathBuf, ConfigError> {
    let Some(url) = url else { return Ok(data.join("klieg.db")) };
    if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        return Err(ConfigError::Unsupported { what: "a PostgreSQL --database" });
    }
    match url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
        Some(path) if !path.is_empty() && !path.contains([':', '?']) => Ok(path.into()),
        _ => Err(ConfigError::Invalid {
            name: "--database",
            value: url.to_owned(),
            reason: "write it like sqlite://data/klieg.db".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_knows_whether_only_this_machine_reaches_it() {
        for (url, loopback) in [
            ("http://127.0.0.1:8080/", true),
            ("http://localhost", true),
            ("http://[::1]:80", true),
            ("https://live.example.org", false),
            ("http://127.0.0.1.example.org", false),
        ] {
            assert_eq!(PublicUrl::parse("--public-url", url).unwrap().is_loopback(), loopback, "{url}");
        }
        assert!(PublicUrl::parse("--public-url", "https://example.org/path").is_err());
    }

    #[test]
    fn the_host_of_a_public_url_has_no_port() {
        for (url, host) in [
            ("http://127.0.0.1:8080/", "127.0.0.1"),
            ("http://[::1]:80", "[::1]"),
            ("https://live.example.org", "live.example.org"),
        ] {
            assert_eq!(PublicUrl::parse("--public-url", url).unwrap().host(), host);
        }
    }
}
