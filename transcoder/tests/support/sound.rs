//! Sound as encoders send it, what a decoder makes of it, and what is heard in that.

use std::sync::Arc;

use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig};
use klieg_media::frame::Frame;
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::time::MediaTime;
use tokio::time::Instant;

use super::ffmpeg;

pub(crate) const RATE: u32 = 48_000;
pub(crate) const TONE: f64 = 997.0;

/// Access units of one track, evenly spaced.
pub(crate) struct Sound {
    pub(crate) config: Arc<TrackConfig>,
    pub(crate) units: Vec<Bytes>,
    /// Samples a second.
    pub(crate) rate: u32,
    /// Samples in a unit.
    pub(crate) unit: i64,
    /// Samples by which the decoder's output lags what was encoded.
    pub(crate) delay: i64,
}

impl Sound {
    /// When unit `index` is heard, if what was encoded began at zero.
    fn pts(&self, index: usize) -> MediaTime {
        MediaTime::from_ticks(index as i64 * self.unit - self.delay, self.rate)
    }

    /// How much earlier than what was encoded the first unit is heard.
    pub(crate) fn lead(&self) -> MediaTime {
        MediaTime::from_ticks(self.delay, self.rate)
    }

    pub(crate) fn name(&self) -> &'static str {
        if self.config.codec() == klieg_media::codec::Codec::Aac { "aac" } else { "opus" }
    }

    /// The unit as an encoder that rounds to milliseconds (RTMP) would send it.
    pub(crate) fn frame(&self, index: usize) -> SourceFrame {
        let pts = MediaTime::from_millis(self.pts(index).millis() + 1_000);
        SourceFrame {
            pts,
            dts: pts,
            captured: None,
            keyframe: true,
            config: self.config.clone(),
            payload: self.units[index].clone(),
        }
    }

    /// Publishes in real time.
    pub(crate) async fn perform(&self, publisher: &mut Publisher) {
        let start = Instant::now();
        for index in 0..self.units.len() {
            let due = MediaTime::from_ticks(index as i64 * self.unit, self.rate).since(MediaTime::ZERO);
            tokio::time::sleep_until(start + due).await;
            publisher.push(self.name(), self.frame(index)).unwrap();
        }
    }
}

/// Stereo sound that is silent for the first half of every second and a tone in the second half.
pub(crate) fn bursts(seconds: f64) -> Vec<f32> {
    let samples = (seconds * f64::from(RATE)) as u32;
    let sample = |index: u32| {
        let time = f64::from(index) / f64::from(RATE);
        if time.fract() < 0.5 { 0.0 } else { (0.5 * (std::f64::consts::TAU * TONE * time).sin()) as f32 }
    };
    (0..samples).flat_map(|index| [sample(index); 2]).collect()
}

fn bytes_of(pcm: &[f32]) -> Vec<u8> {
    pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// AAC-LC by ffmpeg, at 48 kHz.
pub(crate) fn aac(pcm: &[f32]) -> Sound {
    // AAC-LC, 48 kHz, stereo.
    aac_at(RATE, [0x11, 0x90], pcm)
}

/// AAC-LC by ffmpeg, at 44.1 kHz.
pub(crate) fn aac_at_44100(pcm: &[f32]) -> Sound {
    // AAC-LC, 44.1 kHz, stereo.
    aac_at(44_100, [0x12, 0x10], pcm)
}

fn aac_at(rate: u32, specific_config: [u8; 2], pcm: &[f32]) -> Sound {
    let input = ["-f", "f32le", "-ar", "48000", "-ac", "2", "-i", "pipe:0"];
    let rate_text = rate.to_string();
    let output = ["-c:a", "aac", "-b:a", "160k", "-ar", &rate_text, "-f", "adts", "pipe:1"];
    let adts = ffmpeg(&[&input[..], &output[..]].concat(), bytes_of(pcm));
    let (mut units, mut position) = (Vec::new(), 0);
    while let Some(header) = adts.get(position..position + 7) {
        let length = usize::from(header[3] & 3) << 11 | usize::from(header[4]) << 3 | usize::from(header[5]) >> 5;
        units.push(adts.slice(position + 7..position + length));
        position += length;
    }
    let setup = AudioSetup::Aac { specific_config: Bytes::copy_from_slice(&specific_config) };
    let config = Arc::new(TrackConfig::Audio(AudioConfig { setup, sample_rate: rate, channels: 2 }));
    Sound { config, units, rate, unit: 1_024, delay: 1_024 }
}

/// Opus by libopus, as a browser would send it.
pub(crate) fn opus(pcm: &[f32]) -> Sound {
    let caps = raw_caps();
    let buffers: Vec<_> = pcm.chunks(2 * 960).map(|chunk| gst::Buffer::from_slice(bytes_of(chunk))).collect();
    let units = through("audioconvert ! opusenc bitrate=96000", &caps, buffers);
    let setup = AudioSetup::Opus;
    let config = Arc::new(TrackConfig::Audio(AudioConfig { setup, sample_rate: RATE, channels: 2 }));
    Sound { config, units, rate: RATE, unit: 960, delay: 312 }
}

/// What a decoder makes of these frames: mono, 48 kHz.
pub(crate) fn decode(frames: &[Arc<Frame>]) -> Vec<f32> {
    let config = &frames[0].config;
    let (caps, decoder) = match &config.audio().unwrap().setup {
        AudioSetup::Aac { specific_config } => (
            gst::Caps::builder("audio/mpeg")
                .field("mpegversion", 4)
                .field("stream-format", "raw")
                .field("rate", RATE as i32)
                .field("channels", 2)
                .field("codec_data", gst::Buffer::from_slice(specific_config.clone()))
                .build(),
            "avdec_aac",
        ),
        AudioSetup::Opus => (
            gst::Caps::builder("audio/x-opus").field("channel-mapping-family", 0).field("channels", 2).build(),
            "opusdec",
        ),
    };
    let buffers = frames.iter().map(|frame| gst::Buffer::from_slice(frame.payload.clone())).collect();
    let description = format!(
        "{decoder} ! audioconvert ! audioresample ! audio/x-raw,format=F32LE,layout=interleaved,channels=1,rate=48000"
    );
    let decoded = through(&description, &caps, buffers).concat();
    decoded.chunks_exact(4).map(|sample| f32::from_le_bytes(sample.try_into().unwrap())).collect()
}

fn raw_caps() -> gst::Caps {
    gst::init().unwrap();
    gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", RATE as i32)
        .field("channels", 2)
        .build()
}

/// Runs buffers through elements to the end.
fn through(elements: &str, caps: &gst::Caps, buffers: Vec<gst::Buffer>) -> Vec<Bytes> {
    gst::init().unwrap();
    let description = format!("appsrc name=in format=time ! {elements} ! appsink name=out sync=false max-buffers=0");
    let pipeline = gst::parse::launch(&description).unwrap().downcast::<gst::Pipeline>().unwrap();
    let source = pipeline.by_name("in").unwrap().downcast::<gst_app::AppSrc>().unwrap();
    let sink = pipeline.by_name("out").unwrap().downcast::<gst_app::AppSink>().unwrap();
    source.set_caps(Some(caps));
    source.set_max_bytes(0);
    pipeline.set_state(gst::State::Playing).unwrap();
    for buffer in buffers {
        source.push_buffer(buffer).unwrap();
    }
    source.end_of_stream().unwrap();
    let mut out = Vec::new();
    while let Ok(sample) = sink.pull_sample() {
        let buffer = sample.buffer().unwrap();
        if !buffer.flags().contains(gst::BufferFlags::HEADER) {
            out.push(Bytes::copy_from_slice(&buffer.map_readable().unwrap()));
        }
    }
    pipeline.set_state(gst::State::Null).unwrap();
    out
}

/// Where the tone sets in, in seconds from the first sample.
pub(crate) fn onsets(pcm: &[f32]) -> Vec<f64> {
    // Loudness over 2 ms; an onset is loud after 100 ms without.
    let window = 96;
    let loud: Vec<bool> = pcm
        .chunks_exact(window)
        .map(|piece| piece.iter().map(|sample| sample * sample).sum::<f32>() / window as f32 > 0.01)
        .collect();
    let onset = |index: &usize| loud[*index] && *index >= 50 && loud[index - 50..*index].iter().all(|loud| !loud);
    (0..loud.len()).filter(onset).map(|index| (index * window) as f64 / f64::from(RATE)).collect()
}

/// The power of one frequency in a piece of sound (Goertzel), as a share of all its power.
pub(crate) fn share_of(frequency: f64, pcm: &[f32]) -> f64 {
    let coefficient = 2.0 * (std::f64::consts::TAU * frequency / f64::from(RATE)).cos();
    let (mut before, mut last, mut power) = (0.0, 0.0, 0.0);
    for sample in pcm {
        let sample = f64::from(*sample);
        (before, last) = (last, sample + coefficient * last - before);
        power += sample * sample;
    }
    let found = last * last + before * before - coefficient * last * before;
    found / (power * pcm.len() as f64 / 2.0)
}
