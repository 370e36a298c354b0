//! The routes of accounts and sessions.

use axum::extract::State;
use axum::http::StatusCode;
use klieg_api::Handle;
use klieg_api::accounts::{AccountChange, AccountRef, CodeLogIn, LogIn, Me, NewAccount, Refresh, SignInCode, Tokens};
use klieg_api::tokens::Scope;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::{Email, Login, Password};
use super::{Caller, Change, Session, tokens};
use crate::app::App;
use crate::database::now;
use crate::http::client::{Client, limit_key};
use crate::http::extract::Json;
use crate::http::limiter::Limited;
use crate::http::problem::{Fields, Problem};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_up))
        .routes(routes!(log_in))
        .routes(routes!(log_in_by_code))
        .routes(routes!(make_code))
        .routes(routes!(refresh))
        .routes(routes!(log_out))
        .routes(routes!(me, change_me))
        .merge(tokens::routes())
}

impl From<Limited> for Problem {
    fn from(Limited(wait): Limited) -> Self {
        Self::too_many(wait)
    }
}

/// Sign up
///
/// Makes an account and its channel.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount,
    responses((status = 201, body = AccountRef), (status = 409, description = "Handle or e-mail address taken"))
)]
async fn sign_up(
    State(app): State<App>,
    client: Client,
    Json(new): Json<NewAccount>,
) -> Result<(StatusCode, axum::Json<AccountRef>), Problem> {
    app.limits.sign_up.check(&limit_key(client.ip))?;
    let mut fields = Fields::default();
    let handle = fields.check("handle", new.handle.parse::<Handle>());
    let email = fields.check("email", new.email.parse::<Email>());
    let password = fields.check("password", new.password.parse::<Password>());
    let all = handle.zip(email).zip(password);
    let ((handle, email), password) = fields.finish(all)?;
    let account = app.accounts.sign_up(handle, email, password, now()).await?;
    tracing::info!(handle = %account.handle, "account made");
    Ok((StatusCode::CREATED, axum::Json(account)))
}

/// Log in
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "accounts", request_body = LogIn,
    responses((status = 201, body = Tokens), (status = 401, description = "Wrong login or password"))
)]
async fn log_in(
    State(app): State<App>,
    client: Client,
    Json(attempt): Json<LogIn>,
) -> Result<(StatusCode, axum::Json<Tokens>), Problem> {
    let login = Login::parse(&attempt.login);
    let tokens = app.accounts.log_in(login.as_ref(), attempt.password, limit_key(client.ip), now()).await?;
    Ok((StatusCode::CREATED, axum::Json(tokens)))
}

/// Log in with a code
///
/// The session is a new one, and goes on when the one that made the code ends.
#[utoipa::path(
    post, path = "/api/v1/sessions/code", tag = "accounts", request_body = CodeLogIn,
    responses(
        (status = 201, body = Tokens),
        (status = 401, description = "The code was used, is too old, or its session is over"),
        (status = 429, description = "Too many codes were tried")
    )
)]
async fn log_in_by_code(
    State(app): State<App>,
    client: Client,
    Json(attempt): Json<CodeLogIn>,
) -> Result<(StatusCode, axum::Json<Tokens>), Problem> {
    let address = limit_key(client.ip);
    app.limits.try_code.check(&address)?;
    let tokens = app.accounts.log_in_by_code(&attempt.code, address, now()).await?;
    Ok((StatusCode::CREATED, axum::Json(tokens)))
}

/// Make a code that another program logs in with
///
/// For the studio on the same computer, in a link: `klieg-studio://sign-in?server=ADDRESS&code=CODE`. It is good once.
#[utoipa::path(
    post, path = "/api/v1/me/sign-in-codes", tag = "accounts", security(("session" = [])),
    responses((status = 201, body = SignInCode), (status = 429, description = "Too many codes were made"))
)]
async fn make_code(State(app): State<App>, session: Session) -> Result<(StatusCode, axum::Json<SignInCode>), Problem> {
    app.limits.make_code.check(&session.account)?;
    Ok((StatusCode::CREATED, axum::Json(app.accounts.make_code(session, now()).await)))
}

/// Refresh a session
///
/// Each refresh token is good for one use; using one twice ends the session.
#[utoipa::path(
    post, path = "/api/v1/sessions/refresh", tag = "accounts", request_body = Refresh,
    responses((status = 200, body = Tokens), (status = 401, description = "The session is over"))
)]
async fn refresh(
    State(app): State<App>,
    client: Client,
    Json(request): Json<Refresh>,
) -> Result<axum::Json<Tokens>, Problem> {
    let address = limit_key(client.ip);
    app.limits.refresh.check(&address)?;
    Ok(axum::Json(app.accounts.refresh(&request.refresh_token, address, now()).await?))
}

/// Log out
///
/// API tokens stay.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "accounts", security(("session" = [])),
    responses((status = 204, description = "The session is over"))
)]
async fn log_out(State(app): State<App>, session: Session) -> Result<StatusCode, Problem> {
    app.accounts.log_out(&session, now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's account and channel
///
/// An API token is not told the e-mail address.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "accounts", security(("session" = []), ("token" = ["channel:read"])),
    responses((status = 200, body = Me))
)]
async fn me(State(app): State<App>, caller: Caller) -> Result<axum::Json<Me>, Problem> {
    let session = caller.within(Scope::ChannelRead)?;
    let mut me = app.accounts.me(session.account, &app.channels).await?;
    if !caller.is_person() {
        me.email.clear();
    }
    Ok(axum::Json(me))
}

/// Change the e-mail address or the password, or whether the name is listed
///
/// Another address or password needs `current_password`. Trying it counts as trying to log in. A new password ends every other
/// session; API tokens stay. Rooms that somebody is in know within a few seconds whether they are `listed` there.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "accounts", security(("session" = [])), request_body = AccountChange,
    responses(
        (status = 200, body = Me),
        (status = 403, description = "current_password is wrong"),
        (status = 409, description = "E-mail address taken"),
        (status = 422, description = "current_password is missing, or a field is not valid"),
        (status = 429, description = "Too many passwords were tried")
    )
)]
async fn change_me(
    State(app): State<App>,
    client: Client,
    session: Session,
    Json(change): Json<AccountChange>,
) -> Result<axum::Json<Me>, Problem> {
    let mut fields = Fields::default();
    let listed = change.listed;
    let email = change.email.and_then(|email| fields.check("email", email.parse::<Email>()));
    let password = change.password.and_then(|password| fields.check("password", password.parse::<Password>()));
    let changes = email.is_some() || password.is_some();
    let current = change.current_password.filter(|current| !current.is_empty());
    if changes && current.is_none() {
        fields.wrong("current_password", "send your present password along");
    }
    let (change, current) = fields.finish(Some((Change { email, password }, current)))?;
    if let Some(current) = current.filter(|_| changes) {
        app.accounts.change(&session, current, change, limit_key(client.ip), now()).await?;
    }
    if let Some(listed) = listed {
        app.accounts.set_listed(session.account, listed, now()).await?;
        app.rooms.look_now();
    }
    Ok(axum::Json(app.accounts.me(session.account, &app.channels).await?))
}
