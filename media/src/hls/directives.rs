//! Delivery directives (draft-pantos-rfc8216bis, 6.2.5): what a request for a media playlist asks to wait for.

use super::shelf::Snapshot;

/// The directives of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Directives {
    pub(super) msn: Option<u64>,
    pub(super) part: Option<u32>,
    /// A delta update will do.
    pub(super) skip: bool,
}

/// Why a request is refused at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadDirective {
    #[error("_HLS_msn and _HLS_part must be decimal numbers")]
    NotANumber,
    #[error("_HLS_part needs _HLS_msn")]
    PartWithoutSegment,
    #[error("this is further ahead than the next parts of the live edge; ask for the next part")]
    TooFarAhead,
}

/// What to do with a request now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Answer,
    Wait,
}

impl Directives {
    /// Reads a query string. Parameters that are not directives are passed over.
    pub(super) fn parse(query: &str) -> Result<Self, BadDirective> {
        let mut directives = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            let number = || match value {
                digits if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Err(BadDirective::NotANumber)
                }
                digits => Ok(digits.parse().unwrap_or(u64::MAX)),
            };
            match name {
                "_HLS_msn" => directives.msn = Some(number()?),
                "_HLS_part" => directives.part = Some(u32::try_from(number()?).unwrap_or(u32::MAX)),
                "_HLS_skip" => directives.skip = matches!(value, "YES" | "v2"),
                _ => {}
            }
        }
        if directives.part.is_some() && directives.msn.is_none() {
            return Err(BadDirective::PartWithoutSegment);
        }
        Ok(directives)
    }

    /// Whether the request waits for something.
    pub(super) fn is_blocking(&self) -> bool {
        self.msn.is_some()
    }

    /// What to do when the playlist stands at `now`. Not to be asked before the first segment is complete.
    pub(super) fn decide(&self, now: &Snapshot) -> Result<Verdict, BadDirective> {
        let (Some(msn), Some(last), Some(cadence)) = (self.msn, now.last, now.cadence) else {
            return Ok(Verdict::Answer);
        };
        if now.ended {
            return Ok(Verdict::Answer);
        }
        let answer_if = |there: bool| if there { Verdict::Answer } else { Verdict::Wait };
        if msn > last + 2 {
            return Err(BadDirective::TooFarAhead);
        }
        let Some(part) = self.part else {
            return Ok(answer_if(msn <= last));
        };
        // A part past its segment's end is the first of the next.
        let count = now.counts.iter().find(|&&(known, _)| known == msn).map(|&(_, count)| count);
        let wanted = match count {
            Some(count) if msn <= last && part >= count => (msn + 1, 0),
            _ => (msn, part),
        };
        let (next_msn, next_part) = now.next;
        let advance_limit = (3_000 / cadence.part_target.as_millis().max(1) as u32 + 1).max(3);
        let from = if wanted.0 == next_msn { next_part } else { 0 };
        if wanted.0 >= next_msn && wanted.1 >= from.saturating_add(advance_limit) {
            return Err(BadDirective::TooFarAhead);
        }
        Ok(answer_if(wanted < now.next))
    }
}
