//! Real frames for tests: ffmpeg encodes, this reads its FLV file.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig, h264};
use klieg_media::frame::Frame;
use klieg_media::time::{MediaTime, WallTime};

/// One encoded access unit with the times the encoder gave it.
#[derive(Clone)]
pub(crate) struct Unit {
    pub(crate) config: Arc<TrackConfig>,
    pub(crate) dts: MediaTime,
    pub(crate) pts: MediaTime,
    pub(crate) keyframe: bool,
    pub(crate) payload: Bytes,
}

impl Unit {
    pub(crate) fn is_video(&self) -> bool {
        self.config.video().is_some()
    }

    /// The rendition it goes to.
    pub(crate) fn rendition(&self) -> &'static str {
        if self.is_video() { "source" } else { "aac" }
    }

    /// The unit `later` on a broadcast's timeline that began at `started`.
    pub(crate) fn frame(&self, later: MediaTime, epoch: u32, started: WallTime) -> Frame {
        let (pts, dts) = (self.pts + later, self.dts + later);
        Frame::new(self.config.clone(), pts, dts, started.plus(pts), self.keyframe, epoch, self.payload.clone())
    }
}

/// A clip of a whole number of seconds that can follow itself.
pub(crate) struct Clip {
    pub(crate) units: Vec<Unit>,
    pub(crate) length: MediaTime,
}

/// Four seconds of 30 pictures a second, a keyframe each second, and AAC at 48 kHz.
pub(crate) fn plain() -> &'static Clip {
    static CLIP: OnceLock<Clip> = OnceLock::new();
    CLIP.get_or_init(|| encode(4, 30, &["-g", "30", "-bf", "0"]))
}

/// As [`plain`], with two B-frames in a row and two seconds between keyframes.
pub(crate) fn reordered() -> &'static Clip {
    static CLIP: OnceLock<Clip> = OnceLock::new();
    CLIP.get_or_init(|| encode(4, 30, &["-g", "60", "-bf", "2"]))
}

/// As [`plain`] at 25 pictures a second, with one keyframe in four seconds.
pub(crate) fn seldom() -> &'static Clip {
    static CLIP: OnceLock<Clip> = OnceLock::new();
    CLIP.get_or_init(|| encode(4, 25, &["-g", "100", "-bf", "0"]))
}

/// As [`plain`] in another size.
pub(crate) fn resized() -> &'static Clip {
    static CLIP: OnceLock<Clip> = OnceLock::new();
    CLIP.get_or_init(|| encode(4, 30, &["-g", "30", "-bf", "0", "-s", "256x144"]))
}

/// Encodes a test picture and a tone.
pub(crate) fn encode(seconds: u32, rate: u32, video: &[&str]) -> Clip {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("clip.flv");
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", &format!("testsrc2=size=320x180:rate={rate}")])
        .args(["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", &seconds.to_string()])
        .args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-sc_threshold", "0"])
        .args(video)
        .args(["-c:a", "aac", "-ac", "2", "-b:a", "96k"])
        .arg(&file)
        .status()
        .unwrap();
    assert!(status.success(), "ffmpeg encodes the clip");
    let length = MediaTime::from_millis(i64::from(seconds) * 1_000);
    let mut units = read(&file);
    units.retain(|unit| unit.dts < length);
    Clip { units, length }
}

fn read(file: &Path) -> Vec<Unit> {
    let data = Bytes::from(std::fs::read(file).unwrap());
    let (mut video, mut audio) = (None, None);
    let mut units = Vec::new();
    let mut at = 13;
    while at + 11 <= data.len() {
        let number =
            |from: usize, count: usize| data[from..from + count].iter().fold(0usize, |n, &b| n << 8 | usize::from(b));
        let (kind, size) = (data[at], number(at + 1, 3));
        let dts = (number(at + 4, 3) | usize::from(data[at + 7]) << 24) as i64;
        let body = data.slice(at + 11..at + 11 + size);
        at += 11 + size + 4;
        match (kind, body.get(1)) {
            (9, Some(0)) => {
                video = h264::parse_avcc(&body.slice(5..)).map(|(config, _)| Arc::new(TrackConfig::Video(config)));
            }
            (9, Some(1)) => {
                let offset = i64::from(i32::from_be_bytes([0, body[2], body[3], body[4]]) << 8 >> 8);
                let nals: Vec<_> =
                    h264::nals(&body.slice(5..)).filter(|nal| (1..=5).contains(&h264::nal_type(nal))).collect();
                units.push(Unit {
                    config: video.clone().unwrap(),
                    dts: MediaTime::from_millis(dts),
                    pts: MediaTime::from_millis(dts + offset),
                    keyframe: body[0] >> 4 == 1,
                    payload: h264::length_prefixed(&nals),
                });
            }
            (8, Some(0)) => {
                let setup = AudioSetup::Aac { specific_config: body.slice(2..) };
                audio = Some(Arc::new(TrackConfig::Audio(AudioConfig { setup, sample_rate: 48_000, channels: 2 })));
            }
            (8, Some(1)) => units.push(Unit {
                config: audio.clone().unwrap(),
                dts: MediaTime::from_millis(dts),
                pts: MediaTime::from_millis(dts),
                keyframe: true,
                payload: body.slice(2..),
            }),
            _ => {}
        }
    }
    units
}
