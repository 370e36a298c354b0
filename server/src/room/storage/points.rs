//! The tables of points: `room_points`, `predictions`, `prediction_stakes`, `rewards` and `redemptions`.

use klieg_api::points::{Outcome, Prediction, Redemption, Reward, RewardTerms, Stage};
use klieg_api::room::Author;
use sqlx::Row;
use sqlx_sqlite::{SqliteConnection, SqliteRow};
use uuid::Uuid;

use super::{json, messages};
use crate::database::{self, Database, millis, moment};
use crate::room::record::{Act, PointsRecord};
use crate::room::state::{OpenPrediction, Waiting};

/// Purses that one statement fills.
const AT_ONCE: usize = 500;

const STAGES: [(&str, Stage); 2] = [("open", Stage::Open), ("locked", Stage::Locked)];

/// The prediction that is not over, who has staked how much on what, and the points that these have besides.
pub(super) async fn open_prediction(
    database: &Database,
    channel: &str,
) -> Result<(Option<OpenPrediction>, Vec<(Uuid, u64)>), database::Error> {
    let row: Option<(String, String, String, i64, String)> = sqlx::query_as(
        "SELECT id, question, outcomes, locks_at, stage FROM predictions WHERE channel_id = $1 \
         AND stage IN ('open', 'locked') ORDER BY id DESC LIMIT 1",
    )
    .bind(channel)
    .fetch_optional(database.read())
    .await?;
    let Some((id, question, outcomes, locks_at, stage)) = row else { return Ok((None, Vec::new())) };
    let rows: Vec<(String, i64, i64, Option<i64>)> = sqlx::query_as(
        "SELECT prediction_stakes.account_id, outcome, prediction_stakes.points, room_points.points FROM prediction_stakes \
         LEFT JOIN room_points ON room_points.account_id = prediction_stakes.account_id AND room_points.channel_id = $1 \
         WHERE prediction_id = $2",
    )
    .bind(channel)
    .bind(&id)
    .fetch_all(database.read())
    .await?;
    let (mut stakes, mut purses) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for (account, outcome, points, has) in rows {
        let (Ok(account), Ok(outcome)) = (account.parse(), outcome.try_into()) else { continue };
        stakes.push((account, outcome, points.unsigned_abs()));
        purses.push((account, has.unwrap_or_default().unsigned_abs()));
    }
    let outcomes: Vec<String> = serde_json::from_str(&outcomes).unwrap_or_default();
    let prediction = Prediction {
        id,
        question,
        outcomes: outcomes.into_iter().map(|text| Outcome { text, points: 0, people: 0 }).collect(),
        locks_at: moment(locks_at),
        stage: STAGES.iter().find(|(name, _)| *name == stage).map_or(Stage::Locked, |(_, stage)| *stage),
        winner: None,
        over_at: None,
    };
    Ok((Some((prediction, stakes)), purses))
}

pub(super) async fn rewards(database: &Database, channel: &str) -> Result<Vec<Reward>, database::Error> {
    let rows: Vec<(String, String, i64, bool, bool, bool)> = sqlx::query_as(
        "SELECT id, title, cost, asks, waits, paused FROM rewards WHERE channel_id = $1 ORDER BY created_at, id",
    )
    .bind(channel)
    .fetch_all(database.read())
    .await?;
    let reward = |(id, title, cost, asks, waits, paused): (String, String, i64, bool, bool, bool)| {
        Some(Reward { id, terms: RewardTerms { title, cost: cost.try_into().ok()?, asks, waits, paused } })
    };
    Ok(rows.into_iter().filter_map(reward).collect())
}

/// What was redeemed and waits, oldest first.
pub(super) async fn waiting(database: &Database, channel: &str) -> Result<Vec<Waiting>, database::Error> {
    let rows = sqlx::query(
        "SELECT redemptions.*, accounts.handle, channels.display_name FROM redemptions \
         JOIN accounts ON accounts.id = redemptions.account_id JOIN channels ON channels.account_id = accounts.id \
         WHERE redemptions.channel_id = $1 AND state = 'waiting' ORDER BY redemptions.created_at, redemptions.id",
    )
    .bind(channel)
    .fetch_all(database.read())
    .await?;
    Ok(rows.iter().filter_map(|row| redemption(row).ok().flatten()).collect())
}

fn redemption(row: &SqliteRow) -> Result<Option<Waiting>, sqlx::Error> {
    let (handle, account): (String, String) = (row.try_get("handle")?, row.try_get("account_id")?);
    let (Ok(handle), Ok(account)) = (handle.parse(), account.parse()) else { return Ok(None) };
    let name: String = row.try_get("display_name")?;
    let cost: i64 = row.try_get("cost")?;
    let redemption = Redemption {
        id: row.try_get("id")?,
        who: Author { handle, name: (!name.is_empty()).then_some(name), badges: Vec::new() },
        title: row.try_get("title")?,
        cost: cost.try_into().unwrap_or_default(),
        text: row.try_get("text")?,
        at: moment(row.try_get("created_at")?),
    };
    Ok(Some(Waiting { redemption, account, is_settled: false }))
}

/// Keeps a record, but for the log.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    channel: &str,
    record: &PointsRecord,
) -> Result<(), sqlx::Error> {
    match record {
        PointsRecord::Earned { accounts, points } => {
            let given: Vec<(Uuid, u64)> = accounts.iter().map(|account| (*account, *points)).collect();
            give(connection, channel, &given).await?;
        }
        PointsRecord::Prediction { prediction, .. } => {
            let outcomes: Vec<&str> = prediction.outcomes.iter().map(|outcome| outcome.text.as_str()).collect();
            sqlx::query(
                "INSERT INTO predictions (id, channel_id, question, outcomes, locks_at) VALUES ($1, $2, $3, $4, $5) \
                 ON CONFLICT DO NOTHING",
            )
            .bind(&prediction.id)
            .bind(channel)
            .bind(&prediction.question)
            .bind(json(&outcomes))
            .bind(millis(prediction.locks_at))
            .execute(connection)
            .await?;
        }
        PointsRecord::Stake { prediction, account, outcome, points } => {
            take(connection, channel, *account, *points).await?;
            sqlx::query(
                "INSERT INTO prediction_stakes (prediction_id, account_id, outcome, points) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (prediction_id, account_id) DO UPDATE SET points = points + $4",
            )
            .bind(prediction)
            .bind(account.to_string())
            .bind(outcome)
            .bind(points.cast_signed())
            .execute(connection)
            .await?;
        }
        PointsRecord::Locked { prediction, at, .. } => {
            sqlx::query("UPDATE predictions SET stage = 'locked', locks_at = $1 WHERE id = $2 AND stage = 'open'")
                .bind(at)
                .bind(prediction)
                .execute(connection)
                .await?;
        }
        PointsRecord::Decided { prediction, winner, returned, .. } => {
            decide(connection, channel, prediction, *winner, returned).await?;
        }
        PointsRecord::Reward { id, terms, act } => {
            set_reward(connection, channel, id, terms.as_ref(), act).await?;
        }
        PointsRecord::Redeemed { said, reward, cost, waits } => {
            // If it was redeemed under this nonce before, nothing is taken again.
            messages::insert(connection, channel, said).await?;
            take(connection, channel, said.account, (*cost).into()).await?;
            sqlx::query(
                "INSERT INTO redemptions (id, channel_id, account_id, reward_id, title, cost, text, created_at, state) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(&said.message.id)
            .bind(channel)
            .bind(said.account.to_string())
            .bind(reward)
            .bind(said.message.reward.as_deref().unwrap_or_default())
            .bind(cost)
            .bind(&said.message.text)
            .bind(millis(said.message.at))
            .bind(if *waits { "waiting" } else { "fulfilled" })
            .execute(connection)
            .await?;
        }
        PointsRecord::Fulfilled { redemption, back, .. } => {
            let done = sqlx::query(
                "UPDATE redemptions SET state = $1 WHERE id = $2 AND channel_id = $3 AND state = 'waiting'",
            )
            .bind(if back.is_some() { "refunded" } else { "fulfilled" })
            .bind(redemption)
            .bind(channel)
            .execute(&mut *connection)
            .await?;
            if let Some((account, points)) = back
                && done.rows_affected() > 0
            {
                give(connection, channel, &[(*account, *points)]).await?;
            }
        }
    }
    Ok(())
}

async fn decide(
    connection: &mut SqliteConnection,
    channel: &str,
    prediction: &str,
    winner: Option<u32>,
    returned: &[(Uuid, u64)],
) -> Result<(), sqlx::Error> {
    let done =
        sqlx::query("UPDATE predictions SET stage = $1, winner = $2 WHERE id = $3 AND stage IN ('open', 'locked')")
            .bind(if winner.is_some() { "resolved" } else { "cancelled" })
            .bind(winner)
            .bind(prediction)
            .execute(&mut *connection)
            .await?;
    // Points are shared once.
    if done.rows_affected() == 0 {
        return Ok(());
    }
    for some in returned.chunks(AT_ONCE) {
        // Made first and with the prediction in it, so that each stake is found by its key and not all looked through for each.
        sqlx::query(
            "WITH given (prediction, account, points) AS MATERIALIZED \
             (SELECT $2, value ->> 0, value ->> 1 FROM json_each($1)) \
             UPDATE prediction_stakes SET returned = given.points FROM given \
             WHERE prediction_id = given.prediction AND account_id = given.account",
        )
        .bind(json(&some))
        .bind(prediction)
        .execute(&mut *connection)
        .await?;
    }
    give(connection, channel, returned).await
}

async fn set_reward(
    connection: &mut SqliteConnection,
    channel: &str,
    id: &str,
    terms: Option<&RewardTerms>,
    act: &Act,
) -> Result<(), sqlx::Error> {
    let query = match terms {
        Some(terms) => sqlx::query(
            "INSERT INTO rewards (id, channel_id, title, cost, asks, waits, paused, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (id) DO UPDATE SET title = $3, cost = $4, asks = $5, waits = $6, paused = $7",
        )
        .bind(id)
        .bind(channel)
        .bind(&terms.title)
        .bind(terms.cost)
        .bind(terms.asks)
        .bind(terms.waits)
        .bind(terms.paused)
        .bind(act.at),
        None => sqlx::query("DELETE FROM rewards WHERE id = $1 AND channel_id = $2").bind(id).bind(channel),
    };
    query.execute(connection).await?;
    Ok(())
}

/// Puts points into purses.
async fn give(connection: &mut SqliteConnection, channel: &str, given: &[(Uuid, u64)]) -> Result<(), sqlx::Error> {
    for some in given.chunks(AT_ONCE) {
        // Without its WHERE, ON would belong to a join.
        sqlx::query(
            "INSERT INTO room_points (channel_id, account_id, points) \
             SELECT $1, value ->> 0, value ->> 1 FROM json_each($2) WHERE true \
             ON CONFLICT (channel_id, account_id) DO UPDATE SET points = points + excluded.points",
        )
        .bind(channel)
        .bind(json(&some))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Takes points out of a purse; the table refuses it if they are not there.
async fn take(connection: &mut SqliteConnection, channel: &str, account: Uuid, points: u64) -> Result<(), sqlx::Error> {
    give(connection, channel, &[(account, 0)]).await?;
    sqlx::query("UPDATE room_points SET points = points - $3 WHERE channel_id = $1 AND account_id = $2")
        .bind(channel)
        .bind(account.to_string())
        .bind(points.cast_signed())
        .execute(connection)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn points_of_many_who_came_together_are_kept_to_the_point() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let people: Vec<Uuid> = (1..=1_201).map(Uuid::from_u128).collect();
        let mut transaction = database.begin().await.unwrap();
        for (number, account) in people.iter().enumerate() {
            sqlx::query(
                "INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) VALUES ($1, $2, $2, $2, '', 0)",
            )
            .bind(account.to_string())
            .bind(format!("user{number}"))
            .execute(&mut *transaction)
            .await
            .unwrap();
        }
        sqlx::query("INSERT INTO channels (id, account_id, created_at) VALUES ('c', $1, 0)")
            .bind(people[0].to_string())
            .execute(&mut *transaction)
            .await
            .unwrap();
        sqlx::query(
            "INSERT INTO predictions (id, channel_id, question, outcomes, locks_at) VALUES ('p', 'c', '', '[]', 0)",
        )
        .execute(&mut *transaction)
        .await
        .unwrap();
        let earned = PointsRecord::Earned { accounts: people.clone(), points: 10 };
        for _ in 0..2 {
            keep(&mut transaction, "c", &earned).await.unwrap();
        }
        for account in &people {
            let stake = PointsRecord::Stake { prediction: "p".into(), account: *account, outcome: 0, points: 5 };
            keep(&mut transaction, "c", &stake).await.unwrap();
        }
        let returned = people.iter().map(|account| (*account, 7)).collect();
        let decided = PointsRecord::Decided { prediction: "p".into(), winner: Some(0), returned, act: None };
        // They are shared once, however often that is said.
        for _ in 0..2 {
            keep(&mut transaction, "c", &decided).await.unwrap();
        }
        transaction.commit().await.unwrap();
        let purses: Vec<(i64, i64)> = sqlx::query_as("SELECT points, count(*) FROM room_points GROUP BY points")
            .fetch_all(database.read())
            .await
            .unwrap();
        assert_eq!(purses, [(22, 1_201)]);
        let returned: Vec<(Option<i64>, i64)> =
            sqlx::query_as("SELECT returned, count(*) FROM prediction_stakes GROUP BY returned")
                .fetch_all(database.read())
                .await
                .unwrap();
        assert_eq!(returned, [(Some(7), 1_201)]);
    }
}
