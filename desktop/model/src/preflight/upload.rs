//! Whether the creator's connection carries the show.

use super::List;
use crate::advice::Remedy;
use crate::figures;
use crate::profile::Destination;
use crate::studio::{Severity, Studio};
use crate::upload::Upload;

/// The lowest bitrate that is proposed, and what those proposed are multiples of, in kbit/s.
const LEAST: u32 = 300;
const STEP: u32 = 100;

impl Studio {
    pub(super) fn check_upload(&self, list: &mut List) {
        match &self.upload {
            Some(Upload::Measuring { .. }) => {
                list.say("upload", Severity::Good, "Your upload is being measured.".to_owned(), None);
            }
            Some(Upload::Old { .. }) => {
                let may = self.account.is_some() && !self.session_ended;
                let help = if may { "measure it again" } else { "sign in and measure it again" };
                let text = format!("Your upload was measured more than a week ago, and lines change: {help}.");
                list.say("upload", Severity::Warn, text, may.then_some(Remedy::MeasureUpload));
            }
            known => {
                if let Some(upload) = known.as_ref().and_then(Upload::kbit) {
                    self.check_headroom(upload, list);
                }
            }
        }
    }

    /// Whether the show fits into an upload of so many kbit/s.
    fn check_headroom(&self, upload: u32, list: &mut List) {
        let sent = self.sent(None);
        let words = |kbit: u32| figures::bitrate(f64::from(kbit));
        if sent <= upload {
            let rest = if sent > upload / 3 * 2 { " Little is left for anything else." } else { "" };
            let text = format!("Your upload carries {}; this show needs {}.{rest}", words(upload), words(sent));
            list.say("upload", Severity::Good, text, None);
            return;
        }
        // With a third of it free for the rest, if that is possible.
        let fitting = self.fitting(upload / 3 * 2).or_else(|| self.fitting(upload));
        let what = format!("Your upload carries {}, and the show needs {}", words(upload), words(sent));
        let text = match &fitting {
            Some((None, bitrate)) => format!("{what}: lower to {bitrate} kbit/s?"),
            Some((Some(own), bitrate)) => format!("{what}: lower {} to {bitrate} kbit/s?", own.name),
            None => format!("{what}: switch a destination off, or send fewer sizes of the picture."),
        };
        let remedy =
            fitting.map(|(own, bitrate)| Remedy::Bitrate { bitrate, destination: own.map(|own| own.id.clone()) });
        list.say("upload", Severity::Warn, text, remedy);
    }

    /// The highest bitrate with which the whole show fits into so many kbit/s, and the destination whose own encoding it is,
    /// or none if it is the profile's. Nothing if lowering one of them is not enough.
    fn fitting(&self, room: u32) -> Option<(Option<&Destination>, u32)> {
        let shared = self.taking_part().any(|destination| destination.video.is_none());
        let own = self.taking_part().filter(|destination| destination.video.is_some()).map(Some);
        let places = shared.then_some(None).into_iter().chain(own);
        let highest = places.filter_map(|place| {
            let now = place.and_then(|own| own.video.as_ref()).unwrap_or(&self.profile.video).bitrate;
            let steps = (LEAST / STEP..now.div_ceil(STEP)).rev().map(|step| step * STEP);
            let mut fitting = steps.filter(|bitrate| self.sent(Some((place, *bitrate))) <= room);
            Some((place, fitting.next()?))
        });
        highest.max_by_key(|(_, bitrate)| *bitrate)
    }

    /// What all destinations are sent together, in kbit/s, with all sizes and the sound; with another bitrate of one encoding,
    /// if wanted.
    fn sent(&self, other: Option<(Option<&Destination>, u32)>) -> u32 {
        let sent_to = |destination: &Destination| {
            let mut video = destination.video.as_ref().unwrap_or(&self.profile.video).clone();
            if let Some((place, bitrate)) = other
                && place.map(|own| &own.id) == destination.video.as_ref().map(|_| &destination.id)
            {
                video.bitrate = bitrate;
            }
            video.bitrate_of(destination.layers) + self.profile.audio.bitrate
        };
        self.taking_part().map(sent_to).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{keys, ready};
    use super::*;
    use crate::settings::VideoSettings;
    use crate::studio::Account;

    fn measured(kbit: u32) -> Upload {
        Upload::Measured { kbit, at: 0, server: "https://klieg.example".into() }
    }

    #[test]
    fn what_the_upload_leaves_free_is_said_and_an_old_measurement_is_not_trusted() {
        let mut studio = ready();
        let said = |studio: &Studio| {
            let advice = studio.preflight().into_iter().find(|advice| advice.key == "upload").unwrap();
            (advice.severity, advice.text, advice.remedy)
        };
        studio.upload = Some(measured(12_000));
        let text = "Your upload carries 12.0 Mbit/s; this show needs 2.6 Mbit/s.";
        assert_eq!(said(&studio), (Severity::Good, text.to_owned(), None));
        studio.upload = Some(measured(3_000));
        assert!(said(&studio).1.ends_with(" Little is left for anything else."));
        // However little it was.
        studio.upload = Some(Upload::Old { kbit: 500, at: 0, server: "https://klieg.example".into() });
        assert_eq!((said(&studio).0, said(&studio).2), (Severity::Warn, None));
        assert!(said(&studio).1.ends_with(": sign in and measure it again."), "nobody is signed in to measure it");
        studio.account = Some(Account { server: "https://klieg.example".into(), handle: "ada".into() });
        assert_eq!(said(&studio).2, Some(Remedy::MeasureUpload));
        studio.upload = Some(Upload::Measuring { done: 0.5 });
        assert_eq!(said(&studio).0, Severity::Good);
    }

    #[test]
    fn an_upload_that_is_too_slow_for_all_destinations_is_said_with_what_would_fit() {
        let mut studio = ready();
        studio.upload = Some(measured(3_000));
        assert!(keys(&studio).is_empty());
        let second = Destination { id: "other".into(), ..studio.profile.destinations[0].clone() };
        studio.profile.destinations.push(second);
        studio.keys.push("other".into());
        let advice = studio.preflight();
        let fits = Remedy::Bitrate { bitrate: 800, destination: None };
        assert_eq!(advice[0].remedy, Some(fits), "twice that with the sound leaves a third free: {advice:?}");
    }

    #[test]
    fn what_is_proposed_for_a_slow_upload_is_enough_with_all_sizes_and_the_sound() {
        for (kbit, layers) in [(3_000, 3), (2_000, 1), (900, 2), (650, 3)] {
            let mut studio = ready();
            studio.upload = Some(measured(kbit));
            studio.profile.destinations[0].layers = layers;
            let advice = studio.preflight();
            let Some(Remedy::Bitrate { bitrate, destination: None }) = advice[0].remedy else { panic!("{advice:?}") };
            studio.profile.video.bitrate = bitrate;
            assert!(keys(&studio).is_empty(), "{kbit} kbit/s, {layers} sizes, {bitrate} proposed");
        }
    }

    #[test]
    fn what_does_not_fit_by_its_own_encoding_is_lowered_there_or_not_at_all() {
        let mut studio = ready();
        studio.upload = Some(measured(5_000));
        let own = VideoSettings { bitrate: 6_000, ..VideoSettings::default() };
        studio.profile.destinations[0].video = Some(own);
        let advice = studio.preflight();
        let fits = Remedy::Bitrate { bitrate: 3_200, destination: Some("klieg".into()) };
        assert_eq!(advice[0].remedy, Some(fits), "{advice:?}");
        assert!(advice[0].text.contains("lower Klieg to 3200 kbit/s?"), "{advice:?}");
        studio.upload = Some(measured(400));
        let advice = studio.preflight();
        assert!(advice[0].remedy.is_none() && advice[0].text.contains("switch a destination off"), "{advice:?}");
    }
}
