//! The routes of emotes, and where their pictures are.

#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use klieg_api::emotes::{Emote, EmoteName, MAX_BYTES};
use klieg_api::tokens::Scope;
use klieg_api::{Handle, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Error;
use crate::accounts::Caller;
use crate::app::App;
use crate::database::now;
use crate::http::conditional::has_already;
use crate::http::extract::{MaybeSession, Path, Query};
use crate::http::problem::{Fields, Kind, Problem};

/// A picture is a picture and nothing else, whoever opens it.
const INERT: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";
/// What is at an address never changes, so within the hour nobody asks again, not even who loads the page anew. But it may be
/// deleted or taken down: after the hour no cache shows it without having asked, which costs 304 and no picture, or is told that
/// it is gone.
const FRESH: &str = "public, max-age=3600, must-revalidate, immutable";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(add)).routes(routes!(remove))
}

/// The pictures, which are no part of the API.
pub fn pictures() -> Router<App> {
    Router::new().route("/emotes/{file}", get(picture))
}

/// What a new emote is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NameQuery {
    /// 2 to 24 of `a`–`z`, `A`–`Z`, `0`–`9` and `_`, not digits alone.
    name: String,
}

/// A channel's emotes
///
/// Oldest first. There are at most 100, so they are one page.
#[utoipa::path(
    get, path = "/api/v1/channels/{handle}/emotes", tag = "channels", params(("handle" = String, Path)),
    security((), ("session" = []), ("token" = [])), responses((status = 200, body = Page<Emote>))
)]
async fn list(
    State(app): State<App>,
    MaybeSession(session): MaybeSession,
    Path(handle): Path<String>,
) -> Result<axum::Json<Page<Emote>>, Problem> {
    let handle: Handle = handle.parse().map_err(|_| Problem::not_found("channel"))?;
    let channel = app.channels.visible_id(&handle, session.as_ref()).await?;
    Ok(axum::Json(Page { items: app.emotes.of(&channel).await?, next_cursor: None }))
}

/// Add an emote to the caller's channel
///
/// The body is the picture: a PNG, GIF, WebP or JPEG of at most 512 KiB and 1,024 pixels a side; animated, of at most 60
/// frames and 10 seconds. It is fitted into 112 pixels and written anew.
#[utoipa::path(
    post, path = "/api/v1/me/channel/emotes", tag = "channels", params(NameQuery),
    security(("session" = []), ("token" = ["channel:write"])),
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses(
        (status = 201, body = Emote),
        (status = 403, description = "The operator took this picture down"),
        (status = 409, description = "The name is taken, or there are 100 emotes"),
        (status = 413, description = "The picture has more than 512 KiB"),
        (status = 415, description = "It is no picture of these kinds"),
        (status = 422, description = "The name or the picture cannot be used"),
        (status = 429, description = "Added too often; see Retry-After"),
        (status = 503, description = "Others add emotes just now; see Retry-After")
    )
)]
async fn add(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<NameQuery>,
    body: Body,
) -> Result<(StatusCode, axum::Json<Emote>), Problem> {
    let session = caller.within(Scope::ChannelWrite)?;
    let mut fields = Fields::default();
    let name = fields.check("name", query.name.parse::<EmoteName>());
    let name = fields.finish(name)?;
    app.limits.emotes.check(&session.account)?;
    let (channel, _) = app.channels.own_id(session.account).await?;
    let upload = app.emotes.make(read(body).await?).await?;
    let added = to_its_end(async move {
        let emote = app.emotes.add(&channel, name, &upload, now()).await?;
        app.rooms.emotes_changed(&channel).await;
        Ok::<_, Problem>(emote)
    });
    Ok((StatusCode::CREATED, axum::Json(added.await?)))
}

/// Delete an emote of the caller's channel
///
/// Where it was written its name stands again.
#[utoipa::path(
    delete, path = "/api/v1/me/channel/emotes/{name}", tag = "channels", params(("name" = String, Path)),
    security(("session" = []), ("token" = ["channel:write"])),
    responses((status = 204, description = "The emote is gone"))
)]
async fn remove(State(app): State<App>, caller: Caller, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    let session = caller.within(Scope::ChannelWrite)?;
    let name: EmoteName = name.parse().map_err(|_| Error::NotFound)?;
    let (channel, _) = app.channels.own_id(session.account).await?;
    let removed = to_its_end(async move {
        app.emotes.remove(&channel, &name).await?;
        app.rooms.emotes_changed(&channel).await;
        Ok::<_, Problem>(())
    });
    removed.await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Does this to its end, also if the client goes away meanwhile: what has changed is told.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(work).await.unwrap_or_else(|error| Err(Problem::internal(error)))
}

/// A picture's bytes; of one that is too large no more than that is read.
async fn read(body: Body) -> Result<Bytes, Problem> {
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let detail = format!("A picture has at most {} KiB. Make it smaller and send that.", MAX_BYTES >> 10);
            Err(Problem::new(Kind::TOO_LARGE, detail))
        }
        Err(_) => Err(Problem::new(Kind::MALFORMED, "The body broke off.")),
    }
}

/// A picture, as long as some channel has it.
async fn picture(State(app): State<App>, Path(file): Path<String>, request: HeaderMap) -> Result<Response, Problem> {
    let hash = super::hash_in(&file).ok_or_else(|| Problem::not_found("picture"))?;
    let found = app.emotes.picture(hash).await?.ok_or_else(|| Problem::not_found("picture"))?;
    let etag = format!("\"{hash}\"");
    let response = if has_already(&request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "image/png")], found).into_response()
    };
    let headers = [
        (header::CACHE_CONTROL, FRESH),
        (header::CONTENT_SECURITY_POLICY, INERT),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok(([(header::ETAG, etag)], headers, response).into_response())
}
