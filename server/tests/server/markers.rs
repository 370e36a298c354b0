use serde_json::{Value, json};

use crate::support::{Answer, ROOMY, TestServer, start, start_with};

async fn mark(server: &TestServer, token: &str, body: Value) -> Answer {
    server.ask(reqwest::Method::POST, "/api/v1/me/broadcast/markers", token, Some(body)).await
}

#[tokio::test]
async fn marked_moments_are_the_chapters_of_a_broadcast() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let answer = mark(&server, &ada, json!({ "text": "Too early" })).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (404, "not-live"));
    let publisher = server.go_live(&ada).await;
    let stream = publisher.stream().clone();
    let goal = mark(&server, &ada, json!({ "text": "  The goal " })).await.expect(201);
    let latest = stream.age().as_millis() as u64;
    assert!(goal["at_ms"].as_u64().unwrap() <= latest && goal["text"] == "The goal", "{goal} {latest}");
    // The creator's moment counts, not the request's: one from before the broadcast is its beginning.
    let first = mark(&server, &ada, json!({ "ago_ms": 60_000 })).await.expect(201);
    assert_eq!((first["at_ms"].as_u64(), first["text"].as_str()), (Some(0), Some("")));
    mark(&server, &ada, json!({})).await.expect(201);

    let live = server.get("/api/v1/channels/ada").await.expect(200)["live"].clone();
    let texts: Vec<_> = live["chapters"].as_array().unwrap().iter().map(|c| c["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["", "The goal", ""]);
    let list = server.until("/api/v1/channels?live=true", |page| page["items"][0]["live"].is_object()).await;
    assert_eq!(list["items"][0]["live"]["chapters"], Value::Null);

    // Only the channel's owner marks it.
    assert_eq!(mark(&server, &bob, json!({})).await.problem(), "not-live");
    assert_eq!(mark(&server, "", json!({})).await.status, 401);

    publisher.finish();
    stream.ended().await;
    assert_eq!(mark(&server, &ada, json!({})).await.problem(), "not-live");
    let kept = server.server.app().broadcasts.chapters(&stream.id.to_string()).await.unwrap();
    assert_eq!(kept.len(), 3);
}

#[tokio::test]
async fn a_marker_is_a_short_line_about_a_moment_just_gone() {
    let server = start().await;
    let ada = server.person("ada").await;
    let _live = server.go_live(&ada).await;
    for (body, status) in [
        (json!({ "text": "x".repeat(101) }), 422),
        (json!({ "text": "two\nlines" }), 422),
        (json!({ "ago_ms": 120_001 }), 422),
        (json!({ "ago_ms": -1 }), 400),
        (json!({ "at_ms": 1 }), 400),
        (json!([]), 400),
    ] {
        let answer = mark(&server, &ada, body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.body);
        answer.problem();
    }
    mark(&server, &ada, json!({ "text": "ä".repeat(100), "ago_ms": 120_000 })).await.expect(201);
}

#[tokio::test]
async fn markers_are_limited_by_time() {
    let server = start_with(&format!("{ROOMY}markers = '2/h'\n")).await;
    let ada = server.person("ada").await;
    let _live = server.go_live(&ada).await;
    for _ in 0..2 {
        mark(&server, &ada, json!({})).await.expect(201);
    }
    let answer = mark(&server, &ada, json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (429, "too-many-requests"));
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn markers_are_limited_by_number() {
    let server = start_with(&format!("{ROOMY}markers = '10000/min'\n")).await;
    let ada = server.person("ada").await;
    let _live = server.go_live(&ada).await;
    for _ in 0..500 {
        mark(&server, &ada, json!({})).await.expect(201);
    }
    let answer = mark(&server, &ada, json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (409, "too-many-markers"));
}
