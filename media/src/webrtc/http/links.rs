//! The Link headers of an answer: STUN and TURN servers (RFC 9725, 4.6), and the extensions that a viewer may use.

use std::time::SystemTime;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::webrtc::events::Events;
use crate::webrtc::ice::IceServer;

pub(super) fn add_ice_servers(headers: &mut HeaderMap, servers: &[IceServer], session: &str) {
    for server in servers {
        add(headers, &server.link(session, SystemTime::now()));
    }
}

/// `session` is the session's URL.
pub(super) fn add_extensions(headers: &mut HeaderMap, session: &str) {
    const URN: &str = "urn:ietf:params:whep:ext:core";
    add(headers, &format!("<{session}/events>; rel=\"{URN}:server-sent-events\"; events=\"{}\"", Events::NAMES));
    add(headers, &format!("<{session}/layer>; rel=\"{URN}:layer\""));
}

fn add(headers: &mut HeaderMap, link: &str) {
    if let Ok(link) = HeaderValue::from_str(link) {
        headers.append(header::LINK, link);
    }
}
