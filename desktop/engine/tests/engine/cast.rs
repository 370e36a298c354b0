//! Screens that the creator chooses in the desktop's own dialog, on a desktop of the test's own.

use std::path::PathBuf;

use klieg_studio_model::{Event, SourceState};

use crate::support::decode::{Picture, pictures};
use crate::support::portal::Desktop;
use crate::support::running::{ENGINE, Running};

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const GREEN: [u8; 3] = [173, 42, 26];
/// The ground of what stands in the place of a source that is away.
const SLATE: [u8; 3] = [43, 132, 126];

struct Cast {
    desktop: Desktop,
    show: PathBuf,
    recording: PathBuf,
}

impl Cast {
    fn new(choice: bool) -> Self {
        let desktop = Desktop::start();
        if !choice {
            desktop.will_decline();
        }
        let (show, recording) = (desktop.directory.path().join("show.toml"), desktop.directory.path().join("cast.mkv"));
        let text = format!(
            "
            [canvas]
            width = 320
            height = 180
            [[sources]]
            name = 'desktop'
            kind = 'screen-cast'
            grant = 'mine'
            [[scene]]
            source = 'desktop'
            [[outputs]]
            kind = 'file'
            path = '{}'
            ",
            recording.display()
        );
        std::fs::write(&show, text).unwrap();
        Self { desktop, show, recording }
    }

    fn run(&self) -> Running {
        let _ = std::fs::remove_file(&self.recording);
        Running::start(&mut self.desktop.program(ENGINE), &self.show)
    }
}

fn is(event: &Event, wanted: &SourceState) -> bool {
    matches!(event, Event::Source { state, .. } if state == wanted)
}

fn shows(picture: &Picture, colour: [u8; 3]) -> bool {
    picture.is(10, 10, colour) && picture.is(160, 90, colour)
}

#[test]
fn what_is_chosen_is_shown_as_it_changes_and_is_remembered() {
    let cast = Cast::new(true);
    let mut running = cast.run();
    running.until("the dialog", |event| is(event, &SourceState::Asking));
    running.until("the screen", |event| is(event, &SourceState::Live));
    running.record(60.0);
    let seen = pictures(&cast.recording);
    for colour in [RED, GREEN] {
        assert!(seen.iter().any(|picture| shows(picture, colour)), "{:?}", seen.last().map(|last| last.at(10, 10)));
    }
    assert_eq!((cast.desktop.asked(), cast.desktop.asked_with()), (1, None));

    // Twice, since a token is good for one use.
    for token in ["token after none", "token after token after none"] {
        let mut again = cast.run();
        again.until("the screen", |event| {
            assert!(!is(event, &SourceState::Asking), "it is remembered");
            is(event, &SourceState::Live)
        });
        again.record(15.0);
        assert_eq!((cast.desktop.asked(), cast.desktop.asked_with().as_deref()), (1, Some(token)));
    }
}

#[test]
fn what_is_declined_is_not_asked_for_again() {
    let cast = Cast::new(false);
    let mut running = cast.run();
    running.until("that the creator chose nothing", |event| is(event, &SourceState::Declined));
    running.record(60.0);
    assert_eq!(cast.desktop.asked(), 1);
    assert!(pictures(&cast.recording).last().unwrap().is(10, 10, SLATE));
}

#[test]
fn what_the_desktop_ends_is_not_begun_again_by_itself() {
    let cast = Cast::new(true);
    let mut running = cast.run();
    running.until("the screen", |event| is(event, &SourceState::Live));
    running.frames(15.0);
    cast.desktop.end();
    running.until("the end of it", |event| is(event, &SourceState::Declined));
    running.record(60.0);
    assert_eq!(cast.desktop.asked(), 1);
    assert!(pictures(&cast.recording).last().unwrap().is(10, 10, SLATE));
}

#[test]
fn without_a_portal_the_reason_is_said() {
    let cast = Cast::new(true);
    let mut engine = cast.desktop.program(ENGINE);
    engine.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let mut running = Running::start(&mut engine, &cast.show);
    running.until("why nothing is shown", |event| {
        matches!(event, Event::Source { state: SourceState::Restarting { reason }, .. } if reason.contains("does not answer"))
    });
    running.record(15.0);
}
