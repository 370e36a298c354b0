//! Publishing: `POST /whip` (RFC 9725, 4.2).

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::{Endpoint, SDP, described, links, request};
use crate::authority::{IngestProtocol, PublishRequest};
use crate::problem::Problem;
use crate::webrtc::ingest::Ingest;
use crate::webrtc::negotiate;
use crate::webrtc::offer::{Flow, Offer};
use crate::webrtc::session::Role;

pub(super) async fn create(State(endpoint): State<Endpoint>, request: Request) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let key = request::bearer(&parts.headers).ok_or_else(Problem::unauthorized)?.to_owned();
    if request::content_type(&parts.headers).as_deref() != Some(SDP) {
        return Err(request::unsupported(SDP));
    }
    let sdp = request::text(body).await?;
    let publish = PublishRequest {
        key,
        protocol: IngestProtocol::Whip,
        peer: request::peer(&parts.extensions),
        encoder: request::encoder(&parts.headers),
    };
    let grant = endpoint.hub.check(&publish).await?;
    let offer = Offer::parse(&sdp, Flow::Publishes)?;
    endpoint.hub.may_prepare(&grant).await?;
    let opened = endpoint.rtc.open(Flow::Publishes, None, |addresses, certificate| {
        let negotiated = negotiate::whip(&offer, certificate, addresses)?;
        let ingest = Box::new(Ingest::new(Instant::now(), offer.layers.clone()));
        Ok((negotiated, offer, Role::Publisher { ingest, request: publish }))
    })?;
    let mut headers = described(&format!("/whip/{}", opened.id), &opened.etag);
    links::add_ice_servers(&mut headers, &endpoint.rtc.ice_servers, &opened.id);
    Ok((StatusCode::CREATED, headers, opened.sdp).into_response())
}
