//! One running encode of the sound: Opus for WebRTC, AAC for RTMP and files.

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::AudioSettings;

use super::collect::collect;
use crate::EngineError;
use crate::element::{exists, launch, named, stop};
use crate::fanout::{Fanout, Kind, Packet};
use crate::feed::{Feed, Taking, Tap};
use crate::format::audio_caps;
use crate::timebase::TimeBase;

/// Encoders of AAC, the best first, and the samples (of 48,000 in a second) by which decoded sound comes later than what they were
/// given. None of them says so in its time stamps. Opus' does.
const AAC: [(&str, u64); 3] = [("fdkaacenc", 2_048), ("avenc_aac", 1_024), ("voaacenc", 1_600)];

/// Blocks of 10 ms that may wait for the encoder; what comes while they do is skipped, and counted.
const WAITING: u64 = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Opus,
    Aac,
}

impl Codec {
    /// The encoder, and how much later sound comes out of it than its time stamps say.
    fn encoder(self, settings: AudioSettings) -> Result<(String, gst::ClockTime), EngineError> {
        let bitrate = settings.bitrate.saturating_mul(1_000);
        Ok(match self {
            Self::Opus => {
                let opus = format!("opusenc bitrate={bitrate} frame-size=20 audio-type=generic inband-fec=true");
                (opus, gst::ClockTime::ZERO)
            }
            Self::Aac => {
                let (encoder, delay) = AAC.into_iter().find(|(name, _)| exists(name)).ok_or(EngineError::NoAac)?;
                let aac =
                    format!("{encoder} bitrate={bitrate} ! aacparse ! audio/mpeg,mpegversion=4,stream-format=raw");
                (aac, gst::ClockTime::from_nseconds(delay * 1_000_000_000 / 48_000))
            }
        })
    }
}

pub(crate) struct AudioEncoder {
    // Dropped first: what is taken goes into the pipeline.
    _taking: Taking,
    pipeline: gst::Pipeline,
    feed: Feed,
    pub(crate) codec: Codec,
    pub(crate) settings: AudioSettings,
    pub(crate) fanout: Fanout,
}

impl AudioEncoder {
    /// Builds the encode and couples it to the programme's sound. It waits for
    /// [`play`](Self::play).
    pub(crate) fn build(codec: Codec, settings: AudioSettings, sound: &Tap) -> Result<Self, EngineError> {
        let (encoder, delay) = codec.encoder(settings)?;
        let description =
            format!("appsrc name=in ! audioconvert ! {encoder} ! appsink name=out sync=false max-buffers=64");
        let pipeline = launch(&description)?;
        let feed = Feed::new(named(&pipeline, "in")?, WAITING);
        feed.set_caps(&audio_caps());
        let fanout = Fanout::default();
        let published = fanout.clone();
        collect(&named(&pipeline, "out")?, Kind::Audio, (0, 0), move |packet| {
            // What would be before the show's time is only the encoder's beginning.
            if let Some(pts) = packet.pts.checked_sub(delay) {
                published.publish(&Packet { pts, ..packet.clone() });
            }
        });
        let into = feed.clone();
        let taking = sound.add(move |buffer| into.push(buffer.clone()));
        Ok(Self { _taking: taking, pipeline, feed, codec, settings, fanout })
    }

    pub(crate) fn play(&self, time: &TimeBase) -> Result<(), EngineError> {
        time.rule(&self.pipeline);
        self.pipeline.set_state(gst::State::Playing)?;
        Ok(())
    }

    /// Blocks of 10 ms that it could not take in time, since the start.
    pub(crate) fn skipped(&self) -> u64 {
        self.feed.skipped()
    }

    /// The reason why it broke, if it did.
    pub(crate) fn failure(&self) -> Option<String> {
        crate::element::failure(&self.pipeline)
    }
}

impl Drop for AudioEncoder {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_encoder_that_does_not_keep_up_cannot_take_is_counted() {
        gst::init().unwrap();
        let sound = Tap::default();
        let encoder = AudioEncoder::build(Codec::Opus, AudioSettings::default(), &sound).unwrap();
        // Paused, it takes nothing.
        encoder.pipeline.set_state(gst::State::Paused).unwrap();
        for block in 0..4 * WAITING {
            let mut silence = gst::Buffer::from_mut_slice(vec![0_u8; 480 * 8]);
            silence.make_mut().set_pts(gst::ClockTime::from_mseconds(block * 10));
            sound.give(&silence);
        }
        let skipped = encoder.skipped();
        assert!((WAITING..=3 * WAITING).contains(&skipped), "{skipped}");
    }
}
