//! Requests for what the client may have already.

use axum::http::{HeaderMap, header};

/// Whether the client has the representation with this tag already (RFC 9110, section 13.1.2).
pub fn has_already(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*")
}
