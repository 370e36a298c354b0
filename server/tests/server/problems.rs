use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{Answer, TestServer, start};

async fn raw(server: &TestServer, content_type: &str, body: impl Into<reqwest::Body>) -> (u16, String) {
    let request = server.client.post(server.url("/api/v1/accounts")).header("content-type", content_type).body(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let status = response.status().as_u16();
    let body: serde_json::Value = response.json().await.unwrap();
    (status, body["type"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_unreadable_request_is_answered_with_a_problem() {
    let server = start().await;
    let json = "application/json";
    for (content_type, body, expected) in [
        (json, "", (400, "/problems/malformed-request")),
        (json, "{", (400, "/problems/malformed-request")),
        (json, "null", (400, "/problems/malformed-request")),
        (json, r#"["ada", "ada@example.org", "correct horse battery"]"#, (400, "/problems/malformed-request")),
        (json, "{\"handle\":1}", (400, "/problems/malformed-request")),
        (json, "{\"handle\":\"ada\"}", (400, "/problems/malformed-request")),
        ("text/plain", "{}", (415, "/problems/unsupported-media-type")),
        ("application/x-www-form-urlencoded", "handle=ada", (415, "/problems/unsupported-media-type")),
    ] {
        let (status, kind) = raw(&server, content_type, body).await;
        assert_eq!((status, kind.as_str()), expected, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert_eq!(raw(&server, json, deep).await.0, 400);
    assert_eq!(raw(&server, json, vec![b'x'; 65 << 10]).await.0, 413);
    assert_eq!(raw(&server, json, vec![0xff; 64]).await.0, 400);
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems_too() {
    let server = start().await;
    for path in ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/channels", "/api/v1/channels/ada/nothing"] {
        let answer = server.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (404, "not-found"), "{path}");
    }
    for (method, path) in
        [(Method::PUT, "/api/v1/channels"), (Method::GET, "/api/v1/accounts"), (Method::POST, "/healthz")]
    {
        let answer = server.ask(method, path, "", None).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (405, "method-not-allowed"), "{path}");
        assert!(!answer.header("allow").is_empty());
    }
    assert_eq!(server.post("/", json!({})).await.problem(), "method-not-allowed");
}

#[tokio::test]
async fn queries_that_mean_nothing_say_what_would() {
    let server = start().await;
    for (query, status) in [
        ("sort=viewrs", 400),
        ("live=perhaps", 400),
        ("limit=0", 422),
        ("limit=101", 422),
        ("limit=-1", 400),
        ("limit=99999999999999999999", 400),
        ("cursor=nonsense", 400),
        ("cursor=W10", 400),
    ] {
        let answer = server.get(&format!("/api/v1/channels?{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}: {}", answer.body);
        answer.problem();
    }
    let answer = server.get("/api/v1/channels?sort=viewrs").await;
    assert!(answer.body["detail"].as_str().unwrap().contains("newest"), "{}", answer.body);
}

#[tokio::test]
async fn each_answer_has_an_id_that_the_client_cannot_choose() {
    let server = start().await;
    let request = server.client.get(server.url("/healthz")).header("x-request-id", "forged\tid");
    let id = request.send().await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(id.len(), 36, "{id}");
}

#[tokio::test]
async fn a_foreign_origin_gets_no_permission() {
    let server = start().await;
    for method in [Method::GET, Method::OPTIONS] {
        let request = server.client.request(method, server.url("/api/v1/channels"));
        let request = request.header("origin", "https://evil.example").header("access-control-request-method", "GET");
        let response = request.send().await.unwrap();
        assert!(!response.headers().contains_key("access-control-allow-origin"));
        assert!(!response.headers().contains_key("access-control-allow-credentials"));
    }
}

#[tokio::test]
async fn garbage_on_the_http_port_harms_nobody() {
    let server = start().await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        &[0; 4_096],
        &vec![b'A'; 200_000],
    ] {
        let mut socket = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        let _ = socket.write_all(garbage).await;
        let _ = socket.shutdown().await;
        let mut answer = Vec::new();
        let read = tokio::time::timeout(crate::live::PATIENCE, socket.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the connection stays open");
        let text = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || text.starts_with("HTTP/1.1 4"), "{text}");
    }
    server.get("/healthz").await.expect(200);
}

#[tokio::test]
async fn a_thousand_idle_connections_leave_room_for_one_more() {
    let server = start().await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        idle.push(tokio::net::TcpStream::connect(server.address()).await.unwrap());
    }
    server.get("/readyz").await.expect(200);
    // They are closed when the server stops, and do not hold it up.
    let began = std::time::Instant::now();
    server.server.stop().await;
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
}

#[tokio::test]
async fn the_api_describes_itself_as_it_is_checked_in() {
    let server = start().await;
    let served: Answer = server.get("/api/v1/openapi.json").await;
    let checked_in: serde_json::Value = serde_json::from_str(include_str!("../../openapi.json")).unwrap();
    assert_eq!(served.header("content-type"), "application/json");
    assert!(
        served.expect(200) == checked_in,
        "server/openapi.json is out of date; mend it with: cargo run -p klieg-server openapi > server/openapi.json"
    );
    assert_eq!(checked_in["openapi"], "3.1.0");
    let text = checked_in.to_string();
    for name in text.split("\"#/components/schemas/").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(checked_in["components"]["schemas"][name].is_object(), "{name} is referred to and not described");
    }
    for (path, item) in checked_in["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["responses"]["default"].is_object(), "{method} {path}");
        }
    }
}
