//! What is composed is what the scene says, in place and colour, and the clock on it can be read.

use std::time::SystemTime;

use klieg_engine::clock;

use crate::support::decode::pictures;
use crate::support::recorded;

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const GREEN: [u8; 3] = [173, 42, 26];
const BLUE: [u8; 3] = [32, 240, 118];
const BLACK: [u8; 3] = [16, 128, 128];

const QUARTERS: &str = "
[canvas]
width = 320
height = 180

[[sources]]
name = 'red'
kind = 'test'
pattern = 'red'
[[sources]]
name = 'green'
kind = 'test'
pattern = 'green'
[[sources]]
name = 'blue'
kind = 'test'
pattern = 'blue'

[[scene]]
source = 'blue'
x = 40
y = 20
width = 160
height = 90
z = 5
[[scene]]
source = 'red'
width = 160
height = 90
[[scene]]
source = 'green'
x = 160
y = 90
width = 160
height = 90
";

#[test]
fn sources_stand_where_the_scene_puts_them_and_cover_each_other_in_order() {
    let directory = tempfile::tempdir().unwrap();
    let pictures = pictures(&recorded(directory.path(), "scene.mkv", QUARTERS, 45.0));
    let picture = pictures.last().unwrap();
    let expected = [
        ("red", (10, 10), RED),
        ("red beside blue", (20, 70), RED),
        ("blue over red", (60, 40), BLUE),
        ("blue over green", (190, 100), BLUE),
        ("green", (250, 150), GREEN),
        ("background", (300, 20), BLACK),
        ("background", (20, 150), BLACK),
    ];
    for (what, (x, y), colour) in expected {
        assert!(picture.is(x, y, colour), "{what} at {x},{y}: {:?}", picture.at(x, y));
    }
}

#[test]
fn the_clock_survives_encoding_at_720p_and_tells_when_each_frame_was_composed() {
    let directory = tempfile::tempdir().unwrap();
    let show = "
        [video]
        preset = 'ultrafast'
        [overlays]
        clock = true
        [[sources]]
        name = 'bars'
        kind = 'test'
        pattern = 'ball'
        [[scene]]
        source = 'bars'
    ";
    let before = clock::stamp(SystemTime::now());
    let pictures = pictures(&recorded(directory.path(), "clock.mp4", show, 40.0));
    let after = clock::stamp(SystemTime::now());
    let stamps: Vec<u32> = pictures
        .iter()
        .map(|picture| clock::read(&picture.luma, picture.width, picture.width).expect("a readable clock"))
        .collect();
    assert!(stamps.len() >= 40, "{}", stamps.len());
    let age = |stamp: u32| stamp.wrapping_sub(before);
    assert!(stamps.iter().all(|&stamp| age(stamp) <= age(after)), "{before} {stamps:?} {after}");
    assert!(stamps.windows(2).all(|pair| age(pair[1]) >= age(pair[0])), "{stamps:?}");
    // Composed when they were due, and stamped so: the clock and the time stamps run alike.
    let offset = |index: usize| f64::from(age(stamps[index])) - pictures[index].pts.mseconds() as f64;
    let (first, last) = (offset(stamps.len() / 2), offset(stamps.len() - 1));
    assert!((first - last).abs() < 200.0, "{first} {last}");
}

#[test]
fn the_demo_picture_is_alive_and_its_text_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let show = "
        [canvas]
        width = 640
        height = 360
        fps = 10
        [[sources]]
        name = 'stage'
        kind = 'test'
        title = 'Klieg demo'
        [[scene]]
        source = 'stage'
    ";
    let pictures = pictures(&recorded(directory.path(), "stage.mkv", show, 15.0));
    let picture = pictures.last().unwrap();
    // The title is the only white in this corner.
    let rows = 360 * 68 / 100..360 * 82 / 100;
    let bright = rows.flat_map(|y| (30..300).map(move |x| (x, y))).filter(|&(x, y)| picture.at(x, y)[0] > 200).count();
    assert!(bright > 300, "{bright} bright pixels");
    let differs = picture.luma.iter().zip(&pictures[0].luma).filter(|(a, b)| a != b).count();
    assert!(differs > picture.luma.len() / 20, "{differs} pixels moved");
}
