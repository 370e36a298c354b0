//! The database: one SQLite file in WAL mode, one connection that writes and several that read.
//!
//! Owns opening, migrating and the translation of what can go wrong. Knows no table: each domain has its own storage.

use std::future::ready;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, SqlStr, Transaction};
use sqlx_sqlite::{Sqlite, SqliteConnection};
use sqlx_sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use time::OffsetDateTime;

use crate::clock;

/// What makes the tables, oldest first. One that was released is never changed.
const STEPS: &[(&str, &str)] = &[
    ("first", include_str!("../migrations/0001_first.sql")),
    ("markers", include_str!("../migrations/0002_markers.sql")),
    ("room", include_str!("../migrations/0003_room.sql")),
    ("servers", include_str!("../migrations/0004_servers.sql")),
    ("order", include_str!("../migrations/0005_order.sql")),
    ("desk", include_str!("../migrations/0006_desk.sql")),
    ("together", include_str!("../migrations/0007_together.sql")),
    ("tokens", include_str!("../migrations/0008_tokens.sql")),
    ("emotes", include_str!("../migrations/0009_emotes.sql")),
    ("previews", include_str!("../migrations/0010_previews.sql")),
    ("emote refusals", include_str!("../migrations/0011_emote_refusals.sql")),
    ("notifications", include_str!("../migrations/0012_notifications.sql")),
    ("emote take-downs", include_str!("../migrations/0013_emote_take_downs.sql")),
    ("lifted", include_str!("../migrations/0014_lifted.sql")),
    ("removed", include_str!("../migrations/0015_removed.sql")),
    ("rights", include_str!("../migrations/0016_rights.sql")),
    ("waiting", include_str!("../migrations/0017_waiting.sql")),
    ("listed", include_str!("../migrations/0018_listed.sql")),
    ("answerable", include_str!("../migrations/0019_answerable.sql")),
];

static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let steps = (1..).zip(STEPS).map(|(version, &(name, sql))| {
        Migration::new(version, name.into(), MigrationType::Simple, SqlStr::from_static(sql), false)
    });
    Migrator { migrations: steps.collect(), ..Migrator::DEFAULT }
});

/// How long a statement waits for another program's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(4);
/// How long a request waits for a connection before it is told that the server is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// Databases up to this many bytes are checked for damage at every start; larger ones by `doctor`.
const CHECKED_AT_START: u64 = 256 << 20;

/// Two pools over one database file.
#[derive(Clone, Debug)]
pub struct Database {
    readers: SqlitePool,
    writer: SqlitePool,
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection was free in time, or another program held its lock too long.
    #[error("the database is busy")]
    Busy,
    #[error(transparent)]
    Sqlx(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::Busy,
            sqlx::Error::Database(ref database) if primary_code(database.as_ref()) == Some(5) => Self::Busy,
            other => Self::Sqlx(other),
        }
    }
}

/// Why the database cannot be used at all: said once, plainly, at start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("cannot make the folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("the database {} is damaged ({detail}); stop the server and restore a backup", path.display())]
    Damaged { path: PathBuf, detail: String },
    #[error("the database {} is locked by another program; end that program and start again", path.display())]
    Locked { path: PathBuf },
    #[error("the database {} was made by a newer Klieg; use that version or a later one", path.display())]
    Newer { path: PathBuf },
    #[error("the database {} cannot be opened: {source}", path.display())]
    Other { path: PathBuf, source: sqlx::Error },
}

impl Database {
    /// Opens the database at `path`, made if absent, and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder { path: folder.to_owned(), source })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            // What a statement may have to undo is a few pages: a file for each would cost as much as the statement.
            .pragma("temp_store", "memory")
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .optimize_on_close(true, 400);
        let pool = |connections| SqlitePoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_TIMEOUT);
        let explain = |error| explain(path, error);
        let writer = pool(1).before_acquire(|connection, _| Box::pin(ready(Ok(is_at_rest(connection)))));
        let writer = writer.connect_with(options.clone()).await.map_err(explain)?;
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() <= CHECKED_AT_START) {
            check(&writer, path).await?;
        }
        MIGRATIONS.run(&writer).await.map_err(|error| match error {
            sqlx::migrate::MigrateError::VersionMissing(_) => OpenError::Newer { path: path.to_owned() },
            sqlx::migrate::MigrateError::Execute(source) => explain(source),
            other => OpenError::Other { path: path.to_owned(), source: sqlx::Error::Migrate(Box::new(other)) },
        })?;
        let readers = pool(8).connect_with(options.read_only(true)).await.map_err(explain)?;
        Ok(Self { readers, writer })
    }

    /// Looks at every page of the database at `path` without changing it: how many migrations it still needs.
    pub async fn inspect(path: &Path) -> Result<usize, OpenError> {
        let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT);
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options)
            .await
            .map_err(|error| explain(path, error))?;
        check(&pool, path).await?;
        let applied: Vec<i64> =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations").fetch_all(&pool).await.unwrap_or_default();
        pool.close().await;
        if applied.iter().any(|version| !MIGRATIONS.version_exists(*version)) {
            return Err(OpenError::Newer { path: path.to_owned() });
        }
        Ok(MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.version)).count())
    }

    /// For statements that only read.
    pub fn read(&self) -> &SqlitePool {
        &self.readers
    }

    /// For a single statement that writes.
    pub fn write(&self) -> &SqlitePool {
        &self.writer
    }

    /// Begins a transaction that writes. It takes the write lock at once, so it cannot fail half-way for want of it.
    pub async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// True if the database answers.
    pub async fn is_reachable(&self) -> bool {
        let asked = sqlx::query("SELECT 1").execute(&self.readers);
        matches!(tokio::time::timeout(Duration::from_secs(2), asked).await, Ok(Ok(_)))
    }

    /// Finishes what is being written, moves it all into the main file, and closes it.
    pub async fn close(&self) {
        self.readers.close().await;
        let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await;
        self.writer.close().await;
    }
}

/// False if the connection must be closed and another be opened. After an error such as a full disk SQLite has rolled back
/// by itself, and sqlx, whose own rollback then fails, counts the transaction as open for ever: nothing would be written
/// again, however much room there is.
fn is_at_rest(connection: &SqliteConnection) -> bool {
    !connection.is_in_transaction()
}

async fn check(pool: &SqlitePool, path: &Path) -> Result<(), OpenError> {
    let verdict: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(pool).await.map_err(|error| explain(path, error))?;
    if verdict == "ok" { Ok(()) } else { Err(OpenError::Damaged { path: path.to_owned(), detail: verdict }) }
}

fn explain(path: &Path, error: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    let code = match &error {
        sqlx::Error::Database(database) => primary_code(database.as_ref()),
        // Opening a file takes this long only while somebody else has it.
        sqlx::Error::PoolTimedOut => Some(5),
        _ => None,
    };
    match code {
        Some(5 | 6) => OpenError::Locked { path },
        Some(11 | 26) => OpenError::Damaged { path, detail: error.to_string() },
        _ => OpenError::Other { path, source: error },
    }
}

/// SQLite's result code without its extension: 5 busy, 6 locked, 11 corrupt, 26 not a database.
fn primary_code(error: &dyn sqlx::error::DatabaseError) -> Option<i32> {
    error.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}

/// Turns the violation of a constraint into a client's error.
pub trait OnConstraint<T> {
    /// The error that belongs to the unique column (`table.column`) that was violated, if it was one of these.
    fn on_unique<E: From<Error>>(self, columns: impl IntoIterator<Item = (&'static str, E)>) -> Result<T, E>;
}

impl<T> OnConstraint<T> for Result<T, sqlx::Error> {
    fn on_unique<E: From<Error>>(self, columns: impl IntoIterator<Item = (&'static str, E)>) -> Result<T, E> {
        self.map_err(|error| {
            // SQLite names the column only in its message: `UNIQUE constraint failed: accounts.handle`.
            let violated = match &error {
                sqlx::Error::Database(database) if database.is_unique_violation() => {
                    columns.into_iter().find(|(column, _)| database.message().ends_with(column))
                }
                _ => None,
            };
            violated.map_or_else(|| Error::from(error).into(), |(_, client)| client)
        })
    }
}

/// A moment as the database keeps it: milliseconds since 1970.
pub fn millis(moment: OffsetDateTime) -> i64 {
    moment.unix_timestamp() * 1_000 + i64::from(moment.millisecond())
}

/// The moment of so many milliseconds since 1970.
pub fn moment(millis: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Now, as exact as the database keeps it: never earlier than before ([`clock`]).
pub fn now() -> OffsetDateTime {
    moment(millis(clock::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn once_a_full_disk_has_room_again_writing_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        sqlx::query("CREATE TABLE notes (text BLOB)").execute(database.write()).await.unwrap();
        // As small as the file is now; a limit of this one connection.
        sqlx::query("PRAGMA max_page_count = 1").execute(database.write()).await.unwrap();

        let note = "INSERT INTO notes VALUES (zeroblob(1000000))";
        let mut transaction = database.begin().await.unwrap();
        let full = sqlx::query(note).execute(&mut *transaction).await.unwrap_err();
        assert_eq!(full.as_database_error().and_then(primary_code), Some(13), "{full}");
        drop(transaction);

        let mut transaction = database.begin().await.unwrap();
        sqlx::query(note).execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
}
