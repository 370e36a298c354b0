//! Moments of a broadcast that its creator marked: the table `markers`, and where on the timeline a moment lies.

use std::time::Duration;

use klieg_api::chapters::{Chapter, MAX_AGO, MAX_TEXT, NewMarker};
use klieg_media::stream::Stream;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Broadcasts, Error};
use crate::channels::rules;
use crate::database::{Database, millis};
use crate::http::problem::{Fields, Problem};

/// Markers that a broadcast may have.
pub(super) const MOST: i64 = 500;

/// A marker that has been checked.
#[derive(Debug)]
pub(super) struct Marker {
    text: String,
    ago: Duration,
}

/// Checks what a creator sent, and names all that is wrong.
pub(super) fn check(marker: &NewMarker) -> Result<Marker, Problem> {
    let mut fields = Fields::default();
    let text = fields.check("text", rules::line(&marker.text, MAX_TEXT));
    if marker.ago_ms > MAX_AGO {
        fields.wrong("ago_ms", format!("mark a moment of the last {} seconds", MAX_AGO / 1_000));
    }
    let ago = Duration::from_millis(marker.ago_ms);
    fields.finish(text.map(|text| Marker { text, ago }))
}

impl Broadcasts {
    /// Marks a moment of a broadcast that is on.
    pub(super) async fn mark(&self, stream: &Stream, marker: Marker, now: OffsetDateTime) -> Result<Chapter, Error> {
        // By the clock that the timeline runs on. One from before the broadcast is at its beginning.
        let at = stream.age().saturating_sub(marker.ago);
        let chapter = Chapter { id: Uuid::now_v7().to_string(), at_ms: at.as_millis() as u64, text: marker.text };
        if insert(&self.database, stream.id, &chapter, now).await? { Ok(chapter) } else { Err(Error::TooManyMarkers) }
    }

    /// The marked moments of a broadcast, in their order.
    pub async fn chapters(&self, broadcast: &str) -> Result<Vec<Chapter>, Error> {
        let rows: Vec<(String, i64, String)> =
            sqlx::query_as("SELECT id, at_ms, text FROM markers WHERE broadcast_id = $1 ORDER BY at_ms, id")
                .bind(broadcast)
                .fetch_all(self.database.read())
                .await?;
        Ok(rows.into_iter().map(|(id, at, text)| Chapter { id, at_ms: at.unsigned_abs(), text }).collect())
    }
}

/// Adds a marker unless the broadcast has as many as it may have. Returns whether it was added.
async fn insert(database: &Database, broadcast: Uuid, chapter: &Chapter, now: OffsetDateTime) -> Result<bool, Error> {
    let inserted = sqlx::query(
        "INSERT INTO markers (id, broadcast_id, at_ms, text, created_at) SELECT $1, $2, $3, $4, $5 \
         WHERE (SELECT count(*) FROM markers WHERE broadcast_id = $2) < $6",
    )
    .bind(&chapter.id)
    .bind(broadcast.to_string())
    .bind(chapter.at_ms.cast_signed())
    .bind(&chapter.text)
    .bind(millis(now))
    .bind(MOST)
    .execute(database.write())
    .await?;
    Ok(inserted.rows_affected() == 1)
}
