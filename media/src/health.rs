//! How an ingest is doing, from its first frame on.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::frame::Frame;
use crate::time::MediaTime;

/// Rates are taken over this much arrival time.
const WINDOW: Duration = Duration::from_secs(5);
/// A gap between two frames of this many frame durations counts as frames lost on the way.
const GAP_FACTOR: i64 = 3;

/// Counts one track's frames as they arrive.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    window: VecDeque<(Instant, usize)>,
    window_bytes: usize,
    first: Option<Instant>,
    last_keyframe: Option<(u32, MediaTime)>,
    last_dts: Option<(u32, MediaTime)>,
    usual_step: i64,
    keyframe_interval: Option<Duration>,
    frames: u64,
    bytes: u64,
    lost: u64,
}

impl Meter {
    /// A frame arrived at `now`.
    pub fn record(&mut self, now: Instant, frame: &Frame) {
        self.first.get_or_insert(now);
        self.frames += 1;
        self.bytes += frame.payload.len() as u64;
        self.window_bytes += frame.payload.len();
        self.window.push_back((now, frame.payload.len()));
        self.expire(now);
        if frame.keyframe {
            if let Some((epoch, last)) = self.last_keyframe
                && epoch == frame.epoch
            {
                self.keyframe_interval = Some(frame.pts.since(last));
            }
            self.last_keyframe = Some((frame.epoch, frame.pts));
        }
        if let Some((epoch, last)) = self.last_dts
            && epoch == frame.epoch
        {
            let step = (frame.dts - last).nanos();
            let gap = self.usual_step.saturating_mul(GAP_FACTOR);
            if gap > 0 && step > gap {
                self.lost += (step / self.usual_step - 1).unsigned_abs();
            }
            if step > 0 {
                // A gap counts as well, within bounds: a publisher that sends fewer frames for good loses none.
                let step = if gap > 0 { step.min(gap) } else { step };
                self.usual_step = if self.usual_step == 0 { step } else { (self.usual_step * 15 + step) / 16 };
            }
        }
        self.last_dts = Some((frame.epoch, frame.dts));
    }

    fn expire(&mut self, now: Instant) {
        while let Some(&(at, size)) = self.window.front()
            && now.duration_since(at) > WINDOW
        {
            self.window.pop_front();
            self.window_bytes -= size;
        }
    }

    /// The figures as of `now`.
    pub fn report(&mut self, now: Instant) -> TrackHealth {
        self.expire(now);
        let age = self.first.map_or(0.0, |first| now.duration_since(first).as_secs_f64());
        let (span, age) = (age.min(WINDOW.as_secs_f64()).max(0.2), age.max(1.0));
        TrackHealth {
            bitrate: (self.window_bytes as f64 * 8.0 / span) as u64,
            frame_rate: (self.window.len() as f64 / span * 100.0).round() / 100.0,
            keyframe_interval_ms: self.keyframe_interval.map(|interval| interval.as_millis() as u64),
            frames: self.frames,
            average_bitrate: (self.bytes as f64 * 8.0 / age) as u64,
            lost_frames: self.lost,
        }
    }
}

/// One track's figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackHealth {
    /// Bits a second over the last five seconds.
    pub bitrate: u64,
    /// Frames a second over the last five seconds.
    pub frame_rate: f64,
    /// Between the last two keyframes; none before the second.
    pub keyframe_interval_ms: Option<u64>,
    /// Since the first frame of who sends it now.
    pub frames: u64,
    /// Bits a second in the same time.
    pub average_bitrate: u64,
    /// Frames that did not arrive, as gaps in the decode times tell.
    pub lost_frames: u64,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::codec::{TrackConfig, VideoConfig, VideoSetup};
    use crate::time::WallTime;

    fn picture(millis: i64, keyframe: bool, epoch: u32) -> Frame {
        let config = Arc::new(TrackConfig::Video(VideoConfig { setup: VideoSetup::Vp8, width: 0, height: 0 }));
        let at = MediaTime::from_millis(millis);
        Frame::new(config, at, at, WallTime::now(), keyframe, epoch, Bytes::new())
    }

    /// The frames lost by the count of a meter that sees frames at these times.
    fn lost(millis: impl IntoIterator<Item = i64>) -> u64 {
        let (mut meter, now) = (Meter::default(), Instant::now());
        for millis in millis {
            meter.record(now, &picture(millis, false, 0));
        }
        meter.report(now).lost_frames
    }

    #[test]
    fn frames_missing_from_the_row_are_counted() {
        let row = (0..100).map(|index| index * 40);
        assert_eq!(lost(row.filter(|at| !(2_000..2_200).contains(at))), 5);
    }

    #[test]
    fn the_time_that_an_encoder_was_away_is_no_keyframe_interval_and_no_loss() {
        let (mut meter, now) = (Meter::default(), Instant::now());
        for (millis, epoch) in [(0, 0), (2_000, 0), (4_000, 0), (24_000, 1)] {
            meter.record(now, &picture(millis, true, epoch));
        }
        let report = meter.report(now);
        assert_eq!((report.keyframe_interval_ms, report.lost_frames), (Some(2_000), 0));
    }

    #[test]
    fn a_publisher_that_sends_fewer_frames_for_good_loses_few() {
        let (fast, slow) = ((0..100).map(|index| index * 20), (0..100).map(|index| 2_000 + index * 200));
        let lost = lost(fast.chain(slow));
        assert!(lost < 100, "{lost}");
    }
}
