//! Where the files are.

use std::path::{Path, PathBuf};

/// The folders of a user. Those of the XDG base directories, or all under `KLIEG_STUDIO_HOME`.
#[derive(Clone, Debug)]
pub struct Places {
    /// Collections and profiles.
    pub config: PathBuf,
    /// What is of no use on another computer.
    pub state: PathBuf,
    /// Where recordings go unless the profile says otherwise.
    pub recordings: PathBuf,
}

impl Places {
    /// This user's, if the computer names any.
    pub fn of_this_user() -> Option<Self> {
        if let Some(home) = std::env::var_os("KLIEG_STUDIO_HOME").filter(|home| !home.is_empty()) {
            return Some(Self::under(Path::new(&home)));
        }
        let config = dirs::config_dir()?.join("klieg-studio");
        // Where the system has no folder for state, it is kept with the data.
        let state = dirs::state_dir().or_else(dirs::data_local_dir)?.join("klieg-studio");
        let videos = dirs::video_dir().or_else(|| Some(dirs::home_dir()?.join("Videos")))?;
        Some(Self { config, state, recordings: videos.join("Klieg") })
    }

    /// All in one folder.
    pub fn under(home: &Path) -> Self {
        Self { config: home.join("config"), state: home.join("state"), recordings: home.join("Videos").join("Klieg") }
    }

    pub fn collections(&self) -> PathBuf {
        self.config.join("collections")
    }

    pub fn profiles(&self) -> PathBuf {
        self.config.join("profiles")
    }

    /// Where the profile was when there was but one.
    pub(super) fn only_profile(&self) -> PathBuf {
        self.config.join("profile.toml")
    }

    /// What the encoders of this computer did when they were tried.
    pub fn encoders(&self) -> PathBuf {
        self.state.join("encoders.json")
    }

    /// What the creator allowed to be shown.
    pub fn casts(&self) -> PathBuf {
        self.state.join("casts.json")
    }

    /// Which stream keys this studio made: their ids, never the keys.
    pub fn stream_keys(&self) -> PathBuf {
        self.state.join("stream-keys.json")
    }

    /// Which secrets the keyring has yet to delete: their names, never what they are.
    pub fn removals(&self) -> PathBuf {
        self.state.join("removals.json")
    }

    /// The size and place of the window.
    pub fn window(&self) -> PathBuf {
        self.state.join("window.json")
    }

    /// Where programs find what they need to control the studio.
    pub fn remote(&self) -> PathBuf {
        self.state.join("remote.json")
    }

    /// Names the open collection for as long as a studio runs; one that stays behind tells of a crash.
    pub(super) fn running(&self) -> PathBuf {
        self.state.join("running")
    }

    /// Says what the show is called for as long as one is on; like [`running`](Self::running), it stays behind after a crash.
    pub(super) fn live(&self) -> PathBuf {
        self.state.join("live.json")
    }

    /// Which scenes of each collection were shown last.
    pub(super) fn shown(&self) -> PathBuf {
        self.state.join("shown")
    }

    /// What the connection carried when it was measured last.
    pub(super) fn upload(&self) -> PathBuf {
        self.state.join("upload.json")
    }

    /// Names the current profile.
    pub(super) fn current_profile(&self) -> PathBuf {
        self.state.join("profile")
    }

    /// Names the collection that was open last.
    pub(super) fn last(&self) -> PathBuf {
        self.state.join("last")
    }
}
