//! The routes of broadcasting.

use axum::body::Body;
use axum::extract::State;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use klieg_api::Page;
use klieg_api::accounts::{NewStreamKey, StreamKey};
use klieg_api::chapters::{Chapter, NewMarker};
use klieg_api::ingest::{IngestAddresses, IngestHealth};
use klieg_api::tokens::Scope;
use klieg_api::upload::UploadMeasurement;
use klieg_media::stream::StreamState;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Error, markers, upload};
use crate::accounts::{Caller, Session};
use crate::app::App;
use crate::config::PublicUrl;
use crate::database::now;
use crate::http::extract::{Json, Path};
use crate::http::problem::{Kind, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_key, keys))
        .routes(routes!(revoke_key))
        .routes(routes!(ingest))
        .routes(routes!(ingest_addresses))
        .routes(routes!(measure_upload))
        .routes(routes!(mark))
}

/// Make a stream key
///
/// The key is never shown again.
#[utoipa::path(
    post, path = "/api/v1/me/stream-keys", tag = "broadcasting", security(("session" = [])),
    responses((status = 201, body = NewStreamKey), (status = 409, description = "There are too many keys"))
)]
async fn create_key(
    State(app): State<App>,
    session: Session,
) -> Result<(StatusCode, axum::Json<NewStreamKey>), Problem> {
    let (channel, _) = app.channels.own_id(session.account).await?;
    let key = app.broadcasts.create_key(&channel, "", now()).await?;
    Ok((StatusCode::CREATED, axum::Json(key)))
}

/// The caller's stream keys, without the keys
///
/// There are at most 20, so they are one page.
#[utoipa::path(
    get, path = "/api/v1/me/stream-keys", tag = "broadcasting", security(("session" = [])),
    responses((status = 200, body = Page<StreamKey>))
)]
async fn keys(State(app): State<App>, session: Session) -> Result<axum::Json<Page<StreamKey>>, Problem> {
    let (channel, _) = app.channels.own_id(session.account).await?;
    Ok(axum::Json(Page { items: app.broadcasts.keys(&channel).await?, next_cursor: None }))
}

/// Delete a stream key
///
/// A publisher that is live with it is cut off.
#[utoipa::path(
    delete, path = "/api/v1/me/stream-keys/{id}", tag = "broadcasting", params(("id" = String, Path)),
    security(("session" = [])), responses((status = 204, description = "The key is gone"))
)]
async fn revoke_key(State(app): State<App>, session: Session, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NoSuchKey)?;
    let (channel, _) = app.channels.own_id(session.account).await?;
    app.broadcasts.revoke_key(&app.hub, &channel, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How the caller's broadcast arrives, and what to do about it
#[utoipa::path(
    get, path = "/api/v1/me/ingest", tag = "broadcasting", security(("session" = []), ("token" = ["channel:read"])),
    responses((status = 200, body = IngestHealth), (status = 404, description = "The caller is not live"))
)]
async fn ingest(State(app): State<App>, caller: Caller) -> Result<axum::Json<IngestHealth>, Problem> {
    let session = caller.within(Scope::ChannelRead)?;
    let (_, handle) = app.channels.own_id(session.account).await?;
    let stream = app.hub.stream(&klieg_media::authority::Handle::new(handle.as_str())).ok_or(Error::NotLive)?;
    Ok(axum::Json(super::health(&stream).ok_or(Error::NotLive)?))
}

/// Where the caller's encoder sends to
#[utoipa::path(
    get, path = "/api/v1/me/ingest/addresses", tag = "broadcasting", security(("session" = [])),
    responses((status = 200, body = IngestAddresses))
)]
async fn ingest_addresses(State(app): State<App>, _: Session, headers: HeaderMap) -> axum::Json<IngestAddresses> {
    let configured = app.config.public_url.as_ref().map(PublicUrl::host);
    // Who asked under a name reaches this server by it.
    let asked = || headers.get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let host =
        configured.or_else(|| asked().map(|asked| asked.host().to_owned())).unwrap_or_else(|| app.public_url.host());
    axum::Json(IngestAddresses { rtmp: format!("rtmp://{host}:{}/live", app.rtmp.port()) })
}

/// Mark a moment of the caller's broadcast
///
/// It becomes a chapter. Say how long ago the moment was, so that the time on the way here does not count.
#[utoipa::path(
    post, path = "/api/v1/me/broadcast/markers", tag = "broadcasting",
    security(("session" = []), ("token" = ["channel:write"])), request_body = NewMarker,
    responses(
        (status = 201, body = Chapter),
        (status = 404, description = "The caller is not live"),
        (status = 409, description = "The broadcast has 500 markers"),
        (status = 429, description = "Marked too often; see Retry-After")
    )
)]
async fn mark(
    State(app): State<App>,
    caller: Caller,
    Json(marker): Json<NewMarker>,
) -> Result<(StatusCode, axum::Json<Chapter>), Problem> {
    let session = caller.within(Scope::ChannelWrite)?;
    let marker = markers::check(&marker)?;
    app.limits.markers.check(&session.account)?;
    let (_, handle) = app.channels.own_id(session.account).await?;
    let stream = app.hub.stream(&klieg_media::authority::Handle::new(handle.as_str())).ok_or(Error::NotLive)?;
    if stream.state() == StreamState::Ended {
        return Err(Error::NotLive.into());
    }
    Ok((StatusCode::CREATED, axum::Json(app.broadcasts.mark(&stream, marker, now()).await?)))
}

/// Measure the caller's upload
///
/// Send a body of any bytes that do not compress for five seconds or so; it is counted and thrown away. It is read for ten seconds and for
/// 250 MB at most.
#[utoipa::path(
    post, path = "/api/v1/me/upload-test", tag = "broadcasting", security(("session" = [])),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = UploadMeasurement),
        (status = 429, description = "Measured too often; see Retry-After"),
        (status = 503, description = "Others measure just now; see Retry-After")
    )
)]
async fn measure_upload(
    State(app): State<App>,
    session: Session,
    body: Body,
) -> Result<axum::Json<UploadMeasurement>, Problem> {
    app.limits.upload.check(&session.account)?;
    let _place = app.broadcasts.uploads.try_acquire().map_err(|_| Problem::busy())?;
    let measured = upload::measure(body).await;
    Ok(axum::Json(measured.map_err(|_| Problem::new(Kind::MALFORMED, "The body broke off."))?))
}
