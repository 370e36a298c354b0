//! Which encoder is used when the one that should be does not work, is too slow, ends the process that tries it, or breaks on air.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use gstreamer as gst;
use klieg_engine::{EncoderKind, Prober};
use klieg_studio_model::{Canvas, Event, OutputState, Preset, VideoSettings};

use crate::nginx::{Nginx, recordings};
use crate::support::decode::{counted, pictures, pictures_of};
use crate::support::faulty::{FAULTY, Faulty};
use crate::support::port::Port;
use crate::support::running::{ENGINE, Running};
use crate::support::whip_server::{KEY, WhipServer};
use crate::support::{BALL_AND_TONE, OnAir, assert_steady, wait_for};

/// A program that tries encoders, with results of its own: see there.
const TRIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/support/tries-encoders");

fn show(video: &str, folder: &Path) -> String {
    format!(
        "
        [canvas]
        width = 320
        height = 180
        [video]
        bitrate = 800
        {video}
        {BALL_AND_TONE}
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        folder.join("kept.mkv").display()
    )
}

/// The encoder that a show uses, and what was said before it was chosen. The show goes on air with it.
fn used(video: &str, prober: Prober) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut on_air = OnAir::with(&show(video, folder.path()), prober);
    let mut said = String::new();
    let chosen = on_air.until("an encoder", |event| {
        if let Event::Warning { text } = event {
            said.push_str(text);
        }
        matches!(event, Event::Encoder(_))
    });
    on_air.until_live("file");
    on_air.stop();
    let Event::Encoder(report) = chosen else { unreachable!() };
    (report.encoder, said)
}

#[test]
fn one_that_was_chosen_and_does_not_work_is_replaced_aloud() {
    // Only macOS has the one, only Windows the other.
    let missing = if cfg!(target_os = "macos") { "mfh264enc" } else { "vtenc_h264_hw" };
    let (encoder, said) = used(&format!("encoder = '{missing}'"), Prober::default());
    assert_ne!(encoder, missing);
    assert!(said.contains(missing) && said.contains("which was chosen, is not used: not present"), "{said}");
    assert!(said.contains("In its place: "), "{said}");
}

#[test]
fn a_slow_one_is_passed_over_for_one_that_is_fast_enough() {
    let (encoder, said) = used("", Prober::new(Some(TRIES.into()), None));
    assert_eq!(encoder, "openh264enc");
    assert!(said.contains("x264enc) is not used: only 5 frames a second"), "{said}");
    // Who chose it has it.
    let (encoder, said) = used("encoder = 'x264enc'", Prober::new(Some(TRIES.into()), None));
    assert_eq!((encoder.as_str(), said.as_str()), ("x264enc", ""));
}

#[test]
fn where_no_encoder_of_a_codec_works_it_is_h264() {
    let (encoder, said) = used("codec = 'hevc'", Prober::new(Some(TRIES.into()), None));
    assert_eq!(encoder, "openh264enc");
    assert!(said.contains("file gets H.264 in place of HEVC"), "{said}");
    assert!(said.contains("x265enc: its test ended with signal: 9"), "{said}");
}

#[test]
fn those_in_software_are_tried_in_a_child_process_too() {
    let canvas = Canvas { width: 320, height: 180, fps: 30 };
    let settings = VideoSettings { preset: Preset::Ultrafast, bitrate: 700, ..VideoSettings::default() };
    let x264 = EncoderKind::named("x264enc").unwrap();
    let measured = Prober::new(Some(ENGINE.into()), None).attempt(x264, &settings, canvas).unwrap();
    assert!(measured.frames >= 15 && measured.fps > 0.0, "{measured:?}");
    let crash = Prober::new(Some(TRIES.into()), None).attempt(EncoderKind::named("av1enc").unwrap(), &settings, canvas);
    assert!(crash.unwrap_err().starts_with("its test ended with signal: 9"));
}

#[test]
fn openh264_takes_over_where_x264_is_not_installed() {
    gst::init().unwrap();
    let x264 = gst::Registry::get().find_plugin("x264").expect("apt-get install gstreamer1.0-plugins-ugly");
    let x264 = x264.filename().unwrap();
    // A machine like this one, but for that plugin.
    let folder = tempfile::tempdir().unwrap();
    let plugins = folder.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    for plugin in std::fs::read_dir(x264.parent().unwrap()).unwrap() {
        let plugin = plugin.unwrap();
        if Some(plugin.file_name().as_os_str()) != x264.file_name() {
            symlink(plugin.path(), plugins.join(plugin.file_name())).unwrap();
        }
    }
    let (show, path) = (folder.path().join("show.toml"), folder.path().join("show.mkv"));
    let text = format!(
        "
        [canvas]
        width = 320
        height = 180
        [video]
        bitrate = 600
        {BALL_AND_TONE}
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        path.display()
    );
    std::fs::write(&show, text).unwrap();
    let mut engine = Command::new(ENGINE);
    engine.env("GST_PLUGIN_SYSTEM_PATH_1_0", &plugins).env("GST_REGISTRY_1_0", folder.path().join("registry.bin"));
    engine.env_remove("GST_PLUGIN_PATH_1_0").env_remove("GST_PLUGIN_PATH");
    let mut running = Running::start(&mut engine, &show);
    running.until("an encoder", |event| {
        let Event::Encoder(report) = event else { return false };
        assert_eq!(report.encoder, "openh264enc", "{}", report.reason);
        assert!(report.reason.contains("x264enc: not installed"), "{}", report.reason);
        true
    });
    running.record(60.0);
    let pictures = pictures(&path);
    assert!(pictures.len() >= 45, "{} pictures", pictures.len());
}

/// A show that the faulty encoder encodes, with outputs.
fn faulty(outputs: &str) -> OnAir {
    let show = format!(
        "
        [canvas]
        width = 320
        height = 180
        [video]
        bitrate = 800
        encoder = '{FAULTY}'
        {BALL_AND_TONE}
        {outputs}
        "
    );
    OnAir::with(&show, Prober::new(Some(TRIES.into()), None))
}

/// An output to an nginx in this folder.
fn to_nginx(folder: &Path) -> (Nginx, String) {
    let port = Port::reserve();
    let output =
        format!("[[outputs]]\nkind = 'rtmp'\nurl = 'rtmp://127.0.0.1:{}/live'\nkey = 'sk-test'\n", port.number);
    (Nginx::start(folder, &port), output)
}

/// The next encoder, after it has encoded two seconds for an output, and what was said. No output may connect anew for it.
fn next(on_air: &OnAir, output: &str) -> (String, String) {
    let (mut next, mut said, mut sent) = (String::new(), String::new(), 0.0);
    on_air.until("two seconds by another encoder", |event| {
        match event {
            Event::Warning { text } => said.push_str(text),
            Event::Encoder(report) => next.clone_from(&report.encoder),
            Event::Health { name, fps, .. } if name == output && !next.is_empty() => sent += fps,
            Event::Output { name, state } => assert_eq!(*state, OutputState::Live, "{name}"),
            _ => {}
        }
        sent >= 60.0
    });
    (next, said)
}

/// All that an nginx was sent, which must be one stream.
fn one_stream(folder: &Path, frames: usize) {
    // It writes through a buffer: the end of the stream flushes it.
    wait_for("the recording's end", || {
        let all = recordings(folder);
        assert!(all.len() <= 1, "{all:?}");
        (counted(all.first()?)?.0 >= frames).then_some(())
    });
}

#[test]
fn one_that_dies_on_air_is_replaced_and_what_others_encode_misses_no_frame() {
    let faulty_encoder = Faulty::install();
    let folder = tempfile::tempdir().unwrap();
    let (_nginx, rtmp) = to_nginx(folder.path());
    let path = folder.path().join("other.mkv");
    let other = format!(
        "[[outputs]]\nname = 'other'\nkind = 'file'\npath = '{}'\nvideo = {{ bitrate = 600, encoder = 'x264enc' }}\n",
        path.display()
    );
    let mut on_air = faulty(&format!("{rtmp}{other}"));
    on_air.until_live("rtmp");
    on_air.frames("rtmp", 60.0);
    faulty_encoder.dies();
    let (encoder, said) = next(&on_air, "rtmp");
    assert_eq!(encoder, "openh264enc");
    assert!(said.contains(FAULTY) && said.contains("which was chosen, is not used: it broke on air"), "{said}");
    assert!(said.contains("In its place: OpenH264"), "{said}");
    assert_eq!(on_air.engine().failure(), None);
    on_air.stop();
    one_stream(folder.path(), 100);
    // What this computer is too slow for may be missing, and nothing else.
    assert_steady(&pictures(&path), on_air.lost());
}

#[test]
fn one_that_hangs_on_air_is_noticed_and_replaced_and_every_output_goes_on() {
    let faulty_encoder = Faulty::install();
    let folder = tempfile::tempdir().unwrap();
    let (_nginx, rtmp) = to_nginx(folder.path());
    let server = WhipServer::start();
    let path = folder.path().join("kept.mkv");
    let file = format!("[[outputs]]\nkind = 'file'\npath = '{}'\n", path.display());
    let mut on_air = faulty(&format!("{rtmp}{file}{}", server.output("/whip", KEY)));
    on_air.until_live("rtmp");
    wait_for("a picture by WHIP", || (server.seen.lock().video.len() >= 30).then_some(()));
    on_air.frames("rtmp", 60.0);
    faulty_encoder.hangs();
    let (encoder, said) = next(&on_air, "rtmp");
    assert_eq!(encoder, "openh264enc");
    assert!(said.contains("frames went in and nothing came out") && said.contains("In its place: OpenH264"), "{said}");
    on_air.stop();
    one_stream(folder.path(), 100);
    // A container holds one encoder's parameter sets.
    for part in [path, folder.path().join("kept part 02.mkv")] {
        let pictures = pictures(&part);
        assert!(pictures.len() >= 45, "{}: {} pictures", part.display(), pictures.len());
    }
    let seen = server.seen.lock();
    assert_eq!(seen.posts, 1);
    assert!(seen.video.iter().skip(1).all(|unit| unit.contiguous));
    let pictures = pictures_of(seen.video.iter().map(|unit| unit.data.to_vec()).collect());
    assert!(pictures.len() + 2 >= seen.video.len(), "{} of {} decoded", pictures.len(), seen.video.len());
}
