//! A session's own URL: trickle ICE, ICE restarts, the answer to a counter-offer, and the end (RFC 9725, 4.3 and 4.5).

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::request::{Condition, content_type, if_match, text, unsupported};
use super::{Endpoint, SDP, SDP_FRAGMENT};
use crate::problem::Problem;
use crate::webrtc::offer::{Flow, Fragment};
use crate::webrtc::registry::Route;
use crate::webrtc::worker::{Command, Patched};

pub(super) async fn patch_publisher(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let route = endpoint.find(&id, Flow::Publishes, None)?;
    endpoint.patch(&id, &route, request).await
}

pub(super) async fn patch_viewer(
    State(endpoint): State<Endpoint>,
    Path((handle, id)): Path<(String, String)>,
    request: Request,
) -> Result<Response, Problem> {
    let route = endpoint.find(&id, Flow::Plays, Some(&handle))?;
    if content_type(request.headers()).as_deref() == Some(SDP) {
        return endpoint.answer(&route, request).await;
    }
    endpoint.patch(&id, &route, request).await
}

pub(super) async fn delete_publisher(
    State(endpoint): State<Endpoint>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let route = endpoint.find(&id, Flow::Publishes, None)?;
    endpoint.close(&route).await
}

pub(super) async fn delete_viewer(
    State(endpoint): State<Endpoint>,
    Path((handle, id)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let route = endpoint.find(&id, Flow::Plays, Some(&handle))?;
    endpoint.close(&route).await
}

pub(super) async fn look(
    State(endpoint): State<Endpoint>,
    Path((handle, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let route = endpoint.find(&id, Flow::Plays, Some(&handle))?;
    Ok((StatusCode::OK, [(header::ETAG, route.etag)]).into_response())
}

impl Endpoint {
    pub(super) fn find(&self, id: &str, flow: Flow, handle: Option<&str>) -> Result<Route, Problem> {
        let handle = handle.map(str::to_ascii_lowercase);
        let route = self.rtc.registry.route(id).filter(|route| route.flow == flow && route.handle == handle);
        route.ok_or_else(Problem::no_session)
    }

    async fn patch(&self, id: &str, route: &Route, request: Request) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        if content_type(&parts.headers).as_deref() != Some(SDP_FRAGMENT) {
            return Err(unsupported(SDP_FRAGMENT));
        }
        match if_match(&parts.headers, &route.etag) {
            Condition::Any | Condition::Matches => {}
            Condition::Missing => {
                return Err(Problem::new(
                    StatusCode::PRECONDITION_REQUIRED,
                    "if-match-missing",
                    "If-Match is required",
                )
                .detail("Send the session's ETag, or * for an ICE restart."));
            }
            Condition::Differs => {
                return Err(Problem::new(
                    StatusCode::PRECONDITION_FAILED,
                    "ice-session-changed",
                    "The session has another ETag",
                ));
            }
        }
        let malformed =
            || Problem::new(StatusCode::BAD_REQUEST, "malformed-fragment", "The SDP fragment cannot be read");
        let fragment = Fragment::parse(&text(body).await?).ok_or_else(malformed)?;
        match self.ask(route, |reply| Command::Patch { key: route.key, fragment, reply }).await? {
            Patched::Taken => Ok(StatusCode::NO_CONTENT.into_response()),
            Patched::Restarted(fragment) => {
                let etag = self.rtc.registry.renew_etag(id).ok_or_else(Problem::no_session)?;
                let headers = [(header::CONTENT_TYPE, SDP_FRAGMENT.to_owned()), (header::ETAG, etag)];
                Ok((StatusCode::OK, headers, fragment).into_response())
            }
            Patched::Refused => Err(malformed().detail("The new ICE credentials cannot be used.")),
        }
    }

    async fn answer(&self, route: &Route, request: Request) -> Result<Response, Problem> {
        let (parts, body) = request.into_parts();
        if if_match(&parts.headers, &route.etag) == Condition::Differs {
            return Err(Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "ice-session-changed",
                "The session has another ETag",
            ));
        }
        let answer = text(body).await?;
        if self.ask(route, |reply| Command::Answer { key: route.key, answer, reply }).await? {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "unacceptable-answer", "The answer cannot be accepted")
            .detail("It is not SDP, does not answer the offer, or no offer was open."))
    }

    pub(super) async fn close(&self, route: &Route) -> Result<StatusCode, Problem> {
        self.ask(route, |reply| Command::Close { key: route.key, reply }).await?;
        Ok(StatusCode::OK)
    }

    /// Has the session's worker do something. A session that is gone meanwhile is not found.
    pub(super) async fn ask<T>(
        &self,
        route: &Route,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Problem> {
        let (reply, answer) = oneshot::channel();
        let worker = self.rtc.workers.get(route.worker).ok_or_else(Problem::no_session)?;
        worker.commands.send(command(reply)).await.map_err(|_| Problem::busy("The server is shutting down."))?;
        answer.await.map_err(|_| Problem::no_session())
    }
}
