//! How long one page may take: all of it ends at one moment, and what was waited for on this side is not held against the page.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Error;

/// When everything ends, and how much of the time until then others may take together.
#[derive(Debug)]
pub(super) struct Deadline {
    ends: Instant,
    left: Duration,
}

impl Deadline {
    pub(super) fn new(all: Duration, theirs: Duration) -> Self {
        Self { ends: Instant::now() + all, left: theirs }
    }

    /// Waits for something of ours, such as a turn. If it comes too late, this server is busy.
    pub(super) async fn ours<T>(&self, awaited: impl Future<Output = T>) -> Result<T, Error> {
        timeout_at(self.ends, awaited).await.map_err(|_| Error::Busy)
    }

    /// Waits for what others do. If it comes too late they are slow, unless we had left them too little time.
    pub(super) async fn theirs<T>(&mut self, awaited: impl Future<Output = T>) -> Result<T, Error> {
        let began = Instant::now();
        let (theirs, late) = (began + self.left, if began + self.left > self.ends { Error::Busy } else { Error::Slow });
        let came = timeout_at(theirs.min(self.ends), awaited).await;
        self.left = self.left.saturating_sub(began.elapsed());
        came.map_err(|_| late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    const ALL: Duration = Duration::from_secs(10);
    const THEIRS: Duration = Duration::from_secs(5);

    fn seconds(seconds: u64) -> impl Future<Output = ()> {
        sleep(Duration::from_secs(seconds))
    }

    #[tokio::test(start_paused = true)]
    async fn others_have_their_time_however_often_they_are_asked() {
        let (began, mut deadline) = (Instant::now(), Deadline::new(ALL, THEIRS));
        for _ in 0..2 {
            assert_eq!(deadline.theirs(seconds(2)).await, Ok(()));
        }
        assert_eq!(deadline.theirs(seconds(2)).await, Err(Error::Slow));
        assert_eq!(began.elapsed().as_secs(), THEIRS.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_waited_for_here_takes_nothing_from_them() {
        let mut deadline = Deadline::new(ALL, THEIRS);
        assert_eq!(deadline.theirs(seconds(4)).await, Ok(()));
        assert_eq!(deadline.ours(seconds(4)).await, Ok(()));
        assert_eq!(deadline.theirs(seconds(2)).await, Err(Error::Slow), "they had five");
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_at_one_moment_and_who_had_no_time_is_not_slow() {
        let (began, mut deadline) = (Instant::now(), Deadline::new(ALL, THEIRS));
        assert_eq!(deadline.ours(seconds(7)).await, Ok(()));
        assert_eq!(deadline.theirs(seconds(4)).await, Err(Error::Busy), "three were left");
        assert_eq!(deadline.ours(seconds(1)).await, Err(Error::Busy));
        assert_eq!(began.elapsed().as_secs(), ALL.as_secs());
    }
}
