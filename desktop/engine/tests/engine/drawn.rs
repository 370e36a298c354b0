//! Words, colours and pictures that are partly clear; and what turning and cropping do to a picture.

use std::path::{Path, PathBuf};

use image::codecs::gif::GifEncoder;
use image::{Delay, Frame, Rgba, RgbaImage};

use crate::support::decode::{Picture, pictures};
use crate::support::recorded;

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const GREEN: [u8; 3] = [173, 42, 26];
const BLUE: [u8; 3] = [32, 240, 118];
const WHITE: [u8; 3] = [235, 128, 128];
const BLACK: [u8; 3] = [16, 128, 128];

const RED_GROUND: &str = "
    [canvas]
    width = 320
    height = 180
    [[sources]]
    name = 'ground'
    kind = 'colour'
    colour = '#ff0000'
    [[scene]]
    source = 'ground'
";

/// The last picture of a show of some frames.
fn shown(directory: &Path, name: &str, show: &str) -> Picture {
    pictures(&recorded(directory, &format!("{name}.mkv"), show, 30.0)).pop().unwrap()
}

/// A square picture whose quarters are red, green, blue and white, in reading order, written as PNG.
fn quarters(directory: &Path) -> PathBuf {
    png(directory, 40, 40, |x, y| match (x < 20, y < 20) {
        (true, true) => [255, 0, 0, 255],
        (false, true) => [0, 255, 0, 255],
        (true, false) => [0, 0, 255, 255],
        (false, false) => [255, 255, 255, 255],
    })
}

fn png(directory: &Path, width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 4]) -> PathBuf {
    let path = directory.join("picture.png");
    let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), width, height);
    encoder.set_color(png::ColorType::Rgba);
    let pixels: Vec<u8> =
        (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    path
}

#[test]
fn what_is_clear_in_a_picture_is_clear_in_the_scene() {
    let directory = tempfile::tempdir().unwrap();
    let image = png(directory.path(), 40, 20, |x, _| if x < 20 { [0, 255, 0, 255] } else { [0, 255, 0, 0] });
    let picture = shown(
        directory.path(),
        "logo",
        &format!(
            "{RED_GROUND}
            [[sources]]
            name = 'logo'
            kind = 'image'
            path = '{}'
            [[scene]]
            source = 'logo'
            width = 160
            height = 160",
            image.display()
        ),
    );
    let expected = [("its left half", (40, 80), GREEN), ("its clear half", (120, 80), RED)];
    for (what, (x, y), colour) in expected {
        assert!(picture.is(x, y, colour), "{what}: {:?}", picture.at(x, y));
    }
    assert!(picture.is(40, 20, RED) && picture.is(40, 140, RED), "what its shape leaves free is clear");
}

/// A picture of these colours, one after the other, whose right half is clear, written as GIF.
fn gif(directory: &Path, colours: &[[u8; 3]]) -> PathBuf {
    let path = directory.join(format!("{}.gif", colours.len()));
    let mut encoder = GifEncoder::new(std::fs::File::create(&path).unwrap());
    for [red, green, blue] in colours {
        let picture = RgbaImage::from_fn(40, 20, |x, _| Rgba([*red, *green, *blue, if x < 20 { 255 } else { 0 }]));
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(300, 1))).unwrap();
    }
    path
}

#[test]
fn a_picture_that_moves_is_shown_again_and_again_and_a_still_one_stands() {
    let directory = tempfile::tempdir().unwrap();
    for (colours, changes) in [(&[[0, 255, 0], [0, 0, 255]][..], 3), (&[[0, 255, 0]][..], 0)] {
        let show = format!(
            "{RED_GROUND}
            [[sources]]
            name = 'logo'
            kind = 'image'
            path = '{}'
            [[scene]]
            source = 'logo'
            width = 160
            height = 160",
            gif(directory.path(), colours).display()
        );
        let all = pictures(&recorded(directory.path(), &format!("{changes}.mkv"), &show, 60.0));
        let colour_of = |picture: &Picture| [GREEN, BLUE].into_iter().find(|colour| picture.is(40, 80, *colour));
        let mut shown: Vec<_> = all.iter().filter_map(colour_of).collect();
        let frames = shown.len();
        shown.dedup();
        // Two seconds of it are there, of which each frame takes 0.3.
        assert!(frames > 30 && shown.len() > changes, "{frames}: {shown:?}");
        assert!(changes > 0 || shown == [GREEN], "{shown:?}");
        let last = all.last().unwrap();
        assert!(last.is(120, 80, RED), "its clear half: {:?}", last.at(120, 80));
    }
}

#[test]
fn a_colour_may_be_half_clear() {
    let directory = tempfile::tempdir().unwrap();
    let show = format!(
        "{RED_GROUND}
        [[sources]]
        name = 'veil'
        kind = 'colour'
        colour = '#00000080'
        [[scene]]
        source = 'veil'
        width = 160"
    );
    let picture = shown(directory.path(), "show", &show);
    let dimmed = [RED[0] / 2 + BLACK[0] / 2, 115, 184];
    assert!(picture.is(80, 90, dimmed), "{:?}", picture.at(80, 90));
    assert!(picture.is(240, 90, RED), "{:?}", picture.at(240, 90));
}

#[test]
fn words_stand_on_clear_ground_with_their_outline() {
    let directory = tempfile::tempdir().unwrap();
    let show = format!(
        "{RED_GROUND}
        [[sources]]
        name = 'words'
        kind = 'text'
        text = 'HHHH <&>'
        font = 'DejaVu Sans Bold'
        size = 40
        outline = '#000000'
        align = 'right'
        [[scene]]
        source = 'words'
        x = 20
        y = 20
        width = 280
        height = 100"
    );
    let picture = shown(directory.path(), "show", &show);
    let count = |colour, columns: std::ops::Range<usize>| {
        (20..80).flat_map(|y| columns.clone().map(move |x| (x, y))).filter(|&(x, y)| picture.is(x, y, colour)).count()
    };
    assert!(count(WHITE, 20..300) > 300, "{} white pixels", count(WHITE, 20..300));
    assert!(count(BLACK, 20..300) > 20, "{} black pixels", count(BLACK, 20..300));
    assert_eq!(count(WHITE, 20..50), 0, "the words stand to the right");
    assert!(picture.is(30, 110, RED) && picture.is(310, 30, RED), "the ground is clear");
}

#[test]
fn a_picture_is_turned_within_its_place() {
    // What stands left above, right above, left below and right below.
    let turns = [
        ("none", [RED, GREEN, BLUE, WHITE]),
        ("right", [BLUE, RED, WHITE, GREEN]),
        ("left", [GREEN, WHITE, RED, BLUE]),
        ("upside-down", [WHITE, BLUE, GREEN, RED]),
        ("mirror", [GREEN, RED, WHITE, BLUE]),
    ];
    let directory = tempfile::tempdir().unwrap();
    let image = quarters(directory.path());
    for (turn, expected) in turns {
        let show = format!(
            "[canvas]\nwidth = 320\nheight = 180\n[[sources]]\nname = 'q'\nkind = 'image'\npath = '{}'\n
            [[scene]]\nsource = 'q'\nwidth = 160\nheight = 160\nturn = '{turn}'\n",
            image.display()
        );
        let picture = shown(directory.path(), turn, &show);
        for ((x, y), colour) in [(40, 40), (120, 40), (40, 120), (120, 120)].into_iter().zip(expected) {
            assert!(picture.is(x, y, colour), "{turn} at {x},{y}: {:?}", picture.at(x, y));
        }
    }
}

#[test]
fn what_is_cropped_leaves_the_rest_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let image = quarters(directory.path());
    let show = format!(
        "[canvas]\nwidth = 320\nheight = 180\n[[sources]]\nname = 'q'\nkind = 'image'\npath = '{}'\n
        [[scene]]\nsource = 'q'\nx = 100\nwidth = 160\nheight = 160\ncrop = {{ left = 40, top = 80, bottom = 20 }}\n",
        image.display()
    );
    let picture = shown(directory.path(), "show", &show);
    let expected = [
        ("cut off on the left", (120, 110), BLACK),
        ("cut off above", (200, 40), BLACK),
        ("cut off below", (200, 150), BLACK),
        ("left of the middle", (160, 110), BLUE),
        ("right of the middle", (220, 110), WHITE),
        ("beside it", (280, 110), BLACK),
    ];
    for (what, (x, y), colour) in expected {
        assert!(picture.is(x, y, colour), "{what}: {:?}", picture.at(x, y));
    }
}
