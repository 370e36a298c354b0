//! A bitrate that changes while something runs: what can follow goes on without a break, and only the rest begins anew.

use klieg_studio_model::{Destination, Output, Severity, figures};

use super::desk::Desk;

impl Desk {
    /// Outputs that run get another bitrate of the picture, in kbit/s. The settings have it already.
    pub(super) fn set_bitrate(&mut self, affected: impl Fn(&Output) -> bool, bitrate: u32) {
        let running = self.running.iter().filter(|output| affected(output));
        let names: Vec<_> = running.map(|output| output.name().to_owned()).collect();
        let Some(theatre) = self.theatre.as_mut().filter(|_| !names.is_empty()) else { return };
        let named: Vec<_> = names.iter().map(String::as_str).collect();
        let anew = theatre.set_bitrate(&named, bitrate);
        if anew.len() < names.len() {
            let rate = figures::bitrate(f64::from(bitrate));
            self.notice(Severity::Good, format!("The picture goes on with {rate}, without a break."));
        }
        let mut why: Vec<_> = anew.iter().map(|(_, reason)| reason.as_str()).collect();
        why.dedup();
        let why = format!(" ({})", why.join("; "));
        self.restart_outputs(|output| anew.iter().any(|(name, _)| name == output.name()), &why);
    }

    /// Lets a destination that runs follow its settings if nothing but the bitrate of its own encoding is another than
    /// `before`. Whether that is so.
    pub(super) fn follows(&mut self, before: Option<&Destination>, id: &str) -> bool {
        let Some((before, now)) = before.zip(self.studio.profile.destination(id)) else { return false };
        let (Some(old), Some(new)) = (&before.video, &now.video) else { return false };
        let rest_is_same = Destination { video: now.video.clone(), ..before.clone() } == *now;
        if !rest_is_same || !old.differs_in_bitrate_only(new) || !self.runs(id) {
            return false;
        }
        let new = new.clone();
        for output in self.running.iter_mut().filter(|output| output.name() == id) {
            if let Output::Whip(server) | Output::Rtmp(server) = output {
                server.video = Some(new.clone());
            }
        }
        self.set_bitrate(|output| output.name() == id, new.bitrate);
        true
    }
}
