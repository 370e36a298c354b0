//! The Link headers of an answer: STUN and TURN servers (RFC 9725, 4.6).

use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::webrtc::ice::IceServer;

pub(super) fn add_ice_servers(headers: &mut HeaderMap, servers: &[IceServer], session: &str) {
    for server in servers {
        add(headers, &server.link(session, SystemTime::now()));
    }
}

fn add(headers: &mut HeaderMap, link: &str) {
    if let Ok(link) = HeaderValue::from_str(link) {
        headers.append(header::LINK, link);
    }
}
