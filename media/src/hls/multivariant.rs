//! The text of the multivariant playlist: which renditions there are, and what each needs to be played.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use uuid::Uuid;

use super::format;
use super::shelf::{Measured, Shelf};
use crate::codec::{Codec, Kind};

/// Declared above what was measured so far: the largest segment may be yet to come.
const HEADROOM_PERCENT: u64 = 5;

/// The renditions that players are offered: every picture, and one sound. That is AAC, which everything plays; Opus only
/// where there is no AAC.
pub(super) fn offered(shelves: &[Arc<Shelf>]) -> Vec<Arc<Shelf>> {
    let ready = || shelves.iter().filter(|shelf| shelf.measured().is_some());
    let sound = ready().filter(|shelf| shelf.kind() == Kind::Audio).min_by_key(|shelf| !is_aac(shelf)).cloned();
    ready().filter(|shelf| shelf.kind() == Kind::Video).cloned().chain(sound).collect()
}

/// Whether there is sound that everything plays.
pub(super) fn has_aac(shelves: &[Arc<Shelf>]) -> bool {
    shelves.iter().any(is_aac)
}

fn is_aac(shelf: &Arc<Shelf>) -> bool {
    shelf.measured().is_some_and(|measured| measured.config.codec() == Codec::Aac)
}

/// The playlist of a broadcast, or `None` while there is nothing to offer. URIs are relative to `/hls/{handle}/`.
pub(super) fn render(broadcast: Uuid, offered: &[Arc<Shelf>]) -> Option<String> {
    let measured = |kind: Kind| -> Vec<(&Arc<Shelf>, Measured)> {
        let of_kind = offered.iter().filter(|shelf| shelf.kind() == kind);
        of_kind.filter_map(|shelf| Some((shelf, shelf.measured()?))).collect()
    };
    let (mut pictures, sounds) = (measured(Kind::Video), measured(Kind::Audio));
    if pictures.is_empty() && sounds.is_empty() {
        return None;
    }
    // The publisher's own picture first, as that is where players begin; the others from the best downward.
    if pictures.len() > 1 {
        pictures[1..].sort_by_key(|(_, measured)| std::cmp::Reverse(measured.peak));
    }
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:9\n");
    if offered.iter().all(|shelf| shelf.is_independent()) {
        out.push_str("#EXT-X-INDEPENDENT-SEGMENTS\n");
    }
    let uri = |shelf: &Shelf| format!("{broadcast}/{}/index.m3u8", shelf.name());
    let grouped = !pictures.is_empty() && !sounds.is_empty();
    if grouped {
        for (shelf, measured) in &sounds {
            let channels = measured.config.audio().map_or(2, |audio| audio.channels);
            let _ = writeln!(
                out,
                "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"Sound\",DEFAULT=YES,AUTOSELECT=YES,\
                 CHANNELS=\"{channels}\",URI=\"{}\"",
                uri(shelf)
            );
        }
    }
    let sound_peak = sounds.iter().map(|(_, measured)| measured.peak).max().unwrap_or(0);
    let sound_average = sounds.iter().map(|(_, measured)| measured.average).max().unwrap_or(0);
    let sound_codecs: BTreeSet<_> =
        sounds.iter().filter_map(|(_, measured)| format::codecs(&measured.config)).collect();
    for (shelf, measured) in if pictures.is_empty() { &sounds } else { &pictures } {
        let (mut peak, mut average) = (measured.peak, measured.average);
        let mut codecs: Vec<_> = format::codecs(&measured.config).into_iter().collect();
        if grouped {
            peak += sound_peak;
            average += sound_average;
            codecs.extend(sound_codecs.iter().cloned());
        }
        let _ = write!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={average},CODECS=\"{}\"",
            peak + peak * HEADROOM_PERCENT / 100,
            codecs.join(",")
        );
        if let Some(video) = measured.config.video() {
            if video.width > 0 && video.height > 0 {
                let _ = write!(out, ",RESOLUTION={}x{}", video.width, video.height);
            }
            let _ = write!(out, ",FRAME-RATE={:.3}", nominal_rate(measured.frame_rate));
        }
        if grouped {
            out.push_str(",AUDIO=\"sound\"");
        }
        let _ = writeln!(out, "\n{}", uri(shelf));
    }
    Some(out)
}

/// The frame rate that a measured one stands for: rates in use are few, and measuring is off by a frame.
fn nominal_rate(measured: f64) -> f64 {
    const USUAL: [f64; 14] = [
        10.0,
        12.0,
        15.0,
        20.0,
        24_000.0 / 1_001.0,
        24.0,
        25.0,
        30_000.0 / 1_001.0,
        30.0,
        48.0,
        50.0,
        60_000.0 / 1_001.0,
        60.0,
        120.0,
    ];
    let off = |usual: &f64| (usual - measured).abs() / usual;
    USUAL.into_iter().filter(|usual| off(usual) < 0.003).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(measured)
}

#[cfg(test)]
mod tests {
    use super::nominal_rate;

    #[test]
    fn measured_frame_rates_are_the_nearest_in_use() {
        for (measured, nominal) in [(29.99, 30.0), (29.968, 29.97), (23.98, 23.976), (50.02, 50.0), (37.5, 37.5)] {
            assert!((nominal_rate(measured) - nominal).abs() < 0.001, "{measured}");
        }
    }
}
