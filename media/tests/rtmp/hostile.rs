//! Those who mean no good, or know no better: each has its outcome, and nobody else notices.

use std::time::Duration;

use bytes::Bytes;
use klieg_media::rtmp::message::kind;
use klieg_media::stream::StreamState;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::Client;
use crate::harness::{Encoder, KEY, Node, PATIENCE, eventually, frames, rendition};

const LONG: Duration = Duration::from_mins(2);

async fn closed(mut socket: TcpStream) {
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut rest)).await.expect("the connection stays open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_idle_connections_do_not_keep_an_encoder_out() {
    let node = Node::start(LONG).await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        idle.push(TcpStream::connect(node.address()).await.unwrap());
    }
    let _encoder = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    frames(&mut rendition(&stream, "source").await.subscribe(), 30).await;
    for socket in idle {
        closed(socket).await;
    }
    assert_eq!(stream.state(), StreamState::Live);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_closed_and_a_broadcast_beside_it_goes_on() {
    let node = Node::start(LONG).await;
    let _encoder = Encoder::ffmpeg(&node.url(KEY));
    let stream = node.live().await;
    let mut viewer = rendition(&stream, "source").await.subscribe();
    let mut handshake = vec![3; 1 + 2 * 1_536];
    handshake.extend([0xff; 5_000]);
    let garbage: [&[u8]; 4] = [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", &[0; 10_000], &[0xff; 10], &handshake];
    for bytes in garbage {
        let mut socket = TcpStream::connect(node.address()).await.unwrap();
        let _ = socket.write_all(bytes).await;
        closed(socket).await;
    }
    frames(&mut viewer, 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_only_trickles_is_closed() {
    let node = Node::start(LONG).await;
    let mut socket = TcpStream::connect(node.address()).await.unwrap();
    let (mut read, mut write) = socket.split();
    let trickle = async {
        while write.write_all(&[3]).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    let closed = async { read.read(&mut [0; 1]).await };
    tokio::select! {
        read = timeout(PATIENCE, closed) => assert!(matches!(read.expect("still open"), Ok(0) | Err(_))),
        () = trickle => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_that_falls_silent_is_awaited() {
    let node = Node::start(LONG).await;
    let _client = Client::publish(&node, KEY).await;
    let stream = node.live().await;
    eventually("the wait for its return", || matches!(stream.state(), StreamState::Waiting { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_after_publishing_counts_as_a_dropped_connection() {
    let node = Node::start(LONG).await;
    let mut client = Client::publish(&node, KEY).await;
    let stream = node.live().await;
    client.send(1, kind::VIDEO, 0, Bytes::from_static(&[0x17, 0, 0, 0, 0, 9, 9, 9])).await;
    client.send(1, kind::AUDIO, 0, Bytes::from_static(&[0xaf, 0])).await;
    client.send(1, kind::VIDEO, 0, Bytes::new()).await;
    client.raw(&[0xc9; 64]).await;
    assert_eq!(client.status().await, "", "closed without a word");
    eventually("the wait for its return", || matches!(stream.state(), StreamState::Waiting { .. }).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_says_so_to_the_one_before() {
    let node = Node::start(LONG).await;
    let mut first = Client::publish(&node, KEY).await;
    let mut second = Client::publish(&node, KEY).await;
    assert_eq!(first.status().await, "NetStream.Publish.BadName");
    assert_eq!(first.status().await, "");
    node.hub.drain().await;
    assert_eq!(second.status().await, "NetConnection.Connect.Closed");
}
