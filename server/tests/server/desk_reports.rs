//! Reports: to the moderators of a room, and to the server's operator about its owner.

use klieg_server::room::reported;
use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::start;

#[tokio::test]
async fn reports_reach_the_moderators_with_the_message() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut rude = Person::join(&server, Some(&eve), "ada").await;
    let said = rude.say("ada", "rude words").await.done();
    let report = json!({ "do": "report", "room": "ada", "who": "eve", "message": said["message"], "reason": "rude" });
    let mut guest = Person::open(&server, None).await;
    assert_eq!(guest.ask(report.clone()).await.refused(), "unauthenticated");
    let mut other = report.clone();
    other["who"] = json!("ada");
    assert_eq!(viewer.ask(other).await.refused(), "not-found", "not a message of theirs");
    assert_eq!(rude.ask(report.clone()).await.refused(), "forbidden", "nobody reports themselves");
    for _ in 0..2 {
        viewer.ask(report.clone()).await.done();
    }
    let desk = json!({ "do": "read_desk", "room": "ada" });
    let reports = creator.ask(desk.clone()).await["reports"].clone();
    assert_eq!(reports.as_array().unwrap().len(), 1, "the same again is the same");
    let database = server.server.app().database.clone();
    let when = async || {
        let at: i64 =
            sqlx::query_scalar("SELECT created_at FROM room_reports").fetch_one(database.read()).await.unwrap();
        at
    };
    sqlx::query("UPDATE room_reports SET created_at = 1").execute(database.write()).await.unwrap();
    viewer.ask(report.clone()).await.done();
    assert_eq!(when().await, 1, "and nothing is written");
    let mut worse = report.clone();
    worse["reason"] = json!("very rude");
    viewer.ask(worse.clone()).await.done();
    assert_eq!(when().await, 1, "nor for another reason");
    assert_eq!((&reports[0]["message"], &reports[0]["by"]), (&json!("rude words"), &json!("bob")));
    let resolve = json!({ "do": "resolve", "room": "ada", "report": reports[0]["id"] });
    assert_eq!(viewer.ask(resolve.clone()).await.refused(), "forbidden");
    creator.ask(resolve).await.done();
    assert_eq!(creator.ask(desk.clone()).await["reports"], json!([]));
    assert_eq!(viewer.ask(worse.clone()).await.refused(), "too-many-requests", "it was dealt with just now");
    let long_ago = "UPDATE room_reports SET resolved_at = resolved_at - 600000";
    sqlx::query(long_ago).execute(database.write()).await.unwrap();
    viewer.ask(worse).await.done();
    assert_eq!(creator.ask(desk).await["reports"][0]["reason"], "very rude");
}

#[tokio::test]
async fn nobody_deals_with_reports_about_themselves_and_those_about_the_owner_are_the_operators() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut owner = Person::join(&server, Some(&ada), "ada").await;
    let mut moderator = Person::join(&server, Some(&bob), "ada").await;
    let mut viewer = Person::join(&server, Some(&eve), "ada").await;
    owner.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    let said = owner.say("ada", "rude words").await.done();
    for who in ["ada", "bob"] {
        let reason = format!("{who} is rude");
        viewer.ask(json!({ "do": "report", "room": "ada", "who": who, "reason": reason })).await.done();
    }
    let of_message =
        json!({ "do": "report", "room": "ada", "who": "ada", "message": said["message"], "reason": "these words" });
    viewer.ask(of_message.clone()).await.done();

    // The owner gets what is said of the moderator, who gets nothing of either.
    let desk = json!({ "do": "read_desk", "room": "ada" });
    let reports = owner.ask(desk.clone()).await["reports"].clone();
    assert_eq!(reports.as_array().unwrap().len(), 1, "{reports}");
    assert_eq!(reports[0]["who"], "bob");
    assert_eq!(moderator.ask(desk.clone()).await["reports"], json!([]));

    // The operator gets what is said of the owner.
    let database = &server.server.app().database;
    let open = reported::list(database, false).await.unwrap();
    let [first, second] = open.as_slice() else { panic!("{open:?}") };
    assert_eq!((first.channel.as_str(), first.reporter.as_deref()), ("ada", Some("eve")));
    assert_eq!((first.reason.as_str(), first.message.as_deref()), ("ada is rude", None));
    assert_eq!((second.reason.as_str(), second.message.as_deref()), ("these words", Some("rude words")));

    // Nobody reaches what is not theirs, by its name either.
    let resolve = |report: &Value| json!({ "do": "resolve", "room": "ada", "report": report });
    assert_eq!(moderator.ask(resolve(&reports[0]["id"])).await.refused(), "not-found");
    for person in [&mut owner, &mut moderator] {
        assert_eq!(person.ask(resolve(&json!(first.id))).await.refused(), "not-found");
    }
    let others = reports[0]["id"].as_str().unwrap();
    assert!(!reported::note(database, others, "mine").await.unwrap());
    assert!(!reported::close(database, others).await.unwrap());

    assert!(reported::note(database, &second.id, "deleted it").await.unwrap());
    assert!(reported::close(database, &second.id).await.unwrap());
    assert!(!reported::close(database, &second.id).await.unwrap(), "it is closed");
    assert_eq!(reported::list(database, false).await.unwrap(), open[..1]);
    let all = reported::list(database, true).await.unwrap();
    assert_eq!((all.len(), all[1].note.as_str(), all[1].closed_at.is_some()), (2, "deleted it", true));
    assert_eq!(viewer.ask(of_message).await.refused(), "too-many-requests", "it was dealt with just now");
    owner.ask(resolve(&reports[0]["id"])).await.done();

    // However many there were, what is new is among all.
    let long_ago = "WITH RECURSIVE more (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM more WHERE number < 1000) \
                    INSERT INTO room_reports (id, channel_id, account_id, reporter, message_id, reason, created_at, resolved_at) \
                    SELECT 'old' || number, channel_id, account_id, reporter, 'old' || number, '', number, number \
                    FROM room_reports, more WHERE id = $1";
    sqlx::query(long_ago).bind(&first.id).execute(database.write()).await.unwrap();
    let all = reported::list(database, true).await.unwrap();
    assert_eq!((all.len(), all[0].id.as_str(), all[999].id.as_str()), (1000, "old3", second.id.as_str()));
}
