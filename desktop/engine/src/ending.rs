//! The end of threads that wait for something outside this program: a display or a device that hangs must not keep the studio from
//! closing.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at whether it has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// Waits until a thread has ended, at most five seconds; then it is left.
pub(crate) fn finish(thread: JoinHandle<()>) {
    finish_all(vec![thread]);
}

/// The same of several, with five seconds for all of them: one display that hangs holds them all up at once.
pub(crate) fn finish_all(threads: Vec<JoinHandle<()>>) {
    finish_all_within(threads, PATIENCE);
}

/// One, with another patience. Whether it has ended.
pub(crate) fn finish_within(thread: JoinHandle<()>, patience: Duration) -> bool {
    finish_by(thread, Instant::now() + patience)
}

/// How many have not ended.
fn finish_all_within(threads: Vec<JoinHandle<()>>, patience: Duration) -> usize {
    let deadline = Instant::now() + patience;
    threads.into_iter().map(|thread| finish_by(thread, deadline)).filter(|has_ended| !has_ended).count()
}

/// Whether it has ended.
fn finish_by(thread: JoinHandle<()>, deadline: Instant) -> bool {
    while !thread.is_finished() {
        if Instant::now() >= deadline {
            tracing::warn!(thread = thread.thread().name(), "it does not end and is left");
            return false;
        }
        std::thread::sleep(GLANCE);
    }
    // A panic there has been printed already.
    let _ = thread.join();
    true
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn threads_that_hang_are_left_together_and_one_that_ends_is_waited_for() {
        let patience = Duration::from_millis(500);
        let (let_go, threads): (Vec<_>, Vec<_>) = (0..16)
            .map(|_| {
                let (let_go, hangs) = channel::<()>();
                (let_go, std::thread::spawn(move || hangs.recv().unwrap_or_default()))
            })
            .unzip();
        let started = Instant::now();
        assert_eq!(finish_all_within(threads, patience), 16);
        assert!(started.elapsed() < patience * 16, "each was waited for");
        drop(let_go);
        assert_eq!(finish_all_within(vec![std::thread::spawn(|| {})], Duration::from_secs(40)), 0);
    }
}
