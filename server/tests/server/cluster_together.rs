//! What people do together in rooms of two servers: points, raids and emotes, whichever of them keeps the room.

use serde_json::json;

use crate::cluster::{Between, NatsServer, between_servers};
use crate::emotes::{add, fetch, png};
use crate::live::{Answer, Person};
use crate::support::TestServer;
use crate::together::{give, points};

between_servers!(
    points_are_the_same_whichever_server_keeps_the_room,
    a_raid_goes_from_a_room_of_one_server_to_one_of_the_other,
    emotes_uploaded_at_one_server_are_shown_at_the_other,
);

async fn points_are_the_same_whichever_server_keeps_the_room(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob, cyd) = (first.person("ada").await, second.person("bob").await, second.person("cyd").await);
    give(&first, &[("bob", 100), ("cyd", 50)]).await;
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let mut other = Person::join(&second, Some(&cyd), "ada").await;
    let start = json!({
        "do": "start_prediction", "room": "ada", "question": "Who wins?", "outcomes": ["red", "blue"], "seconds": 600
    });
    creator.ask(start).await.done();
    let prediction = viewer.event("prediction").await["prediction"]["id"].clone();
    let stake = |outcome: u32, points: u64| json!({ "do": "predict", "room": "ada", "prediction": prediction, "outcome": outcome, "points": points });
    assert_eq!(viewer.ask(stake(0, 101)).await.refused(), "not-enough-points");
    viewer.ask(stake(0, 60)).await.done();
    other.ask(stake(1, 50)).await.done();
    assert_eq!(points(&first).await, [("bob".to_owned(), 40), ("cyd".to_owned(), 0)]);

    // The show is published at the server that does not keep the room. That it is on is known there as well: points are earned
    // while it is.
    let publisher = second.go_live(&ada).await;
    for person in [&mut viewer, &mut other] {
        person.say("ada", "is it on?").await.done();
        assert!(creator.event("message").await["message"]["on"]["broadcast_id"].is_string());
    }
    creator.say("ada", "it is").await.done();
    let said = viewer.find(|frame| frame["message"]["text"] == "it is").await;
    assert!(said["message"]["on"]["at_ms"].is_u64(), "{said}");
    drop(publisher);

    // The other server keeps it from now on, with all that was staked.
    let TestServer { server, data: _data, .. } = first;
    let stopping = tokio::spawn(server.stop());
    for person in [&mut creator, &mut viewer, &mut other] {
        assert_eq!(person.closed().await, 1001);
    }
    stopping.await.unwrap();
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let you = viewer.find(|frame| frame["is"] == "you").await["you"].clone();
    assert_eq!((&you["points"], &you["stake"]["points"]), (&json!(40), &json!(60)));
    let mut creator = Person::join(&second, Some(&ada), "ada").await;
    let resolve = json!({ "do": "resolve_prediction", "room": "ada", "prediction": prediction, "winner": 0 });
    creator.ask(resolve).await.done();
    viewer.find(|frame| frame["is"] == "you" && frame["you"]["points"] == 150).await;
    assert_eq!(points(&second).await, [("bob".to_owned(), 150), ("cyd".to_owned(), 0)]);
}

async fn a_raid_goes_from_a_room_of_one_server_to_one_of_the_other(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob, cyd) = (first.person("ada").await, second.person("bob").await, second.person("cyd").await);
    let _publishers = (first.go_live(&ada).await, second.go_live(&bob).await);
    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    let mut viewer = Person::join(&second, Some(&cyd), "ada").await;
    let mut host = Person::join(&second, Some(&bob), "bob").await;
    creator.ask(json!({ "do": "raid", "room": "ada", "to": "bob" })).await.done();
    assert_eq!(viewer.event("raid").await["raid"]["to"]["handle"], "bob");
    // It comes in half a minute.
    let raided = host.event("raided").await["raided"].clone();
    assert_eq!((&raided["by"]["handle"], &raided["viewers"]), (&json!("ada"), &json!(1)));
    assert_eq!(viewer.event("raid_goes").await["raid"]["to"]["handle"], "bob");
}

async fn emotes_uploaded_at_one_server_are_shown_at_the_other(between: Between) {
    let (first, second) = between.servers().await;
    let (ada, bob) = (first.person("ada").await, second.person("bob").await);
    // Nobody at the first is in the room when it is told.
    let mut viewer = Person::join(&second, Some(&bob), "ada").await;
    let wave = add(&first, &ada, "wave", png(8, 1)).await.expect(201);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([wave]));
    let (status, headers, picture) = fetch(&second, &wave["url"]).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "image/png"));
    assert_eq!(picture, fetch(&first, &wave["url"]).await.2);

    let mut creator = Person::join(&first, Some(&ada), "ada").await;
    assert_eq!(creator.find(|frame| frame["is"] == "snapshot").await["emotes"], json!([wave]));
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "emotes_only": true } })).await.done();
    viewer.say("ada", ":wave:").await.done();
    let nod = add(&second, &ada, "nod", png(8, 2)).await.expect(201);
    for person in [&mut creator, &mut viewer] {
        assert_eq!(person.event("emotes").await["emotes"], json!([wave, nod]));
    }
    first.delete_as(&ada, "/api/v1/me/channel/emotes/wave").await.expect(204);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([nod]));
    assert_eq!(viewer.say("ada", ":nod: :wave:").await.refused(), "emotes-only");
    viewer.say("ada", ":nod:").await.done();
}
