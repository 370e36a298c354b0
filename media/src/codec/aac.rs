//! AAC: the AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1).

use bytes::Bytes;

use super::bits::BitReader;
use super::{AudioConfig, AudioSetup};

const RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const OBJECT_SBR: u8 = 5;
const OBJECT_PS: u8 = 29;

/// What an AudioSpecificConfig says that Klieg uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpecificConfig {
    /// The signalled audio object type: 2 for AAC-LC, 5 for HE-AAC, 29 for HE-AAC v2.
    pub object_type: u8,
    /// Samples a second of the decoded sound, spectral band replication included.
    pub sample_rate: u32,
    /// 1 to 8, parametric stereo included.
    pub channels: u8,
    /// Decoded samples of each channel in one access unit, at `sample_rate`.
    pub frame_samples: u32,
}

impl SpecificConfig {
    /// Parses a configuration. `None` if it is cut short, has no sound, or is of no AAC kind.
    pub fn parse(config: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(config);
        let object_type = read_object_type(&mut bits)?;
        let core_rate = read_rate(&mut bits)?;
        let channel_configuration = bits.bits(4)?;
        let mut core_object = object_type;
        let mut sample_rate = core_rate;
        if object_type == OBJECT_SBR || object_type == OBJECT_PS {
            sample_rate = read_rate(&mut bits)?;
            core_object = read_object_type(&mut bits)?;
            if core_object == 22 {
                bits.skip(4)?; // extensionChannelConfiguration
            }
        }
        // The object types whose GASpecificConfig is the one below.
        if !matches!(core_object, 1..=4 | 6 | 7 | 17 | 19..=23) {
            return None;
        }
        let mut core_samples = if bits.bit()? { 960 } else { 1_024 };
        if core_object == 23 {
            core_samples /= 2; // AAC-LD: 512 or 480
        }
        if bits.bit()? {
            bits.skip(14)?; // coreCoderDelay
        }
        bits.skip(1)?; // extensionFlag
        let mut channels = match channel_configuration {
            0 => read_program_channels(&mut bits)?,
            1..=6 => channel_configuration as u8,
            11 => 7,
            7 | 12 | 14 => 8,
            _ => return None,
        };
        if object_type == OBJECT_PS && channels == 1 {
            channels = 2;
        }
        (core_rate > 0 && (1..=8).contains(&channels)).then(|| Self {
            object_type,
            sample_rate,
            channels,
            frame_samples: core_samples * sample_rate.div_ceil(core_rate).clamp(1, 2),
        })
    }
}

fn read_object_type(bits: &mut BitReader<'_>) -> Option<u8> {
    match bits.bits(5)? {
        31 => u8::try_from(32 + bits.bits(6)?).ok(),
        kind => u8::try_from(kind).ok(),
    }
}

fn read_rate(bits: &mut BitReader<'_>) -> Option<u32> {
    let rate = match bits.bits(4)? {
        15 => bits.bits(24)?,
        index => *RATES.get(index as usize)?,
    };
    (1_000..=192_000).contains(&rate).then_some(rate)
}

/// The channels of a program_config_element (4.4.1.1).
fn read_program_channels(bits: &mut BitReader<'_>) -> Option<u8> {
    bits.skip(4 + 2 + 4)?; // element_instance_tag, object_type, sampling_frequency_index
    let (front, side, back) = (bits.bits(4)?, bits.bits(4)?, bits.bits(4)?);
    let (low, _data, _coupling) = (bits.bits(2)?, bits.bits(3)?, bits.bits(4)?);
    for width in [4, 4, 3] {
        if bits.bit()? {
            bits.skip(width)?; // mono, stereo and matrix mixdown
        }
    }
    let mut channels = low;
    for _ in 0..front + side + back {
        channels += if bits.bit()? { 2 } else { 1 };
        bits.skip(4)?;
    }
    u8::try_from(channels).ok()
}

/// A sound configuration from an AudioSpecificConfig. `None` if that cannot be read.
pub fn config(specific_config: Bytes) -> Option<AudioConfig> {
    let parsed = SpecificConfig::parse(&specific_config)?;
    Some(AudioConfig {
        sample_rate: parsed.sample_rate,
        channels: parsed.channels,
        setup: AudioSetup::Aac { specific_config },
    })
}

/// The `codecs` value of RFC 6381: `mp4a.40.` and the audio object type; AAC-LC if the configuration cannot be read.
pub fn rfc6381(specific_config: &[u8]) -> String {
    format!("mp4a.40.{}", SpecificConfig::parse(specific_config).map_or(2, |config| config.object_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_aac_is_read() {
        let parsed = SpecificConfig::parse(&[0x11, 0x90]).unwrap();
        assert_eq!(
            (parsed.object_type, parsed.sample_rate, parsed.channels, parsed.frame_samples),
            (2, 48_000, 2, 1_024)
        );
        assert_eq!(rfc6381(&[0x11, 0x90]), "mp4a.40.2");
    }

    #[test]
    fn spectral_band_replication_counts_in_the_sample_rate() {
        // HE-AAC: object type 5, 24 kHz core, stereo, 48 kHz extension, core object type 2.
        let parsed = SpecificConfig::parse(&[0x2b, 0x11, 0x88, 0x00]).unwrap();
        assert_eq!(
            (parsed.object_type, parsed.sample_rate, parsed.channels, parsed.frame_samples),
            (5, 48_000, 2, 2_048)
        );
    }

    #[test]
    fn parametric_stereo_counts_as_two_channels() {
        // HE-AAC v2: object type 29, 24 kHz core, mono, 48 kHz extension, core object type 2.
        let parsed = SpecificConfig::parse(&[0xeb, 0x09, 0x88, 0x00]).unwrap();
        assert_eq!((parsed.object_type, parsed.sample_rate, parsed.channels), (29, 48_000, 2));
    }

    #[test]
    fn an_explicit_sample_rate_is_read() {
        // Index 15, then 24 bits: 44,100 Hz, mono.
        let parsed = SpecificConfig::parse(&[0x17, 0x80, 0x56, 0x22, 0x08]).unwrap();
        assert_eq!((parsed.sample_rate, parsed.channels), (44_100, 1));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(data: Vec<u8>) {
            if let Some(parsed) = SpecificConfig::parse(&data) {
                prop_assert!((1..=8).contains(&parsed.channels) && parsed.sample_rate > 0);
            }
        }
    }
}
