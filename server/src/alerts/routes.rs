//! The routes of notifications. They are their reader's alone: no API token reaches them.

#![expect(unused_qualifications, reason = "utoipa's macro writes them")]

use axum::extract::State;
use axum::http::StatusCode;
use klieg_api::notifications::{NotificationPage, SeenUntil};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::accounts::Session;
use crate::app::App;
use crate::database::now;
use crate::http::extract::{Json, Query};
use crate::http::problem::Problem;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(see))
}

/// Which page of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// `next_cursor` of the page before.
    before: Option<String>,
    /// 1 to 50 items; 20 if absent.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<u32>,
}

/// What the caller is told of
///
/// Newest first: channels they follow that went live, and messages that named or answered them while they were not in the
/// room. Of the last 30 days, and at most 200 messages. New ones also come on the live connection, as `notification`.
#[utoipa::path(
    get, path = "/api/v1/notifications", tag = "notifications", params(ListQuery), security(("session" = [])),
    responses((status = 200, body = NotificationPage))
)]
async fn list(
    State(app): State<App>,
    session: Session,
    Query(query): Query<ListQuery>,
) -> Result<axum::Json<NotificationPage>, Problem> {
    let page = app.alerts.page(session.account, query.before.as_deref(), query.limit, now()).await?;
    Ok(axum::Json(page))
}

/// Say that the caller has seen what they were told of until then
#[utoipa::path(
    post, path = "/api/v1/notifications/seen", tag = "notifications", security(("session" = [])), request_body = SeenUntil,
    responses((status = 204, description = "It is noted, and the caller's other live connections are told"))
)]
async fn see(State(app): State<App>, session: Session, Json(seen): Json<SeenUntil>) -> Result<StatusCode, Problem> {
    app.alerts.see(session.account, seen.until, now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
