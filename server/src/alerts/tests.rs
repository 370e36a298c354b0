//! The bounds: how much is kept of one person, how often one may name another, when followers are told again.

use std::cell::Cell;
use std::future::ready;

use klieg_api::notifications::{Notification, What};
use tempfile::TempDir;

use super::storage::Span;
use super::*;
use crate::cluster::ServerId;
use crate::database::{millis, moment};

/// Noon of some day.
const NOON: i64 = 1_800_000_000_000;

/// A database with people, each with a channel of the same number, and how many messages and broadcasts there are in it.
struct World {
    _folder: TempDir,
    database: Database,
    messages: u128,
    broadcasts: u128,
}

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

fn name(who: u128) -> String {
    format!("user{who}")
}

impl World {
    async fn new(people: u128) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&folder.path().join("klieg.db")).await.unwrap();
        let world = Self { _folder: folder, database, messages: 1_000, broadcasts: 100_000 };
        for who in 1..=people {
            world
                .run(
                    "INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) VALUES ($1, $2, $2, $2, '', 0)",
                    &[&id(who), &name(who)],
                )
                .await;
            world.run("INSERT INTO channels (id, account_id, created_at) VALUES ($1, $1, 0)", &[&id(who)]).await;
        }
        world
    }

    async fn run(&self, statement: &'static str, values: &[&String]) {
        let mut query = sqlx::query(statement);
        for value in values {
            query = query.bind((*value).clone());
        }
        query.execute(self.database.write()).await.unwrap();
    }

    /// Somebody says something in the room of the first channel. The message.
    async fn say(&mut self, who: u128) -> String {
        self.messages += 1;
        let (message, seq) = (id(self.messages), self.messages.to_string());
        self.run(
            "INSERT INTO room_messages (id, channel_id, seq, account_id, nonce, text, created_at) \
             VALUES ($1, $2, CAST($3 AS INTEGER), $4, $3, 'look', 0)",
            &[&message, &id(1), &seq, &id(who)],
        )
        .await;
        message
    }

    /// Somebody names another. Whether that one is told.
    async fn name(&mut self, who: u128, whom: u128, at: i64) -> bool {
        let message = self.say(who).await;
        let named = Named { handle: name(whom).parse().unwrap(), is_answered: false };
        let told =
            storage::note(&self.database, &[Mention { message, author: Uuid::nil(), whom: vec![named] }], moment(at))
                .await
                .unwrap();
        assert!(told.iter().all(|(account, _)| *account == Uuid::from_u128(whom)));
        !told.is_empty()
    }

    /// The first channel goes live. The broadcast, and what followers are told.
    async fn go_live(&mut self, at: i64, cooldown: Duration) -> (Uuid, Option<Notification>) {
        self.broadcasts += 1;
        let broadcast = Uuid::from_u128(self.broadcasts);
        self.run(
            "INSERT INTO broadcasts (id, channel_id, title, category, protocol, started_at, seen_at) \
             VALUES ($1, $2, '', '', 'rtmp', CAST($3 AS INTEGER), CAST($3 AS INTEGER))",
            &[&broadcast.to_string(), &id(1), &at.to_string()],
        )
        .await;
        (broadcast, self.announce(broadcast, at, cooldown).await)
    }

    async fn announce(&self, broadcast: Uuid, at: i64, cooldown: Duration) -> Option<Notification> {
        let now = moment(at);
        storage::announce(&self.database, broadcast, Uuid::from_u128(1), now, now - cooldown).await.unwrap()
    }

    async fn end(&self, broadcast: Uuid, at: i64) {
        let statement = "UPDATE broadcasts SET ended_at = CAST($2 AS INTEGER) WHERE id = $1";
        self.run(statement, &[&broadcast.to_string(), &at.to_string()]).await;
    }

    async fn notices(&self, whose: u128) -> Vec<String> {
        let span = Span { since: 0, before: None, limit: 1_000 };
        let found = storage::notices(&self.database, Uuid::from_u128(whose), &span).await.unwrap();
        found.into_iter().map(|found| found.notification.id).collect()
    }
}

fn minutes(count: i64) -> i64 {
    NOON + count * 60_000
}

#[tokio::test]
async fn one_may_name_another_so_often_and_others_may_still() {
    let mut world = World::new(3).await;
    for number in 0..storage::MOST_BY_ONE {
        assert!(world.name(1, 2, minutes(number)).await);
    }
    assert!(!world.name(1, 2, minutes(6)).await, "too often");
    assert!(world.name(3, 2, minutes(6)).await);
    assert!(world.name(1, 3, minutes(6)).await);
    assert!(world.name(1, 2, minutes(11)).await, "the first is ten minutes ago");
    assert!(!world.name(2, 2, minutes(11)).await, "nobody tells themselves");
}

#[tokio::test]
async fn the_newest_notices_are_kept_and_counted_to_a_hundred() {
    let mut world = World::new(3).await;
    let account = Uuid::from_u128(2);
    let mut all = Vec::new();
    for number in 0..storage::MOST_OF_ONE + 3 {
        let (message, at) = (world.say(3).await, (NOON + number).to_string());
        world
            .run(
                "INSERT INTO notices (account_id, message_id, kind, at) VALUES ($1, $2, 'mention', CAST($3 AS INTEGER))",
                &[&account.to_string(), &message, &at],
            )
            .await;
        all.insert(0, message);
    }
    assert!(world.name(1, 2, minutes(1)).await);
    let kept = world.notices(2).await;
    assert_eq!(kept.len(), 200);
    assert_eq!(kept[1..], all[..199], "the newest, newest first");
    assert_eq!(storage::count(&world.database, account, 0).await.unwrap(), 100);
    assert_eq!(storage::count(&world.database, account, NOON + 200).await.unwrap(), 3);
    storage::purge(&world.database, moment(minutes(1))).await.unwrap();
    assert_eq!(world.notices(2).await, kept[..1]);
}

#[tokio::test]
async fn what_was_deleted_and_what_was_said_where_one_is_banned_is_not_told() {
    let mut world = World::new(3).await;
    assert!(world.name(1, 2, NOON).await);
    world.run("UPDATE room_messages SET state = 'deleted' WHERE account_id = $1", &[&id(1)]).await;
    assert!(world.notices(2).await.is_empty());
    assert_eq!(storage::count(&world.database, Uuid::from_u128(2), 0).await.unwrap(), 0);
    world
        .run("INSERT INTO room_silences (channel_id, account_id, created_at) VALUES ($1, $2, 0)", &[&id(1), &id(3)])
        .await;
    assert!(!world.name(1, 3, NOON).await);
}

#[tokio::test]
async fn followers_are_told_once_of_a_broadcast_and_not_of_one_that_follows_soon() {
    let mut world = World::new(2).await;
    let half_an_hour = Duration::from_mins(30);
    let (first, told) = world.go_live(minutes(0), half_an_hour).await;
    assert!(told.is_some());
    assert_eq!(world.announce(first, minutes(0), Duration::ZERO).await, None, "once");
    // The show was long; what counts is how long it has been over.
    world.end(first, minutes(120)).await;
    let (second, told) = world.go_live(minutes(121), half_an_hour).await;
    assert_eq!(told, None);
    world.end(second, minutes(160)).await;
    // It was the same evening to whoever watched the second.
    let (third, told) = world.go_live(minutes(180), half_an_hour).await;
    assert_eq!(told, None);
    world.end(third, minutes(181)).await;
    let (_, told) = world.go_live(minutes(212), half_an_hour).await;
    assert!(told.is_some());
}

#[tokio::test]
async fn nobody_is_told_whom_the_creator_does_not_want_to_tell() {
    let mut world = World::new(2).await;
    let half_an_hour = Duration::from_mins(30);
    world.run("UPDATE channels SET announce = 0 WHERE id = $1", &[&id(1)]).await;
    let (rehearsal, told) = world.go_live(minutes(0), half_an_hour).await;
    assert_eq!(told, None);
    world.end(rehearsal, minutes(1)).await;
    world.run("UPDATE channels SET announce = 1, visibility = 'private' WHERE id = $1", &[&id(1)]).await;
    let (another, told) = world.go_live(minutes(2), half_an_hour).await;
    assert_eq!(told, None);
    world.end(another, minutes(3)).await;
    world.run("UPDATE channels SET visibility = 'unlisted', title = 'Now' WHERE id = $1", &[&id(1)]).await;
    let (show, told) = world.go_live(minutes(4), half_an_hour).await;
    let told = told.expect("a rehearsal does not keep followers from being told of the show");
    assert_eq!((told.id, told.what), (show.to_string(), What::Live { title: "Now".into() }));
    assert_eq!((told.channel.shown(), millis(told.at)), ("user1", minutes(4)));
}

#[tokio::test]
async fn what_is_written_down_is_told_without_being_read_back() {
    let mut world = World::new(1).await;
    world.database.read().close().await;
    let (show, told) = world.go_live(NOON, Duration::ZERO).await;
    assert_eq!(told.unwrap().id, show.to_string());
}

#[tokio::test(start_paused = true)]
async fn a_busy_database_is_asked_again_a_few_times() {
    for (busy, answer) in [(0, Some("told")), (ATTEMPTS - 1, Some("told")), (ATTEMPTS, None)] {
        let asked = Cell::new(0);
        let ask = || {
            asked.set(asked.get() + 1);
            ready(if asked.get() > busy { Ok("told") } else { Err(database::Error::Busy) })
        };
        assert_eq!(surely("something", 1, ask).await, answer);
        assert_eq!(asked.get(), ATTEMPTS.min(busy + 1));
    }
}

#[tokio::test]
async fn of_those_who_are_here_followers_are_told_but_for_who_is_banned() {
    let world = World::new(5).await;
    for who in [2, 3, 4] {
        world
            .run("INSERT INTO follows (account_id, channel_id, created_at) VALUES ($1, $2, 0)", &[&id(who), &id(1)])
            .await;
    }
    world
        .run("INSERT INTO room_silences (channel_id, account_id, created_at) VALUES ($1, $2, 0)", &[&id(1), &id(3)])
        .await;
    let here: Vec<Uuid> = [2, 3, 5].map(Uuid::from_u128).to_vec();
    let told = storage::followers_among(&world.database, Uuid::from_u128(1), &here).await.unwrap();
    assert_eq!(told, [Uuid::from_u128(2)]);
}

#[tokio::test]
async fn what_is_seen_stays_seen() {
    let world = World::new(1).await;
    let account = Uuid::from_u128(1);
    assert!(storage::see(&world.database, account, NOON).await.unwrap());
    assert!(!storage::see(&world.database, account, NOON - 1).await.unwrap());
    assert_eq!(storage::seen(&world.database, account).await.unwrap(), NOON);
}

#[tokio::test]
async fn one_author_names_so_many_people_at_once_and_no_more() {
    let mut world = World::new(5).await;
    let registry = Registry::new(ServerId(1), 1, Some(1));
    let alerts = Alerts::new(world.database.clone(), registry, None, Duration::ZERO, "3/min".parse().unwrap());
    let whom = (2..=5).map(|who| Named { handle: name(who).parse().unwrap(), is_answered: false }).collect();
    let message = world.say(1).await;
    let happened = Happened::Named(Mention { message, author: Uuid::from_u128(1), whom });
    alerts.take(&mut vec![happened]).await;
    let told: i64 = sqlx::query_scalar("SELECT count(*) FROM notices").fetch_one(world.database.read()).await.unwrap();
    assert_eq!(told, 3);
}
