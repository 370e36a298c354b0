//! The desk of a room: cards, notes, the log, appeals.

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::{ROOMY, start, start_with};

#[tokio::test]
async fn a_card_says_who_somebody_is_and_to_moderators_more() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    viewer.say("ada", "hello").await.done();
    let look = |who: &str| json!({ "do": "look", "room": "ada", "who": who });
    let card = viewer.ask(look("ada")).await;
    assert_eq!((&card["is"], &card["card"]["role"]), (&json!("card"), &json!("creator")));
    assert!(card["card"]["file"].is_null(), "what moderators know, they know");
    let note = json!({ "do": "note", "room": "ada", "who": "bob", "text": "  friendly " });
    assert_eq!(viewer.ask(note.clone()).await.refused(), "forbidden");
    creator.ask(note).await.done();
    let card = creator.ask(look("bob")).await["card"].clone();
    assert!(card["follows_since"].is_string());
    assert_eq!(card["file"]["messages"], 1);
    assert_eq!(card["file"]["silence"], json!(null));
    assert_eq!(card["file"]["notes"][0]["text"], "friendly");
    assert_eq!(card["file"]["notes"][0]["by"], "ada");
    assert_eq!(card["file"]["acts"][0]["action"], "note");
    let id = &card["file"]["notes"][0]["id"];
    creator.ask(json!({ "do": "remove_note", "room": "ada", "note": id })).await.done();
    let file = creator.ask(look("bob")).await["card"]["file"].clone();
    assert_eq!(file["notes"], json!([]));
    let act = &file["acts"][0];
    assert_eq!(
        (&act["action"], &act["by"], &act["detail"]),
        (&json!("remove_note"), &json!("ada"), &json!("friendly"))
    );
    assert_eq!(creator.ask(look("nobody")).await.refused(), "not-found");
    // A guest may look as well, but not into another's private channel.
    let mut guest = Person::open(&server, None).await;
    assert_eq!(guest.ask(look("bob")).await["card"]["who"], "bob");
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    assert_eq!(guest.ask(look("bob")).await.refused(), "not-found");
}

#[tokio::test]
async fn what_moderators_do_is_in_the_log_page_by_page() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let said = viewer.say("ada", "rude").await.done();
    creator.ask(json!({ "do": "delete", "room": "ada", "message": said["message"] })).await.done();
    for number in 0..60 {
        let filter = json!({ "pattern": format!("word{number}"), "action": "hold" });
        creator.ask(json!({ "do": "add_filter", "room": "ada", "filter": filter })).await.done();
    }
    let read = |before: Option<i64>| json!({ "do": "read_log", "room": "ada", "before": before });
    assert_eq!(viewer.ask(read(None)).await.refused(), "forbidden");
    let first = creator.ask(read(None)).await;
    assert_eq!((first["acts"].as_array().unwrap().len(), &first["more"]), (50, &json!(true)));
    assert_eq!(first["acts"][0]["detail"], "word59");
    let second = creator.ask(read(first["acts"][49]["id"].as_i64())).await;
    assert_eq!((second["acts"].as_array().unwrap().len(), &second["more"]), (11, &json!(false)));
    let last = &second["acts"][10];
    assert_eq!((&last["action"], &last["by"], &last["whom"]), (&json!("delete"), &json!("ada"), &json!("bob")));
    assert_eq!(last["message"], "rude");
}

#[tokio::test]
async fn an_announcement_is_in_the_log_once_however_often_it_was_asked_for() {
    let server = start().await;
    let ada = server.person("ada").await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.say("ada", "usual talk").await.done();
    let announce = json!({ "do": "say", "room": "ada", "text": "We begin", "nonce": "a", "announcement": true });
    let said = creator.ask(announce.clone()).await.done();
    creator.find(|frame| frame["is"] == "desk_changed").await;
    assert_eq!(creator.ask(announce).await.done()["message"], said["message"]);
    let acts = creator.ask(json!({ "do": "read_log", "room": "ada" })).await["acts"].clone();
    assert_eq!(acts.as_array().unwrap().len(), 1, "{acts}");
    let act = (&acts[0]["action"], &acts[0]["by"], &acts[0]["message"]);
    assert_eq!(act, (&json!("announce"), &json!("ada"), &json!("We begin")));
}

#[tokio::test]
async fn what_a_time_out_removed_is_found_by_the_log() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\n")).await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    for number in 0..60 {
        viewer.say("ada", &format!("rude {number}")).await.done();
    }
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "hold_links": true } })).await.done();
    assert_eq!(viewer.say("ada", "see example.org").await.done()["held"], true);
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "bob", "seconds": 60 })).await.done();
    // What was removed is written by the time that it is answered.
    let acts = creator.ask(json!({ "do": "read_log", "room": "ada" })).await["acts"].clone();
    let known = |act: &Value| (act["action"].clone(), act["whom"].clone(), act["removed"].clone());
    assert_eq!(known(&acts[0]), (json!("time_out"), json!("bob"), Value::Null));
    assert_eq!(known(&acts[1]), (json!("delete_all"), json!("bob"), json!(60)));
    assert_eq!(known(&acts[2]), (json!("discard_all"), json!("bob"), json!(1)));
    let removed =
        |room: &str, after: &Value| json!({ "do": "read_removed", "room": room, "act": acts[1]["id"], "after": after });
    let first = creator.ask(removed("ada", &Value::Null)).await;
    assert_eq!((first["messages"].as_array().unwrap().len(), &first["more"]), (50, &json!(true)));
    assert_eq!((&first["messages"][0]["text"], &first["messages"][0]["who"]), (&json!("rude 0"), &json!("bob")));
    let rest = creator.ask(removed("ada", &first["messages"][49]["message"])).await;
    assert_eq!((rest["messages"].as_array().unwrap().len(), &rest["more"]), (10, &json!(false)));
    let mut stranger = Person::open(&server, Some(&eve)).await;
    assert_eq!(stranger.ask(removed("ada", &Value::Null)).await.refused(), "forbidden");
    assert_eq!(stranger.ask(removed("eve", &Value::Null)).await["messages"], json!([]), "another room's");
}

#[tokio::test]
async fn moderators_read_what_somebody_wrote_page_by_page_whatever_became_of_it() {
    let server = start_with(&format!("{ROOMY}room_messages = 1000\n")).await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut other = Person::join(&server, Some(&eve), "ada").await;
    for number in 0..60 {
        viewer.say("ada", &format!("number {number}")).await.done();
    }
    other.say("ada", "not theirs").await.done();
    let rude = viewer.say("ada", "rude").await.done();
    creator.ask(json!({ "do": "delete", "room": "ada", "message": rude["message"] })).await.done();
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "hold_links": true } })).await.done();
    assert_eq!(viewer.say("ada", "see example.org").await.done()["held"], true);

    let read =
        |room: &str, before: &Value| json!({ "do": "read_messages_of", "room": room, "who": "bob", "before": before });
    let first = creator.ask(read("ada", &Value::Null)).await;
    assert_eq!((&first["is"], &first["who"]), (&json!("messages_of"), &json!("bob")));
    assert_eq!((first["messages"].as_array().unwrap().len(), &first["more"]), (50, &json!(true)));
    let known = |page: &Value, place: usize| {
        let message = &page["messages"][place];
        (message["text"].clone(), message["fate"].clone())
    };
    assert_eq!(known(&first, 0), (json!("see example.org"), json!("held")));
    assert_eq!(known(&first, 1), (json!("rude"), json!("deleted")));
    assert_eq!(known(&first, 2), (json!("number 59"), json!("shown")));
    let rest = creator.ask(read("ada", &first["messages"][49]["message"])).await;
    assert_eq!((rest["messages"].as_array().unwrap().len(), &rest["more"]), (12, &json!(false)));
    assert_eq!(known(&rest, 11), (json!("number 0"), json!("shown")));

    assert_eq!(viewer.ask(read("ada", &Value::Null)).await.refused(), "forbidden", "not of oneself either");
    assert_eq!(other.ask(read("eve", &Value::Null)).await["messages"], json!([]), "another room's");
    assert_eq!(
        other.ask(read("eve", &first["messages"][2]["message"])).await["messages"],
        json!([]),
        "nor by its name"
    );
}

#[tokio::test]
async fn moderators_know_who_they_are_and_who_is_silenced_page_by_page() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let read = |after: Option<&str>| json!({ "do": "read_people", "room": "ada", "after": after });
    assert_eq!(viewer.ask(read(None)).await.refused(), "forbidden");
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    for who in ["eve", "mallory"] {
        server.sign_up(who).await.expect(201);
    }
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "mallory", "reason": "rude" })).await.done();
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "eve", "seconds": 600 })).await.done();
    let people = viewer.ask(read(None)).await;
    assert_eq!((&people["moderators"][0]["who"], &people["more"]), (&json!("bob"), &json!(false)));
    let silenced = people["silenced"].as_array().unwrap();
    assert_eq!((silenced.len(), &silenced[0]["who"], &silenced[1]["who"]), (2, &json!("eve"), &json!("mallory")));
    assert!(silenced[0]["silence"]["until"].is_string() && silenced[1]["silence"]["until"].is_null());
    assert_eq!(silenced[1]["silence"]["reason"], "rude");
    let rest = viewer.ask(read(Some("eve"))).await;
    assert_eq!((rest["silenced"].as_array().unwrap().len(), &rest["after"]), (1, &json!("eve")));
    assert!(rest["moderators"].is_null(), "with the first page only");

    // Who is let back, whose time is over, and who is no moderator any more, is not there.
    creator.ask(json!({ "do": "unban", "room": "ada", "who": "mallory" })).await.done();
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": false })).await.done();
    let over = "UPDATE room_silences SET until = 1";
    sqlx::query(over).execute(server.server.app().database.write()).await.unwrap();
    let people = creator.ask(read(None)).await;
    assert_eq!((&people["silenced"], &people["moderators"]), (&json!([]), &json!(null)));

    // Many are many pages.
    sqlx::query(
        "WITH RECURSIVE more (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < 120) \
         INSERT INTO accounts (id, handle, email, email_key, password_hash, created_at) \
         SELECT 'many' || number, 'many' || number, 'm' || number, 'm' || number, '', 0 FROM more",
    )
    .execute(server.server.app().database.write())
    .await
    .unwrap();
    sqlx::query(
        "INSERT INTO room_silences (channel_id, account_id, created_at) \
         SELECT room_silences.channel_id, accounts.id, 0 FROM room_silences, accounts WHERE accounts.id LIKE 'many%'",
    )
    .execute(server.server.app().database.write())
    .await
    .unwrap();
    let (mut after, mut pages) = (None::<String>, Vec::new());
    loop {
        let page = creator.ask(read(after.as_deref())).await;
        let silenced = page["silenced"].as_array().unwrap();
        pages.push(silenced.len());
        after = silenced.last().map(|last| last["who"].as_str().unwrap().to_owned());
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(pages, [50, 50, 20]);
}

#[tokio::test]
async fn who_is_banned_appeals_once_and_is_let_back() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let appeal = json!({ "do": "appeal", "room": "ada", "text": "it was a joke" });
    assert_eq!(viewer.ask(appeal.clone()).await.refused(), "not-silenced");
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob", "reason": "rude" })).await.done();
    assert_eq!(viewer.closed().await, 4403);
    let mut banned = Person::open(&server, Some(&bob)).await;
    banned.ask(appeal.clone()).await.done();
    assert_eq!(banned.ask(appeal.clone()).await.refused(), "appealed-already");
    let desk = json!({ "do": "read_desk", "room": "ada" });
    let open = creator.ask(desk.clone()).await["appeals"][0].clone();
    assert_eq!((&open["who"], &open["silence"]["reason"]), (&json!("bob"), &json!("rude")));
    let decide =
        |accept: bool| json!({ "do": "decide", "room": "ada", "appeal": open["id"], "accept": accept, "answer": "no" });
    let mut stranger = Person::open(&server, Some(&eve)).await;
    assert_eq!(stranger.ask(decide(true)).await.refused(), "forbidden");
    assert_eq!(stranger.ask(desk.clone()).await["appeals"], json!([]), "one's own only");
    creator.ask(decide(false)).await.done();
    assert_eq!(creator.ask(decide(true)).await.refused(), "not-found", "it is decided");
    let answer = banned.ask(desk.clone()).await;
    assert_eq!((&answer["silence"]["reason"], &answer["silence"]["until"]), (&json!("rude"), &Value::Null));
    assert!(answer["silence"]["since"].is_string());
    assert_eq!(stranger.ask(desk.clone()).await["silence"], Value::Null);
    let mine = answer["appeals"][0].clone();
    assert_eq!((&mine["decision"]["accepted"], &mine["decision"]["answer"]), (&json!(false), &json!("no")));
    assert_eq!(banned.ask(appeal.clone()).await.refused(), "appealed-already", "once against each ban");

    // A timeout is another matter, and its end is felt at once.
    creator.ask(json!({ "do": "unban", "room": "ada", "who": "bob" })).await.done();
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "bob", "seconds": 600 })).await.done();
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["silenced_until"].is_string()).await;
    assert_eq!(viewer.say("ada", "hm").await.refused(), "silenced");
    viewer.ask(appeal).await.done();
    let open = creator.ask(desk).await["appeals"][0].clone();
    let accept = json!({ "do": "decide", "room": "ada", "appeal": open["id"], "accept": true });
    creator.ask(accept).await.done();
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["silenced_until"].is_null()).await;
    viewer.say("ada", "thank you").await.done();
}

#[tokio::test]
async fn an_appeal_ends_what_it_is_against_and_nothing_that_came_after() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "bob", "seconds": 600 })).await.done();
    viewer.ask(json!({ "do": "appeal", "room": "ada", "text": "it was a joke" })).await.done();
    let appeals =
        async |creator: &mut Person| creator.ask(json!({ "do": "read_desk", "room": "ada" })).await["appeals"].clone();
    let appeal = appeals(&mut creator).await[0].clone();
    assert!(appeal["silence"]["until"].is_string());
    // All of that was a second ago.
    for table in ["room_silences", "room_appeals"] {
        let earlier = format!("UPDATE {table} SET created_at = created_at - 1000");
        sqlx::query(sqlx::AssertSqlSafe(earlier)).execute(server.server.app().database.write()).await.unwrap();
    }
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    assert!(appeals(&mut creator).await[0]["silence"].is_null(), "it is not against the ban");
    let decide = |accept: bool| json!({ "do": "decide", "room": "ada", "appeal": appeal["id"], "accept": accept });
    assert_eq!(creator.ask(decide(true)).await.refused(), "silenced-already");
    let mut banned = Person::open(&server, Some(&bob)).await;
    assert_eq!(banned.ask(json!({ "do": "join", "room": "ada" })).await.refused(), "banned");
    creator.ask(decide(false)).await.done();
    banned.ask(json!({ "do": "appeal", "room": "ada", "text": "please" })).await.done();
    let appeal = appeals(&mut creator).await[0]["id"].clone();
    creator.ask(json!({ "do": "decide", "room": "ada", "appeal": appeal, "accept": true })).await.done();
    banned.ask(json!({ "do": "join", "room": "ada" })).await.done();
}

#[tokio::test]
async fn a_moderator_who_is_banned_does_not_let_themselves_back() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    let mut banned = Person::open(&server, Some(&bob)).await;
    banned.ask(json!({ "do": "appeal", "room": "ada", "text": "let me back" })).await.done();
    let desk = json!({ "do": "read_desk", "room": "ada" });
    let id = creator.ask(desk).await["appeals"][0]["id"].clone();
    let accept = json!({ "do": "decide", "room": "ada", "appeal": id, "accept": true });
    assert_eq!(banned.ask(accept.clone()).await.refused(), "forbidden");
    creator.ask(accept).await.done();
    banned.ask(json!({ "do": "join", "room": "ada" })).await.done();
}

#[tokio::test]
async fn moderators_who_are_there_are_told_that_the_desk_has_changed() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let has_changed = |frame: &Value| frame["is"] == "desk_changed";
    let desk = json!({ "do": "read_desk", "room": "ada" });
    let log = json!({ "do": "read_log", "room": "ada" });
    viewer.ask(json!({ "do": "report", "room": "ada", "who": "eve", "reason": "rude" })).await.done();
    creator.find(has_changed).await;
    assert_eq!(creator.ask(desk.clone()).await["reports"][0]["who"], "eve");
    // What the room does is in the log when that is said.
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "eve" })).await.done();
    creator.find(has_changed).await;
    assert_eq!(creator.ask(log).await["acts"][0]["action"], "ban");
    let mut banned = Person::open(&server, Some(&eve)).await;
    banned.ask(json!({ "do": "appeal", "room": "ada", "text": "it was a joke" })).await.done();
    creator.find(has_changed).await;
    assert_eq!(creator.ask(desk).await["appeals"][0]["who"], "eve");
    viewer.say("ada", "hello").await.done();
    assert!(!viewer.seen.iter().any(has_changed), "what is none of their business");
}
