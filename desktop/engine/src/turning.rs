//! A picture turned by any angle, which GStreamer's compositor cannot do: planes in, planes out. No pipeline, no time.
//!
//! What comes out is a square that holds the picture however it is turned, so that its size stays while it turns. Around the
//! picture the square is clear; the picture's edges are as clear as a pixel lies outside.

use crate::blend::{Plane, PlaneMut};

/// Luma and chroma of what is not seen.
const CLEAR: [u8; 3] = [16, 128, 128];
/// Pixels around the picture that have its colour, so that an edge that is half clear does not darken.
const FRINGE: f64 = 2.0;

/// How a picture is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Turning {
    /// Degrees clockwise.
    pub(crate) angle: f64,
    /// What is seen of the picture, in pixels of the canvas.
    pub(crate) size: (u32, u32),
    /// Where the picture that comes is cut off: from its left, top, right and bottom edge, in parts of its sides.
    pub(crate) cut: [f64; 4],
    /// Where the middle lies in the square, from the square's own.
    pub(crate) off: (f64, f64),
}

/// The picture to turn: luma and two chroma planes of half its size, and how opaque it is, if it is not everywhere.
pub(crate) struct Picture<'a> {
    pub(crate) size: (usize, usize),
    pub(crate) planes: [Plane<'a>; 3],
    pub(crate) alpha: Option<Plane<'a>>,
}

impl Turning {
    /// The side of the square, in pixels; even.
    pub(crate) fn side(&self) -> u32 {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        (width.hypot(height).ceil() as u32 + 2).next_multiple_of(2)
    }

    /// Draws the square's luma (0) or one of its chroma planes (1 and 2).
    pub(crate) fn colour(&self, picture: &Picture, plane: usize, out: &mut PlaneMut) {
        let step = if plane == 0 { 1 } else { 2 };
        let (Some(from), Some(clear)) = (picture.planes.get(plane), CLEAR.get(plane)) else { return };
        let tap = Tap::new(self, picture.size, step);
        for row in 0..out.size.1 {
            let Some(line) = out.data.get_mut(row * out.stride..row * out.stride + out.size.0) else { return };
            let way = Way::new(self, self.side(), step, row);
            let (first, last) = way.within(self.half(FRINGE), line.len());
            line.fill(*clear);
            let Some(line) = line.get_mut(first..last) else { continue };
            let start = tap.at(&way, first);
            match &picture.alpha {
                Some(alpha) => tap.draw(start, line, |four| weighed(from, alpha, step as usize, four)),
                None => tap.draw(start, line, |four| mean(from, four)),
            }
        }
    }

    /// Draws how opaque the square is.
    pub(crate) fn alpha(&self, picture: &Picture, out: &mut PlaneMut) {
        let tap = Tap::new(self, picture.size, 1);
        let half = self.half(0.0);
        let mut edges = Vec::new();
        for row in 0..out.size.1 {
            let Some(line) = out.data.get_mut(row * out.stride..row * out.stride + out.size.0) else { return };
            let way = Way::new(self, self.side(), 1, row);
            let (first, last) = way.within(self.half(0.5), line.len());
            let (inner, outer) = way.within(self.half(-0.5), line.len());
            let (inner, outer) = if inner < outer { (inner, outer) } else { (last, last) };
            line.fill(0);
            for column in (first..inner).chain(outer..last) {
                if let Some(out) = line.get_mut(column) {
                    *out = (way.covered(column, half) * 255.0).round() as u8;
                }
            }
            if let Some(inside) = line.get_mut(inner..outer) {
                inside.fill(255);
            }
            let (Some(alpha), Some(line)) = (&picture.alpha, line.get_mut(first..last)) else { continue };
            edges.clear();
            edges.extend_from_slice(line);
            tap.draw(tap.at(&way, first), line, |four| mean(alpha, four));
            for (out, edge) in line.iter_mut().zip(&edges).filter(|(_, edge)| **edge < 255) {
                *out = ((u32::from(*out) * u32::from(*edge) + 127) / 255) as u8;
            }
        }
    }

    /// Half of what is seen, and so many pixels more.
    fn half(&self, more: f64) -> (f64, f64) {
        (f64::from(self.size.0) / 2.0 + more, f64::from(self.size.1) / 2.0 + more)
    }
}

/// One row of the square, along the picture's own edges: where its first sample lies from the picture's middle, and how far it
/// is from one sample to the next.
struct Way {
    start: (f64, f64),
    step: (f64, f64),
}

impl Way {
    /// `step` is 2 for a plane of half the size.
    fn new(turning: &Turning, side: u32, step: u32, row: usize) -> Self {
        let (sin, cos) = turning.angle.to_radians().sin_cos();
        let (side, step) = (f64::from(side), f64::from(step));
        let x = step / 2.0 - side / 2.0 - turning.off.0;
        let y = (row as f64 + 0.5) * step - side / 2.0 - turning.off.1;
        Self { start: (x * cos + y * sin, y * cos - x * sin), step: (step * cos, -step * sin) }
    }

    /// Which of `count` samples lie in a rectangle of twice these sides around the middle: the first, and the one after the last.
    fn within(&self, half: (f64, f64), count: usize) -> (usize, usize) {
        let (mut first, mut end) = (0.0, count as f64);
        for (start, step, half) in [(self.start.0, self.step.0, half.0), (self.start.1, self.step.1, half.1)] {
            if step.abs() < 1e-9 {
                if start.abs() >= half {
                    return (0, 0);
                }
            } else {
                let (a, b) = ((-half - start) / step, (half - start) / step);
                first = f64::max(first, a.min(b).ceil());
                end = f64::min(end, a.max(b).floor() + 1.0);
            }
        }
        if first < end { (first as usize, end as usize) } else { (0, 0) }
    }

    /// How much of a pixel lies in the rectangle, 0 to 1.
    fn covered(&self, column: usize, half: (f64, f64)) -> f64 {
        let along =
            |start: f64, step: f64, half: f64| (half - (start + step * column as f64).abs() + 0.5).clamp(0.0, 1.0);
        along(self.start.0, self.step.0, half.0) * along(self.start.1, self.step.1, half.1)
    }
}

/// From the way along the picture's edges to its samples, which are counted in 65536ths.
struct Tap {
    scale: (f64, f64),
    middle: (f64, f64),
    step: (i32, i32),
    least: (i32, i32),
    most: (i32, i32),
}

/// Four samples that lie together: the column and row of the first, and the share of the others in 256ths, to the right and
/// below.
#[derive(Clone, Copy)]
struct Four {
    column: usize,
    row: usize,
    right: u32,
    below: u32,
}

const ONE: f64 = 65_536.0;

impl Tap {
    fn new(turning: &Turning, size: (usize, usize), step: u32) -> Self {
        let (sin, cos) = turning.angle.to_radians().sin_cos();
        let fine = f64::from(step);
        // Of one side: samples for a pixel of the canvas, the middle of what is seen, and its first and last sample.
        let side = |samples: usize, seen: u32, from: f64, to: f64| {
            let samples = (samples as f64 / fine).floor().max(1.0);
            let (first, end) = (from * samples, (1.0 - to) * samples);
            let scale = (end - first) / f64::from(seen.max(1));
            let last = (end - 1.0).max(first);
            (scale, f64::midpoint(first, end) - 0.5, first.min(samples - 1.0), last.min(samples - 1.0))
        };
        let [left, top, right, bottom] = turning.cut;
        let (across, x, left, right) = side(size.0, turning.size.0, left, right);
        let (down, y, top, bottom) = side(size.1, turning.size.1, top, bottom);
        let fixed = |value: f64| (value * ONE).round() as i32;
        // A hair before the last sample, so that there is always a next one; its share is all, rounded.
        let before =
            |last: f64, samples: usize| fixed(last).min((((samples / step as usize) as i32 - 1) << 16) - 1).max(0);
        let most = (before(right, size.0), before(bottom, size.1));
        Self {
            scale: (across, down),
            middle: (x, y),
            step: (fixed(cos * fine * across), fixed(-sin * fine * down)),
            least: (fixed(left).min(most.0), fixed(top).min(most.1)),
            most,
        }
    }

    /// Where a sample of the square comes from.
    fn at(&self, way: &Way, column: usize) -> (i32, i32) {
        let fixed = |start: f64, step: f64, scale: f64, middle: f64| {
            (((start + step * column as f64) * scale + middle) * ONE).round() as i32
        };
        (
            fixed(way.start.0, way.step.0, self.scale.0, self.middle.0),
            fixed(way.start.1, way.step.1, self.scale.1, self.middle.1),
        )
    }

    /// Draws a line of samples, of which the first comes from `at`.
    #[inline]
    fn draw(&self, at: (i32, i32), line: &mut [u8], sample: impl Fn(Four) -> u8) {
        // Most samples lie inside and need not be held there.
        let (first, end) = self.inside(at, line.len());
        let (mut x, mut y) = at;
        for (place, out) in line.iter_mut().enumerate() {
            let (column, row) = if (first..end).contains(&place) {
                (x, y)
            } else {
                (x.clamp(self.least.0, self.most.0), y.clamp(self.least.1, self.most.1))
            };
            *out = sample(Four::at(column, row));
            (x, y) = (x.wrapping_add(self.step.0), y.wrapping_add(self.step.1));
        }
    }

    /// Which of `count` samples lie inside: the first, and the one after the last.
    fn inside(&self, at: (i32, i32), count: usize) -> (usize, usize) {
        let (mut first, mut end) = (0, count as i64);
        let across = (at.0, self.step.0, self.least.0, self.most.0);
        for (at, step, least, most) in [across, (at.1, self.step.1, self.least.1, self.most.1)] {
            let [at, step, least, most] = [at, step, least, most].map(i64::from);
            let (near, far) = if step < 0 { (at - most, at - least) } else { (least - at, most - at) };
            if step == 0 {
                end = if near <= 0 && far >= 0 { end } else { 0 };
            } else {
                first = first.max(-(-near).div_euclid(step.abs()));
                end = end.min(far.div_euclid(step.abs()) + 1);
            }
        }
        if first < end { (first as usize, end as usize) } else { (0, 0) }
    }
}

impl Four {
    #[inline]
    fn at(column: i32, row: i32) -> Self {
        let share = |at: i32| ((at as u32 & 0xffff) + 0x80) >> 8;
        Self { column: (column >> 16) as usize, row: (row >> 16) as usize, right: share(column), below: share(row) }
    }
}

/// The four samples of a plane in reading order; of one that is a single column or row, its first sample again.
#[inline]
fn samples(plane: &Plane, four: Four, apart: usize) -> [u32; 4] {
    let above = four.row * apart * plane.stride + four.column * apart;
    let below = above + apart * plane.stride;
    let pair = |at: usize| plane.data.get(at..=at + apart).map(|pair| (u32::from(pair[0]), u32::from(pair[apart])));
    match (pair(above), pair(below)) {
        (Some((a, b)), Some((c, d))) => [a, b, c, d],
        _ => [plane.data.get(above).copied().map_or(0, u32::from); 4],
    }
}

#[inline]
fn mean(plane: &Plane, four: Four) -> u8 {
    let above = four.row * plane.stride + four.column;
    let pair = |at: usize| plane.data.get(at..)?.first_chunk::<2>();
    match (pair(above), pair(above + plane.stride)) {
        (Some(&[a, b]), Some(&[c, d])) => mix([a, b, c, d].map(u32::from), four),
        _ => mix(samples(plane, four, 1), four),
    }
}

#[inline]
fn mix(samples: [u32; 4], four: Four) -> u8 {
    let [a, b, c, d] = samples.map(u32::cast_signed);
    let (right, below) = (four.right.cast_signed(), four.below.cast_signed());
    let (upper, lower) = ((a << 8) + (b - a) * right, (c << 8) + (d - c) * right);
    (((upper << 8) + (lower - upper) * below + 0x8000) >> 16) as u8
}

/// The mean of what can be seen: what is clear has no colour to give. `apart` are the samples of `alpha` from one of the
/// plane's to the next.
#[inline]
fn weighed(plane: &Plane, alpha: &Plane, apart: usize, four: Four) -> u8 {
    let (colours, opaque) = (samples(plane, four, 1), samples(alpha, four, apart));
    if opaque.iter().all(|&each| each == opaque[0]) {
        return mix(colours, four);
    }
    let (right, below) = (four.right, four.below);
    let (left, above) = (256 - right, 256 - below);
    let weights = [left * above, right * above, left * below, right * below];
    let (mut sum, mut whole) = (0u64, 0u64);
    for ((colour, weight), opaque) in colours.into_iter().zip(weights).zip(opaque) {
        let weight = u64::from(weight * opaque);
        (sum, whole) = (sum + u64::from(colour) * weight, whole + weight);
    }
    ((sum + whole / 2) / whole.max(1)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of luma and alpha.
    fn turned(turning: &Turning, luma: &[u8], alpha: Option<&[u8]>, size: (usize, usize)) -> (usize, Vec<u8>, Vec<u8>) {
        let grey = vec![128; luma.len()];
        let plane = |data| Plane { data, stride: size.0 };
        let picture = Picture { size, planes: [plane(luma), plane(&grey), plane(&grey)], alpha: alpha.map(plane) };
        let side = turning.side() as usize;
        let (mut colour, mut opaque) = (vec![0; side * side], vec![0; side * side]);
        turning.colour(&picture, 0, &mut PlaneMut { data: &mut colour, stride: side, size: (side, side) });
        turning.alpha(&picture, &mut PlaneMut { data: &mut opaque, stride: side, size: (side, side) });
        (side, colour, opaque)
    }

    fn at(angle: f64, size: (u32, u32)) -> Turning {
        Turning { angle, size, cut: [0.0; 4], off: (0.0, 0.0) }
    }

    #[test]
    fn quarter_turns_move_every_sample_and_change_none() {
        // Four columns, two rows.
        let luma = [10, 20, 30, 40, 50, 60, 70, 80];
        let seen = |angle| {
            let (side, colour, opaque) = turned(&at(angle, (4, 2)), &luma, None, (4, 2));
            let rows = colour.chunks(side).zip(opaque.chunks(side));
            let kept = |(row, alpha): (&[u8], &[u8])| -> Vec<u8> {
                row.iter().zip(alpha).filter(|(_, alpha)| **alpha == 255).map(|(value, _)| *value).collect()
            };
            rows.map(kept).filter(|row| !row.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(seen(0.0), [[10, 20, 30, 40], [50, 60, 70, 80]]);
        assert_eq!(seen(90.0), [[50, 10], [60, 20], [70, 30], [80, 40]]);
        assert_eq!(seen(180.0), [[80, 70, 60, 50], [40, 30, 20, 10]]);
        assert_eq!(seen(-90.0), [[40, 80], [30, 70], [20, 60], [10, 50]]);
    }

    #[test]
    fn a_turned_picture_keeps_its_area_and_its_colour_and_has_soft_edges() {
        let luma = vec![200; 60 * 40];
        for angle in [1.0, 17.5, 45.0, 89.0, -133.0] {
            let (_, colour, opaque) = turned(&at(angle, (60, 40)), &luma, None, (60, 40));
            let area = opaque.iter().map(|&alpha| f64::from(alpha) / 255.0).sum::<f64>();
            assert!((area - 2_400.0).abs() < 24.0, "{angle}: {area}");
            let edge = opaque.iter().filter(|alpha| (1..255).contains(*alpha)).count();
            assert!(edge > 60, "{angle}: {edge} pixels of the edge are half clear");
            assert!(colour.iter().zip(&opaque).all(|(&value, &alpha)| alpha == 0 || value == 200), "{angle}");
        }
    }

    #[test]
    fn what_is_cut_off_does_not_shine_into_the_edge() {
        // The left half, which is cut off, is bright.
        let luma: Vec<u8> = (0..40 * 40).map(|place| if place % 40 < 20 { 255 } else { 50 }).collect();
        let turning = Turning { cut: [0.5, 0.0, 0.0, 0.0], ..at(30.0, (20, 40)) };
        let (_, colour, opaque) = turned(&turning, &luma, None, (40, 40));
        assert!(colour.iter().zip(&opaque).all(|(&value, &alpha)| alpha == 0 || value == 50));
    }

    #[test]
    fn what_is_clear_gives_no_colour_to_what_is_not() {
        let luma: Vec<u8> = (0..40 * 40).map(|place| if place % 40 < 20 { 16 } else { 220 }).collect();
        let alpha: Vec<u8> = (0..40 * 40).map(|place| if place % 40 < 20 { 0 } else { 255 }).collect();
        let (_, colour, opaque) = turned(&at(30.0, (40, 40)), &luma, Some(&alpha), (40, 40));
        assert!(colour.iter().zip(&opaque).all(|(&value, &alpha)| alpha == 0 || value == 220));
        let area = opaque.iter().map(|&alpha| f64::from(alpha) / 255.0).sum::<f64>();
        assert!((area - 800.0).abs() < 25.0, "{area}");
    }

    #[test]
    fn planes_that_are_too_small_are_no_panic() {
        for size in [(1, 1), (2, 2), (3, 1)] {
            turned(&at(33.0, (4_096, 2)), &[1], None, size);
            turned(&Turning { cut: [0.9, 0.9, 0.9, 0.9], ..at(33.0, (2, 2)) }, &[1; 9], Some(&[1; 9]), size);
        }
    }
}
