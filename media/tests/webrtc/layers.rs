//! WHEP's layer selection: a viewer chooses among the pictures of a simulcast publisher.

use std::time::{Duration, Instant};

use axum::http::Method;
use str0m::Event;
use str0m::media::{Frequency, MediaData, MediaKind, MediaTime, Rid};

use crate::support::peer::{Peer, Wish};
use crate::support::show::{FRAME, film, number, small_film};
use crate::support::{Answer, Server, until};

const LAYERS: [&str; 2] = ["low", "high"];

/// Publishes both films until the test ends. A requested keyframe makes that layer's begin again.
pub(crate) async fn publish(server: &Server) -> tokio::task::JoinHandle<()> {
    tokio::task::spawn_blocking(|| (film(), small_film())).await.unwrap();
    let mut peer = Peer::new(Wish { layers: &LAYERS, audio: false, ..Wish::PUBLISH }).await;
    let answer = server.whip(&peer.offer).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    peer.accept(&answer.body);
    peer.connected().await;
    let task = tokio::spawn(async move {
        let (start, mut shown, mut pictures) = (Instant::now(), 0u32, [0usize; 2]);
        let mut clock = tokio::time::interval(Duration::from_millis(5));
        loop {
            clock.tick().await;
            while let Some(event) = peer.try_event() {
                if let Event::KeyframeRequest(request) = event {
                    for (layer, picture) in LAYERS.iter().zip(&mut pictures) {
                        if request.rid == Some(Rid::from(*layer)) {
                            *picture = 0;
                        }
                    }
                }
            }
            while start.elapsed() >= FRAME * shown {
                let time = MediaTime::new(u64::from(shown) * 2_970, Frequency::NINETY_KHZ);
                for ((layer, film), picture) in LAYERS.iter().zip([small_film(), film()]).zip(&mut pictures) {
                    let data = film[*picture % film.len()].clone();
                    peer.write(MediaKind::Video, Some(Rid::from(*layer)), time, data);
                    *picture += 1;
                }
                shown += 1;
            }
        }
    });
    until("both layers are there", || {
        let configured = |stream: &klieg_media::stream::Stream, layer: &str| {
            stream.rendition(layer).is_some_and(|found| found.config().is_some())
        };
        server.stream().is_some_and(|stream| LAYERS.iter().all(|layer| configured(&stream, layer)))
    })
    .await;
    task
}

async fn select(server: &Server, session: &str, choice: &str) -> Answer {
    let path = format!("{session}/layer");
    server.request(Method::POST, &path, &[("content-type", "application/json")], choice.to_owned()).await
}

fn is_high(picture: &MediaData) -> bool {
    number(&picture.data).is_some()
}

/// Pictures after `last` until the first of the other layer: that one and the one before it.
async fn switch(viewer: &mut Peer, last: MediaData, to_high: bool) -> (MediaData, MediaData) {
    let mut before = last;
    for _ in 0..600 {
        let picture = viewer.picture().await;
        if is_high(&picture) == to_high {
            return (before, picture);
        }
        before = picture;
    }
    panic!("the other layer never came");
}

/// The first picture of the layer that a viewer begins with.
async fn first_high(viewer: &mut Peer) -> MediaData {
    loop {
        let picture = viewer.picture().await;
        if is_high(&picture) {
            return picture;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_4_a_chosen_layer_begins_with_a_keyframe_and_without_a_gap() {
    let server = Server::start();
    let task = publish(&server).await;
    let mut viewer = Peer::new(Wish { audio: false, ..Wish::PLAY }).await;
    let created = server.whep(&viewer.offer).await;
    let session = created.header("location").to_owned();
    viewer.accept(&created.body);
    let mut last = first_high(&mut viewer).await;
    for (choice, to_high) in [
        ("{\"mediaId\":\"0\",\"encodingId\":\"low\"}", false),
        ("{\"mediaId\":\"0\",\"rid\":\"high\"}", true),
        ("{\"maxHeight\":100}", false),
        ("{\"mediaId\":\"0\"}", true),
        ("{\"maxWidth\":10}", false),
        ("", true),
    ] {
        let answer = select(&server, &session, choice).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let (before, first) = switch(&mut viewer, last, to_high).await;
        assert!(first.is_keyframe(), "{choice}");
        assert!(first.contiguous && **first.seq_range.start() == **before.seq_range.end() + 1, "{choice}");
        let step = first.time.numer() - before.time.numer();
        // One frame. More when the machine is busy and the layers do not arrive side by side, but no other place in the show.
        assert!((1..=90_000).contains(&step), "{choice}: {step}");
        last = first;
    }
    let stream = server.stream().unwrap();
    until("the layer that was left is given up", || stream.rendition("low").unwrap().subscribers() == 0).await;
    assert_eq!(select(&server, &session, "{\"rid\":\"low\"}").await.status, 200);
    let (_, low) = switch(&mut viewer, last, false).await;
    assert_eq!(server.request(Method::DELETE, &format!("{session}/layer"), &[], "").await.status, 200);
    switch(&mut viewer, low, true).await;
    task.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_choice_that_cannot_be_met_changes_nothing() {
    let server = Server::start();
    let task = publish(&server).await;
    let mut viewer = Peer::new(Wish { audio: false, ..Wish::PLAY }).await;
    let created = server.whep(&viewer.offer).await;
    let session = created.header("location").to_owned();
    viewer.accept(&created.body);
    first_high(&mut viewer).await;
    for (choice, status) in [
        ("{\"rid\":\"middle\"}", 422),
        ("{\"mediaId\":\"1\",\"rid\":\"low\"}", 422),
        ("{\"spatialLayerId\":1}", 422),
        ("{\"rid\":7}", 400),
        ("low", 400),
    ] {
        assert_eq!(select(&server, &session, choice).await.status, status, "{choice}");
    }
    let path = format!("{session}/layer");
    assert_eq!(server.request(Method::POST, &path, &[], "{}").await.status, 415);
    assert_eq!(server.request(Method::GET, &path, &[], "").await.status, 405);
    let gone = path.replace(&session[10..20], "0123456789");
    assert_eq!(server.request(Method::DELETE, &gone, &[], "").await.status, 404);
    for _ in 0..10 {
        assert!(is_high(&viewer.picture().await));
    }
    task.abort();
}
