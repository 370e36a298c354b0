//! Sending clients to another node when this one has no room or is going away (RFC 9725, 4.5).

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Endpoint;

/// Turns the answer that there is no room here into one that says where there is, if the operator named a place.
///
/// Whoever would be refused for another reason is refused: only a session that this node would have opened is worth a
/// redirection.
pub(super) async fn send_elsewhere(State(endpoint): State<Endpoint>, request: Request, next: Next) -> Response {
    let Some(other) = endpoint.rtc.overflow.as_deref().filter(|_| request.method() == Method::POST) else {
        return next.run(request).await;
    };
    let location = request.uri().path_and_query().map_or(String::new(), |path| format!("{other}{path}"));
    let response = next.run(request).await;
    let Ok(location) = HeaderValue::from_str(&location) else { return response };
    if response.status() != StatusCode::SERVICE_UNAVAILABLE {
        return response;
    }
    metrics::counter!("klieg_rtc_redirects_total").increment(1);
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, location)]).into_response()
}
