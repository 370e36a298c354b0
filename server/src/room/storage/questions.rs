//! The tables of questions to the creator: `questions` and `question_votes`.

use std::collections::{HashMap, HashSet};

use klieg_api::questions::{Closed, Question};
use klieg_api::room::Author;
use sqlx_sqlite::SqliteConnection;
use uuid::Uuid;

use crate::database::{self, Database, millis, moment};
use crate::room::record::QuestionRecord;
use crate::room::state::{Known, OpenQuestion, State};

/// The questions that are open, oldest first.
pub(super) async fn open(database: &Database, channel: &str) -> Result<Vec<OpenQuestion>, database::Error> {
    let rows: Vec<(String, String, String, String, i64, String, String)> = sqlx::query_as(
        "SELECT questions.id, questions.account_id, nonce, text, questions.created_at, accounts.handle, channels.display_name \
         FROM questions JOIN accounts ON accounts.id = questions.account_id \
         JOIN channels ON channels.account_id = accounts.id \
         WHERE questions.channel_id = $1 AND closed IS NULL ORDER BY questions.created_at, questions.id",
    )
    .bind(channel)
    .fetch_all(database.read())
    .await?;
    let votes: Vec<(String, String)> = sqlx::query_as(
        "SELECT question_id, question_votes.account_id FROM question_votes \
         JOIN questions ON questions.id = question_id WHERE channel_id = $1 AND closed IS NULL",
    )
    .bind(channel)
    .fetch_all(database.read())
    .await?;
    let mut voters: HashMap<String, HashSet<Uuid>> = HashMap::new();
    for (question, account) in votes {
        voters.entry(question).or_default().extend(account.parse::<Uuid>());
    }
    let question =
        |(id, account, nonce, text, at, handle, name): (String, String, String, String, i64, String, String)| {
            let author =
                Author { handle: handle.parse().ok()?, name: (!name.is_empty()).then_some(name), badges: Vec::new() };
            let voters = voters.remove(&id).unwrap_or_default();
            let question = Question { id, author, text, votes: voters.len() as u32, at: moment(at) };
            Some(OpenQuestion { question, account: account.parse().ok()?, nonce, voters })
        };
    Ok(rows.into_iter().filter_map(question).collect())
}

/// What somebody asked under this nonce.
pub(super) async fn known(
    connection: &mut SqliteConnection,
    channel: &str,
    account: Uuid,
    nonce: &str,
) -> Result<Option<Known>, sqlx::Error> {
    let id: Option<String> =
        sqlx::query_scalar("SELECT id FROM questions WHERE channel_id = $1 AND account_id = $2 AND nonce = $3")
            .bind(channel)
            .bind(account.to_string())
            .bind(nonce)
            .fetch_optional(connection)
            .await?;
    Ok(id.and_then(|id| Some(Known { message: id.parse().ok()?, state: State::Shown })))
}

/// Keeps a record, but for the log.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    channel: &str,
    record: &QuestionRecord,
) -> Result<(), sqlx::Error> {
    match record {
        QuestionRecord::Asked(open) => {
            sqlx::query(
                "INSERT INTO questions (id, channel_id, account_id, nonce, text, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(&open.question.id)
            .bind(channel)
            .bind(open.account.to_string())
            .bind(&open.nonce)
            .bind(&open.question.text)
            .bind(millis(open.question.at))
            .execute(connection)
            .await?;
        }
        QuestionRecord::Vote { question, account, on } => {
            let statement = if *on {
                "INSERT INTO question_votes (question_id, account_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"
            } else {
                "DELETE FROM question_votes WHERE question_id = $1 AND account_id = $2"
            };
            sqlx::query(statement).bind(question).bind(account.to_string()).execute(connection).await?;
        }
        QuestionRecord::Closed { question, how, at, .. } => {
            sqlx::query("UPDATE questions SET closed = $1, closed_at = $2 WHERE id = $3 AND channel_id = $4")
                .bind(if *how == Closed::Answered { "answered" } else { "dismissed" })
                .bind(at)
                .bind(question)
                .bind(channel)
                .execute(connection)
                .await?;
        }
    }
    Ok(())
}
