//! How much the encodes send, and what comes of it: judged once a second, and set to what the creator wants.

use klieg_studio_model::{Event, OutputState};

use super::super::congestion::Set;
use super::{Outputs, Running};
use crate::encode::{VideoEncoder, Way};

impl Outputs {
    /// The health of each output over the last `seconds`, about one. Encoders whose destinations do not keep up send less.
    pub(in crate::stage) fn health(&mut self, seconds: f64) -> Vec<Event> {
        self.adapt(seconds);
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

    /// Lets each encode follow the way that its outputs have. One for which even the least is too much does not hold up another that
    /// keeps up: it loses frames, by itself.
    fn adapt(&mut self, seconds: f64) {
        let ways: Vec<_> = self.running.iter_mut().map(|running| running.way(seconds)).collect();
        for encoder in self.video() {
            let takers: Vec<_> = self.running.iter().zip(&ways).filter(|(running, _)| running.takes(encoder)).collect();
            let is_helped = |running: &Running| running.is_live() && !running.congestion.is_hopeless();
            let is_anybody_helped = takers.iter().any(|(running, _)| is_helped(running));
            let counted = takers.iter().filter(|(running, _)| is_helped(running) || !is_anybody_helped);
            let way = counted.fold(Way::Free, |way, (_, taken)| way.worse(**taken));
            let slow = takers.iter().filter(|(_, taken)| matches!(taken, Way::Short(_)));
            encoder.adapt(way, slow.map(|(running, _)| running.handle.name.clone()).collect());
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
    /// Whether it goes over a line now.
    fn is_live(&self) -> bool {
        self.handle.adapts && self.handle.state() == OutputState::Live
    }

    /// How much of the last second, or so many, arrived.
    fn way(&mut self, seconds: f64) -> Way {
        let bitrates = || self.video.iter().map(|encoder| encoder.bitrates());
        let sound = self.audio.settings.bitrate;
        let wanted = bitrates().map(|(_, wanted)| wanted).fold(sound, u32::saturating_add);
        self.handle.sent.want(u64::from(wanted) * 1_000);
        if !self.is_live() {
            return Way::Free;
        }
        let picture = bitrates().map(|(now, _)| now).fold(0, u32::saturating_add);
        let is_least = self.video.iter().all(|encoder| encoder.is_least());
        self.congestion.second(&self.handle, Set { picture, sound, is_least }, seconds)
    }
}
