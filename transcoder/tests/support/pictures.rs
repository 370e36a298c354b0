//! Pictures as encoders send them.

use std::sync::Arc;

use bytes::Bytes;
use klieg_media::codec::{TrackConfig, VideoConfig, VideoSetup, h264};
use klieg_media::time::MediaTime;

use super::ffmpeg;

/// HEVC without B-frames, a keyframe every second, by ffmpeg and x265.
pub(crate) fn hevc_pictures(seconds: u32) -> (Arc<TrackConfig>, Vec<Picture>) {
    let input = format!("testsrc2=size=320x240:rate=30:duration={seconds}");
    let x265 = "log-level=error:bframes=0:keyint=30:min-keyint=30:scenecut=0:aud=1:repeat-headers=1";
    let stream = ffmpeg(
        &[
            "-f",
            "lavfi",
            "-i",
            &input,
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
            "-x265-params",
        ]
        .into_iter()
        .chain([x265, "-f", "hevc", "pipe:1"])
        .collect::<Vec<_>>(),
        Vec::new(),
    );
    let (mut vps, mut sps, mut pps) = (Vec::new(), Vec::new(), Vec::new());
    let mut units: Vec<Vec<Bytes>> = Vec::new();
    for nal in h264::annex_b_nals(&stream) {
        match nal[0] >> 1 & 0x3f {
            32 => vps = vec![nal],
            33 => sps = vec![nal],
            34 => pps = vec![nal],
            35 => units.push(Vec::new()),
            0..=31 => units.last_mut().unwrap().push(nal),
            _ => {}
        }
    }
    let setup = VideoSetup::Hevc { vps, sps, pps };
    let config = Arc::new(TrackConfig::Video(VideoConfig { setup, width: 320, height: 240 }));
    let picture = |(index, nals): (usize, Vec<Bytes>)| {
        let time = MediaTime::from_ticks(index as i64, 30);
        let keyframe = nals.iter().any(|nal| (16..=23).contains(&(nal[0] >> 1 & 0x3f)));
        Picture { pts: time, dts: time, keyframe, payload: h264::length_prefixed(&nals) }
    };
    (config, units.into_iter().enumerate().map(picture).collect())
}

/// A picture with its places in decoding and in showing.
#[derive(Clone)]
pub(crate) struct Picture {
    pub(crate) pts: MediaTime,
    pub(crate) dts: MediaTime,
    pub(crate) keyframe: bool,
    pub(crate) payload: Bytes,
}

/// H.264 with three B-frames in a row, a keyframe every second, by ffmpeg and x264.
pub(crate) fn pictures_with_b_frames(size: &str, seconds: u32) -> (Arc<TrackConfig>, Vec<Picture>) {
    let input = format!("testsrc2=size={size}:rate=30:duration={seconds}");
    let x264 =
        ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-b_strategy", "0", "-g", "30", "-pix_fmt", "yuv420p"];
    let mut arguments = vec!["-f", "lavfi", "-i", &input];
    arguments.extend(x264);
    arguments.extend(["-f", "flv", "pipe:1"]);
    let flv = ffmpeg(&arguments, Vec::new());
    let (mut config, mut pictures) = (None, Vec::new());
    let mut position = 9 + 4;
    while let Some(header) = flv.get(position..position + 11) {
        let size = usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]);
        let time =
            i64::from(header[7]) << 24 | i64::from(header[4]) << 16 | i64::from(header[5]) << 8 | i64::from(header[6]);
        let body = flv.slice(position + 11..position + 11 + size);
        position += 11 + size + 4;
        if header[0] != 9 {
            continue;
        }
        let composition = i64::from(body[2]) << 16 | i64::from(body[3]) << 8 | i64::from(body[4]);
        match body[1] {
            0 => config = h264::parse_avcc(&body.slice(5..)).map(|(video, _)| Arc::new(TrackConfig::Video(video))),
            1 => pictures.push(Picture {
                pts: MediaTime::from_millis(time + composition),
                dts: MediaTime::from_millis(time),
                keyframe: body[0] >> 4 == 1,
                payload: body.slice(5..),
            }),
            _ => {}
        }
    }
    (config.unwrap(), pictures)
}
