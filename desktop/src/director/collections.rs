//! Opening, adding and removing whole collections, and the settings that are kept in the profile.

use klieg_studio_model::{
    AudioSettings, Collection, History, Output, Problem, RecordingSettings, Severity, VideoSettings,
};

use super::desk::Desk;
use super::{Addresses, Refusal};
use crate::library::write_private;

impl Desk {
    pub(super) fn open_collection(&mut self, name: &str, sources_off: bool) -> Result<(), Refusal> {
        if name == self.studio.collection.name {
            return Ok(());
        }
        self.not_busy("another collection has other scenes")?;
        let read = self.library.switch(name);
        // A broken one has gone from the list.
        self.studio.collections = self.library.names();
        self.install(read?, sources_off);
        Ok(())
    }

    pub(super) fn new_collection(&mut self, name: &str) -> Result<(), Refusal> {
        self.not_busy("another collection has other scenes")?;
        let canvas = self.studio.collection.canvas;
        self.add(Collection { name: name.trim().to_owned(), canvas, ..Collection::default() })
    }

    pub(super) fn import_collection(&mut self, text: &str) -> Result<(), Refusal> {
        self.not_busy("another collection has other scenes")?;
        let read = Collection::read(text)?;
        let name = self.library.free_name(&read.name);
        self.add(Collection { name, ..read })
    }

    pub(super) fn duplicate_collection(&mut self, of: &str, name: &str) -> Result<(), Refusal> {
        let name = name.trim().to_owned();
        self.library.check_free(&name)?;
        let is_open = self.studio.crashed.is_none() && of == self.studio.collection.name;
        let original = if is_open { Ok(self.history.collection().clone()) } else { self.library.read(of) };
        let copy = original.map_err(Refusal::from).map(|original| Collection { name, ..original });
        let done = copy.and_then(|copy| {
            fits(copy.problems())?;
            Ok(self.library.put(&copy)?)
        });
        // A broken one has gone from the list.
        self.studio.collections = self.library.names();
        done
    }

    pub(super) fn remove_collection(&mut self, name: &str) -> Result<(), Refusal> {
        self.library.remove(name)?;
        self.studio.collections = self.library.names();
        Ok(())
    }

    fn add(&mut self, collection: Collection) -> Result<(), Refusal> {
        fits(collection.problems())?;
        self.library.add(&collection)?;
        self.studio.collections = self.library.names();
        self.install(collection, false);
        Ok(())
    }

    fn install(&mut self, collection: Collection, sources_off: bool) {
        let mut shown = self.library.shown().within(&collection);
        if self.studio.crashed.take().is_some() {
            self.studio.was_live = false;
            self.library.set_live(None);
        } else {
            // Studio mode stays as it is.
            let next = shown.preview.take().unwrap_or_else(|| shown.on_air.clone());
            shown.preview = self.studio.preview.is_some().then_some(next);
        }
        let off = collection.sources.iter().filter(|_| sources_off);
        self.off = off.map(|source| source.name().to_owned()).collect();
        self.studio.aired = shown.preview.as_ref().and_then(|_| collection.scene(&shown.on_air).cloned());
        (self.studio.on_air, self.studio.preview) = (shown.on_air, shown.preview);
        self.kept = Collection::default();
        let resized = collection.canvas != self.studio.collection.canvas;
        self.studio.collection = collection.clone();
        self.history = History::new(collection);
        if resized {
            self.forget_probed();
        }
        self.studio.can_undo = false;
        self.studio.can_redo = false;
        self.open_stage();
    }

    /// Outputs that run with the profile's settings follow another bitrate of the picture; for anything else they begin anew.
    pub(super) fn set_encoding(&mut self, video: VideoSettings, audio: AudioSettings) -> Result<(), Refusal> {
        fits(video.problems())?;
        fits(audio.problems())?;
        let (bitrate, before) = (video.bitrate, std::mem::replace(&mut self.studio.profile.video, video));
        let pictures = before != self.studio.profile.video;
        let sounds = audio != self.studio.profile.audio;
        self.studio.profile.audio = audio;
        if pictures || sounds {
            let kept = self.keep_profile();
            if !sounds && before.differs_in_bitrate_only(&self.studio.profile.video) {
                self.set_bitrate(|output| output.video().is_none(), bitrate);
            } else {
                let affected =
                    |output: &Output| (pictures && output.video().is_none()) || (sounds && output.audio().is_none());
                self.restart_outputs(affected, "");
            }
            kept?;
        }
        Ok(())
    }

    pub(super) fn set_recording(&mut self, recording: RecordingSettings) -> Result<(), Refusal> {
        if let Some(folder) = recording.folder.as_ref().filter(|folder| !folder.is_absolute()) {
            let error = std::io::Error::other("it is not a full path");
            return Err(Refusal::Folder { folder: folder.display().to_string(), error });
        }
        if let Some(problem) = recording.split.problem() {
            return Err(Refusal::Split(problem));
        }
        fits(recording.video.as_ref().map(VideoSettings::problems).unwrap_or_default())?;
        self.studio.profile.recording = recording;
        self.studio.recordings = self.recordings();
        let kept = self.keep_profile();
        self.recording_follows();
        kept
    }

    pub(super) fn set_monitor_output(&mut self, output: Option<String>) -> Result<(), Refusal> {
        let before = self.studio.profile.monitor_output.take();
        self.studio.profile.monitor_output = output.filter(|output| !output.is_empty());
        self.monitor_on_another(before.as_deref());
        self.keep_profile()
    }

    /// What is monitored is heard on the profile's output. It was heard on the one `before`.
    pub(super) fn monitor_on_another(&mut self, before: Option<&str>) {
        let now = self.studio.profile.monitor_output.as_deref();
        if now != before
            && let Some(theatre) = &mut self.theatre
        {
            theatre.set_monitor_output(now);
        }
    }

    pub(super) fn welcomed(&mut self) -> Result<(), Refusal> {
        self.studio.profile.welcomed = true;
        self.keep_profile()
    }

    pub(super) fn remote(&mut self, on: bool) -> Result<(), Refusal> {
        self.studio.profile.remote = on;
        self.set_remote();
        self.keep_profile()
    }

    /// Lets other programs in, or no longer. Those that may read this user's files find address and token in one.
    pub(super) fn set_remote(&mut self) {
        let addresses = &self.outside.addresses;
        let on = addresses.remote_on || self.studio.profile.remote;
        let path = self.library.places().remote();
        if on && self.studio.remote.is_none() {
            let Addresses { remote, port, remote_token, .. } = addresses.clone();
            let found = serde_json::json!({ "url": remote, "port": port, "token": remote_token.reveal() });
            self.studio.remote = Some(remote);
            // Told once: from now on the new one is kept.
            if let Some(taken) = self.outside.addresses.taken.take() {
                let text = format!(
                    "Another program has port {taken}, so remote control is at port {port} from now on: tell it to the programs that \
                     control the studio."
                );
                self.notice(Severity::Warn, text);
            }
            if let Err(error) = write_private(&path, format!("{found:#}\n").as_bytes()) {
                let text = format!("Programs cannot find the studio: {} was not written: {error}.", path.display());
                self.notice(Severity::Warn, text);
            }
        } else if !on {
            self.studio.remote = None;
            self.forget_remote();
        }
        // Who is let in is asked of what is published: that does not wait for its turn.
        self.publish();
    }

    /// Nobody finds an address where nobody answers. The port that programs were told, and the token, stay for the next time.
    pub(super) fn forget_remote(&self) {
        let path = self.library.places().remote();
        let Addresses { port, taken, remote_token, .. } = &self.outside.addresses;
        let left = serde_json::json!({ "port": taken.unwrap_or(*port), "token": remote_token.reveal() });
        if path.exists()
            && let Err(error) = write_private(&path, format!("{left:#}\n").as_bytes())
        {
            tracing::warn!(path = %path.display(), %error, "an old address stays there");
        }
    }
}

pub(super) fn fits(problems: Vec<Problem>) -> Result<(), Refusal> {
    problems.into_iter().next().map_or(Ok(()), |problem| Err(Refusal::Settings(problem)))
}
