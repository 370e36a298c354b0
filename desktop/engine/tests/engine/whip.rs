//! WHIP: published to a real server over loopback, kept up, and given up when that is right.

use std::process::Command;
use std::time::{Duration, SystemTime};

use klieg_engine::clock;
use klieg_studio_model::{Event, OutputState};

use crate::support::decode::pictures_of;
use crate::support::port::Port;
use crate::support::running::{ENGINE, Running};
use crate::support::turn::{RELAY, Turn};
use crate::support::whip_server::{KEY, Seen, WhipServer};
use crate::support::{BALL_AND_TONE, OnAir, wait_for};

const SHOW: &str = "
[canvas]
width = 640
height = 360
[video]
bitrate = 1500
keyframe_interval = 10.0
[overlays]
clock = true
";

fn on_air(server: &WhipServer) -> OnAir {
    OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{}", server.output("/whip", KEY)))
}

fn has_video(seen: &Seen, frames: usize) -> Option<()> {
    (seen.video.len() >= frames).then_some(())
}

#[test]
fn picture_and_sound_arrive_whole_from_the_first_keyframe_on() {
    let server = WhipServer::start();
    let mut on_air = on_air(&server);
    on_air.until_live("whip");
    wait_for("video", || has_video(&server.seen.lock(), 60));
    let stopped = clock::stamp(SystemTime::now());
    assert!(on_air.stop() < Duration::from_secs(20));
    let seen = server.seen.lock();
    assert_eq!((seen.posts, seen.deletes), (1, 1));
    assert_eq!(seen.content_types, ["application/sdp"]);
    let offer = &seen.offers[0];
    for line in
        ["a=setup:actpass", "a=group:BUNDLE", "a=rtcp-mux", "a=sendonly", "a=candidate:", "profile-level-id=42e01f"]
    {
        assert!(offer.contains(line), "{line} not in\n{offer}");
    }
    assert!(seen.video[0].is_keyframe());
    assert!(seen.video.iter().skip(1).all(|unit| unit.contiguous));
    assert!(seen.audio.len() >= 60, "{}", seen.audio.len());
    let pictures = pictures_of(seen.video.iter().map(|unit| unit.data.to_vec()).collect());
    let stamps: Vec<_> = pictures.iter().filter_map(|p| clock::read(&p.luma, p.width, p.width)).collect();
    let counts = (stamps.len(), pictures.len(), seen.video.len());
    assert!(counts.0 + 2 >= counts.2, "clocks read, pictures decoded, frames sent: {counts:?}");
    assert!(stopped.wrapping_sub(stamps[0]) < 60_000);
}

#[test]
fn sender_reports_put_picture_and_sound_on_one_clock() {
    let server = WhipServer::start();
    let mut on_air = on_air(&server);
    let (video, audio) = wait_for("sender reports", || {
        let seen = server.seen.lock();
        Some((seen.video.last()?.report?, seen.audio.last()?.report?))
    });
    on_air.stop();
    // The time of day at media time zero, by each.
    let zero = |(media, wall): (f64, SystemTime)| wall - Duration::from_secs_f64(media);
    let (video, audio) = (zero(video), zero(audio));
    let apart = video.duration_since(audio).unwrap_or_else(|error| error.duration());
    assert!(apart < Duration::from_millis(5), "{apart:?}");
}

#[test]
fn the_other_side_tells_the_round_trip_and_what_it_missed() {
    let server = WhipServer::start();
    let mut on_air = on_air(&server);
    let told = on_air.until("a report", |event| matches!(event, Event::Health { round_trip: Some(_), .. }));
    on_air.stop();
    let Event::Health { round_trip: Some(millis), lost, .. } = told else { unreachable!() };
    assert!((0.0..5_000.0).contains(&millis) && (0.0..=1.0).contains(&lost), "{told:?}");
}

#[test]
fn the_picture_is_as_good_as_the_line_carries_and_nothing_is_lost_for_it() {
    // Half of what is wanted, and nothing is dropped before 400 ms of it wait. Snow needs all that it can have.
    let server = WhipServer::start_far(900_000);
    let snow = BALL_AND_TONE.replace("pattern = 'ball'", "pattern = 'snow'");
    let mut on_air = OnAir::start(&format!("{SHOW}{snow}{}", server.output("/whip", KEY)));
    let bitrate = |event: &Event| match event {
        Event::Encodes { running } => running.first().map(|encode| encode.bitrate),
        Event::Output { state: OutputState::Reconnecting { reason, .. }, .. } => panic!("{reason}"),
        _ => None,
    };
    let mut steady = (0, 0);
    on_air.until("a bitrate that stays", |event| {
        if let Some(now) = bitrate(event) {
            steady = if now == steady.0 { (now, steady.1 + 1) } else { (now, 1) };
        }
        steady.0 < 900 && steady.1 >= 4
    });
    let before = server.seen.lock().video.len();
    // In a row: what this computer was too busy for is one break, what the line cannot carry would be one after the other.
    wait_for("two seconds without a loss", || {
        let seen = server.seen.lock();
        (seen.video[before..].iter().rev().take_while(|unit| unit.contiguous).count() >= 60).then_some(())
    });
    server.widen(20_000_000);
    on_air.until("more again", |event| bitrate(event).is_some_and(|kbit| kbit > steady.0 + 200));
    on_air.stop();
}

#[test]
fn a_picture_loss_is_answered_with_a_keyframe() {
    let server = WhipServer::start();
    let mut on_air = on_air(&server);
    wait_for("video", || has_video(&server.seen.lock(), 30));
    let before = server.seen.lock().video.len();
    server.ask_for_keyframe();
    let between = wait_for("a keyframe", || {
        let seen = server.seen.lock();
        let answer = seen.video[before..].iter().find(|unit| unit.is_keyframe())?;
        Some(answer.time - seen.video[0].time)
    });
    // Keyframes are ten seconds apart by themselves.
    assert!(between < 9.0, "it comes {between} s after the first");
    on_air.stop();
}

#[test]
fn a_server_that_vanishes_is_found_again() {
    let port = Port::reserve();
    let server = WhipServer::start_on(([127, 0, 0, 1], port.number).into());
    let mut on_air = on_air(&server);
    on_air.until_live("whip");
    let address = server.vanish();
    on_air.until("reconnecting", |event| {
        matches!(event, Event::Output { state: OutputState::Reconnecting { attempt: 1, .. }, .. })
    });
    let server = WhipServer::start_on(address);
    on_air.until_live("whip");
    wait_for("video", || has_video(&server.seen.lock(), 15));
    assert!(server.seen.lock().video[0].is_keyframe());
    on_air.stop();
}

#[test]
fn a_wrong_key_is_not_tried_again() {
    let server = WhipServer::start();
    let mut on_air = OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{}", server.output("/whip", "sk-wrong")));
    let event =
        on_air.until("given up", |event| matches!(event, Event::Output { state: OutputState::Failed { .. }, .. }));
    assert!(format!("{event:?}").contains("not authorised: check the key"), "{event:?}");
    wait_for("the show's failure", || on_air.engine().failure());
    on_air.frames_composed(30.0);
    assert_eq!(server.seen.lock().posts, 1);
    on_air.stop();
}

#[test]
fn a_server_that_calls_the_offer_bad_is_asked_again() {
    let server = WhipServer::start();
    let mut on_air = OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{}", server.output("/busy-at-first", KEY)));
    let event = on_air.until("another attempt", |event| {
        matches!(event, Event::Output { state: OutputState::Reconnecting { .. } | OutputState::Failed { .. }, .. })
    });
    let Event::Output { state: OutputState::Reconnecting { reason, .. }, .. } = &event else { panic!("{event:?}") };
    assert!(reason.contains("does not take this stream (400"), "{reason}");
    on_air.until_live("whip");
    on_air.stop();
    assert_eq!(server.seen.lock().posts, 2);
}

#[test]
fn a_server_that_wants_the_key_in_the_address_gets_none_beside_it() {
    let server = WhipServer::start();
    let output = format!("[[outputs]]\nkind = 'whip'\nurl = 'http://{}/open?token={KEY}'\n", server.address);
    let mut on_air = OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{output}"));
    on_air.until_live("whip");
    wait_for("video", || has_video(&server.seen.lock(), 15));
    on_air.stop();
    assert_eq!(server.seen.lock().posts, 1);
}

#[test]
fn a_redirect_is_followed_with_the_key() {
    let server = WhipServer::start();
    let mut on_air = OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{}", server.output("/elsewhere", KEY)));
    on_air.until_live("whip");
    on_air.stop();
    let seen = server.seen.lock();
    assert_eq!((seen.posts, seen.deletes), (1, 1));
}

#[test]
fn the_key_does_not_follow_a_session_to_another_host() {
    let server = WhipServer::start();
    let mut on_air = OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{}", server.output("/known-elsewhere", KEY)));
    on_air.until_live("whip");
    on_air.stop();
    let seen = server.seen.lock();
    assert_eq!((seen.posts, seen.deletes, seen.keyless), (1, 0, 1));
}

#[test]
fn a_simulcast_arrives_in_every_size() {
    let server = WhipServer::start();
    let output = format!("{}layers = 3\n", server.output("/whip", KEY));
    let mut on_air = OnAir::start(&format!("{SHOW}{BALL_AND_TONE}{output}"));
    on_air.until_live("whip");
    let of = |rid: &str| {
        let seen = server.seen.lock();
        let units = seen.video.iter().filter(|unit| unit.rid.as_deref() == Some(rid));
        units.map(|unit| unit.data.to_vec()).collect::<Vec<_>>()
    };
    for rid in ["high", "mid", "low"] {
        wait_for(rid, || (of(rid).len() >= 45).then_some(()));
    }
    on_air.stop();
    for (rid, width, height) in [("high", 640, 360), ("mid", 320, 180), ("low", 160, 90)] {
        let pictures = pictures_of(of(rid));
        assert!(pictures.len() >= 40, "{rid}: {} pictures", pictures.len());
        assert_eq!((pictures[0].width, pictures[0].luma.len() / pictures[0].width), (width, height), "{rid}");
    }
}

#[test]
fn a_proxy_for_the_web_is_no_way_to_a_server() {
    let server = WhipServer::start();
    let folder = tempfile::tempdir().unwrap();
    let show = folder.path().join("show.toml");
    std::fs::write(&show, format!("{SHOW}{BALL_AND_TONE}{}", server.output("/whip", KEY))).unwrap();
    let mut engine = Command::new(ENGINE);
    // Nobody is there.
    let proxies = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"].map(|name| (name, "http://127.0.0.1:1"));
    engine.envs(proxies).env_remove("no_proxy").env_remove("NO_PROXY").env("HOME", folder.path());
    let mut running = Running::start(&mut engine, &show);
    running.until("live", |event| matches!(event, Event::Output { state: OutputState::Live, .. }));
}

/// What a server saw that can be reached only through a relay: all of the show, and the relay's address.
fn came_through_the_relay(server: &WhipServer) {
    let told = wait_for("the candidate", || server.seen.lock().trickled.first().cloned());
    let seen = server.seen.lock();
    assert!(seen.video[0].is_keyframe() && seen.video.iter().skip(1).all(|unit| unit.contiguous));
    let ufrag = seen.offers[0].lines().find(|line| line.starts_with("a=ice-ufrag:")).unwrap();
    assert_eq!(told.0, "\"a\"");
    for part in [ufrag, "a=ice-pwd:", "a=mid:", "typ relay", "127.0.0.3"] {
        assert!(told.1.contains(part), "{part} not in\n{}", told.1);
    }
}

#[test]
fn a_server_that_is_reached_only_through_a_relay_gets_the_show() {
    let turn = Turn::start();
    for transport in ["udp", "tcp"] {
        let server = WhipServer::start_behind(turn.link(transport), RELAY);
        let mut on_air = on_air(&server);
        on_air.until_live("whip");
        wait_for("video", || has_video(&server.seen.lock(), 60));
        on_air.stop();
        came_through_the_relay(&server);
        assert_eq!(server.seen.lock().deletes, 1);
    }
}

#[test]
fn so_does_one_whose_relay_is_reached_by_tls() {
    let turn = Turn::start();
    let server = WhipServer::start_behind(turn.link("tls"), RELAY);
    let folder = tempfile::tempdir().unwrap();
    let show = folder.path().join("show.toml");
    std::fs::write(&show, format!("{SHOW}{BALL_AND_TONE}{}", server.output("/whip", KEY))).unwrap();
    let mut engine = Command::new(ENGINE);
    engine.env("SSL_CERT_FILE", turn.certificate()).env("HOME", folder.path());
    let mut running = Running::start(&mut engine, &show);
    running.until("live", |event| matches!(event, Event::Output { state: OutputState::Live, .. }));
    wait_for("video", || has_video(&server.seen.lock(), 60));
    came_through_the_relay(&server);
}

#[test]
fn a_server_is_told_from_where_the_stun_server_that_it_names_sees_the_show() {
    let turn = Turn::start();
    let (link, router) = turn.behind_router();
    let server = WhipServer::start_naming(link);
    let mut on_air = on_air(&server);
    on_air.until_live("whip");
    let (_, told) = wait_for("the candidate", || server.seen.lock().trickled.first().cloned());
    let address = format!(" {} {} typ srflx", router.ip(), router.port());
    assert!(told.contains(&address), "{address} not in\n{told}");
    assert!(told.contains("raddr 0.0.0.0"), "what is behind the router is nobody's business\n{told}");
    wait_for("video", || has_video(&server.seen.lock(), 30));
    on_air.stop();
    assert_eq!(server.seen.lock().deletes, 1);
}
