//! Monitors of a display, which are shown by their names.

use std::process::Command;

use klieg_studio_model::{Event, SourceState};

use crate::support::decode::{Picture, pictures};
use crate::support::running::{ENGINE, Running};
use crate::support::x11::Display;

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const BLUE: [u8; 3] = [32, 240, 118];

const MIDDLE: (usize, usize) = (160, 90);

#[test]
fn a_monitor_is_shown_wherever_it_stands_and_its_place_when_it_is_gone() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    display.divide();
    display.open("Red", "Red", 0xff_0000, [0, 0, 320, 480]);
    display.open("Blue", "Blue", 0x00_00ff, [320, 0, 320, 480]);
    let (show, recording) = (directory.path().join("show.toml"), directory.path().join("monitor.mkv"));
    let text = format!(
        "
        [canvas]
        width = 320
        height = 180
        [[sources]]
        name = 'desk'
        kind = 'screen'
        display = '{}'
        monitor = 'right'
        area = [320, 0, 320, 480]
        cursor = false
        [[scene]]
        source = 'desk'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        display.name,
        recording.display()
    );
    std::fs::write(&show, text).unwrap();
    let mut engine = Command::new(ENGINE);
    engine.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    let mut running = Running::start(&mut engine, &show);
    let is_shown = |event: &Event| matches!(event, Event::Source { state: SourceState::Live, .. });
    running.until("the monitor", is_shown);
    running.frames(30.0);
    display.arrange(&[("left", 320), ("right", 0)]);
    running.until("its other place", is_shown);
    running.frames(30.0);
    display.arrange(&[("left", 320)]);
    running.until("where it was when it was chosen", is_shown);
    running.record(30.0);

    let (x, y) = MIDDLE;
    let known = |picture: &Picture| [RED, BLUE].into_iter().find(|colour| picture.is(x, y, *colour));
    let mut seen: Vec<_> = pictures(&recording).iter().filter_map(known).collect();
    seen.dedup();
    assert_eq!(seen, [BLUE, RED, BLUE]);
}
