//! What leaves the switcher, frame by frame.

use super::*;

const CANVAS: Canvas = Canvas { width: 16, height: 16, fps: 10 };

/// A plain grey frame.
fn frame(number: u64, grey: u8) -> gst::Buffer {
    let mut buffer = gst::Buffer::from_slice(vec![grey; 16 * 16 * 3 / 2]);
    buffer.get_mut().unwrap().set_pts(gst::ClockTime::from_mseconds(number * 100));
    buffer
}

struct Watched {
    switcher: Switcher,
    seen: std::sync::Arc<Mutex<Vec<(u64, u8)>>>,
    _taking: crate::feed::Taking,
}

fn watched() -> Watched {
    gst::init().unwrap();
    let switcher = Switcher::new(CANVAS).unwrap();
    let seen = std::sync::Arc::new(Mutex::new(Vec::new()));
    let list = seen.clone();
    let taking = switcher.tap.add(move |buffer| {
        let grey = buffer.map_readable().unwrap()[0];
        list.lock().push((buffer.pts().unwrap().mseconds() / 100, grey));
    });
    Watched { switcher, seen, _taking: taking }
}

impl Watched {
    fn change(&self, to: DeckId, transition: &Transition) {
        self.switcher.change(to, transition, Box::new(|_| {}));
    }

    fn seen(&self) -> Vec<(u64, u8)> {
        std::mem::take(&mut *self.seen.lock())
    }
}

#[test]
fn only_the_deck_on_air_is_seen_and_a_cut_is_at_once() {
    let watched = watched();
    watched.switcher.frame(1, &frame(0, 10));
    watched.change(1, &Transition::Fade { duration: 500 });
    for number in 1..3 {
        watched.switcher.frame(1, &frame(number, 10));
        watched.switcher.frame(2, &frame(number, 200));
    }
    watched.change(2, &Transition::Cut);
    watched.switcher.frame(1, &frame(3, 10));
    watched.switcher.frame(2, &frame(3, 200));
    assert_eq!(watched.seen(), [(1, 10), (2, 10), (3, 200)]);
    assert_eq!(watched.switcher.missed(), 0);
}

#[test]
fn a_fade_goes_from_one_to_the_other_frame_by_frame() {
    let watched = watched();
    watched.change(1, &Transition::Cut);
    watched.change(2, &Transition::Fade { duration: 300 });
    for number in 0..6 {
        watched.switcher.frame(2, &frame(number, 200));
        watched.switcher.frame(1, &frame(number, 0));
    }
    let seen = watched.seen();
    assert_eq!(seen.iter().map(|frame| frame.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    let greys: Vec<u8> = seen.iter().map(|frame| frame.1).collect();
    assert!(0 < greys[0] && greys[0] < greys[1] && greys[1] < greys[2] && greys[2] < 200, "{greys:?}");
    assert_eq!(greys[3..], [200, 200, 200]);
    assert_eq!(watched.switcher.on_air(), [2]);
}

#[test]
fn a_deck_that_stands_still_does_not_hold_a_transition_up() {
    let watched = watched();
    watched.change(1, &Transition::Cut);
    watched.change(2, &Transition::Fade { duration: 300 });
    watched.switcher.frame(1, &frame(0, 0));
    watched.switcher.frame(2, &frame(0, 200));
    for number in 1..12 {
        watched.switcher.frame(2, &frame(number, 200));
    }
    let seen = watched.seen();
    assert_eq!(seen.last(), Some(&(11, 200)));
    assert_eq!(watched.switcher.on_air(), [2]);
    assert_eq!(watched.switcher.missed(), 0);
}

#[test]
fn a_change_during_a_change_goes_on_from_the_newest_scene() {
    let watched = watched();
    watched.change(1, &Transition::Cut);
    watched.change(2, &Transition::Fade { duration: 1_000 });
    watched.switcher.frame(1, &frame(0, 0));
    watched.switcher.frame(2, &frame(0, 100));
    watched.change(3, &Transition::Cut);
    watched.switcher.frame(2, &frame(1, 100));
    watched.switcher.frame(3, &frame(1, 200));
    assert_eq!(watched.seen().last(), Some(&(1, 200)));
}

#[test]
fn frames_that_were_left_out_are_counted_and_time_never_goes_back() {
    let watched = watched();
    watched.change(1, &Transition::Cut);
    for number in [0, 1, 4, 3, 4, 5] {
        watched.switcher.frame(1, &frame(number, 0));
    }
    assert_eq!(watched.seen().iter().map(|frame| frame.0).collect::<Vec<_>>(), [0, 1, 4, 5]);
    assert_eq!(watched.switcher.missed(), 2);
}

#[test]
fn who_waits_for_a_scene_is_told_the_time_of_its_first_frame() {
    let watched = watched();
    let told = std::sync::Arc::new(Mutex::new(Vec::new()));
    let change = |to, transition: &Transition| {
        let told = told.clone();
        watched.switcher.change(to, transition, Box::new(move |at| told.lock().push((to, at.mseconds()))));
    };
    change(1, &Transition::Cut);
    watched.switcher.frame(2, &frame(0, 200));
    assert!(told.lock().is_empty(), "another deck is not on air");
    for number in 1..3 {
        watched.switcher.frame(1, &frame(number, 0));
    }
    change(2, &Transition::Fade { duration: 300 });
    for number in 3..5 {
        watched.switcher.frame(1, &frame(number, 0));
    }
    assert_eq!(*told.lock(), [(1, 100)], "the new scene has no frame yet");
    for number in 5..9 {
        watched.switcher.frame(1, &frame(number, 0));
        watched.switcher.frame(2, &frame(number, 200));
    }
    // One that another takes the place of before it is seen is never told.
    change(3, &Transition::Cut);
    change(4, &Transition::Cut);
    watched.switcher.frame(4, &frame(9, 100));
    assert_eq!(*told.lock(), [(1, 100), (2, 500), (4, 900)]);
}

#[test]
fn a_deck_goes_on_with_a_transition_in_the_place_of_another() {
    let watched = watched();
    watched.change(1, &Transition::Cut);
    watched.change(2, &Transition::Fade { duration: 600 });
    for number in 0..3 {
        watched.switcher.frame(1, &frame(number, 0));
        watched.switcher.frame(2, &frame(number, 200));
    }
    watched.switcher.replace(2, 3);
    // It is two frames behind the one before it.
    for number in 1..3 {
        watched.switcher.frame(3, &frame(number, 200));
    }
    for number in 3..9 {
        watched.switcher.frame(1, &frame(number, 0));
        watched.switcher.frame(2, &frame(number, 0));
        watched.switcher.frame(3, &frame(number, 200));
    }
    let seen = watched.seen();
    assert_eq!(seen.iter().map(|frame| frame.0).collect::<Vec<_>>(), (0..9).collect::<Vec<_>>());
    let greys: Vec<u8> = seen.iter().map(|frame| frame.1).collect();
    assert!(greys[..7].is_sorted_by(|a, b| a < b), "{greys:?}");
    assert_eq!(greys[6..], [200, 200, 200]);
    assert_eq!((watched.switcher.on_air(), watched.switcher.missed()), (vec![3], 0));
}

#[test]
fn a_deck_goes_on_in_the_place_of_one_that_is_on_air() {
    let watched = watched();
    watched.change(1, &Transition::Cut);
    watched.switcher.frame(1, &frame(0, 10));
    watched.switcher.replace(1, 2);
    watched.switcher.replace(7, 8);
    for number in 1..3 {
        watched.switcher.frame(1, &frame(number, 10));
        watched.switcher.frame(2, &frame(number, 200));
    }
    assert_eq!(watched.seen(), [(0, 10), (1, 200), (2, 200)]);
}
