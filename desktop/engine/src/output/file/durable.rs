//! What makes a recording outlive a power cut: what was written of it is put on the disk once a second. In a thread of its own, since
//! a disk may take long over it; the recording goes on meanwhile.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use parking_lot::Mutex;

use super::super::Failure;

const EVERY: Duration = Duration::from_secs(1);

/// Puts a file that grows on its disk again and again, for as long as this is there.
pub(super) struct Keeper {
    failed: Arc<Mutex<Option<io::Error>>>,
    /// The thread ends when this is gone. It is not waited for: its disk may hang.
    _ends: Sender<()>,
}

impl Keeper {
    /// Of a file that was begun.
    pub(super) fn start(path: &Path) -> Self {
        Self::every(EVERY, path, File::sync_data)
    }

    fn every(pause: Duration, path: &Path, sync: impl Fn(&File) -> io::Result<()> + Send + 'static) -> Self {
        let (ends, ended) = channel();
        let failed: Arc<Mutex<Option<io::Error>>> = Arc::default();
        let (told, path) = (failed.clone(), path.to_owned());
        let run = move || {
            if let Err(error) = keep(&path, pause, &sync, &ended) {
                *told.lock() = Some(error);
            }
        };
        if let Err(error) = std::thread::Builder::new().name("file-keeper".to_owned()).spawn(run) {
            tracing::warn!(%error, "a power cut would cost more of the recording than usual: there is no thread to keep it");
        }
        Self { failed, _ends: ends }
    }

    /// What is written is not kept, and nothing else would tell.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let failed = self.failed.lock().take();
        failed.map_or(Ok(()), |error| Err(Failure::retry(format!("the disk does not keep what is written ({error})"))))
    }
}

fn keep(path: &Path, pause: Duration, sync: &dyn Fn(&File) -> io::Result<()>, ended: &Receiver<()>) -> io::Result<()> {
    // A handle of our own: what is put on the disk is the file, whoever wrote it.
    let file = OpenOptions::new().write(true).open(path)?;
    keep_name(path);
    while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        where_possible(sync(&file))?;
    }
    Ok(())
}

/// Puts all of a file that is whole on its disk, with its name.
pub(in crate::output) fn settle(path: &Path) -> io::Result<()> {
    where_possible(OpenOptions::new().write(true).open(path)?.sync_all())?;
    keep_name(path);
    Ok(())
}

/// A name lasts only when its folder is on the disk too. Not every system opens one, nor may everybody who writes there: then it
/// comes to the disk when the system likes.
fn keep_name(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::debug!(folder = %folder.display(), %error, "a file's name is not put on the disk at once");
    }
}

/// Not every file system can do it. What that loses in a power cut, nobody can help.
fn where_possible(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(40);

    #[test]
    fn a_file_is_put_on_the_disk_again_and_again_until_it_ends() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let (done, synced) = channel();
        let sync = move |file: &File| {
            file.sync_data()?;
            done.send(()).map_err(io::Error::other)
        };
        let keeper = Keeper::every(Duration::from_millis(1), file.path(), sync);
        for _ in 0..3 {
            synced.recv_timeout(PATIENCE).unwrap();
        }
        keeper.check().unwrap();
        drop(keeper);
        // The thread has let go of its end.
        while synced.recv_timeout(PATIENCE).is_ok() {}
        assert!(synced.recv().is_err());
        settle(file.path()).unwrap();
    }

    #[test]
    fn what_a_disk_does_not_keep_is_said() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let failing = |kind: io::ErrorKind| {
            let (done, asked) = channel();
            let sync = move |_: &File| {
                // Who listened may have heard enough.
                let _ = done.send(());
                Err(io::Error::from(kind))
            };
            (Keeper::every(Duration::from_millis(1), file.path(), sync), asked)
        };
        let (keeper, asked) = failing(io::ErrorKind::Unsupported);
        for _ in 0..3 {
            asked.recv_timeout(PATIENCE).unwrap();
        }
        keeper.check().unwrap();
        let (keeper, asked) = failing(io::ErrorKind::StorageFull);
        // The thread ends with the first failure.
        while asked.recv_timeout(PATIENCE).is_ok() {}
        let Err(Failure::Retry { reason, .. }) = keeper.check() else { panic!("it is not told") };
        assert!(reason.starts_with("the disk does not keep what is written"), "{reason}");
    }
}
