//! Metrics in Prometheus' text form.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use klieg_media::hub::Hub;
use metrics::Unit;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::broadcasts;

/// A process has one recorder, however many servers run in it.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

const DURATION: &str = "klieg_http_request_seconds";

/// What is counted, and in which words `/metrics` explains it.
const COUNTERS: &[(&str, &str)] = &[
    ("klieg_http_requests_total", "Requests answered."),
    ("klieg_ingest_bytes_total", "Bytes that encoders have sent."),
    ("klieg_hls_requests_total", "Requests for LL-HLS."),
    ("klieg_hls_bytes_total", "Bytes sent by LL-HLS."),
    ("klieg_rtc_packets_sent_total", "Datagrams sent by WebRTC."),
    ("klieg_rtc_bytes_sent_total", "Bytes sent by WebRTC."),
    ("klieg_rtc_packets_dropped_total", "Datagrams that were not sent because the socket's buffer was full."),
    ("klieg_rtc_nacks_total", "Packets that WebRTC viewers asked for again."),
    ("klieg_rtc_keyframe_requests_total", "Keyframes that viewers needed."),
    ("klieg_rtc_frames_skipped_total", "Frames that came too fast for a WebRTC worker."),
    ("klieg_live_slow_readers_total", "Live connections closed because the client read too slowly."),
    ("klieg_room_writes_total", "Writes of rooms to clients, each of one or several messages."),
    ("klieg_room_records_total", "Records of rooms written to the database."),
    ("klieg_room_transactions_total", "Transactions in which they were written."),
    ("klieg_alerts_broadcasts_total", "Broadcasts of which followers were told or not."),
    ("klieg_alerts_notices_total", "People told that they were named."),
    ("klieg_alerts_dropped_total", "What people were not told, because the database was too slow for it."),
    ("klieg_link_previews_total", "Look-ups of what messages link to, by what became of them."),
    ("klieg_transcoder_restarts_total", "Transcoder processes that had to be started again."),
    ("klieg_transcoder_dropped_frames_total", "Frames that came too fast for a transcoder process."),
    ("klieg_transcoder_skipped_frames_total", "Frames that the server was too slow to hand to a transcoder process."),
];
const GAUGES: &[(&str, &str)] = &[
    ("klieg_rtmp_connections", "RTMP connections that are open."),
    ("klieg_whip_sessions", "Encoders connected by WHIP."),
    ("klieg_whep_sessions", "Viewers connected by WHEP."),
    ("klieg_live_connections", "Clients at the live connection."),
    ("klieg_transcoder_processes", "Transcoder processes that run."),
];

/// Begins to record. `None` if another recorder was there first.
pub fn install() -> Option<&'static PrometheusHandle> {
    RECORDER
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new()
                .set_buckets_for_metric(
                    Matcher::Full(DURATION.to_owned()),
                    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0],
                )
                .ok()?
                .install_recorder()
                .ok()?;
            for &(name, help) in COUNTERS {
                metrics::describe_counter!(name, help);
            }
            for &(name, help) in GAUGES {
                metrics::describe_gauge!(name, help);
            }
            metrics::describe_histogram!(DURATION, Unit::Seconds, "Time from a request to its answer's head.");
            Some(recorder)
        })
        .as_ref()
}

/// Counts and times a request under its route, not its path: paths are without number.
pub async fn count_request(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("other".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().as_str().to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::counter!("klieg_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!(DURATION, "route" => route).record(began.elapsed().as_secs_f64());
    response
}

/// Everything recorded, and what is live at this moment.
pub(super) fn render(hub: &Hub) -> String {
    let mut text = install().map(PrometheusHandle::render).unwrap_or_default();
    let streams = hub.streams();
    let viewers: usize = streams.iter().map(|stream| stream.viewers()).sum();
    let mut gauge = |name: &str, help: &str, samples: &[(String, f64)]| {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    gauge("klieg_broadcasts", "Broadcasts that are on.", &[(String::new(), streams.len() as f64)]);
    gauge("klieg_viewers", "People watching.", &[(String::new(), viewers as f64)]);

    let (mut bitrates, mut rates, mut keyframes, mut lost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for stream in &streams {
        let Some(health) = broadcasts::health(stream) else { continue };
        for track in health.tracks {
            let labels = format!(
                "{{handle=\"{}\",rendition=\"{}\",kind=\"{}\"}}",
                escape(stream.handle.as_str()),
                escape(&track.rendition),
                track.kind
            );
            bitrates.push((labels.clone(), track.bitrate as f64));
            rates.push((labels.clone(), track.frame_rate));
            lost.push((labels.clone(), track.lost_frames as f64));
            if let Some(interval) = track.keyframe_interval_ms {
                keyframes.push((labels, interval as f64 / 1_000.0));
            }
        }
    }
    gauge("klieg_ingest_bitrate", "Bits a second from the publisher, over five seconds.", &bitrates);
    gauge("klieg_ingest_frame_rate", "Frames a second from the publisher, over five seconds.", &rates);
    gauge("klieg_ingest_keyframe_interval_seconds", "Between the last two keyframes.", &keyframes);
    gauge("klieg_ingest_lost_frames", "Frames of this broadcast that did not arrive.", &lost);
    text
}

fn escape(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
