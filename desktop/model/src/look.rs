//! What happens to the picture of a source before it is placed in a scene.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::colour::Colour;
use crate::show::Crop;

/// One filter of a source's picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PictureFilter {
    /// Makes one colour clear. `similarity` and `smoothness` are from 0 to 1.
    ChromaKey { colour: Colour, similarity: f64, smoothness: f64 },
    /// Each from -1 to 1, but hue in degrees from -180 to 180; 0 changes nothing.
    Colour { brightness: f64, contrast: f64, saturation: f64, hue: f64 },
    /// Standard deviation in pixels, 0.1 to 20.
    Blur { radius: f64 },
    /// Cuts off the edges, in pixels of the picture as the source has it. What is left is the source's picture from there on: a scene
    /// places that in its own shape. One that would leave nothing does nothing.
    Crop(Crop),
    /// Changes colours by the table in a `.cube` file. `strength` is from 0 to 1: how much of it is seen.
    Lut { path: PathBuf, strength: f64 },
}

impl PictureFilter {
    pub const fn chroma_key() -> Self {
        Self::ChromaKey { colour: Colour::rgb(0, 255, 0), similarity: 0.4, smoothness: 0.1 }
    }

    pub const fn colour() -> Self {
        Self::Colour { brightness: 0.0, contrast: 0.0, saturation: 0.0, hue: 0.0 }
    }

    pub const fn blur() -> Self {
        Self::Blur { radius: 6.0 }
    }

    pub const fn crop() -> Self {
        Self::Crop(Crop { left: 0, top: 0, right: 0, bottom: 0 })
    }

    pub const fn lut(path: PathBuf) -> Self {
        Self::Lut { path, strength: 1.0 }
    }

    /// How a sentence begins that says why it does nothing. None of a filter that always does something.
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Lut { path, .. } => Some(path.display().to_string()),
            Self::Crop(Crop { left, top, right, bottom }) => {
                Some(format!("cutting off {left}, {top}, {right} and {bottom} pixels"))
            }
            Self::ChromaKey { .. } | Self::Colour { .. } | Self::Blur { .. } => None,
        }
    }

    /// Whether what is behind the source may shine through.
    pub fn makes_clear(&self) -> bool {
        matches!(self, Self::ChromaKey { .. })
    }
}
