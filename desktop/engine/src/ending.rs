//! The end of threads that wait for something outside this program: a display, a device, a disk or a name server that hangs must not
//! keep the studio from closing.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(5);
/// How long all that a stage ends may take together: the end of a recording takes seven seconds at most on a disk that works.
pub(crate) const GOODBYE: Duration = Duration::from_secs(12);
/// Between two looks at whether it has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// Waits until a thread has ended, at most five seconds; then it is left.
pub(crate) fn finish(thread: JoinHandle<()>) {
    finish_by(thread, Instant::now() + PATIENCE);
}

/// The same with another patience. Whether it has ended.
pub(crate) fn finish_within(thread: JoinHandle<()>, patience: Duration) -> bool {
    finish_by(thread, Instant::now() + patience)
}

/// Waits until all threads have ended, at most so long for all of them together; those that have not are left.
pub(crate) fn finish_all(threads: impl IntoIterator<Item = JoinHandle<()>>, patience: Duration) {
    let deadline = Instant::now() + patience;
    for thread in threads {
        finish_by(thread, deadline);
    }
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
    fn a_thread_that_hangs_is_left_and_one_that_ends_is_waited_for() {
        let (let_go, hangs) = channel::<()>();
        assert!(!finish_by(std::thread::spawn(move || hangs.recv().unwrap_or_default()), Instant::now()));
        drop(let_go);
        assert!(finish_by(std::thread::spawn(|| {}), Instant::now() + Duration::from_secs(40)));
    }

    #[test]
    fn several_that_hang_share_a_deadline() {
        // So short that fifty times of it is longer than anybody waits, and so long that a busy machine keeps below that.
        let patience = Duration::from_millis(500);
        let hanging: Vec<_> = (0..50).map(|_| channel::<()>()).collect();
        let (let_go, hangs): (Vec<_>, Vec<_>) = hanging.into_iter().unzip();
        let threads: Vec<_> =
            hangs.into_iter().map(|hangs| std::thread::spawn(move || hangs.recv().unwrap_or_default())).collect();
        let started = Instant::now();
        finish_all(threads, patience);
        assert!((patience..patience * 50).contains(&started.elapsed()), "{:?}", started.elapsed());
        drop(let_go);
    }
}
