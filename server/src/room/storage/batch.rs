//! Many records in one transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::iter::repeat_n;

use sqlx::Connection as _;
use sqlx_sqlite::SqliteConnection;
use uuid::Uuid;

use super::{keep_one, messages};
use crate::database::{self, Database};
use crate::room::homes;
use crate::room::journal::{Entry, Outcome};
use crate::room::record::Record;

/// Keeps records in one transaction, in order. One that the tables refuse does not keep the others from being kept; nor does
/// what a home wants to keep that is none any more.
pub(in crate::room) async fn keep(database: &Database, entries: &[Entry]) -> Result<Vec<Outcome>, database::Error> {
    let mut transaction = database.begin().await?;
    let mut homes: HashMap<(Uuid, i64), bool> = HashMap::new();
    let mut outcomes = Vec::with_capacity(entries.len());
    for group in entries.chunk_by(go_together) {
        if let Some(&Entry { channel, generation: Some(generation), .. }) = group.first() {
            let holds = match homes.entry((channel, generation)) {
                Slot::Occupied(known) => *known.get(),
                Slot::Vacant(slot) => *slot.insert(homes::holds(&mut transaction, channel, generation).await?),
            };
            if !holds {
                outcomes.extend(repeat_n(Outcome::Replaced, group.len()));
                continue;
            }
        }
        if group.len() > 1 && keep_together(&mut transaction, group).await? {
            outcomes.extend(repeat_n(Outcome::Kept, group.len()));
            continue;
        }
        for entry in group {
            outcomes.push(keep_alone(&mut transaction, entry).await?);
        }
    }
    transaction.commit().await?;
    Ok(outcomes)
}

/// Whether two records are kept by one statement: what is said, which is most of all, is. Those of one home stand or fall
/// with it.
fn go_together(one: &Entry, next: &Entry) -> bool {
    let is_one_home = one.generation.is_none() || one.channel == next.channel;
    let are_said = matches!((&one.record, &next.record), (Record::Said(_), Record::Said(_)));
    are_said && one.generation == next.generation && is_one_home
}

/// Keeps all that was said, or nothing of it if the tables refuse one. Whether it is kept.
async fn keep_together(transaction: &mut SqliteConnection, group: &[Entry]) -> Result<bool, database::Error> {
    let said = group.iter().filter_map(|entry| match &entry.record {
        Record::Said(said) => Some((entry.channel, said.as_ref())),
        _ => None,
    });
    // A statement that violates a constraint changes nothing.
    match messages::insert_all(transaction, said).await {
        Ok(()) => Ok(true),
        Err(error) if is_refusal(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

async fn keep_alone(transaction: &mut SqliteConnection, entry: &Entry) -> Result<Outcome, database::Error> {
    // A record may be several statements, of which none may stay if one is refused.
    let mut part = transaction.begin().await?;
    match keep_one(&mut part, &entry.channel.to_string(), &entry.record).await {
        Ok(()) => {
            part.commit().await?;
            Ok(Outcome::Kept)
        }
        Err(error) if is_refusal(&error) => {
            part.rollback().await?;
            tracing::error!(%error, "a record of a room is refused");
            Ok(Outcome::Refused)
        }
        Err(error) => Err(error.into()),
    }
}

fn is_refusal(error: &sqlx::Error) -> bool {
    if matches!(error, sqlx::Error::RowNotFound) {
        return true;
    }
    let kind = error.as_database_error().map(sqlx::error::DatabaseError::kind);
    kind.is_some_and(|kind| !matches!(kind, sqlx::error::ErrorKind::Other))
}

#[cfg(test)]
mod tests {
    use klieg_api::room::{Author, Message};
    use tokio::sync::mpsc;

    use super::*;
    use crate::database::{millis, now};
    use crate::room::state::{Said, State};

    fn entry(channel: Uuid, account: Uuid, seq: i64) -> Entry {
        let message = Message {
            id: Uuid::now_v7().to_string(),
            author: Author { handle: "ada".parse().unwrap(), name: None, badges: Vec::new() },
            text: format!("number {seq}"),
            at: now(),
            on: None,
            reply: None,
            mentions: Vec::new(),
            reactions: Vec::new(),
            announcement: false,
            reward: None,
            preview: None,
        };
        let said = Said {
            message,
            folded: String::new(),
            account,
            nonce: seq.to_string(),
            seq,
            state: State::Shown,
            reason: String::new(),
            release_at: None,
            reactions: Vec::new(),
        };
        let (settled, _) = mpsc::unbounded_channel();
        Entry { channel, generation: None, ticket: 0, record: Record::Said(Box::new(said)), settled }
    }

    async fn texts(database: &Database) -> Vec<String> {
        let all = sqlx::query_scalar("SELECT text FROM room_messages ORDER BY seq");
        all.fetch_all(database.read()).await.unwrap()
    }

    #[tokio::test]
    async fn of_what_was_said_together_only_what_the_tables_refuse_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let (channel, ada, nobody) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let account = "INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) \
                       VALUES ($1, 'ada', '', '', '', $2)";
        sqlx::query(account).bind(ada.to_string()).bind(millis(now())).execute(database.write()).await.unwrap();
        let open = "INSERT INTO channels (id, account_id, created_at) VALUES ($1, $2, $3)";
        let open = sqlx::query(open).bind(channel.to_string()).bind(ada.to_string()).bind(millis(now()));
        open.execute(database.write()).await.unwrap();

        let all: Vec<Entry> = (1..=3).map(|seq| entry(channel, ada, seq)).collect();
        assert_eq!(keep(&database, &all).await.unwrap(), [Outcome::Kept; 3]);
        assert_eq!(texts(&database).await, ["number 1", "number 2", "number 3"]);

        // An account that is gone by now; and what was written down already, but not answered.
        let next = [entry(channel, ada, 4), entry(channel, nobody, 5), entry(channel, ada, 3), entry(channel, ada, 6)];
        let outcomes = keep(&database, &next).await.unwrap();
        assert_eq!(outcomes, [Outcome::Kept, Outcome::Refused, Outcome::Kept, Outcome::Kept]);
        assert_eq!(texts(&database).await, ["number 1", "number 2", "number 3", "number 4", "number 6"]);
    }
}
