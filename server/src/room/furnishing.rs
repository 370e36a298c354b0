//! What a room has before anybody comes: for the demo.

use klieg_api::points::RewardTerms;
use klieg_api::room::Settings;
use uuid::Uuid;

use super::record::{Act, PointsRecord, Record};
use super::storage;
use crate::database::{self, Database, millis, now};

/// What to put into a room that nobody has been in yet.
pub struct Furnishing<'a> {
    pub channel: Uuid,
    pub creator: Uuid,
    pub rewards: &'a [RewardTerms],
    /// Who has watched so long that they have these points.
    pub watchers: &'a [Uuid],
    pub points: u64,
}

/// Puts it there, and has the room take questions.
pub async fn furnish(database: &Database, furnishing: &Furnishing<'_>) -> Result<(), database::Error> {
    let Furnishing { channel, creator, rewards, watchers, points } = *furnishing;
    let channel = channel.to_string();
    let act = |action| Act::new(creator, action, None, "", millis(now()));
    let settings = Settings { questions: true, ..Settings::default() };
    let mut transaction = database.begin().await?;
    storage::keep_one(&mut transaction, &channel, &Record::Settings { settings, act: act("settings") }).await?;
    for terms in rewards {
        let id = Uuid::now_v7().to_string();
        let reward = PointsRecord::Reward { id, terms: Some(terms.clone()), act: act("save_reward") };
        storage::keep_one(&mut transaction, &channel, &Record::Points(reward)).await?;
    }
    let earned = PointsRecord::Earned { accounts: watchers.to_vec(), points };
    storage::keep_one(&mut transaction, &channel, &Record::Points(earned)).await?;
    transaction.commit().await?;
    Ok(())
}
