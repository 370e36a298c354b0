//! What is encoded, as SDP describes it: profile and level, so that a receiver knows whether it can decode it.

use klieg_studio_model::{Canvas, H264Profile, VideoSettings};

/// The profile and level of what is encoded, as SDP has it (RFC 6184, 8.1). Levels from H.264, table A-1.
pub(super) fn profile_level_id(settings: &VideoSettings, canvas: Canvas) -> u32 {
    let profile = match settings.profile {
        H264Profile::Baseline => 0x42_e0,
        H264Profile::Main => 0x4d_00,
        H264Profile::High => 0x64_00,
    };
    let blocks = canvas.width.div_ceil(16) * canvas.height.div_ceil(16);
    let rate = blocks * canvas.fps;
    // Largest picture in macroblocks, and macroblocks a second. Nothing below 3.1: every receiver offers that.
    let levels = [
        (3_600, 108_000, 31),
        (5_120, 216_000, 32),
        (8_192, 245_760, 40),
        (8_704, 522_240, 42),
        (22_080, 589_824, 50),
        (36_864, 983_040, 51),
    ];
    let level = levels.iter().find(|(size, speed, _)| blocks <= *size && rate <= *speed).map_or(52, |level| level.2);
    profile << 8 | level
}

/// The level of what is encoded, as SDP has it (RFC 7798, 7.1): thirty times the level's number. Levels from H.265, table A.8.
pub(super) fn hevc_level(canvas: Canvas) -> u8 {
    let samples = canvas.width * canvas.height;
    let rate = u64::from(samples) * u64::from(canvas.fps);
    // Largest picture in luma samples, and samples a second.
    let levels = [
        (983_040, 33_177_600, 93),
        (2_228_224, 66_846_720, 120),
        (2_228_224, 133_693_440, 123),
        (8_912_896, 267_386_880, 150),
        (8_912_896, 534_773_760, 153),
    ];
    levels.iter().find(|(size, speed, _)| samples <= *size && rate <= *speed).map_or(156, |level| level.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offered_level_holds_the_picture() {
        let level = |width, height, fps| profile_level_id(&VideoSettings::default(), Canvas { width, height, fps });
        assert_eq!(level(1280, 720, 30), 0x42_e0_1f);
        assert_eq!(level(1280, 720, 60), 0x42_e0_20);
        assert_eq!(level(1920, 1080, 30), 0x42_e0_28);
        assert_eq!(level(1920, 1080, 60), 0x42_e0_2a);
        assert_eq!(level(3840, 2160, 60), 0x42_e0_34);
    }

    #[test]
    fn so_does_that_of_hevc() {
        let level = |width, height, fps| hevc_level(Canvas { width, height, fps });
        assert_eq!(level(1280, 720, 30), 93);
        assert_eq!(level(1920, 1080, 30), 120);
        assert_eq!(level(1920, 1080, 60), 123);
        assert_eq!(level(3840, 2160, 60), 153);
    }
}
