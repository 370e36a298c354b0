//! Writes down what rooms keep, in the background and many records at a time, so that no room ever waits for the database.
//!
//! One task for all rooms, since the database has one writer. Its queue is bounded: when it is full, rooms refuse what would
//! have to be kept and say when to try again; so does a room that has a quarter of it to itself. So is a transaction, by the rows that it changes: points of a crowd do not keep
//! others from writing. A record that is refused by the database alone is given up; when the database itself fails, the whole
//! transaction is, and everybody who waits for it is told: what has to stand in any case, rooms say again.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;

use super::record::Record;
use super::state::{Known, Ticket};
use super::storage;
use crate::database::Database;

/// Records that may wait.
const QUEUE: usize = 8_192;
/// Records of one room that may wait: what is done there without end keeps no other room from being written down.
const SHARE: usize = QUEUE / 4;
/// Records of one transaction.
const BATCH: usize = 512;
/// Rows that one transaction changes, if no single record changes more: others wait for it with what they write.
const MOST_ROWS: usize = 2_000;
/// Once a batch is written, the next is gathered for so long: a transaction costs as much as many records.
const GATHER: Duration = Duration::from_millis(15);
/// How often a busy database is asked again.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// What is to be kept, and for whom.
pub(super) struct Entry {
    pub channel: Uuid,
    /// Of the room's home, if several servers share it: it is kept only while that is the latest.
    pub generation: Option<i64>,
    pub ticket: Ticket,
    pub record: Record,
    pub settled: mpsc::UnboundedSender<(Ticket, Outcome)>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Kept,
    /// Kept: it removed these messages.
    Removed(Vec<String>),
    /// The database cannot be written.
    Lost,
    /// The tables never take it.
    Refused,
    /// It was said already, long ago, under another name.
    Known(Known),
    /// Lost: the room has another home.
    Replaced,
}

/// The sending side.
#[derive(Clone)]
pub(super) struct Journal(mpsc::Sender<Entry>);

impl Journal {
    /// The journal, and the task that writes it. After `stop` it takes no more, and ends when all is written.
    pub(super) fn new(database: Database, stop: CancellationToken) -> (Self, impl Future<Output = ()>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self(sender), write(database, receiver, stop))
    }

    /// Whether there is room for what one request makes, in a room of which so many records wait.
    pub(super) fn has_room(&self, waiting: usize) -> bool {
        waiting < SHARE && self.0.capacity() > QUEUE / 8
    }

    /// Hands a record over. Whether there was room for it.
    pub(super) fn keep(&self, entry: Entry) -> bool {
        self.0.try_send(entry).is_ok()
    }
}

async fn write(database: Database, mut entries: mpsc::Receiver<Entry>, stop: CancellationToken) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut written = Instant::now();
    loop {
        tokio::select! {
            received = entries.recv_many(&mut batch, BATCH) => if received == 0 { return },
            () = stop.cancelled(), if !entries.is_closed() => {
                entries.close();
                continue;
            }
        }
        let gathered = written + GATHER;
        if Instant::now() < gathered && !entries.is_closed() {
            sleep_until(gathered).await;
            while batch.len() < BATCH
                && let Ok(entry) = entries.try_recv()
            {
                batch.push(entry);
            }
        }
        metrics::counter!("klieg_room_records_total").increment(batch.len() as u64);
        let mut rest = batch.as_slice();
        while !rest.is_empty() {
            let (part, later) = rest.split_at(at_once(rest));
            metrics::counter!("klieg_room_transactions_total").increment(1);
            for (entry, outcome) in part.iter().zip(keep(&database, part).await) {
                // A room that is gone has nobody who waits.
                let _ = entry.settled.send((entry.ticket, outcome));
            }
            rest = later;
        }
        batch.clear();
        written = Instant::now();
    }
}

/// How many of these go into one transaction; at least one.
fn at_once(entries: &[Entry]) -> usize {
    let mut rows = 0;
    let fits = entries.iter().take_while(|entry| {
        rows += entry.record.rows();
        rows <= MOST_ROWS
    });
    fits.count().max(1)
}

/// What becomes of each record.
async fn keep(database: &Database, batch: &[Entry]) -> Vec<Outcome> {
    for attempt in 1..=ATTEMPTS {
        match storage::keep(database, batch).await {
            Ok(outcomes) => return outcomes,
            Err(error) if attempt < ATTEMPTS => {
                warn!(%error, records = batch.len(), "rooms cannot be written down; trying again");
                tokio::time::sleep(PAUSE * attempt).await;
            }
            Err(error) => error!(%error, records = batch.len(), "rooms cannot be written down"),
        }
    }
    vec![Outcome::Lost; batch.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::record::PointsRecord;

    #[tokio::test]
    async fn one_room_has_its_share_and_leaves_the_rest_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        // Nobody writes what is handed over.
        let (journal, _write) = Journal::new(database, CancellationToken::new());
        let entry = || Entry {
            channel: Uuid::nil(),
            generation: None,
            ticket: 1,
            record: Record::PollEnded { poll: String::new(), at: 0, act: None },
            settled: mpsc::unbounded_channel().0,
        };
        let taken = (0..QUEUE).take_while(|waiting| journal.has_room(*waiting) && journal.keep(entry())).count();
        assert_eq!(taken, SHARE);
        assert!(journal.has_room(0), "of another room");
    }

    #[test]
    fn points_of_many_are_kept_in_transactions_of_so_many() {
        let entry = |people: usize| Entry {
            channel: Uuid::nil(),
            generation: None,
            ticket: 1,
            record: Record::Points(PointsRecord::Earned { accounts: vec![Uuid::nil(); people], points: 10 }),
            settled: mpsc::unbounded_channel().0,
        };
        let crowd: Vec<Entry> = (0..100).map(|_| entry(200)).collect();
        assert_eq!(at_once(&crowd), 10);
        assert_eq!(at_once(&crowd[95..]), 5);
        let one_by_one: Vec<Entry> = (0..BATCH).map(|_| entry(1)).collect();
        assert_eq!(at_once(&one_by_one), BATCH);
        assert_eq!(at_once(&[entry(9_000), entry(1)]), 1, "what is one record is one transaction");
    }
}
