//! Which renditions are made from which tracks, and the chain that makes each.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use klieg_media::codec::TrackConfig;
use klieg_media::transcode::wire::{CodedFrame, Message, Target};
use tracing::{info, warn};

use crate::audio::{AudioChain, Encoding};
use crate::emitter::{Counters, Emitter};
use crate::link::Outbox;
use crate::stage::BuildError;
use crate::video::VideoChain;

const STATS_INTERVAL: Duration = Duration::from_secs(1);
/// A chain that failed is built again after this long.
const PAUSE: Duration = Duration::from_millis(500);
/// Chains are not built more often than this, however often the publisher's clock or configuration changes.
const REBUILD_INTERVAL: Duration = Duration::from_millis(200);
/// A rendition whose chain fails this often without a frame made is given up.
const PATIENCE: u32 = 6;

/// Turns one track's frames into one rendition's. Made for one configuration and one epoch.
pub(crate) trait Chain {
    /// Takes a frame; false if it was dropped because the chain is behind. Never waits.
    fn push(&mut self, frame: &CodedFrame) -> bool;
    /// The next picture shall be a keyframe.
    fn request_keyframe(&mut self);
    /// What went wrong, if it did; nothing more comes out then.
    fn error(&self) -> Option<String>;
}

/// Everything this process makes.
pub(crate) struct Jobs {
    outbox: Outbox,
    tracks: HashMap<u16, Arc<TrackConfig>>,
    making: HashMap<u16, Job>,
}

impl Jobs {
    pub(crate) fn new(outbox: Outbox) -> Self {
        Self { outbox, tracks: HashMap::new(), making: HashMap::new() }
    }

    pub(crate) fn take(&mut self, message: Message) {
        match message {
            Message::Start { rendition, track, target } => {
                self.making.insert(rendition, Job::new(rendition, track, target, self.outbox.clone()));
            }
            Message::Stop { rendition } => {
                if let Some(job) = self.making.remove(&rendition)
                    && !self.making.values().any(|other| other.track == job.track)
                {
                    self.tracks.remove(&job.track);
                }
            }
            Message::Keyframe { rendition } => {
                if let Some(chain) = self.making.get_mut(&rendition).and_then(|job| job.chain.as_mut()) {
                    chain.request_keyframe();
                }
            }
            Message::Config { track, config } => {
                self.tracks.insert(track, Arc::new(config));
                for job in self.making.values_mut().filter(|job| job.track == track) {
                    job.chain = None;
                }
            }
            Message::Frame { track, frame } => {
                let Some(config) = self.tracks.get(&track) else { return };
                for job in self.making.values_mut().filter(|job| job.track == track) {
                    job.frame(config, &frame);
                }
            }
            Message::Hello { .. } | Message::Stats { .. } | Message::Failed { .. } | Message::Bye => {}
        }
    }
}

struct Job {
    rendition: u16,
    track: u16,
    target: Target,
    outbox: Outbox,
    counters: Arc<Counters>,
    chain: Option<Box<dyn Chain>>,
    epoch: u32,
    built: Option<Instant>,
    reported: Instant,
    /// When the chain may be built again, and how many frames had been made when it failed.
    failed: Option<(Instant, u64)>,
    failures: u32,
}

impl Job {
    fn new(rendition: u16, track: u16, target: Target, outbox: Outbox) -> Self {
        Self {
            rendition,
            track,
            target,
            outbox,
            counters: Arc::default(),
            chain: None,
            epoch: 0,
            built: None,
            reported: Instant::now(),
            failed: None,
            failures: 0,
        }
    }

    fn frame(&mut self, config: &TrackConfig, frame: &CodedFrame) {
        self.counters.frames_in.fetch_add(1, Ordering::Relaxed);
        self.report();
        if let Some(error) = self.chain.as_ref().and_then(|chain| chain.error()) {
            self.chain = None;
            self.failure(&error);
        }
        if self.chain.is_none() || self.epoch != frame.epoch {
            self.chain = None;
            let paused = self.failed.is_some_and(|(at, _)| at.elapsed() < PAUSE)
                || self.built.is_some_and(|built| built.elapsed() < REBUILD_INTERVAL);
            if paused || self.failures >= PATIENCE || !frame.keyframe {
                return;
            }
            self.built = Some(Instant::now());
            match self.build(config, frame.epoch) {
                Ok(chain) => self.chain = Some(chain),
                Err(BuildError(reason)) => {
                    self.failures = PATIENCE;
                    self.outbox.send(Message::Failed { rendition: self.rendition, reason });
                    return;
                }
            }
            self.epoch = frame.epoch;
        }
        if let Some(chain) = &mut self.chain
            && !chain.push(frame)
        {
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn build(&self, config: &TrackConfig, epoch: u32) -> Result<Box<dyn Chain>, BuildError> {
        let emitter = Emitter::new(self.rendition, epoch, self.outbox.clone(), self.counters.clone());
        info!("{} to {:?}", config.codec().name(), self.target);
        Ok(match (config, self.target) {
            (TrackConfig::Audio(audio), Target::Opus { bitrate }) => {
                Box::new(AudioChain::start(audio, Encoding::Opus { bitrate }, emitter)?)
            }
            (TrackConfig::Audio(audio), Target::Aac { bitrate }) => {
                Box::new(AudioChain::start(audio, Encoding::Aac { bitrate }, emitter)?)
            }
            (TrackConfig::Video(video), Target::H264(target)) => Box::new(VideoChain::start(video, target, emitter)?),
            _ => return Err(BuildError("sound cannot become a picture".to_owned())),
        })
    }

    fn failure(&mut self, error: &str) {
        let made = self.counters.stats().frames_out;
        let progressed = self.failed.is_none_or(|(_, before)| made > before);
        self.failures = if progressed { 1 } else { self.failures + 1 };
        self.failed = Some((Instant::now(), made));
        warn!("rendition {} failed: {error}", self.rendition);
        if self.failures >= PATIENCE {
            self.outbox.send(Message::Failed { rendition: self.rendition, reason: error.to_owned() });
        }
    }

    fn report(&mut self) {
        if self.reported.elapsed() >= STATS_INTERVAL {
            self.reported = Instant::now();
            self.outbox.send(Message::Stats { rendition: self.rendition, stats: self.counters.stats() });
        }
    }
}
