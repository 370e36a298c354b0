//! Garbage, at the port and in the SDP, hurts nobody.

use std::time::Duration;

use tokio::net::UdpSocket;

use crate::support::Server;
use crate::support::peer::{Peer, Wish};
use crate::support::show::{Publisher, number, watch};

/// Reproducible noise.
fn noise(seed: u32, length: usize) -> Vec<u8> {
    let mut state = seed;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(length)
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_at_the_port_leaves_sessions_unharmed() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let stun = {
        let mut message = vec![0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42];
        message.extend(noise(1, 12));
        message.extend([0, 6, 0, 3, b'a', b':', b'b', 0]);
        message
    };
    for &port in server.rtc.addresses() {
        for seed in 0..400u32 {
            let length = (seed * 7 % 1_400) as usize;
            let mut datagrams = vec![noise(seed, length)];
            // Random, but beginning like STUN, DTLS, RTP and RTCP.
            for first in [0u8, 1, 20, 22, 23, 63, 128, 144, 191] {
                let mut datagram = noise(seed ^ 0x5555, length.max(1));
                datagram[0] = first;
                datagrams.push(datagram.clone());
                if let Some(second) = datagram.get_mut(1) {
                    *second = 200 + (seed % 8) as u8;
                }
                datagrams.push(datagram);
            }
            datagrams.push(stun[..(seed as usize).min(stun.len())].to_vec());
            for datagram in datagrams {
                let _ = socket.send_to(&datagram, port).await;
            }
            if seed % 50 == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
    let mut numbers = Vec::new();
    while numbers.len() < 40 {
        numbers.push(number(&viewer.picture().await.data).expect("a picture of the film"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_from_a_viewers_own_address_leaves_the_others_unharmed() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    let bad = watch(&server).await;
    let address = bad.address;
    bad.vanish();
    let socket = loop {
        // The port is free once the vanished peer's task is gone.
        match UdpSocket::bind(address).await {
            Ok(socket) => break socket,
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    };
    for &port in server.rtc.addresses() {
        for seed in 0..2_000u32 {
            let mut datagram = noise(seed, 1 + (seed % 300) as usize);
            datagram[0] = [0, 20, 22, 23, 128, 129, 144, 176][seed as usize % 8];
            let _ = socket.send_to(&datagram, port).await;
        }
    }
    let mut numbers = Vec::new();
    while numbers.len() < 40 {
        numbers.push(number(&viewer.picture().await.data).expect("a picture of the film"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_offers_are_refused_and_the_server_goes_on() {
    let server = Server::start();
    let offer = Peer::new(Wish::PUBLISH).await.offer.clone();
    let lines: Vec<&str> = offer.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let without: Vec<&str> =
            lines.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, line)| *line).collect();
        let doubled: Vec<&str> =
            lines.iter().enumerate().flat_map(|(at, line)| vec![*line; 1 + usize::from(at == index)]).collect();
        let cut = &line[..line.len() / 2];
        let mut shortened = lines.clone();
        shortened[index] = cut;
        for variant in [without, doubled, shortened] {
            let answer = server.whip(&(variant.join("\r\n") + "\r\n")).await;
            assert!(answer.status == 201 || answer.status.is_client_error(), "{line}: {}", answer.status);
        }
    }
    for length in [0, 1, 10, 1_000, 60_000] {
        let text: String = noise(length, length as usize).iter().map(|byte| char::from(byte % 96 + 32)).collect();
        for text in [text.clone(), format!("v=0\r\n{text}"), format!("v=0\r\nm=video 9 {text}")] {
            assert!(server.whip(&text).await.status.is_client_error());
        }
    }
    let _publisher = Publisher::start(&server).await;
}
