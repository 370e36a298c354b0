//! Which server keeps a room: a row that a server takes when the one that has it is gone.
//!
//! The row's generation goes up with every new home, and what a home writes is written only while the generation is its own
//! ([`super::journal`]): a home that was cut off, and has been replaced, can write nothing any more.

use sqlx_sqlite::SqliteConnection;
use uuid::Uuid;

use crate::clock;
use crate::cluster::ServerId;
use crate::database::{self, Database, millis};

/// Who keeps a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// This server, from now on, as the home of this generation.
    Ours(i64),
    /// Another one, which is alive.
    Theirs,
}

/// Takes a room that no living server keeps.
pub(super) async fn claim(database: &Database, channel: Uuid, server: ServerId) -> Result<Claim, database::Error> {
    let generation: Option<i64> = sqlx::query_scalar(
        "INSERT INTO room_homes (channel_id, server_id, generation) VALUES ($1, $2, 1) \
         ON CONFLICT (channel_id) DO UPDATE SET server_id = $2, generation = room_homes.generation + 1 \
         WHERE room_homes.server_id = $2 OR NOT EXISTS \
         (SELECT 1 FROM servers WHERE servers.id = room_homes.server_id AND servers.alive_until > $3) \
         RETURNING generation",
    )
    .bind(channel.to_string())
    .bind(i64::from(server.0))
    .bind(millis(clock::wall()))
    .fetch_optional(database.write())
    .await?;
    Ok(generation.map_or(Claim::Theirs, Claim::Ours))
}

/// Lets another server take a room.
pub(super) async fn release(database: &Database, channel: Uuid, generation: i64) -> Result<(), database::Error> {
    sqlx::query("UPDATE room_homes SET server_id = 0 WHERE channel_id = $1 AND generation = $2")
        .bind(channel.to_string())
        .bind(generation)
        .execute(database.write())
        .await?;
    Ok(())
}

/// Whether the home of this generation still is the room's.
pub(super) async fn holds(
    connection: &mut SqliteConnection,
    channel: Uuid,
    generation: i64,
) -> Result<bool, sqlx::Error> {
    let latest: Option<i64> = sqlx::query_scalar("SELECT generation FROM room_homes WHERE channel_id = $1")
        .bind(channel.to_string())
        .fetch_optional(connection)
        .await?;
    Ok(latest == Some(generation))
}
