//! The disk that a recording goes to: how much room it has, and when the recording has to end so that its end can still be
//! written.

use std::path::Path;

/// What is left free: the system and other programs need some, in bytes.
const LEFT_FREE: u64 = 200 << 20;
/// And at least what so many seconds of a recording take: that it is time is noticed once a second.
const LEFT_SECONDS: f64 = 20.0;
/// The share of the newest second in the pace.
const NEWEST: f64 = 0.1;

/// How fast a recording fills its disk: smoothed, for a second says little.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiskPace(f64);

impl DiskPace {
    /// That of a recording at this bitrate, in kbit/s.
    pub fn of(bitrate: u32) -> Self {
        Self(f64::from(bitrate) * 125.0)
    }

    /// The pace after one more second, in which so many bytes were written.
    pub fn after(self, second: f64) -> Self {
        Self(self.0 + NEWEST * (second - self.0))
    }

    /// Bytes that a recording may still write when so many are left on the disk; 0 when it has to end.
    pub fn spare(self, left: u64) -> u64 {
        left.saturating_sub(LEFT_FREE.max((self.0 * LEFT_SECONDS) as u64))
    }

    /// For how many seconds these bytes are enough.
    pub fn lasts(self, spare: u64) -> u64 {
        (spare as f64 / self.0.max(1.0)) as u64
    }
}

/// Bytes that this user can still write on the disk of `folder`, which need not exist yet. Nothing where that is unknown.
#[cfg(unix)]
pub fn disk_left(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|folder| folder.exists())?;
    let disk = rustix::fs::statvfs(existing).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Unknown here.
#[cfg(not(unix))]
pub fn disk_left(_folder: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_lasts_for_as_long_as_it_is_filled_at_this_pace() {
        // 6 Mbit/s fill 750 kB a second.
        let pace = DiskPace::of(6_000);
        assert_eq!(pace.lasts(pace.spare(LEFT_FREE + 75_000_000)), 100);
        assert_eq!(pace.spare(LEFT_FREE), 0);
        // Fast ones need more room for their end.
        assert_eq!(DiskPace(20e6).spare(400_000_000), 0);
        assert_eq!(DiskPace(0.0).lasts(7), 7);
    }

    #[test]
    fn the_pace_follows_the_recording_slowly() {
        let pace = (0..60).fold(DiskPace(1_000_000.0), |pace, _| pace.after(100_000.0));
        assert!((100_000.0..103_000.0).contains(&pace.0), "{pace:?}");
        assert!(DiskPace(1_000_000.0).after(0.0).0 > 800_000.0);
    }

    #[test]
    fn a_folder_that_does_not_exist_has_the_room_of_its_disk() {
        let folder = tempfile::tempdir().unwrap();
        assert!(disk_left(&folder.path().join("a/b/c")).unwrap() > 0);
        assert_eq!(disk_left(Path::new("")), None);
    }
}
