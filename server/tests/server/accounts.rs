use reqwest::Method;
use serde_json::json;

use crate::support::{PASSWORD, start};

#[tokio::test]
async fn signing_up_makes_an_account_and_its_channel() {
    let server = start().await;
    let made = server.sign_up("Ada_99").await.expect(201);
    assert_eq!(made["handle"], "ada_99");
    let token = server.log_in("ada_99").await["access_token"].as_str().unwrap().to_owned();
    let me = server.get_as(&token, "/api/v1/me").await.expect(200);
    assert_eq!(me["id"], made["id"]);
    assert_eq!(me["email"], "Ada_99@example.org");
    assert_eq!(me["channel"]["handle"], "ada_99");
    assert_eq!(me["channel"]["live"], json!(null));
    assert!(me["created_at"].as_str().unwrap().ends_with('Z'));
    server.get("/api/v1/channels/ada_99").await.expect(200);
}

#[tokio::test]
async fn a_handle_and_an_address_belong_to_one_account_however_they_are_written() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let body = json!({ "handle": "ADA", "email": "other@example.org", "password": PASSWORD });
    let again = server.post("/api/v1/accounts", body).await;
    assert_eq!((again.status.as_u16(), again.problem()), (409, "handle-taken"));
    let body = json!({ "handle": "other", "email": "ADA@Example.ORG", "password": PASSWORD });
    let again = server.post("/api/v1/accounts", body).await;
    assert_eq!((again.status.as_u16(), again.problem()), (409, "email-taken"));
}

#[tokio::test]
async fn a_race_for_a_handle_has_one_winner() {
    let server = start().await;
    let sign_up = |n: u32| {
        let body = json!({ "handle": "ada", "email": format!("ada{n}@example.org"), "password": PASSWORD });
        server.post("/api/v1/accounts", body)
    };
    let (a, b, c) = tokio::join!(sign_up(1), sign_up(2), sign_up(3));
    let mut statuses = [a, b, c].map(|answer| answer.status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409]);
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let server = start().await;
    let answer = server.post("/api/v1/accounts", json!({ "handle": "a", "email": "a", "password": "short" })).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (422, "invalid-request"));
    let fields: Vec<_> =
        answer.body["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["handle", "email", "password"]);
    for reserved in ["studio", "API", "whip"] {
        assert_eq!(server.sign_up(reserved).await.status, 422, "{reserved}");
    }
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_every_other_session() {
    let server = start().await;
    let here = server.person("ada").await;
    let elsewhere = server.log_in("ada").await["access_token"].as_str().unwrap().to_owned();
    server.get_as(&elsewhere, "/api/v1/me").await.expect(200);

    let answer = server.patch_as(&here, "/api/v1/me", json!({ "password": "another password" })).await;
    assert_eq!(answer.problem(), "invalid-request");
    let wrong = json!({ "password": "another password", "current_password": "not this one" });
    let answer = server.patch_as(&here, "/api/v1/me", wrong).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (403, "wrong-password"));
    let right = json!({ "password": "another password", "current_password": PASSWORD });
    server.patch_as(&here, "/api/v1/me", right).await.expect(200);

    server.get_as(&here, "/api/v1/me").await.expect(200);
    assert_eq!(server.get_as(&elsewhere, "/api/v1/me").await.status, 401);
    let old = json!({ "login": "ada", "password": PASSWORD });
    assert_eq!(server.post("/api/v1/sessions", old).await.status, 401);
    let new = json!({ "login": "ada", "password": "another password" });
    server.post("/api/v1/sessions", new).await.expect(201);
}

#[tokio::test]
async fn an_address_can_be_changed_but_not_to_somebody_elses() {
    let server = start().await;
    let token = server.person("ada").await;
    server.person("bob").await;
    let change = |email: &str| json!({ "email": email, "current_password": PASSWORD });
    let taken = server.patch_as(&token, "/api/v1/me", change("Bob@example.org")).await;
    assert_eq!((taken.status.as_u16(), taken.problem()), (409, "email-taken"));
    let me = server.patch_as(&token, "/api/v1/me", change("ada@example.com")).await.expect(200);
    assert_eq!(me["email"], "ada@example.com");
    server.log_in("ADA@example.com").await;
}

#[tokio::test]
async fn an_access_token_alone_cannot_change_the_address() {
    let server = start().await;
    let token = server.person("ada").await;
    for current in [json!(null), json!("")] {
        let change = json!({ "email": "thief@example.org", "current_password": current });
        let answer = server.patch_as(&token, "/api/v1/me", change).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (422, "invalid-request"));
        assert_eq!(answer.body["errors"][0]["field"], "current_password");
    }
    let change = json!({ "email": "thief@example.org", "current_password": "a wrong guess" });
    let answer = server.patch_as(&token, "/api/v1/me", change).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (403, "wrong-password"));
    assert_eq!(answer.body["errors"][0]["field"], "current_password");
    assert_eq!(server.get_as(&token, "/api/v1/me").await.expect(200)["email"], "ada@example.org");
}

#[tokio::test]
async fn a_change_of_nothing_asks_for_nothing() {
    let server = start().await;
    let token = server.person("ada").await;
    server.patch_as(&token, "/api/v1/me", json!({})).await.expect(200);
}

#[tokio::test]
async fn what_is_ones_own_needs_a_session() {
    let server = start().await;
    for (method, path) in [
        (Method::GET, "/api/v1/me"),
        (Method::PATCH, "/api/v1/me"),
        (Method::PATCH, "/api/v1/me/channel"),
        (Method::GET, "/api/v1/me/stream-keys"),
        (Method::POST, "/api/v1/me/stream-keys"),
        (Method::DELETE, "/api/v1/me/stream-keys/0"),
        (Method::GET, "/api/v1/me/tokens"),
        (Method::POST, "/api/v1/me/tokens"),
        (Method::DELETE, "/api/v1/me/tokens/0"),
        (Method::GET, "/api/v1/me/ingest"),
        (Method::GET, "/api/v1/me/ingest/addresses"),
        (Method::GET, "/api/v1/me/following"),
        (Method::DELETE, "/api/v1/sessions/current"),
        (Method::PUT, "/api/v1/channels/ada/follow"),
        (Method::DELETE, "/api/v1/channels/ada/follow"),
    ] {
        for token in ["", "klieg_access_made-up"] {
            let answer = server.ask(method.clone(), path, token, Some(json!({}))).await;
            assert_eq!((answer.status.as_u16(), answer.problem()), (401, "unauthenticated"), "{method} {path}");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
}
