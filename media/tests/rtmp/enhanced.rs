//! Enhanced RTMP: codecs behind a FourCC. The streams and their configuration records are made by ffmpeg, and what comes
//! out is decoded by ffmpeg again.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use klieg_media::codec::{Codec, VideoSetup, av1, h264, hevc};
use klieg_media::rtmp::message::kind;

use crate::client::Client;
use crate::harness::{KEY, Node, frames, rendition};

const LONG: Duration = Duration::from_mins(2);
const SEQUENCE_START: u8 = 0;
const CODED_FRAMES: u8 = 1;
const FRAMES: usize = 20;

/// Encodes 20 frames of 320x180 at 25 a second into a file of the given name.
fn encode(directory: &Path, arguments: &str, name: &str) -> Bytes {
    let base =
        "-hide_banner -loglevel error -y -f lavfi -i testsrc2=size=320x180:rate=25 -frames:v 20 -pix_fmt yuv420p";
    let path = directory.join(name);
    let arguments = base.split_whitespace().chain(arguments.split_whitespace());
    assert!(Command::new("ffmpeg").args(arguments).arg(&path).status().unwrap().success());
    std::fs::read(path).unwrap().into()
}

/// How many frames ffmpeg decodes from a raw stream.
fn decoded(directory: &Path, format: &str, stream: &[u8]) -> usize {
    let path = directory.join("received");
    std::fs::write(&path, stream).unwrap();
    let mut command = Command::new("ffmpeg");
    command.args(["-hide_banner", "-loglevel", "error", "-xerror", "-f", format, "-i"]).arg(path);
    let output = command.args(["-vsync", "passthrough", "-f", "framemd5", "-"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.starts_with('#')).count()
}

/// The content of an MP4 file's box, found by its name.
fn mp4_box(file: &Bytes, name: &str) -> Bytes {
    let position = file.windows(4).position(|window| window == name.as_bytes()).unwrap();
    let size = u32::from_be_bytes(file[position - 4..position].try_into().unwrap()) as usize;
    file.slice(position + 4..position - 4 + size)
}

fn video_tag(keyframe: bool, packet: u8, name: &str, composition: bool, data: &[u8]) -> Bytes {
    let mut tag = BytesMut::new();
    tag.put_u8(0x80 | if keyframe { 0x10 } else { 0x20 } | packet);
    tag.put_slice(name.as_bytes());
    if composition {
        tag.put_slice(&[0, 0, 40]);
    }
    tag.put_slice(data);
    tag.freeze()
}

#[tokio::test(flavor = "multi_thread")]
async fn hevc_comes_through_and_decodes() {
    let directory = tempfile::tempdir().unwrap();
    let codec = "-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=10:bframes=0";
    let record = mp4_box(&encode(directory.path(), &format!("{codec} -tag:v hvc1"), "a.mp4"), "hvcC");
    let raw = encode(directory.path(), &format!("{codec} -bsf:v hevc_metadata=aud=insert -f hevc"), "a.hevc");
    let mut units: Vec<Vec<Bytes>> = Vec::new();
    for nal in h264::annex_b_nals(&raw) {
        if hevc::nal_type(&nal) == hevc::NAL_AUD {
            units.push(Vec::new());
        }
        units.last_mut().unwrap().push(nal);
    }
    assert_eq!(units.len(), FRAMES);

    let node = Node::start(LONG).await;
    let mut client = Client::publish(&node, KEY).await;
    let stream = node.live().await;
    client.send(1, kind::VIDEO, 0, video_tag(true, SEQUENCE_START, "hvc1", false, &record)).await;
    let mut keyframes = 0;
    for (number, unit) in units.iter().enumerate() {
        let key = unit.iter().any(|nal| hevc::is_random_access(hevc::nal_type(nal)));
        keyframes += usize::from(key);
        let tag = video_tag(key, CODED_FRAMES, "hvc1", true, &h264::length_prefixed(unit));
        client.send(1, kind::VIDEO, number as u32 * 40, tag).await;
        if number == 0 {
            rendition(&stream, "source").await;
        }
    }
    assert_eq!(keyframes, 2);
    // The backlog begins at the last keyframe.
    let source = rendition(&stream, "source").await;
    crate::harness::eventually("all frames", || (received(&source) == FRAMES).then_some(())).await;
    let received = frames(&mut source.subscribe(), FRAMES / 2).await;
    let video = received[0].config.video().unwrap();
    assert_eq!((video.setup.codec(), video.width, video.height), (Codec::Hevc, 320, 180));
    assert_eq!((received[0].pts - received[0].dts).millis(), 40);
    let VideoSetup::Hevc { vps, sps, pps } = &video.setup else { panic!("{video:?}") };

    let own = hevc::hvcc(vps, sps, pps);
    assert_eq!(own[..13], record[..13], "profile, tier and level");
    assert_eq!(own[16..19], record[16..19], "chroma format and bit depths");
    assert_eq!(hevc::parse_hvcc(&own).unwrap().0, *video);
    assert!(hevc::rfc6381(sps).starts_with("hvc1.1.6.L"), "{}", hevc::rfc6381(sps));

    let mut annex_b = BytesMut::new();
    let sets = vps.iter().chain(sps).chain(pps).cloned();
    for nal in sets.chain(received.iter().flat_map(|frame| h264::nals(&frame.payload).collect::<Vec<_>>())) {
        annex_b.put_u32(1);
        annex_b.put_slice(&nal);
    }
    assert_eq!(decoded(directory.path(), "hevc", &annex_b), FRAMES / 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn av1_comes_through_and_decodes() {
    let directory = tempfile::tempdir().unwrap();
    let codec = "-c:v libaom-av1 -cpu-used 8 -usage realtime -g 20";
    let record = mp4_box(&encode(directory.path(), codec, "a.mp4"), "av1C");
    let raw = encode(directory.path(), &format!("{codec} -f obu"), "a.obu");
    let mut units: Vec<BytesMut> = Vec::new();
    for obu in av1::obus(&raw) {
        if obu.kind == av1::OBU_TEMPORAL_DELIMITER {
            units.push(BytesMut::new());
        }
        units.last_mut().unwrap().extend_from_slice(&obu.whole);
    }
    assert_eq!(units.len(), FRAMES);

    let node = Node::start(LONG).await;
    let mut client = Client::publish(&node, KEY).await;
    let stream = node.live().await;
    client.send(1, kind::VIDEO, 0, video_tag(true, SEQUENCE_START, "av01", false, &record)).await;
    for (number, unit) in units.iter().enumerate() {
        let tag = video_tag(number == 0, CODED_FRAMES, "av01", false, unit);
        client.send(1, kind::VIDEO, number as u32 * 40, tag).await;
    }
    let received = frames(&mut rendition(&stream, "source").await.subscribe(), FRAMES).await;
    let video = received[0].config.video().unwrap();
    assert_eq!((video.setup.codec(), video.width, video.height), (Codec::Av1, 320, 180));
    let VideoSetup::Av1 { sequence_header } = &video.setup else { panic!("{video:?}") };
    assert_eq!(av1::av1c(sequence_header), record);
    assert_eq!(av1::rfc6381(sequence_header), "av01.0.00M.08");

    let mut obus = BytesMut::new();
    for (number, frame) in received.iter().enumerate() {
        let kinds: Vec<_> = av1::obus(&frame.payload).map(|obu| obu.kind).collect();
        assert!(!kinds.contains(&av1::OBU_SEQUENCE_HEADER) && !kinds.contains(&av1::OBU_TEMPORAL_DELIMITER));
        obus.put_slice(&[0x12, 0]);
        if number == 0 {
            obus.put_slice(sequence_header);
        }
        obus.put_slice(&frame.payload);
    }
    assert_eq!(decoded(directory.path(), "obu", &obus), FRAMES);
}

#[tokio::test(flavor = "multi_thread")]
async fn vp9_comes_through_with_opus_beside_it() {
    let directory = tempfile::tempdir().unwrap();
    let raw = encode(directory.path(), "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -f ivf", "a.ivf");
    let mut rest = raw.slice(32..);
    let mut units = Vec::new();
    while !rest.is_empty() {
        let size = u32::from_le_bytes(rest[..4].try_into().unwrap()) as usize;
        units.push(rest.slice(12..12 + size));
        rest = rest.slice(12 + size..);
    }

    let node = Node::start(LONG).await;
    let mut client = Client::publish(&node, KEY).await;
    let stream = node.live().await;
    let header = [&b"\x90Opus"[..], b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00"].concat();
    client.send(1, kind::AUDIO, 0, header.into()).await;
    for (number, unit) in units.iter().enumerate() {
        let time = number as u32 * 40;
        client.send(1, kind::VIDEO, time, video_tag(number == 0, CODED_FRAMES, "vp09", false, unit)).await;
        // 20 ms of silence each.
        client.send(1, kind::AUDIO, time, Bytes::from_static(b"\x91Opus\xf8\xff\xfe")).await;
        client.send(1, kind::AUDIO, time + 20, Bytes::from_static(b"\x91Opus\xf8\xff\xfe")).await;
    }
    let received = frames(&mut rendition(&stream, "source").await.subscribe(), units.len()).await;
    let video = received[0].config.video().unwrap();
    assert_eq!((&video.setup, video.width, video.height), (&VideoSetup::Vp9 { profile: 0 }, 320, 180));
    assert!(received.iter().zip(&units).all(|(frame, unit)| frame.payload == *unit));
    let sound = frames(&mut rendition(&stream, "opus").await.subscribe(), units.len()).await;
    assert_eq!(sound[0].config.audio().map(|config| config.channels), Some(2));
    assert!(sound.windows(2).all(|pair| (pair[1].dts - pair[0].dts).millis() == 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_codec_that_changes_while_live_goes_on_with_the_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let record = mp4_box(&encode(directory.path(), "-c:v libx264 -preset ultrafast", "a.mp4"), "avcC");
    let hevc = mp4_box(
        &encode(directory.path(), "-c:v libx265 -preset ultrafast -x265-params log-level=error -tag:v hvc1", "b.mp4"),
        "hvcC",
    );
    let node = Node::start(LONG).await;
    let mut client = Client::publish(&node, KEY).await;
    let stream = node.live().await;
    let units: [(&str, &Bytes, &[u8]); 2] =
        [("avc1", &record, &[0, 0, 0, 2, 0x65, 1]), ("hvc1", &hevc, &[0, 0, 0, 3, 0x26, 1, 1])];
    let source = async { rendition(&stream, "source").await };
    for (time, (name, record, unit)) in units.into_iter().enumerate() {
        client.send(1, kind::VIDEO, 0, video_tag(true, SEQUENCE_START, name, false, record)).await;
        client.send(1, kind::VIDEO, time as u32 * 40, video_tag(true, CODED_FRAMES, name, true, unit)).await;
    }
    let source = source.await;
    let codec = || source.config().filter(|config| config.codec() == Codec::Hevc);
    crate::harness::eventually("the other codec", codec).await;
}

fn received(rendition: &klieg_media::rendition::Rendition) -> usize {
    rendition.meter().report(std::time::Instant::now()).frames as usize
}
