//! How long parts and segments are: decided once per broadcast, from what the publisher really sends.
//!
//! EXT-X-TARGETDURATION and PART-TARGET must never change, yet publishers choose frame rate and keyframe interval. So
//! the first segment is watched before the first playlist is answered, and both follow from it.

use std::time::Duration;

/// The longest target duration; a publisher whose keyframes are further apart gets segments that do not begin with
/// one, and loses EXT-X-INDEPENDENT-SEGMENTS.
pub(super) const LONGEST_TARGET: u64 = 10;
/// A segment may be this much over the target: its duration still rounds down to it.
const ROUNDING: Duration = Duration::from_millis(450);
/// A keyframe this much before the wanted place is taken as being there.
const EARLY: Duration = Duration::from_millis(20);
/// Publishers that count in milliseconds move frames by this much against their frame rate.
const JITTER: Duration = Duration::from_micros(1_500);
/// Of the part target, what a part must hold: 85 %, and a little for rounding.
pub(super) const FULL_PERMILLE: u128 = 860;
/// Frames of sound that every broadcast may come to have: AAC at 48 and 44.1 kHz, Opus.
const SOUND: [Duration; 3] =
    [Duration::from_nanos(21_333_334), Duration::from_nanos(23_219_955), Duration::from_millis(20)];

/// The rhythm of a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cadence {
    /// EXT-X-TARGETDURATION, in seconds.
    pub(crate) target: u64,
    /// PART-TARGET, in whole milliseconds.
    pub(crate) part_target: Duration,
    /// What the operator wants segments to last.
    pub(crate) wanted: Duration,
}

impl Cadence {
    /// From the operator's wishes, the first segment's length and the duration of each rendition's frames.
    pub(super) fn new(
        wanted: Duration,
        wanted_part: Duration,
        first_segment: Duration,
        video_frames: &[Duration],
        audio_frames: &[Duration],
    ) -> Self {
        let whole = |duration: Duration| (duration + Duration::from_millis(550)).as_secs();
        let ceiling = wanted.as_secs() + u64::from(wanted.subsec_nanos() > 0);
        let target = ceiling.max(whole(first_segment)).clamp(1, LONGEST_TARGET.max(ceiling));
        Self { target, part_target: part_target(wanted_part, video_frames, audio_frames), wanted }
    }

    /// The longest a segment may be.
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(self.target) + ROUNDING
    }

    /// Whether to end the segment at a keyframe that comes `elapsed` after its start, when keyframes are at most
    /// `longest_gop` apart: at the first after half of what is wanted, and sooner where the next one might be too late.
    pub(super) fn cut_at_keyframe(&self, elapsed: Duration, longest_gop: Duration) -> bool {
        elapsed + EARLY >= self.wanted / 2 || elapsed + longest_gop > self.limit()
    }
}

/// The smallest part target from `wanted` upward, in milliseconds, into which a whole number of each rendition's frames
/// fits at 86 % or better. Where there is none (a frame that lasts longer), one frame is a part.
fn part_target(wanted: Duration, video: &[Duration], audio: &[Duration]) -> Duration {
    let fits = |target: Duration, frame: Duration, slack: Duration| {
        let count = target.saturating_sub(slack).as_nanos() / frame.as_nanos().max(1);
        count >= 1 && count * frame.as_nanos() * 1_000 >= target.as_nanos() * FULL_PERMILLE
    };
    let longest = video.iter().chain(audio).copied().max().unwrap_or_default();
    let start = wanted.as_millis().clamp(100, 1_000) as u64;
    let end = (start * 2).max(longest.as_millis() as u64 * 2);
    (start..=end)
        .map(Duration::from_millis)
        .find(|&target| {
            video.iter().all(|&frame| fits(target, frame, JITTER))
                && audio.iter().chain(&SOUND).all(|&frame| fits(target, frame, Duration::ZERO))
        })
        .unwrap_or_else(|| Duration::from_millis(start).max(longest + Duration::from_millis(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(frames_per_second: f64) -> u128 {
        part_target(Duration::from_millis(250), &[Duration::from_secs_f64(1.0 / frames_per_second)], &[]).as_millis()
    }

    #[test]
    fn whole_frames_of_picture_and_sound_fill_a_part() {
        for (rate, target) in
            [(25.0, 250), (30.0, 250), (50.0, 250), (60.0, 250), (24.0, 252), (23.976, 252), (15.0, 269)]
        {
            assert_eq!(part(rate), target, "{rate} frames a second");
        }
    }

    #[test]
    fn every_common_frame_rate_has_a_part_target_under_half_a_second() {
        for rate in [10.0, 12.0, 15.0, 20.0, 24.0, 29.97, 48.0, 59.94, 72.0, 90.0, 120.0, 144.0, 240.0] {
            assert!((250..=500).contains(&part(rate)), "{rate}: {}", part(rate));
        }
    }

    #[test]
    fn a_slow_show_has_parts_of_one_frame() {
        assert!(part(1.0) >= 1_000);
    }

    #[test]
    fn the_target_duration_holds_the_first_group_of_pictures() {
        let target = |gop: f64| {
            Cadence::new(Duration::from_secs(2), Duration::from_millis(250), Duration::from_secs_f64(gop), &[], &[])
                .target
        };
        assert_eq!(
            [target(1.0), target(2.0), target(2.002), target(4.0), target(8.333), target(30.0)],
            [2, 2, 2, 4, 8, 10]
        );
    }

    #[test]
    fn an_early_keyframe_is_taken_when_the_next_may_be_too_late() {
        let cadence = Cadence { target: 2, part_target: Duration::from_millis(250), wanted: Duration::from_secs(2) };
        let cut = |elapsed, gop| cadence.cut_at_keyframe(Duration::from_millis(elapsed), Duration::from_millis(gop));
        assert!(cut(999, 1_000) && cut(900, 2_000) && !cut(500, 500) && !cut(200, 2_000));
    }
}
