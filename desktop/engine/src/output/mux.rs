//! A muxer and a sink in a pipeline of their own, fed with packets: what RTMP, recordings and replays are written with.
//!
//! Pushing never waits. Who pushes looks at [`Muxing::is_full`] first, so that a sink that blocks never blocks a session.

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app as gst_app;
use klieg_studio_model::VideoCodec;

use super::Failure;
use super::meaning::meaning;
use crate::EngineError;
use crate::element::{launch, named, stop};
use crate::fanout::{Kind, Packet};

/// Packets that may wait inside the pipeline, for less than a second; more wait in the queue before it, where they can be
/// dropped.
const INSIDE: u64 = 60;
/// The same while there is only sound or only a picture, ten seconds of sound: a muxer waits for both, and behind the sound that
/// is there while an encoder is replaced comes the picture that it waits for.
const APART: u64 = 500;

/// A running pipeline. It ends when this is dropped.
pub(super) struct Muxing {
    pipeline: gst::Pipeline,
    video: gst_app::AppSrc,
    audio: gst_app::AppSrc,
}

impl Muxing {
    /// Starts `MUXER name=mux … ! SINK name=sink`, which takes a picture in this codec and sound at the pads that the muxer calls so.
    /// `prepare` sets what cannot stand in a description.
    pub(super) fn start(
        muxer: &str,
        codec: VideoCodec,
        [picture, sound]: [&str; 2],
        prepare: impl FnOnce(&gst::Pipeline) -> Result<(), EngineError>,
    ) -> Result<Self, Failure> {
        let pipeline = launch(&format!(
            "{muxer} appsrc name=video ! {} ! mux.{picture} appsrc name=audio ! mux.{sound}",
            match codec {
                VideoCodec::H264 => "h264parse ! video/x-h264,stream-format=avc,alignment=au",
                VideoCodec::Hevc => "h265parse ! video/x-h265,stream-format=hvc1,alignment=au",
                VideoCodec::Av1 => "av1parse ! video/x-av1,stream-format=obu-stream,alignment=tu",
            }
        ))
        .map_err(broken)?;
        prepare(&pipeline).map_err(broken)?;
        let input = |name| -> Result<gst_app::AppSrc, Failure> {
            let input: gst_app::AppSrc = named(&pipeline, name).map_err(broken)?;
            input.set_format(gst::Format::Time);
            input.set_block(false);
            input.set_max_bytes(0);
            Ok(input)
        };
        let (video, audio) = (input("video")?, input("audio")?);
        let muxing = Self { pipeline, video, audio };
        let refused = muxing.pipeline.set_state(gst::State::Playing).is_err();
        muxing.check()?;
        if refused {
            return Err(Failure::retry("it does not start"));
        }
        Ok(muxing)
    }

    pub(super) fn sink(&self) -> Result<gst::Element, Failure> {
        named(&self.pipeline, "sink").map_err(broken)
    }

    /// Whether so many packets wait that it is given none for now.
    pub(super) fn is_full(&self) -> bool {
        let (video, audio) = (self.video.current_level_buffers(), self.audio.current_level_buffers());
        video + audio >= if video == 0 || audio == 0 { APART } else { INSIDE }
    }

    /// What it waits for where it is full of the other.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        match (self.video.current_level_buffers(), self.audio.current_level_buffers()) {
            (0, APART..) => Some("picture"),
            (APART.., 0) => Some("sound"),
            _ => None,
        }
    }

    /// Passes a packet on, at `pts` of the destination's time.
    pub(super) fn push(&self, packet: Packet, pts: gst::ClockTime) {
        let input = if packet.kind == Kind::Video { &self.video } else { &self.audio };
        if input.caps().as_ref() != Some(&packet.caps) {
            input.set_caps(Some(&packet.caps));
        }
        let mut buffer = packet.buffer;
        let stamped = buffer.make_mut();
        stamped.set_pts(pts);
        stamped.set_dts(pts);
        // Refused only after an error, which stands on the bus.
        let _ = input.push_buffer(buffer);
    }

    /// Lets the muxer write its end, so that the file is whole and a server knows.
    pub(super) fn end(&self) {
        for input in [&self.video, &self.audio] {
            // Refused only if it has ended already.
            let _ = input.end_of_stream();
        }
    }

    /// Whether the end has been written, waiting at most so long; or what broke it before.
    pub(super) fn has_ended(&self, within: gst::ClockTime) -> Result<bool, Failure> {
        let ends = &[gst::MessageType::Eos, gst::MessageType::Error];
        let Some(message) = self.pipeline.bus().and_then(|bus| bus.timed_pop_filtered(within, ends)) else {
            return Ok(false);
        };
        match message.view() {
            gst::MessageView::Error(error) => Err(meaning(error)),
            _ => Ok(true),
        }
    }

    /// What broke it, if something did.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let Some(message) = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error])) else {
            return Ok(());
        };
        let gst::MessageView::Error(error) = message.view() else { return Ok(()) };
        Err(meaning(error))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn broken(error: EngineError) -> Failure {
    Failure::fatal(error.to_string())
}

impl Drop for Muxing {
    fn drop(&mut self) {
        stop(&self.pipeline);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_full_of_sound_says_that_it_waits_for_a_picture() {
        gst::init().unwrap();
        let muxer = "matroskamux name=mux ! fakesink name=sink";
        let muxing = Muxing::start(muxer, VideoCodec::H264, ["video_0", "audio_0"], |_| Ok(())).unwrap();
        let caps = "audio/mpeg,mpegversion=4,stream-format=raw,codec_data=(buffer)1190,rate=48000,channels=2";
        let caps: gst::Caps = caps.parse().unwrap();
        let length = gst::ClockTime::from_mseconds(20);
        let mut at = gst::ClockTime::ZERO;
        let missing = loop {
            if let Some(what) = muxing.lacks() {
                break what;
            }
            assert!(at < length * APART * 2, "{:?}", muxing.check());
            let mut buffer = gst::Buffer::with_size(100).unwrap();
            buffer.get_mut().unwrap().set_duration(length);
            let (kind, caps) = (Kind::Audio, caps.clone());
            muxing.push(Packet { kind, buffer, caps, pts: at, keyframe: true, layer: 0, run: 0 }, at);
            at += length;
        };
        assert_eq!(missing, "picture");
    }
}
