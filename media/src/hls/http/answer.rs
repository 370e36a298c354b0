//! The answers: playlists as they lie ready, media by reference, each with what caches may do.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use super::range::{Wanted, byte_range, cut};
use crate::hls::shelf::Text;
use crate::problem::Problem;

/// Parts, segments and init segments never change under their names.
const FOR_EVER: &str = "max-age=31536000, immutable";

/// Whether shared caches may keep the answer: not if somebody showed a token for it.
#[derive(Clone, Copy)]
pub(super) struct Sharing(pub(super) &'static str);

fn count(kind: &'static str, bytes: usize) {
    metrics::counter!("klieg_hls_requests_total", "kind" => kind).increment(1);
    metrics::counter!("klieg_hls_bytes_total").increment(bytes as u64);
}

pub(super) fn playlist(kind: &'static str, text: &Text, headers: &HeaderMap, caching: &str) -> Response {
    let gzip = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(accepts_gzip);
    let body = if gzip { text.gzip() } else { text.plain() };
    count(kind, body.len());
    let mut response = Response::new(Body::from(body));
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/vnd.apple.mpegurl"));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if gzip {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    if let Ok(caching) = HeaderValue::from_str(caching) {
        out.insert(header::CACHE_CONTROL, caching);
    }
    response
}

/// Whether one element of Accept-Encoding (RFC 9110, 12.5.3) takes gzip.
fn accepts_gzip(element: &str) -> bool {
    let (coding, weight) = element.split_once(';').unwrap_or((element, ""));
    let zero = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
    matches!(coding.trim(), "gzip" | "x-gzip" | "*") && !zero
}

pub(super) fn media(
    kind: &'static str,
    mut chunks: Vec<Bytes>,
    content_type: &'static str,
    headers: &HeaderMap,
    sharing: Sharing,
) -> Response {
    let length: usize = chunks.iter().map(Bytes::len).sum();
    let mut response = Response::new(Body::empty());
    let mut sent = length;
    match byte_range(headers, length) {
        Wanted::All => {}
        Wanted::Range(start, end) => {
            chunks = cut(chunks, start, end);
            sent = end - start;
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            if let Ok(range) = HeaderValue::from_str(&format!("bytes {start}-{}/{length}", end - 1)) {
                response.headers_mut().insert(header::CONTENT_RANGE, range);
            }
        }
        Wanted::Impossible => {
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "bad-range", "No such range")
                .detail(format!("The file has {length} bytes."));
            let mut response = problem.into_response();
            if let Ok(range) = HeaderValue::from_str(&format!("bytes */{length}")) {
                response.headers_mut().insert(header::CONTENT_RANGE, range);
            }
            return response;
        }
    }
    count(kind, sent);
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(sent));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if let Ok(caching) = HeaderValue::from_str(&format!("{}, {FOR_EVER}", sharing.0)) {
        out.insert(header::CACHE_CONTROL, caching);
    }
    *response.body_mut() = match chunks.len() {
        0 | 1 => Body::from(chunks.pop().unwrap_or_default()),
        _ => Body::from_stream(futures_util::stream::iter(chunks.into_iter().map(Ok::<_, Infallible>))),
    };
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        assert!(["gzip", " gzip;q=0.5", "*"].into_iter().all(accepts_gzip));
        assert!(!["br", "gzip;q=0", "gzip; q=0.0", "identity"].into_iter().any(accepts_gzip));
    }
}
