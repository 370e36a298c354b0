//! The end of threads that wait for something outside this program: a display or a device that hangs must not keep the studio from
//! closing.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at whether it has ended.
const GLANCE: Duration = Duration::from_millis(5);

/// Waits until a thread has ended, at most five seconds; then it is left.
pub(crate) fn finish(thread: JoinHandle<()>) {
    finish_within(thread, PATIENCE);
}

/// Whether it has ended.
fn finish_within(thread: JoinHandle<()>, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
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
        assert!(!finish_within(std::thread::spawn(move || hangs.recv().unwrap_or_default()), Duration::ZERO));
        drop(let_go);
        assert!(finish_within(std::thread::spawn(|| {}), Duration::from_secs(40)));
    }
}
