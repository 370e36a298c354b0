//! Who may do what in a room, and with which token: everything is asked for by everybody.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::live::{Answer, Person};
use crate::support::start;
use crate::together::give;

/// An identifier of nothing.
const NOTHING: &str = "01900000-0000-7000-8000-000000000000";

/// Who may ask for something: the least of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    Guest,
    Viewer,
    Moderator,
    Creator,
}

/// Where something may be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Without being in the room.
    Desk,
    Room,
    /// In the room, by whom nobody silenced.
    Talk,
}

/// Everything that can be asked about a room, on things that are not there, so that what is allowed changes little.
fn everything() -> Vec<(Value, Least, Place)> {
    use Least::{Creator, Guest, Moderator, Viewer};
    use Place::{Desk, Room, Talk};
    let say = |announcement: bool| {
        let nonce = if announcement { "loud" } else { "said" };
        json!({ "do": "say", "text": "here I am", "nonce": nonce, "announcement": announcement })
    };
    let poll = json!({ "do": "start_poll", "question": "Which?", "options": ["This", "That"], "seconds": 60 });
    let prediction =
        json!({ "do": "start_prediction", "question": "Which?", "outcomes": ["This", "That"], "seconds": 60 });
    let filter = json!({ "pattern": "unwanted", "action": "hold" });
    vec![
        (say(false), Viewer, Talk),
        (say(true), Moderator, Room),
        (json!({ "do": "react", "message": NOTHING, "emoji": "👍", "on": true }), Viewer, Talk),
        (json!({ "do": "cheer", "emoji": "👍" }), Viewer, Talk),
        (json!({ "do": "delete", "message": NOTHING }), Viewer, Room),
        (json!({ "do": "pin", "message": null }), Moderator, Room),
        (json!({ "do": "read_messages", "before": NOTHING }), Guest, Room),
        (json!({ "do": "read_present" }), Guest, Room),
        (json!({ "do": "watch", "playing": true }), Guest, Room),
        (json!({ "do": "time_out", "who": "target", "seconds": 1 }), Moderator, Room),
        (json!({ "do": "ban", "who": "target" }), Moderator, Room),
        (json!({ "do": "unban", "who": "target" }), Moderator, Room),
        (json!({ "do": "review", "message": NOTHING, "approve": true }), Moderator, Room),
        (json!({ "do": "discard_held", "messages": [NOTHING] }), Moderator, Room),
        (json!({ "do": "appoint", "who": "target", "moderator": false }), Creator, Room),
        (poll, Moderator, Room),
        (json!({ "do": "vote", "poll": NOTHING, "option": 0 }), Viewer, Talk),
        (json!({ "do": "end_poll", "poll": NOTHING }), Moderator, Room),
        (prediction, Moderator, Room),
        (json!({ "do": "predict", "prediction": NOTHING, "outcome": 0, "points": 1 }), Viewer, Talk),
        (json!({ "do": "lock_prediction", "prediction": NOTHING }), Moderator, Room),
        (json!({ "do": "resolve_prediction", "prediction": NOTHING, "winner": 0 }), Moderator, Room),
        (json!({ "do": "save_reward", "reward": { "title": "Wave", "cost": 10 } }), Creator, Room),
        (json!({ "do": "remove_reward", "reward": NOTHING }), Creator, Room),
        (json!({ "do": "redeem", "reward": NOTHING, "cost": 1, "nonce": "1" }), Viewer, Talk),
        (json!({ "do": "fulfil", "redemption": NOTHING, "done": true }), Moderator, Room),
        (json!({ "do": "ask_question", "text": "Why?", "nonce": "1" }), Viewer, Talk),
        (json!({ "do": "vote_question", "question": NOTHING, "on": true }), Viewer, Talk),
        (json!({ "do": "close_question", "question": NOTHING, "answered": false }), Viewer, Room),
        (json!({ "do": "raid", "to": "target" }), Moderator, Room),
        (json!({ "do": "cancel_raid" }), Moderator, Room),
        (json!({ "do": "shout_out", "who": "target" }), Moderator, Room),
        (json!({ "do": "add_filter", "filter": filter }), Moderator, Room),
        (json!({ "do": "remove_filter", "pattern": "unwanted" }), Moderator, Room),
        (json!({ "do": "set", "settings": { "slow_s": 0 } }), Moderator, Room),
        (json!({ "do": "look", "who": "target" }), Guest, Desk),
        (json!({ "do": "note", "who": "target", "text": "a note" }), Moderator, Desk),
        (json!({ "do": "remove_note", "note": NOTHING }), Moderator, Desk),
        (json!({ "do": "read_log" }), Moderator, Desk),
        (json!({ "do": "read_removed", "act": 1 }), Moderator, Desk),
        (json!({ "do": "read_messages_of", "who": "target" }), Moderator, Desk),
        (json!({ "do": "read_desk" }), Viewer, Desk),
        (json!({ "do": "read_people" }), Moderator, Desk),
        (json!({ "do": "appeal", "text": "let me" }), Viewer, Desk),
        (json!({ "do": "decide", "appeal": NOTHING, "accept": true }), Moderator, Desk),
        (json!({ "do": "report", "who": "target", "reason": "rude" }), Viewer, Desk),
        (json!({ "do": "resolve", "report": NOTHING }), Moderator, Desk),
    ]
}

/// What a moderator may ask for only if the creator has given them the right.
const GIVEN: &[&str] = &[
    "time_out",
    "ban",
    "unban",
    "decide",
    "set",
    "add_filter",
    "remove_filter",
    "start_poll",
    "end_poll",
    "start_prediction",
    "lock_prediction",
    "resolve_prediction",
    "raid",
    "cancel_raid",
    "shout_out",
];

/// Refusals that mean "not you"; what else is answered was let through.
const NOT_YOU: &[&str] = &["unauthenticated", "forbidden", "not-joined", "silenced", "banned"];

/// Who asks, and what they are refused with, or nothing.
struct Somebody {
    called: &'static str,
    least: Least,
    is_in: bool,
    is_silenced: bool,
    has_rights: bool,
    person: Person,
}

impl Somebody {
    fn refusals(&self, asks: &str, least: Least, place: Place) -> &'static [&'static str] {
        if !self.has_rights && GIVEN.contains(&asks) {
            return &["forbidden"];
        }
        if place != Place::Desk && !self.is_in {
            // Or what comes to the same: where somebody else is looked up, rights are asked for first.
            return &["not-joined", "forbidden"];
        }
        if least > self.least {
            let is_guest = self.least == Least::Guest;
            return if is_guest { &["unauthenticated", "forbidden"] } else { &["forbidden"] };
        }
        if place == Place::Talk && self.is_silenced { &["silenced"] } else { &[] }
    }

    async fn asks_for_everything(&mut self) {
        for (mut request, least, place) in everything() {
            request["room"] = json!("ada");
            let answer = self.person.ask(request.clone()).await;
            let refusal = if answer["is"] == "refused" { answer.refused() } else { "" };
            let expected = self.refusals(request["do"].as_str().unwrap(), least, place);
            let is_as_expected =
                if expected.is_empty() { !NOT_YOU.contains(&refusal) } else { expected.contains(&refusal) };
            assert!(is_as_expected, "{} asks {request}: {answer}", self.called);
        }
    }
}

#[tokio::test]
async fn everybody_may_ask_for_what_is_theirs_and_for_nothing_else() {
    let known = |value: &Value| value["do"].as_str().unwrap_or_default().to_owned();
    let mut asked: BTreeSet<String> = everything().iter().map(|(request, ..)| known(request)).collect();
    asked.extend(["authenticate", "join", "leave"].map(str::to_owned));
    let described: Value = serde_json::from_str(include_str!("../../asyncapi.json")).unwrap();
    let all = described["components"]["schemas"]["Command"]["oneOf"].as_array().unwrap();
    let all: BTreeSet<String> =
        all.iter().map(|command| command["properties"]["do"]["enum"][0].as_str().unwrap().to_owned()).collect();
    assert_eq!(asked, all, "each command has a line in `everything` that says who may ask for it");

    let server = start().await;
    let ada = server.person("ada").await;
    server.sign_up("target").await.expect(201);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut people = vec![Somebody {
        called: "a guest",
        least: Least::Guest,
        is_in: true,
        is_silenced: false,
        has_rights: true,
        person: Person::join(&server, None, "ada").await,
    }];
    for (called, handle) in [
        ("a viewer", "viewer"),
        ("a follower", "follower"),
        ("somebody silenced", "silenced"),
        ("somebody banned", "banned"),
        ("the creator of another room", "neighbour"),
        ("a moderator", "moderator"),
        ("a moderator who was given no rights", "helper"),
    ] {
        let token = server.person(handle).await;
        match handle {
            "follower" => drop(server.put_as(&token, "/api/v1/channels/ada/follow").await.expect(204)),
            "moderator" => {
                creator.ask(json!({ "do": "appoint", "room": "ada", "who": handle, "moderator": true })).await.done();
            }
            "helper" => {
                let none = json!({ "people": false, "rules": false, "events": false });
                let appoint =
                    json!({ "do": "appoint", "room": "ada", "who": handle, "moderator": true, "rights": none });
                creator.ask(appoint).await.done();
            }
            "silenced" => {
                creator.ask(json!({ "do": "time_out", "room": "ada", "who": handle, "seconds": 600 })).await.done();
            }
            "banned" => {
                creator.ask(json!({ "do": "ban", "room": "ada", "who": handle })).await.done();
            }
            _ => {}
        }
        let mut person = Person::open(&server, Some(&token)).await;
        let is_in = !matches!(handle, "banned" | "neighbour");
        let room = if handle == "neighbour" { "neighbour" } else { "ada" };
        let joined = person.ask(json!({ "do": "join", "room": room })).await;
        assert_eq!(joined["is"] == "done", handle != "banned", "{joined}");
        let least = if matches!(handle, "moderator" | "helper") { Least::Moderator } else { Least::Viewer };
        let (is_silenced, has_rights) = (handle == "silenced", handle != "helper");
        people.push(Somebody { called, least, is_in, is_silenced, has_rights, person });
    }
    people.push(Somebody {
        called: "the creator",
        least: Least::Creator,
        is_in: true,
        is_silenced: false,
        has_rights: true,
        person: creator,
    });
    for somebody in &mut people {
        somebody.asks_for_everything().await;
    }
}

#[tokio::test]
async fn what_is_another_rooms_does_not_exist_in_ones_own() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let cleo = server.person("cleo").await;
    give(&server, &[("bob", 10)]).await;
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let mut rude = Person::join(&server, Some(&cleo), "ada").await;
    let mut stranger = Person::join(&server, Some(&eve), "eve").await;

    let said = viewer.say("ada", "hello").await.done()["message"].clone();
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "hold_links": true } })).await.done();
    let held = viewer.say("ada", "see example.org").await.done();
    assert_eq!(held["held"], true);
    creator.ask(json!({ "do": "note", "room": "ada", "who": "bob", "text": "kind" })).await.done();
    let look = json!({ "do": "look", "room": "ada", "who": "bob" });
    let note = creator.ask(look.clone()).await["card"]["file"]["notes"][0]["id"].clone();
    stranger.ask(json!({ "do": "report", "room": "ada", "who": "bob", "reason": "rude" })).await.done();
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "cleo", "seconds": 600 })).await.done();
    rude.ask(json!({ "do": "appeal", "room": "ada", "text": "why?" })).await.done();
    let read_desk = json!({ "do": "read_desk", "room": "ada" });
    let desk = creator.ask(read_desk.clone()).await;
    let question =
        json!({ "do": "start_poll", "room": "ada", "question": "Which?", "options": ["a", "b"], "seconds": 60 });
    creator.ask(question).await.done();
    let poll = creator.event("poll").await["poll"]["id"].clone();
    let prediction =
        json!({ "do": "start_prediction", "room": "ada", "question": "Who?", "outcomes": ["a", "b"], "seconds": 60 });
    creator.ask(prediction).await.done();
    let prediction = creator.event("prediction").await["prediction"]["id"].clone();
    let reward = json!({ "title": "Wave", "cost": 10, "waits": true });
    creator.ask(json!({ "do": "save_reward", "room": "ada", "reward": reward })).await.done();
    let reward = creator.event("rewards").await["rewards"][0]["id"].clone();
    let redeem =
        |room: &str, nonce: &str| json!({ "do": "redeem", "room": room, "reward": reward, "cost": 10, "nonce": nonce });
    let redemption = viewer.ask(redeem("ada", "mine")).await.done()["message"].clone();
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "questions": true } })).await.done();
    let ask = json!({ "do": "ask_question", "room": "ada", "text": "Which lens?", "nonce": "q" });
    let asked = viewer.ask(ask).await.done()["message"].clone();
    // What another room's creator may do with points of their own room is somebody else's to ask.
    let mut guest = Person::join(&server, Some(&bob), "eve").await;
    for mut request in [
        json!({ "do": "predict", "prediction": prediction, "outcome": 0, "points": 1 }),
        redeem("eve", "theirs"),
        json!({ "do": "vote_question", "question": asked, "on": true }),
    ] {
        request["room"] = json!("eve");
        assert_eq!(guest.ask(request.clone()).await.refused(), "not-found", "{request}");
    }

    for mut request in [
        json!({ "do": "say", "text": "hi", "nonce": "n", "reply_to": said }),
        json!({ "do": "react", "message": said, "emoji": "👍", "on": true }),
        json!({ "do": "delete", "message": said }),
        json!({ "do": "pin", "message": said }),
        json!({ "do": "review", "message": held["message"], "approve": true }),
        json!({ "do": "vote", "poll": poll, "option": 0 }),
        json!({ "do": "end_poll", "poll": poll }),
        json!({ "do": "lock_prediction", "prediction": prediction }),
        json!({ "do": "resolve_prediction", "prediction": prediction, "winner": 0 }),
        json!({ "do": "save_reward", "replaces": reward, "reward": { "title": "Mine", "cost": 1 } }),
        json!({ "do": "remove_reward", "reward": reward }),
        json!({ "do": "fulfil", "redemption": redemption, "done": false }),
        json!({ "do": "close_question", "question": asked, "answered": true }),
        json!({ "do": "remove_note", "note": note }),
        json!({ "do": "decide", "appeal": desk["appeals"][0]["id"], "accept": true }),
        json!({ "do": "resolve", "report": desk["reports"][0]["id"] }),
        json!({ "do": "report", "who": "bob", "message": said, "reason": "rude" }),
    ] {
        request["room"] = json!("eve");
        assert_eq!(stranger.ask(request.clone()).await.refused(), "not-found", "{request}");
    }
    assert_eq!(stranger.ask(json!({ "do": "read_log", "room": "eve" })).await["acts"], json!([]));
    // All of it is still there.
    assert_eq!(creator.ask(read_desk).await["reports"], desk["reports"]);
    assert_eq!(creator.ask(look).await["card"]["file"]["notes"][0]["id"], note);
    creator.ask(json!({ "do": "review", "room": "ada", "message": held["message"], "approve": true })).await.done();
    viewer.ask(json!({ "do": "vote", "room": "ada", "poll": poll, "option": 0 })).await.done();
    viewer.ask(json!({ "do": "delete", "room": "ada", "message": said })).await.done();
    let mut late = Person::join(&server, Some(&ada), "ada").await;
    let room = late.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!((&room["prediction"]["id"], &room["prediction"]["stage"]), (&prediction, &json!("open")));
    assert_eq!((&room["rewards"][0]["id"], &room["rewards"][0]["title"]), (&reward, &json!("Wave")));
    assert_eq!(room["questions"][0]["id"], asked);
    assert_eq!(late.find(|frame| frame["is"] == "redeemed").await["redemption"]["id"], redemption);
}

#[tokio::test]
async fn a_moderator_who_is_banned_keeps_nothing_in_order() {
    let server = start().await;
    let (ada, bob, eve) = (server.person("ada").await, server.person("bob").await, server.person("eve").await);
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.ask(json!({ "do": "appoint", "room": "ada", "who": "bob", "moderator": true })).await.done();
    creator.ask(json!({ "do": "time_out", "room": "ada", "who": "eve", "seconds": 600 })).await.done();
    let mut silenced = Person::join(&server, Some(&eve), "ada").await;
    silenced.ask(json!({ "do": "appeal", "room": "ada", "text": "it was a joke" })).await.done();
    server.sign_up("cleo").await.expect(201);
    silenced.ask(json!({ "do": "report", "room": "ada", "who": "cleo", "reason": "unfair" })).await.done();
    let desk = json!({ "do": "read_desk", "room": "ada" });
    let (appeal, report) = {
        let open = creator.ask(desk.clone()).await;
        (open["appeals"][0]["id"].clone(), open["reports"][0]["id"].clone())
    };
    let mut moderator = Person::open(&server, Some(&bob)).await;
    assert_eq!(moderator.ask(desk.clone()).await["reports"].as_array().unwrap().len(), 1);
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    let open = moderator.ask(desk).await;
    assert_eq!((&open["appeals"], &open["reports"]), (&json!([]), &json!([])));
    let look = json!({ "do": "look", "room": "ada", "who": "eve" });
    assert!(moderator.ask(look).await["card"]["file"].is_null());
    for request in [
        json!({ "do": "read_log", "room": "ada" }),
        json!({ "do": "read_people", "room": "ada" }),
        json!({ "do": "note", "room": "ada", "who": "eve", "text": "mine" }),
        json!({ "do": "decide", "room": "ada", "appeal": appeal, "accept": true }),
        json!({ "do": "resolve", "room": "ada", "report": report }),
    ] {
        assert_eq!(moderator.ask(request.clone()).await.refused(), "forbidden", "{request}");
    }
}

#[tokio::test]
async fn a_refresh_token_used_twice_closes_the_live_connection_too() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let (stolen, other) = (server.log_in("ada").await, server.log_in("ada").await);
    let mut one = Person::join(&server, stolen["access_token"].as_str(), "ada").await;
    let mut two = Person::join(&server, other["access_token"].as_str(), "ada").await;
    let refresh = json!({ "refresh_token": stolen["refresh_token"] });
    server.post("/api/v1/sessions/refresh", refresh.clone()).await.expect(200);
    one.say("ada", "still here").await.done();
    assert_eq!(server.post("/api/v1/sessions/refresh", refresh).await.status, 401);
    assert_eq!(one.closed().await, 4401);
    two.say("ada", "another session").await.done();
}

#[tokio::test]
async fn only_an_access_token_says_who_one_is_and_only_once() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let tokens = server.log_in("ada").await;
    let ada = tokens["access_token"].as_str().unwrap();
    let bob = server.person("bob").await;
    let (key, _) = server.stream_key(ada).await;
    let mut person = Person::open(&server, None).await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let long = "x".repeat(10_000);
    for token in ["", "klieg_access_made-up", "' OR '1'='1", "\0", refresh, &key, &long] {
        let authenticate = json!({ "do": "authenticate", "token": token });
        assert_eq!(person.ask(authenticate).await.refused(), "unauthenticated", "{token:.40}");
    }
    person.ask(json!({ "do": "authenticate", "token": ada })).await.done();
    person.ask(json!({ "do": "authenticate", "token": ada })).await.done();
    let somebody_else = json!({ "do": "authenticate", "token": bob });
    assert_eq!(person.ask(somebody_else.clone()).await.refused(), "malformed-request");
    let mut guest = Person::join(&server, None, "ada").await;
    assert_eq!(guest.ask(somebody_else).await.refused(), "malformed-request", "one does not become another in a room");
    assert_eq!(guest.say("ada", "hello").await.refused(), "unauthenticated");
}
