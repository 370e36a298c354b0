//! Colour tables in the `.cube` format of Adobe and DaVinci Resolve: reading them, and changing pictures by them. No pipeline.
//!
//! A table of one dimension maps each of red, green and blue by itself; one of three maps every colour, and between its
//! points colours are mixed from the four corners of a tetrahedron, which keeps greys grey.

use thiserror::Error;

/// Points along a side of a table of three dimensions, at most.
const MOST_3D: usize = 65;
/// Points of a table of one dimension, at most.
const MOST_1D: usize = 65_536;
/// A table's value for 1.
const FULL: f32 = 32_640.0;

/// Why a text is no table. The line counts from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum NotACube {
    #[error("line {line}: {what}")]
    Line { line: usize, what: String },
    #[error("it names no LUT_1D_SIZE or LUT_3D_SIZE; it is no .cube file")]
    NoSize,
    #[error("it ends after {found} of {wanted} lines of colours")]
    Short { found: usize, wanted: usize },
}

/// A table that can be used.
#[derive(Clone, PartialEq)]
pub(crate) struct Cube {
    shape: Shape,
}

#[derive(Clone, PartialEq)]
enum Shape {
    /// For each of red, green and blue what becomes of its 256 values.
    Line([Vec<u16>; 3]),
    Cube {
        /// For each of red, green and blue where its 256 values stand: how far from the first point the one below lies in
        /// `points`, and the way from it to the next in 256ths.
        axes: [Vec<(u32, u16)>; 3],
        /// From a point to the next one along red, green and blue.
        steps: [u32; 3],
        points: Vec<[u16; 3]>,
    },
}

/// What the lines before the colours say.
struct Head {
    size_1d: Option<usize>,
    size_3d: Option<usize>,
    least: [f32; 3],
    most: [f32; 3],
}

impl Cube {
    /// Reads a table of 2 to 65 points a side, or of one dimension.
    pub(crate) fn parse(text: &str) -> Result<Self, NotACube> {
        let mut head = Head { size_1d: None, size_3d: None, least: [0.0; 3], most: [1.0; 3] };
        let mut colours: Vec<[f32; 3]> = Vec::new();
        let mut domain_line = 0;
        for (number, line) in text.lines().enumerate() {
            let line_number = number + 1;
            let wrong = |what: String| NotACube::Line { line: line_number, what };
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            match word {
                "TITLE" => {}
                "LUT_1D_SIZE" => head.size_1d = Some(size(rest, MOST_1D).map_err(wrong)?),
                "LUT_3D_SIZE" => head.size_3d = Some(size(rest, MOST_3D).map_err(wrong)?),
                "DOMAIN_MIN" => (head.least, domain_line) = (numbers(rest).map_err(wrong)?, line_number),
                "DOMAIN_MAX" => (head.most, domain_line) = (numbers(rest).map_err(wrong)?, line_number),
                "LUT_1D_INPUT_RANGE" | "LUT_3D_INPUT_RANGE" => {
                    let [least, most] = numbers(rest).map_err(wrong)?;
                    (head.least, head.most, domain_line) = ([least; 3], [most; 3], line_number);
                }
                _ if word.starts_with(|first: char| first.is_ascii_alphabetic() && !is_number(word)) => {
                    return Err(wrong(format!("`{word}` is not known")));
                }
                _ => {
                    let wanted = head.wanted().map_err(wrong)?;
                    if colours.len() == wanted {
                        return Err(wrong(format!("there are more than {wanted} lines of colours")));
                    }
                    colours.push(numbers(line).map_err(wrong)?);
                }
            }
        }
        if head.least.iter().zip(head.most).any(|(least, most)| *least >= most) {
            return Err(NotACube::Line {
                line: domain_line,
                what: "DOMAIN_MIN has to be less than DOMAIN_MAX".to_owned(),
            });
        }
        let wanted = head.wanted().map_err(|_| NotACube::NoSize)?;
        if colours.len() < wanted {
            return Err(NotACube::Short { found: colours.len(), wanted });
        }
        Ok(Self { shape: head.shape(&colours) })
    }

    /// Changes pixels of four bytes, red, green, blue and opacity, by `strength` from 0 to 1.
    pub(crate) fn apply(&self, pixels: &mut [u8], strength: f64) {
        let share = (strength.clamp(0.0, 1.0) * 256.0).round() as u32;
        match &self.shape {
            Shape::Line(channels) => {
                let mixed = |channel: &Vec<u16>| -> Vec<u8> {
                    let old = (0..=255u8).zip(channel);
                    old.map(|(old, new)| mix(old, u32::from(*new), share)).collect()
                };
                let channels = [mixed(&channels[0]), mixed(&channels[1]), mixed(&channels[2])];
                for pixel in pixels.chunks_exact_mut(4) {
                    for (value, channel) in pixel.iter_mut().zip(&channels) {
                        *value = channel.get(usize::from(*value)).copied().unwrap_or(*value);
                    }
                }
            }
            Shape::Cube { axes, steps, points } => {
                for pixel in pixels.chunks_exact_mut(4) {
                    let new = between(axes, steps, points, [pixel[0], pixel[1], pixel[2]]);
                    for (value, new) in pixel.iter_mut().zip(new) {
                        *value = mix(*value, new, share);
                    }
                }
            }
        }
    }
}

impl Head {
    /// Lines of colours that there have to be.
    fn wanted(&self) -> Result<usize, String> {
        match (self.size_1d, self.size_3d) {
            (Some(_), Some(_)) => Err("it is a table of one and of three dimensions at once".to_owned()),
            (Some(size), None) => Ok(size),
            (None, Some(size)) => Ok(size * size * size),
            (None, None) => Err("colours stand before LUT_1D_SIZE or LUT_3D_SIZE; it is no .cube file".to_owned()),
        }
    }

    fn shape(&self, colours: &[[f32; 3]]) -> Shape {
        let fixed = |value: f32| (value.clamp(0.0, 1.0) * FULL).round() as u16;
        let size = self.size_3d.or(self.size_1d).unwrap_or(2);
        // Where each value stands between the points: the one below, and the way to the next.
        let places = |channel: usize| {
            let (least, most) = (self.least[channel], self.most[channel]);
            (0..=255u8).map(move |value| {
                let along = (f32::from(value) / 255.0 - least) / (most - least);
                let along = along.clamp(0.0, 1.0) * (size - 1) as f32;
                let below = (along as usize).min(size - 2);
                (below, along - below as f32)
            })
        };
        if self.size_3d.is_none() {
            let at = |place: usize, channel: usize| colours.get(place).map_or(0.0, |colour| colour[channel]);
            let line = |channel: usize| {
                let values = places(channel)
                    .map(|(below, way)| fixed(at(below, channel) * (1.0 - way) + at(below + 1, channel) * way));
                values.collect()
            };
            return Shape::Line([line(0), line(1), line(2)]);
        }
        let steps = [1, size, size * size];
        let axis = |channel: usize| {
            let places = places(channel);
            places.map(|(below, way)| ((below * steps[channel]) as u32, (way * 256.0).round() as u16)).collect()
        };
        Shape::Cube {
            axes: [axis(0), axis(1), axis(2)],
            steps: steps.map(|step| step as u32),
            points: colours.iter().map(|colour| colour.map(fixed)).collect(),
        }
    }
}

/// What a table of three dimensions makes of a colour.
#[inline]
fn between(axes: &[Vec<(u32, u16)>; 3], steps: &[u32; 3], points: &[[u16; 3]], colour: [u8; 3]) -> [u32; 3] {
    let places = [0, 1, 2].map(|channel| axes[channel].get(usize::from(colour[channel])).copied().unwrap_or_default());
    let lowest: u32 = places.iter().map(|(place, _)| place).sum();
    // The longest way first: these three steps lead from the lowest corner to the highest along a tetrahedron's edges.
    let mut ways = [(places[0].1, steps[0]), (places[1].1, steps[1]), (places[2].1, steps[2])];
    if ways[0].0 < ways[1].0 {
        ways.swap(0, 1);
    }
    if ways[1].0 < ways[2].0 {
        ways.swap(1, 2);
    }
    if ways[0].0 < ways[1].0 {
        ways.swap(0, 1);
    }
    let [long, middle, short] = ways.map(|(way, _)| u32::from(way));
    let point = |place: u32| points.get(place as usize).copied().unwrap_or_default().map(u32::from);
    let second = lowest + ways[0].1;
    let third = second + ways[1].1;
    let corners = [point(lowest), point(second), point(third), point(third + ways[2].1)];
    let weights = [256 - long, long - middle, middle - short, short];
    [0, 1, 2].map(|channel| {
        let sum: u32 = corners.iter().zip(weights).map(|(corner, weight)| corner[channel] * weight).sum();
        sum >> 8
    })
}

/// A value with so many 256ths of a table's.
#[inline]
fn mix(old: u8, new: u32, share: u32) -> u8 {
    ((u32::from(old) * 128 * (256 - share) + new * share + 0x4000) >> 15) as u8
}

fn size(text: &str, most: usize) -> Result<usize, String> {
    let size = text.trim().parse().ok().filter(|size| (2..=most).contains(size));
    size.ok_or_else(|| format!("`{}` is not a size from 2 to {most}", text.trim()))
}

fn is_number(word: &str) -> bool {
    word.parse::<f32>().is_ok()
}

/// As many numbers as are wanted, and nothing else.
fn numbers<const COUNT: usize>(text: &str) -> Result<[f32; COUNT], String> {
    let mut found = [0.0; COUNT];
    let mut words = text.split_whitespace();
    for number in &mut found {
        let word = words.next().ok_or_else(|| format!("here have to be {COUNT} numbers"))?;
        *number =
            word.parse().ok().filter(|number: &f32| number.is_finite()).ok_or(format!("`{word}` is not a number"))?;
    }
    match words.next() {
        Some(_) => Err(format!("here have to be {COUNT} numbers and no more")),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    /// A table of three dimensions that makes of each colour what `map` says.
    fn cube(size: usize, map: impl Fn([f32; 3]) -> [f32; 3]) -> String {
        let mut text = format!("TITLE \"a test\"\n# made here\nLUT_3D_SIZE {size}\n\n");
        for place in 0..size * size * size {
            let at = |divisor: usize| (place / divisor % size) as f32 / (size - 1) as f32;
            let [red, green, blue] = map([at(1), at(size), at(size * size)]);
            writeln!(text, "{red} {green} {blue}").unwrap();
        }
        text
    }

    fn applied(text: &str, pixel: [u8; 4], strength: f64) -> [u8; 4] {
        let mut pixel = pixel;
        Cube::parse(text).unwrap().apply(&mut pixel, strength);
        pixel
    }

    #[test]
    fn an_identity_of_any_size_changes_nothing() {
        for size in [2, 17, 33, 65] {
            let table = Cube::parse(&cube(size, |colour| colour)).unwrap();
            let mut pixels: Vec<u8> =
                (0..4_096u32).flat_map(|n| [(n * 7) as u8, (n * 13) as u8, (n / 16) as u8, 9]).collect();
            let before = pixels.clone();
            table.apply(&mut pixels, 1.0);
            let most = pixels.iter().zip(&before).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(most <= 1, "{size}: {most}");
        }
        let line = "LUT_1D_SIZE 3\n0 0 0\n0.5 0.5 0.5\n1 1 1\n";
        assert_eq!(applied(line, [0, 77, 255, 3], 1.0), [0, 77, 255, 3]);
    }

    #[test]
    fn red_runs_fastest_and_opacity_stays() {
        let swap = cube(2, |[red, green, blue]| [blue, red, green]);
        assert_eq!(applied(&swap, [255, 100, 0, 40], 1.0), [0, 255, 100, 40]);
    }

    #[test]
    fn half_of_a_table_is_half_of_its_way() {
        let invert = cube(5, |colour| colour.map(|value| 1.0 - value));
        assert_eq!(applied(&invert, [255, 0, 51, 255], 1.0), [0, 255, 204, 255]);
        let half = applied(&invert, [255, 0, 55, 255], 0.5);
        assert!(half[..3].iter().all(|value| (127..=128).contains(value)), "{half:?}");
        assert_eq!(applied(&invert, [255, 0, 55, 255], 0.0), [255, 0, 55, 255]);
    }

    #[test]
    fn a_domain_says_where_the_table_begins_and_ends() {
        let text = "DOMAIN_MIN 0.25 0 0\nDOMAIN_MAX 0.75 1 2\nLUT_1D_SIZE 2\n0 0 0\n1 1 1\n";
        assert_eq!(applied(text, [51, 51, 51, 255], 1.0), [0, 51, 26, 255], "below, within, and half as steep");
        assert_eq!(applied(text, [204, 204, 204, 255], 1.0), [255, 204, 102, 255]);
        let range = "LUT_3D_INPUT_RANGE 0 0.5\n".to_owned() + &cube(2, |colour| colour);
        assert_eq!(applied(&range, [64, 0, 200, 255], 1.0)[2], 255);
    }

    #[test]
    fn greys_stay_grey_between_the_points() {
        let curve = cube(9, |colour| colour.map(|value| value * value));
        for value in 0..=255 {
            let [red, green, blue, _] = applied(&curve, [value, value, value, 255], 1.0);
            assert!(red == green && green == blue, "{value}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let said = |text: &str| Cube::parse(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(said("LUT_3D_SIZE 66\n"), "line 1: `66` is not a size from 2 to 65");
        assert_eq!(said("# a\nLUT_1D_SIZE 2\n0 0 0\n0 x 0\n"), "line 4: `x` is not a number");
        assert_eq!(said("LUT_1D_SIZE 2\n0 0\n"), "line 2: here have to be 3 numbers");
        assert_eq!(said("LUT_1D_SIZE 2\n0 0 0 0\n"), "line 2: here have to be 3 numbers and no more");
        assert_eq!(said("LUT_1D_SIZE 2\n0 0 0\n"), "it ends after 1 of 2 lines of colours");
        assert_eq!(said("LUT_1D_SIZE 2\n0 0 0\n1 1 1\n1 1 1\n"), "line 4: there are more than 2 lines of colours");
        assert_eq!(said("LUT_2D_SIZE 2\n"), "line 1: `LUT_2D_SIZE` is not known");
        assert_eq!(said("0 0 0\n"), "line 1: colours stand before LUT_1D_SIZE or LUT_3D_SIZE; it is no .cube file");
        assert_eq!(said("nothing"), "line 1: `nothing` is not known");
        assert_eq!(said(""), "it names no LUT_1D_SIZE or LUT_3D_SIZE; it is no .cube file");
        let domain = "LUT_1D_SIZE 2\nDOMAIN_MAX 0 1 1\n0 0 0\n1 1 1\n";
        assert_eq!(said(domain), "line 2: DOMAIN_MIN has to be less than DOMAIN_MAX");
        assert_eq!(said("LUT_1D_SIZE 2\n0 0 0\n1 nan 1\n"), "line 3: `nan` is not a number");
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(LUT_[13]D_SIZE [0-9]{1,3}\n)?(DOMAIN_MAX [0-9.e-]{1,6} 1 1\n)?([0-9. e#-]{0,12}\n){0,12}\\PC{0,40}") {
            if let Ok(table) = Cube::parse(&text) {
                let mut pixels: Vec<u8> = (0..=255).collect();
                table.apply(&mut pixels, 0.7);
            }
        }
    }
}
