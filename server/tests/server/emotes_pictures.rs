//! Pictures that are uploaded as emotes: what is taken and what is not, and what is served of it.

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use image::{AnimationDecoder, Frame, ImageFormat, Rgba};
use serde_json::{Value, json};

use crate::emotes::{add, encoded, fetch, gif, names, picture, png};
use crate::support::{ROOMY, start, start_with};

#[tokio::test]
async fn a_picture_is_written_anew_and_served_as_a_picture_and_nothing_else() {
    let server = start().await;
    let ada = server.person("ada").await;
    for (format, seed) in [(ImageFormat::Png, 1), (ImageFormat::Gif, 2), (ImageFormat::WebP, 3), (ImageFormat::Jpeg, 4)]
    {
        let uploaded = encoded(picture(300, 150, seed), format);
        let emote = add(&server, &ada, &format!("as_{format:?}"), uploaded.clone()).await.expect(201);
        assert_eq!((&emote["width"], &emote["height"], &emote["still"]), (&json!(112), &json!(56), &Value::Null));
        let (status, headers, served) = fetch(&server, &emote["url"]).await;
        assert_eq!(status, 200);
        assert_ne!(served, uploaded);
        assert_eq!(headers["content-type"], "image/png");
        assert_eq!(headers["cache-control"], "public, max-age=3600, must-revalidate, immutable");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["content-security-policy"], "default-src 'none'; sandbox; frame-ancestors 'none'");
        let shown = image::load_from_memory_with_format(&served, ImageFormat::Png).unwrap();
        assert_eq!((shown.width(), shown.height()), (112, 56), "{format:?}");
    }
    assert_eq!(names(&server, "").await, ["as_Png", "as_Gif", "as_WebP", "as_Jpeg"]);
}

#[tokio::test]
async fn what_is_small_stays_as_it_is_but_for_what_is_not_picture() {
    let server = start().await;
    let ada = server.person("ada").await;
    let mut uploaded = png(28, 7);
    let hidden = b"<script>alert(1)</script>PK\x03\x04";
    uploaded.extend_from_slice(hidden);
    let emote = add(&server, &ada, "both", uploaded).await.expect(201);
    let (_, _, served) = fetch(&server, &emote["url"]).await;
    assert_eq!(image::load_from_memory(&served).unwrap().into_rgba8(), picture(28, 28, 7));
    assert!(!served.windows(8).any(|window| window == &hidden[..8]), "what stood behind the picture is gone");
}

#[tokio::test]
async fn an_animation_moves_and_has_a_first_frame_for_who_wants_none() {
    let server = start().await;
    let ada = server.person("ada").await;
    let emote = add(&server, &ada, "dance", gif(5, 80)).await.expect(201);
    let (_, headers, moving) = fetch(&server, &emote["url"]).await;
    assert_eq!(headers["content-type"], "image/png");
    let decoder = PngDecoder::new(Cursor::new(&moving)).unwrap();
    assert!(decoder.is_apng().unwrap());
    let frames = decoder.apng().unwrap().into_frames().collect_frames().unwrap();
    let milliseconds = |frame: &Frame| {
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        numerator / denominator
    };
    assert_eq!(frames.iter().map(milliseconds).collect::<Vec<_>>(), [80; 5]);
    assert_eq!(frames[3].buffer().get_pixel(0, 0), &Rgba([3, 0, 0, 255]));
    let (status, _, still) = fetch(&server, &emote["still"]).await;
    assert_eq!(status, 200);
    let decoder = PngDecoder::new(Cursor::new(&still)).unwrap();
    assert!(!decoder.is_apng().unwrap());
    // One frame is no animation.
    let emote = add(&server, &ada, "stands", gif(1, 60_000)).await.expect(201);
    assert_eq!(emote["still"], Value::Null);
}

#[tokio::test]
async fn what_cannot_be_an_emote_is_refused_in_words() {
    let server = start_with(&format!("{ROOMY}emotes = '1000/min'\n")).await;
    let ada = server.person("ada").await;
    let whole = png(100, 1);
    let mut bomb = Vec::new();
    // Says that it has four gigabytes of pixels, and has none.
    drop(png::Encoder::new(&mut bomb, 60_000, 60_000).write_header().unwrap());
    let wide = encoded(picture(1_025, 1, 0), ImageFormat::Png);
    let cases: [(&str, Vec<u8>, u16, &str, &str); 16] = [
        ("a bomb", bomb, 422, "unfit-picture", "1024 pixels"),
        ("too wide", wide, 422, "unfit-picture", "1024 pixels"),
        ("a GIF of 65535 pixels", b"GIF89a\xff\xff\xff\xff\0\0\0;".to_vec(), 422, "unfit-picture", ""),
        (
            "a frame larger than its GIF",
            b"GIF89a\x0a\0\x0a\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x01\0\0;".to_vec(),
            422,
            "unfit-picture",
            "",
        ),
        (
            "a WebP with a frame of 16383 pixels",
            {
                let mut bomb = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x63\0\0\x63\0\0VP8 \x0c\0\0\0".to_vec();
                bomb.extend(b"\x10\0\0\x9d\x01\x2a\xff\x3f\xff\x3f\0\0");
                bomb
            },
            422,
            "unfit-picture",
            "1024 pixels",
        ),
        ("half of one", whole[..whole.len() / 2].to_vec(), 422, "unfit-picture", "damaged"),
        ("its beginning", whole[..20].to_vec(), 422, "unfit-picture", "damaged"),
        ("too many frames", gif(61, 20), 422, "unfit-picture", "60 frames"),
        ("too long", gif(2, 6_000), 422, "unfit-picture", "10 seconds"),
        ("nothing", Vec::new(), 415, "not-a-picture", "PNG, GIF, WebP or JPEG"),
        ("garbage", vec![0xa5; 4_096], 415, "not-a-picture", "PNG, GIF, WebP or JPEG"),
        (
            "an SVG",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec(),
            415,
            "not-a-picture",
            "PNG, GIF, WebP or JPEG",
        ),
        ("an SVG with a declaration", b"<?xml version=\"1.0\"?><svg/>".to_vec(), 415, "not-a-picture", ""),
        ("a page", b"<!doctype html><img src=x>".to_vec(), 415, "not-a-picture", ""),
        ("a BMP", b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0".to_vec(), 415, "not-a-picture", ""),
        ("too much", vec![0; (512 << 10) + 1], 413, "body-too-large", "512 KiB"),
    ];
    for (what, bytes, status, problem, words) in cases {
        let refused = add(&server, &ada, "emote", bytes).await;
        assert_eq!((refused.status.as_u16(), refused.problem()), (status, problem), "{what}");
        assert!(refused.body["detail"].as_str().unwrap().contains(words), "{what}: {}", refused.body);
    }
    assert!(names(&server, "").await.is_empty());
    // Nobody is harmed.
    add(&server, &ada, "emote", whole).await.expect(201);
}
