//! The HLS routes: playlists that wait, parts that come, and nothing that is done per viewer but sending.

mod answer;
mod door;
mod name;
mod range;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Extension, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use serde::Deserialize;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use uuid::Uuid;

use super::Hls;
use super::directives::{Directives, Verdict};
use super::shelf::{Shelf, Snapshot};
use super::show::Show;
use crate::authority::Handle;
use crate::codec::Kind;
use crate::hub::Hub;
use crate::problem::Problem;
use door::{Viewer, lead_on, parameter};
use name::File;

/// How long a request for a playlist waits for a broadcast that has just begun to have one.
const BEGINNING: Duration = Duration::from_secs(12);

/// By what name a player wants to be told apart. In the query, as `viewer`, it would make every player's playlists others
/// to a cache.
const VIEWER: HeaderName = HeaderName::from_static("klieg-viewer");

#[derive(Clone)]
struct Site {
    hls: Arc<Hls>,
    hub: Arc<Hub>,
}

/// A rendition of a broadcast, as a path names it.
#[derive(Deserialize)]
struct Place {
    broadcast: String,
    rendition: String,
}

#[derive(Deserialize)]
struct FileName {
    file: String,
}

/// The routes `/hls/{handle}/…`, and the same under `/hls/{handle}/token/{token}/…`.
pub fn router(hls: Arc<Hls>, hub: Arc<Hub>) -> Router {
    // Any site may play: there are no cookies here, a token is brought by hand.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::CONTENT_LENGTH, header::CONTENT_RANGE, header::DATE, header::AGE, header::RETRY_AFTER])
        .max_age(Duration::from_hours(24))
        .vary(Vec::<HeaderName>::new());
    let channel = Router::new()
        .route("/index.m3u8", get(multivariant))
        .route("/{broadcast}/{rendition}/index.m3u8", get(media_playlist))
        .route("/{broadcast}/{rendition}/{file}", get(media));
    Router::new()
        .nest("/hls/{handle}", channel.clone())
        .nest("/hls/{handle}/token/{token}", channel)
        .layer(map_response(count_errors))
        .layer(cors)
        .with_state(Site { hls, hub })
}

fn not_found(detail: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail(detail)
}

fn nobody_live() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not-live", "Nobody is live")
        .detail("This channel is offline right now.")
        .retry_after(Duration::from_secs(5))
}

fn timed_out() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not-yet", "Not there yet")
        .detail("What was asked for did not come in time; the publisher may have paused.")
        .retry_after(Duration::from_secs(1))
}

async fn count_errors(response: Response) -> Response {
    if response.status().is_client_error() || response.status().is_server_error() {
        metrics::counter!("klieg_hls_requests_total", "kind" => "error").increment(1);
    }
    response
}

impl Site {
    /// The broadcast of a channel by its id, live or ended a moment ago.
    fn show(&self, handle: &Handle, broadcast: &str) -> Result<Arc<Show>, Problem> {
        let gone = || not_found("There is no such broadcast, or it is over.");
        let id = Uuid::parse_str(broadcast).map_err(|_| gone())?;
        self.hls.show(&id).filter(|show| show.stream.handle == *handle).ok_or_else(gone)
    }

    fn shelf(&self, handle: &Handle, place: &Place) -> Result<(Arc<Show>, Arc<Shelf>), Problem> {
        let show = self.show(handle, &place.broadcast)?;
        let shelf = show.shelf(&place.rendition).ok_or_else(|| not_found("This broadcast has no such rendition."))?;
        Ok((show, shelf))
    }
}

async fn multivariant(State(site): State<Site>, viewer: Viewer, headers: HeaderMap) -> Result<Response, Problem> {
    let stream = site.hub.stream(&viewer.handle).ok_or_else(nobody_live)?;
    let show = site.hls.show(&stream.id).ok_or_else(nobody_live)?;
    let mut playlist = show.multivariant();
    let ready = tokio::time::timeout(BEGINNING, playlist.wait_for(Option::is_some));
    let text = tokio::select! {
        ready = ready => ready.ok().and_then(Result::ok).and_then(|text| text.clone()),
        () = stream.ended() => None,
    };
    let mut text = text.ok_or_else(timed_out)?;
    if let Some(token) = &viewer.passing {
        text = Arc::new(text.map(|text| lead_on(text, &token.above_all())));
    }
    Ok(answer::playlist("multivariant", &text, &headers, &format!("{}, max-age=0, s-maxage=1", viewer.sharing.0)))
}

async fn media_playlist(
    State(site): State<Site>,
    viewer: Viewer,
    Path(place): Path<Place>,
    RawQuery(query): RawQuery,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (show, shelf) = site.shelf(&viewer.handle, &place)?;
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let name = text(VIEWER).or_else(|| parameter(&query, "viewer"));
    let agent = text(header::USER_AGENT).unwrap_or_default();
    show.viewers.saw(name, peer.map(|Extension(ConnectInfo(peer))| peer.ip()), agent);
    let bad = |error: super::directives::BadDirective| {
        Problem::new(StatusCode::BAD_REQUEST, "bad-directive", "Bad delivery directive").detail(error.to_string())
    };
    let directives = Directives::parse(&query).map_err(bad)?;
    let snapshot = await_playlist(&shelf, &directives).await?.map_err(bad)?;
    let target = snapshot.cadence.map_or(1, |cadence| cadence.target);
    let caching = if directives.is_blocking() && !snapshot.ended {
        // The answer to this very query stays a right one; caches gather the crowd.
        format!("{}, max-age={target}", viewer.sharing.0)
    } else {
        format!("{}, max-age=0, s-maxage=1", viewer.sharing.0)
    };
    let delta = snapshot.delta.as_ref().filter(|_| directives.skip && !snapshot.ended);
    let text = delta.unwrap_or(&snapshot.full);
    Ok(match &viewer.passing {
        None => answer::playlist("playlist", text, &headers, &caching),
        Some(token) => {
            let prefix = token.above(&place.broadcast, &place.rendition);
            answer::playlist("playlist", &text.map(|text| lead_on(text, &prefix)), &headers, &caching)
        }
    })
}

/// Waits for what the directives ask, for three target durations at most.
async fn await_playlist(
    shelf: &Shelf,
    directives: &Directives,
) -> Result<Result<Arc<Snapshot>, super::directives::BadDirective>, Problem> {
    let mut newest = shelf.watch();
    let beginning = tokio::time::timeout(BEGINNING, newest.wait_for(|now| now.is_playable() || now.ended));
    let Ok(Ok(now)) = beginning.await.map(|ready| ready.map(|now| now.clone())) else {
        return Err(timed_out());
    };
    match directives.decide(&now) {
        Err(error) => return Ok(Err(error)),
        Ok(Verdict::Answer) => return Ok(Ok(now)),
        Ok(Verdict::Wait) => {}
    }
    let patience = patience(&now);
    let came = newest.wait_for(|now| !matches!(directives.decide(now), Ok(Verdict::Wait)));
    match tokio::time::timeout(patience, came).await {
        Ok(Ok(now)) => Ok(Ok(now.clone())),
        _ => Err(timed_out()),
    }
}

fn patience(snapshot: &Snapshot) -> Duration {
    Duration::from_secs(3 * snapshot.cadence.map_or(2, |cadence| cadence.target))
}

async fn media(
    State(site): State<Site>,
    viewer: Viewer,
    Path(place): Path<Place>,
    Path(FileName { file }): Path<FileName>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, shelf) = site.shelf(&viewer.handle, &place)?;
    let unknown = || not_found("There is no such file in this broadcast, or it is too old.");
    let (kind, chunks) = match File::parse(&file).ok_or_else(unknown)? {
        File::Init(index) => ("init", vec![shelf.init(index).ok_or_else(unknown)?]),
        File::Segment(msn) => ("segment", shelf.segment(msn).ok_or_else(unknown)?),
        File::Part(msn, index) => ("part", vec![await_part(&shelf, msn, index).await?.ok_or_else(unknown)?]),
    };
    let content_type = match shelf.kind() {
        Kind::Video => "video/mp4",
        Kind::Audio => "audio/mp4",
    };
    Ok(answer::media(kind, chunks, content_type, &headers, viewer.sharing))
}

/// A part that is there, or the next one as soon as it is. `None` if it is neither.
async fn await_part(shelf: &Shelf, msn: u64, index: u32) -> Result<Option<Bytes>, Problem> {
    let mut newest = shelf.watch();
    let now = newest.borrow_and_update().clone();
    if let Some(part) = shelf.part(msn, index) {
        return Ok(Some(part));
    }
    if now.next != (msn, index) || now.ended || !now.is_playable() {
        return Ok(None);
    }
    let moved = newest.wait_for(|later| later.next != (msn, index) || later.ended);
    match tokio::time::timeout(patience(&now), moved).await {
        Ok(Ok(_)) => Ok(shelf.part(msn, index)),
        _ => Err(timed_out()),
    }
}
