//! The `klieg` test picture: lamps that sweep a dark stage, in haze.
//!
//! It is made to be looked at and to cost little: the light has no sharp edges, so it is computed at a quarter of the
//! canvas' size in each direction and scaled up; what is sharp (text) is drawn afterwards.

use std::f32::consts::TAU;

use gstreamer as gst;
use gstreamer_app as gst_app;

use crate::format::picture_caps;

const WIDTH: usize = 320;
const HEIGHT: usize = 180;
const ASPECT: f32 = WIDTH as f32 / HEIGHT as f32;
/// Where the stage's floor begins, in picture heights from the top.
const FLOOR: f32 = 0.80;

struct Lamp {
    /// Where it hangs, in picture heights from the left.
    x: f32,
    colour: [f32; 3],
    /// Seconds for one sweep there and back.
    period: f32,
    phase: f32,
    /// Half the sweep, in radians.
    reach: f32,
}

const LAMPS: [Lamp; 4] = [
    Lamp { x: 0.16, colour: [1.00, 0.62, 0.28], period: 19.0, phase: 0.00, reach: 0.42 },
    Lamp { x: 0.66, colour: [0.30, 0.62, 0.95], period: 23.0, phase: 0.35, reach: 0.34 },
    Lamp { x: 1.14, colour: [0.92, 0.36, 0.52], period: 29.0, phase: 0.70, reach: 0.36 },
    Lamp { x: 1.62, colour: [1.00, 0.74, 0.42], period: 17.0, phase: 0.15, reach: 0.44 },
];

/// A lamp at one moment: the direction of its beam and its strength.
struct Beam {
    x: f32,
    sin: f32,
    cos: f32,
    colour: [f32; 3],
}

/// Feeds the picture into `appsrc`, frame by frame, as fast as they are wanted.
pub(super) fn shine(appsrc: &gst_app::AppSrc, fps: u32) {
    appsrc.set_format(gst::Format::Time);
    appsrc.set_is_live(true);
    appsrc.set_caps(Some(&picture_caps(false, WIDTH as u32, HEIGHT as u32, fps)));
    appsrc.set_max_buffers(1);
    let frame_time = gst::ClockTime::SECOND.nseconds() / u64::from(fps.max(1));
    let mut scene = Scene::new();
    let mut next: Option<u64> = None;
    appsrc.set_callbacks(
        gst_app::AppSrcCallbacks::builder()
            .need_data(move |appsrc, _| {
                use gst::prelude::*;
                let (Some(clock), Some(base)) = (appsrc.clock(), appsrc.base_time()) else { return };
                let now = clock.time().saturating_sub(base).nseconds() / frame_time;
                // Late frames are left out, not caught up with.
                let number = next.map_or(now, |next| next.max(now.saturating_sub(1)));
                next = Some(number + 1);
                let pts = gst::ClockTime::from_nseconds(number * frame_time);
                let mut buffer = gst::Buffer::from_mut_slice(scene.frame(pts.nseconds() as f64 / 1e9));
                if let Some(buffer) = buffer.get_mut() {
                    buffer.set_pts(pts);
                    buffer.set_duration(gst::ClockTime::from_nseconds(frame_time));
                }
                if let Some(wait) = (base + pts).checked_sub(clock.time()) {
                    std::thread::sleep(wait.into());
                }
                // Refused only while the pipeline stops.
                let _ = appsrc.push_buffer(buffer);
            })
            .build(),
    );
}

struct Scene {
    rgb: Vec<[f32; 3]>,
    /// Fixed and below one step of brightness: it hides the steps of dark gradients.
    grain: Vec<f32>,
}

impl Scene {
    fn new() -> Self {
        let mut state = 0x9e37_79b9_u32;
        let grain = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as f32 / 16_777_216.0 - 0.5
        });
        Self { rgb: vec![[0.0; 3]; WIDTH * HEIGHT], grain: grain.take(WIDTH * HEIGHT).collect() }
    }

    /// The picture at a time in seconds, as packed I420.
    fn frame(&mut self, time: f64) -> Vec<u8> {
        let beams = LAMPS.map(|lamp| lamp.beam(time));
        let drift = (time * 0.021).fract() as f32 * TAU;
        for (y, row) in self.rgb.chunks_exact_mut(WIDTH).enumerate() {
            let v = (y as f32 + 0.5) / HEIGHT as f32;
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = shade((x as f32 + 0.5) / HEIGHT as f32, v, &beams, drift);
            }
        }
        self.dust(time, &beams);
        self.i420()
    }

    /// Motes that drift through the light.
    fn dust(&mut self, time: f64, beams: &[Beam]) {
        for mote in 0..36 {
            let seed = mote as f32 * 0.618_034;
            let (speed, depth) = (0.006 + 0.010 * (seed * 7.3).fract(), (seed * 3.7).fract());
            let u = ((f64::from(seed) + time * f64::from(speed)).fract() as f32) * (ASPECT + 0.2) - 0.1;
            let sway = ((time * 0.11 + f64::from(seed) * 5.0).fract() as f32 * TAU).sin();
            let v = (seed * 11.3).fract() * 0.86 + 0.03 * sway;
            let radius = 1.2 + 3.6 * depth * depth;
            let light: f32 = beams.iter().map(|beam| beam.at(u, v)).sum();
            let strength = (0.05 + 0.75 * light) * (0.35 - 0.22 * depth);
            self.disc(u * HEIGHT as f32, v * HEIGHT as f32, radius, strength);
        }
    }

    fn disc(&mut self, x: f32, y: f32, radius: f32, strength: f32) {
        let span = |centre: f32, limit: usize| {
            (centre - radius).max(0.0) as usize..((centre + radius + 1.0).max(0.0) as usize).min(limit)
        };
        for row in span(y, HEIGHT) {
            for column in span(x, WIDTH) {
                let (dx, dy) = (column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                let inside = 1.0 - (dx * dx + dy * dy) / (radius * radius);
                if inside > 0.0 {
                    let glow = strength * inside * inside;
                    for (channel, tint) in self.rgb[row * WIDTH + column].iter_mut().zip([1.0, 0.92, 0.8]) {
                        *channel += glow * tint;
                    }
                }
            }
        }
    }

    /// BT.709, limited range.
    fn i420(&self) -> Vec<u8> {
        let mut out = vec![0; WIDTH * HEIGHT * 3 / 2];
        let (luma, chroma) = out.split_at_mut(WIDTH * HEIGHT);
        let (blue, red) = chroma.split_at_mut(WIDTH * HEIGHT / 4);
        for ((pixel, grain), out) in self.rgb.iter().zip(&self.grain).zip(luma.iter_mut()) {
            let [r, g, b] = pixel.map(tone);
            *out = (16.0 + 219.0 * (0.2126 * r + 0.7152 * g + 0.0722 * b) + grain + 0.5) as u8;
        }
        let pairs = blue.chunks_exact_mut(WIDTH / 2).zip(red.chunks_exact_mut(WIDTH / 2)).enumerate();
        for (y, (blue, red)) in pairs {
            for (x, (blue, red)) in blue.iter_mut().zip(red.iter_mut()).enumerate() {
                let [r, g, b] = self.rgb[y * 2 * WIDTH + x * 2].map(tone);
                let luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
                *blue = (128.5 + 224.0 * (b - luma) / 1.8556) as u8;
                *red = (128.5 + 224.0 * (r - luma) / 1.5748) as u8;
            }
        }
        out
    }
}

impl Lamp {
    fn beam(&self, time: f64) -> Beam {
        let turn = (time / f64::from(self.period) + f64::from(self.phase)).fract() as f32 * TAU;
        let angle = self.reach * turn.sin();
        let breath = 0.88 + 0.12 * (turn * 3.0 + 1.0).sin();
        Beam { x: self.x, sin: angle.sin(), cos: angle.cos(), colour: self.colour.map(|c| c * breath) }
    }
}

impl Beam {
    /// How much of its light is seen at a place in the air, 0 to about 1.
    fn at(&self, u: f32, v: f32) -> f32 {
        let (dx, dy) = (u - self.x, v + 0.12);
        let along = dx * self.sin + dy * self.cos;
        if along <= 0.0 {
            return 0.0;
        }
        let across = (dx * self.cos - dy * self.sin) / (0.016 + 0.125 * along);
        let square = across * across;
        let core = 1.0 / (1.0 + square * square);
        core / (1.0 + 1.9 * along) + 0.10 / (1.0 + square) / (0.6 + along)
    }

    /// How much of it lies on the floor.
    fn on_floor(&self, u: f32, v: f32) -> f32 {
        let reach = (0.92 + 0.12) / self.cos;
        let (dx, dy) = ((u - self.x - self.sin * reach) / 0.24, (v - 0.91) / 0.055);
        let square = dx * dx + dy * dy;
        1.0 / (1.0 + square * square)
    }
}

fn shade(u: f32, v: f32, beams: &[Beam], drift: f32) -> [f32; 3] {
    let depth = 0.030 + 0.035 * v;
    let mut colour = [depth * 0.42, depth * 0.55, depth * 1.35];
    let haze = 0.86 + 0.14 * (u * 3.1 + drift).sin() * (v * 4.3 - drift + u).cos();
    let floor = ((v - FLOOR) / 0.05).clamp(0.0, 1.0);
    for beam in beams {
        let light = beam.at(u, v) * haze * (1.0 - 0.55 * floor) + 0.55 * floor * beam.on_floor(u, v);
        for (channel, tint) in colour.iter_mut().zip(beam.colour) {
            *channel += 0.95 * light * tint;
        }
    }
    let (x, y) = (u / ASPECT - 0.5, v - 0.5);
    let vignette = 1.0 - 0.55 * (x * x + y * y);
    colour.map(|channel| channel * vignette)
}

/// Brightness that never clips: what is bright fades towards white.
fn tone(linear: f32) -> f32 {
    let soft = (linear / (linear + 0.9) * 1.75).min(1.0);
    let root = soft.sqrt();
    root * root.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(plane: &[u8]) -> f64 {
        plane.iter().map(|&p| f64::from(p)).sum::<f64>() / plane.len() as f64
    }

    #[test]
    fn the_picture_is_dark_but_not_black_and_moves_calmly() {
        let mut scene = Scene::new();
        let (a, b) = (scene.frame(10.0), scene.frame(10.0 + 1.0 / 30.0));
        assert_eq!(a.len(), WIDTH * HEIGHT * 3 / 2);
        let luma = &a[..WIDTH * HEIGHT];
        assert!((40.0..130.0).contains(&mean(luma)), "{}", mean(luma));
        assert!(luma.iter().all(|&y| (16..=235).contains(&y)));
        let moved: f64 = luma.iter().zip(&b).map(|(&x, &y)| f64::from(x.abs_diff(y))).sum::<f64>() / luma.len() as f64;
        assert!(moved > 0.01 && moved < 3.0, "{moved}");
    }

    #[test]
    fn a_time_always_gives_the_same_picture() {
        assert_eq!(Scene::new().frame(123.4), Scene::new().frame(123.4));
    }
}
