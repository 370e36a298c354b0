//! The routes of broadcasting.

use axum::extract::State;
use axum::http::StatusCode;
use klieg_api::Page;
use klieg_api::accounts::{NewStreamKey, StreamKey};
use klieg_api::ingest::IngestHealth;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::Error;
use crate::accounts::Session;
use crate::app::App;
use crate::database::now;
use crate::http::extract::Path;
use crate::http::problem::Problem;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create_key, keys)).routes(routes!(revoke_key)).routes(routes!(ingest))
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
    get, path = "/api/v1/me/ingest", tag = "broadcasting", security(("session" = [])),
    responses((status = 200, body = IngestHealth), (status = 404, description = "The caller is not live"))
)]
async fn ingest(State(app): State<App>, session: Session) -> Result<axum::Json<IngestHealth>, Problem> {
    let (_, handle) = app.channels.own_id(session.account).await?;
    let stream = app.hub.stream(&klieg_media::authority::Handle::new(handle.as_str())).ok_or(Error::NotLive)?;
    Ok(axum::Json(super::health(&stream).ok_or(Error::NotLive)?))
}
