//! The studio's mixer: the sound of every source through its strip into one mix, and what the creator hears of it.
//!
//! ```text
//! source ─> inlet ─> timeline ─> delay ─> filters ─> meter ─> volume, scene ─┬─> mix ─> limiter ─> encoders
//!           (queue)  └──────────────────── strip ─────────────────────────┘  └─> monitor ─> headphones
//! ```
//!
//! One thread ([`mixer`]) owns everything and waits for nobody: sources put buffers into bounded queues, and who changes
//! something sends an order. What decides is below it, without threads and clocks: the [`desk`] mixes block after block,
//! a [`timeline`] knows which sample belongs where and follows clocks that [`drift`], [`pace`] says when a block is due.
//!
//! Sound is float, interleaved stereo at 48 kHz. Positions are frames since running time zero; a block is 10 ms.

mod desk;
mod drift;
mod filter;
mod level;
mod meter;
mod mixer;
mod pace;
mod ramp;
#[cfg(test)]
mod signal;
mod strip;
mod timeline;

pub(crate) use mixer::{Mixer, SoundInlet};

/// Frames a second.
const RATE: usize = 48_000;
/// Samples of one frame.
const CHANNELS: usize = 2;
/// Frames of one block: 10 ms.
const BLOCK: usize = RATE / 100;
/// Samples of one block.
const SAMPLES: usize = BLOCK * CHANNELS;

/// The frames of interleaved sound.
fn frames(samples: &[f32]) -> &[[f32; CHANNELS]] {
    samples.as_chunks().0
}

/// The frames of interleaved sound, to be changed.
fn frames_mut(samples: &mut [f32]) -> &mut [[f32; CHANNELS]] {
    samples.as_chunks_mut().0
}
