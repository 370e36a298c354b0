//! The text of a media playlist (draft-pantos-rfc8216bis).

use std::fmt::Write;
use std::time::Duration;

use time::OffsetDateTime;

use super::cadence::Cadence;
use super::shelf::{Segment, Store};
use crate::time::WallTime;

/// Media sequence number and part index of a rendition's newest part.
pub(super) type Newest = (u64, u32);

/// The playlist; or with `delta` its update that skips what players have (4.4.5.2), `None` if there is nothing to skip.
pub(super) fn render(store: &Store, cadence: &Cadence, reports: &[(&str, Newest)], delta: bool) -> Option<String> {
    let target = Duration::from_secs(cadence.target);
    let mut out = String::with_capacity(8 << 10);
    let part_target = cadence.part_target.as_secs_f64();
    let _ = write!(
        out,
        "#EXTM3U\n#EXT-X-VERSION:9\n#EXT-X-TARGETDURATION:{}\n\
         #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={:.1},HOLD-BACK={:.1},PART-HOLD-BACK={:.3}\n\
         #EXT-X-PART-INF:PART-TARGET={part_target:.3}\n",
        cadence.target,
        (target * 6).as_secs_f64(),
        (target * 3).as_secs_f64(),
        part_target * 3.0,
    );
    let first = store.listed().next()?;
    let _ = writeln!(out, "#EXT-X-MEDIA-SEQUENCE:{}", first.head.msn);
    let _ = writeln!(out, "#EXT-X-DISCONTINUITY-SEQUENCE:{}", first.head.era - u64::from(first.head.discontinuity));
    if store.independent {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }

    // How far each segment's start lies from the playlist's end.
    let mut distance: Duration = store.listed().map(|segment| segment.duration).sum();
    let mut skipped = 0u64;
    let mut init = None;
    let mut segments = store.listed().peekable();
    if delta {
        let growing: Duration =
            store.listed().filter(|segment| !segment.complete).map(|segment| segment.duration).sum();
        while let Some(segment) = segments.peek()
            && segment.complete
            && distance.saturating_sub(segment.duration + growing) > target * 6
        {
            distance -= segment.duration;
            init = Some(segment.head.init);
            skipped += 1;
            segments.next();
        }
        if skipped == 0 || store.ended {
            return None;
        }
        let _ = writeln!(out, "#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}");
    }
    for segment in segments {
        if !segment.complete && segment.parts.is_empty() {
            break;
        }
        write_segment(&mut out, segment, init, distance <= target * 3);
        init = Some(segment.head.init);
        distance = distance.saturating_sub(segment.duration);
    }
    if store.ended {
        out.push_str("#EXT-X-ENDLIST\n");
    } else {
        let (msn, part) = store.next();
        let _ = writeln!(out, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{msn}.{part}.m4s\"");
    }
    for (name, (msn, part)) in reports {
        let _ = writeln!(out, "#EXT-X-RENDITION-REPORT:URI=\"../{name}/index.m3u8\",LAST-MSN={msn},LAST-PART={part}");
    }
    Some(out)
}

fn write_segment(out: &mut String, segment: &Segment, init_before: Option<u32>, with_parts: bool) {
    let head = &segment.head;
    if head.discontinuity {
        out.push_str("#EXT-X-DISCONTINUITY\n");
    }
    if init_before != Some(head.init) {
        let _ = writeln!(out, "#EXT-X-MAP:URI=\"init-{}.mp4\"", head.init);
    }
    let _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{}", date(head.date));
    if segment.gap {
        out.push_str("#EXT-X-GAP\n");
    }
    if with_parts {
        for (index, part) in segment.parts.iter().enumerate() {
            let duration = part.duration.as_secs_f64();
            let _ = write!(out, "#EXT-X-PART:DURATION={duration:.6},URI=\"{}.{index}.m4s\"", head.msn);
            out.push_str(if part.independent { ",INDEPENDENT=YES\n" } else { "\n" });
        }
    }
    if segment.complete {
        let _ = write!(out, "#EXTINF:{:.6},\n{}.m4s\n", segment.duration.as_secs_f64(), head.msn);
    }
}

/// RFC 3339 with milliseconds, UTC.
fn date(moment: WallTime) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(moment.micros()) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}
