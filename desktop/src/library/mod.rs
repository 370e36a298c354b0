//! The studio's files: scene collections, profiles, what was open and shown last, and whether it closed properly.
//!
//! Every file is written whole or not at all, half a second after the first change. A file in which something is wrong is put aside as
//! `NAME.broken`; one that cannot be read now, or that a newer studio wrote, stays where it is. None is overwritten. Secrets are not kept
//! here; see [`crate::keys`].

mod aside;
mod names;
mod places;
mod profiles;
mod saver;
mod shown;

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use klieg_studio_model::{Announcement, Collection, Newer, NotACollection, Profile, Severity, Upload};
use serde::Deserialize;
use thiserror::Error;

use self::aside::Unusable;
use self::profiles::Profiles;

pub use klieg_engine::write_whole;
pub use places::Places;
pub use saver::{Saver, write_private};
pub use shown::Shown;

/// Why something was not done with a file.
#[derive(Debug, Error)]
pub enum LibraryError {
    #[error("this computer names no folder for settings; set HOME, or KLIEG_STUDIO_HOME to a folder")]
    NoHome,
    #[error("another studio uses {0}; close it first")]
    InUse(PathBuf),
    #[error("{path} cannot be used: {error}")]
    File { path: PathBuf, error: std::io::Error },
    #[error("there is no collection named “{0}”")]
    Unknown(String),
    #[error("there is a collection named “{0}” already; choose another name")]
    Exists(String),
    #[error("“{0}” is open; open another collection before removing it")]
    Open(String),
    #[error("there is no profile named “{0}”")]
    NoProfile(String),
    #[error("there is a profile named “{0}” already; choose another name")]
    ProfileExists(String),
    #[error("“{0}” is in use; take another profile before removing it")]
    ProfileInUse(String),
    #[error("“{name}” cannot be read and was put aside as {aside}: {reason}")]
    Broken { name: String, aside: PathBuf, reason: String },
    #[error("“{name}” is not opened: {newer}")]
    Newer { name: String, newer: Newer },
    #[error("it cannot be written as a file: {0}")]
    Unwritable(#[from] toml::ser::Error),
}

impl LibraryError {
    fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        |error| Self::File { path: path.to_owned(), error }
    }
}

/// What a studio starts with.
pub struct Opened {
    pub library: Library,
    pub profile: Profile,
    pub collection: Collection,
    /// What of it was shown last.
    pub shown: Shown,
    /// The collection that was open when the studio ended unexpectedly. Then `collection` is empty and in no file, and the creator
    /// has to say which one to open: what crashed once would crash at every start.
    pub crashed: Option<String>,
    /// The show that was on then.
    pub live: Option<Announcement>,
    /// What the creator should read.
    pub notices: Vec<(Severity, String)>,
}

/// All collections and profiles. One program at a time has it open.
pub struct Library {
    places: Places,
    saver: Saver,
    profiles: Profiles,
    /// Where each collection stands, by its name.
    known: BTreeMap<String, PathBuf>,
    /// The name under which the open one is known; empty while none is.
    open: String,
    /// What is kept of what it shows, if that is known.
    shown: Option<Shown>,
    /// Held for as long as this studio runs.
    _lock: Lock,
}

/// Let go of by hand and not by closing the file alone: a program that is being started right now has a copy of it until it runs.
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

/// All that is read of a collection to list it.
#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Library {
    /// Opens the files of a user, and the collection that was open last, unless the studio crashed with it.
    pub fn open(places: Places) -> Result<Opened, LibraryError> {
        for folder in [&places.collections(), &places.state] {
            fs::create_dir_all(folder).map_err(LibraryError::at(folder))?;
        }
        let lock = lock(&places)?;
        let mut notices = Vec::new();
        let (profiles, profile) = Profiles::open(&places, &mut notices)?;
        let (saver, known, open) = (Saver::start(), BTreeMap::new(), String::new());
        let mut library = Self { saver, profiles, known, open, shown: None, places, _lock: lock };
        library.list(&mut notices)?;
        // Without a collection there is nothing to ask.
        let crashed = fs::read_to_string(library.places.running()).ok().filter(|_| !library.known.is_empty());
        let collection = if crashed.is_some() {
            Collection { name: String::new(), ..Collection::default() }
        } else {
            let collection = library.first(&mut notices)?;
            library.set_open(&collection.name)?;
            collection
        };
        let live = fs::read(library.places.live()).ok().filter(|_| crashed.is_some());
        let live = live.and_then(|kept| serde_json::from_slice(&kept).ok());
        let shown = library.shown();
        Ok(Opened { library, profile, collection, shown, crashed, live, notices })
    }

    pub fn places(&self) -> &Places {
        &self.places
    }

    pub fn names(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    /// Keeps what the open collection has become. Its name may have changed.
    pub fn keep(&mut self, collection: &Collection) -> Result<(), LibraryError> {
        if collection.name != self.open {
            if self.known.contains_key(&collection.name) {
                return Err(LibraryError::Exists(collection.name.clone()));
            }
            let path = self.known.remove(&self.open).unwrap_or_else(|| self.free_path(&collection.name));
            self.known.insert(collection.name.clone(), path);
            self.set_open(&collection.name)?;
        }
        let path = self.known.get(&self.open).cloned().unwrap_or_else(|| self.free_path(&collection.name));
        self.saver.save(path.clone(), collection.write()?);
        self.known.insert(collection.name.clone(), path);
        Ok(())
    }

    /// What was known of the upload last. Nothing, where that cannot be read: it is measured anew.
    pub fn upload(&self) -> Option<Upload> {
        let text = fs::read_to_string(self.places.upload()).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Keeps what is known of the upload.
    pub fn keep_upload(&self, upload: &Upload) {
        match serde_json::to_string_pretty(upload) {
            Ok(text) => self.saver.save(self.places.upload(), text),
            Err(error) => tracing::error!(%error, "what the upload carries is not kept"),
        }
    }

    pub fn profiles(&self) -> Vec<String> {
        self.profiles.names()
    }

    /// Keeps what the current profile has become. Its name may have changed.
    pub fn keep_profile(&mut self, profile: &Profile) -> Result<(), LibraryError> {
        let text = profile.write()?;
        self.saver.save(self.profiles.keep(profile)?, text);
        Ok(())
    }

    /// Makes another profile the current one.
    pub fn take_profile(&mut self, name: &str) -> Result<Profile, LibraryError> {
        self.profiles.take(name)
    }

    /// Adds a profile, which is the current one from now on.
    pub fn add_profile(&mut self, profile: &Profile) -> Result<(), LibraryError> {
        self.profiles.add(profile)
    }

    /// Refuses a name that a profile has.
    pub fn check_profile(&self, name: &str) -> Result<(), LibraryError> {
        self.profiles.check_free(name)
    }

    /// Forgets a profile that is not current, and gives it back.
    pub fn remove_profile(&mut self, name: &str) -> Result<Profile, LibraryError> {
        // It may have been changed a moment ago.
        self.saver.flush();
        self.profiles.remove(name)
    }

    /// `wanted`, or the first of `wanted 2`, `wanted 3` ... that no profile has.
    pub fn free_profile_name(&self, wanted: &str) -> String {
        self.profiles.free_name(wanted)
    }

    /// Whether any profile has a destination of this `id`, under which its key is kept.
    pub fn has_destination(&self, id: &str) -> bool {
        self.profiles.have_destination(id)
    }

    /// Whether a profile that is not current has one: the key is that one's too.
    pub fn others_have_destination(&self, id: &str) -> bool {
        self.profiles.others_have_destination(id)
    }

    /// Reads a collection, which is open from now on.
    pub fn switch(&mut self, name: &str) -> Result<Collection, LibraryError> {
        self.saver.flush();
        let collection = self.read(name)?;
        self.set_open(name)?;
        Ok(collection)
    }

    /// Refuses a name that a collection has.
    pub fn check_free(&self, name: &str) -> Result<(), LibraryError> {
        if self.known.contains_key(name) { Err(LibraryError::Exists(name.to_owned())) } else { Ok(()) }
    }

    /// Adds a collection and opens it.
    pub fn add(&mut self, collection: &Collection) -> Result<(), LibraryError> {
        self.put(collection)?;
        self.set_open(&collection.name)
    }

    /// Adds a collection and leaves open what is.
    pub fn put(&mut self, collection: &Collection) -> Result<(), LibraryError> {
        self.check_free(&collection.name)?;
        self.saver.flush();
        let path = self.free_path(&collection.name);
        write_whole(&path, collection.write()?.as_bytes()).map_err(LibraryError::at(&path))?;
        self.known.insert(collection.name.clone(), path);
        Ok(())
    }

    /// Forgets a collection that is not open.
    pub fn remove(&mut self, name: &str) -> Result<(), LibraryError> {
        if name == self.open {
            return Err(LibraryError::Open(name.to_owned()));
        }
        let path = self.known.get(name).ok_or_else(|| LibraryError::Unknown(name.to_owned()))?;
        fs::remove_file(path).map_err(LibraryError::at(path))?;
        self.forget_shown(name);
        self.known.remove(name);
        Ok(())
    }

    /// Remembers that a show is on, or that none is. That it could not be is no reason to keep a show from beginning.
    pub fn set_live(&self, show: Option<&Announcement>) {
        let path = self.places.live();
        let done = match show.map(serde_json::to_vec) {
            Some(Ok(text)) => write_private(&path, &text),
            Some(Err(error)) => Err(error.into()),
            None => fs::remove_file(&path),
        };
        if let Err(error) = done
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %path.display(), %error, "the mark of a show is not right");
        }
    }

    /// `wanted`, or the first of `wanted 2`, `wanted 3` ... that no collection has.
    pub fn free_name(&self, wanted: &str) -> String {
        names::free(wanted, |name| self.known.contains_key(name))
    }

    /// What could not be written since the last call.
    pub fn failures(&self) -> Vec<String> {
        self.saver.failures()
    }

    /// Writes what is not yet written, and says that the studio closed properly. What was not answered after a crash is asked again.
    pub fn close(&self) {
        self.saver.flush();
        if self.open.is_empty() {
            return;
        }
        let running = self.places.running();
        if let Err(error) = fs::remove_file(&running) {
            tracing::warn!(path = %running.display(), %error, "the mark of a running studio stays");
        }
    }

    /// The collection to begin with: the last one, another one, or a new one.
    fn first(&mut self, notices: &mut Vec<(Severity, String)>) -> Result<Collection, LibraryError> {
        let last = fs::read_to_string(self.places.last()).ok();
        let wanted = last.filter(|name| self.known.contains_key(name));
        let others: Vec<_> = self.names();
        for name in wanted.into_iter().chain(others) {
            match self.read(&name) {
                Ok(collection) => return Ok(collection),
                Err(error) => notices.push((Severity::Bad, capitalised(&error.to_string()))),
            }
        }
        let collection = Collection { name: self.free_name(&Collection::default().name), ..Collection::default() };
        self.add(&collection)?;
        Ok(collection)
    }

    /// Reads a collection and opens nothing. The file of one that is broken is put aside.
    pub fn read(&mut self, name: &str) -> Result<Collection, LibraryError> {
        let path = self.known.get(name).cloned().ok_or_else(|| LibraryError::Unknown(name.to_owned()))?;
        let text = fs::read_to_string(&path).map_err(LibraryError::at(&path))?;
        match Collection::read(&text) {
            // The name it is listed under differs where two files have the same one.
            Ok(collection) => Ok(Collection { name: name.to_owned(), ..collection }),
            Err(NotACollection::Newer(newer)) => Err(LibraryError::Newer { name: name.to_owned(), newer }),
            Err(reason) => {
                self.known.remove(name);
                let aside = aside::put(&path).map_err(LibraryError::at(&path))?;
                Err(LibraryError::Broken { name: name.to_owned(), aside, reason: reason.to_string() })
            }
        }
    }

    fn list(&mut self, notices: &mut Vec<(Severity, String)>) -> Result<(), LibraryError> {
        let folder = self.places.collections();
        for path in names::files(&folder).map_err(LibraryError::at(&folder))? {
            let named = |text: String| {
                toml::from_str::<Named>(&text).map_err(|error| match Collection::read(&text) {
                    Err(NotACollection::Newer(newer)) => Unusable::Stays(newer.to_string()),
                    _ => Unusable::Broken(error.to_string()),
                })
            };
            match aside::text(&path).and_then(named) {
                Ok(named) => {
                    let name = self.free_name(&named.name);
                    self.known.insert(name, path);
                }
                Err(unusable) => notices.push((Severity::Bad, unusable.settle(&path))),
            }
        }
        Ok(())
    }

    fn free_path(&self, name: &str) -> PathBuf {
        names::free_path(&self.places.collections(), name, |path| self.known.values().any(|known| known == path))
    }

    fn set_open(&mut self, name: &str) -> Result<(), LibraryError> {
        name.clone_into(&mut self.open);
        self.shown = None;
        for path in [self.places.running(), self.places.last()] {
            write_whole(&path, name.as_bytes()).map_err(LibraryError::at(&path))?;
        }
        Ok(())
    }
}

fn lock(places: &Places) -> Result<Lock, LibraryError> {
    let path = places.state.join("lock");
    let file = File::create(&path).map_err(LibraryError::at(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(LibraryError::InUse(places.state.clone())),
        Err(TryLockError::Error(error)) => Err(LibraryError::File { path, error }),
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
