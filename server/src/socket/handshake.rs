//! Opening a live connection (RFC 6455 section 4.2).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper_util::rt::TokioIo;
use sha1::{Digest, Sha1};
use tokio::net::TcpStream;
use tracing::debug;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::connection;
use crate::app::App;
use crate::http::client::{Client, limit_key};
use crate::http::problem::{Kind, Problem};

/// What the key is hashed with (section 1.3).
const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// The version of the protocol (section 4.1).
const VERSION: &str = "13";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(open))
}

/// Open a live connection
///
/// A WebSocket. What is said on it is described at /api/v1/live.json. A browser's request must come from this site.
#[utoipa::path(
    get, path = "/api/v1/live", tag = "rooms",
    responses(
        (status = 101, description = "Go on in JSON text messages"),
        (status = 403, description = "The page that asks is of another site"),
        (status = 426, description = "This is not a WebSocket handshake, or of a version that Sec-WebSocket-Version does not name"),
        (status = 429, description = "There are too many connections; see Retry-After")
    )
)]
async fn open(State(app): State<App>, client: Client, mut request: Request) -> Result<Response, Problem> {
    let Some(accept) = accept(request.headers()) else { return Ok(upgrade_required()) };
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    if let Some(origin) = request.headers().get(header::ORIGIN)
        && !is_own(origin, host, app.public_url.as_str())
    {
        return Err(Problem::new(Kind::FOREIGN_ORIGIN, "Open this connection from a page of this site."));
    }
    let is_local = client.is_local(request.headers(), &app.config.trusted_proxies, &app.public_url);
    let place = app.sockets.place(limit_key(client.ip), is_local)?;
    let upgraded = hyper::upgrade::on(&mut request);
    let sockets = app.sockets.clone();
    sockets.tasks.spawn(async move {
        let upgraded = match upgraded.await {
            Ok(upgraded) => upgraded,
            Err(error) => return debug!(%error, "a live connection did not come about"),
        };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else {
            return tracing::error!("a live connection is not on a TCP socket");
        };
        connection::run(app, parts.io.into_inner(), parts.read_buf, place).await;
    });
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// Says what to ask for at this address (RFC 9110 section 15.5.22), and in which version (RFC 6455 section 4.4).
fn upgrade_required() -> Response {
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static(VERSION)),
    ];
    let detail = "Open a WebSocket, version 13 (RFC 6455), at this address.";
    (headers, Problem::new(Kind::NOT_WEBSOCKET, detail)).into_response()
}

/// The answer to the client's key, if this opens a WebSocket.
fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let has = |name: header::HeaderName, token: &str| {
        let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    let opens = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, VERSION)
        && STANDARD.decode(key).is_ok_and(|key| key.len() == 16);
    if !opens {
        return None;
    }
    let hash = Sha1::new_with_prefix(key.as_bytes()).chain_update(GUID).finalize();
    HeaderValue::from_str(&STANDARD.encode(hash)).ok()
}

/// Whether a page is this server's own: by the host that was asked, or by the address that it is known under.
fn is_own(origin: &HeaderValue, host: Option<&str>, public_url: &str) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let Some((_, authority)) = origin.split_once("://") else { return false };
    host.is_some_and(|host| host.eq_ignore_ascii_case(authority))
        || origin.eq_ignore_ascii_case(public_url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_answered_as_the_rfc_has_it() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("WebSocket"));
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        headers.insert(header::SEC_WEBSOCKET_KEY, HeaderValue::from_static("dGhlIHNhbXBsZSBub25jZQ=="));
        assert_eq!(accept(&headers).unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        headers.insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("8"));
        assert!(accept(&headers).is_none());
    }

    #[test]
    fn pages_of_other_sites_are_told_apart() {
        let own = |origin: &'static str, host| is_own(&HeaderValue::from_static(origin), host, "https://klieg.example");
        assert!(own("http://127.0.0.1:8080", Some("127.0.0.1:8080")));
        assert!(own("https://klieg.example", Some("10.0.0.7:8080")));
        for foreign in ["https://evil.example", "null", "https://klieg.example.evil", "file://"] {
            assert!(!own(foreign, Some("127.0.0.1:8080")), "{foreign}");
        }
    }
}
