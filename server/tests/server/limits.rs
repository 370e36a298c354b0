use klieg_media::authority::Denied;
use klieg_media::hub::PublishError;
use serde_json::json;

use crate::live::{Answer, Person};
use crate::support::{PASSWORD, ROOMY, start_with};

/// What an encoder sends to begin a WHIP session.
const OFFER: &str = include_str!("../../../fuzz/seeds/sdp_offer/whip");

#[tokio::test]
async fn sign_ups_from_one_address_are_limited_and_told_when_to_return() {
    let server = start_with("[limits]\nsign_up = '3/h'").await;
    for n in 0..3 {
        server.sign_up(&format!("person{n}")).await.expect(201);
    }
    let answer = server.sign_up("person3").await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (429, "too-many-requests"));
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=1_200).contains(&wait), "{wait}");
    // Others are unharmed: reading goes on.
    server.get("/api/v1/channels").await.expect(200);
}

#[tokio::test]
async fn guessing_a_password_is_limited_per_account() {
    let server = start_with("[limits]\nlog_in = '3/h'").await;
    for handle in ["ada", "bob"] {
        server.sign_up(handle).await.expect(201);
    }
    for _ in 0..3 {
        let guess = json!({ "login": "ADA", "password": "a wrong guess" });
        assert_eq!(server.post("/api/v1/sessions", guess).await.status, 401);
    }
    let right = json!({ "login": "ada", "password": PASSWORD });
    let answer = server.post("/api/v1/sessions", right).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (429, "too-many-requests"));
    server.log_in("bob").await;
}

#[tokio::test]
async fn guessing_the_current_password_counts_as_logging_in() {
    let server = start_with("[limits]\nlog_in = '4/h'").await;
    let token = server.person("ada").await;
    for _ in 0..3 {
        let guess = json!({ "email": "thief@example.org", "current_password": "a wrong guess" });
        assert_eq!(server.patch_as(&token, "/api/v1/me", guess).await.status, 403);
    }
    let right = json!({ "email": "ada@example.com", "current_password": PASSWORD });
    let answer = server.patch_as(&token, "/api/v1/me", right).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (429, "too-many-requests"));
}

#[tokio::test]
async fn guesses_at_one_account_from_many_addresses_are_limited_but_not_its_owner_at_home() {
    let server = start_with("trusted_proxies = ['127.0.0.1']\n[limits]\nlog_in_account = '5/h'").await;
    let log_in = async |address: &str, password: &str| {
        let request = server.client.post(server.url("/api/v1/sessions")).header("x-forwarded-for", address);
        let response = request.json(&json!({ "login": "ada", "password": password })).send().await.unwrap();
        response.status().as_u16()
    };
    server.sign_up("ada").await.expect(201);
    assert_eq!(log_in("203.0.113.1", PASSWORD).await, 201);
    for n in 2..6 {
        assert_eq!(log_in(&format!("203.0.113.{n}"), "a wrong guess").await, 401);
    }
    for n in 6..9 {
        assert_eq!(log_in(&format!("203.0.113.{n}"), PASSWORD).await, 429);
    }
    assert_eq!(log_in("203.0.113.1", PASSWORD).await, 201);
}

#[tokio::test]
async fn a_forwarded_address_is_believed_from_a_trusted_proxy_only() {
    for (file, second) in [("", 429), ("trusted_proxies = ['127.0.0.1']\n", 201)] {
        let server = start_with(&format!("{file}[limits]\nsign_up = '1/h'")).await;
        for (n, expected) in [(1, 201), (2, second)] {
            let body =
                json!({ "handle": format!("person{n}"), "email": format!("p{n}@example.org"), "password": PASSWORD });
            let request = server.client.post(server.url("/api/v1/accounts")).json(&body);
            let response = request.header("x-forwarded-for", format!("203.0.113.{n}")).send().await.unwrap();
            assert_eq!(response.status().as_u16(), expected);
        }
    }
}

#[tokio::test]
async fn who_tries_many_wrong_keys_is_shut_out_for_a_moment() {
    let server = start_with("[limits]\nwrong_key = '3/h'").await;
    for n in 0..3 {
        let refused = server.publish(&format!("klieg_wrong{n}")).await.err();
        assert_eq!(refused, Some(PublishError::Denied(Denied::Unauthorized)));
    }
    for n in 0..2 {
        let refused = server.publish(&format!("klieg_more{n}")).await.err();
        assert!(matches!(refused, Some(PublishError::Denied(Denied::TooMany { .. }))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_right_key_may_not_begin_whip_sessions_without_end() {
    let server = start_with("[limits]\nwhip = '2/h'").await;
    let ada = server.person("ada").await;
    let (key, _) = server.stream_key(&ada).await;
    let bob = server.person("bob").await;
    let (other, _) = server.stream_key(&bob).await;
    let offer = async |key: &str, sdp: &'static str| {
        let request = server.client.post(server.url("/whip")).bearer_auth(key);
        request.header("content-type", "application/sdp").body(sdp).send().await.unwrap()
    };
    assert_eq!(offer("klieg_wrong", "no offer").await.status(), 401);
    // Nothing is prepared for what is no offer, so it does not count.
    for _ in 0..5 {
        assert_eq!(offer(&key, "no offer").await.status(), 400);
    }
    for _ in 0..2 {
        assert_eq!(offer(&key, OFFER).await.status(), 201);
    }
    let limited = offer(&key, OFFER).await;
    assert_eq!(limited.status(), 429);
    assert!(limited.headers().contains_key("retry-after"));
    assert_eq!(offer(&other, OFFER).await.status(), 201);
    // Over RTMP nothing is prepared for who has not connected, so nothing is counted.
    assert!(server.publish(&key).await.is_ok());
}

#[tokio::test]
async fn a_flood_of_log_ins_leaves_the_rest_of_the_server_alive() {
    let server = start_with("[limits]\nlog_in_address = '100000/min'").await;
    let url = server.url("/api/v1/sessions");
    let mut flood = tokio::task::JoinSet::new();
    for n in 0..150 {
        let request = server.client.post(&url).json(&json!({ "login": format!("nobody{n}"), "password": PASSWORD }));
        flood.spawn(async move { request.send().await.unwrap() });
    }
    server.get("/api/v1/channels").await.expect(200);
    server.get("/readyz").await.expect(200);
    while let Some(response) = flood.join_next().await {
        let response = response.unwrap();
        match response.status().as_u16() {
            401 => {}
            503 => assert!(response.headers().contains_key("retry-after")),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_who_has_the_token() {
    let server = start_with("metrics_token = 'let me see'").await;
    server.get("/metrics").await.expect(200);
    // A request that a proxy passed on is not this machine's, though the proxy may be.
    let ask = |token: &str| {
        let request = server.client.get(server.url("/metrics")).header("x-forwarded-for", "203.0.113.1");
        request.bearer_auth(token).send()
    };
    assert_eq!(ask("nonsense").await.unwrap().status(), 403);
    assert_eq!(ask("let me see").await.unwrap().status(), 200);
}

#[tokio::test]
async fn entering_rooms_is_limited_by_person_and_for_guests_by_address() {
    let server = start_with(&format!("{ROOMY}room_joins = '3/h'\nroom_joins_of_guests = '4/h'\n")).await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let join = json!({ "do": "join", "room": "ada" });
    // Another connection is not another guest.
    for _ in 0..2 {
        let mut guest = Person::join(&server, None, "ada").await;
        guest.ask(join.clone()).await.done();
    }
    let mut guest = Person::open(&server, None).await;
    let refused = guest.ask(join.clone()).await;
    assert_eq!(refused.refused(), "too-many-requests");
    let wait = refused["retry_after_ms"].as_u64().unwrap();
    assert!((1..=900_000).contains(&wait), "{wait}");
    // Those who have logged in there come in all the same, each as often as they may.
    for token in [&ada, &bob] {
        let mut person = Person::join(&server, Some(token), "ada").await;
        for _ in 0..2 {
            person.ask(join.clone()).await.done();
        }
        assert_eq!(person.ask(join.clone()).await.refused(), "too-many-requests");
        person.say("ada", "I am here still").await.done();
    }
}

#[tokio::test]
async fn what_rooms_look_up_is_limited_by_person_and_for_guests_by_address() {
    let server = start_with(&format!("{ROOMY}room_look_ups = '3/h'\nroom_look_ups_of_guests = '4/h'\n")).await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let look = json!({ "do": "look", "room": "ada", "who": "bob" });
    for _ in 0..2 {
        let mut guest = Person::open(&server, None).await;
        for _ in 0..2 {
            assert_eq!(guest.ask(look.clone()).await["is"], "card");
        }
    }
    let mut guest = Person::open(&server, None).await;
    let refused = guest.ask(look.clone()).await;
    assert_eq!(refused.refused(), "too-many-requests");
    let wait = refused["retry_after_ms"].as_u64().unwrap();
    assert!((1..=900_000).contains(&wait), "{wait}");
    // All that a person has looked up counts together, on however many connections.
    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    let mut window = Person::join(&server, Some(&ada), "ada").await;
    assert_eq!(window.ask(json!({ "do": "read_desk", "room": "ada" })).await["is"], "desk");
    creator.ask(json!({ "do": "ban", "room": "ada", "who": "bob" })).await.done();
    creator.ask(json!({ "do": "unban", "room": "ada", "who": "bob" })).await.done();
    assert_eq!(window.ask(look.clone()).await.refused(), "too-many-requests");
    window.say("ada", "I am here still").await.done();
    // Who keeps no order has nobody looked up by it.
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let ban = json!({ "do": "ban", "room": "ada", "who": "nobody" });
    assert_eq!(viewer.ask(ban).await.refused(), "forbidden");
}
