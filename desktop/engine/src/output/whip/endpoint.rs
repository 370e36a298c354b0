//! The HTTP side of WHIP: offer and answer (RFC 9725, 4.2), redirects (4.5), the end of a session.

use std::net::SocketAddr;
use std::time::Duration;

use klieg_studio_model::Key;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MATCH, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Method, Response, StatusCode, Url};

use super::super::{Failure, Setting};
use super::links::IceServers;
use super::peer::Offered;
use crate::EngineError;

const PATIENCE: Duration = Duration::from_secs(10);
const FAREWELL: Duration = Duration::from_secs(1);
const REDIRECTS: usize = 5;
/// No answer is longer.
const LONGEST_ANSWER: usize = 64 * 1024;

pub(in crate::output) struct Endpoint {
    url: Url,
    authorization: Option<HeaderValue>,
    client: Client,
    pub(super) offered: Offered,
}

/// A session that the server has made.
pub(super) struct Published {
    pub answer: String,
    /// Those that it names.
    pub servers: IceServers,
    session: Option<Session>,
    etag: Option<HeaderValue>,
}

/// Where a session is ended and told of candidates.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Session {
    url: Url,
    /// Whether the key goes along: it was given to the server that answered, and to no other.
    keyed: bool,
}

impl Session {
    /// What the answer of `endpoint` calls so (RFC 9725, 4.2). Where that answered by https, a server behind a proxy may not know, and
    /// say http: it is asked as its endpoint was.
    fn new(endpoint: &Url, mut url: Url) -> Self {
        let is_same_host = url.host() == endpoint.host();
        if is_same_host && endpoint.scheme() == "https" && url.scheme() == "http" {
            let is_secure = url.set_scheme("https").is_ok() && url.set_port(endpoint.port()).is_ok();
            tracing::warn!(
                is_secure,
                "the server says that its session is reached by http; https is used as for the endpoint"
            );
        }
        let keyed = is_same_host && (url.scheme() == endpoint.scheme() || url.scheme() == "https");
        if !keyed {
            let (host, scheme) = (url.host_str(), url.scheme());
            tracing::warn!(
                host,
                scheme,
                "the session is elsewhere, where the key does not go; it may not be ended properly"
            );
        }
        Self { url, keyed }
    }
}

impl Endpoint {
    pub(in crate::output) fn new(url: &str, key: Option<Key>, setting: &Setting) -> Result<Self, EngineError> {
        let invalid = |what: &str| EngineError::Pipeline(format!("the WHIP output's {what} cannot be used"));
        let authorization = match key {
            Some(key) => {
                let mut value =
                    HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| invalid("key"))?;
                value.set_sensitive(true);
                Some(value)
            }
            None => None,
        };
        // Redirects are followed here, because the key must go along and the method must not change.
        let client = Client::builder()
            // As the studio's account does it: media goes past a proxy for the web, so the way to the server has to be direct.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .user_agent(concat!("klieg-engine/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| invalid("HTTP client"))?;
        let (video, canvas, rate) = (setting.video.clone(), setting.canvas, setting.rate * 8);
        let offered = Offered { video, canvas, layers: setting.keyframes.len(), rate };
        Ok(Self { url: url.parse().map_err(|_| invalid("URL"))?, authorization, client, offered })
    }

    /// The server's address, as far as the URL tells.
    pub(super) async fn host(&self) -> Result<SocketAddr, Failure> {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = self.url.port_or_known_default().unwrap_or(443);
        let found = tokio::time::timeout(PATIENCE, tokio::net::lookup_host((host.as_str(), port))).await;
        found
            .map_err(|_| Failure::retry("no name server answers"))?
            .ok()
            .and_then(|mut addresses| addresses.next())
            .ok_or_else(|| Failure::retry(format!("there is no host `{host}`")))
    }

    /// Posts the offer and returns the session.
    pub(super) async fn publish(&self, offer: &str) -> Result<Published, Failure> {
        let mut url = self.url.clone();
        for _ in 0..REDIRECTS {
            let response = self
                .request(Method::POST, url.clone(), true)
                .header(CONTENT_TYPE, "application/sdp")
                .header(ACCEPT, "application/sdp")
                .body(offer.to_owned())
                .send()
                .await
                .map_err(unreachable)?;
            match response.status() {
                StatusCode::CREATED => return created(&url, response).await,
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                    let next =
                        location(&url, &response).ok_or_else(|| Failure::retry("the server redirects to nowhere"))?;
                    if url.scheme() == "https" && next.scheme() != "https" {
                        return Err(Failure::retry("the server redirects from https to http, where nothing is sent"));
                    }
                    url = next;
                }
                status => return Err(refused(status, response.headers(), self.authorization.is_some())),
            }
        }
        Err(Failure::retry("the server redirects in a circle"))
    }

    /// Ends the session. It is gone anyway if this fails.
    pub(super) async fn delete(&self, published: &Published) {
        if let Some(session) = &published.session {
            let sent = self.request(Method::DELETE, session.url.clone(), session.keyed).timeout(FAREWELL).send().await;
            if let Err(error) = sent {
                tracing::debug!(error = %error.without_url(), "the session could not be deleted");
            }
        }
    }

    /// Tells the server of a candidate (RFC 9725, 4.3.2). It may refuse to hear of any, which does no harm.
    pub(super) fn trickle(&self, published: &Published, fragment: &str) -> impl Future<Output = ()> + use<> {
        let request = published.session.clone().map(|session| {
            let request = self.request(Method::PATCH, session.url, session.keyed);
            let request = request.header(CONTENT_TYPE, "application/trickle-ice-sdpfrag");
            let any = HeaderValue::from_static("*");
            request.header(IF_MATCH, published.etag.clone().unwrap_or(any)).body(fragment.to_owned())
        });
        async move {
            if let Some(request) = request {
                match request.send().await {
                    Ok(response) => tracing::debug!(status = %response.status(), "the server was told of a candidate"),
                    Err(error) => {
                        tracing::debug!(error = %error.without_url(), "the server was not told of a candidate");
                    }
                }
            }
        }
    }

    fn request(&self, method: Method, url: Url, keyed: bool) -> reqwest::RequestBuilder {
        let request = self.client.request(method, url);
        match self.authorization.as_ref().filter(|_| keyed) {
            Some(value) => request.header(AUTHORIZATION, value.clone()),
            None => request,
        }
    }
}

async fn created(url: &Url, mut response: Response) -> Result<Published, Failure> {
    let session = location(url, &response).map(|session| Session::new(url, session));
    let servers = IceServers::named_by(response.headers());
    let etag = response.headers().get(ETAG).cloned();
    if session.is_none() {
        tracing::warn!("the server names no session (no Location); it cannot be ended properly");
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return Err(Failure::retry("the server's answer is too long"));
        }
    }
    let answer = String::from_utf8(body).map_err(|_| Failure::retry("the server's answer is no text"))?;
    Ok(Published { answer, servers, session, etag })
}

fn location(base: &Url, response: &Response) -> Option<Url> {
    base.join(response.headers().get(LOCATION)?.to_str().ok()?).ok()
}

/// What a refusal means. For good is only that somebody is not let in: asked again and again, a server may lock them out. All else may
/// be over soon, whatever the status is called: servers and proxies that are being restarted say 404, and that a stream is still
/// taken by the session before, or that they are not ready, many say with 400.
fn refused(status: StatusCode, headers: &HeaderMap, has_key: bool) -> Failure {
    let after = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .map(|seconds: u64| Duration::from_secs(seconds.min(60)));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let what = if has_key { "check the key" } else { "the server asks for a key" };
            Failure::fatal(format!("not authorised: {what} ({status})"))
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            Failure::Retry { reason: format!("there is no WHIP endpoint at this URL ({status})"), after }
        }
        StatusCode::BAD_REQUEST
        | StatusCode::NOT_ACCEPTABLE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => {
            Failure::Retry { reason: format!("the server does not take this stream ({status})"), after }
        }
        _ => Failure::Retry { reason: format!("the server answered {status}"), after },
    }
}

/// A failed request in words. Never with the URL, which may hold a key in its path.
fn unreachable(error: reqwest::Error) -> Failure {
    let reason = if error.is_connect() {
        "the server cannot be reached"
    } else if error.is_timeout() {
        "the server does not answer"
    } else {
        "the request failed"
    };
    let mut cause: &dyn std::error::Error = &error.without_url();
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Failure::retry(format!("{reason} ({cause})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_not_let_in_is_not_asked_again() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        for status in [400, 404, 405, 406, 409, 415, 422, 429, 500, 502, 503] {
            let status = StatusCode::from_u16(status).unwrap();
            let Failure::Retry { reason, after } = refused(status, &headers, true) else { panic!("{status}") };
            assert!(reason.contains(status.as_str()) && after == Some(Duration::from_secs(7)), "{reason} {after:?}");
        }
        for (status, has_key, what) in [(401, true, "check the key"), (403, false, "the server asks for a key")] {
            let refused = refused(StatusCode::from_u16(status).unwrap(), &headers, has_key);
            let Failure::Fatal { reason } = refused else { panic!("{refused:?}") };
            assert!(reason.starts_with(&format!("not authorised: {what}")), "{reason}");
        }
    }

    #[test]
    fn the_key_goes_to_the_server_that_has_it_and_never_in_the_clear() {
        for (endpoint, location, used, keyed) in [
            ("https://a.example/whip", "/session/1", "https://a.example/session/1", true),
            ("http://a.example/whip", "session/1", "http://a.example/session/1", true),
            ("http://a.example/whip", "https://a.example/s", "https://a.example/s", true),
            ("https://a.example/whip", "https://a.example:8443/s", "https://a.example:8443/s", true),
            // As a server behind a proxy writes it.
            ("https://a.example/whip", "http://a.example/s", "https://a.example/s", true),
            ("https://a.example:8443/whip", "http://a.example:8080/s", "https://a.example:8443/s", true),
            ("https://a.example/whip", "https://b.example/s", "https://b.example/s", false),
            ("https://a.example/whip", "http://b.example/s", "http://b.example/s", false),
            ("http://127.0.0.1:1/whip", "http://localhost:1/s", "http://localhost:1/s", false),
            ("https://a.example/whip", "//b.example/s", "https://b.example/s", false),
            ("https://a.example/whip", "ftp://a.example/s", "ftp://a.example/s", false),
        ] {
            let endpoint: Url = endpoint.parse().unwrap();
            let session = Session::new(&endpoint, endpoint.join(location).unwrap());
            assert_eq!((session.url.as_str(), session.keyed), (used, keyed), "{endpoint} {location}");
        }
    }
}
