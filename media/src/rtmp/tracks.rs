//! From FLV packets to frames: a publisher's two tracks.
//!
//! Owns each track's configuration and the unwrapping of RTMP's 32-bit clock. A configuration keeps its `Arc` as long as
//! its content stays the same; parameter sets within frames update it and are taken out of the payload.

#![deny(clippy::indexing_slicing)]

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use super::flv::Packet;
use super::sets;
use crate::codec::{AudioConfig, AudioSetup, Codec, TrackConfig, VideoConfig, VideoSetup, aac, av1, h264, hevc, vp9};
use crate::publisher::SourceFrame;
use crate::time::MediaTime;

/// A packet that could not be used. None of these is fatal: the frame is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackError {
    #[error("the {} configuration cannot be read", .0.name())]
    Config(Codec),
    #[error("{} frames come before their configuration", .0.name())]
    NoConfig(Codec),
    #[error("a {} frame is damaged", .0.name())]
    Frame(Codec),
}

/// The video and the audio track of one connection.
#[derive(Debug, Default)]
pub struct Tracks {
    clock: Clock,
    video: Option<VideoTrack>,
    audio: Option<AudioTrack>,
}

#[derive(Debug)]
struct VideoTrack {
    config: Arc<TrackConfig>,
    /// Bytes of a NAL unit's length in what the publisher sends.
    length_size: usize,
}

#[derive(Debug)]
struct AudioTrack {
    config: Arc<TrackConfig>,
    pace: Option<Pace>,
}

impl Tracks {
    /// Takes a packet that came at RTMP's `timestamp`. `None` if it makes no frame.
    pub fn accept(&mut self, timestamp: u32, packet: Packet) -> Result<Option<SourceFrame>, TrackError> {
        match packet {
            Packet::Nothing => Ok(None),
            Packet::Config { codec: codec @ (Codec::Aac | Codec::Opus), record } => {
                self.configure_audio(codec, record).map(|()| None)
            }
            Packet::Config { codec, record } => self.configure_video(codec, &record).map(|()| None),
            Packet::Frame { codec: codec @ (Codec::Aac | Codec::Opus), data, .. } => {
                self.audio_frame(timestamp, codec, data)
            }
            Packet::Frame { codec, keyframe, composition, data } => {
                self.video_frame(timestamp, codec, keyframe, composition, data)
            }
        }
    }

    fn configure_video(&mut self, codec: Codec, record: &Bytes) -> Result<(), TrackError> {
        let (config, length_size) = match codec {
            Codec::H264 => h264::parse_avcc(record),
            Codec::Hevc => hevc::parse_hvcc(record),
            Codec::Av1 => av1::parse_av1c(record).map(|config| (config, 4)),
            // A VP9 keyframe says all there is to know.
            _ => return Ok(()),
        }
        .filter(|(_, length_size)| matches!(length_size, 1 | 2 | 4))
        .ok_or(TrackError::Config(codec))?;
        self.set_video(config, length_size);
        Ok(())
    }

    fn set_video(&mut self, config: VideoConfig, length_size: usize) {
        let config = kept(self.video.as_ref().map(|track| &track.config), TrackConfig::Video(config));
        self.video = Some(VideoTrack { config, length_size });
    }

    fn configure_audio(&mut self, codec: Codec, record: Bytes) -> Result<(), TrackError> {
        let config = match codec {
            Codec::Aac => aac::config(record),
            _ => opus_config(&record),
        }
        .ok_or(TrackError::Config(codec))?;
        self.set_audio(config);
        Ok(())
    }

    fn set_audio(&mut self, config: AudioConfig) {
        let pace = match &config.setup {
            AudioSetup::Aac { specific_config } => aac::SpecificConfig::parse(specific_config)
                .map(|parsed| Pace::new(i64::from(parsed.frame_samples), parsed.sample_rate)),
            AudioSetup::Opus => None,
        };
        let known = self.audio.as_ref().map(|track| &track.config);
        let new = TrackConfig::Audio(config);
        if known.is_none_or(|known| **known != new) {
            self.audio = Some(AudioTrack { config: Arc::new(new), pace });
        }
    }

    fn audio_frame(&mut self, timestamp: u32, codec: Codec, data: Bytes) -> Result<Option<SourceFrame>, TrackError> {
        if data.is_empty() {
            return Ok(None);
        }
        if codec == Codec::Opus && self.audio.as_ref().is_none_or(|track| track.config.codec() != codec) {
            // Opus describes itself; what a header would add is that it is not stereo.
            self.set_audio(AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels: 2 });
        }
        let track = self.audio.as_mut().filter(|track| track.config.codec() == codec);
        let track = track.ok_or(TrackError::NoConfig(codec))?;
        let millis = self.clock.unwrap(timestamp);
        let time = track.pace.as_mut().map_or(MediaTime::from_millis(millis), |pace| pace.next(millis));
        Ok(Some(SourceFrame {
            pts: time,
            dts: time,
            captured: None,
            keyframe: true,
            config: track.config.clone(),
            payload: data,
        }))
    }

    fn video_frame(
        &mut self,
        timestamp: u32,
        codec: Codec,
        keyframe: bool,
        composition: i32,
        data: Bytes,
    ) -> Result<Option<SourceFrame>, TrackError> {
        if codec == Codec::Vp9
            && let Some(config) = vp9::config(&data)
        {
            self.set_video(config, 4);
        }
        let track = self.video.as_mut().filter(|track| track.config.codec() == codec);
        let track = track.ok_or(TrackError::NoConfig(codec))?;
        let payload = track.payload(data).ok_or(TrackError::Frame(codec))?;
        if payload.is_empty() {
            return Ok(None);
        }
        let millis = self.clock.unwrap(timestamp);
        Ok(Some(SourceFrame {
            pts: MediaTime::from_millis(millis + i64::from(composition)),
            dts: MediaTime::from_millis(millis),
            captured: None,
            keyframe,
            config: track.config.clone(),
            payload,
        }))
    }
}

impl VideoTrack {
    /// The payload as [`Frame`](crate::frame::Frame) wants it, sliced from `data` where possible. `None` if damaged.
    fn payload(&mut self, data: Bytes) -> Option<Bytes> {
        let video = self.config.video()?;
        let (units, changed) = match &video.setup {
            VideoSetup::H264 { sps, pps } => {
                let units = nal_units(&data, self.length_size)?;
                let (kept, inband): (Vec<_>, Vec<_>) = units.into_iter().partition(|unit| {
                    !matches!(h264::nal_type(&unit.nal), h264::NAL_SPS | h264::NAL_PPS | h264::NAL_AUD)
                });
                (kept, sets::merge_h264(sps, pps, inband.iter().map(|unit| &unit.nal)))
            }
            VideoSetup::Hevc { vps, sps, pps } => {
                let units = nal_units(&data, self.length_size)?;
                let (kept, inband): (Vec<_>, Vec<_>) = units.into_iter().partition(|unit| {
                    !matches!(hevc::nal_type(&unit.nal), hevc::NAL_VPS | hevc::NAL_SPS | hevc::NAL_PPS | hevc::NAL_AUD)
                });
                (kept, sets::merge_hevc(vps, sps, pps, inband.iter().map(|unit| &unit.nal)))
            }
            VideoSetup::Av1 { sequence_header } => {
                let mut kept = Vec::new();
                let mut changed = None;
                let mut read = 0;
                for obu in av1::obus(&data) {
                    read += obu.whole.len();
                    match obu.kind {
                        av1::OBU_TEMPORAL_DELIMITER => {}
                        av1::OBU_SEQUENCE_HEADER if obu.whole == *sequence_header => {}
                        av1::OBU_SEQUENCE_HEADER => {
                            changed = av1::config(&Bytes::copy_from_slice(&obu.whole)).or(changed);
                        }
                        _ => kept.push(Unit { end: read, whole: obu.whole, nal: obu.payload }),
                    }
                }
                if read != data.len() {
                    return None;
                }
                (kept, changed)
            }
            VideoSetup::Vp8 | VideoSetup::Vp9 { .. } => return Some(data),
        };
        let framed = matches!(video.setup, VideoSetup::Av1 { .. }) || self.length_size == 4;
        if let Some(changed) = changed {
            self.config = kept(Some(&self.config), TrackConfig::Video(changed));
        }
        Some(joined(&data, &units, framed))
    }
}

/// A NAL unit or OBU within a publisher's payload.
struct Unit {
    /// Where in the payload it ends.
    end: usize,
    /// With the length in front of it, or the OBU with its header.
    whole: Bytes,
    nal: Bytes,
}

/// The NAL units of `data`; `None` if the lengths do not add up.
fn nal_units(data: &Bytes, length_size: usize) -> Option<Vec<Unit>> {
    let mut units = Vec::new();
    let mut position = 0;
    while position < data.len() {
        let start = position + length_size;
        let length = data.get(position..start)?.iter().fold(0usize, |value, byte| value << 8 | usize::from(*byte));
        let end = start.checked_add(length)?;
        if end > data.len() {
            return None;
        }
        if length > 0 {
            units.push(Unit { end, whole: data.slice(position..end), nal: data.slice(start..end) });
        }
        position = end;
    }
    Some(units)
}

/// The units in one piece. No copy if they are `framed` as they must be and stand side by side.
fn joined(data: &Bytes, units: &[Unit], framed: bool) -> Bytes {
    let (Some(first), Some(last)) = (units.first(), units.last()) else { return Bytes::new() };
    let start = first.end - first.whole.len();
    let size: usize = units.iter().map(|unit| unit.whole.len()).sum();
    if framed && size == last.end - start {
        return data.slice(start..last.end);
    }
    if !framed {
        return h264::length_prefixed(&units.iter().map(|unit| unit.nal.clone()).collect::<Vec<_>>());
    }
    let mut out = BytesMut::with_capacity(size);
    for unit in units {
        out.extend_from_slice(&unit.whole);
    }
    out.freeze()
}

/// The known configuration if the new one says the same.
fn kept(known: Option<&Arc<TrackConfig>>, new: TrackConfig) -> Arc<TrackConfig> {
    known.filter(|known| ***known == new).cloned().unwrap_or_else(|| Arc::new(new))
}

/// Reads an Opus identification header (RFC 7845, 5.1).
fn opus_config(header: &Bytes) -> Option<AudioConfig> {
    let channels = *header.strip_prefix(b"OpusHead")?.get(1)?;
    (1..=8).contains(&channels).then_some(AudioConfig { setup: AudioSetup::Opus, sample_rate: 48_000, channels })
}

/// RTMP's clock of 32 bits, unwrapped. Both tracks share it, so that one wraps for both.
#[derive(Debug, Default)]
struct Clock {
    last: Option<i64>,
}

impl Clock {
    /// Milliseconds that do not wrap: the value nearest to the last one.
    fn unwrap(&mut self, timestamp: u32) -> i64 {
        let now = self
            .last
            .map_or(i64::from(timestamp), |last| last + i64::from(timestamp.wrapping_sub(last as u32).cast_signed()));
        self.last = Some(now);
        now
    }
}

/// The exact time of sound whose timestamps were rounded to milliseconds: counted in samples as long as the count agrees
/// with the timestamps.
#[derive(Debug)]
struct Pace {
    step: i64,
    rate: u32,
    /// The time counting began at, in milliseconds, and the samples since.
    run: Option<(i64, i64)>,
}

impl Pace {
    /// Rounding on both ends makes up to one millisecond each.
    const TOLERANCE: MediaTime = MediaTime::from_millis(2);

    const fn new(step: i64, rate: u32) -> Self {
        Self { step, rate, run: None }
    }

    fn next(&mut self, millis: i64) -> MediaTime {
        let told = MediaTime::from_millis(millis);
        if let Some((began, samples)) = self.run {
            let counted = MediaTime::from_millis(began) + MediaTime::from_ticks(samples, self.rate);
            if (counted - told).nanos().abs() <= Self::TOLERANCE.nanos() {
                self.run = Some((began, samples + self.step));
                return counted;
            }
        }
        self.run = Some((millis, self.step));
        told
    }
}

#[cfg(test)]
mod tests;
