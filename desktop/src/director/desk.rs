//! The director's desk: all that it owns, and which of its parts carries out which command.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use klieg_engine::{DiskPace, Disks, Grants, Jpeg, Prober, View};
use klieg_studio_model::{Announcement, Collection, Command, Event, History, Meters, Notice, Output, Severity, Studio};
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{oneshot, watch};

use super::begin::Beginning;
use super::devices::Eyes;
use super::disk::DiskLeft;
use super::ears::Ears;
use super::health::{Doubts, Warnings};
use super::losses::Losses;
use super::machine::Machine;
use super::recording::RecordingAsked;
use super::run::Publisher;
use super::{Addresses, Answer, Opener, Refusal, Theatre, now};
use crate::account::{Link, SignedIn};
use crate::keys::Keys;
use crate::library::{Library, Opened, Shown};

/// Notices that are kept unread; older ones go.
const NOTICES: usize = 20;

/// What the desk uses and does not own.
pub(super) struct Outside {
    pub(super) theatre: Opener,
    pub(super) prober: Prober,
    pub(super) devices: Eyes,
    pub(super) pages: Option<PathBuf>,
    pub(super) grants: Grants,
    pub(super) disk: DiskLeft,
    pub(super) supplies: PathBuf,
    pub(super) addresses: Addresses,
    pub(super) runtime: Handle,
    pub(super) keys: Keys,
    pub(super) http: reqwest::Client,
}

/// The rest of a job, which the director's thread does.
pub(super) type Finish = Box<dyn FnOnce(&mut Desk) + Send>;

/// An event, and of which stage: late ones of a stage that is gone mean nothing.
pub(super) type Happened = (u64, Event);

pub(super) struct Desk {
    pub(super) studio: Studio,
    /// The studio one second ago.
    pub(super) before: Studio,
    pub(super) history: History,
    /// Counts the copies of scenes that went on air in studio mode.
    pub(super) takes: u64,
    /// Sources of the copy on air that have gone from the collection.
    pub(super) kept: Collection,
    /// When the stage lets go of what only the copy before showed.
    pub(super) swept_at: Option<Instant>,
    /// Sources that do not run until they are started, also those that undo would bring back.
    pub(super) off: BTreeSet<String>,
    pub(super) library: Library,
    pub(super) outside: Outside,
    pub(super) account: Option<Arc<SignedIn>>,
    /// The link whose server stands in the state.
    pub(super) offered: Option<Link>,
    pub(super) theatre: Option<Box<dyn Theatre>>,
    /// Why there is no stage.
    pub(super) no_stage: String,
    /// Counts the stages.
    pub(super) stage: u64,
    pub(super) opened_at: Instant,
    /// The outputs that run, with their keys.
    pub(super) running: Vec<Output>,
    /// Counts the shows, so that what was prepared for one does not start in another.
    pub(super) shows: u64,
    pub(super) beginning: Option<Beginning>,
    /// What the account's server is to be told of the show that is on, and has not taken yet.
    pub(super) untold: Announcement,
    /// The recording that was asked for last.
    pub(super) recording_asked: RecordingAsked,
    /// Whether the replay buffer ends when the creator ends a show.
    pub(super) replay_with_show: bool,
    /// Counts the encodings that were asked for, and the profiles taken: what an older one still waits for is not done.
    pub(super) encodings: u64,
    /// Whether somebody is being signed in or out, or the account's channel gets another key: one of them at a time.
    pub(super) changes_account: bool,
    /// Whether a key of the account is being ended with that, so that no show may begin.
    pub(super) ends_key: bool,
    /// Whether it is known what the keyring has, so whether somebody is signed in.
    pub(super) keyring_read: bool,
    /// How fast the recording that runs fills the disk.
    pub(super) pace: Option<DiskPace>,
    /// Looks at the disk of recordings, once a second.
    pub(super) disks: Disks,
    /// Makes their folders. Apart, so that neither question is in the other's way.
    pub(super) folders: Disks,
    pub(super) machine: Machine,
    pub(super) losses: Losses,
    pub(super) warnings: Warnings,
    pub(super) doubts: Doubts,
    pub(super) ears: Ears,
    /// Ends the trying of encoders that runs.
    pub(super) probing: Option<Arc<AtomicBool>>,
    /// Ends the measurement of the upload that runs, when it is sent or dropped.
    pub(super) measuring: Option<oneshot::Sender<()>>,
    pub(super) publisher: Publisher,
    /// Whether there may be something to publish.
    pub(super) changed: bool,
    pub(super) events: UnboundedSender<Happened>,
    jobs: UnboundedSender<Finish>,
    noticed: u32,
}

impl Desk {
    pub(super) fn new(
        opened: Opened,
        outside: Outside,
        events: UnboundedSender<Happened>,
        jobs: UnboundedSender<Finish>,
        publisher: Publisher,
    ) -> Self {
        let Opened { library, profile, collection, shown, crashed, live, notices } = opened;
        let Shown { on_air, preview } = shown.within(&collection);
        let studio = Studio {
            aired: preview.as_ref().and_then(|_| collection.scene(&on_air).cloned()),
            on_air,
            preview,
            collections: library.names(),
            profiles: library.profiles(),
            collection: collection.clone(),
            crashed,
            was_live: live.is_some(),
            announcement: live.unwrap_or_default(),
            profile,
            pictures: outside.addresses.pictures.clone(),
            upload: library.upload().map(|upload| upload.as_of(now())),
            ..Studio::default()
        };
        let mut desk = Self {
            before: studio.clone(),
            studio,
            history: History::new(collection),
            takes: 0,
            kept: Collection::default(),
            swept_at: None,
            off: BTreeSet::new(),
            library,
            outside,
            account: None,
            offered: None,
            theatre: None,
            no_stage: "it is still starting".to_owned(),
            stage: 0,
            opened_at: Instant::now(),
            running: Vec::new(),
            shows: 0,
            beginning: None,
            untold: Announcement::default(),
            recording_asked: RecordingAsked::default(),
            replay_with_show: false,
            encodings: 0,
            changes_account: false,
            ends_key: false,
            keyring_read: false,
            pace: None,
            disks: Disks::default(),
            folders: Disks::default(),
            machine: Machine::default(),
            losses: Losses::default(),
            warnings: Warnings::default(),
            doubts: Doubts::default(),
            ears: Ears::default(),
            probing: None,
            measuring: None,
            publisher,
            changed: true,
            events,
            jobs,
            noticed: 0,
        };
        for (severity, text) in notices {
            desk.notice(severity, text);
        }
        desk.studio.recordings = desk.recordings();
        desk
    }

    /// The first things that a studio does.
    pub(super) fn open(&mut self) {
        self.set_remote();
        self.publish();
        if self.studio.crashed.is_some() {
            "say first which collection to open".clone_into(&mut self.no_stage);
        } else {
            self.open_stage();
        }
        self.recall_probed();
        self.open_keyring();
        self.devices_changed();
    }

    pub(super) fn command(&mut self, command: Command, answer: Answer) {
        self.changed = true;
        let done = match command {
            Command::Edit { edit, gesture } => self.edit(edit, gesture),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::Mute { source, muted } => self.mute(&source, muted),
            Command::ShowScene { scene } => self.show_scene(&scene),
            Command::Take => self.take(),
            Command::StudioMode { on } => self.studio_mode(on),
            Command::ReadChannel => return self.read_channel(answer),
            Command::GoLive { announcement } => return self.go_live(announcement, answer),
            Command::EndShow => self.end_show(),
            Command::StartRecording => return self.start_recording(answer),
            Command::StopRecording => self.stop_recording(),
            Command::PauseRecording => self.pause_recording(true),
            Command::ResumeRecording => self.pause_recording(false),
            Command::SplitRecording => self.split_recording(),
            Command::StartReplay => return self.start_replay_when_tried(answer),
            Command::StopReplay => self.stop_replay(),
            Command::SaveReplay => return self.save_replay(answer),
            Command::Mark { text, ago } => return self.mark(&text, ago, answer),
            Command::SignIn { server, login, password } => return self.sign_in(server, login, password, answer),
            Command::SignOut => return self.sign_out(answer),
            Command::RenewKey => return self.renew_key(answer),
            Command::OpenKeyring => return self.open_keyring_again(answer),
            Command::SetDestination { destination, key } => return self.set_destination(destination, key, answer),
            Command::RetryDestination { id } => self.retry_destination(&id),
            Command::RemoveDestination { id } => return self.remove_destination(id, answer),
            Command::AddChannel => self.add_channel_again(),
            Command::SetEncoding { video, audio } => return self.encode_when_tried(video, audio, answer),
            Command::SetRecording { recording } => self.set_recording(recording),
            Command::SetReplay { replay } => self.set_replay(replay),
            Command::SetMonitorOutput { output } => self.set_monitor_output(output),
            Command::AnswerOffer { accept } => return self.answer_offer(accept, answer),
            Command::Press { action, down } => return self.press(&action, down, answer),
            Command::SetHotkey { action, keys, outside } => self.set_hotkey(action, keys, outside),
            Command::Remote { on } => self.remote(on),
            Command::Welcomed => self.welcomed(),
            Command::RestartSource { source } => self.restart_source(&source),
            Command::StartSources => self.start_sources(None),
            Command::Seek { source, position } => self.seek(&source, position),
            Command::ChooseAgain { source } => self.choose_again(&source),
            Command::LookForDevices => return self.look_for_devices(answer),
            Command::ProbeEncoders => self.probe_encoders(),
            Command::StopProbing => {
                self.stop_probing();
                Ok(())
            }
            Command::MeasureUpload => self.measure_upload(),
            Command::StopMeasuring => {
                self.stop_measuring();
                Ok(())
            }
            Command::SayUpload { kbit } => self.say_upload(kbit),
            Command::OpenCollection { name, sources_off } => self.open_collection(&name, sources_off),
            Command::NewCollection { name } => self.new_collection(&name),
            Command::DuplicateCollection { collection, name } => self.duplicate_collection(&collection, &name),
            Command::RemoveCollection { name } => self.remove_collection(&name),
            Command::ImportCollection { text } => self.import_collection(&text),
            Command::OpenProfile { name } => self.open_profile(&name),
            Command::NewProfile { name } => self.new_profile(&name),
            Command::DuplicateProfile { name } => return self.duplicate_profile(&name, answer),
            Command::RenameProfile { name } => self.rename_profile(&name),
            Command::RemoveProfile { name } => return self.remove_profile(&name, answer),
            Command::ImportProfile { text } => self.import_profile(&text),
            Command::Dismiss { notice } => {
                self.studio.notices.retain(|known| known.id != notice);
                Ok(())
            }
        };
        let shown = self.shown();
        self.library.keep_shown(shown);
        reply(answer, done);
    }

    pub(super) fn studio(&self) -> &Studio {
        &self.studio
    }

    pub(super) fn publish(&mut self) {
        self.changed = false;
        self.publisher.publish(&self.studio);
    }

    pub(super) fn pictures(&self, view: View) -> Option<watch::Receiver<Jpeg>> {
        self.theatre.as_ref().map(|theatre| theatre.pictures(view))
    }

    /// The meters since the last call, which the desk listens to as well.
    pub(super) fn meters(&mut self) -> Option<Meters> {
        let meters = self.theatre.as_ref()?.meters();
        self.ears.hear(&meters, Instant::now());
        Some(meters)
    }

    /// Something that should be read. What is there already is not said twice.
    pub(super) fn notice(&mut self, severity: Severity, text: impl Into<String>) {
        let text = text.into();
        self.studio.notices.retain(|known| known.text != text);
        if self.studio.notices.len() >= NOTICES {
            self.studio.notices.remove(0);
        }
        self.noticed += 1;
        self.studio.notices.push(Notice { id: self.noticed, severity, text });
        self.changed = true;
    }

    /// Where steps for this thread are put from elsewhere.
    pub(super) fn jobs(&self) -> UnboundedSender<Finish> {
        self.jobs.clone()
    }

    /// Waits elsewhere for `work`, then goes on here.
    pub(super) fn job<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Self, T) + Send + 'static,
    ) {
        let jobs = self.jobs.clone();
        self.outside.runtime.spawn(async move {
            let result = work.await;
            let finish: Finish = Box::new(move |desk| {
                desk.changed = true;
                then(desk, result);
            });
            // The director may have stopped; then nobody goes on.
            let _ = jobs.send(finish);
        });
    }

    /// Whether something is sent or recorded.
    pub(super) fn is_busy(&self) -> bool {
        !self.studio.show.is_off() || self.studio.recording.is_some()
    }

    pub(super) fn not_busy(&self, what: &'static str) -> Result<(), Refusal> {
        if self.is_busy() { Err(Refusal::Busy(what)) } else { Ok(()) }
    }

    pub(super) fn keep_profile(&mut self) -> Result<(), Refusal> {
        self.changed = true;
        Ok(self.library.keep_profile(&self.studio.profile)?)
    }

    /// Ends everything.
    pub(super) fn close(mut self) {
        self.stop_probing();
        // Each is refused only where there is none.
        let _ = self.end_show();
        let _ = self.stop_recording();
        self.publish();
        self.forget_remote();
        // Before the stage: who is ended because that hangs has not crashed.
        self.library.close();
        self.close_stage();
    }
}

/// Answers a command. Who asked may not have waited.
pub(super) fn reply(answer: Answer, done: Result<(), Refusal>) {
    let _ = answer.send(done);
}
