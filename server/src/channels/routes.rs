//! The routes of channels and following.

#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use axum::extract::State;
use axum::http::StatusCode;
use klieg_api::channels::{Category, Channel, ChannelChange, Visibility};
use klieg_api::replays::Replay;
use klieg_api::tokens::Scope;
use klieg_api::{Handle, Page};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::listing::ListQuery;
use super::{elsewhere, rules};
use crate::accounts::{Caller, Session};
use crate::app::App;
use crate::database::now;
use crate::http::extract::{Json, MaybeSession, Path, Query};
use crate::http::page;
use crate::http::problem::Problem;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(categories))
        .routes(routes!(channel))
        .routes(routes!(follow, unfollow))
        .routes(routes!(replays))
        .routes(routes!(change_mine))
        .routes(routes!(following))
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PageQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100 items; 24 if absent.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// A handle in a path: text that cannot be one names no channel.
fn parse(handle: &str) -> Result<Handle, Problem> {
    handle.parse().map_err(|_| Problem::not_found("channel"))
}

/// Channels
///
/// Public ones only; the live ones first, by viewers.
#[utoipa::path(
    get, path = "/api/v1/channels", tag = "channels", params(ListQuery), security((), ("session" = []), ("token" = [])),
    responses((status = 200, body = Page<Channel>))
)]
async fn list(
    State(app): State<App>,
    MaybeSession(session): MaybeSession,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<Page<Channel>>, Problem> {
    Ok(axum::Json(app.channels.list(&query, session.as_ref()).await?))
}

/// Categories that somebody is live in
#[utoipa::path(
    get, path = "/api/v1/categories", tag = "channels", params(PageQuery),
    responses((status = 200, body = Page<Category>))
)]
async fn categories(
    State(app): State<App>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Category>>, Problem> {
    Ok(axum::Json(app.channels.categories(query.cursor.as_deref(), query.limit).await?))
}

/// A channel
#[utoipa::path(
    get, path = "/api/v1/channels/{handle}", tag = "channels", params(("handle" = String, Path)),
    security((), ("session" = []), ("token" = [])), responses((status = 200, body = Channel))
)]
async fn channel(
    State(app): State<App>,
    MaybeSession(session): MaybeSession,
    Path(handle): Path<String>,
) -> Result<axum::Json<Channel>, Problem> {
    let mut channel = app.channels.channel(&parse(&handle)?, session.as_ref()).await?;
    if let Some(live) = &mut channel.live {
        live.chapters = app.broadcasts.chapters(&live.broadcast_id).await?;
    }
    Ok(axum::Json(channel))
}

/// Follow a channel
#[utoipa::path(
    put, path = "/api/v1/channels/{handle}/follow", tag = "channels", params(("handle" = String, Path)),
    security(("session" = [])),
    responses((status = 204, description = "The caller follows it"), (status = 409, description = "The caller's own channel"))
)]
async fn follow(State(app): State<App>, session: Session, Path(handle): Path<String>) -> Result<StatusCode, Problem> {
    let since = now();
    let channel = app.channels.follow(&session, &parse(&handle)?, since).await?;
    app.rooms.followed(&channel, session.account, Some(since)).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop following a channel
#[utoipa::path(
    delete, path = "/api/v1/channels/{handle}/follow", tag = "channels", params(("handle" = String, Path)),
    security(("session" = [])), responses((status = 204, description = "The caller does not follow it"))
)]
async fn unfollow(State(app): State<App>, session: Session, Path(handle): Path<String>) -> Result<StatusCode, Problem> {
    let channel = app.channels.unfollow(&session, &parse(&handle)?).await?;
    app.rooms.followed(&channel, session.account, None).await;
    Ok(StatusCode::NO_CONTENT)
}

/// A channel's replays
///
/// This version keeps none: the page is empty.
#[utoipa::path(
    get, path = "/api/v1/channels/{handle}/replays", tag = "channels", params(("handle" = String, Path), PageQuery),
    security((), ("session" = []), ("token" = [])), responses((status = 200, body = Page<Replay>))
)]
async fn replays(
    State(app): State<App>,
    MaybeSession(session): MaybeSession,
    Path(handle): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Replay>>, Problem> {
    page::limit(query.limit)?;
    page::decode::<(i64, String)>(query.cursor.as_deref())?;
    app.channels.channel(&parse(&handle)?, session.as_ref()).await?;
    Ok(axum::Json(Page { items: Vec::new(), next_cursor: None }))
}

/// Change the caller's channel
#[utoipa::path(
    patch, path = "/api/v1/me/channel", tag = "channels",
    security(("session" = []), ("token" = ["channel:write"])), request_body = ChannelChange,
    responses((status = 200, body = Channel))
)]
async fn change_mine(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<ChannelChange>,
) -> Result<axum::Json<Channel>, Problem> {
    let session = caller.within(Scope::ChannelWrite)?;
    let change = rules::check(change)?;
    let channel = app.channels.change(session.account, &change).await?;
    if let Some(visibility) = change.visibility {
        elsewhere::tell(&app, &channel.handle);
        app.rooms.set_private(&channel.handle, visibility == Visibility::Private).await?;
    }
    Ok(axum::Json(channel))
}

/// Channels the caller follows, the live ones first
#[utoipa::path(
    get, path = "/api/v1/me/following", tag = "channels", params(PageQuery), security(("session" = [])),
    responses((status = 200, body = Page<Channel>))
)]
async fn following(
    State(app): State<App>,
    session: Session,
    Query(query): Query<PageQuery>,
) -> Result<axum::Json<Page<Channel>>, Problem> {
    Ok(axum::Json(app.channels.following(&session, query.cursor.as_deref(), query.limit).await?))
}
