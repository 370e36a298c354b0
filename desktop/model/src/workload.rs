//! What a show costs to encode, by how fast the encoders of this computer were when they were tried.

use crate::profile::DestinationKind;
use crate::settings::VideoSettings;
use crate::studio::{ProbedEncoder, Studio};

impl Studio {
    /// How many encodes there are when a show begins now, with all that goes with it or runs already, and what those on the processor
    /// take of it together: 1 is all of it. What was not tried, and what hardware encodes, counts for nothing.
    pub(crate) fn workload(&self) -> (usize, f64) {
        let encodes = self.encodes();
        let load = encodes.iter().map(|(settings, layer)| self.share(settings) / 4_f64.powi(*layer as i32)).sum();
        (encodes.len(), load)
    }

    /// The encoder that is to encode the picture although it was not fast enough for the canvas when it was tried, nor any other
    /// that could, and the frames a second that it reached.
    pub(crate) fn slow_encoder(&self) -> Option<(&ProbedEncoder, f64)> {
        let fps = f64::from(self.collection.canvas.fps);
        let whole = self.encodes().into_iter().filter(|(_, layer)| *layer == 0);
        let slow = whole.filter_map(|(settings, _)| {
            let tried = self.tried(&settings).filter_map(|tried| Some((tried, *tried.result.as_ref().ok()?)));
            tried.max_by(|(_, a), (_, b)| a.total_cmp(b)).filter(|(_, reached)| *reached < fps)
        });
        slow.min_by(|(_, a), (_, b)| a.total_cmp(b))
    }

    /// The encodes of a show that begins now, with the size of each: 0 is the canvas'.
    fn encodes(&self) -> Vec<(VideoSettings, usize)> {
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
        encodes
    }

    /// Whether a show that begins now is recorded: one of its own begins, or one that runs goes on.
    pub(crate) fn is_recorded(&self) -> bool {
        self.profile.recording.with_show || self.recording.is_some()
    }

    /// The share of the processor that one encode at the canvas' size takes.
    fn share(&self, settings: &VideoSettings) -> f64 {
        let fps = f64::from(self.collection.canvas.fps);
        let taken = self.tried(settings).find_map(|tried| {
            let reached = tried.result.as_ref().ok().filter(|reached| **reached >= fps)?;
            Some((tried.hardware, *reached))
        });
        taken.map_or(0.0, |(hardware, reached)| if hardware { 0.0 } else { fps / reached })
    }

    /// The encoders that were tried and may be taken for these settings, in the order in which they are.
    fn tried(&self, settings: &VideoSettings) -> impl Iterator<Item = &ProbedEncoder> {
        let VideoSettings { codec, encoder: wanted, .. } = settings.clone();
        let suits = move |tried: &&ProbedEncoder| tried.codec == codec && (wanted == "auto" || wanted == tried.encoder);
        self.probed.iter().filter(suits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::Remedy;
    use crate::profile::Destination;
    use crate::settings::VideoCodec;
    use crate::studio::{RecordingState, ReplayState, Severity};

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
    fn an_encoder_that_is_too_slow_for_the_canvas_is_said_unless_another_is_taken() {
        let mut studio = studio();
        let said = |studio: &Studio| {
            let advice = studio.preflight().into_iter().find(|advice| advice.key == "encoder");
            advice.map(|advice| advice.text)
        };
        assert_eq!(said(&studio), None);
        studio.probed = vec![tried("x264enc", false, 22.4), tried("openh264enc", false, 12.0)];
        let text = "x264enc reaches 22 of 30 frames a second at 1280 × 720: take a faster preset or a smaller canvas.";
        assert_eq!(said(&studio).as_deref(), Some(text));
        // The one that the creator wants is taken however slow it is.
        studio.profile.video.encoder = "openh264enc".to_owned();
        assert!(said(&studio).unwrap().starts_with("openh264enc reaches 12 of 30"));
        studio.profile.video.encoder = "auto".to_owned();
        studio.probed.insert(0, tried("vah264enc", true, 300.0));
        assert_eq!(said(&studio), None);
    }

    #[test]
    fn encoders_that_were_tried_long_ago_are_offered_to_be_tried_again() {
        let mut studio = studio();
        studio.probed.clear();
        studio.probed_is_old = true;
        let said = |studio: &Studio| {
            let advice = studio.preflight().into_iter().find(|advice| advice.key == "encoders");
            advice.map(|advice| (advice.severity, advice.remedy))
        };
        assert_eq!(said(&studio), Some((Severity::Warn, Some(Remedy::TryEncoders))));
        studio.probing = Some("x264".to_owned());
        assert_eq!(said(&studio), Some((Severity::Good, None)));
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
