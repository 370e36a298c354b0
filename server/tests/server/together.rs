//! Points and what they are for, questions, raids: over real connections, with a real database and restarts.

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::{ROOMY, TestServer, start, start_in};

/// Gives people points in ada's channel, as if they had watched for long.
pub(crate) async fn give(server: &TestServer, people: &[(&str, i64)]) {
    for (who, points) in people {
        sqlx::query(
            "INSERT INTO room_points (channel_id, account_id, points) SELECT channels.id, accounts.id, $2 FROM accounts, channels \
             WHERE accounts.handle = $1 AND channels.account_id = (SELECT id FROM accounts WHERE handle = 'ada')",
        )
        .bind(*who)
        .bind(*points)
        .execute(server.server.app().database.write())
        .await
        .unwrap();
    }
}

pub(crate) async fn points(server: &TestServer) -> Vec<(String, i64)> {
    sqlx::query_as("SELECT handle, points FROM room_points JOIN accounts ON accounts.id = account_id ORDER BY handle")
        .fetch_all(server.server.app().database.read())
        .await
        .unwrap()
}

async fn restart(server: TestServer) -> TestServer {
    let TestServer { server, data, .. } = server;
    server.stop().await;
    start_in(data, ROOMY).await
}

fn ask(what: &str, mut request: Value) -> Value {
    request["do"] = what.into();
    request["room"] = "ada".into();
    request
}

#[tokio::test]
async fn a_prediction_outlives_a_restart_and_pays_to_the_point() {
    let server = start().await;
    let people = [server.person("ada").await, server.person("bob").await, server.person("cyd").await];
    give(&server, &[("bob", 100), ("cyd", 50)]).await;
    let [mut ada, mut bob, mut cy] = join(&server, &people).await;
    let start =
        ask("start_prediction", json!({ "question": "Who wins?", "outcomes": ["red", "blue"], "seconds": 600 }));
    ada.ask(start).await.done();
    let prediction = bob.event("prediction").await["prediction"].clone();
    let stake = |outcome: u32, points: u64| {
        ask("predict", json!({ "prediction": prediction["id"], "outcome": outcome, "points": points }))
    };
    bob.ask(stake(0, 33)).await.done();
    cy.ask(stake(1, 50)).await.done();
    assert_eq!(bob.ask(stake(0, 101)).await.refused(), "not-enough-points");
    assert_eq!(points(&server).await, [("bob".to_owned(), 67), ("cyd".to_owned(), 0)]);

    let server = restart(server).await;
    let [mut ada, mut bob, _cy] = join(&server, &people).await;
    let you = bob.find(|frame| frame["is"] == "you").await["you"].clone();
    assert_eq!((&you["points"], &you["stake"]["points"]), (&json!(67), &json!(33)));
    let snapshot = bob.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["prediction"]["outcomes"][1], json!({ "text": "blue", "points": 50, "people": 1 }));
    bob.ask(stake(0, 43)).await.done();
    ada.ask(ask("resolve_prediction", json!({ "prediction": prediction["id"], "winner": 0 }))).await.done();
    let you = bob.find(|frame| frame["is"] == "you" && frame["you"]["stake"]["returned"].is_number()).await;
    assert_eq!((&you["you"]["points"], &you["you"]["stake"]["returned"]), (&json!(150), &json!(93)));
    assert_eq!(points(&server).await, [("bob".to_owned(), 150), ("cyd".to_owned(), 0)]);
    // It is decided once.
    let again = ask("resolve_prediction", json!({ "prediction": prediction["id"], "winner": 1 }));
    assert_eq!(ada.ask(again).await.refused(), "prediction-over");
}

async fn join(server: &TestServer, people: &[String; 3]) -> [Person; 3] {
    let [ada, bob, cy] = people;
    [
        Person::join(server, Some(ada), "ada").await,
        Person::join(server, Some(bob), "ada").await,
        Person::join(server, Some(cy), "ada").await,
    ]
}

#[tokio::test]
async fn rewards_and_what_waits_outlive_a_restart() {
    let server = start().await;
    let people = [server.person("ada").await, server.person("bob").await, server.person("cyd").await];
    give(&server, &[("bob", 100)]).await;
    let [mut ada, mut bob, _cy] = join(&server, &people).await;
    let reward = json!({ "title": "Pick a song", "cost": 40, "asks": true, "waits": true });
    ada.ask(ask("save_reward", json!({ "reward": reward }))).await.done();
    let reward = bob.event("rewards").await["rewards"][0].clone();
    assert_eq!(reward["title"], "Pick a song");
    let redeem = |text: &str, nonce: &str| {
        ask("redeem", json!({ "reward": reward["id"], "cost": 40, "text": text, "nonce": nonce }))
    };
    let first = bob.ask(redeem("Blue Monday", "a")).await.done()["message"].clone();
    assert_eq!(bob.ask(redeem("Blue Monday", "a")).await.done()["message"], first, "said again it is the same");
    let second = bob.ask(redeem("Ceremony", "b")).await.done()["message"].clone();
    assert_eq!(bob.ask(redeem("Temptation", "c")).await.refused(), "not-enough-points");
    let told = ada.find(|frame| frame["is"] == "redeemed").await["redemption"].clone();
    assert_eq!((&told["id"], &told["title"], &told["text"]), (&first, &json!("Pick a song"), &json!("Blue Monday")));

    let server = restart(server).await;
    let [mut ada, mut bob, _cy] = join(&server, &people).await;
    let snapshot = bob.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["rewards"][0]["cost"], 40);
    assert_eq!(snapshot["messages"][1]["reward"], "Pick a song");
    for id in [&first, &second] {
        assert_eq!(&ada.find(|frame| frame["is"] == "redeemed").await["redemption"]["id"], id);
    }
    ada.ask(ask("fulfil", json!({ "redemption": first, "done": true }))).await.done();
    ada.ask(ask("fulfil", json!({ "redemption": second, "done": false }))).await.done();
    assert_eq!(ada.ask(ask("fulfil", json!({ "redemption": second, "done": false }))).await.refused(), "not-found");
    assert_eq!(points(&server).await, [("bob".to_owned(), 60)]);
    let you = bob.find(|frame| frame["is"] == "you" && frame["you"]["points"] == 60).await;
    assert_eq!(you["room"], "ada");

    let dearer = json!({ "title": "Pick a song", "cost": 50 });
    ada.ask(ask("save_reward", json!({ "replaces": reward["id"], "reward": dearer }))).await.done();
    let rewards = bob.event("rewards").await["rewards"].clone();
    assert_eq!((&rewards[0]["id"], &rewards[0]["cost"], &rewards[1]), (&reward["id"], &json!(50), &Value::Null));
}

#[tokio::test]
async fn questions_and_their_votes_outlive_a_restart() {
    let server = start().await;
    let people = [server.person("ada").await, server.person("bob").await, server.person("cyd").await];
    let [mut ada, mut bob, mut cy] = join(&server, &people).await;
    let question = ask("ask_question", json!({ "text": "  Which   lens?", "nonce": "a" }));
    assert_eq!(bob.ask(question.clone()).await.refused(), "no-questions");
    ada.ask(ask("set", json!({ "settings": { "questions": true } }))).await.done();
    let id = bob.ask(question).await.done()["message"].clone();
    cy.ask(ask("vote_question", json!({ "question": id, "on": true }))).await.done();

    let server = restart(server).await;
    let [mut ada, mut bob, mut cy] = join(&server, &people).await;
    let snapshot = bob.find(|frame| frame["is"] == "snapshot").await;
    let question = &snapshot["questions"][0];
    assert_eq!((&question["text"], &question["votes"]), (&json!("Which lens?"), &json!(1)));
    assert_eq!(cy.find(|frame| frame["is"] == "voted").await["questions"], json!([id]));
    ada.ask(ask("close_question", json!({ "question": id, "answered": true }))).await.done();
    assert_eq!(bob.event("question_closed").await["how"], "answered");
    let server = restart(server).await;
    let mut bob = Person::join(&server, Some(&people[1]), "ada").await;
    assert!(bob.find(|frame| frame["is"] == "snapshot").await["questions"].is_null());
}

#[tokio::test]
async fn a_raid_goes_to_who_is_live_and_takes_raids() {
    let server = start().await;
    let people = [server.person("ada").await, server.person("bob").await, server.person("cyd").await];
    let [mut ada, mut bob, _cy] = join(&server, &people).await;
    let raid = ask("raid", json!({ "to": "bob" }));
    assert_eq!(bob.ask(raid.clone()).await.refused(), "forbidden");
    assert_eq!(ada.ask(raid.clone()).await.refused(), "not-live");
    let _publishers = (server.go_live(&people[0]).await, server.go_live(&people[1]).await);
    let mut host = Person::join(&server, Some(&people[1]), "bob").await;
    host.ask(json!({ "do": "set", "room": "bob", "settings": { "refuses_raids": true } })).await.done();
    assert_eq!(ada.ask(raid.clone()).await.refused(), "raids-refused");
    host.ask(json!({ "do": "set", "room": "bob", "settings": { "refuses_raids": false } })).await.done();
    ada.ask(raid).await.done();
    assert_eq!(bob.event("raid").await["raid"]["to"]["handle"], "bob");
    ada.ask(ask("cancel_raid", json!({}))).await.done();
    assert!(bob.event("raid").await["raid"].is_null());
    ada.ask(ask("shout_out", json!({ "who": "bob" }))).await.done();
    let shout_out = bob.event("shout_out").await["shout_out"].clone();
    assert_eq!((&shout_out["channel"]["handle"], &shout_out["live"]), (&json!("bob"), &json!(true)));
    // A private channel is nothing to be told of.
    server.patch_as(&people[2], "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    assert_eq!(ada.ask(ask("shout_out", json!({ "who": "cyd" }))).await.refused(), "not-found");
}
