//! A live plane with the real transcoder, and sound and pictures made by real encoders.

#![allow(dead_code, reason = "each test file uses its part")]

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_media::authority::{IngestProtocol, PublishRequest, StaticAuthority};
use klieg_media::codec::{AudioConfig, AudioSetup, TrackConfig, VideoConfig, VideoSetup, h264};
use klieg_media::frame::Frame;
use klieg_media::hub::Hub;
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::rendition::{Received, Rendition};
use klieg_media::time::MediaTime;
use klieg_media::transcode::Transcoding;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(crate) const RATE: u32 = 48_000;
pub(crate) const TONE: f64 = 997.0;

/// One live plane and its transcoder, found among other tests' by the name it was started under.
pub(crate) struct Studio {
    pub(crate) hub: Arc<Hub>,
    pub(crate) shutdown: CancellationToken,
    program: PathBuf,
    _directory: tempfile::TempDir,
}

impl Studio {
    pub(crate) fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("transcoder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_klieg-transcoder"), &program).unwrap();
        let shutdown = CancellationToken::new();
        let transcoding = Transcoding::new(Some(program.clone()), shutdown.clone());
        let authority = Arc::new(StaticAuthority::new([("key", "show")]));
        let hub = Hub::new(authority, vec![transcoding], Duration::from_secs(5));
        Self { hub, shutdown, program, _directory: directory }
    }

    pub(crate) async fn publish(&self, protocol: IngestProtocol) -> Publisher {
        let peer = ([127, 0, 0, 1], 1).into();
        self.hub.publish(PublishRequest { key: "key".to_owned(), protocol, peer, encoder: None }).await.unwrap()
    }

    /// The running transcoder processes.
    pub(crate) fn processes(&self) -> Vec<i32> {
        let program = self.program.to_str().unwrap().as_bytes();
        let pids = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            command.starts_with(program).then_some(pid)
        });
        pids.collect()
    }
}

/// Waits until `condition` holds; fails after `limit`.
pub(crate) async fn eventually(what: &str, limit: Duration, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !condition() {
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits for a rendition by its name.
pub(crate) async fn rendition(publisher: &Arc<klieg_media::stream::Stream>, name: &str) -> Arc<Rendition> {
    eventually(name, Duration::from_secs(10), || publisher.rendition(name).is_some()).await;
    publisher.rendition(name).unwrap()
}

/// Collects a rendition's frames from now on until told to stop.
pub(crate) fn collect(rendition: &Rendition) -> Collection {
    let mut subscription = rendition.subscribe();
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let task = tokio::spawn(async move {
        let mut frames = Vec::new();
        loop {
            tokio::select! {
                () = stopped.cancelled() => return frames,
                received = subscription.next() => match received {
                    Some(Received::Frame(frame)) => frames.push(frame),
                    Some(Received::Skipped(count)) => panic!("the test skipped {count} frames"),
                    None => return frames,
                },
            }
        }
    });
    Collection { stop, task }
}

pub(crate) struct Collection {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Vec<Arc<Frame>>>,
}

impl Collection {
    pub(crate) async fn finish(self) -> Vec<Arc<Frame>> {
        self.stop.cancel();
        self.task.await.unwrap()
    }
}

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

fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Bytes {
    let mut child = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("ffmpeg is installed");
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    assert!(output.status.success());
    output.stdout.into()
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
