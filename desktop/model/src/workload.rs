//! What a show costs to encode, by how fast the encoders of this computer were when they were tried.

use crate::profile::DestinationKind;
use crate::settings::{VideoCodec, VideoSettings};
use crate::studio::Studio;

impl Studio {
    /// How many encodes there are when a show begins now, with all that goes with it or runs already, and what those on the processor
    /// take of it together: 1 is all of it. What was not tried, and what hardware encodes, counts for nothing.
    pub(crate) fn workload(&self) -> (usize, f64) {
        let profile = &self.profile;
        let mut encodes: Vec<(VideoSettings, usize)> = Vec::new();
        let mut add = |settings: &VideoSettings, layers: u8| {
            for layer in 0..usize::from(layers.max(1)) {
                let encode = (settings.layer(layer), layer);
                if !encodes.contains(&encode) {
                    encodes.push(encode);
                }
            }
        };
        for destination in self.taking_part() {
            let video = destination.video.as_ref().unwrap_or(&profile.video).clone();
            let video = if destination.kind == DestinationKind::Rtmp { video.in_h264() } else { video };
            add(&video, destination.layers);
        }
        if self.is_recorded() {
            add(profile.recording.video.as_ref().unwrap_or(&profile.video), 1);
        }
        if profile.replay.with_show || self.replay.is_some() {
            add(&profile.video, 1);
        }
        let load = encodes.iter().map(|(settings, layer)| self.share(settings) / 4_f64.powi(*layer as i32)).sum();
        (encodes.len(), load)
    }

    /// Whether a show that begins now is recorded: one of its own begins, or one that runs goes on.
    pub(crate) fn is_recorded(&self) -> bool {
        self.profile.recording.with_show || self.recording.is_some()
    }

    /// The share of the processor that one encode at the canvas' size takes.
    fn share(&self, settings: &VideoSettings) -> f64 {
        let fps = f64::from(self.collection.canvas.fps);
        let named = |encoder: &str| settings.encoder == "auto" || settings.encoder == encoder;
        let suits = |codec: VideoCodec, encoder: &str| codec == settings.codec && named(encoder);
        let mut tried = self.probed.iter().filter(|tried| suits(tried.codec, &tried.encoder));
        // They stand in the order in which they are taken.
        let taken = tried.find_map(|tried| {
            let reached = tried.result.as_ref().ok().filter(|reached| **reached >= fps)?;
            Some((tried.hardware, *reached))
        });
        taken.map_or(0.0, |(hardware, reached)| if hardware { 0.0 } else { fps / reached })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Destination;
    use crate::studio::{ProbedEncoder, RecordingState, ReplayState};

    fn tried(encoder: &str, hardware: bool, fps: f64) -> ProbedEncoder {
        let (encoder, what) = (encoder.to_owned(), encoder.to_owned());
        ProbedEncoder { encoder, what, codec: VideoCodec::H264, hardware, result: Ok(fps) }
    }

    /// A show to one place at 30 frames a second, on a processor that encodes 50.
    fn studio() -> Studio {
        let mut studio = Studio { probed: vec![tried("x264enc", false, 50.0)], ..Studio::default() };
        let (id, name, url) = ("a".into(), "A".into(), "https://a.example/whip".into());
        let (kind, enabled, layers) = (DestinationKind::Whip, true, 1);
        studio.profile.destinations = vec![Destination { id, name, kind, url, enabled, layers, video: None }];
        studio
    }

    fn warned(studio: &Studio) -> Option<String> {
        studio.preflight().into_iter().find(|advice| advice.key == "workload").map(|advice| advice.text)
    }

    #[test]
    fn a_recording_that_is_encoded_for_itself_counts_and_one_that_shares_does_not() {
        let mut studio = studio();
        studio.profile.recording.with_show = true;
        studio.profile.replay.with_show = true;
        assert_eq!(studio.workload(), (1, 0.6));
        studio.profile.recording.video = Some(VideoSettings { bitrate: 12_000, ..VideoSettings::default() });
        assert_eq!(studio.workload(), (2, 1.2));
        let text = warned(&studio).unwrap();
        assert!(text.contains("1.2 times") && text.contains("let the recording be encoded as the show"), "{text}");
        // One in hardware leaves the processor alone; so does one that is not there while the show begins.
        studio.probed.insert(0, tried("vah264enc", true, 300.0));
        assert_eq!((studio.workload(), warned(&studio)), ((2, 0.0), None));
        studio.probed.remove(0);
        studio.profile.recording.with_show = false;
        assert_eq!(warned(&studio), None);
        // One that was begun by hand goes on beside the show.
        studio.recording = Some(RecordingState::default());
        assert_eq!(warned(&studio), Some(text));
    }

    #[test]
    fn a_replay_buffer_that_runs_already_counts_as_one_that_begins() {
        let mut studio = studio();
        studio.profile.destinations[0].video = Some(VideoSettings { bitrate: 900, ..VideoSettings::default() });
        assert_eq!(studio.workload(), (1, 0.6));
        studio.replay = Some(ReplayState::default());
        assert_eq!(studio.workload(), (2, 1.2));
        studio.replay = None;
        studio.profile.replay.with_show = true;
        assert_eq!(studio.workload(), (2, 1.2));
    }

    #[test]
    fn what_goes_by_rtmp_is_h264_and_shares_nothing_with_a_recording_in_another_codec() {
        let mut studio = studio();
        studio.profile.video.codec = VideoCodec::Hevc;
        studio.profile.recording.with_show = true;
        // HEVC was not tried.
        assert_eq!(studio.workload(), (1, 0.0));
        studio.profile.destinations[0].kind = DestinationKind::Rtmp;
        assert_eq!(studio.workload(), (2, 0.6));
        studio.profile.recording.video = Some(VideoSettings::default());
        assert_eq!(studio.workload(), (1, 0.6));
    }

    #[test]
    fn sizes_and_encodings_of_destinations_count_and_what_was_not_tried_does_not() {
        let mut studio = studio();
        studio.profile.destinations[0].layers = 3;
        let (encodes, load) = studio.workload();
        assert!(encodes == 3 && (load - 0.6 * (1.0 + 1.0 / 4.0 + 1.0 / 16.0)).abs() < 0.001, "{encodes} {load}");
        let own = VideoSettings { bitrate: 900, ..VideoSettings::default() };
        let other =
            Destination { id: "b".into(), layers: 1, video: Some(own), ..studio.profile.destinations[0].clone() };
        studio.profile.destinations.push(other);
        assert!(warned(&studio).unwrap().contains("let destinations share an encoding"));
        studio.probed[0].result = Err("it crashed".to_owned());
        assert_eq!((studio.workload(), warned(&studio)), ((4, 0.0), None));
    }
}
