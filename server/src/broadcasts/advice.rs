//! What is wrong with an ingest and what its creator can do, in words. No I/O.

use std::time::Duration;

use klieg_api::channels::LiveState;
use klieg_api::ingest::TrackHealth;

/// Longer between keyframes than this, and viewers wait to join and segments grow.
const LONG_KEYFRAME_INTERVAL: Duration = Duration::from_secs(4);
/// Before this, a broadcast has not settled enough to be judged.
const SETTLED: Duration = Duration::from_secs(8);
/// More lost frames than one in this many are seen by viewers.
const LOST_OF: u64 = 200;

/// What there is to judge.
#[derive(Clone, Debug)]
pub(super) struct Ingest<'a> {
    pub state: LiveState,
    pub age: Duration,
    pub tracks: &'a [TrackHealth],
    /// Whether a video track is coded in another order than it is shown.
    pub reorders: bool,
    /// Whether one is that came by WHIP, where no copy without B-frames can be made of it.
    pub b_frames_by_whip: bool,
    /// The codec of a video track that HLS cannot carry.
    pub not_by_hls: Option<&'static str>,
    /// Whether a video track has colours or bits that browsers do not show.
    pub not_in_browsers: bool,
    /// Bits a second of all tracks since the broadcast began.
    pub average_bitrate: u64,
    /// What of the encoder's is not carried, and why.
    pub ignored: &'a [String],
}

/// One sentence of diagnosis and one of advice for each thing that is wrong; none when all is well.
pub(super) fn advise(ingest: &Ingest<'_>) -> Vec<String> {
    if ingest.state == LiveState::Waiting {
        return vec![
            "Your encoder is gone. Viewers see your last picture; start it again with the same key to go on."
                .to_owned(),
        ];
    }
    let mut advice: Vec<String> = ingest.ignored.iter().map(|what| ignored(what)).collect();
    let video: Vec<_> = ingest.tracks.iter().filter(|track| track.kind == "video").collect();
    let has_sound = ingest.tracks.iter().any(|track| track.kind == "audio");
    let settled = ingest.age >= SETTLED;

    if settled && video.is_empty() {
        advice.push("No picture arrives. Check that a video source and encoder are on.".to_owned());
    }
    if settled && !has_sound {
        advice.push("No sound arrives. Add an audio track in your encoder; silence is better than none.".to_owned());
    }
    for track in &video {
        keyframes(track, ingest.age, &mut advice);
    }
    if ingest.reorders {
        advice.push(
            "Your encoder uses B-frames, which WebRTC cannot show: the server makes a copy without them, later and \
             at a cost. Set B-frames to 0 (x264: bframes=0, or tune=zerolatency)."
                .to_owned(),
        );
    }
    if ingest.b_frames_by_whip {
        advice.push(
            "Your encoder sends B-frames by WHIP, which cannot carry them: the picture jumps back and forth. Set \
             B-frames to 0 (x264: bframes=0, or tune=zerolatency)."
                .to_owned(),
        );
    }
    if let Some(codec) = ingest.not_by_hls {
        advice.push(format!(
            "Your picture is {codec}, which HLS cannot carry: viewers whose network or player needs HLS hear you and see \
             nothing. Set your encoder to H.264."
        ));
    }
    if ingest.not_in_browsers {
        advice.push(
            "Your picture is H.264 with more than 8 bits or in 4:2:2 or 4:4:4, which browsers do not show. Set your \
             encoder to 4:2:0 with 8 bits (OBS: colour format NV12; ffmpeg: -pix_fmt yuv420p)."
                .to_owned(),
        );
    }
    let (lost, frames) =
        video.iter().fold((0, 0), |(lost, frames), track| (lost + track.lost_frames, frames + track.frames));
    if lost > 0 && lost * LOST_OF > frames {
        // A gap looks the same whether the encoder left the frame out or the network lost it.
        advice.push(format!(
            "Frames are missing: {lost} so far. Look at your encoder first: if it reports skipped frames or high load, \
             choose a faster preset or a lower resolution. If it does not, it is the network: lower the bitrate, use a \
             cable instead of Wi-Fi, or close what else uploads."
        ));
    }
    let bitrate: u64 = ingest.tracks.iter().map(|track| track.bitrate).sum();
    if settled && bitrate == 0 {
        advice
            .push("Nothing has arrived for five seconds. Check your network; the connection still stands.".to_owned());
    } else if settled && bitrate * 5 < ingest.average_bitrate * 2 {
        advice.push(format!(
            "Your bitrate fell to {} kbit/s, from {} kbit/s on average. Your upload may be too slow: lower the bitrate.",
            bitrate / 1_000,
            ingest.average_bitrate / 1_000,
        ));
    }
    for track in video.iter().filter(|track| settled && track.frames > 100 && track.frame_rate > 0.0) {
        if track.frame_rate < 15.0 {
            advice.push(format!(
                "Only {:.0} frames a second arrive. Your computer may be too slow for these settings: lower the \
                 resolution or choose a faster encoder preset.",
                track.frame_rate
            ));
        }
    }
    advice
}

fn ignored(what: &str) -> String {
    format!(
        "Part of what your encoder sends does not arrive: {what}. Send H.264, HEVC or AV1 with AAC or Opus, one track of each."
    )
}

fn keyframes(track: &TrackHealth, age: Duration, advice: &mut Vec<String>) {
    match track.keyframe_interval_ms {
        Some(interval) if u128::from(interval) > LONG_KEYFRAME_INTERVAL.as_millis() => advice.push(format!(
            "Keyframes come only every {:.0} s, so viewers wait to join. Set the keyframe interval to 2 s (GOP = 2 x the \
             frame rate).",
            interval as f64 / 1_000.0
        )),
        None if age > 2 * LONG_KEYFRAME_INTERVAL => advice.push(
            "No second keyframe has come yet, so viewers wait to join. Set the keyframe interval to 2 s (GOP = 2 x the \
             frame rate)."
                .to_owned(),
        ),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(kind: &str) -> TrackHealth {
        TrackHealth {
            rendition: "source".into(),
            kind: kind.into(),
            codec: "h264".into(),
            bitrate: 2_000_000,
            frame_rate: 30.0,
            keyframe_interval_ms: (kind == "video").then_some(2_000),
            frames: 3_000,
            lost_frames: 0,
        }
    }

    fn young_and_healthy() -> Ingest<'static> {
        Ingest {
            state: LiveState::Live,
            age: Duration::from_secs(2),
            tracks: &[],
            reorders: false,
            b_frames_by_whip: false,
            not_by_hls: None,
            not_in_browsers: false,
            average_bitrate: 4_000_000,
            ignored: &[],
        }
    }

    fn advice(change: impl FnOnce(&mut Vec<TrackHealth>, &mut Ingest<'_>)) -> String {
        let mut tracks = vec![track("video"), track("audio")];
        let mut ingest = Ingest { age: Duration::from_secs(100), ..young_and_healthy() };
        change(&mut tracks, &mut ingest);
        advise(&Ingest { tracks: &tracks, ..ingest }).join("\n")
    }

    #[test]
    fn a_healthy_ingest_needs_no_advice() {
        assert_eq!(advice(|_, _| ()), "");
    }

    #[test]
    fn each_fault_has_its_sentence() {
        assert!(advice(|tracks, _| tracks[0].keyframe_interval_ms = Some(10_000)).contains("every 10 s"));
        assert!(advice(|tracks, _| tracks[0].keyframe_interval_ms = None).contains("No second keyframe"));
        assert!(advice(|tracks, _| drop(tracks.pop())).contains("No sound"));
        assert!(advice(|tracks, _| drop(tracks.remove(0))).contains("No picture"));
        let unknown = ["MP3 sound is not supported".to_owned()];
        let ingest = Ingest { ignored: &unknown, ..young_and_healthy() };
        assert!(advise(&ingest).join("\n").contains("does not arrive: MP3 sound is not supported."));
        assert!(advice(|_, ingest| ingest.reorders = true).contains("makes a copy without them"));
        assert!(advice(|_, ingest| ingest.b_frames_by_whip = true).contains("sends B-frames by WHIP"));
        assert!(advice(|_, ingest| ingest.not_by_hls = Some("VP8")).contains("Your picture is VP8, which HLS"));
        assert!(advice(|_, ingest| ingest.not_in_browsers = true).contains("4:2:0 with 8 bits"));
        assert!(advice(|tracks, _| tracks[0].lost_frames = 40).contains("Frames are missing: 40 so far."));
        assert!(advice(|tracks, _| tracks[0].frame_rate = 7.0).contains("Only 7 frames"));
        assert!(advice(|tracks, _| tracks.iter_mut().for_each(|track| track.bitrate = 300_000)).contains("600 kbit/s"));
        assert!(
            advice(|tracks, _| tracks.iter_mut().for_each(|track| track.bitrate = 0)).contains("Nothing has arrived")
        );
        assert!(advice(|_, ingest| ingest.state = LiveState::Waiting).contains("encoder is gone"));
    }

    #[test]
    fn a_broadcast_that_has_just_begun_is_not_judged() {
        let young = |tracks: &mut Vec<TrackHealth>, ingest: &mut Ingest<'_>| {
            ingest.age = Duration::from_secs(2);
            tracks.pop();
            tracks[0].keyframe_interval_ms = None;
        };
        assert_eq!(advice(young), "");
    }
}
