use serde_json::json;

use crate::support::start;

#[tokio::test]
async fn every_page_of_the_app_is_the_shell() {
    let server = start().await;
    server.person("ada").await;
    for path in
        ["/", "/studio", "/studio/keys", "/login", "/signup", "/settings", "/following", "/ada", "/ada/replays/1"]
    {
        let page = server.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert_eq!(page.header("cache-control"), "no-cache");
    }
    for path in ["/nobody", "/no-such-page", "/%3Cscript%3E", "/favicon.xyz"] {
        let page = server.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.as_str().unwrap().contains("<html"), "{path}");
    }
}

#[tokio::test]
async fn pages_carry_a_strict_policy() {
    let server = start().await;
    let page = server.get("/").await;
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(
        !policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'),
        "{policy}"
    );
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert!(!page.header("referrer-policy").is_empty());
    assert!(page.header("permissions-policy").contains("geolocation=()"));
}

#[tokio::test]
async fn a_channel_page_has_a_preview_card_and_a_tag_that_changes_with_it() {
    let server = start().await;
    let token = server.person("ada").await;
    let set =
        async |title: &str| server.patch_as(&token, "/api/v1/me/channel", json!({ "title": title })).await.expect(200);
    set("Engines & “more”").await;
    let page = server.get("/ada").await;
    let html = page.body.as_str().unwrap();
    assert!(html.contains("<title>ada · Klieg</title>"), "{html}");
    assert!(html.contains("<meta property=\"og:description\" content=\"Engines &amp; “more”\">"), "{html}");
    assert!(html.contains(&format!("<meta property=\"og:url\" content=\"{}\">", server.url("/ada"))), "{html}");

    let etag = page.header("etag").to_owned();
    let again = || server.client.get(server.url("/ada")).header("if-none-match", &etag).send();
    let unchanged = again().await.unwrap();
    assert_eq!(unchanged.status(), 304);
    assert_eq!(unchanged.headers()["etag"], etag.as_str());
    set("Something else").await;
    assert_eq!(again().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_live_channels_card_says_so() {
    let server = start().await;
    let token = server.person("ada").await;
    server.patch_as(&token, "/api/v1/me/channel", json!({ "title": "Engines" })).await.expect(200);
    let _publisher = server.go_live(&token).await;
    let page = server.get("/ada").await;
    assert!(page.body.as_str().unwrap().contains("<title>Engines · ada is live on Klieg</title>"));
}

#[tokio::test]
async fn head_says_what_get_would_send() {
    let server = start().await;
    for path in ["/", "/healthz", "/api/v1/channels"] {
        let head = server.client.head(server.url(path)).send().await.unwrap();
        let get = server.client.get(server.url(path)).send().await.unwrap();
        assert_eq!(head.status(), get.status());
        assert_eq!(head.headers().get("content-length"), get.headers().get("content-length"), "{path}");
        assert!(head.bytes().await.unwrap().is_empty());
    }
}
