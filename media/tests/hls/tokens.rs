//! Channels that ask for a token, watched by players that are given nothing but an address.

use async_trait::async_trait;
use axum::http::{StatusCode, header};
use klieg_media::authority::{Authority, Denied, PlayRequest, PublishGrant, PublishRequest, StaticAuthority};

use crate::flv;
use crate::players::play_with_ffmpeg;
use crate::show::Show;

const TOKEN: &str = "let_me-in.42";

/// Lets nobody watch who has no token.
struct Doorkeeper(StaticAuthority);

#[async_trait]
impl Authority for Doorkeeper {
    async fn may_publish(&self, request: &PublishRequest) -> Result<PublishGrant, Denied> {
        self.0.may_publish(request).await
    }

    async fn may_play(&self, request: &PlayRequest) -> Result<(), Denied> {
        if request.token.as_deref() == Some(TOKEN) { Ok(()) } else { Err(Denied::NotFound) }
    }
}

/// A show behind a door that has lasted six seconds.
async fn playing() -> Show {
    let mut show = Show::begin_for(Doorkeeper(StaticAuthority::new([("key", "ada")]))).await;
    show.feed(flv::plain(), 6_000).await;
    show
}

/// The address that `uri` means in a document at `base` (RFC 3986, 5.2).
fn resolve(base: &str, uri: &str) -> String {
    let mut path: Vec<&str> = base.split('?').next().unwrap().split('/').collect();
    path.pop();
    for segment in uri.split('/') {
        match segment {
            ".." => drop(path.pop()),
            segment => path.push(segment),
        }
    }
    path.join("/")
}

/// Every address that stands in a playlist.
fn addresses(playlist: &str) -> Vec<&str> {
    playlist
        .lines()
        .filter_map(|line| match line.split_once("URI=\"") {
            Some((_, rest)) => rest.split('"').next(),
            None => Some(line).filter(|line| !line.is_empty() && !line.starts_with('#')),
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn without_a_token_there_is_nothing_to_see() {
    let show = playing().await;
    for path in ["/hls/ada/index.m3u8", "/hls/ada/index.m3u8?token=wrong", "/hls/ada/token/wrong/index.m3u8"] {
        assert_eq!(show.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for file in ["source/index.m3u8", "source/0.m4s", "source/0.0.m4s", "source/init-0.mp4"] {
        assert_eq!(show.get(&show.path(file)).await.status, StatusCode::NOT_FOUND, "{file}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_of_an_address_goes_along_into_every_address_of_the_playlists() {
    let show = playing().await;
    let start = format!("/hls/ada/index.m3u8?token={TOKEN}");
    let media_playlist = format!("{}?token={TOKEN}", show.path("source/index.m3u8"));
    let (mut to_visit, mut seen) = (vec![start, media_playlist], std::collections::BTreeSet::new());
    while let Some(path) = to_visit.pop() {
        let answer = show.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.header(header::CACHE_CONTROL).starts_with("private"), "{path}");
        if path.contains(".m3u8") {
            let inside = addresses(answer.text());
            assert!(!inside.is_empty());
            // The hinted part comes with the next frames; everything else is there.
            let hinted = answer.text().lines().find(|line| line.starts_with("#EXT-X-PRELOAD-HINT"));
            let there =
                inside.into_iter().filter(|uri| !hinted.is_some_and(|hint| hint.contains(&format!("\"{uri}\""))));
            to_visit.extend(there.map(|uri| resolve(&path, uri)).filter(|path| seen.insert(path.clone())));
        }
    }
    assert!(seen.iter().all(|path| path.starts_with(&format!("/hls/ada/token/{TOKEN}/"))), "{seen:?}");
    for end in ["source/index.m3u8", "aac/index.m3u8", "source/init-0.mp4", "source/0.m4s", "aac/1.m4s"] {
        assert!(seen.iter().any(|path| path.ends_with(end)), "{end}");
    }
}

#[tokio::test(start_paused = true)]
async fn below_the_token_everybody_gets_the_same_bytes() {
    let show = playing().await;
    for file in ["source/index.m3u8", "aac/index.m3u8", "source/0.m4s"] {
        let path = show.path(file);
        let by_header = show.get_with(&path, &[("authorization", &format!("Bearer {TOKEN}"))]).await;
        let by_path = show.get(&path.replace("/hls/ada/", &format!("/hls/ada/token/{TOKEN}/"))).await;
        assert_eq!((by_header.status, &by_header.body), (StatusCode::OK, &by_path.body), "{file}");
    }
}

#[tokio::test]
async fn ffmpeg_plays_a_show_that_asks_for_a_token_by_its_address_alone() {
    play_with_ffmpeg(playing().await, &format!("/hls/ada/index.m3u8?token={TOKEN}")).await;
}
