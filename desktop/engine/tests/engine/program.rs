//! The programme goes on whatever its sources do.

use std::process::{Child, Command, Stdio};

use klieg_studio_model::{Event, SourceState};

use crate::support::decode::{Picture, pictures};
use crate::support::{OnAir, assert_steady, recorded, wait_for};

#[test]
fn a_show_without_sources_is_dark_and_steady() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("dark.mkv");
    let show = format!("[canvas]\nwidth = 64\nheight = 64\n[[outputs]]\nkind = 'file'\npath = '{}'\n", path.display());
    let mut on_air = OnAir::start(&show);
    on_air.until_live("file");
    on_air.frames("file", 60.0);
    on_air.stop();
    let pictures = pictures(&path);
    assert!(pictures.iter().all(|picture| picture.is(32, 32, [16, 128, 128])));
    assert_steady(&pictures, on_air.lost());
}

#[test]
fn a_source_that_fails_is_tried_again_and_harms_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("later.mkv");
    let path = directory.path().join("show.mkv");
    let mut on_air = OnAir::start(&format!(
        "
        [canvas]
        width = 64
        height = 64
        [[sources]]
        name = 'late'
        kind = 'file'
        path = '{}'
        [[sources]]
        name = 'green'
        kind = 'test'
        pattern = 'green'
        [[scene]]
        source = 'green'
        [[scene]]
        source = 'late'
        width = 32
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        missing.display(),
        path.display()
    ));
    on_air.until("a failed source", |event| {
        matches!(event, Event::Source { name, state: SourceState::Restarting { reason } }
            if name == "late" && !reason.is_empty())
    });
    let red = "[canvas]\nwidth = 64\nheight = 64\n[[sources]]\nname = 'r'\nkind = 'test'\npattern = 'red'\n[[scene]]\nsource = 'r'\n";
    std::fs::rename(recorded(directory.path(), "red.mkv", red, 40.0), &missing).unwrap();
    on_air.until(
        "the source live",
        |event| matches!(event, Event::Source { name, state: SourceState::Live } if name == "late"),
    );
    on_air.frames("file", 45.0);
    on_air.stop();
    let pictures = pictures(&path);
    // A machine that is busy records it before the other source has begun.
    let begun =
        pictures.iter().position(|picture| picture.is(48, 32, [173, 42, 26])).expect("the other source is seen");
    let pictures = &pictures[begun..];
    // Its place holds a dark slate as long as it is away.
    assert!(pictures.iter().any(|picture| picture.at(4, 4)[0] < 60), "{:?}", pictures[0].at(4, 4));
    let both = |picture: &&Picture| picture.is(16, 32, [63, 102, 240]) && picture.is(48, 32, [173, 42, 26]);
    assert!(pictures.iter().filter(both).count() > 10, "the late source is not seen beside the other");
    assert!(pictures.iter().all(|picture| picture.is(48, 32, [173, 42, 26])), "the other source suffered");
}

/// An X server without a screen to look at.
struct Xvfb(Child, u32);

impl Xvfb {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let chosen = directory.path().join("display");
        let file = std::fs::File::create(&chosen).unwrap();
        let child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "320x180x24", "-br", "-nolisten", "tcp"])
            .stdout(file)
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (apt-get install xvfb)");
        let display =
            wait_for("a display", || std::fs::read_to_string(&chosen).ok()?.strip_suffix('\n')?.trim().parse().ok());
        Self(child, display)
    }
}

impl Drop for Xvfb {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_x11_screen_is_shown() {
    let screen = Xvfb::start();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("screen.mkv");
    let mut on_air = OnAir::start(&format!(
        "
        [canvas]
        width = 320
        height = 180
        [[sources]]
        name = 'green'
        kind = 'test'
        pattern = 'green'
        [[sources]]
        name = 'desktop'
        kind = 'screen'
        display = ':{}'
        cursor = false
        [[scene]]
        source = 'green'
        [[scene]]
        source = 'desktop'
        width = 160
        height = 90
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        screen.1,
        path.display()
    ));
    on_air.until(
        "the screen live",
        |event| matches!(event, Event::Source { name, state: SourceState::Live } if name == "desktop"),
    );
    on_air.frames("file", 60.0);
    on_air.stop();
    let pictures = pictures(&path);
    let last = pictures.last().unwrap();
    // The root window is black (`-br`).
    assert!(last.is(80, 45, [16, 128, 128]), "{:?}", last.at(80, 45));
    assert!(last.is(240, 135, [173, 42, 26]), "{:?}", last.at(240, 135));
}
