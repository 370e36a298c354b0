//! Writing files: whole or not at all, and not more often than twice a second.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use klieg_engine::write_whole;
use parking_lot::{Condvar, Mutex};

/// What changes within this time is written once.
const PAUSE: Duration = Duration::from_millis(500);

/// [`write_whole`], for what nobody else may read. Temporary files are made so; this says it where it matters.
pub fn write_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    write_whole(path, contents)?;
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}

#[derive(Default)]
struct Waiting {
    texts: BTreeMap<PathBuf, String>,
    due: Option<Instant>,
    failures: Vec<String>,
    closing: bool,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    /// Held while files are written, so that an older text never follows a newer one.
    writing: Mutex<()>,
}

impl Shared {
    fn write(&self) {
        let _writing = self.writing.lock();
        let texts = {
            let mut waiting = self.waiting.lock();
            waiting.due = None;
            std::mem::take(&mut waiting.texts)
        };
        for (path, text) in texts {
            if let Err(error) = write_whole(&path, text.as_bytes()) {
                tracing::error!(path = %path.display(), %error, "a file was not written");
                self.waiting.lock().failures.push(format!("{} could not be saved: {error}.", path.display()));
            }
        }
    }

    fn run(&self) {
        let mut waiting = self.waiting.lock();
        while !waiting.closing {
            match waiting.due {
                Some(due) if due <= Instant::now() => {
                    drop(waiting);
                    self.write();
                    waiting = self.waiting.lock();
                }
                Some(due) => drop(self.changed.wait_until(&mut waiting, due)),
                None => self.changed.wait(&mut waiting),
            }
        }
    }
}

/// A thread that writes files. Dropping it writes what is left.
pub struct Saver {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Saver {
    pub fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let worker = shared.clone();
        let thread = std::thread::Builder::new().name("saver".to_owned()).spawn(move || worker.run());
        if let Err(error) = &thread {
            tracing::error!(%error, "files are saved at the end only");
        }
        Self { shared, thread: thread.ok() }
    }

    /// Writes a file soon. A later text for the same file replaces this one.
    pub fn save(&self, path: PathBuf, text: String) {
        let mut waiting = self.shared.waiting.lock();
        waiting.texts.insert(path, text);
        waiting.due.get_or_insert_with(|| Instant::now() + PAUSE);
        self.shared.changed.notify_one();
    }

    /// Writes all now.
    pub fn flush(&self) {
        self.shared.write();
    }

    /// What could not be written since the last call, in sentences.
    pub fn failures(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.waiting.lock().failures)
    }
}

impl Drop for Saver {
    fn drop(&mut self) {
        self.shared.waiting.lock().closing = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
        self.flush();
    }
}
