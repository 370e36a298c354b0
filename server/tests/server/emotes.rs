//! Emotes of a channel: who has how many, under which names, how they are deleted and taken down, and what the room knows.

use std::io::Cursor;
use std::time::{Duration, Instant};

use image::codecs::gif::GifEncoder;
use image::{Delay, DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};
use klieg_server::admin;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use crate::live::{Answer as _, PATIENCE, Person};
use crate::support::{Answer, PASSWORD, ROOMY, TestServer, start, start_with};

const MINE: &str = "/api/v1/me/channel/emotes";

/// A picture that is like no other of another seed.
pub(crate) fn picture(width: u32, height: u32, seed: u8) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| Rgba([x as u8, y as u8, seed, 255]))
}

pub(crate) fn encoded(picture: RgbaImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = DynamicImage::ImageRgba8(picture);
    let picture = if format == ImageFormat::Jpeg { DynamicImage::ImageRgb8(picture.into_rgb8()) } else { picture };
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

pub(crate) fn png(side: u32, seed: u8) -> Vec<u8> {
    encoded(picture(side, side, seed), ImageFormat::Png)
}

pub(crate) fn gif(frames: u8, milliseconds: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    let frame = |seed| {
        let delay = Delay::from_numer_denom_ms(milliseconds, 1);
        Frame::from_parts(RgbaImage::from_pixel(24, 16, Rgba([seed, 0, 0, 255])), 0, 0, delay)
    };
    encoder.encode_frames((0..frames).map(frame)).unwrap();
    drop(encoder);
    bytes
}

pub(crate) async fn add(server: &TestServer, token: &str, name: &str, bytes: impl Into<reqwest::Body>) -> Answer {
    let url = reqwest::Url::parse_with_params(&server.url(MINE), [("name", name)]).unwrap();
    let request = server.client.post(url).bearer_auth(token);
    Answer::of(request.body(bytes).send().await.unwrap()).await
}

async fn delete(server: &TestServer, token: &str, name: &str) -> Answer {
    server.delete_as(token, &format!("{MINE}/{name}")).await
}

/// What is at an address that the API gave.
pub(crate) async fn fetch(server: &TestServer, url: &Value) -> (u16, HeaderMap, Vec<u8>) {
    let response = server.client.get(server.url(url.as_str().unwrap())).send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    (status, headers, response.bytes().await.unwrap().to_vec())
}

pub(crate) async fn names(server: &TestServer, token: &str) -> Vec<String> {
    let page = server.get_as(token, "/api/v1/channels/ada/emotes").await.expect(200);
    assert_eq!(page["next_cursor"], Value::Null);
    page["items"].as_array().unwrap().iter().map(|emote| emote["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_name_is_plain_and_there_is_one_of_it_in_whatever_case() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    for bad in ["", "a", "30", "a b", "a:b", "wäve", "../up", "<b>", &"a".repeat(25)] {
        let refused = add(&server, &ada, bad, png(8, 1)).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (422, "invalid-request"), "{bad}");
        assert_eq!(refused.body["errors"][0]["field"], "name");
    }
    let unnamed = server.client.post(server.url(MINE)).bearer_auth(&ada).body(png(8, 1)).send().await.unwrap();
    assert_eq!(Answer::of(unnamed).await.problem(), "malformed-request");
    for good in ["gg", "Wave", "2fast", &"x".repeat(24)] {
        add(&server, &ada, good, png(8, 1)).await.expect(201);
    }
    for taken in ["Wave", "wave", "WAVE"] {
        let refused = add(&server, &ada, taken, png(8, 2)).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (409, "emote-taken"));
    }
    add(&server, &bob, "wave", png(8, 2)).await.expect(201);
    assert_eq!(names(&server, "").await.len(), 4);
}

#[tokio::test]
async fn a_channel_has_so_many_and_an_account_adds_so_many_a_minute() {
    let server = start().await;
    let ada = server.person("ada").await;
    sqlx::query(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99) \
         INSERT INTO emotes (channel_id, name, name_key, hash, width, height, created_at, picture) \
         SELECT channels.id, 'emote' || n, 'emote' || n, 'hash' || n, 8, 8, n, x'00' FROM numbers, channels",
    )
    .execute(server.server.app().database.write())
    .await
    .unwrap();
    add(&server, &ada, "last", png(8, 1)).await.expect(201);
    let refused = add(&server, &ada, "one_more", png(8, 1)).await;
    assert_eq!((refused.status.as_u16(), refused.problem()), (409, "too-many-emotes"));
    delete(&server, &ada, "emote7").await.expect(204);
    add(&server, &ada, "one_more", png(8, 1)).await.expect(201);
    assert_eq!(names(&server, "").await.len(), 100);

    let server = start_with(&format!("{ROOMY}emotes = '2/h'\n")).await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    for name in ["one", "two"] {
        add(&server, &ada, name, png(8, 1)).await.expect(201);
    }
    let limited = add(&server, &ada, "three", png(8, 1)).await;
    assert_eq!((limited.status.as_u16(), limited.problem()), (429, "too-many-requests"));
    assert!(!limited.header("retry-after").is_empty());
    add(&server, &bob, "three", png(8, 1)).await.expect(201);
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_the_same_picture_elsewhere_is_not() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let emote = add(&server, &ada, "Wave", png(30, 1)).await.expect(201);
    let moving = add(&server, &ada, "dance", gif(3, 100)).await.expect(201);
    let same = add(&server, &bob, "hello", png(30, 1)).await.expect(201);
    assert_eq!(emote["url"], same["url"]);
    for url in [&emote["url"], &moving["url"], &moving["still"]] {
        assert_eq!(fetch(&server, url).await.0, 200);
    }
    assert_eq!(delete(&server, &bob, "Wave").await.problem(), "not-found");
    for gone in ["wave", "dance"] {
        delete(&server, &ada, gone).await.expect(204);
        assert_eq!(delete(&server, &ada, gone).await.problem(), "not-found");
    }
    assert!(names(&server, "").await.is_empty());
    assert_eq!(fetch(&server, &same["url"]).await.0, 200);
    for url in [&moving["url"], &moving["still"]] {
        assert_eq!(fetch(&server, url).await.0, 404);
    }
    for name in ["..%2f..%2fklieg.db", "%00", "a%20b", "'; DROP TABLE emotes; --"] {
        assert_eq!(delete(&server, &ada, name).await.problem(), "not-found");
    }
    for file in ["x", "0.png", "..%2fklieg.db", "%00.png", &"0".repeat(4_000)] {
        assert_eq!(server.get(&format!("/emotes/{file}")).await.problem(), "not-found", "{file}");
    }
}

#[tokio::test]
async fn a_cache_asks_again_and_is_told_that_it_has_it_or_that_it_is_gone() {
    let server = start().await;
    let ada = server.person("ada").await;
    let emote = add(&server, &ada, "wave", png(30, 1)).await.expect(201);
    let (_, headers, _) = fetch(&server, &emote["url"]).await;
    let etag = headers["etag"].to_str().unwrap().to_owned();
    let ask = async |etag: &str| {
        let request = server.client.get(server.url(emote["url"].as_str().unwrap())).header("if-none-match", etag);
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, response.bytes().await.unwrap().len())
    };
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".into()] {
        let (status, headers, length) = ask(&known).await;
        assert_eq!((status, length), (304, 0), "{known}");
        assert_eq!(headers["etag"], etag.as_str());
        assert_eq!(headers["cache-control"], "public, max-age=3600, must-revalidate, immutable");
    }
    assert_eq!(ask("\"other\"").await.0, 200);
    delete(&server, &ada, "wave").await.expect(204);
    let (status, headers, _) = ask(&etag).await;
    assert_eq!((status, headers["cache-control"].to_str().unwrap()), (404, "no-store"));
}

/// What an operator does while the server runs.
async fn take_down(server: &TestServer, what: &str, name: Option<&str>) -> anyhow::Result<()> {
    let command = admin::Command::TakeDownEmote { what: what.to_owned(), name: name.map(str::to_owned) };
    admin::run(&server.server.app().config, command).await
}

#[tokio::test]
async fn what_an_operator_takes_down_is_gone_everywhere_and_does_not_come_back() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let uploaded = encoded(picture(300, 150, 1), ImageFormat::Png);
    let emote = add(&server, &ada, "Bad", uploaded.clone()).await.expect(201);
    let kept = add(&server, &ada, "kept", png(30, 2)).await.expect(201);
    add(&server, &bob, "same", uploaded.clone()).await.expect(201);
    let (_, _, served) = fetch(&server, &emote["url"]).await;
    let mut viewer = Person::join(&server, None, "ada").await;
    assert_eq!(viewer.find(|frame| frame["is"] == "snapshot").await["emotes"], json!([emote, kept]));

    take_down(&server, "ada", Some("bad")).await.unwrap();
    assert_eq!(names(&server, "").await, ["kept"]);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([kept]), "the room is not told, and notices");
    let page = server.get("/api/v1/channels/bob/emotes").await.expect(200);
    assert_eq!(page["items"], json!([]), "who else had it has lost it");
    let began = Instant::now();
    while fetch(&server, &emote["url"]).await.0 != 404 {
        assert!(began.elapsed() < PATIENCE, "it is still served");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // The same file, what was served of it, and the same picture as another file.
    let mut longer = uploaded.clone();
    longer.extend_from_slice(b"something behind it");
    for again in [uploaded, served, longer] {
        let refused = add(&server, &bob, "again", again).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (403, "picture-refused"));
    }
    add(&server, &bob, "other", png(30, 3)).await.expect(201);
}

#[tokio::test]
async fn an_operator_takes_down_what_moves_by_either_of_its_addresses() {
    let server = start().await;
    let ada = server.person("ada").await;
    let emote = add(&server, &ada, "dance", gif(3, 100)).await.expect(201);
    let still = server.url(emote["still"].as_str().unwrap());
    take_down(&server, &still, None).await.unwrap();
    assert!(names(&server, "").await.is_empty());
    for again in [gif(3, 100), gif(1, 100), gif(2, 100)] {
        assert_eq!(add(&server, &ada, "again", again).await.problem(), "picture-refused", "it begins the same");
    }
    // Also one that nobody has any more.
    let emote = add(&server, &ada, "wave", png(30, 1)).await.expect(201);
    delete(&server, &ada, "wave").await.expect(204);
    take_down(&server, emote["url"].as_str().unwrap(), None).await.unwrap();
    assert_eq!(add(&server, &ada, "wave", png(30, 1)).await.problem(), "picture-refused");
    for (what, name, words) in
        [("ada", Some("gone"), "no such emote"), ("nobody", Some("wave"), "no channel"), ("ada", None, "hash")]
    {
        let error = take_down(&server, what, name).await.unwrap_err().to_string();
        assert!(error.contains(words), "{what}: {error}");
    }
}

/// What an operator lifts.
async fn allow(server: &TestServer, what: &Value) -> anyhow::Result<()> {
    let command = admin::Command::AllowEmote { what: what.as_str().unwrap().to_owned() };
    admin::run(&server.server.app().config, command).await
}

#[tokio::test]
async fn the_first_frame_of_what_is_taken_down_does_not_come_back_as_a_picture_until_it_is_lifted() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let moving = add(&server, &ada, "dance", gif(3, 100)).await.expect(201);
    let (_, _, frame) = fetch(&server, &moving["still"]).await;
    add(&server, &bob, "stands", frame.clone()).await.expect(201);
    take_down(&server, "ada", Some("dance")).await.unwrap();
    let page = server.get("/api/v1/channels/bob/emotes").await.expect(200);
    assert_eq!(page["items"], json!([]));
    for again in [gif(3, 100), gif(1, 100), frame.clone()] {
        assert_eq!(add(&server, &bob, "again", again).await.problem(), "picture-refused");
    }
    // Others may begin so: the frame of a drawing that comes out of nothing is empty.
    let other = add(&server, &bob, "other", gif(2, 100)).await.expect(201);
    assert_eq!(other["still"], moving["still"]);

    // What two take-downs refuse is refused until both are lifted; each is lifted whole.
    take_down(&server, other["url"].as_str().unwrap(), None).await.unwrap();
    allow(&server, &moving["url"]).await.unwrap();
    add(&server, &ada, "dance", gif(3, 100)).await.expect(201);
    assert_eq!(add(&server, &ada, "frame", frame.clone()).await.problem(), "picture-refused");
    allow(&server, &other["still"]).await.unwrap();
    for (name, bytes) in [("frame", frame), ("other", gif(2, 100))] {
        add(&server, &ada, name, bytes).await.expect(201);
    }
    let error = allow(&server, &other["url"]).await.unwrap_err().to_string();
    assert!(error.contains("not taken down"), "{error}");
    let error = allow(&server, &json!("ada")).await.unwrap_err().to_string();
    assert!(error.contains("hash or address"), "{error}");
}

/// Clients that go away as soon as they have asked, in the middle of whatever the server does then.
#[tokio::test]
async fn the_room_knows_what_there_is_whenever_a_client_goes_away() {
    let server = start_with(&format!("{ROOMY}emotes = '1000/min'\n")).await;
    let ada = server.person("ada").await;
    let mut viewer = Person::join(&server, None, "ada").await;
    for number in 0..20_u8 {
        let body = png(40, number);
        let head = format!(
            "POST {MINE}?name=emote{number} HTTP/1.1\r\nHost: klieg\r\nAuthorization: Bearer {ada}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut socket = tokio::net::TcpStream::connect(server.address()).await.unwrap();
        socket.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
        for _ in 0..number {
            tokio::task::yield_now().await;
        }
    }
    add(&server, &ada, "last", png(40, 100)).await.expect(201);
    let began = Instant::now();
    let mut told = Vec::new();
    loop {
        let there = names(&server, "").await;
        if there.contains(&"last".to_owned()) && there == told {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "there are {there:?}, and the room knows {told:?}");
        let event = viewer.event("emotes").await;
        let emotes = event["emotes"].as_array().unwrap();
        told = emotes.iter().map(|emote| emote["name"].as_str().unwrap().to_owned()).collect();
    }
}

#[tokio::test]
async fn only_the_creator_changes_them_in_person_or_by_a_token_for_the_channel() {
    let server = start().await;
    let ada = server.person("ada").await;
    assert_eq!(add(&server, "nonsense", "wave", png(8, 1)).await.problem(), "unauthenticated");
    let request = server.client.post(server.url(&format!("{MINE}?name=wave"))).body(png(8, 1));
    assert_eq!(Answer::of(request.send().await.unwrap()).await.problem(), "unauthenticated");
    let token = async |scope: &str| {
        let body = json!({ "name": "Bot", "scopes": [scope], "current_password": PASSWORD });
        let made = server.ask(reqwest::Method::POST, "/api/v1/me/tokens", &ada, Some(body)).await.expect(201);
        made["token"].as_str().unwrap().to_owned()
    };
    let (reads, writes) = (token("channel:read").await, token("channel:write").await);
    assert_eq!(add(&server, &reads, "wave", png(8, 1)).await.problem(), "insufficient-scope");
    add(&server, &writes, "wave", png(8, 1)).await.expect(201);
    assert_eq!(delete(&server, &reads, "wave").await.problem(), "insufficient-scope");
    delete(&server, &writes, "wave").await.expect(204);
}

#[tokio::test]
async fn a_private_channels_emotes_are_its_owners() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    add(&server, &ada, "wave", png(8, 1)).await.expect(201);
    for visibility in ["unlisted", "private"] {
        server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": visibility })).await.expect(200);
        assert_eq!(names(&server, &ada).await, ["wave"]);
        for other in ["", &bob] {
            let answer = server.get_as(other, "/api/v1/channels/ada/emotes").await;
            assert_eq!(answer.status.as_u16(), if visibility == "private" { 404 } else { 200 });
        }
    }
    for nobody in ["nobody", "..", "%00"] {
        assert_eq!(server.get(&format!("/api/v1/channels/{nobody}/emotes")).await.status, 404);
    }
}

#[tokio::test]
async fn the_room_knows_them_when_they_change_and_when_one_comes() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let first = add(&server, &ada, "wave", png(8, 1)).await.expect(201);
    let mut viewer = Person::join(&server, Some(&bob), "ada").await;
    let snapshot = viewer.find(|frame| frame["is"] == "snapshot").await;
    assert_eq!(snapshot["emotes"], json!([first]));
    let second = add(&server, &ada, "dance", gif(2, 100)).await.expect(201);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([first, second]));
    let mut guest = Person::join(&server, None, "ada").await;
    assert_eq!(guest.find(|frame| frame["is"] == "snapshot").await["emotes"], json!([first, second]));

    let mut creator = Person::join(&server, Some(&ada), "ada").await;
    creator.ask(json!({ "do": "set", "room": "ada", "settings": { "emotes_only": true } })).await.done();
    viewer.say("ada", ":wave: :dance: \u{1f389}").await.done();
    assert_eq!(guest.event("message").await["message"]["text"], ":wave: :dance: \u{1f389}");
    for other in [":wave: hi", ":gone:"] {
        assert_eq!(viewer.say("ada", other).await.refused(), "emotes-only", "{other}");
    }
    delete(&server, &ada, "dance").await.expect(204);
    assert_eq!(viewer.event("emotes").await["emotes"], json!([first]));
    assert_eq!(viewer.say("ada", ":dance:").await.refused(), "emotes-only");
}
