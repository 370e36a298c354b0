//! What a frame in the middle of a transition looks like: made from a frame of the old scene and one of the new. No pipeline, no
//! time, only pictures.

use klieg_studio_model::{Direction, Transition};

/// One plane of a picture, 8 bits a sample.
#[derive(Clone, Copy)]
pub(crate) struct Plane<'a> {
    pub(crate) data: &'a [u8],
    /// Bytes from one row to the next.
    pub(crate) stride: usize,
}

/// One plane to write.
pub(crate) struct PlaneMut<'a> {
    pub(crate) data: &'a mut [u8],
    pub(crate) stride: usize,
    /// Samples in a row, and rows.
    pub(crate) size: (usize, usize),
}

impl<'a> Plane<'a> {
    fn row(&self, row: usize, width: usize) -> &'a [u8] {
        self.data.get(row * self.stride..row * self.stride + width).unwrap_or_default()
    }
}

/// Writes the frame that stands `progress` (0 to 1) of the way from `old` to `new`, one plane of it.
pub(crate) fn blend(transition: &Transition, progress: f64, old: Plane, new: Plane, out: &mut PlaneMut) {
    let progress = progress.clamp(0.0, 1.0);
    let (width, height) = out.size;
    for row in 0..height {
        let Some(line) = out.data.get_mut(row * out.stride..row * out.stride + width) else { return };
        match transition {
            Transition::Fade { .. } => fade(old.row(row, width), new.row(row, width), eased(progress), line),
            Transition::Wipe { to, .. } => {
                wipe(*to, progress, (row, height), old.row(row, width), new.row(row, width), line);
            }
            Transition::Slide { to, .. } => slide(*to, eased(progress), (row, out.size), old, new, line),
            Transition::Cut | Transition::Stinger { .. } => put(new.row(row, width), line),
        }
    }
}

/// Writes one plane of `under` with a translucent picture over it. `alpha` has the size of the luma plane; `halved` says that this
/// plane has half of its rows and columns.
pub(crate) fn cover(under: Plane, over: Plane, alpha: Plane, halved: bool, out: &mut PlaneMut) {
    let (width, height) = out.size;
    let step = if halved { 2 } else { 1 };
    for row in 0..height {
        let Some(line) = out.data.get_mut(row * out.stride..row * out.stride + width) else { return };
        let (under, over) = (under.row(row, width), over.row(row, width));
        let alpha = alpha.data.get(row * step * alpha.stride..).unwrap_or_default().iter().step_by(step);
        for (((out, &under), &over), &alpha) in line.iter_mut().zip(under).zip(over).zip(alpha) {
            let (under, over, alpha) = (u32::from(under), u32::from(over), u32::from(alpha));
            *out = ((over * alpha + under * (255 - alpha) + 127) / 255) as u8;
        }
    }
}

/// A row as it is; nothing if there is none.
fn put(row: &[u8], out: &mut [u8]) {
    if row.len() == out.len() {
        out.copy_from_slice(row);
    }
}

/// Slow at both ends.
fn eased(progress: f64) -> f64 {
    progress * progress * (3.0 - 2.0 * progress)
}

fn fade(old: &[u8], new: &[u8], progress: f64, out: &mut [u8]) {
    let share = (progress * 256.0).round() as u16;
    for ((out, &old), &new) in out.iter_mut().zip(old).zip(new) {
        *out = ((u16::from(old) * (256 - share) + u16::from(new) * share + 128) >> 8) as u8;
    }
}

/// The edge moves `to` and uncovers the new scene behind it.
fn wipe(to: Direction, progress: f64, (row, height): (usize, usize), old: &[u8], new: &[u8], out: &mut [u8]) {
    let width = out.len();
    let moved = |side: usize| (progress * side as f64).round() as usize;
    let uncovered = match to {
        Direction::Right => 0..moved(width),
        Direction::Left => width - moved(width)..width,
        Direction::Down if row < moved(height) => 0..width,
        Direction::Up if row >= height - moved(height) => 0..width,
        Direction::Down | Direction::Up => 0..0,
    };
    put(old, out);
    if let (Some(out), Some(new)) = (out.get_mut(uncovered.clone()), new.get(uncovered)) {
        put(new, out);
    }
}

/// Both scenes move `to`, the new one behind the old one.
fn slide(
    to: Direction,
    progress: f64,
    (row, (width, height)): (usize, (usize, usize)),
    old: Plane,
    new: Plane,
    out: &mut [u8],
) {
    let moved = |side: usize| (progress * side as f64).round() as usize;
    match to {
        Direction::Left | Direction::Right => {
            let (old, new) = (old.row(row, width), new.row(row, width));
            let gone = moved(width);
            let (left, right, split) = match to {
                // What is left of the old scene stands to the left of the new one.
                Direction::Left => (old.get(gone..), new.get(..gone), width - gone),
                _ => (new.get(width - gone..), old.get(..width - gone), gone),
            };
            if let (Some(left), Some(right)) = (left, right) {
                let (first, second) = out.split_at_mut(split);
                put(left, first);
                put(right, second);
            }
        }
        Direction::Up | Direction::Down => {
            let gone = moved(height);
            let source = match to {
                Direction::Up if row + gone < height => old.row(row + gone, width),
                Direction::Up => new.row(row + gone - height, width),
                _ if row >= gone => old.row(row - gone, width),
                _ => new.row(row + height - gone, width),
            };
            put(source, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 8;
    const HEIGHT: usize = 4;

    /// The old scene holds 0 to 31 in reading order, the new one 100 to 131.
    fn at(transition: &Transition, progress: f64) -> Vec<Vec<u8>> {
        let scene = |first: u8| (first..first + 32).collect::<Vec<_>>();
        let (old, new) = (scene(0), scene(100));
        // Rows of the output lie farther apart than those of the input.
        let mut data = vec![255; 10 * HEIGHT];
        let plane = |data| Plane { data, stride: WIDTH };
        let mut out = PlaneMut { data: &mut data, stride: 10, size: (WIDTH, HEIGHT) };
        blend(transition, progress, plane(&old), plane(&new), &mut out);
        assert!(data.chunks(10).all(|row| row[WIDTH..] == [255, 255]), "nothing is written beside the picture");
        data.chunks(10).map(|row| row[..WIDTH].to_vec()).collect()
    }

    fn all() -> Vec<Transition> {
        let mut all = vec![Transition::Fade { duration: 100 }];
        for to in [Direction::Left, Direction::Right, Direction::Up, Direction::Down] {
            all.push(Transition::Wipe { duration: 100, to });
            all.push(Transition::Slide { duration: 100, to });
        }
        all
    }

    #[test]
    fn every_transition_begins_with_the_old_scene_and_ends_with_the_new() {
        for transition in all() {
            let (first, last) = (at(&transition, 0.0), at(&transition, 1.0));
            assert_eq!(first.concat(), (0..32).collect::<Vec<u8>>(), "{transition:?}");
            assert_eq!(last.concat(), (100..132).collect::<Vec<u8>>(), "{transition:?}");
        }
    }

    #[test]
    fn a_fade_is_the_mean_half_way() {
        assert_eq!(at(&Transition::Fade { duration: 100 }, 0.5)[0], [50, 51, 52, 53, 54, 55, 56, 57]);
    }

    #[test]
    fn a_slide_pushes_the_old_scene_out() {
        let slide = |to| at(&Transition::Slide { duration: 100, to }, 0.5);
        assert_eq!(slide(Direction::Left)[0], [4, 5, 6, 7, 100, 101, 102, 103]);
        assert_eq!(slide(Direction::Right)[0], [104, 105, 106, 107, 0, 1, 2, 3]);
        assert_eq!(slide(Direction::Up).iter().map(|row| row[0]).collect::<Vec<_>>(), [16, 24, 100, 108]);
        assert_eq!(slide(Direction::Down).iter().map(|row| row[0]).collect::<Vec<_>>(), [116, 124, 0, 8]);
    }

    #[test]
    fn a_wipe_moves_nothing_and_uncovers_the_new_scene() {
        let wipe = |to| at(&Transition::Wipe { duration: 100, to }, 0.25);
        assert_eq!(wipe(Direction::Right)[0], [100, 101, 2, 3, 4, 5, 6, 7]);
        assert_eq!(wipe(Direction::Left)[0], [0, 1, 2, 3, 4, 5, 106, 107]);
        assert_eq!(wipe(Direction::Down).iter().map(|row| row[0]).collect::<Vec<_>>(), [100, 8, 16, 24]);
        assert_eq!(wipe(Direction::Up).iter().map(|row| row[0]).collect::<Vec<_>>(), [0, 8, 16, 124]);
    }

    #[test]
    fn what_covers_a_picture_shows_as_much_as_it_is_opaque() {
        let plane = |data, stride| Plane { data, stride };
        let mut data = [0; 4];
        let alpha = [0, 255, 128, 0];
        let mut out = PlaneMut { data: &mut data, stride: 4, size: (4, 1) };
        cover(plane(&[10; 4], 4), plane(&[210; 4], 4), plane(&alpha, 4), false, &mut out);
        assert_eq!(data, [10, 210, 110, 10]);
        let mut data = [0; 2];
        let mut out = PlaneMut { data: &mut data, stride: 2, size: (2, 1) };
        cover(plane(&[10; 2], 2), plane(&[210; 2], 2), plane(&[255, 0, 0, 0], 4), true, &mut out);
        assert_eq!(data, [210, 10], "every other column decides for a plane of half the size");
    }

    #[test]
    fn a_plane_that_is_too_small_is_no_panic() {
        let mut data = vec![9; 8];
        let small = Plane { data: &[1, 2], stride: 8 };
        for transition in all() {
            let mut out = PlaneMut { data: &mut data, stride: 8, size: (8, 1) };
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                blend(&transition, 0.5, small, small, &mut out);
            }));
            assert!(result.is_ok(), "{transition:?}");
        }
    }
}
