//! STUN and TURN servers that clients are told of (RFC 9725, 4.6).
//!
//! Klieg itself needs none: it is reached at the addresses of its candidates. A client behind a firewall that lets no UDP
//! out may need TURN.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// How long credentials made from a secret are good: longer than most sessions, which only need them to begin.
const CREDENTIALS_LAST: Duration = Duration::from_hours(24);

/// A server for clients to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IceServer {
    /// `stun:`, `stuns:`, `turn:` or `turns:` and a host (RFC 7064, RFC 7065).
    url: String,
    login: Option<TurnLogin>,
}

/// How a TURN server knows Klieg's clients. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum TurnLogin {
    /// The same for every client.
    Password { username: String, credential: String },
    /// A secret that Klieg and the TURN server share (coturn's `static-auth-secret`): each session gets credentials of its
    /// own that expire.
    Secret(String),
}

impl fmt::Debug for TurnLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password",
            Self::Secret(_) => "Secret",
        })
    }
}

/// Why a server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadIceServer {
    #[error("write it like stun:stun.example.org or turn:turn.example.org:3478?transport=udp")]
    Url,
    #[error("a TURN server needs a login")]
    NoLogin,
    #[error("user name and credential are printable ASCII")]
    Login,
}

impl IceServer {
    /// A STUN server, or a TURN server with the login it needs.
    pub fn new(url: &str, login: Option<&TurnLogin>) -> Result<Self, BadIceServer> {
        let (scheme, host) = url.split_once(':').ok_or(BadIceServer::Url)?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\,;".contains(&byte));
        if host.is_empty() || host.starts_with('/') || !plain(host) {
            return Err(BadIceServer::Url);
        }
        let login = match scheme {
            "stun" | "stuns" => None,
            "turn" | "turns" => Some(login.ok_or(BadIceServer::NoLogin)?),
            _ => return Err(BadIceServer::Url),
        };
        if let Some(TurnLogin::Password { username, credential }) = login
            && ![username, credential].iter().all(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')))
        {
            return Err(BadIceServer::Login);
        }
        Ok(Self { url: url.to_owned(), login: login.cloned() })
    }

    /// The value of the Link header that tells a client of it. `session` makes the user name unique.
    pub(crate) fn link(&self, session: &str, now: SystemTime) -> String {
        let url = &self.url;
        let (username, credential) = match &self.login {
            None => return format!("<{url}>; rel=\"ice-server\""),
            Some(TurnLogin::Password { username, credential }) => (username.clone(), credential.clone()),
            Some(TurnLogin::Secret(secret)) => expiring(secret, session, now),
        };
        format!(
            "<{url}>; rel=\"ice-server\"; username=\"{}\"; credential=\"{}\"; credential-type=\"password\"",
            quoted(&username),
            quoted(&credential)
        )
    }
}

/// Credentials by the scheme that TURN servers know as REST API or ephemeral credentials: the user name says until when,
/// the password proves it.
fn expiring(secret: &str, session: &str, now: SystemTime) -> (String, String) {
    let until = (now + CREDENTIALS_LAST).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    // Whoever reads the TURN server's log must not be able to end a session.
    let user: String = session.chars().take(8).collect();
    let username = format!("{until}:{user}");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    let credential = STANDARD.encode(hmac::sign(&key, username.as_bytes()));
    (username, credential)
}

/// The inside of a quoted-string (RFC 9110, 5.6.4).
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stun_server_is_told_as_it_is_and_a_turn_server_with_its_login() {
        let now = SystemTime::now();
        let stun = IceServer::new("stun:stun.example.org", None).unwrap();
        assert_eq!(stun.link("s", now), "<stun:stun.example.org>; rel=\"ice-server\"");
        let login = TurnLogin::Password { username: "k\"l".into(), credential: "p w".into() };
        let turn = IceServer::new("turn:turn.example.org?transport=udp", Some(&login)).unwrap();
        assert_eq!(
            turn.link("s", now),
            "<turn:turn.example.org?transport=udp>; rel=\"ice-server\"; username=\"k\\\"l\"; credential=\"p w\"; \
             credential-type=\"password\""
        );
        assert!(!format!("{turn:?}").contains("p w"));
    }

    #[test]
    fn a_secret_makes_credentials_that_expire() {
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        // Computed with openssl: printf 1700086400:0123abcd | openssl dgst -sha1 -hmac north -binary | base64
        let expected = ("1700086400:0123abcd".to_owned(), "LChYqy2oYR4bXKKpbKjxU6smNEA=".to_owned());
        assert_eq!(expiring("north", "0123abcdef", now), expected);
    }

    #[test]
    fn what_is_no_server_is_refused() {
        let login = TurnLogin::Secret("s".into());
        for bad in ["", "stun", "stun:", "stun://x", "http:x", "stun:a b", "turn:a>;b", "turn:a,b"] {
            assert_eq!(IceServer::new(bad, Some(&login)), Err(BadIceServer::Url), "{bad}");
        }
        assert_eq!(IceServer::new("turn:x", None), Err(BadIceServer::NoLogin));
        let login = TurnLogin::Password { username: "a\r\nb".into(), credential: String::new() };
        assert_eq!(IceServer::new("turn:x", Some(&login)), Err(BadIceServer::Login));
    }
}
