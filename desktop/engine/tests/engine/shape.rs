//! Pictures that keep their shape: where they stand, what they leave free, and how large they are told to be.

use std::path::Path;

use klieg_studio_model::{
    Canvas, Collection, Crop, Edit, Event, ImageFile, Item, MediaFile, OutputState, Pattern, PictureFilter, Shape,
    Source, SourceState, TestPicture,
};

use crate::player::make;
use crate::support::decode::{Picture, pictures};
use crate::support::recorder::Recorded;
use crate::support::{OnAir, recorded};

/// BT.709, limited range: Y, Cb, Cr.
const RED: [u8; 3] = [63, 102, 240];
const GREEN: [u8; 3] = [173, 42, 26];
const BLUE: [u8; 3] = [32, 240, 118];
const BLACK: [u8; 3] = [16, 128, 128];

/// A film of 4:3, green on the left and blue on the right.
fn film(path: &Path) {
    let half = |pattern: &str| {
        format!(
            "videotestsrc pattern={pattern} num-buffers=300 ! video/x-raw,width=60,height=90,framerate=30/1 ! whole."
        )
    };
    make(&format!(
        "compositor name=whole sink_1::xpos=60 ! video/x-raw,width=120,height=90 ! videoconvert \
         ! x264enc speed-preset=ultrafast ! mp4mux ! filesink location={} {} {}",
        path.display(),
        half("green"),
        half("blue"),
    ));
}

/// The last picture of a red ground and over it the film: with these filters, in these places.
fn shown(look: &str, places: &[&str]) -> Picture {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("film.mp4");
    film(&path);
    let places =
        places.iter().fold(String::new(), |text, place| format!("{text}\n[[scene]]\nsource = 'film'\n{place}\n"));
    let show = format!(
        "[canvas]
        width = 320
        height = 180
        [[sources]]
        name = 'ground'
        kind = 'colour'
        colour = '#ff0000'
        [[sources]]
        name = 'film'
        kind = 'file'
        path = '{}'
        [looks]
        film = [{look}]
        [[scene]]
        source = 'ground'
        {places}",
        path.display()
    );
    let recording = directory.path().join("show.mkv");
    let mut on_air = OnAir::start(&format!("{show}\n[[outputs]]\nkind = 'file'\npath = '{}'\n", recording.display()));
    let (mut is_shown, mut is_recorded) = (false, false);
    on_air.until("the film, recorded", |event| {
        match event {
            Event::Source { name, state: SourceState::Live } if name == "film" => is_shown = true,
            Event::Output { state: OutputState::Live, .. } => is_recorded = true,
            _ => {}
        }
        is_shown && is_recorded
    });
    on_air.frames("file", 30.0);
    on_air.stop();
    pictures(&recording).pop().unwrap()
}

fn is_so(picture: &Picture, expected: &[(&str, (usize, usize), [u8; 3])]) {
    for (what, (x, y), colour) in expected {
        assert!(picture.is(*x, *y, *colour), "{what} at {x},{y}: {:?}", picture.at(*x, *y));
    }
}

#[test]
fn what_the_shape_of_a_film_leaves_free_is_clear() {
    let (left, right) = (("beside it on the left", (20, 90), RED), ("beside it on the right", (300, 90), RED));
    is_so(&shown("", &[""]), &[left, ("its left half", (80, 90), GREEN), ("its right half", (240, 90), BLUE), right]);
    let keyed = shown("{ kind = 'chroma-key', colour = '#00ff00', similarity = 0.3, smoothness = 0.1 }", &[""]);
    is_so(&keyed, &[left, ("what was green", (80, 90), RED), ("its right half", (240, 90), BLUE), right]);
}

#[test]
fn a_film_keeps_its_shape_in_places_of_several_shapes_and_is_cropped_as_its_place_is() {
    let picture = shown("", &["width = 160", "x = 160\nwidth = 160\nheight = 90\ncrop = { left = 80 }"]);
    let expected = [
        ("above it", (80, 15), RED),
        ("its left half", (40, 90), GREEN),
        ("its right half", (120, 90), BLUE),
        ("below it", (80, 165), RED),
        ("what is cut off", (230, 45), RED),
        ("what is left", (250, 45), BLUE),
        ("beside what is left", (310, 45), RED),
        ("below what is left", (250, 110), RED),
    ];
    is_so(&picture, &expected);
}

#[test]
fn what_a_crop_leaves_has_a_shape_of_its_own() {
    let picture = shown("{ kind = 'crop', left = 66 }", &[""]);
    let expected = [
        ("beside it on the left", (96, 90), RED),
        ("its left edge", (110, 90), BLUE),
        ("its right edge", (209, 90), BLUE),
        ("beside it on the right", (226, 90), RED),
    ];
    is_so(&picture, &expected);
    // Of 60 by 60 pixels on both sides of the middle, behind another filter.
    let colour = "{ kind = 'colour', brightness = 0, contrast = 0, saturation = 0, hue = 0 }";
    let picture =
        shown(&format!("{{ kind = 'crop', left = 30, top = 30 }}, {colour}, {{ kind = 'crop', right = 30 }}"), &[""]);
    let expected = [
        ("beside it on the left", (60, 90), RED),
        ("its left half", (110, 90), GREEN),
        ("its right half", (210, 90), BLUE),
        ("beside it on the right", (260, 90), RED),
    ];
    is_so(&picture, &expected);
}

#[test]
fn a_blur_mixes_what_is_cut_off_behind_it_into_the_picture_but_not_what_is_before() {
    let (crop, blur) = ("{ kind = 'crop', left = 60 }", "{ kind = 'blur', radius = 8 }");
    let right = [("far from where it is cut", (210, 90), BLUE), ("beside it on the right", (230, 90), RED)];
    for (look, luma) in [(format!("{crop}, {blur}"), 16..48), (format!("{blur}, {crop}"), 55..130)] {
        let picture = shown(&look, &[""]);
        is_so(&picture, &[("beside it on the left", (92, 90), RED)]);
        is_so(&picture, &right);
        // A third of it is green, where that was there when it was blurred.
        let [where_it_is_cut, ..] = picture.at(103, 90);
        assert!(luma.contains(&where_it_is_cut), "{look}: {where_it_is_cut}");
    }
}

#[test]
fn what_is_drawn_for_its_place_fills_that_when_it_is_cropped() {
    let directory = tempfile::tempdir().unwrap();
    // Of seven bars the first is white.
    let show = "[canvas]\nwidth = 320\nheight = 180\n[[sources]]\nname = 'bars'\nkind = 'test'\npattern = 'smpte'\n
        [looks]\nbars = [{ kind = 'crop', right = 280 }]\n[[scene]]\nsource = 'bars'\n";
    let picture = pictures(&recorded(directory.path(), "bars.mkv", show, 20.0)).pop().unwrap();
    let first = picture.at(20, 60);
    is_so(&picture, &[("in the middle", (160, 60), first), ("on the right", (300, 60), first)]);
    assert!(first[0] > 150 && first[1..].iter().all(|colour| colour.abs_diff(128) < 12), "{first:?}");
}

#[test]
fn a_crop_changes_while_its_source_goes_on_and_one_that_leaves_nothing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("film.mp4");
    film(&path);
    let film = MediaFile { name: "film".into(), path, repeat: true, from_start: false };
    let canvas = Canvas { width: 320, height: 180, fps: 30 };
    let mut show = Recorded::start(Collection { canvas, ..Collection::default() });
    show.edit(Edit::AddSource { source: Source::File(film), scene: "Scene".into() });
    let crop = |left| Edit::SetLook {
        source: "film".into(),
        look: vec![PictureFilter::Crop(Crop { left, ..Crop::default() })],
    };
    let shape = |show: &mut Recorded, width: u32| {
        show.until(|event| matches!(event, Event::Shape { shape, .. } if *shape == Shape { width, height: 90 }));
    };
    shape(&mut show, 120);
    show.edit(crop(60));
    shape(&mut show, 60);
    show.edit(crop(200));
    let mut told = Vec::new();
    show.until(|event| {
        if let Event::Look { problems, .. } = event {
            told.clone_from(problems);
        }
        !told.is_empty()
    });
    assert_eq!(told, ["cutting off 200, 0, 0 and 0 pixels leaves nothing of a picture of 120 × 90"]);
    show.edit(crop(30));
    let (mut is_mended, mut frames) = (false, 0.0);
    show.until(|event| {
        match event {
            Event::Source { state, .. } => assert_eq!(*state, SourceState::Live),
            Event::Look { problems, .. } => is_mended = problems.is_empty(),
            Event::Health { fps, .. } if is_mended => frames += fps,
            _ => {}
        }
        frames >= 60.0
    });
    let picture = show.end().pictures().pop().unwrap();
    let expected = [
        ("beside it on the left", (60, 90), BLACK),
        ("its left third", (90, 90), GREEN),
        ("its right part", (200, 90), BLUE),
        ("beside it on the right", (260, 90), BLACK),
    ];
    is_so(&picture, &expected);
}

#[test]
fn a_source_tells_how_large_its_picture_is_in_square_pixels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    make(&format!(
        "videotestsrc num-buffers=60 ! video/x-raw,width=80,height=90,pixel-aspect-ratio=2/1,framerate=30/1 ! x264enc \
         ! matroskamux ! filesink location={}",
        path("film.mkv").display()
    ));
    make(&format!(
        "videotestsrc num-buffers=1 ! video/x-raw,width=50,height=40 ! pngenc ! filesink location={}",
        path("logo.png").display()
    ));
    let canvas = Canvas { width: 160, height: 90, fps: 30 };
    let mut show = Recorded::start(Collection { canvas, ..Collection::default() });
    let shape_of = |show: &mut Recorded, source: &str| {
        let mut told = None;
        show.until(|event| {
            if let Event::Shape { name, shape } = event
                && name == source
            {
                told = Some(*shape);
            }
            told.is_some()
        });
        told.unwrap()
    };
    let scene = || "Scene".to_owned();
    let film = |name: &str| {
        Source::File(MediaFile { name: name.into(), path: path("film.mkv"), repeat: true, from_start: false })
    };
    show.edit(Edit::AddSource { source: film("film"), scene: scene() });
    assert_eq!(shape_of(&mut show, "film"), Shape { width: 160, height: 90 });
    let logo = Source::Image(ImageFile { name: "logo".into(), path: path("logo.png") });
    show.edit(Edit::AddSource { source: logo, scene: scene() });
    assert_eq!(shape_of(&mut show, "logo"), Shape { width: 50, height: 40 });
    // It goes on under another name.
    show.edit(Edit::SetSource { name: "film".into(), source: film("evening") });
    assert_eq!(shape_of(&mut show, "evening"), Shape { width: 160, height: 90 });
    show.end();
}

/// Says of an MP4 film that it was taken on its side: it is to be turned clockwise by a quarter.
fn lay_film(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let header = bytes.windows(4).position(|name| name == b"tkhd").unwrap() + 4;
    // Its second version has three longer numbers.
    let matrix = header + if bytes[header] == 0 { 40 } else { 52 };
    let quarter = [0, 0x0001_0000, 0, -0x0001_0000, 0, 0, 0, 0, 0x4000_0000_i32];
    bytes.splice(matrix..matrix + 36, quarter.into_iter().flat_map(i32::to_be_bytes));
    std::fs::write(path, bytes).unwrap();
}

/// The same of a JPEG picture.
fn lay_photograph(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let held = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    bytes.splice(2..2, held.iter().copied());
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn what_was_taken_on_its_side_stands_upright() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    film(&path("film.mp4"));
    lay_film(&path("film.mp4"));
    make(&format!(
        "compositor name=whole sink_1::xpos=60 ! video/x-raw,width=120,height=90 ! videoconvert ! jpegenc \
         ! filesink location={} videotestsrc pattern=green num-buffers=1 ! video/x-raw,width=60,height=90 ! whole. \
         videotestsrc pattern=blue num-buffers=1 ! video/x-raw,width=60,height=90 ! whole.",
        path("photograph.jpg").display()
    ));
    lay_photograph(&path("photograph.jpg"));
    let film = MediaFile { name: "film".into(), path: path("film.mp4"), repeat: true, from_start: false };
    let photograph = ImageFile { name: "photograph".into(), path: path("photograph.jpg") };
    for source in [Source::File(film), Source::Image(photograph)] {
        let canvas = Canvas { width: 320, height: 180, fps: 30 };
        let mut show = Recorded::start(Collection { canvas, ..Collection::default() });
        show.edit(Edit::AddSource { source, scene: "Scene".to_owned() });
        let (mut told, mut recorded) = (Vec::new(), 0.0);
        show.until(|event| {
            match event {
                Event::Shape { shape, .. } => told.push(*shape),
                Event::Health { fps, .. } if !told.is_empty() => recorded += fps,
                _ => {}
            }
            recorded >= 60.0
        });
        assert_eq!(told, [Shape { width: 90, height: 120 }]);
        let picture = show.end().pictures().pop().unwrap();
        // Its left half is above.
        is_so(&picture, &[("its upper half", (160, 45), GREEN), ("its lower half", (160, 135), BLUE)]);
    }
}

#[test]
fn a_picture_with_a_filter_comes_in_another_size_without_a_break() {
    let mut collection = Collection { canvas: Canvas { width: 160, height: 90, fps: 30 }, ..Collection::default() };
    let red = TestPicture { name: "red".into(), pattern: Pattern::Red, title: None, subtitle: None };
    collection.apply(Edit::AddSource { source: Source::Test(red), scene: "Scene".into() }).unwrap();
    let look = vec![PictureFilter::Blur { radius: 1.0 }];
    collection.apply(Edit::SetLook { source: "red".into(), look }).unwrap();
    let item = collection.scenes[0].items[0].clone();
    let mut show = Recorded::start(collection);
    show.frames(20.0);
    let item = Item { width: Some(80), height: Some(46), ..item };
    show.edit(Edit::SetItem { scene: "Scene".into(), item });
    let mut recorded = 0.0;
    show.until(|event| {
        assert!(!matches!(event, Event::Source { state: SourceState::Restarting { .. }, .. }), "{event:?}");
        if let Event::Health { fps, .. } = event {
            recorded += fps;
        }
        recorded >= 60.0
    });
    let pictures = show.end().pictures();
    let last = pictures.last().unwrap();
    assert!(last.is(40, 20, RED) && !last.is(120, 70, RED), "{:?}", last.at(40, 20));
}
