use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{TestServer, handles, start};

/// Walks a list page by page, three items at a time.
async fn walk(server: &TestServer, token: &str, path: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = server.get_as(token, &format!("{path}{separator}limit=3&cursor={cursor}")).await.expect(200);
        let items = handles(&page);
        assert!(items.len() <= 3);
        all.extend(items.into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return all,
        }
    }
    panic!("{path} does not end");
}

#[tokio::test]
async fn a_channel_is_changed_field_by_field() {
    let server = start().await;
    let token = server.person("ada").await;
    let change = json!({
        "title": "  Notes on engines ", "category": "Science", "tags": ["Maths", "maths", "engines"], "language": "en",
        "mature": true, "display_name": "Ada Lovelace", "about": "I write.\nYou read.",
    });
    let channel = server.patch_as(&token, "/api/v1/me/channel", change).await.expect(200);
    assert_eq!(channel["title"], "Notes on engines");
    assert_eq!(channel["tags"], json!(["Maths", "engines"]));
    server.patch_as(&token, "/api/v1/me/channel", json!({ "title": "" })).await.expect(200);
    let channel = server.get("/api/v1/channels/ada").await.expect(200);
    assert_eq!(channel["title"], "");
    assert_eq!(channel["category"], "Science");
    assert_eq!(channel["display_name"], "Ada Lovelace");
    assert_eq!(channel["mature"], true);
    assert_eq!(channel["following"], Value::Null);
}

#[tokio::test]
async fn what_does_not_fit_is_named_and_nothing_is_changed() {
    let server = start().await;
    let token = server.person("ada").await;
    let long = "x".repeat(3_000);
    let change = json!({
        "title": long, "category": long, "tags": [long], "language": "not a language", "display_name": "a\u{202e}b",
        "about": long,
    });
    let answer = server.patch_as(&token, "/api/v1/me/channel", change).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (422, "invalid-request"));
    assert_eq!(answer.body["errors"].as_array().unwrap().len(), 6);
    for bad in [json!({ "titel": "x" }), json!({ "visibility": "secret" }), json!({ "mature": "yes" }), json!([1])] {
        let answer = server.patch_as(&token, "/api/v1/me/channel", bad).await;
        assert_eq!((answer.status.as_u16(), answer.problem()), (400, "malformed-request"));
    }
    assert_eq!(server.get("/api/v1/channels/ada").await.expect(200)["title"], "");
}

#[tokio::test]
async fn an_unlisted_channel_is_found_by_its_address_and_a_private_one_not_at_all() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let set = async |visibility: &str| {
        let change = json!({ "visibility": visibility });
        server.patch_as(&ada, "/api/v1/me/channel", change).await.expect(200);
    };
    set("unlisted").await;
    assert_eq!(handles(&server.get("/api/v1/channels").await.expect(200)), ["bob"]);
    server.get("/api/v1/channels/ada").await.expect(200);
    set("private").await;
    assert_eq!(handles(&server.get_as(&ada, "/api/v1/channels?q=ada").await.expect(200)), Vec::<&str>::new());
    for token in ["", &bob] {
        for path in ["/api/v1/channels/ada", "/api/v1/channels/ada/replays"] {
            let private = server.get_as(token, path).await;
            let missing = server.get_as(token, &path.replace("ada", "nobody")).await;
            assert_eq!((private.status.as_u16(), &private.body), (404, &missing.body));
        }
    }
    assert_eq!(server.put_as(&bob, "/api/v1/channels/ada/follow").await.status, 404);
    server.get_as(&ada, "/api/v1/channels/ada").await.expect(200);
}

#[tokio::test]
async fn paging_visits_every_channel_once_in_every_order() {
    let server = start().await;
    let mut tokens = Vec::new();
    for n in 0..8 {
        tokens.push(server.person(&format!("person{n}")).await);
    }
    for (n, token) in tokens.iter().enumerate() {
        for followed in 0..n {
            server.put_as(token, &format!("/api/v1/channels/person{followed}/follow")).await.expect(204);
        }
    }
    let first = server.go_live(&tokens[5]).await;
    let second = server.go_live(&tokens[6]).await;
    let _viewer = second.stream().count_viewer();
    server.until("/api/v1/channels?live=true", |page| page["items"][1]["handle"] == "person5").await;

    let by_followers: Vec<_> = (0..8).map(|n| format!("person{n}")).collect();
    assert_eq!(walk(&server, "", "/api/v1/channels?sort=followers").await, by_followers);
    let newest: Vec<_> = (0..8).rev().map(|n| format!("person{n}")).collect();
    assert_eq!(walk(&server, "", "/api/v1/channels?sort=newest").await, newest);
    let by_viewers = walk(&server, "", "/api/v1/channels").await;
    assert_eq!(by_viewers[..2], ["person6", "person5"]);
    assert_eq!(by_viewers.iter().collect::<HashSet<_>>().len(), 8);
    assert_eq!(by_viewers.len(), 8);
    assert_eq!(walk(&server, "", "/api/v1/channels?live=true").await, ["person6", "person5"]);
    assert_eq!(walk(&server, "", "/api/v1/channels?live=false").await.len(), 6);
    drop(first);
}

#[tokio::test]
async fn filters_narrow_the_list_and_wildcards_are_only_characters() {
    let server = start().await;
    for (handle, title, category) in
        [("ada", "100% engines", "Science"), ("bob", "under_score", "Music"), ("cyd", "", "music")]
    {
        let token = server.person(handle).await;
        let change = json!({ "title": title, "category": category, "tags": ["tagged"] });
        server.patch_as(&token, "/api/v1/me/channel", change).await.expect(200);
    }
    for (query, expected) in [
        ("category=MUSIC", vec!["cyd", "bob"]),
        ("category=Mus", vec![]),
        ("q=ENGINES", vec!["ada"]),
        ("q=%25", vec!["ada"]),
        ("q=_", vec!["bob"]),
        ("q=%5C", vec![]),
        ("q=tagged&category=science", vec!["ada"]),
        ("q=music&sort=newest", vec!["cyd", "bob"]),
        ("q=&category=", vec!["cyd", "bob", "ada"]),
    ] {
        let page = server.get(&format!("/api/v1/channels?{query}")).await.expect(200);
        assert_eq!(handles(&page), expected, "{query}");
    }
}

#[tokio::test]
async fn following_twice_is_following_once() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    for _ in 0..2 {
        server.put_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    }
    let channel = server.get_as(&bob, "/api/v1/channels/ada").await.expect(200);
    assert_eq!((&channel["followers"], &channel["following"]), (&json!(1), &json!(true)));
    assert_eq!(server.get_as(&ada, "/api/v1/channels/ada").await.expect(200)["following"], false);
    for _ in 0..2 {
        server.delete_as(&bob, "/api/v1/channels/ada/follow").await.expect(204);
    }
    let channel = server.get_as(&bob, "/api/v1/channels/ada").await.expect(200);
    assert_eq!((&channel["followers"], &channel["following"]), (&json!(0), &json!(false)));
    let own = server.put_as(&ada, "/api/v1/channels/ada/follow").await;
    assert_eq!((own.status.as_u16(), own.problem()), (409, "own-channel"));
    assert_eq!(server.put_as(&ada, "/api/v1/channels/nobody/follow").await.status, 404);
}

#[tokio::test]
async fn followed_channels_are_listed_with_the_live_ones_first() {
    let server = start().await;
    let viewer = server.person("viewer").await;
    let mut tokens = Vec::new();
    for n in 0..5 {
        tokens.push(server.person(&format!("person{n}")).await);
        server.put_as(&viewer, &format!("/api/v1/channels/person{n}/follow")).await.expect(204);
    }
    let live = server.go_live(&tokens[1]).await;
    let listed = walk(&server, &viewer, "/api/v1/me/following").await;
    assert_eq!(listed, ["person1", "person4", "person3", "person2", "person0"]);
    server.patch_as(&tokens[3], "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    let listed = walk(&server, &viewer, "/api/v1/me/following").await;
    assert_eq!(listed, ["person1", "person4", "person2", "person0"]);
    // One who followed a channel that became private can still leave it.
    server.delete_as(&viewer, "/api/v1/channels/person3/follow").await.expect(204);
    assert_eq!(server.delete_as(&viewer, "/api/v1/channels/person3/follow").await.status, 404);
    drop(live);
}

#[tokio::test]
async fn replays_are_an_empty_page_for_now() {
    let server = start().await;
    server.person("ada").await;
    let page = server.get("/api/v1/channels/ada/replays").await.expect(200);
    assert_eq!(page, json!({ "items": [], "next_cursor": null }));
}
