//! What happens to publishers: wrong and revoked keys, takeovers, lost connections, garbage beside them.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

use anyhow::{Result, ensure};
use klieg_api::accounts::NewStreamKey;
use klieg_tests::encoder::{Ffmpeg, engine};
use klieg_tests::process::Process;
use klieg_tests::server::{Person, Server};
use klieg_tests::{PATIENCE, stage, wait_for};
use reqwest::Method;
use rustix::process::Signal;
use tokio::sync::MutexGuard;

/// Within this, nobody waited the three minutes for an encoder that is to come back.
const SOONER: Duration = PATIENCE;

/// A server, and ada, who may broadcast there.
struct Scene {
    server: Server,
    ada: Person,
    key: NewStreamKey,
    _stage: MutexGuard<'static, ()>,
}

impl Scene {
    async fn set() -> Result<Self> {
        let stage = stage().await;
        let server = Server::start()?;
        let ada = server.person("ada").await?;
        let key = server.stream_key(&ada).await?;
        Ok(Self { server, ada, key, _stage: stage })
    }

    /// Ada's encoder `name`.
    fn ffmpeg(&self, name: &str) -> Result<Process> {
        Ffmpeg::default().publish(&self.server.rtmp, &self.key.key, &self.server.data().join(format!("{name}.log")))
    }
}

#[tokio::test]
async fn a_wrong_key_is_refused_over_rtmp_and_whip() -> Result<()> {
    let _stage = stage().await;
    let server = Server::start()?;
    let mut ffmpeg = Ffmpeg::default().publish(&server.rtmp, "klieg_not_a_key", &server.data().join("ffmpeg.log"))?;
    ensure!(!ffmpeg.wait(PATIENCE)?.success(), "ffmpeg published with a wrong key");

    let offer = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
    let whip = server.client.post(server.url("/whip")).bearer_auth("klieg_not_a_key");
    let answer = whip.header("content-type", "application/sdp").body(offer).send().await?;
    ensure!(answer.status() == 401, "{}", answer.status());
    ensure!(answer.headers().contains_key("www-authenticate"));
    Ok(())
}

#[tokio::test]
async fn the_engine_tries_a_key_that_is_refused_only_once() -> Result<()> {
    let _stage = stage().await;
    let server = Server::start()?;
    for (kind, url) in [("rtmp", format!("rtmp://{}/live", server.rtmp)), ("whip", server.url("/whip"))] {
        let [show, log] = ["toml", "log"].map(|ending| server.data().join(format!("{kind}.{ending}")));
        let output = format!("[[outputs]]\nkind = '{kind}'\nurl = '{url}'\nkey = 'klieg_not_a_key'\n");
        std::fs::write(&show, format!("[canvas]\nwidth = 320\nheight = 180\n{output}"))?;
        let ended = engine(&show, &[], &log)?.wait(PATIENCE)?;
        let said = std::fs::read_to_string(&log)?;
        ensure!(!ended.success() && said.contains("not authorised: check the key"), "{said}");
        ensure!(!said.contains("output reconnecting"), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn revoking_a_key_cuts_its_publisher_off() -> Result<()> {
    let scene = Scene::set().await?;
    let mut ffmpeg = scene.ffmpeg("ffmpeg")?;
    scene.server.until_live("ada", &["source"]).await?;

    let revoked = scene
        .server
        .call(&scene.ada, Method::DELETE, &format!("/api/v1/me/stream-keys/{}", scene.key.id), None)
        .await?;
    ensure!(revoked.status() == 204, "{}", revoked.status());
    ensure!(!ffmpeg.wait(PATIENCE)?.success(), "the publisher was not cut off");
    scene.server.until_offline("ada", SOONER).await
}

#[tokio::test]
async fn a_second_publisher_takes_the_broadcast_over() -> Result<()> {
    let scene = Scene::set().await?;
    let mut first = scene.ffmpeg("first")?;
    let before = scene.server.until_live("ada", &["source"]).await?;
    let mut second = scene.ffmpeg("second")?;

    first.wait(PATIENCE)?;
    let after = scene.server.until_live("ada", &["source"]).await?;
    ensure!(after.broadcast_id == before.broadcast_id, "the takeover began another broadcast");
    ensure!(second.is_running(), "the second publisher was cut off too");
    Ok(())
}

#[tokio::test]
async fn a_publisher_that_dies_and_returns_continues_its_broadcast() -> Result<()> {
    let scene = Scene::set().await?;
    let first = scene.ffmpeg("first")?;
    let before = scene.server.until_live("ada", &["source", "opus"]).await?;
    first.signal(Signal::KILL)?;
    wait_for("the broadcast waits", PATIENCE, async || {
        let waiting = |live: &klieg_api::channels::Live| live.state == klieg_api::channels::LiveState::Waiting;
        Ok(scene.server.live("ada").await?.filter(waiting))
    })
    .await?;

    let _second = scene.ffmpeg("second")?;
    wait_for("the broadcast is live again", PATIENCE, async || {
        let live = |live: &klieg_api::channels::Live| live.state == klieg_api::channels::LiveState::Live;
        Ok(scene.server.live("ada").await?.filter(live))
    })
    .await?;
    let after = scene.server.until_live("ada", &["source", "opus"]).await?;
    ensure!(after.broadcast_id == before.broadcast_id, "the return began another broadcast");
    ensure!(after.started_at == before.started_at);
    Ok(())
}

#[tokio::test]
async fn a_publisher_that_says_goodbye_ends_the_broadcast_at_once() -> Result<()> {
    let scene = Scene::set().await?;
    let mut ffmpeg = scene.ffmpeg("ffmpeg")?;
    scene.server.until_live("ada", &["source"]).await?;
    ffmpeg.signal(Signal::INT)?;
    ffmpeg.wait(PATIENCE)?;
    scene.server.until_offline("ada", SOONER).await
}

#[tokio::test]
async fn garbage_and_idle_connections_disturb_nobody() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut ffmpeg = scene.ffmpeg("ffmpeg")?;
    scene.server.until_live("ada", &["source", "opus"]).await?;

    let noise: Vec<u8> = (0..4096u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let udp = UdpSocket::bind("127.0.0.1:0")?;
    for length in (0..1500).step_by(7) {
        udp.send_to(&noise[..length], &scene.server.rtc)?;
    }
    for address in [&scene.server.rtmp, &scene.server.http] {
        for start in 0..50 {
            let mut garbage = TcpStream::connect(address)?;
            let _ = garbage.write_all(&noise[start..]);
        }
    }
    let idle: Vec<_> = (0..1000)
        .map(|index| TcpStream::connect(if index % 2 == 0 { &scene.server.rtmp } else { &scene.server.http }))
        .collect::<std::io::Result<_>>()?;

    let key = scene.server.stream_key(&scene.server.person("eve").await?).await?.key;
    let log = scene.server.data().join("second.log");
    let _second = Ffmpeg::default().publish(&scene.server.rtmp, &key, &log)?;
    scene.server.until_live("eve", &["source"]).await?;
    ensure!(ffmpeg.is_running() && scene.server.live("ada").await?.is_some(), "the first broadcast suffered");
    drop(idle);
    ensure!(scene.server.process.is_running());
    Ok(())
}

#[tokio::test]
async fn sigterm_drains_and_exits_with_success() -> Result<()> {
    let mut scene = Scene::set().await?;
    let mut ffmpeg = scene.ffmpeg("ffmpeg")?;
    scene.server.until_live("ada", &["source", "opus"]).await?;
    let mut idle = TcpStream::connect(&scene.server.http)?;
    let status = scene.server.terminate()?;
    ensure!(status.success(), "{status}");
    ffmpeg.wait(PATIENCE)?;
    ensure!(matches!(idle.read(&mut [0; 16]), Ok(0) | Err(_)), "an idle connection outlived the server");
    Ok(())
}

#[tokio::test]
async fn after_kill_9_the_server_starts_again_and_nobody_is_live() -> Result<()> {
    let mut scene = Scene::set().await?;
    let _ffmpeg = scene.ffmpeg("ffmpeg")?;
    scene.server.until_live("ada", &["source", "opus"]).await?;
    scene.server.restart_after_kill()?;
    ensure!(scene.server.live("ada").await?.is_none());
    let me = scene.server.call(&scene.ada, Method::GET, "/api/v1/me", None).await?;
    ensure!(me.status() == 200, "the session did not survive: {}", me.status());
    Ok(())
}
