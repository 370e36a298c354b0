//! Watching: `POST /whep/{handle}` (draft-ietf-wish-whep, 4.2).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{ACCEPT_POST, Endpoint, SDP, described, links, request};
use crate::authority::{Handle, PlayRequest};
use crate::problem::Problem;
use crate::stream::{Stream, StreamState};
use crate::webrtc::negotiate;
use crate::webrtc::offer::{Flow, Offer, Refusal};
use crate::webrtc::session::Role;
use crate::webrtc::show::pictures;
use crate::webrtc::viewer::Viewer;

/// When to ask again whether a channel is live.
const RETRY: Duration = Duration::from_secs(2);

pub(super) async fn create(
    State(endpoint): State<Endpoint>,
    Path(handle): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let handle = Handle::new(&handle);
    let changes = endpoint.hub.permission_changes();
    let viewer = allow(&endpoint, &handle, &parts.headers).await?;
    if request::content_type(&parts.headers).as_deref() != Some(SDP) {
        return Err(request::unsupported(SDP));
    }
    let sdp = request::text(body).await?;
    let offer = (!sdp.trim().is_empty()).then(|| Offer::parse(&sdp, Flow::Plays)).transpose()?;
    let stream = live(&endpoint, &handle)?;
    let video = pictures(&stream);
    let answered = match offer {
        Some(offer) => endpoint.rtc.open(Flow::Plays, Some(&viewer), |addresses, certificate| {
            let negotiated = negotiate::whep(&offer, &video, certificate, addresses)?;
            let viewer = Viewer::new(stream.clone(), &negotiated.rtc, &negotiated.media);
            Ok((negotiated, offer, Role::Viewer(viewer)))
        }),
        None => Err(Refusal::NoCodec("the offer is empty").into()),
    };
    let (status, opened) = match answered {
        Ok(opened) => (StatusCode::CREATED, opened),
        Err(problem) if problem.is(StatusCode::NOT_ACCEPTABLE) => {
            let offered = endpoint.rtc.open(Flow::Plays, Some(&viewer), |addresses, certificate| {
                let negotiated = negotiate::counter_offer(&video, certificate, addresses)?;
                let viewer = Viewer::new(stream.clone(), &negotiated.rtc, &[]);
                Ok((negotiated, Offer::none(), Role::Viewer(viewer)))
            })?;
            (StatusCode::NOT_ACCEPTABLE, offered)
        }
        Err(problem) => return Err(problem),
    };
    if endpoint.hub.permission_changes() != changes
        && let Err(denied) = endpoint.hub.may_play(&viewer).await
    {
        if let Some(route) = endpoint.rtc.registry.route(&opened.id) {
            let _ = endpoint.close(&route).await;
        }
        return Err(denied.into());
    }
    let location = format!("/whep/{handle}/{}", opened.id);
    let mut headers = described(&location, &opened.etag);
    links::add_ice_servers(&mut headers, &endpoint.rtc.ice_servers, &opened.id);
    links::add_extensions(&mut headers, &location);
    Ok((status, headers, opened.sdp).into_response())
}

pub(super) async fn look(
    State(endpoint): State<Endpoint>,
    Path(handle): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    allow(&endpoint, &Handle::new(&handle), &headers).await?;
    Ok((StatusCode::OK, [(ACCEPT_POST, SDP)]).into_response())
}

async fn allow(endpoint: &Endpoint, handle: &Handle, headers: &HeaderMap) -> Result<PlayRequest, Problem> {
    let token = request::bearer(headers).map(str::to_owned);
    let viewer = PlayRequest { handle: handle.clone(), token };
    endpoint.hub.may_play(&viewer).await?;
    Ok(viewer)
}

fn live(endpoint: &Endpoint, handle: &Handle) -> Result<Arc<Stream>, Problem> {
    if endpoint.hub.is_draining() {
        return Err(Problem::busy("The server is shutting down."));
    }
    let stream = endpoint.hub.stream(handle).filter(|stream| stream.state() != StreamState::Ended);
    stream.ok_or_else(|| {
        Problem::new(StatusCode::CONFLICT, "not-live", "Nobody is live here")
            .detail("The channel is offline. Ask again later.")
            .retry_after(RETRY)
    })
}
