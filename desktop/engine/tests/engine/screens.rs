//! Screens whose monitors come, go and change their resolution, on a display of the test's own.

use klieg_studio_model::{Event, SourceState};

use crate::support::OnAir;
use crate::support::decode::pictures;
use crate::support::x11::Display;
use crate::windows::{BLACK, MIDDLE, RED, SLATE, runs, until_away, until_live, until_on_air};

fn show(display: &Display, area: &str, recording: &std::path::Path) -> String {
    format!(
        "
        [canvas]
        width = 320
        height = 180
        [[sources]]
        name = 'screen'
        kind = 'screen'
        display = '{}'
        {area}
        [[scene]]
        source = 'screen'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        display.name,
        recording.display()
    )
}

#[test]
fn a_screen_is_shown_in_the_resolution_that_it_has_at_the_moment() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    let recording = directory.path().join("screen.mkv");
    display.open("Desktop", "everything", 0xff_0000, [0, 0, 640, 480]);
    let mut on_air = OnAir::start(&show(&display, "", &recording));
    until_on_air(&on_air);
    on_air.frames("file", 30.0);
    // Wider than it was, for its height: the borders left and right become smaller.
    display.set_size(320, 200);
    on_air.frames("file", 30.0);
    display.set_size(640, 480);
    on_air.frames("file", 30.0);
    on_air.stop();
    let pictures = pictures(&recording);
    // There is a border in 4:3, and none in 16:10.
    let seen = runs(&pictures, (28, 90));
    assert_eq!(seen, [RED, BLACK], "it ends as it began, with a border");
    let red = pictures.iter().skip_while(|picture| !picture.is(28, 90, RED)).take_while(|p| p.is(28, 90, RED)).count();
    assert!(red > 15, "it was wide for a second, not for {red} frames");
    assert!(pictures.last().unwrap().is(MIDDLE.0, MIDDLE.1, RED));
}

#[test]
fn a_monitor_that_is_taken_away_is_away_until_it_is_back_and_one_that_is_cut_short_is_shown() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    let recording = directory.path().join("monitor.mkv");
    display.open("Desktop", "everything", 0xff_0000, [0, 0, 640, 480]);
    let mut on_air = OnAir::start(&show(&display, "area = [320, 0, 320, 480]\ncursor = false", &recording));
    until_on_air(&on_air);
    on_air.frames("file", 30.0);
    // A part of it is left.
    display.set_size(480, 480);
    on_air.frames("file", 30.0);
    display.set_size(320, 480);
    let reason = until_away(&on_air);
    assert!(reason.contains("a monitor was taken away"), "{reason}");
    on_air.frames("file", 30.0);
    display.set_size(640, 480);
    until_live(&on_air);
    on_air.frames("file", 30.0);
    on_air.stop();
    let pictures = pictures(&recording);
    // Above the words on the slate. A machine that is busy may be late with it.
    let mut seen = runs(&pictures, (160, 30));
    seen.retain(|colour| *colour != BLACK);
    seen.dedup();
    assert_eq!(seen, [RED, SLATE, RED]);
}

#[test]
fn a_display_that_ends_takes_nothing_with_it() {
    let display = Display::start();
    let directory = tempfile::tempdir().unwrap();
    let on_air = OnAir::start(&show(&display, "", &directory.path().join("screen.mkv")));
    on_air.until("a screen", |event| matches!(event, Event::Source { state: SourceState::Live, .. }));
    drop(display);
    let reason = until_away(&on_air);
    assert!(reason.contains("display"), "{reason}");
    on_air.frames_composed(30.0);
}
