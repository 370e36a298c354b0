//! What happens to the sound of a source on its way into the mix.

use serde::{Deserialize, Serialize};

/// A source's strip in the mixer. Its settings are the same in every scene; an item's own volume comes on top.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Strip {
    /// Linear gain, 0 to 10; 1 leaves it as it is.
    pub volume: f64,
    pub muted: bool,
    /// Both sides are the mean of the two, before the filters: what comes on one side only is heard in both ears, 6 dB quieter.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub mono: bool,
    /// Heard in every scene in which the source does not stand, too. Where it stands, the volume, mute and eye of its item hold.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub everywhere: bool,
    /// In milliseconds, 0 to 5,000: for a picture that comes later than its sound.
    pub delay: u32,
    pub monitor: Monitor,
    /// In the order in which the sound passes them, before the volume.
    pub filters: Vec<SoundFilter>,
}

impl Strip {
    pub const MAX_VOLUME: f64 = 10.0;
    /// In milliseconds.
    pub const MAX_DELAY: u32 = 5_000;
}

impl Default for Strip {
    fn default() -> Self {
        Self {
            volume: 1.0,
            muted: false,
            mono: false,
            everywhere: false,
            delay: 0,
            monitor: Monitor::Off,
            filters: Vec::new(),
        }
    }
}

/// Whether the creator hears a source on their own headphones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Monitor {
    #[default]
    Off,
    /// Heard by the creator alone.
    Only,
    /// Heard by the creator and in the show.
    Both,
}

/// One filter. Levels are in decibels below full scale, times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SoundFilter {
    /// -30 to 30 dB.
    Gain { gain: f64 },
    /// Silence below a level: opens at `open`, closes below `close` after `hold`.
    Gate { open: f64, close: f64, attack: f64, hold: f64, release: f64 },
    /// Makes loud passages quieter: what lies above `threshold` by 1/`ratio`, then `makeup` decibels more.
    Compressor { threshold: f64, ratio: f64, attack: f64, release: f64, makeup: f64 },
    /// Nothing gets louder than `ceiling`.
    Limiter { ceiling: f64, release: f64 },
    /// Takes away steady noise around a voice (RNNoise).
    NoiseSuppression,
}

impl SoundFilter {
    pub const fn gain() -> Self {
        Self::Gain { gain: 0.0 }
    }

    pub const fn gate() -> Self {
        Self::Gate { open: -26.0, close: -32.0, attack: 25.0, hold: 200.0, release: 150.0 }
    }

    pub const fn compressor() -> Self {
        Self::Compressor { threshold: -18.0, ratio: 4.0, attack: 6.0, release: 60.0, makeup: 0.0 }
    }

    pub const fn limiter() -> Self {
        Self::Limiter { ceiling: -3.0, release: 60.0 }
    }
}

/// What a strip, or the mix, sounds like now: left and right, in decibels below full scale, -100 at least.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// Highest sample since the last report.
    pub peak: [f32; 2],
    /// Root of the mean square since the last report.
    pub rms: [f32; 2],
}

impl Level {
    pub const SILENCE: Self = Self { peak: [-100.0; 2], rms: [-100.0; 2] };
}
