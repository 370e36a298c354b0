//! The servers of one installation: they share a database and a bus, and each knows which others are alive.
//!
//! Membership is a row in the database that its server renews. What only one server may do at a time is tied to that row and
//! checked in the same transaction that writes ([`crate::room`]), so that a server that was cut off, and does not know yet
//! that another has taken over, changes nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::bus::Bus;
use crate::clock;
use crate::database::{self, Database, millis};

/// A server counts as alive for so long after it was last seen, by the wall clock. Those of servers may differ by a part of it.
pub const LEASE: Duration = Duration::from_secs(6);
/// How often a server says that it is alive.
const RENEW: Duration = Duration::from_secs(1);
/// A server that could not say so for so long takes itself for dead: earlier than others do.
const DOUBT: Duration = Duration::from_secs(4);

/// The number of a server, drawn when it starts; never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ServerId(pub u32);

impl ServerId {
    /// The only server there is.
    pub const ALONE: Self = Self(0);
}

/// This server among the others.
#[derive(Debug)]
pub struct Cluster {
    pub id: ServerId,
    pub bus: Bus,
    database: Database,
    renewed: Mutex<Instant>,
    left: CancellationToken,
}

impl Cluster {
    /// Joins under a number that no other server has.
    pub async fn join(database: Database, bus: Bus) -> Result<Arc<Self>, database::Error> {
        loop {
            let id = ServerId(rand::random::<u32>().max(1));
            let renewed = Mutex::new(Instant::now());
            if enter(&database, id).await? {
                return Ok(Arc::new(Self { id, bus, database, renewed, left: CancellationToken::new() }));
            }
        }
    }

    /// Says that this server is alive until it leaves.
    pub async fn keep_alive(self: Arc<Self>) {
        let mut timer = tokio::time::interval(RENEW);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.left.cancelled() => return,
                _ = timer.tick() => {}
            }
            let asked = Instant::now();
            match renew(&self.database, self.id).await {
                Ok(()) => *self.renewed.lock() = asked,
                Err(error) => warn!(%error, "this server cannot say that it is alive"),
            }
        }
    }

    /// Whether other servers still count on this one.
    pub fn is_alive(&self) -> bool {
        self.renewed.lock().elapsed() < DOUBT
    }

    /// Leaves, so that others need not wait to take over.
    pub async fn leave(&self) {
        self.left.cancel();
        if let Err(error) = leave(&self.database, self.id).await {
            error!(%error, "this server cannot say that it is gone; others notice in a few seconds");
        }
    }
}

fn lease() -> i64 {
    millis(clock::wall()) + LEASE.as_millis() as i64
}

async fn enter(database: &Database, id: ServerId) -> Result<bool, database::Error> {
    let mut transaction = database.begin().await?;
    sqlx::query("DELETE FROM servers WHERE alive_until < $1")
        .bind(millis(clock::wall()) - 10 * LEASE.as_millis() as i64)
        .execute(&mut *transaction)
        .await?;
    let entered = sqlx::query("INSERT INTO servers (id, alive_until) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind(i64::from(id.0))
        .bind(lease())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(entered.rows_affected() == 1)
}

async fn renew(database: &Database, id: ServerId) -> Result<(), database::Error> {
    sqlx::query(
        "INSERT INTO servers (id, alive_until) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET alive_until = $2",
    )
    .bind(i64::from(id.0))
    .bind(lease())
    .execute(database.write())
    .await?;
    Ok(())
}

async fn leave(database: &Database, id: ServerId) -> Result<(), database::Error> {
    sqlx::query("DELETE FROM servers WHERE id = $1").bind(i64::from(id.0)).execute(database.write()).await?;
    Ok(())
}
