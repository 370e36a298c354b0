//! How much the encodes send, and what comes of it: judged once a second, and set to what the creator wants.

use klieg_studio_model::{Event, OutputState};

use super::{Outputs, Running};
use crate::encode::{VideoEncoder, Way};

impl Outputs {
    /// The health of each output over the last `seconds`, about one. Encoders whose destinations do not keep up send less.
    pub(in crate::stage) fn health(&mut self, seconds: f64) -> Vec<Event> {
        self.adapt();
        let running = self.video().map(|encoder| encoder.state(self.takers(encoder))).collect();
        let mut events = vec![Event::Encodes { running }];
        let health = self.running.iter_mut().map(|running| {
            let (bytes, frames) = running.handle.sent.totals();
            let before = std::mem::replace(&mut running.reported, (bytes, frames));
            Event::Health {
                name: running.handle.name.clone(),
                bitrate: (bytes - before.0) as f64 * 8.0 / 1_000.0 / seconds,
                fps: (frames - before.1) as f64 / seconds,
                dropped: running.handle.inlet.dropped(),
                bytes,
                lost: running.handle.sent.lost(),
                round_trip: running.handle.sent.round_trip(),
            }
        });
        events.extend(health);
        events
    }

    /// Lets each encode follow the way that its outputs have. One output for which even the least is too much, beside others that
    /// take what it takes, holds these up no longer: it loses frames, by itself.
    fn adapt(&mut self) {
        let ways: Vec<_> = self.running.iter_mut().map(Running::way).collect();
        for encoder in self.video() {
            let takers = self.running.iter().zip(&ways).filter(|(running, _)| running.takes(encoder));
            let counted = takers.clone().count();
            let mut way = Way::Free;
            let mut slow = Vec::new();
            for (running, taken) in takers {
                if counted > 1 && running.congestion.is_hopeless() {
                    continue;
                }
                way = way.worse(*taken);
                if matches!(taken, Way::Short(_)) {
                    slow.push(running.handle.name.clone());
                }
            }
            encoder.adapt(way, slow);
        }
    }

    /// The names of the outputs that take from an encoder.
    fn takers(&self, encoder: &VideoEncoder) -> Vec<String> {
        let takers = self.running.iter().filter(|running| running.takes(encoder));
        takers.map(|running| running.handle.name.clone()).collect()
    }

    /// Lets outputs go on at another bitrate of the picture, in kbit/s. Those that have to begin anew for it, with the reason.
    pub(in crate::stage) fn set_bitrate(&self, names: &[&str], bitrate: u32) -> Vec<(String, String)> {
        let is_named = |running: &Running| names.contains(&running.handle.name.as_str());
        let others: Vec<_> = self.running.iter().filter(|running| !is_named(running)).collect();
        let (mut able, mut anew) = (Vec::new(), Vec::new());
        for running in self.running.iter().filter(|running| is_named(running)) {
            let stiff = running.video.iter().find_map(|encoder| encoder.stiff());
            let reason = if stiff.is_some() {
                stiff
            } else if running.handle.reckoned.is_some_and(|most| bitrate > most) {
                Some("it needs more memory".to_owned())
            } else {
                let is_shared = others.iter().any(|other| running.video.iter().any(|encoder| other.takes(encoder)));
                is_shared.then(|| "its encode was shared with what keeps its bitrate".to_owned())
            };
            match reason {
                Some(reason) => anew.push((running.handle.name.clone(), reason)),
                None => able.push(running),
            }
        }
        // What begins anew may share one of these then.
        for encoder in able.into_iter().flat_map(|running| running.video.iter()) {
            encoder.set_bitrate(bitrate);
        }
        anew
    }
}

impl Running {
    /// How much of the last second arrived.
    fn way(&mut self) -> Way {
        let bitrates = || self.video.iter().map(|encoder| encoder.bitrates());
        let sound = self.audio.settings.bitrate;
        let sent = bitrates().map(|(now, _)| now).fold(sound, u32::saturating_add);
        let wanted = bitrates().map(|(_, wanted)| wanted).fold(sound, u32::saturating_add);
        self.handle.sent.want(u64::from(wanted) * 1_000);
        if !self.handle.adapts || self.handle.state() != OutputState::Live {
            return Way::Free;
        }
        let is_least = self.video.iter().all(|encoder| encoder.is_least());
        self.congestion.second(&self.handle, sent, is_least)
    }
}
