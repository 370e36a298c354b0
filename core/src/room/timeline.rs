//! When a moment of the broadcast was live, by this client's clock.
//!
//! Neither the server's clock nor the viewer's need be right for it: what comes the soonest after its moment tells when the broadcast
//! began, and what comes later than that was on its way for longer, or was missed while the connection was lost.

use klieg_api::room::Moment;

#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// A broadcast, and when it began; before this client's clock did, if that is negative.
    known: Option<(String, i64)>,
}

impl Timeline {
    /// Something of that moment has come: when it was live.
    pub(super) fn live_at(&mut self, now: u64, on: &Moment) -> u64 {
        let at = on.at_ms.cast_signed();
        let began = now.cast_signed().saturating_sub(at);
        let began = match &self.known {
            Some((broadcast, known)) if *broadcast == on.broadcast_id => began.min(*known),
            _ => began,
        };
        self.known = Some((on.broadcast_id.clone(), began));
        began.saturating_add(at).max(0).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_the_soonest_tells_when_the_rest_was_live() {
        let mut timeline = Timeline::default();
        let mut live_at = |now, broadcast_id: &str, at_ms| {
            timeline.live_at(now, &Moment { broadcast_id: broadcast_id.into(), at_ms })
        };
        assert_eq!(live_at(1_000, "a", 50_000), 1_000);
        assert_eq!(live_at(2_100, "a", 51_000), 2_000, "it was 100 ms longer on its way");
        assert_eq!(live_at(2_900, "a", 52_000), 2_900, "that one was faster");
        assert_eq!(live_at(60_000, "a", 53_000), 3_900, "it was missed for a while");
        assert_eq!(live_at(60_000, "a", 40_000), 0, "before this clock began");
        assert_eq!(live_at(60_000, "b", 40_000), 60_000, "another broadcast");
        // What no server says makes nothing panic.
        for at_ms in [u64::MAX, i64::MAX.cast_unsigned(), 1 << 63] {
            live_at(0, "b", at_ms);
            live_at(u64::MAX, "c", at_ms);
        }
    }
}
