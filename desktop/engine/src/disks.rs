//! Questions to disks, asked in threads of their own: one on a network that has gone may take minutes to answer, or for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;

/// Folders that are waited for at once. Of more nothing is known: each costs a thread until its disk answers.
const MOST: usize = 8;

/// Asks one question at a time about each folder. Clones share the questions.
#[derive(Clone, Debug, Default)]
pub struct Disks(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: Mutex<Known>,
    /// Told when a question has its answer.
    answered: Notify,
}

#[derive(Debug, Default)]
struct Known {
    /// Folders about which a question is open.
    open: BTreeSet<PathBuf>,
    /// How many bytes there is room for, as it was answered since it was last asked.
    left: BTreeMap<PathBuf, u64>,
}

impl Known {
    /// Whether a question about the folder may be asked now. Then it is open.
    fn open(&mut self, folder: &Path) -> bool {
        self.open.len() < MOST && self.open.insert(folder.to_owned())
    }
}

impl Disks {
    /// How many bytes a folder has room for, by what `look` found since the last call, and lets it look again for the next.
    /// Never waits. Nothing is known at the first call, and while the disk does not answer from one call to the next.
    pub fn left(&self, folder: &Path, look: impl FnOnce(&Path) -> Option<u64> + Send + 'static) -> Option<u64> {
        // At once: an answer that comes between the two would be told at the next call, however long the disk hangs by then.
        let (left, opened) = {
            let mut known = self.0.known.lock();
            (known.left.remove(folder), known.open(folder))
        };
        if opened {
            let asked = folder.to_owned();
            self.ask(folder, look, move |known, left| {
                if let Some(left) = left {
                    known.left.insert(asked, left);
                }
            });
        }
        left
    }

    /// Asks a question about a folder, behind one that is open. Nothing if there is no answer for so long.
    pub async fn ask_within<T: Send + 'static>(
        &self,
        patience: Duration,
        folder: &Path,
        question: impl FnOnce(&Path) -> T + Send + 'static,
    ) -> Option<T> {
        let asking = async {
            loop {
                // What is answered from here on is heard.
                let another = self.0.answered.notified();
                if self.0.known.lock().open(folder) {
                    break;
                }
                another.await;
            }
            let (answer, answered) = oneshot::channel();
            // Who asked may have given up.
            self.ask(folder, question, move |_, told| drop(answer.send(told)));
            answered.await.ok()
        };
        timeout(patience, asking).await.ok().flatten()
    }

    /// Asks a question that is open. One that panics has no answer.
    fn ask<T: 'static>(
        &self,
        folder: &Path,
        question: impl FnOnce(&Path) -> T + Send + 'static,
        answered: impl FnOnce(&mut Known, T) + Send + 'static,
    ) {
        let (shared, asked) = (self.0.clone(), folder.to_owned());
        let ask = move || {
            // The panic has been printed already.
            let answer = catch_unwind(AssertUnwindSafe(|| question(&asked)));
            {
                let mut known = shared.known.lock();
                known.open.remove(&asked);
                if let Ok(answer) = answer {
                    answered(&mut known, answer);
                }
            }
            shared.answered.notify_waiters();
        };
        if let Err(error) = std::thread::Builder::new().name("disk".to_owned()).spawn(ask) {
            tracing::warn!(%error, "no thread for a question to a disk");
            self.0.known.lock().open.remove(folder);
            self.0.answered.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(40);

    #[tokio::test]
    async fn a_disk_that_hangs_is_not_waited_for_and_others_are_asked() {
        let disks = Disks::default();
        let (hung, well) = (Path::new("hung"), Path::new("well"));
        let (let_go, hangs) = channel::<()>();
        assert_eq!(disks.ask_within(Duration::ZERO, hung, move |_| hangs.recv().is_ok()).await, None);
        assert_eq!(disks.ask_within(Duration::ZERO, hung, |_| ()).await, None, "one question at a time");
        assert_eq!(disks.ask_within(PATIENCE, well, Path::to_owned).await, Some(well.to_owned()));
        drop(let_go);
        assert_eq!(disks.ask_within(PATIENCE, hung, |_| ()).await, Some(()), "it answers again");
    }

    #[tokio::test]
    async fn questions_about_a_folder_are_answered_one_after_another() {
        let (disks, folder) = (Disks::default(), Path::new("folder"));
        let (let_go, hangs) = channel::<()>();
        let asked = |number| disks.ask_within(PATIENCE, folder, move |_| number);
        let first = disks.ask_within(PATIENCE, folder, move |_| hangs.recv().is_err());
        // They are asked in this order; the last one lets the first go on.
        let (first, second, third, ()) = tokio::join!(first, asked(2), asked(3), async { drop(let_go) });
        assert_eq!((first, second, third), (Some(true), Some(2), Some(3)));
    }

    #[test]
    fn what_a_disk_has_left_is_known_by_the_next_look() {
        let disks = Disks::default();
        let folder = Path::new("folder");
        assert_eq!(disks.left(folder, |_| Some(7)), None);
        let started = std::time::Instant::now();
        while disks.left(folder, |_| Some(7)) != Some(7) {
            assert!(started.elapsed() < PATIENCE, "it is never known");
            std::thread::yield_now();
        }
        // Whatever it said before, it says nothing once it hangs.
        let ((let_go, hangs), (hang, is_hung)) = (channel::<()>(), channel());
        let hangs = Arc::new(Mutex::new(hangs));
        while is_hung.try_recv().is_err() {
            let (hangs, hang) = (hangs.clone(), hang.clone());
            disks.left(folder, move |_| {
                hang.send(()).ok()?;
                hangs.lock().recv().ok().map(|()| 7)
            });
        }
        assert_eq!(disks.left(folder, |_| Some(7)), None);
        drop(let_go);
    }

    #[tokio::test]
    async fn a_question_that_panics_has_no_answer_and_the_next_one_has() {
        let (disks, folder) = (Disks::default(), Path::new("folder"));
        assert_eq!(disks.ask_within::<()>(PATIENCE, folder, |_| panic!("as it does once")).await, None);
        assert_eq!(disks.ask_within(PATIENCE, folder, |_| ()).await, Some(()));
    }

    #[tokio::test]
    async fn so_many_disks_that_hang_are_enough() {
        let disks = Disks::default();
        let (let_go, hangs) = channel::<()>();
        let hangs = Arc::new(Mutex::new(hangs));
        for number in 0..MOST {
            let hangs = hangs.clone();
            let question = move |_: &Path| hangs.lock().recv().unwrap_or_default();
            assert_eq!(disks.ask_within(Duration::ZERO, &PathBuf::from(number.to_string()), question).await, None);
        }
        assert_eq!(disks.ask_within(Duration::ZERO, Path::new("one more"), |_| ()).await, None);
        drop(let_go);
    }
}
