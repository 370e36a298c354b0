//! What an error of a muxer or a sink means for its output: whether trying again may help, and what a person can do.
//!
//! `rtmp2sink` tells a key that is wrong from a line that is broken only where the server says "denied" in the one word that it
//! knows, and hides what was wrong with a certificate behind the words for people.

use gstreamer as gst;

use super::Failure;
use crate::element::said;

/// What is said of somebody who is not let in. Where there is no key, whoever sent says what to do instead.
pub(super) const CHECK_KEY: &str = "check the key";

pub(super) fn meaning(error: &gst::message::Error) -> Failure {
    let debug = error.debug().map(|debug| debug.to_string()).unwrap_or_default();
    of(error.error().kind(), &said(error), &format!("{} {debug}", error.error()))
}

/// `reason` is what people are told, `all` is whatever the element said.
fn of(kind: Option<gst::ResourceError>, reason: &str, all: &str) -> Failure {
    match kind {
        Some(gst::ResourceError::NotAuthorized) => Failure::fatal(format!("not authorised: {CHECK_KEY} ({reason})")),
        Some(gst::ResourceError::NoSpaceLeft) => Failure::fatal(format!("the disk is full ({reason})")),
        _ if all.contains("NetStream.Publish.Unauthorized") => {
            Failure::fatal(format!("not authorised: {CHECK_KEY} (the server does not know it)"))
        }
        _ => tls(all, reason).unwrap_or_else(|| Failure::retry(reason)),
    }
}

/// What went wrong with TLS, if that is what did. The error's domain and its code stand in the text, in one of two ways:
/// `domain g-tls-error-quark, code 2` and `error g-tls-error-quark:2`.
fn tls(all: &str, reason: &str) -> Option<Failure> {
    let (_, code) = all.split_once("g-tls-error-quark")?;
    Some(match code.chars().find(char::is_ascii_digit) {
        Some('0') => Failure::fatal("GStreamer has no TLS here; on Debian: apt-get install glib-networking"),
        Some('2') => Failure::retry(
            "this computer does not trust the server's certificate: check the address and this computer's clock, or ask who runs \
             the server",
        ),
        _ => Failure::retry(format!("there is no TLS at that address and port ({reason})")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: gst::ResourceError, all: &str) -> (bool, String) {
        match of(Some(kind), "Failed to connect (sink)", all) {
            Failure::Fatal { reason } => (true, reason),
            Failure::Retry { reason, .. } => (false, reason),
        }
    }

    #[test]
    fn a_key_that_is_refused_is_not_tried_again_whatever_the_server_calls_it() {
        let unauthorised = "'publish' cmd failed: onStatus: { \"code\": \"NetStream.Publish.Unauthorized\" }";
        for (kind, all) in [(gst::ResourceError::NotAuthorized, ""), (gst::ResourceError::Failed, unauthorised)] {
            let (is_fatal, reason) = told(kind, all);
            assert!(is_fatal && reason.starts_with("not authorised: check the key"), "{reason}");
        }
        assert!(told(gst::ResourceError::NoSpaceLeft, "").0);
        assert_eq!(told(gst::ResourceError::OpenRead, ""), (false, "Failed to connect (sink)".to_owned()));
    }

    #[test]
    fn what_is_wrong_with_tls_is_said() {
        for all in ["sink.c(7): domain g-tls-error-quark, code 2", "error g-tls-error-quark:2: Inakzeptabel"] {
            let (is_fatal, reason) = told(gst::ResourceError::Failed, all);
            assert!(!is_fatal && reason.contains("does not trust the server's certificate"), "{reason}");
        }
        let (is_fatal, reason) = told(gst::ResourceError::Failed, "domain g-tls-error-quark, code 0");
        assert!(is_fatal && reason.contains("glib-networking"), "{reason}");
        let (is_fatal, reason) = told(gst::ResourceError::Failed, "domain g-tls-error-quark, code 3");
        assert!(!is_fatal && reason.contains("no TLS at that address"), "{reason}");
    }
}
