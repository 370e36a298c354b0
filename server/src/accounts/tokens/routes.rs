//! The routes of API tokens. All of them want a session: a token makes, sees and deletes no tokens.

use axum::extract::State;
use axum::http::StatusCode;
use klieg_api::Page;
use klieg_api::tokens::{ApiToken, MadeApiToken, NewApiToken};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::{Error, Session, rules};
use crate::app::App;
use crate::database::now;
use crate::http::client::{Client, limit_key};
use crate::http::extract::{Json, Path};
use crate::http::problem::Problem;

pub(in crate::accounts) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make_api_token, api_tokens)).routes(routes!(delete_api_token))
}

/// Make an API token
///
/// For a bot or an integration. It needs `current_password`; trying one counts as trying to log in. The token is never shown again.
#[utoipa::path(
    post, path = "/api/v1/me/tokens", tag = "accounts", security(("session" = [])), request_body = NewApiToken,
    responses(
        (status = 201, body = MadeApiToken),
        (status = 403, description = "current_password is wrong"),
        (status = 409, description = "There are too many tokens"),
        (status = 422, description = "A field is not valid"),
        (status = 429, description = "Too many tokens were made; see Retry-After")
    )
)]
async fn make_api_token(
    State(app): State<App>,
    client: Client,
    session: Session,
    Json(mut new): Json<NewApiToken>,
) -> Result<(StatusCode, axum::Json<MadeApiToken>), Problem> {
    let now = now();
    let current = std::mem::take(&mut new.current_password);
    let wanted = rules::check(new, now)?;
    app.limits.make_token.check(&session.account)?;
    app.accounts.confirm(&session, current, limit_key(client.ip)).await?;
    Ok((StatusCode::CREATED, axum::Json(app.accounts.make_token(session.account, &wanted, now).await?)))
}

/// The caller's API tokens, without the tokens
///
/// There are at most 20, so they are one page.
#[utoipa::path(
    get, path = "/api/v1/me/tokens", tag = "accounts", security(("session" = [])),
    responses((status = 200, body = Page<ApiToken>))
)]
async fn api_tokens(State(app): State<App>, session: Session) -> Result<axum::Json<Page<ApiToken>>, Problem> {
    Ok(axum::Json(Page { items: app.accounts.tokens(session.account).await?, next_cursor: None }))
}

/// Delete an API token
///
/// It is refused from now on, and its live connections are closed.
#[utoipa::path(
    delete, path = "/api/v1/me/tokens/{id}", tag = "accounts", params(("id" = String, Path)),
    security(("session" = [])), responses((status = 204, description = "The token is gone"))
)]
async fn delete_api_token(
    State(app): State<App>,
    session: Session,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id: Uuid = id.parse().map_err(|_| Error::NoSuchToken)?;
    app.accounts.delete_token(session.account, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
