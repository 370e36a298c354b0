//! The web app, from inside the binary.
//!
//! Files are found by their exact name in a fixed table, so no path can lead elsewhere. Whatever is not a file is a page
//! of the app: the shell, with the title and preview card of the channel it shows.

mod assets;
mod card;

use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use klieg_api::Handle;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::http;
use crate::http::conditional::has_already;
use crate::http::problem::{Kind, Problem};
pub use assets::{File, WebApp};

/// Scripts, styles and sockets of our own only; wasm may be compiled; nothing may frame us.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; worker-src 'self' blob:; \
     manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// What a page may ask the browser for. Going live from the browser needs camera, microphone and screen.
const PERMISSIONS_POLICY: &str = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), \
     autoplay=(self), picture-in-picture=(self), geolocation=(), payment=(), usb=(), serial=()";

/// First segments of the app's own pages; any other first segment is a channel.
const PAGES: &[&str] = &[
    "about",
    "account",
    "app",
    "browse",
    "category",
    "following",
    "help",
    "home",
    "login",
    "logout",
    "new",
    "overlay",
    "privacy",
    "register",
    "search",
    "settings",
    "signin",
    "signup",
    "studio",
    "support",
    "terms",
];

/// Answers every address that is no route: a file, a page, or that there is nothing.
pub async fn serve(State(app): State<App>, uri: OriginalUri, method: Method, headers: HeaderMap) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        return http::no_such_route(&uri).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let problem = Problem::new(Kind::METHOD_NOT_ALLOWED, "This address can only be read.");
        return ([(header::ALLOW, "GET, HEAD")], problem).into_response();
    }
    let name = path.strip_prefix('/').unwrap_or(path);
    if let Some(file) = app.web_app.find(name).filter(|file| file.name != assets::SHELL) {
        return send_file(file, &headers);
    }
    if name.starts_with("assets/") {
        return Problem::not_found("file").into_response();
    }
    page(&app, name, &headers).await
}

fn send_file(file: &'static File, request: &HeaderMap) -> Response {
    let (body, encoding) = file.encoded_for(request);
    let cache = if file.is_immutable() { "public, max-age=31536000, immutable" } else { "no-cache" };
    // Each encoding is its own representation and has its own tag.
    let etag = match encoding {
        Some(encoding) => format!("{}-{encoding}\"", file.etag.trim_end_matches('"')),
        None => file.etag.to_owned(),
    };
    let mut response = if has_already(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, file.media_type())], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
}

async fn page(app: &App, name: &str, request: &HeaderMap) -> Response {
    let first = name.split('/').next().unwrap_or_default();
    let (status, head) = if name.is_empty() || PAGES.contains(&first) {
        (StatusCode::OK, card::of_site(&app.public_url))
    } else {
        // As a stranger sees it: the shell carries no session, and must not tell of private channels.
        match first.parse::<Handle>() {
            Ok(handle) => match app.channels.channel(&handle, None).await {
                Ok(channel) => (StatusCode::OK, card::of_channel(&channel, &app.public_url)),
                Err(crate::channels::Error::NotFound) => (StatusCode::NOT_FOUND, card::of_nothing()),
                // The app itself still works, and says what does not.
                Err(_) => (StatusCode::OK, card::of_site(&app.public_url)),
            },
            Err(_) => (StatusCode::NOT_FOUND, card::of_nothing()),
        }
    };
    let html = app.web_app.shell().replacen(assets::HEAD_MARKER, &head, 1);
    let etag = format!("\"{}\"", hex::encode(Sha256::digest(html.as_bytes()).get(..12).unwrap_or_default()));
    let mut response = if status == StatusCode::OK && has_already(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}
