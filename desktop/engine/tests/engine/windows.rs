//! Windows of other programs, on a display of the test's own.

use std::process::Command;

use klieg_studio_model::{Event, OutputState, SourceState};

use crate::support::OnAir;
use crate::support::decode::{Picture, pictures};
use crate::support::x11::Display;

/// BT.709, limited range: Y, Cb, Cr.
pub(crate) const RED: [u8; 3] = [63, 102, 240];
pub(crate) const BLACK: [u8; 3] = [16, 128, 128];
/// The ground of what stands in the place of a source that is away.
pub(crate) const SLATE: [u8; 3] = [43, 132, 126];

pub(crate) const MIDDLE: (usize, usize) = (160, 100);
const LEFT: (usize, usize) = (10, 20);

fn show(display: &Display, window: &str, recording: &std::path::Path) -> String {
    format!(
        "
        [canvas]
        width = 320
        height = 180
        [[sources]]
        name = 'editor'
        kind = 'window'
        display = '{}'
        {window}
        [[scene]]
        source = 'editor'
        [[outputs]]
        kind = 'file'
        path = '{}'
        ",
        display.name,
        recording.display()
    )
}

/// Waits until the window is shown and recorded, whichever comes first.
pub(crate) fn until_on_air(show: &OnAir) {
    let (mut shown, mut recorded) = (false, false);
    show.until("a window that is recorded", |event| {
        shown |= matches!(event, Event::Source { state: SourceState::Live, .. });
        recorded |= matches!(event, Event::Output { state: OutputState::Live, .. });
        shown && recorded
    });
}

pub(crate) fn until_live(show: &OnAir) {
    show.until("a window that is live", |event| matches!(event, Event::Source { state: SourceState::Live, .. }));
}

/// Waits until the window is away, and for what reason.
pub(crate) fn until_away(show: &OnAir) -> String {
    let away = |event: &Event| matches!(event, Event::Source { state: SourceState::Restarting { .. }, .. });
    match show.until("a window that is away", away) {
        Event::Source { state: SourceState::Restarting { reason }, .. } => reason,
        other => panic!("{other:?}"),
    }
}

/// The colours at a place, those that stand in a row as one; what lies between two of them, as in a compressed picture, is left out.
pub(crate) fn runs(pictures: &[Picture], (x, y): (usize, usize)) -> Vec<[u8; 3]> {
    let known = |picture: &Picture| [RED, BLACK, SLATE].into_iter().find(|colour| picture.is(x, y, *colour));
    // The programme may begin before the window's first picture.
    let mut runs: Vec<_> = pictures.iter().filter_map(known).skip_while(|colour| *colour == BLACK).collect();
    runs.dedup();
    runs
}

#[test]
fn a_window_is_shown_whatever_covers_it_and_comes_back_when_it_is_opened_again() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    let recording = directory.path().join("window.mkv");
    let window = display.open("Editor", "Notes – draft", 0xff_0000, [40, 30, 320, 180]);
    display.open("Editor", "Something else", 0x00_00ff, [100, 60, 300, 300]);

    let text = show(&display, "application = 'Editor'\ntitle = 'Notes – draft'\ncursor = false", &recording);
    let mut on_air = OnAir::start(&text);
    until_on_air(&on_air);
    on_air.frames("file", 30.0);
    // As tall as before and half as wide: it stands in the middle, with borders.
    display.resize(window, 160, 180);
    on_air.frames("file", 30.0);
    display.close(window);
    let reason = until_away(&on_air);
    assert!(reason.contains("closed"), "{reason}");
    on_air.frames("file", 30.0);
    display.open("Editor", "Notes – draft", 0xff_0000, [0, 0, 640, 360]);
    until_live(&on_air);
    on_air.frames("file", 30.0);
    on_air.stop();

    let pictures = pictures(&recording);
    assert_eq!(runs(&pictures, LEFT), [RED, BLACK, SLATE, RED], "all of it, half as wide, away, back");
    let (last, red) = (pictures.last().unwrap(), pictures.iter().filter(|p| p.is(MIDDLE.0, MIDDLE.1, RED)).count());
    assert!(last.is(MIDDLE.0, MIDDLE.1, RED) && red > 60, "what covers it is not seen: {red} pictures");
}

#[test]
fn a_minimised_window_is_away_until_it_is_shown_again() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    let recording = directory.path().join("window.mkv");
    let window = display.open("Game", "Level 1", 0xff_0000, [0, 0, 320, 180]);
    // Any window of the program will do.
    let mut on_air = OnAir::start(&show(&display, "application = 'Game'", &recording));
    until_on_air(&on_air);
    display.minimise(window);
    let reason = until_away(&on_air);
    assert!(reason.contains("minimised"), "{reason}");
    on_air.frames("file", 20.0);
    display.restore(window);
    until_live(&on_air);
    on_air.frames("file", 30.0);
    on_air.stop();
    assert!(pictures(&recording).last().unwrap().is(MIDDLE.0, MIDDLE.1, RED));
}

#[test]
fn a_window_that_hangs_without_an_error_is_away_until_it_goes_on() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    let recording = directory.path().join("window.mkv");
    display.open("Game", "Level 1", 0xff_0000, [0, 0, 320, 180]);
    let mut on_air = OnAir::start(&show(&display, "application = 'Game'\ncursor = false", &recording));
    until_on_air(&on_air);
    on_air.frames("file", 30.0);
    display.hang();
    let reason = until_away(&on_air);
    assert_eq!(reason, "it sends nothing any more");
    on_air.frames("file", 90.0);
    display.go_on();
    until_live(&on_air);
    on_air.frames("file", 30.0);
    on_air.stop();
    let mut seen = runs(&pictures(&recording), LEFT);
    // A machine that is busy may be late with the slate.
    seen.retain(|colour| *colour != BLACK);
    seen.dedup();
    assert_eq!(seen, [RED, SLATE, RED]);
}

#[test]
fn a_window_that_is_not_open_is_named() {
    let (display, directory) = (Display::start(), tempfile::tempdir().unwrap());
    let text = show(&display, "application = 'Game'\ntitle = 'Level 2'", &directory.path().join("window.mkv"));
    let on_air = OnAir::start(&text);
    let reason = until_away(&on_air);
    assert_eq!(reason, "no window “Level 2” of Game is open");
    let nowhere = text.replace(&format!("'{}'", display.name), "':4094'").replace("window.mkv", "another.mkv");
    let reason = until_away(&OnAir::start(&nowhere));
    assert!(reason.contains("the X11 display :4094 does not answer"), "{reason}");
}

/// What the program finds there.
fn probed(display: &Display) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_klieg-engine"))
        .args(["probe", "--json"])
        .env("DISPLAY", &display.name)
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// `application: title` of each window that the program finds.
fn listed(display: &Display) -> Vec<String> {
    let probed = probed(display);
    let text = |window: &serde_json::Value, key: &str| window[key].as_str().unwrap().to_owned();
    let windows = probed["windows"].as_array().unwrap().iter();
    windows.map(|window| format!("{}: {}", text(window, "application"), text(window, "title"))).collect()
}

#[test]
fn windows_are_listed_with_a_window_manager_and_without() {
    let display = Display::start();
    let place = [0, 0, 100, 100];
    let editor = display.open("Editor", "Notes – draft", 0, place);
    let hidden = display.open("Game", "Level 1", 0, place);
    display.minimise(hidden);
    let panel = display.open("Panel", "", 0, place);
    assert_eq!(listed(&display), ["Editor: Notes – draft", "Panel: "], "those that lie on the screen");
    display.set_type(panel, "_NET_WM_WINDOW_TYPE_DOCK");
    display.manage(&[hidden, editor, panel, 0x7f_ffff]);
    assert_eq!(listed(&display), ["Game: Level 1", "Editor: Notes – draft"], "those that a manager knows");
}

#[test]
fn each_monitor_of_a_display_is_a_screen_and_so_is_the_whole_desktop() {
    let display = Display::start();
    let screens = || -> Vec<(String, Vec<u64>)> {
        let probed = probed(&display);
        let own =
            probed["screens"].as_array().unwrap().iter().filter(|screen| screen["device"] == display.name.as_str());
        let area = |screen: &serde_json::Value| {
            screen["area"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_u64).collect()
        };
        own.map(|screen| (screen["name"].as_str().unwrap().to_owned(), area(screen))).collect()
    };
    let whole = format!("X11 display {}", display.name.trim_start_matches(':'));
    assert_eq!(screens(), [(whole.clone(), Vec::<u64>::new())], "one monitor is all of it");
    display.divide();
    let seen = screens();
    for (name, left) in [("left", 0), ("right", 320)] {
        assert!(seen.contains(&(format!("{name}, 320 × 480"), vec![left, 0, 320, 480])), "{seen:?}");
    }
    assert_eq!(seen.last(), Some(&(format!("{whole}, whole desktop"), Vec::new())), "{seen:?}");
}
