//! `/healthz`, `/readyz`, `/metrics`.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::http::client::Client;
use crate::http::extract::bearer;
use crate::http::problem::{Kind, Problem};

pub fn routes() -> Router<App> {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

async fn alive() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], "alive\n")
}

/// Ready to be sent new clients: the database answers, other servers can be reached, and the server is not shutting down.
async fn ready(State(app): State<App>) -> Response {
    let (status, text) = if app.hub.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n")
    } else if !app.database.is_reachable().await {
        (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
    } else if app.cluster.as_ref().is_some_and(|cluster| !cluster.bus.is_connected()) {
        (StatusCode::SERVICE_UNAVAILABLE, "NATS cannot be reached: rooms that other servers keep cannot be entered\n")
    } else {
        (StatusCode::OK, "ready\n")
    };
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// For this machine, and for whoever has the configured token. A request that came through a proxy is not this
/// machine's.
async fn metrics(State(app): State<App>, client: Client, headers: HeaderMap) -> Result<Response, Problem> {
    let local = client.ip.is_loopback() && !client.forwarded;
    let authorised = match (&app.config.metrics_token, bearer(&headers)) {
        (Some(expected), Some(token)) => bool::from(expected.as_bytes().ct_eq(token.as_bytes())),
        _ => false,
    };
    if !local && !authorised {
        return Err(Problem::new(
            Kind::FORBIDDEN,
            "Ask from the server's own machine, or set metrics_token and send it.",
        ));
    }
    let text = super::metrics::render(&app.hub);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
