//! A viewer chooses its picture (draft-ietf-wish-whep, video layer selection extension).

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::request::{content_type, text, unsupported};
use super::{Endpoint, JSON};
use crate::problem::Problem;
use crate::webrtc::offer::Flow;
use crate::webrtc::registry::Route;
use crate::webrtc::show::Wish;
use crate::webrtc::worker::Command;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Selection {
    /// The picture's section; text by the draft, a number from some players.
    media_id: Option<Value>,
    #[serde(alias = "encodingId")]
    rid: Option<String>,
    max_width: Option<u32>,
    max_height: Option<u32>,
    spatial_layer_id: Option<u32>,
    temporal_layer_id: Option<u32>,
    max_spatial_layer_id: Option<u32>,
    max_temporal_layer_id: Option<u32>,
}

/// A choice without conditions leaves it to the server again.
pub(super) async fn select(
    State(endpoint): State<Endpoint>,
    Path((handle, id)): Path<(String, String)>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let route = endpoint.find(&id, Flow::Plays, Some(&handle))?;
    let (parts, body) = request.into_parts();
    let wish = wish(&parts.headers, &text(body).await?, &route)?;
    endpoint.wish(&route, wish).await
}

pub(super) async fn let_go(
    State(endpoint): State<Endpoint>,
    Path((handle, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let route = endpoint.find(&id, Flow::Plays, Some(&handle))?;
    endpoint.wish(&route, Wish::default()).await
}

fn wish(headers: &HeaderMap, body: &str, route: &Route) -> Result<Wish, Problem> {
    if body.trim().is_empty() {
        return Ok(Wish::default());
    }
    if content_type(headers).as_deref() != Some(JSON) {
        return Err(unsupported(JSON));
    }
    let selection: Selection = serde_json::from_str(body).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "malformed-selection", "The choice cannot be read")
            .detail(error.to_string())
    })?;
    let scalable = [
        selection.spatial_layer_id,
        selection.temporal_layer_id,
        selection.max_spatial_layer_id,
        selection.max_temporal_layer_id,
    ];
    if scalable.iter().any(Option::is_some) {
        return Err(impossible("Pictures are chosen by rid, maxWidth or maxHeight; none has layers within it."));
    }
    let line = match &selection.media_id {
        None => route.video_line,
        Some(Value::String(line)) => line.parse().ok(),
        Some(line) => line.as_u64().and_then(|line| usize::try_from(line).ok()),
    };
    if line.is_none() || line != route.video_line {
        return Err(impossible("There is no video in that section of the session."));
    }
    Ok(Wish { name: selection.rid, max_width: selection.max_width, max_height: selection.max_height })
}

fn impossible(detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-such-layer", "There is no such picture").detail(detail)
}

impl Endpoint {
    async fn wish(&self, route: &Route, wish: Wish) -> Result<StatusCode, Problem> {
        if self.ask(route, |reply| Command::Select { key: route.key, wish, reply }).await? {
            return Ok(StatusCode::OK);
        }
        Err(impossible("The broadcast has none of that rid that this session can show; see its layers event."))
    }
}
