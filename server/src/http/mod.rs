//! HTTP: the router of everything, and what every request passes through.

pub mod client;
pub mod conditional;
pub mod extract;
pub mod limiter;
pub mod listen;
pub mod openapi;
pub mod page;
pub mod problem;

use std::borrow::Cow;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, OriginalUri, Request};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::trace::TraceLayer;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::{accounts, alerts, broadcasts, channels, emotes, observe, socket, web};
use problem::{Kind, Problem};

/// The largest JSON body, in bytes.
const BODY_LIMIT: usize = 64 << 10;
/// How long an API request may take, its body included.
const API_TIMEOUT: Duration = Duration::from_secs(15);

/// The API's routes and their description.
pub fn api() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, document) = OpenApiRouter::with_openapi(openapi::base())
        .merge(accounts::routes())
        .merge(channels::routes())
        .merge(emotes::routes())
        .merge(broadcasts::routes())
        .merge(alerts::routes())
        .merge(socket::routes())
        .split_for_parts();
    (router, openapi::finish(document))
}

/// Everything that is served: the API, the live plane's routes, health, and the web app for all other addresses.
///
/// What a crowd asks for several times a second each, `playlists`, passes through as little as it can do with: the layers
/// around everything else cost nearly as much as its answers.
pub fn router(app: &App, sessions: Router, playlists: Router) -> Router {
    let (api, _) = api();
    let api = api
        .route("/api/v1/openapi.json", axum::routing::get(openapi::serve))
        .route("/api/v1/live.json", axum::routing::get(socket::asyncapi::serve))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(middleware::from_fn(api_timeout))
        .layer(middleware::from_fn(api_headers));
    let routes = api
        .merge(observe::routes())
        .merge(emotes::pictures())
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(web::serve)
        .route_layer(middleware::from_fn(observe::count_request))
        .with_state(app.clone());
    let playlists = playlists
        .layer(middleware::map_response(no_sniffing))
        .layer(middleware::from_fn_with_state(app.clone(), client::resolve));
    routes
        .merge(sessions)
        .layer(middleware::from_fn(security_headers))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), client::resolve))
        // Failures are logged where their cause is known.
        .layer(TraceLayer::new_for_http().make_span_with(span).on_failure(()))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(middleware::from_fn(forget_request_id))
        .merge(playlists)
}

/// The span of a request, by whose id a log line and an answer are found together. The path only, and without a
/// playback token: a query may carry one, too.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!("request", id, method = %request.method(), path = %without_token(request.uri().path()))
}

/// `/hls/{handle}/token/{token}/…` with the token left out.
fn without_token(path: &str) -> Cow<'_, str> {
    let mut segments: Vec<&str> = path.split('/').collect();
    match segments.as_mut_slice() {
        ["", "hls", _, "token", token, ..] => *token = "…",
        _ => return path.into(),
    }
    segments.join("/").into()
}

/// Answers what is under `/api` but no route of it.
pub fn no_such_route(uri: &OriginalUri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(Kind::NOT_FOUND, format!("There is no {path}. The API is described at /api/v1/openapi.json."))
}

async fn method_not_allowed(method: Method) -> Problem {
    Problem::new(Kind::METHOD_NOT_ALLOWED, format!("{method} is not possible here; see the Allow header."))
}

async fn api_timeout(request: Request, next: Next) -> Response {
    match tokio::time::timeout(API_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::busy().into_response(),
    }
}

/// Answers of the API are for who asked and for now.
async fn api_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A request's id is ours: one that a client sends could forge the log.
async fn forget_request_id(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove("x-request-id");
    next.run(request).await
}

async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

#[expect(clippy::needless_pass_by_value, reason = "CatchPanicLayer gives it away")]
fn panicked(panic: Box<dyn std::any::Any + Send + 'static>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned());
    Problem::internal(message).into_response()
}

#[cfg(test)]
mod tests {
    use super::without_token;

    #[test]
    fn tokens_in_paths_stay_out_of_the_log() {
        assert_eq!(without_token("/hls/ada/token/secret/1/source/0.m4s"), "/hls/ada/token/…/1/source/0.m4s");
        assert_eq!(without_token("/hls/ada/token/secret"), "/hls/ada/token/…");
        for plain in ["/hls/ada/index.m3u8", "/", "/api/v1/me", "/ada"] {
            assert_eq!(without_token(plain), plain);
        }
    }
}
