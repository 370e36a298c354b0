//! API tokens at the live connection: what each may ask there, and when its connections end.

use std::sync::Arc;
use std::time::Duration;

use klieg_server::bus::{Bus, Memory};
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::live::{Answer as _, Person};
use crate::support::{start, start_among};
use crate::tokens::{ALL, delete, list, make};

#[track_caller]
fn live_wants(answer: &Value, scope: &str) {
    assert_eq!(answer.refused(), "insufficient-scope");
    assert!(answer["problem"]["detail"].as_str().unwrap().contains(scope), "{answer}");
}

#[tokio::test]
async fn on_the_live_connection_each_command_needs_its_scope() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    let (reads, _) = make(&server, &ada, &["room:read"]).await;
    let (writes, _) = make(&server, &ada, &["room:write", "channel:read"]).await;
    let (talks, _) = make(&server, &ada, &["room:read", "room:write"]).await;
    let (keeps, _) = make(&server, &ada, &["room:read", "room:moderate"]).await;
    let join = json!({ "do": "join", "room": "ada" });
    let poll =
        json!({ "do": "start_poll", "room": "ada", "question": "Tea?", "options": ["Yes", "No"], "seconds": 60 });

    // It enters as the account: also a room that nobody else may enter.
    let mut listener = Person::join(&server, Some(&reads), "ada").await;
    assert_eq!(listener.find(|frame| frame["is"] == "you").await["you"]["role"], "creator");
    live_wants(&listener.say("ada", "hello").await, "room:write");
    live_wants(&listener.ask(poll.clone()).await, "room:moderate");
    let desk = json!({ "do": "read_desk", "room": "ada" });
    assert_eq!(listener.ask(desk.clone()).await["is"], "desk");
    live_wants(&listener.ask(json!({ "do": "resolve", "room": "ada", "report": "0" })).await, "room:moderate");

    let mut deaf = Person::open(&server, Some(&writes)).await;
    live_wants(&deaf.ask(join.clone()).await, "room:read");
    live_wants(&deaf.ask(desk).await, "room:read");

    let mut talker = Person::join(&server, Some(&talks), "ada").await;
    talker.say("ada", "hello").await.done();
    assert_eq!(listener.event("message").await["message"]["author"]["handle"], "ada");
    live_wants(&talker.ask(poll.clone()).await, "room:moderate");
    live_wants(&talker.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await, "room:moderate");
    let announce = json!({ "do": "say", "room": "ada", "text": "Now", "nonce": "a", "announcement": true });
    live_wants(&talker.ask(announce.clone()).await, "room:moderate");

    let mut keeper = Person::join(&server, Some(&keeps), "ada").await;
    keeper.ask(poll).await.done();
    keeper.ask(announce).await.done();
    keeper.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    live_wants(&keeper.say("ada", "hello").await, "room:write");

    // A scope gives no right that the account has not.
    let (greedy, _) = make(&server, &bob, &ALL).await;
    let mut stranger = Person::open(&server, Some(&greedy)).await;
    assert_eq!(stranger.ask(join).await.refused(), "not-found");
}

#[tokio::test]
async fn a_token_that_may_not_moderate_deletes_only_what_its_account_said() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let (talks, _) = make(&server, &ada, &["room:read", "room:write"]).await;
    let (keeps, _) = make(&server, &ada, &["room:read", "room:moderate"]).await;
    let mut talker = Person::join(&server, Some(&talks), "ada").await;
    let mut keeper = Person::join(&server, Some(&keeps), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let theirs = viewer.say("ada", "rude").await.done()["message"].clone();
    let (mine, other) = (talker.say("ada", "one").await.done(), talker.say("ada", "two").await.done());
    let delete = |message: &Value| json!({ "do": "delete", "room": "ada", "message": message });
    live_wants(&talker.ask(delete(&theirs)).await, "room:moderate");
    talker.ask(delete(&mine["message"])).await.done();
    keeper.ask(delete(&theirs)).await.done();
    keeper.ask(delete(&other["message"])).await.done();
    // Who has no right to it is told so, whatever the token.
    let (plain, _) = make(&server, &bob, &["room:read", "room:write"]).await;
    let mut bot = Person::join(&server, Some(&plain), "ada").await;
    // Everybody sees that it is a program that speaks, and not bob.
    bot.ask(json!({ "do": "say", "room": "ada", "text": "beep", "nonce": "beep" })).await.done();
    let beep = viewer.find(|frame| frame["message"]["text"] == "beep").await;
    assert_eq!(beep["message"]["author"]["badges"], json!(["bot"]));
    let last = talker.say("ada", "three").await.done();
    assert_eq!(bot.ask(delete(&last["message"])).await.refused(), "forbidden");
}

#[tokio::test]
async fn the_log_says_with_which_token_something_was_done_also_when_that_is_gone() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let (keeps, id) = make(&server, &ada, &["room:read", "room:moderate"]).await;
    let mut keeper = Person::join(&server, Some(&keeps), "ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    viewer.say("ada", "rude").await.done();
    for asked in [
        json!({ "do": "start_poll", "room": "ada", "question": "Tea?", "options": ["Yes", "No"], "seconds": 60 }),
        json!({ "do": "note", "room": "ada", "who": "bob", "text": "rude" }),
        json!({ "do": "time_out", "room": "ada", "who": "bob", "seconds": 600 }),
    ] {
        keeper.ask(asked).await.done();
    }
    creator.ask(json!({ "do": "unban", "room": "ada", "who": "bob" })).await.done();
    delete(&server, &ada, &id).await.expect(204);
    let log = creator.ask(json!({ "do": "read_log", "room": "ada" })).await;
    let acts = log["acts"].as_array().unwrap();
    let by_token = |action: &str| {
        let act = acts.iter().find(|act| act["action"] == action);
        act.unwrap_or_else(|| panic!("no {action} in {log}"))["token"].clone()
    };
    for action in ["start_poll", "note", "time_out", "delete_all"] {
        assert_eq!(by_token(action), "Bot", "{action}");
    }
    assert_eq!(by_token("unban"), Value::Null, "done in person, with the same account");
}

#[tokio::test]
async fn a_deleted_token_is_refused_and_its_connections_are_closed() {
    let server = start().await;
    let ada = server.person("ada").await;
    let (token, id) = make(&server, &ada, &["room:read", "channel:read"]).await;
    let (other, _) = make(&server, &ada, &["room:read"]).await;
    let mut bot = Person::join(&server, Some(&token), "ada").await;
    let mut stays = Person::join(&server, Some(&other), "ada").await;
    server.get_as(&token, "/api/v1/me").await.expect(200);
    delete(&server, &ada, &id).await.expect(204);
    assert_eq!(bot.closed().await, 4401);
    let refused = server.get_as(&token, "/api/v1/me").await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (401, "unauthenticated"));
    let mut late = Person::open(&server, None).await;
    assert_eq!(late.ask(json!({ "do": "authenticate", "token": token })).await.refused(), "unauthenticated");
    assert_eq!(stays.ask(json!({ "do": "look", "room": "ada", "who": "ada" })).await["is"], "card");
}

#[tokio::test]
async fn a_token_deleted_at_one_server_is_cut_off_at_the_others() {
    let memory = Arc::<Memory>::default();
    let first = start_among(Bus::Memory(memory.clone()), None).await;
    let second = start_among(Bus::Memory(memory), Some(&first)).await;
    let ada = first.person("ada").await;
    let (token, id) = make(&first, &ada, &["room:read"]).await;
    let mut bot = Person::join(&second, Some(&token), "ada").await;
    delete(&first, &ada, &id).await.expect(204);
    assert_eq!(bot.closed().await, 4401);
}

#[tokio::test]
async fn an_expired_token_is_refused_and_an_open_connection_ends_with_it() {
    let server = start().await;
    let ada = server.person("ada").await;
    // Days are the least that can be asked for.
    let expire = async |id: &str, wait: Duration| {
        let at = (OffsetDateTime::now_utc() + wait).unix_timestamp_nanos() / 1_000_000;
        sqlx::query("UPDATE api_tokens SET expires_at = $1 WHERE id = $2")
            .bind(i64::try_from(at).unwrap())
            .bind(id)
            .execute(server.server.app().database.write())
            .await
            .unwrap();
    };
    let (token, id) = make(&server, &ada, &["room:read", "channel:read"]).await;
    expire(&id, Duration::ZERO).await;
    let refused = server.get_as(&token, "/api/v1/me").await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (401, "unauthenticated"));
    assert_eq!(list(&server, &ada).await.len(), 1, "its owner sees that it has expired");

    let (token, id) = make(&server, &ada, &["room:read", "channel:read"]).await;
    // Time enough to join, also on a machine that is busy.
    expire(&id, Duration::from_secs(15)).await;
    let mut bot = Person::join(&server, Some(&token), "ada").await;
    assert_eq!(bot.closed().await, 4401);
    assert_eq!(server.get_as(&token, "/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn no_token_appoints_moderators() {
    let server = start().await;
    let ada = server.person("ada").await;
    server.person("eve").await;
    let (token, _) = make(&server, &ada, &ALL).await;
    let mut bot = Person::join(&server, Some(&token), "ada").await;
    let answer = bot.ask(json!({ "do": "appoint", "room": "ada", "who": "eve", "moderator": true })).await;
    assert_eq!(answer.refused(), "forbidden");
}

#[tokio::test]
async fn a_token_is_not_told_what_is_its_owners_alone() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let (token, _) = make(&server, &bob, &ALL).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut bot = Person::open(&server, Some(&token)).await;
    let mut owner = Person::open(&server, Some(&bob)).await;
    creator.say("ada", "@bob hello").await.done();
    owner.find(|frame| frame["is"] == "notification").await;
    bot.ask(json!({ "do": "look", "room": "ada", "who": "ada" })).await;
    assert!(!bot.seen.iter().any(|frame| frame["is"] == "notification"), "{:?}", bot.seen);
}
