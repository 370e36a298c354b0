//! The WHIP and WHEP endpoints (RFC 9725, draft-ietf-wish-whep).

mod events;
mod layer;
mod links;
mod overflow;
mod request;
mod session;
mod whep;
mod whip;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on, patch, post};
use str0m::config::DtlsCert;

use super::Rtc;
use super::addresses::Addresses;
use super::negotiate::Negotiated;
use super::offer::{Flow, Offer, Refusal};
use super::registry::{Route, random_etag};
use super::session::{Role, Session};
use super::worker::Command;
use crate::authority::PlayRequest;
use crate::codec::Kind;
use crate::hub::Hub;
use crate::problem::Problem;

const SDP: &str = "application/sdp";
const JSON: &str = "application/json";
const SDP_FRAGMENT: &str = "application/trickle-ice-sdpfrag";
const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

// What each resource may be asked with: OPTIONS names it, and so does the answer to everything else (RFC 9110, 10.2.1).
const WHIP: &str = "OPTIONS, POST";
const WHIP_SESSION: &str = "DELETE, OPTIONS, PATCH";
const WHEP: &str = "HEAD, OPTIONS, POST";
const WHEP_SESSION: &str = "DELETE, HEAD, OPTIONS, PATCH";
const LAYER: &str = "DELETE, OPTIONS, POST";
const EVENTS: &str = "OPTIONS, POST";
/// Where there is GET there is HEAD.
const EVENT_STREAM: &str = "DELETE, GET, HEAD, OPTIONS";

/// What every handler needs.
#[derive(Clone)]
struct Endpoint {
    rtc: Arc<Rtc>,
    hub: Arc<Hub>,
}

/// The routes `/whip`, `/whip/{session}`, `/whep/{handle}`, `/whep/{handle}/{session}` and what is below the last.
pub fn router(rtc: Arc<Rtc>, hub: Arc<Hub>) -> Router {
    let endpoint = Endpoint { rtc, hub };
    let endpoints = Router::new()
        .route(
            "/whip",
            post(whip::create)
                .options(async || preflight(WHIP, Some((ACCEPT_POST, SDP))))
                .fallback(async || refuse(WHIP)),
        )
        .route(
            "/whep/{handle}",
            on(MethodFilter::HEAD, whep::look)
                .post(whep::create)
                .options(async || preflight(WHEP, Some((ACCEPT_POST, SDP))))
                .fallback(async || refuse(WHEP)),
        )
        .layer(middleware::from_fn_with_state(endpoint.clone(), overflow::send_elsewhere));
    let sessions = Router::new()
        .route(
            "/whip/{session}",
            patch(session::patch_publisher)
                .delete(session::delete_publisher)
                .options(async || preflight(WHIP_SESSION, Some((ACCEPT_PATCH, SDP_FRAGMENT))))
                .fallback(async || refuse(WHIP_SESSION)),
        )
        .route(
            "/whep/{handle}/{session}",
            on(MethodFilter::HEAD, session::look)
                .patch(session::patch_viewer)
                .delete(session::delete_viewer)
                .options(async || preflight(WHEP_SESSION, Some((ACCEPT_PATCH, SDP_FRAGMENT))))
                .fallback(async || refuse(WHEP_SESSION)),
        )
        .route(
            "/whep/{handle}/{session}/layer",
            post(layer::select)
                .delete(layer::let_go)
                .options(async || preflight(LAYER, Some((ACCEPT_POST, JSON))))
                .fallback(async || refuse(LAYER)),
        )
        .route(
            "/whep/{handle}/{session}/events",
            post(events::open)
                .options(async || preflight(EVENTS, Some((ACCEPT_POST, JSON))))
                .fallback(async || refuse(EVENTS)),
        )
        .route(
            "/whep/{handle}/{session}/events/{stream}",
            get(events::read)
                .delete(events::close)
                .options(async || preflight(EVENT_STREAM, None))
                .fallback(async || refuse(EVENT_STREAM)),
        );
    endpoints.merge(sessions).layer(middleware::from_fn(cross_origin)).with_state(endpoint)
}

/// Pages of any origin may publish and play: what matters is the bearer token, and no cookie is ever read.
async fn cross_origin(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Location, ETag, Link, Retry-After, Accept-Patch, WWW-Authenticate"),
    );
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// `accept` is the header that names the type of body that is taken, if any.
fn preflight(methods: &'static str, accept: Option<(HeaderName, &'static str)>) -> Response {
    let headers = [
        (header::ALLOW, methods),
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, If-Match"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, accept.map(|accept| [accept]), headers).into_response()
}

/// Methods that the specifications reserve.
fn refuse(allow: &'static str) -> Response {
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", "This method is not used here")
        .detail(format!("Use one of {allow}."));
    ([(header::ALLOW, allow)], problem).into_response()
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        let problem = match refusal {
            Refusal::Malformed(_) => Self::new(StatusCode::BAD_REQUEST, "malformed-sdp", "The offer cannot be read"),
            Refusal::Unacceptable(_) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unacceptable-offer", "The offer cannot be accepted")
            }
            Refusal::NoCodec(_) => Self::new(StatusCode::NOT_ACCEPTABLE, "no-common-codec", "No codec in common"),
        };
        problem.detail(detail)
    }
}

/// A session that was opened.
struct Opened {
    id: String,
    etag: String,
    /// The answer, or the counter-offer.
    sdp: String,
}

impl Rtc {
    /// Opens a session on the worker with the fewest. `viewer` is who was let in to watch; `make` negotiates.
    fn open(
        &self,
        flow: Flow,
        viewer: Option<&PlayRequest>,
        make: impl FnOnce(&Addresses, &DtlsCert) -> Result<(Negotiated, Offer, Role), Refusal>,
    ) -> Result<Opened, Problem> {
        let full = || Problem::busy("The server has no room for another session.");
        let index = self.registry.least_loaded(self.sessions).ok_or_else(full)?;
        let worker = self.workers.get(index).ok_or_else(full)?;
        let (negotiated, offer, role) = make(&worker.addresses, &self.certificate)?;
        let (key, etag) = (self.next_key(), random_etag());
        let handle = viewer.map(|viewer| viewer.handle.as_str().to_owned());
        // A counter-offer begins with the picture.
        let video_line =
            if offer.kinds.is_empty() { Some(0) } else { offer.kinds.iter().position(|kind| *kind == Kind::Video) };
        let route = Route { flow, handle, worker: index, key, etag: etag.clone(), video_line };
        let registered = self.registry.register(route, viewer.and_then(|viewer| viewer.token.clone()));
        let opened = Opened { id: registered.id.clone(), etag, sdp: negotiated.sdp.clone() };
        let session = Box::new(Session::new(registered, negotiated, offer, role));
        worker.commands.try_send(Command::Open { key, session }).map_err(|_| full())?;
        Ok(opened)
    }
}

/// The headers of an answer or counter-offer.
fn described(location: &str, etag: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, SDP);
    set(header::LOCATION, location);
    set(header::ETAG, etag);
    set(ACCEPT_PATCH, SDP_FRAGMENT);
    headers
}
