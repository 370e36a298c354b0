//! A stage whose show is recorded, to look at afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use klieg_engine::{Options, Stage};
use klieg_studio_model::{
    AudioSettings, Collection, Edit, Event, FileOutput, Output, OutputState, Split, VideoSettings,
};

use super::decode::{Picture, pictures};
use super::{PATIENCE, assert_steady, lost};

/// A stage that is being recorded.
pub(crate) struct Recorded {
    stage: Option<Stage>,
    events: Receiver<Event>,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) collection: Collection,
    lost: u64,
}

impl Recorded {
    pub(crate) fn start(collection: Collection) -> Self {
        let (sender, events) = channel();
        let options = Options { events: Arc::new(move |event| drop(sender.send(event))), ..Options::default() };
        let stage = Stage::open(&collection, collection.first_scene(), options).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let mut recorded = Self { stage: Some(stage), events, directory, collection, lost: 0 };
        recorded.record("show");
        recorded
    }

    pub(crate) fn stage(&mut self) -> &mut Stage {
        self.stage.as_mut().unwrap()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(format!("{name}.mkv"))
    }

    /// Starts a recording and waits until it runs.
    pub(crate) fn record(&mut self, name: &str) {
        let path = self.path(name);
        let output =
            Output::File(FileOutput { name: name.to_owned(), path, split: Split::default(), video: None, audio: None });
        let video = VideoSettings { bitrate: 3_000, ..VideoSettings::default() };
        self.stage().start_output(&output, &video, &AudioSettings::default()).unwrap();
        let wanted = name.to_owned();
        self.until(move |event| matches!(event, Event::Output { name, state: OutputState::Live } if *name == wanted));
    }

    pub(crate) fn until(&mut self, mut wanted: impl FnMut(&Event) -> bool) {
        // Other events go on coming while the wanted one does not.
        let deadline = Instant::now() + 6 * PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "an event that never came");
            let event = self.events.recv_timeout(PATIENCE).expect("an event that never came");
            self.lost = lost(&event).unwrap_or(self.lost);
            if wanted(&event) {
                return;
            }
        }
    }

    /// Waits until so many more frames are recorded.
    pub(crate) fn frames(&mut self, count: f64) {
        let mut sent = 0.0;
        self.until(|event| {
            if let Event::Health { name, fps, .. } = event
                && name == "show"
            {
                sent += fps;
            }
            sent >= count
        });
    }

    pub(crate) fn edit(&mut self, edit: Edit) {
        self.collection.apply(edit).unwrap();
        let collection = self.collection.clone();
        self.stage().set(&collection).unwrap();
    }

    /// Ends the show.
    pub(crate) fn end(mut self) -> Ended {
        drop(self.stage.take());
        self.until(|event| matches!(event, Event::Stopped));
        let path = self.path("show");
        Ended { lost: self.lost, path, directory: self.directory }
    }
}

/// A show that has ended, and its recording.
pub(crate) struct Ended {
    pub(crate) path: PathBuf,
    /// Where it is; gone with this.
    pub(crate) directory: tempfile::TempDir,
    /// Frames that the machine was too busy for.
    lost: u64,
}

impl Ended {
    pub(crate) fn pictures(&self) -> Vec<Picture> {
        let pictures = pictures(&self.path);
        assert_steady(&pictures, self.lost);
        pictures
    }
}
