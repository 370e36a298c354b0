//! Pictures compared with those that were looked at once and kept in `tests/engine/pictures`.
//!
//! Two measures, of red, green and blue from 0 to 255: the mean absolute difference of all samples, which a wrong colour
//! raises, and the largest mean absolute difference of a block of 16 by 16 pixels, which something in the wrong place raises.
//! Encoding and another version of GStreamer stay below both. `KLIEG_RENEW_PICTURES=1` writes the kept pictures anew; look at
//! them before you commit them.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use super::decode::Picture;

const MEAN: f64 = 2.0;
const BLOCK: f64 = 14.0;
/// Side of a block, in pixels.
const SIDE: usize = 16;

/// Red, green and blue of a picture, row by row.
#[derive(Clone)]
struct Rgb {
    width: usize,
    samples: Vec<u8>,
}

impl Rgb {
    fn of(picture: &Picture) -> Self {
        let rows = picture.luma.len() / picture.width;
        let places = (0..rows).flat_map(|y| (0..picture.width).map(move |x| (x, y)));
        Self { width: picture.width, samples: places.flat_map(|(x, y)| rgb(picture.at(x, y))).collect() }
    }

    fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|error| {
            panic!("{}: {error}; KLIEG_RENEW_PICTURES=1 writes it", path.display());
        });
        let mut reader = png::Decoder::new(BufReader::new(file)).read_info().unwrap();
        let mut samples = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut samples).unwrap();
        assert_eq!(info.color_type, png::ColorType::Rgb);
        Self { width: info.width as usize, samples }
    }

    fn write(&self, path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let height = self.samples.len() / 3 / self.width;
        let file = BufWriter::new(File::create(path).unwrap());
        let mut encoder = png::Encoder::new(file, self.width as u32, height as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        encoder.write_header().unwrap().write_image_data(&self.samples).unwrap();
    }

    /// The mean difference, and the largest of a block.
    fn difference(&self, other: &Self) -> (f64, f64) {
        if (self.width, self.samples.len()) != (other.width, other.samples.len()) {
            return (255.0, 255.0);
        }
        let across = self.width.div_ceil(SIDE);
        let rows = self.samples.len() / 3 / self.width;
        let mut blocks = vec![(0.0, 0.0); across * rows.div_ceil(SIDE)];
        for (place, (a, b)) in self.samples.iter().zip(&other.samples).enumerate() {
            let (x, y) = (place / 3 % self.width, place / 3 / self.width);
            let block = &mut blocks[y / SIDE * across + x / SIDE];
            block.0 += f64::from(a.abs_diff(*b));
            block.1 += 1.0;
        }
        let sum: f64 = blocks.iter().map(|block| block.0).sum();
        (sum / self.samples.len() as f64, blocks.iter().map(|block| block.0 / block.1).fold(0.0, f64::max))
    }
}

/// BT.709, limited range.
fn rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = ((f64::from(y) - 16.0) / 219.0, (f64::from(cb) - 128.0) / 224.0, (f64::from(cr) - 128.0) / 224.0);
    [y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb]
        .map(|value| (value * 255.0).round().clamp(0.0, 255.0) as u8)
}

/// Asserts that one of the pictures is the kept one. The one in their middle becomes it if it is renewed.
pub(crate) fn is_as_kept(name: &str, pictures: &[Picture]) {
    let kept_at = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/engine/pictures/{name}.png"));
    let all: Vec<_> = pictures.iter().map(Rgb::of).collect();
    let middle = all.get(all.len() / 2).expect("a picture to compare");
    if std::env::var_os("KLIEG_RENEW_PICTURES").is_some() {
        return middle.write(&kept_at);
    }
    let kept = Rgb::read(&kept_at);
    let differences = all.iter().map(|picture| (picture, picture.difference(&kept)));
    let (nearest, (mean, block)) = differences.min_by(|(_, a), (_, b)| a.0.total_cmp(&b.0)).unwrap();
    if mean > MEAN || block > BLOCK {
        let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pictures/{name}.png"));
        nearest.write(&actual);
        panic!(
            "{name} differs: mean {mean:.2} (at most {MEAN}), a block {block:.2} (at most {BLOCK}); it looks like {}, and \
             should like {}",
            actual.display(),
            kept_at.display()
        );
    }
}

/// Those of some pictures that are neither the first nor the last one: what is seen during a change.
pub(crate) fn between(pictures: Vec<Picture>) -> Vec<Picture> {
    let ends = [pictures.first().map(Rgb::of).unwrap(), pictures.last().map(Rgb::of).unwrap()];
    let is_between = |picture: &Picture| {
        let picture = Rgb::of(picture);
        ends.iter().all(|end| end.difference(&picture).0 > MEAN)
    };
    pictures.into_iter().filter(is_between).collect()
}
