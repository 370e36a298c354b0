//! A rendition that the transcoder makes, on the server's side: what may be published in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::plan::Make;
use super::wire::CodedFrame;
use crate::codec::TrackConfig;
use crate::frame::Frame;
use crate::rendition::Rendition;
use crate::time::MediaTime;

/// Outlives the transcoder's process, so that a restarted one continues where the last stopped: it is fed the source's
/// backlog, and what was already published is left out here.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) rendition: Arc<Rendition>,
    make: Make,
    config: Option<Arc<TrackConfig>>,
    /// The newest frame's decode time.
    last: Option<MediaTime>,
    /// When somebody was last seen subscribed.
    used: Option<Instant>,
}

impl Output {
    pub(super) fn new(rendition: Arc<Rendition>, make: Make) -> Self {
        Self { rendition, make, config: None, last: None, used: None }
    }

    /// What the frames that follow are.
    pub(super) fn configure(&mut self, config: TrackConfig) {
        if self.config.as_deref() != Some(&config) {
            self.config = Some(Arc::new(config));
        }
    }

    /// Publishes a frame unless it is before the timeline's start or was published already. Returns whether it was.
    pub(super) fn publish(&mut self, frame: CodedFrame) -> bool {
        let Some(config) = &self.config else { return false };
        // Two runs of an encoder need not cut at the same sample: half a frame's overlap is the same frame again.
        let tolerance = MediaTime::from_nanos(self.make.frame_duration().nanos() / 2);
        let repeated = self.last.is_some_and(|last| frame.dts <= last + tolerance);
        if repeated || frame.dts < MediaTime::ZERO {
            return false;
        }
        self.last = Some(frame.dts);
        self.rendition.publish(Frame::new(
            config.clone(),
            frame.pts,
            frame.dts,
            frame.captured,
            frame.keyframe,
            frame.epoch,
            frame.payload,
        ));
        true
    }

    /// Whether it is to be made at `now`: always, or, on demand, while somebody subscribes and for `linger` afterwards.
    pub(super) fn is_used(&mut self, now: Instant, linger: Duration) -> bool {
        if !self.make.on_demand() {
            return true;
        }
        if self.rendition.subscribers() > 0 {
            self.used = Some(now);
        }
        self.used.is_some_and(|used| now.duration_since(used) < linger)
    }

    /// True if the rendition's newest frame was published here.
    pub(super) fn is_newest(&self) -> bool {
        self.last.is_some() && self.rendition.newest().map(|newest| newest.dts) == self.last
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::codec::{AudioConfig, AudioSetup, Kind};
    use crate::rendition::Origin;
    use crate::time::WallTime;

    fn frame(nanos: i64) -> CodedFrame {
        let at = MediaTime::from_nanos(nanos);
        CodedFrame { pts: at, dts: at, captured: WallTime::now(), keyframe: true, epoch: 0, payload: Bytes::new() }
    }

    fn opus() -> Output {
        let rendition = Arc::new(Rendition::new("opus", Kind::Audio, Origin::Transcoder));
        let mut output = Output::new(rendition, Make::Opus);
        output.configure(TrackConfig::Audio(AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 }));
        output
    }

    #[test]
    fn what_a_restarted_process_makes_again_is_left_out() {
        let mut output = opus();
        assert!(output.publish(frame(100_000_000)));
        assert!(!output.publish(frame(80_000_000)));
        assert!(!output.publish(frame(100_010_000)), "the same frame, cut a sample later");
        assert!(output.publish(frame(119_990_000)));
    }

    #[test]
    fn nothing_lies_before_the_broadcast() {
        assert!(!opus().publish(frame(-1)));
    }

    #[test]
    fn a_frame_of_another_publisher_is_not_taken_for_ours() {
        let mut output = opus();
        assert!(!output.is_newest());
        output.publish(frame(0));
        assert!(output.is_newest());
        let config = output.rendition.config().unwrap();
        let at = MediaTime::from_millis(25);
        output.rendition.publish(Frame::new(config, at, at, WallTime::now(), true, 1, Bytes::new()));
        assert!(!output.is_newest());
    }

    #[test]
    fn on_demand_means_while_somebody_subscribes_and_a_while_longer() {
        let rendition = Arc::new(Rendition::new("realtime", Kind::Video, Origin::Realtime));
        let mut output = Output::new(rendition.clone(), Make::Realtime);
        let (start, linger) = (Instant::now(), Duration::from_secs(10));
        let mut is_used_at = |seconds| output.is_used(start + Duration::from_secs(seconds), linger);
        assert!(!is_used_at(0));
        let viewer = rendition.subscribe();
        assert!(is_used_at(1));
        drop(viewer);
        assert!(is_used_at(10));
        assert!(!is_used_at(11));
    }
}
