//! What is new from one state to the next, in sentences.

use std::path::{Path, PathBuf};

use crate::event::{OutputState, SourceState};
use crate::studio::{RecordingState, Severity, ShowState, Studio};

impl Studio {
    /// What one would tell somebody who looked away for a moment. `before` is the studio as it was.
    pub fn news(&self, before: &Self) -> Vec<(Severity, String)> {
        let mut news = Vec::new();
        match (&before.show, &self.show) {
            (ShowState::Off, ShowState::Starting) => news.push((Severity::Good, "Going live.".to_owned())),
            (ShowState::Off | ShowState::Starting, ShowState::Live { .. }) => {
                news.push((Severity::Good, "You are live.".to_owned()));
            }
            (ShowState::Starting | ShowState::Live { .. } | ShowState::Ending, ShowState::Off) => {
                news.push((Severity::Good, "The show has ended.".to_owned()));
            }
            _ => {}
        }
        match (&before.recording, &self.recording) {
            (None, Some(_)) => news.push((Severity::Good, "Recording.".to_owned())),
            (Some(old), Some(new)) => {
                match (old.paused, new.paused) {
                    (false, true) => news.push((Severity::Good, "The recording is paused.".to_owned())),
                    (true, false) => news.push((Severity::Good, "The recording goes on.".to_owned())),
                    _ => {}
                }
                if new.part > old.part.max(1) {
                    news.push((Severity::Good, format!("The recording goes on in file {}.", new.part)));
                }
                if new.markers > old.markers {
                    news.push((Severity::Good, format!("Marker {} is set.", new.markers)));
                }
            }
            _ => {}
        }
        match (&before.replay, &self.replay) {
            (None, Some(_)) => news.push((Severity::Good, "The last seconds are kept for a replay.".to_owned())),
            (Some(_), None) => news.push((Severity::Good, "Nothing is kept for a replay any more.".to_owned())),
            _ => {}
        }
        for output in &self.outputs {
            let old = before.outputs.iter().find(|old| old.id == output.id).map(|old| &old.state);
            let name = &output.name;
            match (old, &output.state) {
                (Some(old), new) if std::mem::discriminant(old) == std::mem::discriminant(new) => {}
                (_, OutputState::Live) => news.push((Severity::Good, format!("{name} takes the show."))),
                (_, OutputState::Reconnecting { reason, .. }) => {
                    news.push((Severity::Bad, format!("{name} {}: {reason}. We are trying again.", output.away())));
                }
                (_, OutputState::Failed { reason }) => {
                    news.push((Severity::Bad, format!("{name} refused the show: {reason}.")));
                }
                (_, OutputState::Connecting | OutputState::Stopped) => {}
            }
        }
        for (name, state) in &self.sources {
            match (before.sources.get(name), state) {
                (Some(old), new) if old == new => {}
                (Some(SourceState::Restarting { .. }), SourceState::Live) => {
                    news.push((Severity::Good, format!("{name} works again.")));
                }
                (Some(SourceState::Restarting { .. }), _) => {}
                (_, SourceState::Restarting { reason }) => {
                    news.push((Severity::Warn, format!("{name} does not work: {reason}.")));
                }
                (_, SourceState::Asking) => {
                    news.push((Severity::Warn, format!("{name}: choose what it shows in the dialog of your desktop.")));
                }
                (_, SourceState::Declined) => news.push((Severity::Warn, format!("{name} shows nothing."))),
                (Some(SourceState::Ended), _) => {}
                (_, SourceState::Ended) => news.push((Severity::Good, format!("{name} has played to its end."))),
                _ => {}
            }
        }
        if before.on_air != self.on_air && !self.show.is_off() {
            news.push((Severity::Good, format!("“{}” is on air.", self.on_air)));
        }
        news
    }
}

impl Studio {
    /// What was kept as files since `before`, in sentences, each with the folder that it is in.
    pub fn files(&self, before: &Self) -> Vec<(String, PathBuf)> {
        let mut files = Vec::new();
        if let (Some(RecordingState { folder, file: Some(_), .. }), None) = (&before.recording, &self.recording) {
            files.push((format!("The recording is in {}.", folder.display()), folder.clone()));
        }
        let last = |studio: &Self| studio.replay.as_ref().and_then(|replay| replay.last.clone());
        if let Some(file) = last(self).filter(|file| last(before).as_ref() != Some(file)) {
            let folder = file.parent().map(Path::to_owned).unwrap_or_default();
            files.push((format!("The replay is in {}.", file.display()), folder));
        }
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::studio::{OutputStatus, ReplayState};

    fn with(state: OutputState) -> Studio {
        Studio { outputs: vec![OutputStatus::new("tube", "Tube", state)], ..Studio::default() }
    }

    fn told(before: &Studio, after: &Studio) -> Vec<String> {
        after.news(before).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn nothing_new_is_nothing_to_tell() {
        let state = with(OutputState::Live);
        assert!(told(&state, &state).is_empty());
    }

    #[test]
    fn a_destination_that_drops_is_told_once_and_so_is_its_return_but_one_that_never_came_has_not_dropped() {
        let away = |attempt| with(OutputState::Reconnecting { attempt, reason: "it hung up".into() });
        let dropped = |attempt| {
            let mut studio = away(attempt);
            studio.outputs.iter_mut().for_each(|output| output.was_live = true);
            studio
        };
        let (connecting, live) = (with(OutputState::Connecting), with(OutputState::Live));
        assert_eq!(told(&connecting, &away(1)), ["Tube is not reached: it hung up. We are trying again."]);
        assert_eq!(told(&live, &dropped(1)), ["Tube dropped: it hung up. We are trying again."]);
        assert!(told(&dropped(1), &dropped(2)).is_empty());
        assert_eq!(told(&dropped(2), &live), ["Tube takes the show."]);
    }

    #[test]
    fn what_was_kept_is_told_with_its_folder() {
        let file = Some(PathBuf::from("/v/a.mp4"));
        let recording = RecordingState { folder: "/v".into(), file, ..RecordingState::default() };
        let replay = ReplayState { last: Some("/w/replay.mp4".into()), ..ReplayState::default() };
        let before = Studio { recording: Some(recording), replay: Some(ReplayState::default()), ..Studio::default() };
        let after = Studio { replay: Some(replay), ..Studio::default() };
        let told = |sentence: &str, folder: &str| (sentence.to_owned(), PathBuf::from(folder));
        let both = [told("The recording is in /v.", "/v"), told("The replay is in /w/replay.mp4.", "/w")];
        assert_eq!(after.files(&before), both);
        assert!(after.files(&after).is_empty());
        let nothing_written = Studio { recording: Some(RecordingState::default()), ..Studio::default() };
        assert!(Studio::default().files(&nothing_written).is_empty());
    }

    #[test]
    fn the_beginning_and_the_end_are_told() {
        let (off, live) = (Studio::default(), Studio { show: ShowState::Live { since: 0 }, ..Studio::default() });
        assert_eq!(told(&off, &live), ["You are live."]);
        assert_eq!(told(&live, &off), ["The show has ended."]);
    }
}
