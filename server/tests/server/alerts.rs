//! What people are told of without having been there.

use reqwest::Method;
use serde_json::{Value, json};

use crate::live::{Answer as _, Person};
use crate::support::{Answer, ROOMY, TestServer, start, start_in, start_with};
use crate::tokens::make;

const LIST: &str = "/api/v1/notifications";

async fn list(server: &TestServer, token: &str) -> Value {
    server.get_as(token, LIST).await.expect(200)
}

/// What is told: of each the kind and the channel.
fn told(page: &Value) -> Vec<(&str, &str)> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| (item["kind"].as_str().unwrap(), item["channel"]["handle"].as_str().unwrap())).collect()
}

async fn see(server: &TestServer, token: &str, until: &Value) -> Answer {
    server.ask(Method::POST, &format!("{LIST}/seen"), token, Some(json!({ "until": until }))).await
}

async fn next(person: &mut Person) -> Value {
    person.find(|frame| frame["is"] == "notification").await["notification"].clone()
}

fn was_told(person: &Person) -> bool {
    person.seen.iter().any(|frame| frame["is"] == "notification")
}

/// Waits until of so many broadcasts it is written down that they began.
async fn until_announced(server: &TestServer, count: i64) {
    let began = std::time::Instant::now();
    loop {
        let database = &server.server.app().database;
        let written: i64 =
            sqlx::query_scalar("SELECT count(*) FROM announcements").fetch_one(database.read()).await.unwrap();
        if written == count {
            return;
        }
        assert!(began.elapsed() < crate::live::PATIENCE, "{written} of {count}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn followers_are_told_once_of_a_broadcast_wherever_they_are() {
    let server = start().await;
    let (ada, bob, cleo) = (server.person("ada").await, server.person("bob").await, server.person("cleo").await);
    server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    server
        .patch_as(&ada, "/api/v1/me/channel", json!({ "title": "Engines", "display_name": "Ada L" }))
        .await
        .expect(200);
    let mut follower = Person::open(&server, Some(&bob)).await;
    let mut window = Person::open(&server, Some(&bob)).await;
    let mut stranger = Person::open(&server, Some(&cleo)).await;
    let (key, _) = server.stream_key(&ada).await;
    let publisher = server.publish(&key).await.unwrap();
    let broadcast = publisher.stream().id;

    let came = next(&mut follower).await;
    assert_eq!((&came["id"], &came["kind"]), (&json!(broadcast.to_string()), &json!("live")));
    assert_eq!((&came["channel"], &came["title"]), (&json!({ "handle": "ada", "name": "Ada L" }), &json!("Engines")));
    let page = list(&server, &bob).await;
    assert_eq!((&page["items"], &page["unseen"], &page["next_cursor"]), (&json!([came]), &json!(1), &Value::Null));
    for other in [&ada, &cleo] {
        assert!(told(&list(&server, other).await).is_empty());
    }
    server.put_as(&cleo, "/api/v1/channels/ada/follow").await.expect(204);
    assert!(told(&list(&server, &cleo).await).is_empty(), "who follows afterwards was not called");

    // Seen in one window is seen in all.
    next(&mut window).await;
    see(&server, &bob, &came["at"]).await.expect(204);
    let seen = window.find(|frame| frame["is"] == "notifications_seen").await;
    assert_eq!(seen["until"], came["at"]);
    let page = list(&server, &bob).await;
    assert_eq!((&page["unseen"], &page["items"][0]["seen"]), (&json!(0), &json!(true)));

    // A publisher that returns within the time of grace goes on with the same broadcast.
    drop(publisher);
    let publisher = server.publish(&key).await.unwrap();
    assert_eq!(publisher.stream().id, broadcast);
    let stream = publisher.stream().clone();
    publisher.finish();
    stream.ended().await;
    let _publisher = server.publish(&key).await.unwrap();
    until_announced(&server, 2).await;
    assert_eq!(told(&list(&server, &bob).await), [("live", "ada")], "one that follows soon is not told");
    stranger.ask(json!({ "do": "leave", "room": "ada" })).await.done();
    assert!(!was_told(&stranger) && !was_told(&follower));
}

#[tokio::test]
async fn without_a_cooldown_each_broadcast_is_told() {
    let server = start_with(&format!("announce_cooldown_s = 0\n{ROOMY}")).await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    let mut follower = Person::open(&server, Some(&bob)).await;
    for _ in 0..2 {
        let publisher = server.go_live(&ada).await;
        let stream = publisher.stream().clone();
        assert_eq!(next(&mut follower).await["id"], stream.id.to_string());
        publisher.finish();
        stream.ended().await;
    }
    let page = list(&server, &bob).await;
    assert_eq!((told(&page), &page["unseen"]), (vec![("live", "ada"); 2], &json!(2)));
}

#[tokio::test]
async fn whom_the_creator_does_not_want_to_tell_is_not_told_and_nor_is_who_may_not_come() {
    let server = start().await;
    let bob = server.person("bob").await;
    let mut creators = Vec::new();
    for handle in ["ada", "cleo", "dan", "eve"] {
        creators.push(server.person(handle).await);
        server.put_as(&bob, &format!("/api/v1/channels/{handle}/follow")).await.expect(204);
    }
    let [ada, cleo, dan, eve] = creators.as_slice() else { panic!("four") };
    let mut follower = Person::open(&server, Some(&bob)).await;
    let quiet = server.patch_as(ada, "/api/v1/me/channel", json!({ "announce": false })).await.expect(200);
    assert_eq!(quiet["announce"], false);
    server.patch_as(cleo, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    let mut banning = Person::join(&server, Some(dan), "dan").await;
    banning.ask(json!({ "do": "ban", "room": "dan", "who": "bob" })).await.done();
    let mut live = Vec::new();
    for creator in [ada, cleo, dan, eve] {
        live.push(server.go_live(creator).await);
    }
    // What is told is told in order: the last of them comes, and none before.
    assert_eq!(next(&mut follower).await["channel"]["handle"], "eve");
    assert_eq!(told(&list(&server, &bob).await), [("live", "eve")]);
    server.patch_as(eve, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    let page = list(&server, &bob).await;
    assert_eq!((told(&page), &page["unseen"]), (vec![], &json!(0)), "it is nobody else's business any more");
}

#[tokio::test]
async fn who_is_named_or_answered_while_away_is_told_and_who_is_there_is_not() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::open(&server, Some(&bob)).await;
    let first = creator.say("ada", "@bob  look at <this>").await.done();
    let came = next(&mut viewer).await;
    assert_eq!((&came["id"], &came["kind"], &came["reply"]), (&first["message"], &json!("mention"), &json!(false)));
    assert_eq!((&came["by"]["handle"], &came["text"]), (&json!("ada"), &json!("@bob look at <this>")));
    assert_eq!(came["channel"]["handle"], "ada");

    let mut there = Person::join(&server, Some(&bob), "ada").await;
    creator.say("ada", "@bob you see this").await.done();
    there.find(|frame| frame["message"]["text"] == "@bob you see this").await;
    let question = there.say("ada", "Which loom is it?").await.done();
    there.ask(json!({ "do": "leave", "room": "ada" })).await.done();
    let answer =
        json!({ "do": "say", "room": "ada", "text": "The big one", "nonce": "a", "reply_to": question["message"] });
    let answer = creator.ask(answer).await.done();
    let came = next(&mut viewer).await;
    assert_eq!((&came["id"], &came["reply"]), (&answer["message"], &json!(true)), "nothing came while they were there");
    let page = list(&server, &bob).await;
    let ids: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|item| &item["id"]).collect();
    assert_eq!((ids, &page["unseen"]), (vec![&answer["message"], &first["message"]], &json!(2)));

    // What is deleted is deleted here as well.
    creator.ask(json!({ "do": "delete", "room": "ada", "message": first["message"] })).await.done();
    let page = list(&server, &bob).await;
    assert_eq!((page["items"].as_array().unwrap().len(), &page["unseen"]), (1, &json!(1)));
    assert!(!page.to_string().contains("look at"));
}

#[tokio::test]
async fn who_has_only_a_bot_in_the_room_is_told_and_the_bot_is_not() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let (token, _) = make(&server, &bob, &["room:read"]).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut bot = Person::join(&server, Some(&token), "ada").await;
    let mut owner = Person::open(&server, Some(&bob)).await;
    let said = creator.say("ada", "@bob where are you?").await.done();
    assert_eq!(next(&mut owner).await["id"], said["message"]);
    bot.find(|frame| frame["message"]["id"] == said["message"]).await;
    assert!(!was_told(&bot));
}

#[tokio::test]
async fn who_was_told_of_what_is_deleted_is_told_that_it_is_gone() {
    let server = start().await;
    let (ada, bob, cleo) = (server.person("ada").await, server.person("bob").await, server.person("cleo").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut writer = Person::join(&server, Some(&cleo), "ada").await;
    let mut told = [Person::open(&server, Some(&bob)).await, Person::open(&server, Some(&bob)).await];
    let mut said = Vec::new();
    for text in ["@bob one", "@bob two", "@bob three"] {
        said.push(writer.say("ada", text).await.done()["message"].clone());
    }
    for window in &mut told {
        for message in &said {
            assert_eq!(next(window).await["id"], *message);
        }
    }
    let withdrawn = async |window: &mut Person| {
        let frame = window.find(|frame| frame["is"] == "notifications_withdrawn").await;
        (frame["ids"].clone(), frame["unseen"].clone())
    };
    // By its author, and by a moderator with all that its author said.
    writer.ask(json!({ "do": "delete", "room": "ada", "message": said[1] })).await.done();
    for window in &mut told {
        assert_eq!(withdrawn(window).await, (json!([said[1]]), json!(2)));
    }
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "cleo" })).await.done();
    for window in &mut told {
        assert_eq!(withdrawn(window).await, (json!([said[0], said[2]]), json!(0)));
    }
    let page = list(&server, &bob).await;
    assert_eq!((&page["items"], &page["unseen"]), (&json!([]), &json!(0)));

    // Who was not told of it is told nothing: the next that comes is of another message.
    let first = creator.say("ada", "to nobody").await.done();
    creator.ask(json!({ "do": "delete", "room": "ada", "message": first["message"] })).await.done();
    let last = creator.say("ada", "@bob four").await.done();
    assert_eq!(next(&mut told[0]).await["id"], last["message"]);
    assert!(!told[0].seen.iter().any(|frame| frame["is"] == "notifications_withdrawn"));
}

#[tokio::test]
async fn what_waits_for_a_moderator_tells_nobody_before_it_is_shown() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let eve = server.person("eve").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut writer = Person::join(&server, Some(&eve), "ada").await;
    let mut viewer = Person::open(&server, Some(&bob)).await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "hold_links": true } })).await.done();
    let held = writer.say("ada", "@bob https://example.org").await.done();
    assert_eq!(held["held"], true);
    let shown = creator.say("ada", "@bob first").await.done();
    assert_eq!(next(&mut viewer).await["id"], shown["message"]);
    creator.ask(json!({ "do": "review", "room": "ada", "message": held["message"], "approve": true })).await.done();
    let came = next(&mut viewer).await;
    assert_eq!((&came["id"], &came["by"]["handle"]), (&held["message"], &json!("eve")));
    assert_eq!(list(&server, &bob).await["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn what_was_to_be_shown_later_when_the_server_ended_is_told_when_it_is_shown() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut writer = Person::join(&server, Some(&eve), "ada").await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "delay_s": 10 } })).await.done();
    let said = writer.say("ada", "@bob soon").await.done();
    let TestServer { server, data, .. } = server;
    server.stop().await;

    let server = start_in(data, ROOMY).await;
    assert!(told(&list(&server, &bob).await).is_empty());
    // As if the ten seconds were over.
    let statement = "UPDATE room_messages SET created_at = created_at - 10000";
    sqlx::query(statement).execute(server.server.app().database.write()).await.unwrap();
    let mut viewer = Person::open(&server, Some(&bob)).await;
    let _writer = Person::join(&server, Some(&eve), "ada").await;
    let came = next(&mut viewer).await;
    assert_eq!((&came["id"], &came["text"]), (&said["message"], &json!("@bob soon")));

    // It is told once, however often the room is opened.
    let TestServer { server, data, .. } = server;
    server.stop().await;
    let server = start_in(data, ROOMY).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let snapshot = creator.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["messages"][0]["id"], said["message"]);
    let mut viewer = Person::open(&server, Some(&bob)).await;
    let last = creator.say("ada", "@bob now").await.done();
    assert_eq!(next(&mut viewer).await["id"], last["message"]);
    assert_eq!(list(&server, &bob).await["unseen"], 2);
}

#[tokio::test]
async fn pages_follow_one_another_and_what_is_asked_for_wrongly_is_refused() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    let mut viewer = Person::open(&server, Some(&bob)).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let _publisher = server.go_live(&ada).await;
    let mut all = vec![next(&mut viewer).await];
    for number in 1..=4 {
        creator.say("ada", &format!("@bob {number}")).await.done();
        all.insert(0, next(&mut viewer).await);
    }
    let (mut read, mut cursor) = (Vec::new(), String::new());
    for (count, goes_on) in [(2, true), (2, true), (1, false)] {
        let page = server.get_as(&bob, &format!("{LIST}?limit=2&before={cursor}")).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert_eq!((items.len(), &page["unseen"]), (count, &json!(5)));
        read.extend(items.iter().cloned());
        assert_eq!(page["next_cursor"].is_string(), goes_on);
        page["next_cursor"].as_str().unwrap_or_default().clone_into(&mut cursor);
    }
    assert_eq!(read, all, "newest first, and as it came");

    for (query, status, problem) in
        [("limit=51", 422, "invalid-request"), ("limit=0", 422, "invalid-request"), ("before=x", 400, "invalid-cursor")]
    {
        let answer = server.get_as(&bob, &format!("{LIST}?{query}")).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (status, problem), "{query}");
    }
    assert_eq!(server.get(LIST).await.problem(), "unauthenticated");
    assert_eq!(see(&server, &bob, &json!("yesterday")).await.problem(), "malformed-request");

    // What is yet to come cannot have been seen.
    see(&server, &bob, &json!("2999-01-01T00:00:00Z")).await.expect(204);
    assert_eq!(list(&server, &bob).await["unseen"], 0);
    creator.say("ada", "@bob 5").await.done();
    next(&mut viewer).await;
    assert_eq!(list(&server, &bob).await["unseen"], 1);
}
