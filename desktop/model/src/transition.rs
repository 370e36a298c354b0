//! How one scene becomes the next on air.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A way from one scene to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Transition {
    Cut,
    Fade {
        /// In milliseconds, 50 to 10,000.
        duration: u32,
    },
    /// The new scene pushes the old one out.
    Slide {
        duration: u32,
        to: Direction,
    },
    /// An edge moves over the picture and uncovers the new scene.
    Wipe {
        duration: u32,
        to: Direction,
    },
    /// A video plays over the show; the scene changes under it.
    Stinger {
        path: PathBuf,
        /// When the scene changes, in milliseconds from the video's beginning.
        cut: u32,
    },
}

impl Default for Transition {
    fn default() -> Self {
        Self::Fade { duration: 300 }
    }
}

impl Transition {
    pub const MIN_DURATION: u32 = 50;
    pub const MAX_DURATION: u32 = 10_000;

    /// How long one scene and the next are mixed, in milliseconds. A stinger cuts, under its video.
    pub const fn duration(&self) -> u32 {
        match self {
            Self::Cut | Self::Stinger { .. } => 0,
            Self::Fade { duration } | Self::Slide { duration, .. } | Self::Wipe { duration, .. } => *duration,
        }
    }
}

/// Where to something moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    #[default]
    Left,
    Right,
    Up,
    Down,
}
