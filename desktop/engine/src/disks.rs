//! Questions to disks, asked in threads of their own: one on a network that has gone may take minutes to answer, or for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use parking_lot::Mutex;

/// Folders that are waited for at once. Of more nothing is known: each costs a thread until its disk answers.
const MOST: usize = 8;

/// Asks one question at a time about each folder. Clones share the questions.
#[derive(Clone, Debug, Default)]
pub struct Disks(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    /// Folders about which a question is open.
    open: BTreeSet<PathBuf>,
    /// How many bytes there is room for, as it was answered since it was last asked.
    left: BTreeMap<PathBuf, u64>,
}

impl Disks {
    /// How many bytes a folder has room for, by what `look` found since the last call, and lets it look again for the next.
    /// Never waits. Nothing is known at the first call, and while the disk does not answer from one call to the next.
    pub fn left(&self, folder: &Path, look: impl FnOnce(&Path) -> Option<u64> + Send + 'static) -> Option<u64> {
        let left = self.0.lock().left.remove(folder);
        let asked = folder.to_owned();
        self.ask(folder, look, move |known, left| {
            if let Some(left) = left {
                known.left.insert(asked, left);
            }
        });
        left
    }

    /// Asks a question about a folder, and waits for the answer at most so long. Nothing at once while another one is open.
    pub fn ask_within<T: Send + 'static>(
        &self,
        patience: Duration,
        folder: &Path,
        question: impl FnOnce(&Path) -> T + Send + 'static,
    ) -> Option<T> {
        let (answer, answered) = channel();
        // Who asked may have given up.
        let is_asked = self.ask(folder, question, move |_, told| drop(answer.send(told)));
        is_asked.then(|| answered.recv_timeout(patience).ok()).flatten()
    }

    /// Whether it is asked: not while another question about the folder is open. A question that panics has no answer.
    fn ask<T: 'static>(
        &self,
        folder: &Path,
        question: impl FnOnce(&Path) -> T + Send + 'static,
        answered: impl FnOnce(&mut Known, T) + Send + 'static,
    ) -> bool {
        {
            let mut known = self.0.lock();
            if known.open.len() >= MOST || !known.open.insert(folder.to_owned()) {
                return false;
            }
        }
        let (known, asked) = (self.0.clone(), folder.to_owned());
        let ask = move || {
            // The panic has been printed already.
            let answer = catch_unwind(AssertUnwindSafe(|| question(&asked)));
            let mut known = known.lock();
            known.open.remove(&asked);
            if let Ok(answer) = answer {
                answered(&mut known, answer);
            }
        };
        let spawned = std::thread::Builder::new().name("disk".to_owned()).spawn(ask);
        if let Err(error) = &spawned {
            tracing::warn!(%error, "no thread for a question to a disk");
            self.0.lock().open.remove(folder);
        }
        spawned.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(40);

    #[test]
    fn a_disk_that_hangs_is_not_waited_for_and_others_are_asked() {
        let disks = Disks::default();
        let (hung, well) = (Path::new("hung"), Path::new("well"));
        let (let_go, hangs) = channel::<()>();
        assert_eq!(disks.ask_within(Duration::ZERO, hung, move |_| hangs.recv().is_ok()), None);
        assert_eq!(disks.ask_within(PATIENCE, hung, |_| ()), None, "one question at a time");
        assert_eq!(disks.ask_within(PATIENCE, well, Path::to_owned), Some(well.to_owned()));
        drop(let_go);
        let started = std::time::Instant::now();
        while disks.ask_within(PATIENCE, hung, |_| ()).is_none() {
            assert!(started.elapsed() < PATIENCE, "it answers again");
            std::thread::yield_now();
        }
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

    #[test]
    fn a_question_that_panics_has_no_answer_and_the_next_one_has() {
        let (disks, folder) = (Disks::default(), Path::new("folder"));
        assert_eq!(disks.ask_within::<()>(PATIENCE, folder, |_| panic!("as it does once")), None);
        assert_eq!(disks.ask_within(PATIENCE, folder, |_| ()), Some(()));
    }

    #[test]
    fn so_many_disks_that_hang_are_enough() {
        let disks = Disks::default();
        let (let_go, hangs) = channel::<()>();
        let hangs = Arc::new(Mutex::new(hangs));
        for number in 0..MOST {
            let hangs = hangs.clone();
            let question = move |_: &Path| hangs.lock().recv().unwrap_or_default();
            assert_eq!(disks.ask_within(Duration::ZERO, &PathBuf::from(number.to_string()), question), None);
        }
        assert_eq!(disks.ask_within(PATIENCE, Path::new("one more"), |_| ()), None);
        drop(let_go);
    }
}
