//! Codes by which the studio signs in from the page that its creator is logged in to.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, PASSWORD, TestServer, start, start_with};

async fn ask_for_one(server: &TestServer, token: &str) -> Answer {
    server.ask(Method::POST, "/api/v1/me/sign-in-codes", token, None).await
}

async fn make(server: &TestServer, token: &str) -> String {
    let made = ask_for_one(server, token).await.expect(201);
    assert_eq!(made["expires_in"], 180);
    made["code"].as_str().unwrap().to_owned()
}

async fn exchange(server: &TestServer, code: &str) -> Answer {
    server.post("/api/v1/sessions/code", json!({ "code": code })).await
}

fn refused(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.problem()), (401, "code-refused"));
}

#[tokio::test]
async fn a_code_opens_a_session_of_its_own_once() {
    let server = start().await;
    let page = server.person("ada").await;
    let code = make(&server, &page).await;
    assert!(code.starts_with("klieg_code_"));
    let tokens = exchange(&server, &code).await.expect(201);
    refused(&exchange(&server, &code).await);
    let studio = tokens["access_token"].as_str().unwrap();
    assert_eq!(server.get_as(studio, "/api/v1/me").await.expect(200)["handle"], "ada");
    // The page logs out, and the studio stays.
    server.delete_as(&page, "/api/v1/sessions/current").await.expect(204);
    server.get_as(studio, "/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn of_two_that_show_a_code_at_once_one_is_let_in() {
    let server = start().await;
    let page = server.person("ada").await;
    let code = make(&server, &page).await;
    let (one, other) = tokio::join!(exchange(&server, &code), exchange(&server, &code));
    let mut answers = [one.status.as_u16(), other.status.as_u16()];
    answers.sort_unstable();
    assert_eq!(answers, [201, 401]);
}

#[tokio::test]
async fn a_code_ends_with_the_session_that_made_it() {
    let server = start().await;
    let page = server.person("ada").await;
    let code = make(&server, &page).await;
    server.delete_as(&page, "/api/v1/sessions/current").await.expect(204);
    refused(&exchange(&server, &code).await);
    // Nor is one of another session good when a new password has ended that.
    let (here, elsewhere) = (server.log_in("ada").await, server.log_in("ada").await);
    let code = make(&server, elsewhere["access_token"].as_str().unwrap()).await;
    let change = json!({ "password": "another horse", "current_password": PASSWORD });
    server.patch_as(here["access_token"].as_str().unwrap(), "/api/v1/me", change).await.expect(200);
    refused(&exchange(&server, &code).await);
}

#[tokio::test]
async fn what_is_no_code_is_refused_and_a_code_needs_a_session() {
    let server = start().await;
    for wrong in ["", "klieg_code_", "klieg_access_x", "ä"] {
        refused(&exchange(&server, wrong).await);
    }
    let answer = ask_for_one(&server, "").await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (401, "unauthenticated"));
}

#[tokio::test]
async fn making_and_trying_codes_is_limited() {
    let server = start_with("[limits]\nsign_in_code = '3/h'").await;
    let page = server.person("ada").await;
    for _ in 0..3 {
        make(&server, &page).await;
        refused(&exchange(&server, "klieg_code_guess").await);
    }
    for answer in [ask_for_one(&server, &page).await, exchange(&server, "klieg_code_guess").await] {
        assert_eq!((answer.status.as_u16(), answer.problem()), (429, "too-many-requests"));
        assert!(!answer.header("retry-after").is_empty());
    }
}
