//! Sending calls, and the address they go to.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use klieg_core::call::CallError;
use klieg_core::{Call, call::Method};
use reqwest::Url;
use thiserror::Error;

pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// No answer of the API is longer, in bytes.
const LONGEST: usize = 1 << 20;

/// A Klieg server: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(String);

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a server's address; write it like https://klieg.example")]
pub struct NoAddress(String);

impl FromStr for Address {
    type Err = NoAddress;

    /// Takes what people type: without a scheme it is `https`, or `http` for this computer.
    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let wrong = || NoAddress(text.trim().to_owned());
        let typed = text.trim();
        let url = if typed.contains("://") { Url::parse(typed) } else { Url::parse(&format!("https://{typed}")) };
        let mut url = url.map_err(|_| wrong())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
            return Err(wrong());
        }
        let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if here && !typed.contains("://") && url.set_scheme("http").is_err() {
            return Err(wrong());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Sends a call and reads the answer: its status and its body.
pub(super) async fn send(
    http: &reqwest::Client,
    server: &Address,
    call: &Call,
    token: Option<&str>,
) -> Result<(u16, String), CallError> {
    let method = match call.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut request = http.request(method, format!("{server}{}", call.path)).timeout(PATIENCE);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = &call.body {
        request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.clone());
    }
    let mut answer = request.send().await.map_err(|_| CallError::Unreachable)?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|_| CallError::Unreachable)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(CallError::Unreadable);
        }
        body.extend_from_slice(&chunk);
    }
    String::from_utf8(body).map(|body| (status, body)).map_err(|_| CallError::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_people_type() {
        let read = |text: &str| text.parse::<Address>().map(|address| address.to_string());
        assert_eq!(read(" klieg.example/ ").unwrap(), "https://klieg.example");
        assert_eq!(read("https://klieg.example:8443/studio").unwrap(), "https://klieg.example:8443");
        assert_eq!(read("localhost:8080").unwrap(), "http://localhost:8080");
        assert_eq!(read("127.0.0.1:8080").unwrap(), "http://127.0.0.1:8080");
        assert_eq!(read("http://10.0.0.2").unwrap(), "http://10.0.0.2");
        for wrong in ["", "   ", "file:///etc/passwd", "ftp://host", "http://", "a b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
