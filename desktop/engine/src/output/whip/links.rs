//! ICE servers that an answer names: `Link` headers of the relation `ice-server` (RFC 9725, 4.6; RFC 8288, 3), whose targets are
//! STUN and TURN URIs (RFC 7064, RFC 7065).

use reqwest::header::{HeaderMap, LINK};

/// The port of STUN and TURN, and that by TLS (RFC 7064, 3.2; RFC 7065, 3.2).
const PORTS: [u16; 2] = [3_478, 5_349];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
    Tls,
}

/// A TURN server and the login for it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TurnServer {
    pub host: String,
    pub port: u16,
    pub transport: Transport,
    pub username: String,
    pub credential: String,
}

/// A server that says from where it is asked, by UDP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StunServer {
    pub host: String,
    pub port: u16,
}

/// The servers that can be used: TURN with a login and not by DTLS, STUN by UDP.
#[derive(Default)]
pub(super) struct IceServers {
    pub turn: Vec<TurnServer>,
    pub stun: Vec<StunServer>,
}

enum Server {
    Turn(TurnServer),
    Stun(StunServer),
}

impl IceServers {
    pub(super) fn named_by(headers: &HeaderMap) -> Self {
        let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
        let mut servers = Self::default();
        for server in values.flat_map(|value| apart(value, ',')).filter_map(server) {
            match server {
                Server::Turn(server) => servers.turn.push(server),
                Server::Stun(server) => servers.stun.push(server),
            }
        }
        servers
    }
}

fn server(link: &str) -> Option<Server> {
    let mut parts = apart(link, ';').into_iter();
    let target = parts.next()?.strip_prefix('<')?.strip_suffix('>')?;
    let (mut is_ice, mut username, mut credential) = (false, None, None);
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        let value = value.trim().trim_matches('"').replace('\\', "");
        match name.trim().to_ascii_lowercase().as_str() {
            "rel" => is_ice = value.split_whitespace().any(|relation| relation == "ice-server"),
            "username" => username = Some(value),
            "credential" => credential = Some(value),
            _ => {}
        }
    }
    let (scheme, address) = target.split_once(':').filter(|_| is_ice)?;
    let (address, query) = address.split_once('?').unwrap_or((address, ""));
    let asked = query.split('&').find_map(|word| word.strip_prefix("transport="));
    let (transport, port) = match (scheme, asked) {
        ("turn" | "stun", None | Some("udp")) => (Transport::Udp, PORTS[0]),
        ("turn", Some("tcp")) => (Transport::Tcp, PORTS[0]),
        ("turns", None | Some("tcp")) => (Transport::Tls, PORTS[1]),
        _ => return None,
    };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, own)) if !own.ends_with(']') => (host, own.parse().ok()?),
        _ => (address, port),
    };
    let host = host.trim_matches(['[', ']']).to_owned();
    if host.is_empty() {
        return None;
    }
    if scheme == "stun" {
        return Some(Server::Stun(StunServer { host, port }));
    }
    Some(Server::Turn(TurnServer { host, port, transport, username: username?, credential: credential? }))
}

/// The parts between separators that stand neither in quotes nor in angle brackets.
fn apart(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    let parts = text.split(|letter| {
        let is_escaped = std::mem::take(&mut escaped);
        match letter {
            '\\' if quoted && !is_escaped => escaped = true,
            '"' if !bracketed && !is_escaped => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            _ => {}
        }
        letter == separator && !quoted && !bracketed
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn named(links: &[&'static str]) -> IceServers {
        let mut headers = HeaderMap::new();
        for link in links {
            headers.append(LINK, HeaderValue::from_static(link));
        }
        IceServers::named_by(&headers)
    }

    fn servers(links: &[&'static str]) -> Vec<(String, u16, Transport, String, String)> {
        let servers = named(links).turn.into_iter();
        servers.map(|server| (server.host, server.port, server.transport, server.username, server.credential)).collect()
    }

    #[test]
    fn turn_servers_with_a_login_are_read() {
        let as_in_the_rfc = "<stun:stun.example.net>; rel=\"ice-server\", \
             <turn:turn.example.net?transport=udp>; rel=\"ice-server\"; username=\"user\"; credential=\"my,Pass;word\"; \
             credential-type=\"password\"";
        let own =
            |host: &str, port, by, password: &str| (host.to_owned(), port, by, "user".to_owned(), password.to_owned());
        assert_eq!(servers(&[as_in_the_rfc]), [own("turn.example.net", 3478, Transport::Udp, "my,Pass;word")]);
        let others = [
            "<turn:[2001:db8::1]:5000?transport=tcp>;rel=ice-server;username=user;credential=a",
            "<turn:[2001:db8::1]>; rel=\"ice-server\"; username=\"user\"; credential=\"a\\\"b\"",
            "<turns:turn.example.org?transport=tcp>; rel=\"ice-server\"; username=\"user\"; credential=\"a\"",
        ];
        let wanted = [
            own("2001:db8::1", 5000, Transport::Tcp, "a"),
            own("2001:db8::1", 3478, Transport::Udp, "a\"b"),
            own("turn.example.org", 5349, Transport::Tls, "a"),
        ];
        assert_eq!(servers(&others), wanted);
    }

    #[test]
    fn stun_servers_are_read_which_need_no_login() {
        let links = [
            "<stun:stun.example.net>; rel=\"ice-server\", <stun:[2001:db8::1]:5000>; rel=ice-server",
            "<turn:turn.example.net>; rel=\"ice-server\"; username=\"user\"; credential=\"a\"",
            "<stun:192.0.2.1:3479?transport=udp>; rel=\"ice-server\"",
            "<stuns:stun.example.net>; rel=\"ice-server\"",
            "<stun:stun.example.net?transport=tcp>; rel=\"ice-server\"",
            "<stun:elsewhere.example.net>; rel=\"next\", <stun:>; rel=ice-server, <stun:host:port>; rel=ice-server",
        ];
        let wanted = [("stun.example.net", 3478), ("2001:db8::1", 5000), ("192.0.2.1", 3479)];
        let stun = |(host, port): (&str, u16)| StunServer { host: host.to_owned(), port };
        let named = named(&links);
        assert_eq!(named.stun, wanted.map(stun));
        assert_eq!(named.turn.len(), 1);
    }

    #[test]
    fn what_cannot_be_used_is_left_out() {
        let others = [
            "<turns:turn.example.net?transport=udp>; rel=\"ice-server\"; username=\"user\"; credential=\"a\"",
            "<turn:turn.example.net>; rel=\"ice-server\"",
            "<turn:turn.example.net>; rel=\"next\"; username=\"user\"; credential=\"a\"",
            "<turn:host:port>; rel=\"ice-server\"; username=\"user\"; credential=\"a\"",
            "<turn:>; rel=ice-server; username=user; credential=a",
            "turn:naked; rel=ice-server, <<>>;;;\"",
            "",
        ];
        assert!(servers(&others).is_empty());
    }
}
