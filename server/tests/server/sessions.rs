use serde_json::{Value, json};

use crate::support::{PASSWORD, TestServer, start};

fn text(tokens: &Value, field: &str) -> String {
    tokens[field].as_str().unwrap().to_owned()
}

async fn refresh(server: &TestServer, token: &str) -> crate::support::Answer {
    server.post("/api/v1/sessions/refresh", json!({ "refresh_token": token })).await
}

#[tokio::test]
async fn one_logs_in_by_handle_or_address_in_any_case() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    for login in ["ada", "ADA", "Ada@Example.org", " ada "] {
        let tokens = server.log_in(login).await;
        assert_eq!(tokens["expires_in"], 900);
        server.get_as(&text(&tokens, "access_token"), "/api/v1/me").await.expect(200);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_look_the_same() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let mut answers = Vec::new();
    for (login, password) in
        [("ada", "wrong password"), ("nobody", PASSWORD), ("no@body.org", PASSWORD), ("<>", PASSWORD), ("", "")]
    {
        let answer = server.post("/api/v1/sessions", json!({ "login": login, "password": password })).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (401, "wrong-credentials"), "{login}");
        answers.push(answer.body);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[tokio::test]
async fn refreshing_gives_new_tokens_of_the_same_session() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let first = server.log_in("ada").await;
    let second = refresh(&server, &text(&first, "refresh_token")).await.expect(200);
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    assert_ne!(first["access_token"], second["access_token"]);
    server.get_as(&text(&second, "access_token"), "/api/v1/me").await.expect(200);
    refresh(&server, &text(&second, "refresh_token")).await.expect(200);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_whole_session_and_no_other() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let (first, other) = (server.log_in("ada").await, server.log_in("ada").await);
    let second = refresh(&server, &text(&first, "refresh_token")).await.expect(200);
    let access = text(&second, "access_token");
    server.get_as(&access, "/api/v1/me").await.expect(200);

    let replayed = refresh(&server, &text(&first, "refresh_token")).await;
    assert_eq!((replayed.status.as_u16(), replayed.problem()), (401, "refresh-refused"));
    assert_eq!(server.get_as(&access, "/api/v1/me").await.status, 401);
    assert_eq!(server.get_as(&text(&first, "access_token"), "/api/v1/me").await.status, 401);
    assert_eq!(refresh(&server, &text(&second, "refresh_token")).await.status, 401);
    server.get_as(&text(&other, "access_token"), "/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_wins_and_the_session_ends() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let first = text(&server.log_in("ada").await, "refresh_token");
    let (a, b) = tokio::join!(refresh(&server, &first), refresh(&server, &first));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn logging_out_ends_the_session_at_once() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let tokens = server.log_in("ada").await;
    let access = text(&tokens, "access_token");
    server.get_as(&access, "/api/v1/me").await.expect(200);
    server.delete_as(&access, "/api/v1/sessions/current").await.expect(204);
    assert_eq!(server.get_as(&access, "/api/v1/me").await.status, 401);
    assert_eq!(refresh(&server, &text(&tokens, "refresh_token")).await.status, 401);
}

#[tokio::test]
async fn a_token_is_good_for_what_it_is_made_for_only() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let tokens = server.log_in("ada").await;
    assert_eq!(server.get_as(&text(&tokens, "refresh_token"), "/api/v1/me").await.status, 401);
    assert_eq!(refresh(&server, &text(&tokens, "access_token")).await.status, 401);
    // A stranger may read a channel; somebody with a token that is not valid is told so.
    server.get("/api/v1/channels/ada").await.expect(200);
    assert_eq!(server.get_as("klieg_access_made-up", "/api/v1/channels/ada").await.status, 401);
}

#[tokio::test]
async fn neither_tokens_nor_passwords_nor_keys_are_kept_in_the_clear() {
    let server = start().await;
    server.sign_up("ada").await.expect(201);
    let tokens = server.log_in("ada").await;
    let (key, _) = server.stream_key(&text(&tokens, "access_token")).await;
    let secrets = [text(&tokens, "access_token"), text(&tokens, "refresh_token"), key, PASSWORD.to_owned()];
    for file in std::fs::read_dir(server.data.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for secret in &secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
        }
    }
}
