//! The profiles: a readable file each, of which one is current. They are few and small, so all of them are held.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use klieg_studio_model::{NotAProfile, Profile, Severity};

use super::aside::Unusable;
use super::{LibraryError, Places, aside, names, write_whole};

pub(super) struct Profiles {
    places: Places,
    /// Each with its file, by its name.
    known: BTreeMap<String, (PathBuf, Profile)>,
    /// There is always a current one; it has a file as soon as it differs from the usual.
    current: String,
}

impl Profiles {
    /// Reads all of them. The second value is the current one.
    pub(super) fn open(
        places: &Places,
        notices: &mut Vec<(Severity, String)>,
    ) -> Result<(Self, Profile), LibraryError> {
        let folder = places.profiles();
        fs::create_dir_all(&folder).map_err(LibraryError::at(&folder))?;
        let mut profiles = Self { places: places.clone(), known: BTreeMap::new(), current: String::new() };
        profiles.take_in_the_only_one()?;
        for path in names::files(&folder).map_err(LibraryError::at(&folder))? {
            match read(&path) {
                Ok(profile) => {
                    let name = profiles.free_name(&profile.name);
                    profiles.known.insert(name.clone(), (path, Profile { name, ..profile }));
                }
                Err(unusable) => notices.push((Severity::Bad, unusable.settle(&path))),
            }
        }
        if profiles.known.is_empty() {
            let (path, usual) = (profiles.free_path(Profile::USUAL), Profile::default());
            profiles.known.insert(usual.name.clone(), (path, usual));
        }
        let wanted = fs::read_to_string(places.current_profile()).ok();
        let wanted = wanted.and_then(|name| profiles.known.get(&name)).or_else(|| profiles.known.values().next());
        let profile = wanted.map(|(_, profile)| profile.clone()).unwrap_or_default();
        profile.name.clone_into(&mut profiles.current);
        Ok((profiles, profile))
    }

    /// A studio that had only one profile kept it beside the folder in which there are several now.
    fn take_in_the_only_one(&self) -> Result<(), LibraryError> {
        let only = self.places.only_profile();
        match fs::rename(&only, self.free_path(Profile::USUAL)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(LibraryError::File { path: only, error }),
            _ => Ok(()),
        }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.known.keys().cloned().collect()
    }

    /// `wanted`, or the first of `wanted 2`, `wanted 3` ... that no profile has.
    pub(super) fn free_name(&self, wanted: &str) -> String {
        names::free(wanted, |name| self.known.contains_key(name))
    }

    /// Whether a profile has a destination of this `id`.
    pub(super) fn have_destination(&self, id: &str) -> bool {
        self.known.values().any(|(_, profile)| profile.destination(id).is_some())
    }

    /// The same of all but the current one.
    pub(super) fn others_have_destination(&self, id: &str) -> bool {
        let mut others = self.known.iter().filter(|(name, _)| **name != self.current);
        others.any(|(_, (_, profile))| profile.destination(id).is_some())
    }

    /// Refuses a name that is taken.
    pub(super) fn check_free(&self, name: &str) -> Result<(), LibraryError> {
        if self.known.contains_key(name) { Err(LibraryError::ProfileExists(name.to_owned())) } else { Ok(()) }
    }

    /// What the current profile has become, and the file that it is to be written to. Its name may have changed.
    pub(super) fn keep(&mut self, profile: &Profile) -> Result<PathBuf, LibraryError> {
        if profile.name != self.current {
            self.check_free(&profile.name)?;
            self.mark_current(&profile.name)?;
        }
        let before = std::mem::replace(&mut self.current, profile.name.clone());
        let path = self.known.remove(&before).map_or_else(|| self.free_path(&profile.name), |(path, _)| path);
        self.known.insert(profile.name.clone(), (path.clone(), profile.clone()));
        Ok(path)
    }

    /// Makes another profile the current one.
    pub(super) fn take(&mut self, name: &str) -> Result<Profile, LibraryError> {
        let (_, profile) = self.known.get(name).ok_or_else(|| LibraryError::NoProfile(name.to_owned()))?;
        let profile = profile.clone();
        self.mark_current(name)?;
        name.clone_into(&mut self.current);
        Ok(profile)
    }

    /// Adds a profile, which is the current one from now on.
    pub(super) fn add(&mut self, profile: &Profile) -> Result<(), LibraryError> {
        self.check_free(&profile.name)?;
        let path = self.free_path(&profile.name);
        write_whole(&path, profile.write()?.as_bytes()).map_err(LibraryError::at(&path))?;
        self.known.insert(profile.name.clone(), (path, profile.clone()));
        self.take(&profile.name).map(drop)
    }

    /// Forgets a profile that is not current. What it was is given back.
    pub(super) fn remove(&mut self, name: &str) -> Result<Profile, LibraryError> {
        if name == self.current {
            return Err(LibraryError::ProfileInUse(name.to_owned()));
        }
        let (path, _) = self.known.get(name).ok_or_else(|| LibraryError::NoProfile(name.to_owned()))?;
        match fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(LibraryError::at(path)(error)),
            _ => {}
        }
        Ok(self.known.remove(name).map(|(_, profile)| profile).unwrap_or_default())
    }

    fn mark_current(&self, name: &str) -> Result<(), LibraryError> {
        let path = self.places.current_profile();
        write_whole(&path, name.as_bytes()).map_err(LibraryError::at(&path))
    }

    fn free_path(&self, name: &str) -> PathBuf {
        names::free_path(&self.places.profiles(), name, |path| self.known.values().any(|(known, _)| known == path))
    }
}

fn read(path: &Path) -> Result<Profile, Unusable> {
    Profile::read(&aside::text(path)?).map_err(|error| match error {
        NotAProfile::Newer(newer) => Unusable::Stays(newer.to_string()),
        error => Unusable::Broken(error.to_string()),
    })
}
