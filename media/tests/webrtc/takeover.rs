//! Another encoder takes over and sends other pictures: viewers go over to what there is.

use std::time::Duration;

use bytes::Bytes;
use klieg_media::codec::h264;
use klieg_media::publisher::{Publisher, SourceFrame};
use klieg_media::time::MediaTime;
use serde_json::Value;

use crate::events::{Listener, session};
use crate::layers;
use crate::renditions::{config_of, rtmp};
use crate::support::Server;
use crate::support::peer::Peer;
use crate::support::show::{FRAME, film, large_film, slices, small_film};

type Film = &'static [Vec<u8>];

/// Publishes the film's pictures as `source` until another takes over.
fn send(mut publisher: Publisher, film: Film) -> tokio::task::JoinHandle<()> {
    let config = config_of(film);
    tokio::spawn(async move {
        for (at, unit) in (0i64..).zip(film.iter().cycle()) {
            let time = MediaTime::ZERO + FRAME * u32::try_from(at).unwrap();
            let frame = SourceFrame {
                pts: time,
                dts: time,
                captured: None,
                keyframe: at % film.len() as i64 == 0,
                config: config.clone(),
                payload: h264::length_prefixed(&slices(unit)),
            };
            if publisher.push("source", frame).is_err() {
                return;
            }
            tokio::time::sleep(FRAME).await;
        }
    })
}

/// Waits until the viewer is shown pictures of this film and, from then on, of no other.
async fn shows(viewer: &mut Peer, film: Film) {
    let pictures: Vec<Vec<Bytes>> = film.iter().map(|unit| slices(unit)).collect();
    let mut in_a_row = 0;
    tokio::time::timeout(Duration::from_secs(60), async {
        while in_a_row < 30 {
            let is_of_film = pictures.contains(&slices(&viewer.picture().await.data));
            assert!(is_of_film || in_a_row == 0, "the other picture came back");
            in_a_row += usize::from(is_of_film);
        }
    })
    .await
    .expect("the viewer is never shown this film");
}

fn named(layers: &Value, names: &[&str]) -> bool {
    let listed = layers["0"].as_array().unwrap().iter().map(|layer| layer["rid"].as_str().unwrap());
    listed.eq(names.iter().copied())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_of_simulcast_go_on_when_one_smaller_picture_takes_over() {
    let server = Server::start();
    let simulcast = layers::publish(&server).await;
    let (mut viewer, session) = session(&server).await;
    let (mut events, _) = Listener::open(&server, &session, &["layers"]).await;
    shows(&mut viewer, film()).await;
    events.until("layers", |layers| named(layers, &["high", "low"])).await;

    let sending = send(rtmp(&server).await, small_film());
    shows(&mut viewer, small_film()).await;
    events.until("layers", |layers| named(layers, &["source"])).await;
    let renditions = server.stream().unwrap().renditions();
    assert_eq!(renditions.iter().map(|rendition| rendition.name()).collect::<Vec<_>>(), ["source"]);
    simulcast.abort();
    sending.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn viewers_of_one_large_picture_go_on_when_smaller_simulcast_takes_over() {
    tokio::task::spawn_blocking(large_film).await.unwrap();
    let server = Server::start();
    let sending = send(rtmp(&server).await, large_film());
    crate::support::until("the broadcast has a picture", || {
        server.stream().is_some_and(|stream| stream.rendition("source").is_some_and(|found| found.newest().is_some()))
    })
    .await;
    let (mut viewer, session) = session(&server).await;
    let (mut events, _) = Listener::open(&server, &session, &["layers"]).await;
    shows(&mut viewer, large_film()).await;
    events.until("layers", |layers| named(layers, &["source"])).await;

    let simulcast = layers::publish(&server).await;
    shows(&mut viewer, film()).await;
    events.until("layers", |layers| named(layers, &["high", "low"])).await;
    sending.await.unwrap();
    simulcast.abort();
}
