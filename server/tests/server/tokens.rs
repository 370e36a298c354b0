//! API tokens: what bots and integrations act with, within their scopes.

use klieg_media::authority::{Denied, Handle, PlayRequest};
use klieg_media::hub::PublishError;
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::live::{Answer as _, Person};
use crate::support::{Answer, PASSWORD, TestServer, start, start_with};

const TOKENS: &str = "/api/v1/me/tokens";
pub(crate) const ALL: [&str; 5] = ["room:read", "room:write", "room:moderate", "channel:read", "channel:write"];

async fn ask_for_one(server: &TestServer, owner: &str, mut body: Value) -> Answer {
    if body.get("current_password").is_none() {
        body["current_password"] = PASSWORD.into();
    }
    server.ask(Method::POST, TOKENS, owner, Some(body)).await
}

/// A token with these scopes, and its identifier.
pub(crate) async fn make(server: &TestServer, owner: &str, scopes: &[&str]) -> (String, String) {
    let made = ask_for_one(server, owner, json!({ "name": "Bot", "scopes": scopes })).await.expect(201);
    (made["token"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
}

pub(crate) async fn list(server: &TestServer, owner: &str) -> Vec<Value> {
    server.get_as(owner, TOKENS).await.expect(200)["items"].as_array().unwrap().clone()
}

pub(crate) async fn delete(server: &TestServer, owner: &str, id: &str) -> Answer {
    server.delete_as(owner, &format!("{TOKENS}/{id}")).await
}

/// Refused for want of this scope, which the answer names.
#[track_caller]
fn wants(answer: &Answer, scope: &str) {
    assert_eq!((answer.status.as_u16(), answer.problem()), (403, "insufficient-scope"), "{}", answer.body);
    assert!(answer.body["detail"].as_str().unwrap().contains(scope), "{}", answer.body);
}

#[tokio::test]
async fn a_token_is_shown_once_and_listed_without_itself() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let body =
        json!({ "name": " Greeter ", "scopes": ["room:write", "room:read", "room:read"], "expires_in_days": 30 });
    let made = ask_for_one(&server, &ada, body).await.expect(201);
    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("klieg_api_") && token.len() > 40, "{token}");
    make(&server, &ada, &["channel:read"]).await;

    let tokens = list(&server, &ada).await;
    assert!(!json!(tokens).to_string().contains(token));
    let [first, second] = tokens.as_slice() else { panic!("{tokens:?}") };
    assert_eq!((&first["id"], &first["name"]), (&made["id"], &json!("Greeter")));
    assert_eq!(first["scopes"], json!(["room:read", "room:write"]));
    assert!(token.ends_with(first["hint"].as_str().unwrap()));
    let moment = |field: &str| OffsetDateTime::parse(first[field].as_str().unwrap(), &Rfc3339).unwrap();
    assert_eq!(moment("expires_at") - moment("created_at"), time::Duration::days(30));
    assert_eq!((&second["expires_at"], &second["last_used_at"]), (&Value::Null, &Value::Null));

    // It is nobody else's.
    assert_eq!(list(&server, &bob).await, Vec::<Value>::new());
    let id = made["id"].as_str().unwrap();
    for id in [id, "nonsense"] {
        assert_eq!(delete(&server, &bob, id).await.problem(), "not-found");
    }
    server.get_as(token, "/api/v1/channels").await.expect(200);
    delete(&server, &ada, id).await.expect(204);
    assert_eq!(delete(&server, &ada, id).await.status, 404);
    assert_eq!(list(&server, &ada).await.len(), 1);
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_and_nothing_else() {
    let server = start().await;
    let ada = server.person("ada").await;
    let (reads, id) = make(&server, &ada, &["channel:read"]).await;
    let (writes, _) = make(&server, &ada, &["channel:write"]).await;
    let (chats, _) = make(&server, &ada, &["room:read", "room:write", "room:moderate"]).await;

    let me = server.get_as(&reads, "/api/v1/me").await.expect(200);
    assert_eq!((&me["handle"], &me["email"]), (&json!("ada"), &json!("")), "the address is its owner's business");
    assert_eq!(server.get_as(&reads, "/api/v1/me/ingest").await.problem(), "not-live");
    let used = list(&server, &ada).await.into_iter().find(|token| token["id"] == json!(id)).unwrap();
    assert!(used["last_used_at"].is_string(), "{used}");

    let change = json!({ "title": "By a bot" });
    let changed = server.patch_as(&writes, "/api/v1/me/channel", change.clone()).await.expect(200);
    assert_eq!(changed["title"], "By a bot");
    let mark = async |token: &str| {
        server.ask(Method::POST, "/api/v1/me/broadcast/markers", token, Some(json!({ "text": "Goal" }))).await
    };
    assert_eq!(mark(&writes).await.problem(), "not-live");
    let _publisher = server.go_live(&ada).await;
    server.until("/api/v1/channels/ada", |channel| channel["live"].is_object()).await;
    mark(&writes).await.expect(201);
    server.get_as(&reads, "/api/v1/me/ingest").await.expect(200);

    for token in [&reads, &chats] {
        wants(&server.patch_as(token, "/api/v1/me/channel", change.clone()).await, "channel:write");
        wants(&mark(token).await, "channel:write");
    }
    for token in [&writes, &chats] {
        wants(&server.get_as(token, "/api/v1/me").await, "channel:read");
        wants(&server.get_as(token, "/api/v1/me/ingest").await, "channel:read");
    }
}

#[tokio::test]
async fn no_token_reaches_what_takes_an_account_over() {
    let server = start().await;
    let ada = server.person("ada").await;
    server.person("bob").await;
    let (token, id) = make(&server, &ada, &ALL).await;
    let own = format!("{TOKENS}/{id}");
    for (method, path) in [
        (Method::PATCH, "/api/v1/me"),
        (Method::GET, "/api/v1/me/stream-keys"),
        (Method::POST, "/api/v1/me/stream-keys"),
        (Method::DELETE, "/api/v1/me/stream-keys/0"),
        (Method::POST, "/api/v1/me/sign-in-codes"),
        (Method::POST, "/api/v1/me/upload-test"),
        (Method::DELETE, "/api/v1/sessions/current"),
        (Method::GET, TOKENS),
        (Method::POST, TOKENS),
        (Method::DELETE, own.as_str()),
        (Method::GET, "/api/v1/me/following"),
        (Method::GET, "/api/v1/notifications"),
        (Method::POST, "/api/v1/notifications/seen"),
        (Method::PUT, "/api/v1/channels/bob/follow"),
        (Method::DELETE, "/api/v1/channels/bob/follow"),
    ] {
        let body = json!({ "name": "More", "scopes": ALL, "email": "thief@example.org", "current_password": PASSWORD });
        let answer = server.ask(method.clone(), path, &token, Some(body)).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (403, "insufficient-scope"), "{method} {path}");
    }
    assert_eq!(list(&server, &ada).await.len(), 1, "the session is there, and so is the token");

    // Nor is it a stream key, a refresh token, a sign-in code or a ticket to a private show.
    assert_eq!(server.publish(&token).await.err(), Some(PublishError::Denied(Denied::Unauthorized)));
    let offer = server.client.post(server.url("/whip")).bearer_auth(&token).header("content-type", "application/sdp");
    assert_eq!(offer.body("no offer").send().await.unwrap().status(), 401);
    let refreshed = server.post("/api/v1/sessions/refresh", json!({ "refresh_token": token })).await;
    assert_eq!(refreshed.problem(), "refresh-refused");
    assert_eq!(server.post("/api/v1/sessions/code", json!({ "code": token })).await.problem(), "code-refused");
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    let play = PlayRequest { handle: Handle::new("ada"), token: Some(token) };
    assert_eq!(server.server.app().hub.may_play(&play).await, Err(Denied::NotFound));
}

#[tokio::test]
async fn what_everybody_may_read_is_read_as_the_account_or_as_a_stranger() {
    let server = start().await;
    let ada = server.person("ada").await;
    server.person("bob").await;
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    for (scope, as_account) in [("channel:read", true), ("room:read", true), ("room:write", false)] {
        let (token, _) = make(&server, &ada, &[scope]).await;
        let own = server.get_as(&token, "/api/v1/channels/ada").await;
        assert_eq!(own.status.as_u16(), if as_account { 200 } else { 404 }, "{scope}");
        let other = server.get_as(&token, "/api/v1/channels/bob").await.expect(200);
        assert_eq!(other["following"], if as_account { json!(false) } else { Value::Null }, "{scope}");
        server.get_as(&token, "/api/v1/channels/bob/replays").await.expect(200);
    }
}

#[tokio::test]
async fn a_token_stays_when_its_owner_logs_out_or_takes_a_new_password() {
    let server = start().await;
    let ada = server.person("ada").await;
    let (token, _) = make(&server, &ada, &["room:read", "channel:read"]).await;
    let mut bot = Person::join(&server, Some(&token), "ada").await;
    server.delete_as(&ada, "/api/v1/sessions/current").await.expect(204);
    let again = server.log_in("ada").await["access_token"].as_str().unwrap().to_owned();
    let change = json!({ "password": "another good one", "current_password": PASSWORD });
    server.patch_as(&again, "/api/v1/me", change).await.expect(200);
    server.get_as(&token, "/api/v1/me").await.expect(200);
    assert_eq!(bot.ask(json!({ "do": "look", "room": "ada", "who": "ada" })).await["is"], "card");
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named_and_what_is_made_up_is_refused() {
    let server = start().await;
    let ada = server.person("ada").await;
    for (body, fields) in [
        (json!({ "name": " ", "scopes": [], "expires_in_days": 0 }), vec!["name", "scopes", "expires_in_days"]),
        (json!({ "name": "x".repeat(41), "scopes": ["room:read"] }), vec!["name"]),
        (json!({ "name": "Bot", "scopes": ["room:read"], "expires_in_days": 366 }), vec!["expires_in_days"]),
    ] {
        let answer = ask_for_one(&server, &ada, body).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (422, "invalid-request"));
        let errors = answer.body["errors"].as_array().unwrap();
        assert_eq!(errors.iter().map(|error| error["field"].as_str().unwrap()).collect::<Vec<_>>(), fields);
    }
    for body in [
        json!({ "name": "Bot", "scopes": ["room:own"] }),
        json!({ "name": "Bot", "scopes": ["room:read"], "expires_in": 1 }),
        json!({ "name": "Bot" }),
    ] {
        assert_eq!(ask_for_one(&server, &ada, body).await.problem(), "malformed-request");
    }

    let (token, _) = make(&server, &ada, &ALL).await;
    let cut: String = token.chars().take(token.len() - 1).collect();
    let mut guest = Person::open(&server, None).await;
    for garbage in
        ["klieg_api_", "klieg_api_made-up", &cut, &format!("{token}A"), &token.to_uppercase(), &"k".repeat(4_000)]
    {
        for path in ["/api/v1/me", "/api/v1/channels"] {
            let answer = server.get_as(garbage, path).await;
            assert_eq!((answer.status.as_u16(), answer.problem()), (401, "unauthenticated"), "{garbage}");
        }
        let answer = guest.ask(json!({ "do": "authenticate", "token": garbage })).await;
        assert_eq!(answer.refused(), "unauthenticated", "{garbage}");
    }
    guest.ask(json!({ "do": "authenticate", "token": token })).await.done();
}

#[tokio::test]
async fn an_account_has_twenty_tokens_and_makes_so_many_a_minute() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let (_, first) = make(&server, &ada, &["room:read"]).await;
    for _ in 1..20 {
        make(&server, &ada, &["room:read"]).await;
    }
    let body = json!({ "name": "One more", "scopes": ["room:read"] });
    let refused = ask_for_one(&server, &ada, body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (409, "too-many-api-tokens"));
    make(&server, &bob, &["room:read"]).await;
    delete(&server, &ada, &first).await.expect(204);
    make(&server, &ada, &["room:read"]).await;

    let server = start_with("[limits]\napi_token = '2/h'").await;
    let ada = server.person("ada").await;
    for _ in 0..2 {
        make(&server, &ada, &["room:read"]).await;
    }
    let limited = ask_for_one(&server, &ada, body).await;
    assert_eq!((limited.status.as_u16(), limited.problem()), (429, "too-many-requests"));
    assert!(!limited.header("retry-after").is_empty());
}

#[tokio::test]
async fn only_a_tokens_hash_is_kept() {
    let server = start().await;
    let ada = server.person("ada").await;
    let (token, _) = make(&server, &ada, &["channel:read"]).await;
    server.get_as(&token, "/api/v1/me").await.expect(200);
    for file in std::fs::read_dir(server.data.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(token.len()).any(|window| window == token.as_bytes()));
    }
    let hash: Vec<u8> =
        sqlx::query_scalar("SELECT hash FROM api_tokens").fetch_one(server.server.app().database.read()).await.unwrap();
    assert_eq!(hash.len(), 32);
}

#[tokio::test]
async fn who_only_found_an_access_token_makes_none() {
    let server = start().await;
    let ada = server.person("ada").await;
    let body = json!({ "name": "Bot", "scopes": ["room:read"], "current_password": "not this one" });
    let answer = ask_for_one(&server, &ada, body).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (403, "wrong-password"));
    assert!(list(&server, &ada).await.is_empty());
}
