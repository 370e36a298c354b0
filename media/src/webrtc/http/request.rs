//! What the endpoints read from a request.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use tokio::time::timeout;

use crate::problem::Problem;

/// The longest body that is read: SDP of a browser is a tenth of this.
const MAX_BODY: usize = 64 << 10;
/// A body that has not come by then is not awaited: whoever sends a byte a second would hold a connection for hours.
const BODY_TIME: Duration = Duration::from_secs(15);
const MAX_ENCODER: usize = 100;

/// The bearer token (RFC 6750, 2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// The media type of the body, without parameters, in lower case.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

pub(super) fn unsupported(expected: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", "The body's type is not understood")
        .detail(format!("Send {expected}."))
}

/// The body as text.
pub(super) async fn text(body: Body) -> Result<String, Problem> {
    let late = |_| Problem::new(StatusCode::REQUEST_TIMEOUT, "too-slow", "The body did not come in time");
    let bytes = timeout(BODY_TIME, to_bytes(body, MAX_BODY)).await.map_err(late)?.map_err(|_| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The body is too large")
            .detail("The body may have at most 65,536 bytes.")
    })?;
    String::from_utf8(bytes.into())
        .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "malformed-sdp", "The body is not UTF-8 text"))
}

/// Who is asking, as far as the listener tells.
pub(super) fn peer(extensions: &Extensions) -> SocketAddr {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)), |ConnectInfo(peer)| *peer)
}

/// What the encoder calls itself.
pub(super) fn encoder(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(MAX_ENCODER).collect())
}

/// How an If-Match header compares with an entity tag (RFC 9110, 13.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Missing,
    Any,
    Matches,
    Differs,
}

pub(super) fn if_match(headers: &HeaderMap, etag: &str) -> Condition {
    let mut condition = Condition::Missing;
    for value in headers.get_all(header::IF_MATCH) {
        for tag in value.to_str().unwrap_or_default().split(',').map(str::trim) {
            match tag {
                // WHIP's drafts print it in quotes in a figure, and clients are written after that. No tag of ours is a
                // star.
                "*" | "\"*\"" => return Condition::Any,
                tag if tag == etag => return Condition::Matches,
                _ => condition = Condition::Differs,
            }
        }
    }
    condition
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_token_is_read_whatever_the_case_of_its_scheme() {
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "bearer  k1")), Some("k1"));
        assert_eq!(bearer(&headers(header::AUTHORIZATION, "Basic k1")), None);
        assert_eq!(bearer(&HeaderMap::new()), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_not_awaited() {
        let drip = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
        let refused = text(Body::from_stream(drip)).await.unwrap_err();
        assert_eq!(axum::response::IntoResponse::into_response(refused).status(), StatusCode::REQUEST_TIMEOUT);
    }

    #[test]
    fn conditions_compare_strongly() {
        for (value, condition) in [
            ("*", Condition::Any),
            ("\"*\"", Condition::Any),
            ("\"b\", \"*\"", Condition::Any),
            ("W/\"*\"", Condition::Differs),
            ("\"a\"", Condition::Matches),
            ("\"b\", \"a\"", Condition::Matches),
            ("W/\"a\"", Condition::Differs),
            ("\"b\"", Condition::Differs),
        ] {
            assert_eq!(if_match(&headers(header::IF_MATCH, value), "\"a\""), condition, "{value}");
        }
        assert_eq!(if_match(&HeaderMap::new(), "\"a\""), Condition::Missing);
    }
}
