//! The HLS routes: playlists that wait, parts that come, and nothing that is done per viewer but sending.

mod answer;
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
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use uuid::Uuid;

use super::Hls;
use super::directives::{Directives, Verdict};
use super::shelf::{Shelf, Snapshot};
use super::show::Show;
use crate::authority::{Handle, PlayRequest};
use crate::codec::Kind;
use crate::hub::Hub;
use crate::problem::Problem;
use answer::Sharing;
use name::File;

/// How long a request for a playlist waits for a broadcast that has just begun to have one.
const BEGINNING: Duration = Duration::from_secs(12);

#[derive(Clone)]
struct Site {
    hls: Arc<Hls>,
    hub: Arc<Hub>,
}

/// The routes `/hls/{handle}/…`.
pub fn router(hls: Arc<Hls>, hub: Arc<Hub>) -> Router {
    // Any site may play: there are no cookies here, a token is brought by hand.
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::CONTENT_LENGTH, header::CONTENT_RANGE, header::DATE, header::AGE, header::RETRY_AFTER])
        .max_age(Duration::from_hours(24))
        .vary(Vec::<HeaderName>::new());
    Router::new()
        .route("/hls/{handle}/index.m3u8", get(multivariant))
        .route("/hls/{handle}/{broadcast}/{rendition}/index.m3u8", get(media_playlist))
        .route("/hls/{handle}/{broadcast}/{rendition}/{file}", get(media))
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
    /// Lets the viewer in, or says why not.
    async fn admit(&self, handle: &str, headers: &HeaderMap, query: &str) -> Result<(Handle, Sharing), Problem> {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim().to_owned());
        let token = bearer.or_else(|| parameter(query, "token").map(str::to_owned));
        let sharing = Sharing(if token.is_some() { "private" } else { "public" });
        let handle = Handle::new(handle);
        self.hub.may_play(&PlayRequest { handle: handle.clone(), token }).await?;
        Ok((handle, sharing))
    }

    /// The broadcast of a channel by its id, live or ended a moment ago.
    fn show(&self, handle: &Handle, broadcast: &str) -> Result<Arc<Show>, Problem> {
        let gone = || not_found("There is no such broadcast, or it is over.");
        let id = Uuid::parse_str(broadcast).map_err(|_| gone())?;
        self.hls.show(&id).filter(|show| show.stream.handle == *handle).ok_or_else(gone)
    }

    fn shelf(&self, handle: &Handle, broadcast: &str, rendition: &str) -> Result<(Arc<Show>, Arc<Shelf>), Problem> {
        let show = self.show(handle, broadcast)?;
        let shelf = show.shelf(rendition).ok_or_else(|| not_found("This broadcast has no such rendition."))?;
        Ok((show, shelf))
    }
}

/// The first value of a query parameter.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

async fn multivariant(
    State(site): State<Site>,
    Path(handle): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (handle, sharing) = site.admit(&handle, &headers, query.as_deref().unwrap_or_default()).await?;
    let stream = site.hub.stream(&handle).ok_or_else(nobody_live)?;
    let show = site.hls.show(&stream.id).ok_or_else(nobody_live)?;
    let mut playlist = show.multivariant();
    let ready = tokio::time::timeout(BEGINNING, playlist.wait_for(Option::is_some));
    let text = tokio::select! {
        ready = ready => ready.ok().and_then(Result::ok).and_then(|text| text.clone()),
        () = stream.ended() => None,
    };
    let text = text.ok_or_else(timed_out)?;
    Ok(answer::playlist("multivariant", &text, &headers, &format!("{}, max-age=0, s-maxage=1", sharing.0)))
}

async fn media_playlist(
    State(site): State<Site>,
    Path((handle, broadcast, rendition)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let (handle, sharing) = site.admit(&handle, &headers, &query).await?;
    let (show, shelf) = site.shelf(&handle, &broadcast, &rendition)?;
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    show.viewers.saw(parameter(&query, "viewer"), peer.map(|Extension(ConnectInfo(peer))| peer.ip()), agent);
    let bad = |error: super::directives::BadDirective| {
        Problem::new(StatusCode::BAD_REQUEST, "bad-directive", "Bad delivery directive").detail(error.to_string())
    };
    let directives = Directives::parse(&query).map_err(bad)?;
    let snapshot = await_playlist(&shelf, &directives).await?.map_err(bad)?;
    let target = snapshot.cadence.map_or(1, |cadence| cadence.target);
    let caching = if directives.is_blocking() && !snapshot.ended {
        // The answer to this very query stays a right one; caches gather the crowd.
        format!("{}, max-age={target}", sharing.0)
    } else {
        format!("{}, max-age=0, s-maxage=1", sharing.0)
    };
    let delta = snapshot.delta.as_ref().filter(|_| directives.skip && !snapshot.ended);
    Ok(answer::playlist("playlist", delta.unwrap_or(&snapshot.full), &headers, &caching))
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
    Path((handle, broadcast, rendition, file)): Path<(String, String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (handle, sharing) = site.admit(&handle, &headers, query.as_deref().unwrap_or_default()).await?;
    let (_, shelf) = site.shelf(&handle, &broadcast, &rendition)?;
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
    Ok(answer::media(kind, chunks, content_type, &headers, sharing))
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
