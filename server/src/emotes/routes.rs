//! The routes of emotes, and where their pictures are.

#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
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
use crate::http::extract::{MaybeSession, Path, Query};
use crate::http::problem::{Fields, Kind, Problem};

/// A picture is a picture and nothing else, whoever opens it.
const INERT: &str = "default-src 'none'; sandbox; frame-ancestors 'none'";

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
    let picture = app.emotes.make(read(body).await?).await?;
    let _in_order = app.emotes.change().await;
    let emote = app.emotes.add(&channel, name, &picture, now()).await?;
    tell(&app, &channel).await?;
    Ok((StatusCode::CREATED, axum::Json(emote)))
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
    let _in_order = app.emotes.change().await;
    app.emotes.remove(&channel, &name).await?;
    tell(&app, &channel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells the room which emotes there are now.
async fn tell(app: &App, channel: &str) -> Result<(), Problem> {
    let emotes = app.emotes.of(channel).await?;
    app.rooms.set_emotes(channel, emotes).await;
    Ok(())
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

/// A picture. Its address is made from what is in it, so whoever has it need not ask again.
async fn picture(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Problem> {
    let found = match super::hash_in(&file) {
        Some(hash) => app.emotes.picture(hash).await?,
        None => None,
    };
    let found = found.ok_or_else(|| Problem::not_found("picture"))?;
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, INERT),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, found).into_response())
}
