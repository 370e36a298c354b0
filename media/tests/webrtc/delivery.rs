//! What goes in at WHIP comes out at WHEP: whole, at once, for everybody, over bad networks.

use std::time::Duration;

use klieg_media::stream::Stream;
use str0m::Event;
use str0m::format::Codec;
use str0m::media::{Frequency, MediaKind, MediaTime, Rid};
use tokio::time::Instant;

use crate::support::peer::{Peer, Wish};
use crate::support::show::{self, Publisher, film, has_parameter_sets, number, slices, watch};
use crate::support::{Server, until};

/// How often a picture did not follow the one before. On a busy machine even the loopback may lose a datagram for good.
fn breaks(pictures: &[usize]) -> usize {
    pictures.windows(2).filter(|pair| pair[1] != pair[0] + 1 && pair[1] != 0).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_frame_arrives_as_it_was_published() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    let (mut pictures, mut sounds) = (Vec::new(), Vec::new());
    while pictures.len() < 90 || sounds.len() < 100 {
        let data = viewer.media().await;
        if data.params.spec().codec == Codec::Opus {
            sounds.push(u64::from_be_bytes(data.data[1..9].try_into().unwrap()));
        } else {
            let at = number(&data.data).expect("a picture of the film, bit for bit");
            assert_eq!(data.is_keyframe(), at == 0);
            assert!(at != 0 || has_parameter_sets(&data.data));
            pictures.push(at);
        }
    }
    assert_eq!(pictures[0], 0, "the first picture is a keyframe");
    assert!(breaks(&pictures) <= 2, "{pictures:?}");
    assert!(sounds.is_sorted(), "{sounds:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_5_who_joins_late_sees_a_picture_at_once() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut first = watch(&server).await;
    // The quickest of some: other tests may have both cores for a moment.
    let mut quickest = Duration::MAX;
    for _ in 0..10 {
        // The film has one keyframe in ten seconds. Well into it, a keyframe that is asked for comes sooner than the cached
        // group of pictures, once it is known that the publisher answers; the film's own would come six seconds later.
        while first.try_event().is_some() {}
        while number(&first.picture().await.data) < Some(100) {}
        let mut late = Peer::new(Wish::PLAY).await;
        let asked = Instant::now();
        late.accept(&server.whep(&late.offer).await.body);
        let picture = late.picture().await;
        assert_eq!(number(&picture.data), Some(0));
        quickest = quickest.min(asked.elapsed());
        if quickest < Duration::from_secs(1) {
            break;
        }
    }
    assert!(quickest < Duration::from_secs(1), "{quickest:?}");
}

/// An encoder that makes keyframes when it likes and not when it is asked, as OBS does.
struct Stubborn {
    peer: Peer,
    sent: u64,
}

impl Stubborn {
    async fn start(server: &Server) -> Self {
        tokio::task::spawn_blocking(film).await.unwrap();
        let mut peer = Peer::new(Wish { audio: false, ..Wish::PUBLISH }).await;
        peer.accept(&server.whip(&peer.offer).await.body);
        peer.connected().await;
        Self { peer, sent: 0 }
    }

    /// Sends this picture of the film.
    fn send(&mut self, picture: usize) {
        let time = MediaTime::new(self.sent * 2_970, Frequency::NINETY_KHZ);
        self.peer.write(MediaKind::Video, None, time, film()[picture].clone());
        self.sent += 1;
    }

    /// Sends four seconds of film, quicker than they last. Returns once they are cached.
    async fn send_group(&mut self, server: &Server) {
        for picture in 0..120 {
            self.send(picture);
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        until("a long group is cached", || {
            let source = server.stream().and_then(|stream| stream.rendition("source"));
            let group = source.map(|source| source.subscribe().take_backlog()).unwrap_or_default();
            let ends = group.front().zip(group.back());
            ends.is_some_and(|(first, last)| (last.pts - first.pts).millis() > 3_500)
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_5_who_joins_an_encoder_that_answers_no_request_sees_the_cached_group() {
    let server = Server::start();
    let mut encoder = Stubborn::start(&server).await;
    encoder.send_group(&server).await;
    for _ in 0..2 {
        let mut viewer = watch(&server).await;
        assert_eq!(number(&viewer.picture().await.data), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_encoder_that_answered_once_is_not_waited_for_for_ever() {
    let server = Server::start();
    let mut encoder = Stubborn::start(&server).await;
    encoder.send_group(&server).await;
    let _first = watch(&server).await;
    while !matches!(encoder.peer.event().await, Event::KeyframeRequest(_)) {}
    encoder.send_group(&server).await;
    let mut late = watch(&server).await;
    assert_eq!(number(&late.picture().await.data), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cached_group_of_pictures_is_caught_up_with_at_once() {
    let server = Server::start();
    let mut publisher = Stubborn::start(&server).await;
    for picture in 0..50 {
        publisher.send(picture);
        tokio::time::sleep(show::FRAME).await;
    }
    until("a group of pictures is kept", || {
        let source = server.stream().and_then(|stream| stream.rendition("source"));
        source.is_some_and(|source| source.subscribe().take_backlog().len() > 45)
    })
    .await;
    let mut late = watch(&server).await;
    let begin = late.picture().await;
    assert_eq!(number(&begin.data), Some(0));
    let last = loop {
        let picture = late.picture().await;
        if number(&picture.data) >= Some(40) {
            break picture;
        }
    };
    // 40 frames took over a second to film and less than 100 ms on this viewer's clock.
    let span = last.time.numer() - begin.time.numer();
    assert!(span < 9_000, "{span}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_viewers_see_the_same_show() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut viewers = Vec::new();
    for _ in 0..30 {
        viewers.push(watch(&server).await);
    }
    until("all of them count", || server.stream().unwrap().viewers() == 30).await;
    for viewer in &mut viewers {
        let mut numbers = Vec::new();
        while numbers.len() < 30 {
            numbers.push(number(&viewer.picture().await.data).expect("a picture of the film"));
        }
        assert!(breaks(&numbers) <= 2, "{numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whep_6_five_percent_loss_both_ways_leaves_the_picture_moving() {
    let server = Server::start();
    let publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    publisher.lose(5);
    viewer.lose(5);
    let (mut pictures, mut whole) = (0, 0);
    while whole < 150 {
        let data = viewer.picture().await;
        pictures += 1;
        whole += usize::from(number(&data.data).is_some());
    }
    assert!(pictures - whole <= 15, "{whole} of {pictures} pictures are whole");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_picture_is_asked_for_again_and_repaired() {
    let server = Server::start();
    let _publisher = Publisher::start(&server).await;
    let mut viewer = watch(&server).await;
    viewer.picture().await;
    viewer.lose(10);
    let mut numbers = Vec::new();
    while numbers.len() < 120 {
        numbers.extend(number(&viewer.picture().await.data));
    }
    let gaps = breaks(&numbers);
    // Without retransmission one picture in two would miss at least one of its six packets.
    assert!(gaps <= 12, "{gaps} gaps in {numbers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vp8_and_vp9_go_through_untouched() {
    // A key frame's header and a body that no depacketiser looks into, then an inter frame.
    let vp8 = [
        [&[0x10, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0][..], &[5; 3_000]].concat(),
        [&[0x11, 0, 0][..], &[6; 900]].concat(),
    ];
    let vp9 = [
        [&[0x82, 0x49, 0x83, 0x42, 0x00, 0x15, 0xf0, 0x11, 0xf0][..], &[5; 3_000]].concat(),
        [&[0x86, 0][..], &[6; 900]].concat(),
    ];
    for (codec, frames) in [(Codec::Vp8, vp8), (Codec::Vp9, vp9)] {
        let server = Server::start();
        let wish = Wish { video: Some(codec), audio: false, ..Wish::PUBLISH };
        let mut publisher = Peer::new(wish).await;
        publisher.accept(&server.whip(&publisher.offer).await.body);
        publisher.connected().await;
        let send = |count: u64| {
            let frame = frames[usize::from(!count.is_multiple_of(10))].clone();
            publisher.write(MediaKind::Video, None, MediaTime::new(count * 2_970, Frequency::NINETY_KHZ), frame);
            tokio::time::sleep(show::FRAME)
        };
        let mut sent = 0;
        while server.stream().is_none_or(|stream| stream.rendition("source").is_none()) {
            assert!(sent < 1_000, "the broadcast never began");
            send(sent).await;
            sent += 1;
        }
        let mut viewer = Peer::new(Wish { video: Some(codec), audio: false, ..Wish::PLAY }).await;
        viewer.accept(&server.whep(&viewer.offer).await.body);
        viewer.connected().await;
        for count in sent..sent + 30 {
            send(count).await;
        }
        for count in 0..10 {
            let data = viewer.picture().await;
            assert!(*data.data == *frames[usize::from(count != 0)], "{codec:?} frame {count}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_asks_the_publisher_for_a_keyframe_but_not_for_a_storm_of_them() {
    let server = Server::start();
    let mut publisher = Stubborn::start(&server).await;
    publisher.send(0);
    until("the broadcast has a picture", || server.stream().is_some_and(|stream| stream.rendition("source").is_some()))
        .await;
    let rendition = server.stream().unwrap().rendition("source").unwrap();
    let begun = Instant::now();
    for _ in 0..20 {
        rendition.request_keyframe();
    }
    let mut asked = 0;
    while asked == 0 {
        asked += u128::from(matches!(publisher.peer.event().await, Event::KeyframeRequest(_)));
    }
    for picture in 1..30 {
        publisher.send(picture);
        tokio::time::sleep(Duration::from_millis(10)).await;
        while let Some(event) = publisher.peer.try_event() {
            asked += u128::from(matches!(event, Event::KeyframeRequest(_)));
        }
    }
    // Twice a second at most, however long this took.
    let most = 1 + begun.elapsed().as_millis() / 500;
    assert!(asked <= most, "asked {asked} times, and not {most} at most");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conformance_whip_7_each_simulcast_layer_is_a_rendition() {
    let server = Server::start();
    let layers = ["low", "high"];
    let mut publisher = Peer::new(Wish { layers: &layers, audio: false, ..Wish::PUBLISH }).await;
    let answer = server.whip(&publisher.offer).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    publisher.accept(&answer.body);
    publisher.connected().await;
    for count in 0..40usize {
        for layer in layers {
            let time = MediaTime::new(count as u64 * 2_970, Frequency::NINETY_KHZ);
            publisher.write(MediaKind::Video, Some(Rid::from(layer)), time, film()[count].clone());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let shown = |stream: &Stream, layer: &str| stream.rendition(layer).is_some_and(|found| found.newest().is_some());
    until("both layers are there", || {
        server.stream().is_some_and(|stream| layers.iter().all(|layer| shown(&stream, layer)))
    })
    .await;
    let mut subscription = server.stream().unwrap().rendition("high").unwrap().subscribe();
    let first = subscription.take_backlog().pop_front().unwrap();
    let units: Vec<_> = klieg_media::codec::h264::nals(&first.payload).collect();
    assert_eq!(units, slices(&film()[0]));
}
