use std::sync::Arc;

use bytes::Bytes;
use klieg_media::authority::{Denied, Handle, PlayRequest};
use klieg_media::codec::{TrackConfig, VideoConfig, VideoSetup};
use klieg_media::hub::{PublishError, StopReason};
use klieg_media::publisher::SourceFrame;
use klieg_media::time::MediaTime;
use serde_json::{Value, json};

use crate::support::{Answer, ROOMY, TestServer, handles, start, start_in, start_with};

/// The broadcasts written down, as (channel handle, ended).
async fn broadcasts(server: &TestServer) -> Vec<(String, bool)> {
    sqlx::query_as(
        "SELECT accounts.handle, broadcasts.ended_at IS NOT NULL FROM broadcasts \
         JOIN channels ON channels.id = broadcasts.channel_id JOIN accounts ON accounts.id = channels.account_id \
         ORDER BY broadcasts.started_at",
    )
    .fetch_all(server.server.app().database.read())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_key_is_shown_once_and_then_only_hinted_at() {
    let server = start().await;
    let token = server.person("ada").await;
    let (key, id) = server.stream_key(&token).await;
    assert!(key.starts_with("klieg_") && key.len() >= 40, "{key}");
    let page = server.get_as(&token, "/api/v1/me/stream-keys").await.expect(200);
    assert_eq!(page["items"][0]["id"], *id);
    assert!(key.ends_with(page["items"][0]["hint"].as_str().unwrap()));
    assert_eq!(page["items"][0]["last_used_at"], Value::Null);
    assert!(!page.to_string().contains(&key));
}

#[tokio::test]
async fn only_a_real_key_opens_a_broadcast_and_its_use_is_noted() {
    let server = start().await;
    let token = server.person("ada").await;
    let (key, _) = server.stream_key(&token).await;
    for wrong in ["", "klieg_", &key[..key.len() - 1], &format!("{key}x"), &key.to_uppercase(), "' OR 1=1 --"] {
        let refused = server.publish(wrong).await.err();
        assert_eq!(refused, Some(PublishError::Denied(Denied::Unauthorized)), "{wrong}");
    }
    let publisher = server.publish(&key).await.unwrap();
    assert_eq!(publisher.stream().handle.as_str(), "ada");
    let page = server.get_as(&token, "/api/v1/me/stream-keys").await.expect(200);
    assert!(page["items"][0]["last_used_at"].is_string());
}

#[tokio::test]
async fn revoking_a_key_cuts_off_who_is_live_with_it() {
    let server = start().await;
    let token = server.person("ada").await;
    let (key, id) = server.stream_key(&token).await;
    let publisher = server.publish(&key).await.unwrap();
    server.get("/api/v1/channels/ada").await.expect(200)["live"].as_object().unwrap();
    server.delete_as(&token, &format!("/api/v1/me/stream-keys/{id}")).await.expect(204);
    assert_eq!(publisher.stopped().await, StopReason::KeyRevoked);
    publisher.stream().ended().await;
    assert_eq!(server.get("/api/v1/channels/ada").await.expect(200)["live"], Value::Null);
    assert!(server.publish(&key).await.is_err());
    assert_eq!(server.delete_as(&token, &format!("/api/v1/me/stream-keys/{id}")).await.status, 404);
}

#[tokio::test]
async fn a_channel_has_at_most_twenty_keys() {
    let server = start().await;
    let token = server.person("ada").await;
    let mut last = String::new();
    for _ in 0..20 {
        last = server.stream_key(&token).await.1;
    }
    let answer = server.ask(reqwest::Method::POST, "/api/v1/me/stream-keys", &token, None).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (409, "too-many-stream-keys"));
    server.delete_as(&token, &format!("/api/v1/me/stream-keys/{last}")).await.expect(204);
    server.stream_key(&token).await;
}

#[tokio::test]
async fn a_broadcast_is_on_the_home_page_and_its_channel_until_it_ends() {
    let server = start().await;
    let token = server.person("ada").await;
    server
        .patch_as(&token, "/api/v1/me/channel", json!({ "title": "Engines", "category": "Science" }))
        .await
        .expect(200);
    server.person("bob").await;
    let publisher = server.go_live(&token).await;

    let page = server.until("/api/v1/channels?live=true", |page| !page["items"].as_array().unwrap().is_empty()).await;
    assert_eq!(handles(&page), ["ada"]);
    let live = &page["items"][0]["live"];
    assert_eq!(live["state"], "live");
    assert_eq!(live["playback"], json!({ "whep": "/whep/ada", "hls": "/hls/ada/index.m3u8" }));
    let renditions: Vec<_> = live["renditions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| (r["kind"].as_str(), r["codec"].as_str(), r["height"].as_u64()))
        .collect();
    assert_eq!(renditions, [(Some("video"), Some("h264"), Some(720)), (Some("audio"), Some("aac"), Some(0))]);
    let channel = server.get("/api/v1/channels/ada").await.expect(200);
    assert_eq!(channel["live"]["broadcast_id"], publisher.stream().id.to_string());
    assert_eq!(handles(&server.get("/api/v1/channels?live=false").await.expect(200)), ["bob"]);
    assert_eq!(handles(&server.get("/api/v1/channels").await.expect(200)), ["ada", "bob"]);
    let categories = server.get("/api/v1/categories").await.expect(200);
    assert_eq!(categories["items"], json!([{ "name": "Science", "channels": 1, "viewers": 0 }]));
    assert_eq!(broadcasts(&server).await, [("ada".to_owned(), false)]);

    let stream = publisher.stream().clone();
    publisher.finish();
    stream.ended().await;
    server.until("/api/v1/channels?live=true", |page| page["items"].as_array().unwrap().is_empty()).await;
    assert_eq!(server.get("/api/v1/channels/ada").await.expect(200)["live"], Value::Null);
    server.until("/api/v1/categories", |page| page["items"].as_array().unwrap().is_empty()).await;
}

#[tokio::test]
async fn the_health_of_an_ingest_is_its_creators_to_see() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let answer = server.get_as(&ada, "/api/v1/me/ingest").await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (404, "not-live"));
    let publisher = server.go_live(&ada).await;
    let health = server.get_as(&ada, "/api/v1/me/ingest").await.expect(200);
    assert_eq!(health["protocol"], "rtmp");
    assert_eq!(health["encoder"], "test encoder");
    assert_eq!(health["tracks"][0]["codec"], "h264");
    assert_eq!(health["tracks"][0]["frames"], 15);
    assert_eq!(health["advice"], json!([]));
    assert_eq!(server.get_as(&bob, "/api/v1/me/ingest").await.status, 404);
    let metrics = server.get("/metrics").await;
    let text = metrics.body.as_str().unwrap();
    assert!(text.contains("klieg_ingest_bitrate{handle=\"ada\",rendition=\"source\",kind=\"video\"}"), "{text}");
    assert!(text.contains("klieg_broadcasts 1"));
    for metric in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()) {
        assert!(text.contains(&format!("# HELP {metric} ")), "{metric} is not explained");
    }

    // The connection is lost: the broadcast waits, and its creator is told.
    drop(publisher);
    let health = server.get_as(&ada, "/api/v1/me/ingest").await.expect(200);
    assert_eq!(health["state"], "waiting");
    assert!(health["advice"][0].as_str().unwrap().contains("encoder is gone"));
}

#[tokio::test]
async fn a_creator_is_told_of_a_picture_that_hls_cannot_carry() {
    let server = start().await;
    let ada = server.person("ada").await;
    let (key, _) = server.stream_key(&ada).await;
    let mut publisher = server.publish(&key).await.unwrap();
    let config = VideoConfig { setup: VideoSetup::Vp8, width: 640, height: 360 };
    let frame = SourceFrame {
        pts: MediaTime::ZERO,
        dts: MediaTime::ZERO,
        captured: None,
        keyframe: true,
        config: Arc::new(TrackConfig::Video(config)),
        payload: Bytes::from_static(b"picture"),
    };
    publisher.push("source", frame).unwrap();
    let health = server.get_as(&ada, "/api/v1/me/ingest").await.expect(200);
    assert!(health["advice"][0].as_str().unwrap().contains("VP8, which HLS cannot carry"), "{health}");
}

#[tokio::test]
async fn a_private_channel_is_played_by_its_owner_only() {
    let server = start().await;
    let (ada, bob) = (server.person("ada").await, server.person("bob").await);
    let hub = server.server.app().hub.clone();
    let play = async |token: &str| {
        let token = Some(token.to_owned()).filter(|token| !token.is_empty());
        hub.may_play(&PlayRequest { handle: Handle::new("ada"), token }).await
    };
    for token in ["", "nonsense", &bob] {
        assert_eq!(play(token).await, Ok(()));
    }
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "unlisted" })).await.expect(200);
    assert_eq!(play("").await, Ok(()));
    server.patch_as(&ada, "/api/v1/me/channel", json!({ "visibility": "private" })).await.expect(200);
    for token in ["", "nonsense", &bob] {
        assert_eq!(play(token).await, Err(Denied::NotFound));
    }
    assert_eq!(play(&ada).await, Ok(()));
    server.delete_as(&ada, "/api/v1/sessions/current").await.expect(204);
    assert_eq!(play(&ada).await, Err(Denied::NotFound));
    let nobody = PlayRequest { handle: Handle::new("nobody"), token: None };
    assert_eq!(hub.may_play(&nobody).await, Err(Denied::NotFound));
}

#[tokio::test]
async fn a_broadcast_cut_short_by_a_crash_is_closed_at_the_next_start() {
    let server = start().await;
    let token = server.person("ada").await;
    let publisher = server.go_live(&token).await;
    // As after kill -9: the database is left as it stands, the lock falls with the process.
    let TestServer { server: crashed, data, .. } = server;
    sqlx::query("PRAGMA wal_checkpoint").execute(crashed.app().database.write()).await.unwrap();
    let copy = tempfile::tempdir().unwrap();
    for name in ["klieg.db", "klieg.db-wal"] {
        std::fs::copy(data.path().join(name), copy.path().join(name)).unwrap();
    }
    let again = start_in(copy, "").await;
    assert_eq!(broadcasts(&again).await, [("ada".to_owned(), true)]);
    assert_eq!(again.get("/api/v1/channels/ada").await.expect(200)["live"], Value::Null);
    drop(publisher);
    crashed.stop().await;
}

#[tokio::test]
async fn stopping_ends_broadcasts_and_tells_publishers_to_come_back() {
    let server = start().await;
    let token = server.person("ada").await;
    let publisher = server.go_live(&token).await;
    let TestServer { server: stopping, data, .. } = server;
    let hub = stopping.app().hub.clone();
    stopping.stop().await;
    assert_eq!(publisher.must_stop(), Some(StopReason::Shutdown));
    assert!(hub.streams().is_empty());
    let again = start_in(data, "").await;
    assert_eq!(broadcasts(&again).await, [("ada".to_owned(), true)]);
}

#[tokio::test]
async fn an_upload_is_measured_by_what_comes_in() {
    let server = start_with("[limits]\nupload_test = '2/h'").await;
    let token = server.person("ada").await;
    let upload = async |token: &str, body: reqwest::Body| {
        let request = server.client.post(server.url("/api/v1/me/upload-test")).bearer_auth(token).body(body);
        Answer::of(request.send().await.unwrap()).await
    };
    assert_eq!(upload("nobody", "x".into()).await.status, 401);
    // More than JSON may have, in too short a time to tell, unless the machine is busy.
    let measured = upload(&token, vec![7; 1 << 20].into()).await.expect(200);
    assert!(measured["kbit"].is_null() || measured["milliseconds"].as_u64().unwrap() >= 1_750, "{measured}");
    assert!(measured["bytes"].as_u64().unwrap() <= 1 << 20);
    // Ten kilobytes every twentieth of a second.
    let slow = futures_util::stream::unfold(0, |n: u32| async move {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        (n < 55).then(|| (Ok::<_, std::io::Error>(vec![7_u8; 10_000]), n + 1))
    });
    let measured = upload(&token, reqwest::Body::wrap_stream(slow)).await.expect(200);
    let kbit = measured["kbit"].as_u64().unwrap();
    // A machine that is busy sends less of it.
    assert!((1..=1_700).contains(&kbit), "{measured}");
    let answer = upload(&token, "x".into()).await;
    assert_eq!((answer.status.as_u16(), answer.problem()), (429, "too-many-requests"));
}

#[tokio::test]
async fn encoders_are_told_the_port_that_rtmp_really_has() {
    let server = start().await;
    let token = server.person("ada").await;
    let told = server.get_as(&token, "/api/v1/me/ingest/addresses").await.expect(200);
    let ready = server.server.ready_line();
    let rtmp = ready.split(' ').find_map(|field| field.strip_prefix("rtmp=")).unwrap();
    assert_eq!(told["rtmp"], format!("rtmp://{rtmp}/live"));

    let server = start_with(&format!("public_url = 'https://live.example.org:8443'\n{ROOMY}")).await;
    let token = server.person("ada").await;
    let told = server.get_as(&token, "/api/v1/me/ingest/addresses").await.expect(200);
    let ready = server.server.ready_line();
    let (_, port) = ready.split(' ').find(|field| field.starts_with("rtmp=")).unwrap().rsplit_once(':').unwrap();
    assert_eq!(told["rtmp"], format!("rtmp://live.example.org:{port}/live"));
}
