//! Pictures of emotes for the interface, from the creator's server.
//!
//! The window's policy lets it reach this computer and no server, whichever the creator signs in to.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::{Shared, is_same, stranger};

/// `GET /TOKEN/emotes/FILE`.
pub(super) async fn emote(
    State(shared): State<Shared>,
    Path((token, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = stranger(&headers, &shared.director) {
        return refusal;
    }
    if !is_same(&token, &shared.pictures_token) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Some(account) = shared.director.account().await else { return StatusCode::NOT_FOUND.into_response() };
    match account.emote(&file).await {
        Ok(Some(picture)) => {
            // The server says PNG of nothing else, and the window takes it for nothing else.
            let headers = [
                (header::CONTENT_TYPE, "image/png"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                // As long as the server says of its own: the picture may be deleted or taken down there.
                (header::CACHE_CONTROL, "private, max-age=3600, must-revalidate, immutable"),
            ];
            (headers, picture).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::warn!(%error, "an emote's picture is not reached");
            StatusCode::BAD_GATEWAY.into_response()
        }
    }
}
