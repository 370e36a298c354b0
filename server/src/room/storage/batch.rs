//! Many records in one transaction.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::iter::repeat_n;

use sqlx::Connection as _;
use sqlx_sqlite::SqliteConnection;
use uuid::Uuid;

use super::{keep_one, messages, questions};
use crate::database::{self, Database};
use crate::room::homes;
use crate::room::journal::{Entry, Outcome};
use crate::room::record::{QuestionRecord, Record};
use crate::room::state::Known;

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
        if group.len() > 1
            && let Some(kept) = keep_together(&mut transaction, group).await?
        {
            outcomes.extend(kept);
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

/// Keeps all that was said, or nothing of it if the tables refuse one, and says what became of each.
async fn keep_together(
    transaction: &mut SqliteConnection,
    group: &[Entry],
) -> Result<Option<Vec<Outcome>>, database::Error> {
    let said = group.iter().filter_map(|entry| match &entry.record {
        Record::Said(said) => Some((entry.channel, said.as_ref())),
        _ => None,
    });
    // A statement that violates a constraint changes nothing.
    match messages::insert_all(transaction, said).await {
        Ok(kept) if kept == group.len() => return Ok(Some(vec![Outcome::Kept; kept])),
        Ok(_) => {}
        Err(error) if is_refusal(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let mut outcomes = Vec::with_capacity(group.len());
    for entry in group {
        outcomes.push(said_before(transaction, entry).await?.unwrap_or(Outcome::Kept));
    }
    Ok(Some(outcomes))
}

/// What becomes of something that was said or asked, as the tables have it under its nonce: it is kept, or it is another message or
/// question. None if there is nothing, or nothing was said.
async fn said_before(
    connection: &mut SqliteConnection,
    Entry { channel, record, .. }: &Entry,
) -> Result<Option<Outcome>, database::Error> {
    let channel = channel.to_string();
    let (id, known) = if let Record::Question(QuestionRecord::Asked(open)) = record {
        (&open.question.id, questions::known(connection, &channel, open.account, &open.nonce).await?)
    } else if let Some(said) = record.said() {
        (&said.message.id, messages::known(connection, &channel, said.account, &said.nonce).await?)
    } else {
        return Ok(None);
    };
    let is_it = |known: Known| known.message.to_string() == *id;
    Ok(known.map(|known| if is_it(known) { Outcome::Kept } else { Outcome::Known(known) }))
}

async fn keep_alone(transaction: &mut SqliteConnection, entry: &Entry) -> Result<Outcome, database::Error> {
    // A record may be several statements, of which none may stay if one is refused.
    let mut part = transaction.begin().await?;
    match keep_one(&mut part, &entry.channel.to_string(), &entry.record).await {
        Ok(removed) => {
            part.commit().await?;
            Ok(if removed.is_empty() { Outcome::Kept } else { Outcome::Removed(removed) })
        }
        Err(error) if is_refusal(&error) => {
            part.rollback().await?;
            if let Some(outcome) = said_before(transaction, entry).await? {
                return Ok(outcome);
            }
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
    use std::collections::HashSet;

    use klieg_api::questions::Question;
    use klieg_api::room::{Author, Message};
    use tokio::sync::mpsc;

    use super::*;
    use crate::database::{millis, now};
    use crate::room::record::Act;
    use crate::room::state::{OpenQuestion, Said, State};

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

    /// The same once more.
    fn again(Entry { channel, generation, ticket, record, settled }: &Entry) -> Entry {
        let (record, settled) = (record.clone(), settled.clone());
        Entry { channel: *channel, generation: *generation, ticket: *ticket, record, settled }
    }

    async fn texts(database: &Database) -> Vec<String> {
        let all = sqlx::query_scalar("SELECT text FROM room_messages ORDER BY seq");
        all.fetch_all(database.read()).await.unwrap()
    }

    /// The channel of somebody.
    async fn channel_of(database: &Database, account: Uuid) -> Uuid {
        let channel = Uuid::now_v7();
        let sign_up = "INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) \
                       VALUES ($1, 'ada', '', '', '', $2)";
        sqlx::query(sign_up).bind(account.to_string()).bind(millis(now())).execute(database.write()).await.unwrap();
        let open = "INSERT INTO channels (id, account_id, created_at) VALUES ($1, $2, $3)";
        let open = sqlx::query(open).bind(channel.to_string()).bind(account.to_string()).bind(millis(now()));
        open.execute(database.write()).await.unwrap();
        channel
    }

    #[tokio::test]
    async fn a_question_that_was_asked_long_ago_is_known_by_its_nonce() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let (ada, nobody) = (Uuid::now_v7(), Uuid::now_v7());
        let channel = channel_of(&database, ada).await;
        let ask = |account: Uuid| {
            let author = Author { handle: "ada".parse().unwrap(), name: None, badges: Vec::new() };
            let id = Uuid::now_v7().to_string();
            let question = Question { id, author, text: "Which lens?".into(), votes: 0, at: now() };
            let open = OpenQuestion { question, account, nonce: "q".into(), voters: HashSet::new() };
            let record = Record::Question(QuestionRecord::Asked(Box::new(open)));
            let (settled, _) = mpsc::unbounded_channel();
            Entry { channel, generation: None, ticket: 0, record, settled }
        };
        let first = ask(ada);
        assert_eq!(keep(&database, &[again(&first)]).await.unwrap(), [Outcome::Kept]);
        let Record::Question(QuestionRecord::Asked(open)) = &first.record else { unreachable!() };
        let known = Outcome::Known(Known { message: open.question.id.parse().unwrap(), state: State::Shown });
        // Another attempt, what was written down and not answered, and an account that is gone.
        let outcomes = keep(&database, &[ask(ada), again(&first), ask(nobody)]).await.unwrap();
        assert_eq!(outcomes, [known, Outcome::Kept, Outcome::Refused]);
    }

    #[tokio::test]
    async fn what_a_ban_removes_is_one_act_in_the_log_whether_the_room_remembers_it_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let ada = Uuid::now_v7();
        let channel = channel_of(&database, ada).await;
        let said: Vec<Entry> = (1..=3).map(|seq| entry(channel, ada, seq)).collect();
        assert_eq!(keep(&database, &said).await.unwrap(), vec![Outcome::Kept; 3]);
        let ids: Vec<String> = said.iter().map(|entry| entry.record.said().unwrap().message.id.clone()).collect();
        let long_ago = "UPDATE room_messages SET created_at = 1 WHERE seq < 3";
        sqlx::query(long_ago).execute(database.write()).await.unwrap();
        // Of what was said long ago, the room remembers the first.
        let at = millis(now());
        let (messages, act) = (vec![ids[0].clone()], Act::new(ada, "delete_all", Some(ada), "", at));
        let record = Record::Removed { account: ada, since: at - 60_000, messages, act };
        let outcomes = keep(&database, &[Entry { record, ..again(&said[0]) }]).await.unwrap();
        assert_eq!(outcomes, [Outcome::Removed(vec![ids[0].clone(), ids[2].clone()])]);
        let logged: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT id, (SELECT count(*) FROM moderation_log_messages WHERE act_id = moderation_log.id) FROM moderation_log",
        )
        .fetch_all(database.read())
        .await
        .unwrap();
        assert_eq!(logged, [(1, 2)]);
    }

    #[tokio::test]
    async fn a_room_opens_with_as_much_as_may_wait_for_a_moderator_and_all_that_is_shown_by_itself() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let ada = Uuid::now_v7();
        let channel = channel_of(&database, ada).await;
        let held: Vec<Entry> = (1..=300)
            .map(|seq| {
                let mut entry = entry(channel, ada, seq);
                if let Record::Said(said) = &mut entry.record {
                    said.state = State::Held;
                    said.reason = "link".into();
                    said.release_at = (seq <= 50).then_some(0);
                }
                entry
            })
            .collect();
        keep(&database, &held).await.unwrap();
        let latest = messages::latest(&database, &channel.to_string(), 5).await.unwrap();
        let seqs: Vec<i64> = latest.iter().map(|said| said.seq).collect();
        assert_eq!(seqs, (1..=50).chain(101..=300).collect::<Vec<_>>());
        assert!(latest.iter().take(50).all(|said| said.release_at.is_some()));
    }

    #[tokio::test]
    async fn of_what_was_said_together_only_what_the_tables_refuse_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let (ada, nobody) = (Uuid::now_v7(), Uuid::now_v7());
        let channel = channel_of(&database, ada).await;

        let all: Vec<Entry> = (1..=3).map(|seq| entry(channel, ada, seq)).collect();
        assert_eq!(keep(&database, &all).await.unwrap(), vec![Outcome::Kept; 3]);
        assert_eq!(texts(&database).await, ["number 1", "number 2", "number 3"]);

        // An account that is gone by now; what was written down already, but not answered; and what was said before.
        let id = |entry: &Entry| -> Uuid { entry.record.said().unwrap().message.id.parse().unwrap() };
        let third = Known { message: id(&all[2]), state: State::Shown };
        let (fourth, new, same) = (entry(channel, ada, 4), entry(channel, ada, 3), again(&all[1]));
        let next = [fourth, new, same, entry(channel, nobody, 5), entry(channel, ada, 6)];
        let outcomes = keep(&database, &next).await.unwrap();
        let known = Outcome::Known(third);
        assert_eq!(outcomes, [Outcome::Kept, known, Outcome::Kept, Outcome::Refused, Outcome::Kept]);
        assert_eq!(texts(&database).await, ["number 1", "number 2", "number 3", "number 4", "number 6"]);
        // So it is when one statement takes all of it, and when something is said alone.
        sqlx::query("UPDATE room_messages SET state = 'deleted' WHERE seq = 3")
            .execute(database.write())
            .await
            .unwrap();
        let known = Outcome::Known(Known { state: State::Deleted, ..third });
        let together = [entry(channel, ada, 7), entry(channel, ada, 3), again(&all[1])];
        assert_eq!(keep(&database, &together).await.unwrap(), [Outcome::Kept, known.clone(), Outcome::Kept]);
        assert_eq!(keep(&database, &[entry(channel, ada, 3)]).await.unwrap(), [known]);
        assert_eq!(keep(&database, &[again(&all[1])]).await.unwrap(), [Outcome::Kept]);
    }
}
