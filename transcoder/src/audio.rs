//! Sound from one codec to another: decode, put in line, encode.
//!
//! Two pipelines, joined by [`SampleClock`]: what the decoder gives is made one unbroken run of samples, so that the
//! encoder's packets are timed by counting. A packet's time is when the decoder's output for it is to be heard, so the
//! encoder's delay is taken off.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use gstreamer as gst;
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig};
use klieg_media::time::MediaTime;
use klieg_media::transcode::wire::CodedFrame;

use crate::clock::SampleClock;
use crate::emitter::Emitter;
use crate::job::Chain;
use crate::stage::{BuildError, Stage, clock_time, element, filter, sample_time};

/// Of everything made here.
const RATE: u32 = 48_000;
const CHANNELS: u8 = 2;
const BYTES_A_SAMPLE: usize = 4 * CHANNELS as usize;
/// Access units waiting for the decoder, at most: about ten seconds, as come at once after a network has stood still.
const QUEUE: u64 = 512;
/// An unbroken run of samples lasts at least this long, however often the timestamps jump; sound that fits in no run is
/// left out meanwhile.
const SHORTEST_RUN: Duration = Duration::from_millis(200);

/// What sound is made into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Opus { bitrate: u32 },
    Aac { bitrate: u32 },
}

impl Encoding {
    /// Samples in a packet.
    const fn frame(self) -> u32 {
        match self {
            Self::Opus { .. } => 960,
            Self::Aac { .. } => 1_024,
        }
    }

    /// Samples by which the decoded sound comes later than what was encoded: libopus' look-ahead of 6.5 ms; for AAC the
    /// frame that overlaps with the first.
    const fn delay(self) -> i64 {
        match self {
            Self::Opus { .. } => 312,
            Self::Aac { .. } => 1_024,
        }
    }

    fn frame_duration(self) -> Duration {
        MediaTime::from_ticks(i64::from(self.frame()), RATE).since(MediaTime::ZERO)
    }

    fn elements(self) -> Result<Vec<gst::Element>, BuildError> {
        let raw = gst::Caps::builder("audio/x-raw").field("rate", RATE as i32).build();
        let encoder = match self {
            Self::Opus { bitrate } => {
                element("opusenc", &[("bitrate", &bitrate.to_string()), ("complexity", "5"), ("frame-size", "20")])?
            }
            Self::Aac { bitrate } => element("avenc_aac", &[("bitrate", &bitrate.to_string())])?,
        };
        Ok(vec![element("audioconvert", &[])?, element("audioresample", &[])?, filter(&raw)?, encoder])
    }

    /// The track configuration, from what the encoder says of its output.
    fn config(self, caps: &gst::CapsRef) -> Option<TrackConfig> {
        let setup = match self {
            Self::Opus { .. } => AudioSetup::Opus,
            Self::Aac { .. } => {
                let data = caps.structure(0)?.get::<gst::Buffer>("codec_data").ok()?;
                let specific_config = Bytes::copy_from_slice(&data.map_readable().ok()?);
                AudioSetup::Aac { specific_config }
            }
        };
        Some(TrackConfig::Audio(AudioConfig { setup, sample_rate: RATE, channels: CHANNELS }))
    }
}

/// Decoder, line and encoder of one rendition.
pub(crate) struct AudioChain {
    decoder: Stage,
    line: Arc<Mutex<Line>>,
    emitter: Emitter,
}

impl AudioChain {
    pub(crate) fn start(config: &AudioConfig, encoding: Encoding, emitter: Emitter) -> Result<Self, BuildError> {
        // Found missing now rather than at the first sound.
        encoding.elements()?;
        let (caps, decoder) = match &config.setup {
            AudioSetup::Aac { specific_config } => (
                gst::Caps::builder("audio/mpeg")
                    .field("mpegversion", 4)
                    .field("stream-format", "raw")
                    .field("rate", config.sample_rate as i32)
                    .field("channels", i32::from(config.channels))
                    .field("codec_data", gst::Buffer::from_slice(specific_config.clone()))
                    .build(),
                element("avdec_aac", &[])?,
            ),
            AudioSetup::Opus => (
                gst::Caps::builder("audio/x-opus")
                    .field("channel-mapping-family", 0)
                    .field("rate", RATE as i32)
                    .field("channels", i32::from(config.channels.clamp(1, 2)))
                    .build(),
                element("opusdec", &[])?,
            ),
        };
        let raw = gst::Caps::builder("audio/x-raw")
            .field("format", "F32LE")
            .field("layout", "interleaved")
            .field("channels", i32::from(CHANNELS))
            .build();
        let line = Arc::new(Mutex::new(Line { encoding, emitter: emitter.clone(), run: None, error: None }));
        let joined = line.clone();
        let elements = [decoder, element("audioconvert", &[])?, filter(&raw)?];
        let decoder = Stage::start(&caps, &elements, move |sample| {
            joined.lock().unwrap_or_else(PoisonError::into_inner).take(sample);
        })?;
        Ok(Self { decoder, line, emitter })
    }
}

impl Chain for AudioChain {
    fn push(&mut self, frame: &CodedFrame) -> bool {
        if self.decoder.queued() >= QUEUE {
            return false;
        }
        let Some(pts) = clock_time(frame.pts) else { return false };
        self.emitter.note_captured(frame.pts, frame.captured);
        let mut buffer = gst::Buffer::from_slice(frame.payload.clone());
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(pts);
        }
        self.decoder.push(buffer);
        true
    }

    fn request_keyframe(&mut self) {}

    fn error(&self) -> Option<String> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let encoder = || line.run.as_ref().and_then(|run| run.encoder.error());
        self.decoder.error().or_else(|| line.error.clone()).or_else(encoder)
    }
}

/// Between decoder and encoder.
struct Line {
    encoding: Encoding,
    emitter: Emitter,
    run: Option<Run>,
    error: Option<String>,
}

/// One unbroken run of samples and its encoder.
struct Run {
    clock: SampleClock,
    /// When the encoder's sample 0 is heard: follows the clock.
    start: Arc<Mutex<MediaTime>>,
    encoder: Stage,
    begun: Instant,
}

impl Line {
    fn take(&mut self, sample: &gst::Sample) {
        let Some(buffer) = sample.buffer() else { return };
        let Some(pts) = sample_time(sample) else { return };
        let rate = sample.caps().and_then(|caps| caps.structure(0)?.get::<i32>("rate").ok());
        let Some(rate) = rate.and_then(|rate| u32::try_from(rate).ok()) else { return };
        let count = buffer.size() / BYTES_A_SAMPLE;

        let continued =
            self.run.as_mut().filter(|run| run.clock.rate() == rate).and_then(|run| run.clock.place(pts, count));
        let (run, placed) = match (continued, self.run.take()) {
            (Some(placed), Some(run)) => (run, placed),
            (None, Some(run)) if run.begun.elapsed() < SHORTEST_RUN => {
                self.run = Some(run);
                return;
            }
            _ => match Run::start(pts, rate, self.encoding, &self.emitter) {
                Ok(mut run) => match run.clock.place(pts, count) {
                    Some(placed) => (run, placed),
                    None => return,
                },
                Err(BuildError(reason)) => {
                    self.error = Some(reason);
                    return;
                }
            },
        };
        *run.start.lock().unwrap_or_else(PoisonError::into_inner) = run.clock.start();
        if placed.silence > 0 {
            let silence = gst::Buffer::from_slice(vec![0u8; placed.silence * BYTES_A_SAMPLE]);
            run.push(silence, placed.position, placed.silence);
        }
        if placed.skip < count {
            let piece = buffer.copy_region(gst::BufferCopyFlags::MEMORY, placed.skip * BYTES_A_SAMPLE..);
            if let Ok(piece) = piece {
                run.push(piece, placed.position + placed.silence as u64, count - placed.skip);
            }
        }
        self.run = Some(run);
    }
}

impl Run {
    fn start(first: MediaTime, rate: u32, encoding: Encoding, emitter: &Emitter) -> Result<Self, BuildError> {
        let clock = SampleClock::new(first, rate, encoding.frame_duration());
        let start = Arc::new(Mutex::new(clock.start()));
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", "F32LE")
            .field("layout", "interleaved")
            .field("channels", i32::from(CHANNELS))
            .field("rate", rate as i32)
            .build();
        let (follows, emitter) = (start.clone(), emitter.clone());
        let (mut packets, mut configured) = (0i64, false);
        let encoder = Stage::start(&caps, &encoding.elements()?, move |sample| {
            let Some(buffer) = sample.buffer() else { return };
            if buffer.flags().contains(gst::BufferFlags::HEADER) {
                return;
            }
            if !configured && let Some(config) = sample.caps().and_then(|caps| encoding.config(caps)) {
                emitter.config(config);
                configured = true;
            }
            let samples = packets * i64::from(encoding.frame()) - encoding.delay();
            packets += 1;
            let start = *follows.lock().unwrap_or_else(PoisonError::into_inner);
            if let Ok(data) = buffer.map_readable() {
                emitter.frame(start + MediaTime::from_ticks(samples, RATE), true, Bytes::copy_from_slice(&data));
            }
        })?;
        Ok(Self { clock, start, encoder, begun: Instant::now() })
    }

    /// Hands samples to the encoder, timed by their number alone.
    fn push(&self, mut samples: gst::Buffer, position: u64, count: usize) {
        let time = |samples: u64| {
            let time = MediaTime::from_ticks(samples as i64, self.clock.rate());
            gst::ClockTime::from_nseconds(time.nanos().unsigned_abs())
        };
        let (begin, end) = (time(position), time(position + count as u64));
        if let Some(buffer) = samples.get_mut() {
            buffer.set_pts(begin);
            buffer.set_duration(end.saturating_sub(begin));
        }
        self.encoder.push(samples);
    }
}
