//! Which encoder is taken where the best is missing.

use std::os::unix::fs::symlink;
use std::process::Command;

use gstreamer as gst;
use klieg_studio_model::Event;

use crate::support::BALL_AND_TONE;
use crate::support::decode::pictures;
use crate::support::running::{ENGINE, Running};

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
