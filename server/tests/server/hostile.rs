//! What broke systems like this one: the pages and the API. Rooms are in `room_hostile`; `docs/hostile.md` lists it all.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{handles, start};

pub(crate) const MARKUP: &[&str] = &[
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "<!-- head -->",
    "javascript:alert(1)",
    "&lt;b&gt;",
];

pub(crate) const SQL: &[&str] = &[
    "' OR '1'='1",
    "'; DROP TABLE accounts; --",
    "\" OR \"\"=\"",
    "1) UNION SELECT password_hash FROM accounts --",
    "%' ESCAPE '!' OR 1=1 --",
    "\\",
    "%%%",
    "__",
    "$1",
    "?1",
    "\u{0}",
];

#[tokio::test]
async fn markup_in_every_field_is_text_everywhere() {
    let server = start().await;
    let token = server.person("ada").await;
    for markup in MARKUP {
        let short: String = markup.chars().take(25).collect();
        let change =
            json!({ "title": markup, "about": markup, "category": markup, "display_name": markup, "tags": [short] });
        let changed = server.patch_as(&token, "/api/v1/me/channel", change).await.expect(200);
        assert_eq!(changed["title"], *markup);
        let page = server.get("/ada").await;
        let html = page.body.as_str().unwrap();
        assert!(!html.contains("<script>alert"), "{html}");
        assert!(!html.contains("<img src=x") && !html.contains("<svg/onload"), "{html}");
        assert_eq!(html.matches("<title>").count(), 1);
        assert!(page.header("content-security-policy").contains("script-src 'self' 'wasm-unsafe-eval';"));
        // The API says JSON, and no browser guesses otherwise.
        let answer = server.get("/api/v1/channels/ada").await;
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn sql_in_every_filter_is_text() {
    let server = start().await;
    for handle in ["ada", "bob"] {
        server.person(handle).await;
    }
    for text in SQL.iter().chain(MARKUP) {
        for field in ["q", "category", "sort", "cursor", "live", "limit"] {
            for rest in ["", "&live=true", "&live=false", "&sort=newest"] {
                let url = reqwest::Url::parse_with_params(&server.url("/api/v1/channels"), [(field, text)]).unwrap();
                let status = server.client.get(format!("{url}{rest}")).send().await.unwrap().status();
                assert!(!status.is_server_error(), "{field}={text}{rest}: {status}");
            }
        }
        for path in ["channels/{}", "channels/{}/replays"] {
            let mut url = reqwest::Url::parse(&server.url("/api/v1/")).unwrap();
            url.path_segments_mut()
                .unwrap()
                .pop_if_empty()
                .extend(path.split('/').map(|part| if part == "{}" { text } else { part }));
            assert_eq!(server.client.get(url).send().await.unwrap().status(), 404, "{text}");
        }
        let login = json!({ "login": text, "password": text });
        assert_eq!(server.post("/api/v1/sessions", login).await.status, 401, "{text}");
    }
    assert_eq!(handles(&server.get("/api/v1/channels").await.expect(200)).len(), 2);
}

#[tokio::test]
async fn no_path_leads_out_of_the_web_app() {
    let server = start().await;
    for path in [
        "/../Cargo.toml",
        "/assets/../../../etc/passwd",
        "/assets/..%2f..%2f..%2fetc%2fpasswd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/....//....//etc/passwd",
        "/assets/..\\..\\etc\\passwd",
        "/assets/%00index.html",
        "/assets//etc/passwd",
        "//etc/passwd",
        "/assets/\u{202e}txt",
        "/klieg.db",
        "/data/klieg.db",
        &format!("/assets/{}", "a".repeat(5_000)),
    ] {
        // Written by hand: a client would tidy the path first.
        let mut socket = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: klieg\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer);
        assert!(text.starts_with("HTTP/1.1 404") || text.starts_with("HTTP/1.1 400"), "{path}: {}", &text[..40]);
        assert!(!text.contains("root:") && !text.contains("[package]") && !text.contains("SQLite"));
    }
}

#[tokio::test]
async fn what_belongs_to_somebody_else_does_not_exist() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let (_, key) = server.stream_key(&ada).await;
    let missing = server.delete_as(&bob, "/api/v1/me/stream-keys/01900000-0000-7000-8000-000000000000").await;
    for id in [key.as_str(), &key.to_uppercase(), "0", "..", "%2e%2e", "' OR 1=1 --"] {
        let answer = server.delete_as(&bob, &format!("/api/v1/me/stream-keys/{}", id.replace(' ', "%20"))).await;
        assert!(matches!(answer.status.as_u16(), 404 | 405), "{id}");
        if id == key {
            assert_eq!(answer.body, missing.body);
        }
    }
    let keys = server.get_as(&ada, "/api/v1/me/stream-keys").await.expect(200);
    assert_eq!(keys["items"].as_array().unwrap().len(), 1);
    // Another's channel can be changed through no field.
    for body in [json!({ "handle": "ada", "title": "mine" }), json!({ "account_id": "x" }), json!({ "followers": 9 })] {
        assert_eq!(server.ask(Method::PATCH, "/api/v1/me/channel", &bob, Some(body)).await.status, 400);
    }
    assert_eq!(server.get("/api/v1/channels/ada").await.expect(200)["title"], "");
}

#[tokio::test]
async fn the_shell_tells_nothing_of_a_private_channel() {
    let server = start().await;
    let ada = server.person("ada").await;
    let change = json!({ "visibility": "private", "title": "secret plans" });
    server.patch_as(&ada, "/api/v1/me/channel", change).await.expect(200);
    let (private, missing) = (server.get("/ada").await, server.get("/nobody").await);
    assert_eq!(private.status, 404);
    assert_eq!(private.body, missing.body);
}
