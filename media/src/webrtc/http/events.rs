//! Event streams of a viewer's session (draft-ietf-wish-whep, server-sent events extension).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use super::request::{content_type, text, unsupported};
use super::{Endpoint, JSON};
use crate::authority::Handle;
use crate::problem::Problem;
use crate::stream::{Stream, StreamState};
use crate::webrtc::events::{Event, Events, Layer, Seen, Told};
use crate::webrtc::offer::Flow;
use crate::webrtc::show::layers;

/// Between two looks at what changes all the time: viewers and bitrates.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// nginx and its kin hold answers back unless told not to.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Opens an event stream for the events that the body lists, or for all of them.
pub(super) async fn open(
    State(endpoint): State<Endpoint>,
    Path((handle, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    endpoint.find(&id, Flow::Plays, Some(&handle))?;
    let (parts, body) = request.into_parts();
    let body = text(body).await?;
    let wanted = if body.trim().is_empty() {
        Events::all()
    } else if content_type(&parts.headers).as_deref() == Some(JSON) {
        wanted(&body)?
    } else {
        return Err(unsupported(JSON));
    };
    let stream = endpoint.rtc.registry.open_events(&id, wanted).ok_or_else(Problem::no_session)?;
    let location = format!("/whep/{}/{id}/events/{stream}", Handle::new(&handle));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)]).into_response())
}

fn wanted(body: &str) -> Result<Events, Problem> {
    let refuse = |detail: String| {
        Problem::new(StatusCode::BAD_REQUEST, "malformed-events", "The list of events cannot be read").detail(detail)
    };
    let names: Vec<String> = serde_json::from_str(body).map_err(|error| refuse(error.to_string()))?;
    let wanted = Events::named(names.iter().map(String::as_str));
    if wanted.is_empty() {
        return Err(refuse(format!("None of them is known. These are: {}.", Events::NAMES)));
    }
    Ok(wanted)
}

pub(super) async fn close(
    State(endpoint): State<Endpoint>,
    Path((handle, id, stream)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    endpoint.find(&id, Flow::Plays, Some(&handle))?;
    if endpoint.rtc.registry.close_events(&id, &stream) { Ok(StatusCode::OK) } else { Err(Problem::no_session()) }
}

/// Sends events until the stream, its session or the broadcast ends.
pub(super) async fn read(
    State(endpoint): State<Endpoint>,
    Path((handle, id, stream)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let route = endpoint.find(&id, Flow::Plays, Some(&handle))?;
    let broadcast = endpoint.hub.stream(&Handle::new(&handle)).ok_or_else(Problem::no_session)?;
    let (wanted, ended) = endpoint.rtc.registry.read_events(&id, &stream).ok_or_else(Problem::no_session)?;
    let reader = Reader::new(&endpoint, broadcast, Told::nothing(wanted, route.video_line.unwrap_or(0)), ended);
    let events = stream::unfold((reader, Vec::new().into_iter()), |(mut reader, mut news)| async move {
        loop {
            if let Some((event, data)) = news.next() {
                return Some((Ok::<_, Infallible>(event_of(event, &data)), (reader, news)));
            }
            news = reader.next().await?.into_iter();
        }
    });
    let answer = Sse::new(events.fuse()).keep_alive(KeepAlive::default());
    Ok(([(header::CACHE_CONTROL, "no-store"), (ACCEL_BUFFERING, "no")], answer).into_response())
}

fn event_of(event: Event, data: &serde_json::Value) -> sse::Event {
    sse::Event::default().event(event.name()).data(data.to_string())
}

/// Watches a broadcast for one event stream.
struct Reader {
    broadcast: Arc<Stream>,
    told: Told,
    begun: bool,
    state: watch::Receiver<StreamState>,
    renditions: watch::Receiver<u64>,
    draining: watch::Receiver<bool>,
    looks: Interval,
    ended: CancellationToken,
}

impl Reader {
    fn new(endpoint: &Endpoint, broadcast: Arc<Stream>, told: Told, ended: CancellationToken) -> Self {
        let mut looks = tokio::time::interval(LOOK_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (state, renditions) = (broadcast.watch_state(), broadcast.watch_renditions());
        Self { state, renditions, draining: endpoint.hub.watch_draining(), broadcast, told, begun: false, looks, ended }
    }

    /// What is to be told next; `None` once there will be nothing more.
    async fn next(&mut self) -> Option<Vec<(Event, serde_json::Value)>> {
        if self.begun {
            let goes_on = tokio::select! {
                biased;
                changed = self.draining.changed() => changed.is_ok(),
                changed = self.state.changed() => changed.is_ok(),
                () = self.ended.cancelled() => false,
                changed = self.renditions.changed() => changed.is_ok(),
                _ = self.looks.tick() => true,
            };
            if !goes_on {
                return None;
            }
        }
        self.begun = true;
        let seen = Seen {
            live: *self.state.borrow_and_update() == StreamState::Live,
            leaving: *self.draining.borrow_and_update(),
            viewers: self.broadcast.viewers(),
            layers: layers(&self.broadcast).iter().map(|rendition| layer(rendition)).collect(),
        };
        Some(self.told.news(seen))
    }
}

fn layer(rendition: &crate::rendition::Rendition) -> Layer {
    let config = rendition.config();
    let (width, height) =
        config.as_ref().and_then(|config| config.video()).map_or((0, 0), |video| (video.width, video.height));
    let bitrate = rendition.meter().report(Instant::now()).bitrate;
    Layer { name: rendition.name().to_owned(), width, height, bitrate }
}
