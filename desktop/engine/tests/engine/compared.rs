//! What filters, cropping, turning and transitions make of a picture, compared with pictures that were looked at.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use klieg_studio_model::{Canvas, Collection, Direction, Edit, ImageFile, Plain, Source, Transition};

use crate::support::compare::{between, is_as_kept};
use crate::support::decode::{Picture, pictures};
use crate::support::recorded;
use crate::support::recorder::Recorded;

const WIDTH: u32 = 320;
const HEIGHT: u32 = 180;

/// Somebody before a wall: a face, a striped shirt, and above them swatches and a ramp. `wall` is the wall's colour.
fn person(directory: &Path, name: &str, wall: [u8; 3]) -> PathBuf {
    let colour = |x: u32, y: u32| -> [u8; 3] {
        let (across, down) = (f64::from(x) - 160.0, f64::from(y) - 80.0);
        let swatches =
            [[255, 0, 0], [255, 255, 0], [0, 255, 255], [0, 0, 255], [255, 0, 255], [255, 255, 255], [0, 0, 0]];
        match (x, y) {
            (20..=299, 8..=23) => swatches[(x as usize - 20) / 40],
            (20..=299, 28..=39) => [((x - 20) * 255 / 279) as u8; 3],
            _ if across.hypot(down) < 32.0 => [214, 160, 130],
            _ if across.abs() < 55.0 && y > 112 => {
                if (x / 8).is_multiple_of(2) {
                    [40, 60, 150]
                } else {
                    [230, 230, 230]
                }
            }
            // The wall is darker to the right.
            _ => wall.map(|value| (u32::from(value) * (640 - x) / 640) as u8),
        }
    };
    let path = directory.join(format!("{name}.png"));
    let mut encoder = png::Encoder::new(std::fs::File::create(&path).unwrap(), WIDTH, HEIGHT);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> =
        (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    path
}

const GREEN: [u8; 3] = [20, 190, 60];
const GREY: [u8; 3] = [120, 110, 100];

/// Somebody before a green wall, over a violet ground, with filters and a place.
fn still(name: &str, look: &str, place: &str) {
    let directory = tempfile::tempdir().unwrap();
    let image = person(directory.path(), "person", GREEN);
    let show = format!(
        "[canvas]
        width = {WIDTH}
        height = {HEIGHT}
        [video]
        bitrate = 20000
        [[sources]]
        name = 'ground'
        kind = 'colour'
        colour = '#46307a'
        [[sources]]
        name = 'person'
        kind = 'image'
        path = '{}'
        [looks]
        person = [{look}]
        [[scene]]
        source = 'ground'
        [[scene]]
        source = 'person'
        {place}",
        image.display()
    );
    let all = pictures(&recorded(directory.path(), "show.mkv", &show, 30.0));
    let last: Vec<_> = all.into_iter().rev().take(1).collect();
    is_as_kept(name, &last);
}

#[test]
fn a_picture_without_filters() {
    still("plain", "", "");
}

#[test]
fn a_chroma_key() {
    still("chroma-key", "{ kind = 'chroma-key', colour = '#14be3c', similarity = 0.3, smoothness = 0.1 }", "");
}

#[test]
fn a_colour_correction() {
    still("colour", "{ kind = 'colour', brightness = 0.1, contrast = 0.3, saturation = -0.5, hue = 40 }", "");
}

#[test]
fn a_blur() {
    still("blur", "{ kind = 'blur', radius = 4 }", "");
}

#[test]
fn a_colour_table() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("warm.cube");
    // Shadows towards blue, lights towards orange, and a curve.
    let mut text = "LUT_3D_SIZE 17\n".to_owned();
    for place in 0..17 * 17 * 17 {
        let [red, green, blue] = [1, 17, 289].map(|step| f64::from(place / step % 17) / 16.0);
        let light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let curve = |value: f64| value * value * (3.0 - 2.0 * value);
        writeln!(
            text,
            "{} {} {}",
            curve(red) * (0.8 + 0.2 * light),
            curve(green) * 0.9,
            curve(blue) * (1.0 - 0.4 * light)
        )
        .unwrap();
    }
    std::fs::write(&path, text).unwrap();
    still("lut", &format!("{{ kind = 'lut', path = '{}', strength = 0.8 }}", path.display()), "");
}

#[test]
fn a_cropped_picture() {
    still(
        "crop",
        "",
        "x = 20\ny = 10\nwidth = 280\nheight = 160\ncrop = { left = 60, top = 30, right = 20, bottom = 8 }",
    );
}

#[test]
fn a_picture_that_stands_askew() {
    still("askew", "", "x = 60\ny = 35\nwidth = 201\nheight = 112\nangle = 30");
}

#[test]
fn a_cropped_picture_that_stands_askew_on_its_side() {
    let place =
        "x = 100\ny = 5\nwidth = 120\nheight = 170\nturn = 'right'\nangle = -17.5\ncrop = { left = 10, bottom = 30 }";
    still("askew-turned-cropped", "", place);
}

#[test]
fn a_picture_without_its_wall_that_stands_askew() {
    let key = "{ kind = 'chroma-key', colour = '#14be3c', similarity = 0.3, smoothness = 0.1 }";
    still("askew-chroma-key", key, "x = 30\nwidth = 260\nheight = 146\nangle = 170\nopacity = 0.8");
}

/// The pictures of a show of two scenes that changes from one to the other. It is given again if this computer was too busy for one
/// of them: the one that is looked for may be missing.
fn changed(transition: impl Fn(&Path) -> Transition) -> Vec<Picture> {
    let is_whole = |pictures: &[Picture]| pictures.windows(2).all(|pair| (pair[1].pts - pair[0].pts).mseconds() < 50);
    for _ in 0..4 {
        let pictures = given(&transition);
        if is_whole(&pictures) {
            return pictures;
        }
    }
    given(&transition)
}

fn given(transition: &impl Fn(&Path) -> Transition) -> Vec<Picture> {
    let directory = tempfile::tempdir().unwrap();
    let canvas = Canvas { width: WIDTH, height: HEIGHT, fps: 30 };
    let mut collection = Collection { canvas, ..Collection::default() };
    let image = |name: &str, wall| {
        Source::Image(ImageFile { name: name.to_owned(), path: person(directory.path(), name, wall) })
    };
    let ground = Plain { name: "ground".to_owned(), colour: klieg_studio_model::Colour::rgb(200, 150, 40) };
    let edits = [
        Edit::AddScene { name: "two".to_owned() },
        Edit::AddSource { source: image("green", GREEN), scene: "Scene".to_owned() },
        Edit::AddSource { source: Source::Colour(ground), scene: "two".to_owned() },
        Edit::AddSource { source: image("grey", GREY), scene: "two".to_owned() },
    ];
    for edit in edits {
        collection.apply(edit).unwrap();
    }
    let id = collection.scenes[1].items.iter().find(|item| item.source == "grey").unwrap().clone();
    let item = klieg_studio_model::Item { x: 80, y: 45, width: Some(160), height: Some(90), ..id };
    collection.apply(Edit::SetItem { scene: "two".to_owned(), item }).unwrap();
    let mut show = Recorded::start(collection);
    // Long enough that every source has delivered.
    show.frames(60.0);
    show.stage().show("two", &transition(directory.path())).unwrap();
    show.frames(60.0);
    show.end().pictures().split_off(45)
}

/// 15 pictures lie between two scenes, of which the eighth is half way.
const DURATION: u32 = 500;

#[test]
fn a_fade_half_way() {
    is_as_kept("fade", &between(changed(|_| Transition::Fade { duration: DURATION })));
}

#[test]
fn a_slide_half_way() {
    is_as_kept("slide", &between(changed(|_| Transition::Slide { duration: DURATION, to: Direction::Left })));
}

#[test]
fn a_wipe_half_way() {
    is_as_kept("wipe", &between(changed(|_| Transition::Wipe { duration: DURATION, to: Direction::Down })));
}

#[test]
fn a_stinger_before_and_after_the_scene_changes_under_it() {
    let all = between(changed(|directory| Transition::Stinger { path: crate::transitions::veil(directory), cut: 500 }));
    let half = all.len() / 2;
    is_as_kept("stinger-before", &all[..half]);
    is_as_kept("stinger-after", &all[half..]);
}
