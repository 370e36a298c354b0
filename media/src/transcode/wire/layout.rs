//! The parts of messages that have several forms: targets and configurations.

#![deny(clippy::indexing_slicing)]

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::{H264Target, Target, WireError};
use crate::codec::{AudioConfig, AudioSetup, TrackConfig, VideoConfig, VideoSetup};
use crate::time::MediaTime;

pub(super) fn put_target(out: &mut BytesMut, target: &Target) {
    match target {
        Target::Opus { bitrate } => {
            out.put_u8(1);
            out.put_u32(*bitrate);
        }
        Target::Aac { bitrate } => {
            out.put_u8(2);
            out.put_u32(*bitrate);
        }
        Target::H264(video) => {
            out.put_u8(3);
            out.put_u16(video.width);
            out.put_u16(video.height);
            out.put_u32(video.bitrate);
            out.put_i64(video.from.nanos());
        }
    }
}

pub(super) fn get_target(body: &mut Bytes) -> Result<Target, WireError> {
    Ok(match body.try_get_u8()? {
        1 => Target::Opus { bitrate: body.try_get_u32()? },
        2 => Target::Aac { bitrate: body.try_get_u32()? },
        3 => Target::H264(H264Target {
            width: body.try_get_u16()?,
            height: body.try_get_u16()?,
            bitrate: body.try_get_u32()?,
            from: MediaTime::from_nanos(body.try_get_i64()?),
        }),
        _ => return Err(WireError::Malformed),
    })
}

pub(super) fn put_config(out: &mut BytesMut, config: &TrackConfig) {
    match config {
        TrackConfig::Video(video) => {
            let (tag, sets): (u8, Vec<&[Bytes]>) = match &video.setup {
                VideoSetup::H264 { sps, pps } => (1, vec![sps, pps]),
                VideoSetup::Hevc { vps, sps, pps } => (2, vec![vps, sps, pps]),
                VideoSetup::Av1 { sequence_header } => (3, vec![std::slice::from_ref(sequence_header)]),
                VideoSetup::Vp8 => (4, vec![]),
                VideoSetup::Vp9 { .. } => (5, vec![]),
            };
            out.put_u8(tag);
            out.put_u32(video.width);
            out.put_u32(video.height);
            if let VideoSetup::Vp9 { profile } = video.setup {
                out.put_u8(profile);
            }
            for set in sets {
                // No codec allows more of them; what is beyond is not needed to decode.
                out.put_u8(set.len().min(255) as u8);
                for unit in set.iter().take(255) {
                    put_blob(out, unit);
                }
            }
        }
        TrackConfig::Audio(audio) => {
            match &audio.setup {
                AudioSetup::Aac { specific_config } => {
                    out.put_u8(16);
                    put_blob(out, specific_config);
                }
                AudioSetup::Opus => out.put_u8(17),
            }
            out.put_u32(audio.sample_rate);
            out.put_u8(audio.channels);
        }
    }
}

pub(super) fn get_config(body: &mut Bytes) -> Result<TrackConfig, WireError> {
    let tag = body.try_get_u8()?;
    let audio = |setup, body: &mut Bytes| -> Result<TrackConfig, WireError> {
        let (sample_rate, channels) = (body.try_get_u32()?, body.try_get_u8()?);
        Ok(TrackConfig::Audio(AudioConfig { setup, sample_rate, channels }))
    };
    match tag {
        16 => {
            let specific_config = get_blob(body)?;
            return audio(AudioSetup::Aac { specific_config }, body);
        }
        17 => return audio(AudioSetup::Opus, body),
        _ => {}
    }
    let (width, height) = (body.try_get_u32()?, body.try_get_u32()?);
    let setup = match tag {
        1 => VideoSetup::H264 { sps: get_set(body)?, pps: get_set(body)? },
        2 => VideoSetup::Hevc { vps: get_set(body)?, sps: get_set(body)?, pps: get_set(body)? },
        3 => VideoSetup::Av1 { sequence_header: get_set(body)?.into_iter().next().ok_or(WireError::Malformed)? },
        4 => VideoSetup::Vp8,
        5 => VideoSetup::Vp9 { profile: body.try_get_u8()? },
        _ => return Err(WireError::Malformed),
    };
    Ok(TrackConfig::Video(VideoConfig { setup, width, height }))
}

/// A parameter set or the like, at most 65,535 bytes.
fn put_blob(out: &mut BytesMut, blob: &Bytes) {
    let blob = blob.get(..blob.len().min(usize::from(u16::MAX))).unwrap_or_default();
    out.put_u16(blob.len() as u16);
    out.put_slice(blob);
}

fn get_blob(body: &mut Bytes) -> Result<Bytes, WireError> {
    let length = usize::from(body.try_get_u16()?);
    if body.len() < length { Err(WireError::Malformed) } else { Ok(body.split_to(length)) }
}

fn get_set(body: &mut Bytes) -> Result<Vec<Bytes>, WireError> {
    let count = body.try_get_u8()?;
    (0..count).map(|_| get_blob(body)).collect()
}
