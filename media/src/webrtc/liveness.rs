//! Whether a session's peer is still there, by when it was heard. Sans-IO.
//!
//! A viewer that is silent is gone. A publisher that is silent is awaited: its line may come back, and then the show goes
//! on in the same session. One that closed the connection may still say over HTTP that the show is over.

use std::time::{Duration, Instant};

/// How long a session may take to connect.
const CONNECT: Duration = Duration::from_secs(15);
/// Who is connected and sends nothing for this long is silent (ICE consent, RTCP and media all come more often).
const SILENCE: Duration = Duration::from_secs(10);
/// How long a publisher is awaited whose media stopped with a silence: as long as its encoder may go on sending without
/// an answer (RFC 7675, 5.1).
const CONSENT: Duration = Duration::from_secs(30);
/// How long a publisher that closed the connection may still delete its session: OBS does it in this order.
const FAREWELL: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Liveness {
    publishes: bool,
    created: Instant,
    connected: bool,
    heard: Instant,
    /// When a publisher was heard before it fell silent, until its media comes again.
    silent: Option<Instant>,
    /// When a publisher closed the connection.
    left: Option<Instant>,
}

/// How it is with a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Fine,
    /// A publisher has just fallen silent.
    FellSilent,
    /// Why the session is over.
    Gone(&'static str),
}

impl Liveness {
    pub(crate) const fn new(publishes: bool, now: Instant) -> Self {
        Self { publishes, created: now, connected: false, heard: now, silent: None, left: None }
    }

    pub(crate) fn connect(&mut self) {
        self.connected = true;
    }

    pub(crate) const fn is_connected(&self) -> bool {
        self.connected
    }

    /// Something of the peer's arrived.
    pub(crate) fn hear(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Media arrived that could be read. After a long silence at a high rate it cannot be any more: the packets that were
    /// lost are too many to tell how often their numbers began anew (RFC 3711, 3.3.1).
    pub(crate) fn take_media(&mut self) {
        self.silent = None;
    }

    /// A publisher closed the connection.
    pub(crate) fn leave(&mut self, now: Instant) {
        self.left.get_or_insert(now);
    }

    pub(crate) const fn has_left(&self) -> bool {
        self.left.is_some()
    }

    pub(crate) fn judge(&mut self, now: Instant) -> Verdict {
        let since = |moment| now.saturating_duration_since(moment);
        if let Some(left) = self.left {
            let over = since(left) > FAREWELL;
            return if over { Verdict::Gone("the peer closed the connection") } else { Verdict::Fine };
        }
        if !self.connected {
            return if since(self.created) > CONNECT { Verdict::Gone("it never connected") } else { Verdict::Fine };
        }
        if let Some(silent) = self.silent {
            return if since(silent) > CONSENT { Verdict::Gone("nothing came after a silence") } else { Verdict::Fine };
        }
        if since(self.heard) <= SILENCE {
            return Verdict::Fine;
        }
        if !self.publishes {
            return Verdict::Gone("the peer went silent");
        }
        self.silent = Some(self.heard);
        Verdict::FellSilent
    }

    /// How long a publisher that is not heard any more will still be awaited; `None` if it is heard.
    pub(crate) fn patience(&self, now: Instant) -> Option<Duration> {
        let (since, most) = match (self.left, self.silent) {
            (Some(left), _) => (left, FAREWELL),
            (None, Some(silent)) => (silent, CONSENT),
            (None, None) => return None,
        };
        Some(most.saturating_sub(now.saturating_duration_since(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(publishes: bool) -> (Liveness, impl Fn(u64) -> Instant) {
        let start = Instant::now();
        (Liveness::new(publishes, start), move |seconds| start + Duration::from_secs(seconds))
    }

    fn connected(publishes: bool) -> (Liveness, impl Fn(u64) -> Instant) {
        let (mut liveness, at) = begin(publishes);
        liveness.connect();
        (liveness, at)
    }

    #[test]
    fn who_never_connects_is_gone_whatever_they_send() {
        for publishes in [false, true] {
            let (mut liveness, at) = begin(publishes);
            liveness.hear(at(14));
            assert_eq!(liveness.judge(at(15)), Verdict::Fine);
            assert_eq!(liveness.judge(at(16)), Verdict::Gone("it never connected"));
        }
    }

    #[test]
    fn a_silent_viewer_is_gone() {
        let (mut liveness, at) = connected(false);
        liveness.hear(at(100));
        assert_eq!(liveness.judge(at(110)), Verdict::Fine);
        assert_eq!(liveness.judge(at(111)), Verdict::Gone("the peer went silent"));
    }

    #[test]
    fn a_silent_publisher_is_awaited_for_as_long_as_it_may_go_on_sending() {
        let (mut liveness, at) = connected(true);
        liveness.hear(at(100));
        assert_eq!((liveness.judge(at(110)), liveness.patience(at(110))), (Verdict::Fine, None));
        assert_eq!(liveness.judge(at(111)), Verdict::FellSilent);
        assert_eq!(liveness.patience(at(111)), Some(Duration::from_secs(19)));
        assert_eq!(liveness.judge(at(112)), Verdict::Fine, "it falls silent once");
        assert_eq!(liveness.judge(at(130)), Verdict::Fine);
        assert!(matches!(liveness.judge(at(131)), Verdict::Gone(_)));
    }

    #[test]
    fn a_publisher_is_back_with_its_media() {
        let (mut liveness, at) = connected(true);
        assert_eq!(liveness.judge(at(11)), Verdict::FellSilent);
        liveness.hear(at(25));
        liveness.take_media();
        assert_eq!((liveness.judge(at(31)), liveness.patience(at(31))), (Verdict::Fine, None));
        assert_eq!(liveness.judge(at(36)), Verdict::FellSilent, "and may fall silent again");
        assert_eq!(liveness.judge(at(55)), Verdict::Fine);
        assert!(matches!(liveness.judge(at(56)), Verdict::Gone(_)));
    }

    #[test]
    fn a_publisher_that_is_back_without_media_is_told_to_begin_anew() {
        let (mut liveness, at) = connected(true);
        assert_eq!(liveness.judge(at(11)), Verdict::FellSilent);
        for second in 20..31 {
            liveness.hear(at(second));
            assert_eq!(liveness.judge(at(second)), Verdict::Fine);
        }
        assert!(matches!(liveness.judge(at(31)), Verdict::Gone(_)));
    }

    #[test]
    fn a_publisher_that_closed_the_connection_has_a_moment_to_say_that_the_show_is_over() {
        let (mut liveness, at) = connected(true);
        assert_eq!(liveness.judge(at(11)), Verdict::FellSilent);
        liveness.leave(at(20));
        liveness.hear(at(21));
        liveness.leave(at(21));
        assert!(liveness.has_left());
        assert_eq!((liveness.judge(at(22)), liveness.patience(at(21))), (Verdict::Fine, Some(Duration::from_secs(1))));
        assert_eq!(liveness.judge(at(23)), Verdict::Gone("the peer closed the connection"));
    }

    #[test]
    fn a_publisher_that_sends_nothing_but_answers_is_not_silent() {
        let (mut liveness, at) = connected(true);
        for second in 0..600 {
            liveness.hear(at(second));
            assert_eq!(liveness.judge(at(second)), Verdict::Fine);
        }
    }
}
