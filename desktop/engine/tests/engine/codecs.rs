//! HEVC and AV1: recorded, published, and told apart from what only carries H.264.

use klieg_studio_model::{Event, OutputState};

use crate::support::decode::pictures;
use crate::support::whip_server::{KEY, WhipServer};
use crate::support::{BALL_AND_TONE, OnAir, recorded, wait_for};

fn show(codec: &str) -> String {
    format!(
        "
        [canvas]
        width = 320
        height = 180
        [video]
        codec = '{codec}'
        preset = 'ultrafast'
        bitrate = 600
        {BALL_AND_TONE}
        "
    )
}

/// The codec of a file's picture, as ffprobe names it.
fn codec_of(path: &std::path::Path) -> String {
    let asked = std::process::Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v", "-show_entries", "stream=codec_name", "-of", "csv=p=0"])
        .arg(path)
        .output()
        .expect("ffprobe (apt-get install ffmpeg)");
    String::from_utf8(asked.stdout).unwrap().trim().to_owned()
}

#[test]
fn recordings_play_in_either_container() {
    let folder = tempfile::tempdir().unwrap();
    for codec in ["hevc", "av1"] {
        for ending in ["mp4", "mkv"] {
            let path = recorded(folder.path(), &format!("{codec}.{ending}"), &show(codec), 60.0);
            assert_eq!(codec_of(&path), codec, "{}", path.display());
            let pictures = pictures(&path);
            assert!(pictures.len() >= 45, "{}: {} pictures", path.display(), pictures.len());
        }
    }
}

#[test]
fn whip_offers_what_is_encoded_and_sends_it() {
    for (codec, line) in [("hevc", "H265/90000"), ("av1", "AV1/90000")] {
        let server = WhipServer::start();
        let mut on_air = OnAir::start(&format!("{}{}", show(codec), server.output("/whip", KEY)));
        on_air.until_live("whip");
        wait_for("a second of picture", || (server.seen.lock().video.len() >= 30).then_some(()));
        on_air.stop();
        let seen = server.seen.lock();
        assert!(seen.offers[0].contains(line) && !seen.offers[0].contains("H264"), "{}", seen.offers[0]);
        assert!(seen.video.iter().skip(1).all(|unit| unit.contiguous), "{codec}");
    }
}

#[test]
fn rtmp_gets_h264_and_the_creator_is_told() {
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = deaf.local_addr().unwrap();
    let output = format!("[[outputs]]\nkind = 'rtmp'\nurl = 'rtmp://{address}/live'\nkey = 'k'\n");
    let mut on_air = OnAir::start(&format!("{}{output}", show("hevc")));
    on_air.until(
        "a warning",
        |event| matches!(event, Event::Warning { text } if text.contains("gets H.264 in place of HEVC")),
    );
    on_air.until("H.264", |event| matches!(event, Event::Encoder(report) if report.encoder.contains("264")));
    on_air.until("an attempt", |event| {
        matches!(event, Event::Output { state: OutputState::Connecting | OutputState::Reconnecting { .. }, .. })
    });
    on_air.stop();
}
