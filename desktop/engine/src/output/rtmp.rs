//! RTMP: a session is a pipeline, rebuilt for each.
//!
//! `rtmp2sink` can hang in any call to the network: a watchdog on the bytes that it really sent ends such a session. `flvmux`
//! starts only when each of its pads has data; the programme always has both.

use std::time::{Duration, Instant};

use gstreamer as gst;
use gstreamer::prelude::*;
use klieg_studio_model::{Key, VideoCodec};

use super::flow::Flow;
use super::meaning::CHECK_KEY;
use super::mux::Muxing;
use super::{Failure, Line};
use crate::element::named;
use crate::fanout::Kind;

/// How long the sink may send nothing.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long the end of a session may take.
const FAREWELL: Duration = Duration::from_millis(1_500);
/// The handshake takes less than this, in bytes; beyond it, media has left.
const HANDSHAKE: u64 = 8_192;

/// Names of streams that are no longer than this are no secret.
const PLAIN: usize = 5;

#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: String,
    pub(super) key: Option<Key>,
}

/// What a sink is told of where it sends to.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// With the scheme, as far as the host and its port.
    server: String,
    application: String,
    /// The stream's name. Servers that let in who knows it make a key of it.
    stream: String,
    /// Whether the stream's name was given as a key, beside the address.
    has_key: bool,
}

impl Target {
    /// The stream is named by the key, or without one by the end of the URL's path, with the query behind it.
    fn place(&self) -> Place {
        let (scheme, rest) = self.url.split_once("://").unwrap_or(("rtmp", &self.url));
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (application, stream) = if let Some(key) = &self.key {
            (path.trim_end_matches('/'), key.reveal().to_owned())
        } else {
            let (names, query) = path.split_at(path.find('?').unwrap_or(path.len()));
            let names = names.trim_end_matches('/');
            let (application, stream) = names.rsplit_once('/').unwrap_or((names, ""));
            (application, format!("{stream}{query}"))
        };
        Place {
            server: format!("{scheme}://{host}"),
            application: application.to_owned(),
            stream,
            has_key: self.key.is_some(),
        }
    }
}

impl Place {
    fn set(&self, sink: &gst::Element) {
        // The sink would part application and stream at the last slash, which may be one of the stream's name. It takes no location
        // without both.
        sink.set_property("location", format!("{}/application/stream", self.server));
        sink.set_property("application", self.application.as_str());
        sink.set_property("stream", self.stream.as_str());
    }

    /// A failure as it is told: without the stream's name, which servers like to repeat, and with what can be done about it.
    fn told(&self, failure: Failure) -> Failure {
        let name = self.stream.split('?').next().unwrap_or_default();
        let told = |reason: String| {
            let secrets = [self.stream.as_str(), name].into_iter().filter(|secret| secret.len() > PLAIN);
            let hidden = secrets.fold(reason, |reason, secret| reason.replace(secret, "…"));
            if self.has_key { hidden } else { hidden.replace(CHECK_KEY, self.without_key()) }
        };
        match failure {
            Failure::Retry { reason, after } => Failure::Retry { reason: told(reason), after },
            Failure::Fatal { reason } => Failure::Fatal { reason: told(reason) },
        }
    }

    /// What can be done where there is no key to be checked.
    fn without_key(&self) -> &'static str {
        if self.stream.is_empty() || self.stream.starts_with('?') {
            "enter the stream key that the server gave you, or end the address with the stream's name"
        } else {
            "check the end of the address, or enter the stream key if the server gave you one"
        }
    }
}

/// Runs until the show stops or something breaks.
pub(super) async fn session(target: &Target, line: &mut Line) -> Result<(), Failure> {
    let place = target.place();
    run(&place, line).await.map_err(|failure| place.told(failure))
}

async fn run(place: &Place, line: &mut Line) -> Result<(), Failure> {
    let muxer = "flvmux name=mux streamable=true ! rtmp2sink name=sink sync=false async=false";
    let muxing = Muxing::start(muxer, VideoCodec::H264, ["video", "audio"], |pipeline| {
        place.set(&named(pipeline, "sink")?);
        Ok(())
    })?;
    let sink = muxing.sink()?;
    let mut flow = Flow::new(PATIENCE, Instant::now());
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    // The destination's time starts at zero.
    let (mut first, mut counted, mut frames) = (None, 0, 0);
    line.open();
    loop {
        tokio::select! {
            packet = line.packets.recv(), if !muxing.is_full() => {
                let Some(packet) = packet else { break };
                frames += u64::from(packet.kind == Kind::Video);
                if let Some(pts) = packet.pts.checked_sub(*first.get_or_insert(packet.pts)) {
                    muxing.push(packet, pts);
                }
            }
            _ = tick.tick() => {
                muxing.check()?;
                let written = written(&sink);
                if written > counted {
                    line.sent.add((written - counted) as usize, std::mem::take(&mut frames));
                    counted = written;
                }
                if written > HANDSHAKE {
                    line.live();
                }
                if flow.stalled(written, Instant::now()) {
                    let seconds = PATIENCE.as_secs();
                    return Err(Failure::retry(format!("nothing could be sent for {seconds} seconds")));
                }
            }
            () = async { let _ = line.stopping.wait_for(|stop| *stop).await; } => break,
        }
    }
    muxing.end();
    let until = Instant::now() + FAREWELL;
    while Instant::now() < until {
        // What broke it ends it as well.
        if muxing.has_ended(gst::ClockTime::ZERO).unwrap_or(true) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tracing::warn!("the destination did not take the end of the show in time");
    Ok(())
}

/// How much the sink has really sent, in bytes.
fn written(sink: &gst::Element) -> u64 {
    let stats = sink.property::<Option<gst::Structure>>("stats");
    stats.and_then(|stats| stats.get::<u64>("out-bytes-total").ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str, key: Option<&str>) -> Place {
        Target { url: url.to_owned(), key: key.map(Key::new) }.place()
    }

    #[test]
    fn the_stream_is_named_by_the_key_or_by_the_end_of_the_address() {
        for (url, key, application, stream) in [
            ("rtmp://a.example/live", Some("sk"), "live", "sk"),
            ("rtmp://a.example/live/", Some("sk/2?sign=a/b"), "live", "sk/2?sign=a/b"),
            ("rtmp://a.example/live?vhost=b", Some("sk"), "live?vhost=b", "sk"),
            ("rtmp://a.example", Some("sk"), "", "sk"),
            ("rtmp://a.example/live/sk", None, "live", "sk"),
            ("rtmp://a.example/live/eu/sk?sign=a/b==", None, "live/eu", "sk?sign=a/b=="),
            // The server says what it makes of a stream without a name.
            ("rtmp://a.example/live/", None, "live", ""),
            ("rtmp://a.example/live?sign=a/b", None, "live", "?sign=a/b"),
            ("rtmp://a.example", None, "", ""),
        ] {
            let place = place(url, key);
            let told = (place.server.as_str(), place.application.as_str(), place.stream.as_str());
            assert_eq!(told, ("rtmp://a.example", application, stream), "{url} {key:?}");
        }
        assert_eq!(place("rtmps://me:pw@[::1]:443/live/sk", None).server, "rtmps://me:pw@[::1]:443");
    }

    #[test]
    fn the_sink_sends_to_what_it_is_told() {
        gst::init().unwrap();
        let sink = gst::ElementFactory::make("rtmp2sink").build().unwrap();
        for (url, key) in [("rtmps://a.example:444/live/show?sign=a/b", None), ("rtmps://a.example:444", Some("a/b"))] {
            let place = place(url, key);
            place.set(&sink);
            let told = ["host", "application", "stream"].map(|name| sink.property::<String>(name));
            assert_eq!(told, ["a.example".to_owned(), place.application.clone(), place.stream.clone()]);
            assert_eq!(sink.property::<i32>("port"), 444);
        }
    }

    #[test]
    fn what_a_server_says_does_not_tell_the_key() {
        let place = place("rtmp://a.example/live/sk-secret?sign=abc", None);
        let said = "publish failed: sk-secret?sign=abc is busy, stream 'sk-secret'";
        let Failure::Retry { reason, .. } = place.told(Failure::retry(said)) else { panic!() };
        assert_eq!(reason, "publish failed: … is busy, stream '…'");
        let Failure::Fatal { reason } = place.told(Failure::fatal("not authorised: sk-secret")) else { panic!() };
        assert_eq!(reason, "not authorised: …");
    }

    #[test]
    fn who_gave_no_key_is_not_told_to_check_it() {
        let told = |url: &str, key: Option<&str>| {
            let failure = Failure::fatal(format!("not authorised: {CHECK_KEY} (denied)"));
            let Failure::Fatal { reason } = place(url, key).told(failure) else { panic!() };
            reason
        };
        assert_eq!(told("rtmp://a.example/live", Some("sk")), "not authorised: check the key (denied)");
        for (url, what) in [
            ("rtmp://a.example/live/show", "check the end of the address, or enter the stream key"),
            ("rtmp://a.example/live", "enter the stream key that the server gave you, or end the address"),
            ("rtmp://a.example/live?sign=a", "enter the stream key that the server gave you, or end the address"),
        ] {
            let reason = told(url, None);
            assert!(reason.starts_with(&format!("not authorised: {what}")) && reason.ends_with("(denied)"), "{reason}");
        }
    }
}
