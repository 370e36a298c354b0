//! The studio's icon with a lamp in its corner.

use tauri::image::Image;

const RED: [u8; 3] = [0xe5, 0x34, 0x3d];
const WHITE: [u8; 3] = [0xff, 0xff, 0xff];

/// What the lamp says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Badge {
    #[default]
    None,
    /// On its way to being live, or out of it: a red ring.
    Waiting,
    /// A red lamp.
    Live,
    /// A white lamp with a red middle, as on a recorder.
    Recording,
}

#[derive(Clone)]
pub(super) struct Picture {
    /// In pixels.
    pub(super) side: i32,
    /// Opacity, red, green and blue of each pixel, as trays want them.
    pixels: Vec<u8>,
}

impl Picture {
    pub(super) fn of(image: &Image<'_>) -> Self {
        let mut pixels = image.rgba().to_vec();
        for pixel in pixels.chunks_exact_mut(4) {
            pixel.rotate_right(1);
        }
        Self { side: image.width() as i32, pixels }
    }

    /// The picture with a lamp.
    pub(super) fn with(&self, badge: Badge) -> Vec<u8> {
        let mut pixels = self.pixels.clone();
        let side = self.side as f32;
        let (centre, radius) = (side * 0.72, side * 0.26);
        let width = self.side.max(1) as usize;
        for (place, pixel) in pixels.chunks_exact_mut(4).enumerate() {
            let (x, y) = ((place % width) as f32 + 0.5, (place / width) as f32 + 0.5);
            let away = (x - centre).hypot(y - centre) / radius;
            let colour = match badge {
                Badge::None => continue,
                _ if away > 1.0 => continue,
                Badge::Waiting if away < 0.6 => continue,
                Badge::Recording if away > 0.62 => WHITE,
                Badge::Waiting | Badge::Live | Badge::Recording => RED,
            };
            pixel.copy_from_slice(&[0xff, colour[0], colour[1], colour[2]]);
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lamp_looks_different() {
        let grey = Picture::of(&Image::new_owned([0x80; 32 * 32 * 4].to_vec(), 32, 32));
        let all = [Badge::None, Badge::Waiting, Badge::Live, Badge::Recording].map(|badge| grey.with(badge));
        for (place, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 32 * 32 * 4);
            assert_eq!(one[..4], [0x80; 4], "its far corner stays as it is");
            assert!(all.iter().skip(place + 1).all(|other| other != one));
        }
    }
}
