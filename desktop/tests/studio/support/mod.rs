//! A director in a folder of its own, and waiting for what it says.

pub(crate) mod drawer;
pub(crate) mod klieg;
pub(crate) mod notes;
pub(crate) mod program;
pub(crate) mod socket;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use klieg_engine::{Grants, Prober};
use klieg_studio::director::{Addresses, Director, DiskLeft, Eyes, Opener, Setup};
use klieg_studio::keys::OpenKeyring;
use klieg_studio::library::Places;
use klieg_studio_model::{
    Announcement, Command, Destination, DestinationKind, Device, Devices, Edit, Pattern, Plain, RecordingSettings,
    ReplaySettings, Secret, Source, Studio, TestPicture, Tone, Wave,
};
use tempfile::TempDir;
use tokio::runtime::Handle;
use tokio::sync::watch;

use drawer::Drawer;
use notes::Notes;

/// Longer than anything here takes; reached only by what is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// A studio without a window.
pub(crate) struct Rig {
    pub(crate) director: Director,
    pub(crate) notes: Notes,
    /// What is plugged in.
    pub(crate) devices: watch::Sender<Devices>,
    /// Bytes left on the disk.
    pub(crate) disk: Arc<AtomicU64>,
    /// Bytes left on the disk of a folder called `other`.
    pub(crate) other_disk: Arc<AtomicU64>,
    /// Whether the first disk answers nobody.
    pub(crate) disk_hangs: Arc<AtomicBool>,
    pub(crate) home: TempDir,
    thread: Option<JoinHandle<()>>,
}

impl Rig {
    /// Over a stage that takes notes.
    pub(crate) fn new() -> Self {
        Self::again(tempfile::tempdir().unwrap())
    }

    /// Over a stage that takes notes, with the files of an earlier studio.
    pub(crate) fn again(home: TempDir) -> Self {
        let notes = Notes::default();
        let theatre = notes.opener();
        Self::over(theatre, notes, home)
    }

    pub(crate) fn over(theatre: Opener, notes: Notes, home: TempDir) -> Self {
        Self::at(theatre, notes, home, addresses(false))
    }

    /// With a loopback server of these addresses.
    pub(crate) fn at(theatre: Opener, notes: Notes, home: TempDir, addresses: Addresses) -> Self {
        Self::with(theatre, notes, home, addresses, Drawer::default().opener(), Prober::default())
    }

    /// Over a stage that takes notes, with this keyring and the files of an earlier studio.
    pub(crate) fn with_keyring(home: TempDir, drawer: &Drawer) -> Self {
        Self::opening(home, drawer.opener())
    }

    /// The same with a keyring that is opened so.
    pub(crate) fn opening(home: TempDir, keyring: OpenKeyring) -> Self {
        let notes = Notes::default();
        Self::with(notes.opener(), notes, home, addresses(false), keyring, Prober::default())
    }

    /// Over a stage that takes notes, with encoders that are tried so and the files of an earlier studio.
    pub(crate) fn trying(home: TempDir, prober: Prober) -> Self {
        let notes = Notes::default();
        Self::with(notes.opener(), notes, home, addresses(false), Drawer::default().opener(), prober)
    }

    fn with(
        theatre: Opener,
        notes: Notes,
        home: TempDir,
        addresses: Addresses,
        keyring: OpenKeyring,
        prober: Prober,
    ) -> Self {
        let camera = Device::new("A camera", "/dev/video9");
        let devices = watch::Sender::new(Devices { cameras: vec![camera], ..Devices::default() });
        let [disk, other_disk] = [500_000_000_000; 2].map(|left| Arc::new(AtomicU64::new(left)));
        let disk_hangs = Arc::new(AtomicBool::new(false));
        let setup = Setup {
            places: Places::under(home.path()),
            keyring,
            theatre,
            prober,
            devices: Eyes { seen: devices.subscribe(), ..Eyes::default() },
            pages: None,
            grants: Grants::default(),
            disk: disk_of(&disk, &other_disk, &disk_hangs),
            supplies: home.path().join("power"),
            addresses,
            runtime: Handle::current(),
        };
        let (director, thread) = Director::start(setup).unwrap();
        Self { director, notes, devices, disk, other_disk, disk_hangs, home, thread: Some(thread) }
    }

    pub(crate) async fn ask(&self, command: Command) -> Result<(), String> {
        self.director.command(command).await.map_err(|refusal| refusal.to_string())
    }

    pub(crate) async fn done(&self, command: Command) {
        let shown = format!("{command:?}");
        self.ask(command).await.unwrap_or_else(|refusal| panic!("{shown}: {refusal}"));
    }

    pub(crate) async fn edit(&self, edit: Edit) {
        self.done(Command::Edit { edit, gesture: None }).await;
    }

    pub(crate) async fn refused(&self, command: Command) -> String {
        let shown = format!("{command:?}");
        self.ask(command).await.expect_err(&shown)
    }

    pub(crate) async fn state(&self) -> Arc<Studio> {
        self.director.state().await
    }

    /// The studio as soon as `wanted` is so.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&Studio) -> bool) -> Arc<Studio> {
        let started = Instant::now();
        loop {
            // Asked for rather than watched: what is published may be a moment old.
            let studio = self.state().await;
            if wanted(&studio) {
                return studio;
            }
            assert!(started.elapsed() < PATIENCE, "never: {what}; {studio:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Closes the studio and gives back its folder.
    pub(crate) async fn close(mut self) -> TempDir {
        self.director.close().await;
        let thread = self.thread.take().unwrap();
        tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
        self.home
    }

    /// From now on a recording and the replay buffer go with each show.
    pub(crate) async fn keep_shows(&self) {
        let recording = RecordingSettings { with_show: true, ..RecordingSettings::default() };
        self.done(Command::SetRecording { recording }).await;
        let replay = ReplaySettings { with_show: true, ..ReplaySettings::default() };
        self.done(Command::SetReplay { replay }).await;
    }

    /// A destination with a key.
    pub(crate) async fn destination(&self, id: &str, kind: DestinationKind, url: &str) {
        let destination = place(id, kind, url);
        self.done(Command::SetDestination { destination, key: Some(Secret::new("sk-test")) }).await;
    }
}

/// A destination that takes part.
pub(crate) fn place(id: &str, kind: DestinationKind, url: &str) -> Destination {
    let (id, name, url) = (id.to_owned(), id.to_uppercase(), url.to_owned());
    Destination { id, name, kind, url, enabled: true, layers: 1, video: None }
}

/// The file of the profile whose name begins so, in the folder of a studio.
pub(crate) fn profile_file(home: &Path, name: &str) -> PathBuf {
    let entries = std::fs::read_dir(home.join("config/profiles")).unwrap().map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().starts_with(name);
    entries.into_iter().find(is_it).unwrap_or_else(|| panic!("no profile {name}"))
}

fn disk_of(left: &Arc<AtomicU64>, other: &Arc<AtomicU64>, hangs: &Arc<AtomicBool>) -> DiskLeft {
    let (left, other, hangs) = (left.clone(), other.clone(), hangs.clone());
    Arc::new(move |folder| {
        if folder.ends_with("other") {
            return Some(other.load(Ordering::Relaxed));
        }
        while hangs.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(left.load(Ordering::Relaxed))
    })
}

pub(crate) fn addresses(remote_on: bool) -> Addresses {
    Addresses {
        pictures: "ws://127.0.0.1:1/token".to_owned(),
        remote: "ws://127.0.0.1:1/remote".to_owned(),
        port: 1,
        taken: None,
        remote_token: Secret::new("token"),
        remote_on,
    }
}

pub(crate) fn go_live(title: &str) -> Command {
    Command::GoLive { announcement: Announcement { title: Some(title.to_owned()), ..Announcement::default() } }
}

pub(crate) fn colour(name: &str) -> Source {
    Source::Colour(Plain { name: name.to_owned(), colour: "#204060".parse().unwrap() })
}

pub(crate) fn ball(name: &str) -> Source {
    Source::Test(TestPicture { name: name.to_owned(), pattern: Pattern::Ball, title: None, subtitle: None })
}

pub(crate) fn tone(name: &str) -> Source {
    Source::Tone(Tone { name: name.to_owned(), frequency: 440.0, wave: Wave::Sine, amplitude: 0.25 })
}

pub(crate) fn add(source: Source, scene: &str) -> Edit {
    Edit::AddSource { source, scene: scene.to_owned() }
}
