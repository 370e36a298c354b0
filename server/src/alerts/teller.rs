//! The way in for what happened: bounded, and nobody waits at it.

use tokio::sync::mpsc;
use uuid::Uuid;

use super::Mention;

/// What may wait to be written down. More is dropped and counted: people are told less, and shows and rooms go on.
const QUEUE: usize = 4_096;

/// What happened that somebody may have to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    WentLive {
        broadcast: Uuid,
        channel: Uuid,
    },
    Named(Mention),
    /// These messages were deleted.
    Withdrawn(Vec<String>),
}

pub type Inbox = mpsc::Receiver<Happened>;

/// Says what happened.
#[derive(Clone, Debug)]
pub struct Teller(mpsc::Sender<Happened>);

impl Teller {
    /// A way in, and where what is told comes out.
    pub fn new() -> (Self, Inbox) {
        let (sender, inbox) = mpsc::channel(QUEUE);
        (Self(sender), inbox)
    }

    /// A broadcast has begun.
    pub fn went_live(&self, broadcast: Uuid, channel: Uuid) {
        self.tell(Happened::WentLive { broadcast, channel });
    }

    /// People who are not there were named in a room.
    pub fn named(&self, mention: Mention) {
        self.tell(Happened::Named(mention));
    }

    /// Messages that named people were deleted.
    pub fn withdrawn(&self, messages: Vec<String>) {
        self.tell(Happened::Withdrawn(messages));
    }

    fn tell(&self, happened: Happened) {
        if self.0.try_send(happened).is_err() {
            dropped(1);
        }
    }
}

/// Counts what nobody is told.
pub(super) fn dropped(count: usize) {
    metrics::counter!("klieg_alerts_dropped_total").increment(count as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_dropped_and_nobody_waits() {
        let (teller, mut inbox) = Teller::new();
        for number in 0..QUEUE + 10 {
            teller.went_live(Uuid::from_u128(number as u128), Uuid::nil());
        }
        let mut came = 0;
        while let Ok(Happened::WentLive { broadcast, .. }) = inbox.try_recv() {
            assert_eq!(broadcast, Uuid::from_u128(came));
            came += 1;
        }
        assert_eq!(came, QUEUE as u128);
    }
}
